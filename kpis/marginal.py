"""Regressions of one observation's KPI on what goes with it, and average marginal effects in the KPI's own unit.

Three models, all fitted by statsmodels with a sandwich covariance over clusters: logistic for two outcomes, ordinal
(proportional odds, McCullagh 1980) for a scale, linear for amounts. An effect is the mean change of the expected value
when one column changes and all others stay, with the delta method's standard error (Williams 2012).
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Z = 1.959963984540054  # 97.5% of the normal curve
FARTHEST = 15.0  # log odds: beyond it a fit runs towards an odds ratio without end


@dataclass(frozen=True)
class Fitted:
    """A fitted model: the expected value is a constant plus Σ steps · logistic(x·slopes − cuts); without cuts x·slopes itself.

    slopes (columns,), cuts and steps (classes − 1,), covariance of slopes then cuts; `df` of Student's t, one less than the clusters.
    """

    slopes: Floats
    cuts: Floats
    steps: Floats
    covariance: Floats
    df: float

    @property
    def errors(self) -> Floats:
        """Standard errors of the slopes."""
        return np.sqrt(np.diag(self.covariance)[: len(self.slopes)])

    def _slope(self, eta: Floats) -> tuple[Floats, Floats]:
        """Of each row: the expected value but for its constant, and its derivatives by the curve of each cut."""
        chance = expit(eta[:, None] - self.cuts)
        return chance @ self.steps, self.steps * chance * (1 - chance)

    def effect(self, before: Floats, after: Floats) -> tuple[float, float]:
        """The mean change of the expected value from the rows `before` to the rows `after`, and its standard error."""
        if not len(self.cuts):
            moved: Floats = (after - before).mean(axis=0)
            return float(moved @ self.slopes), float(np.sqrt(moved @ self.covariance @ moved))
        (was, dwas), (now, dnow) = (self._slope(rows @ self.slopes) for rows in (before, after))
        by_slope = (dnow.sum(axis=1) @ after - dwas.sum(axis=1) @ before) / len(after)
        gradient = np.concatenate([by_slope, (dwas - dnow).mean(axis=0)])
        return float((now - was).mean()), float(np.sqrt(gradient @ self.covariance @ gradient))


def linear(values: Floats, x: Floats, clusters: Ints) -> Fitted:
    """Least squares of the values on x (rows, columns; no constant in it)."""
    from statsmodels.regression.linear_model import OLS

    found = OLS(values, np.column_stack([np.ones(len(x)), x])).fit(**_over(clusters))
    nothing = np.empty(0)
    return Fitted(found.params[1:], nothing, nothing, found.cov_params()[1:, 1:], _df(clusters))


def ordered(classes: Ints, scores: Floats, x: Floats, clusters: Ints) -> Fitted | None:
    """Logistic or ordinal regression of classes 0, 1, … that are worth `scores`; None where an odds ratio has no end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they warn of is looked at here
        try:
            slopes, cuts, covariance = (_two if len(scores) == 2 else _several)(classes, x, clusters)
        except (np.linalg.LinAlgError, ValueError):
            return None
    if not np.all(np.isfinite(covariance)) or np.abs(slopes).max(initial=0) > FARTHEST:
        return None
    return Fitted(slopes, cuts, np.diff(scores), covariance, _df(clusters))


def _two(classes: Ints, x: Floats, clusters: Ints) -> tuple[Floats, Floats, Floats]:
    from statsmodels.discrete.discrete_model import Logit

    found = Logit(classes, np.column_stack([x, -np.ones(len(x))])).fit(disp=0, **_over(clusters))
    return found.params[:-1], found.params[-1:], found.cov_params()


def _several(classes: Ints, x: Floats, clusters: Ints) -> tuple[Floats, Floats, Floats]:
    """statsmodels keeps the first cut and the logarithms of the distances to the next; here they are cuts again."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    found = OrderedModel(classes, x, distr="logit").fit(method="bfgs", disp=0, maxiter=500, **_over(clusters))
    columns = x.shape[1]
    apart = np.concatenate([[1.0], np.exp(found.params[columns + 1 :])])
    turn = np.eye(len(found.params))
    turn[columns:, columns:] = np.tril(np.ones((len(apart), len(apart)))) * apart
    cuts = found.params[columns] + np.concatenate([[0.0], np.cumsum(apart[1:])])
    return found.params[:columns], cuts, turn @ found.cov_params() @ turn.T


def _over(clusters: Ints) -> dict[str, Any]:
    """Sandwich covariance over clusters; rows that are their own cluster give White's, with the same correction."""
    return {"cov_type": "cluster", "cov_kwds": {"groups": clusters, "use_correction": True}}


def _df(clusters: Ints) -> float:
    return float(len(np.unique(clusters)) - 1)


@dataclass(frozen=True)
class Slope:
    """What goes with one unit more of a score, with its standard error."""

    value: float
    error: float

    @property
    def low(self) -> float:
        """Lower end of the 95% interval."""
        return self.value - Z * self.error

    @property
    def high(self) -> float:
        """Upper end of the 95% interval."""
        return self.value + Z * self.error

    @property
    def clear(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low > 0 or self.high < 0

    @property
    def p(self) -> float:
        """Two-sided p-value of no slope at all."""
        return float(2 * ndtr(-abs(self.value) / self.error)) if self.error else float(self.value == 0)

    def by(self, units: float) -> "Slope":
        """The same for a unit that many times smaller."""
        return Slope(self.value / units, self.error / units)


def slope(outcome: Floats, score: Floats, controls: Floats, yes_no: bool) -> Slope | None:
    """Outcome per unit of the score with the controls alike: logistic for yes/no, else linear; None where no fit exists.

    Two scores are compared with each other; several by one unit around each customer's own.
    """
    if len(score) < 3 or score.min() == score.max() or outcome.min() == outcome.max():
        return None
    x, own = np.column_stack([score, controls]), np.arange(len(score))
    scale = np.concatenate([[score.std()], np.ones(controls.shape[1])])
    fitted = (
        ordered(outcome.astype(np.int64), np.array([0.0, 1.0]), x / scale, own)
        if yes_no
        else linear(outcome, x / scale, own)
    )
    if fitted is None:
        return None
    before, after = x.copy(), x.copy()
    two = np.isin(score, (score.min(), score.max())).all()
    before[:, 0], after[:, 0] = (score.min(), score.max()) if two else (score - 0.5, score + 0.5)
    return Slope(*fitted.effect(before / scale, after / scale)).by(float(after[0, 0] - before[0, 0]))


def instrumented(outcome: Floats, score: Floats, assigned: NDArray[np.bool_]) -> Slope:
    """Outcome per unit of the score among those whose score the assignment moved (Wald 1940), robust standard error."""
    z = assigned - assigned.mean()
    moved = float(z @ score)
    value = float(z @ outcome) / moved
    left = outcome - outcome.mean() - value * (score - score.mean())
    return Slope(value, float(np.sqrt(((z * left) ** 2).sum()) / abs(moved)))
