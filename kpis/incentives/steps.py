"""A step of a statement: its kind, the rule in words, the inputs and the result."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

import rfc8785

RULES = {
    "salary": "{annual} a year × {percent}%, {period_days} of {year_days} days",
    "amount": "{annual} a year, {period_days} of {year_days} days",
    "salary_year": "{annual} a year × {percent}%",
    "amount_year": "{annual} a year",
    "factor": "{days} of {year_days} days, rounded to {decimals} decimals",
    "hours": "{fte} of full time",
    "hours_and_days": "{fte} of full time, {days} of {period_days} days",
    "share": "share of the assignment",
    "part_time_below": "{fte} of full time is below the plan's least: {days} days count",
    "leaver_none": "who leaves within the period gets nothing for it: {days} days count",
    "leaver_full": "who leaves within the period is paid as if they had stayed: {days} days count",
    "own": "{figure} pays {pays}%, × weight {weight}%",
    "below": "{figure} is short of {first}: pays {pays}%, × weight {weight}%",
    "money": "{figure} earns by its rates",
    "team": "{n} answers are fewer than {min_n}, so the team's {figure}{whose} pays {pays}%, × weight {weight}%",
    "no_own": "no figure of your own, so the team's {figure}{whose} pays {pays}%, × weight {weight}%",
    "credibility": "{n} answers are fewer than {min_n}, so part the team's{whose}: {figure} pays {pays}%, × weight {weight}%",
    "gated": "{figure} pays {curve_pays}%, held to {pays}% by a gate, × weight {weight}%",
    "out": "{reason}: no part in this, its weight goes to the others",
    "no_answers": "{reason}: pays nothing here",
    "fallback": "{reason}, so the plan's fallback {figure} pays {pays}%, × weight {weight}%",
    "fallback_pays": "{reason}, so the plan's fallback pays {pays}%, × weight {weight}%",
    "scored": "{figure} scores {attained}: {achievement} for achievement, {improvement} for improvement; pays {pays}%, × weight {weight}%",
    "consistent": "the lowest is {lowest} of the way to its threshold: {attained} points, pays {pays}%, × weight {weight}%",
    "matrix": "{figure} with {second} pays {pays}%, × weight {weight}%",
    "by_answers": "{own_n} answers of this part, {opportunity} of the opportunity",
    "none": "",
    "passed": "{figure} {side} {limit}: passed",
    "failed": "{figure} not {side} {limit}: not passed",
    "limit": "{before}, at most {limit}",
    "modifier": "{figure} gives {factor}",
    "pool": "pool factor {percent}%",
    "kicked": "{figure} {side} {limit}: adds {adds}",
    "not_kicked": "{figure} not {side} {limit}: adds nothing",
    "pooled": "{total} of {sum} funded for everyone",
    "pool_share": "{exact}, shared in whole amounts by the largest remainder",
    "year_to_date": "{due} so far this year, less {paid_before} paid and {carried} carried",
    "forgive": "{shortfall} paid too much is forgiven with the year",
    "carry": "{shortfall} paid too much is carried into the next year",
    "recover": "{shortfall} paid too much is proposed to be recovered",
    "carried": "{shortfall} paid too much so far is set off later this year",
    "draw": "at least {draw}: {drawn} paid ahead",
    "draw_back": "{back} of earlier draws made good",
    "clawback": "for {months} months it may be claimed back: {causes}",
    "rounded": "{exact}, rounded once",
}
WORDS = ("name", "rule", "whose")


@dataclass(frozen=True)
class Step:
    """One row of a statement.

    `rule` is a sentence of RULES with its inputs' names, for the one translating function; `result` is exact: currency
    for the unit money, a factor for factor. `amount` are the minor units a component's line is paid. `whose` is the scope
    of a team's figure.
    """

    kind: str
    name: str
    rule: str
    inputs: Mapping[str, str]
    result: str
    unit: str = "money"
    amount: int | None = None
    segment: int | None = None
    whose: str = ""

    def told(self) -> str:
        """The rule with its inputs; numbers that do not end are cut after four decimals, with an ellipsis."""
        whose = f" ({self.whose})" if self.whose else ""
        return RULES[self.rule].format(whose=whose, **{name: _short(value) for name, value in self.inputs.items()})


def _short(text: str) -> str:
    top, slash, bottom = text.partition("/")
    if not slash:
        return text
    cut = abs(int(top)) * 10_000 // int(bottom)
    return f"{'-' * top.startswith('-')}{cut // 10_000}.{cut % 10_000:04d}…"


def digest(steps: Sequence[Step]) -> str:
    """SHA-256 of the canonical JSON of the steps' numbers, what a payout is held by; words may be mended without breaking it."""
    told = [{name: value for name, value in asdict(step).items() if name not in WORDS} for step in steps]
    return sha256(rfc8785.dumps(told)).hexdigest()
