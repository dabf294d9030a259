"""Who was asked after a case or a visit, who answered, and what they said."""

import numpy as np
from numpy.typing import NDArray

from seeds.chance import Array, Span, logit, moments, seconds, stream, yes
from seeds.customers import Customers
from seeds.people import Staff
from seeds.stories import CANDIDATES

CSAT = (-1.55, -0.95, -0.35, 0.75)
NPS = (-2.3, -2.1, -1.85, -1.6, -1.4, -1.1, -0.75, -0.25, 0.4, 1.1)
CES = (-1.9, -1.5, -1.1, -0.6, 0.1, 0.9)
ASKED, ELIGIBLE, REMOVED, ANSWERED = 0.76, 0.93, 0.03, 0.33
WHYS = ("asked us not to", "contact details unclear", "case still discussed")
FEW = 20  # fewer touches than this are asked nothing


def touches(case: dict[str, Array], order: dict[str, Array]) -> dict[str, Array]:
    """Closed cases and done visits, as the survey tool receives them: cases first."""
    cases, visits = ~np.isnat(case["closed_at"]), ~np.isnat(order["delivered_at"])
    told = 0.5 * case["status_told"] + 1.2 * case["first_contact_resolved"] - 1.2 + 0.6 * case["mood"]
    went = np.where(order["kept"], 0.35, -1.1) + 0.6 * order["effect"]
    join = lambda ours, theirs: np.concatenate([ours[cases], theirs[visits]])  # noqa: E731
    size = int(cases.sum()) + int(visits.sum())
    return {
        "case_id": np.concatenate([case["case_id"][cases], np.full(int(visits.sum()), "")]),
        "order_id": np.concatenate([np.full(int(cases.sum()), ""), order["order_id"][visits]]),
        "is_case": np.arange(size) < cases.sum(), "customer": join(case["customer"], order["customer"]),
        "person": join(case["person"], order["person"]), "unit": join(case["unit"], order["unit"]),
        "at": join(case["closed_at"], order["delivered_at"]), "channel": join(case["channel"], order["channel"]),
        "outcome": join(told, went),
    }  # fmt: skip


def invitations(touch: dict[str, Array], over: Span, seed: int) -> dict[str, Array]:
    """One entry per customer considered; `row` is the touch, `answered_at` NaT where there is no answer by the end."""
    rng = stream(seed, "invitations")
    row = np.flatnonzero(rng.random(len(touch["at"])) < ASKED)
    row = row[np.argsort(touch["at"][row], kind="stable")]
    size = len(row)
    eligible = rng.random(size) < ELIGIBLE
    removed = eligible & (rng.random(size) < REMOVED)
    sent_at = touch["at"][row] + seconds(rng.uniform(2, 26, size))
    sent = eligible & ~removed & (sent_at <= over.end)
    keen = yes(rng, logit(ANSWERED) + 0.25 * np.abs(touch["outcome"][row]) - 0.15)
    answered_at = sent_at + seconds(np.minimum(rng.exponential(36, size), 14 * 24))
    answered = sent & keen & (answered_at <= over.end)
    return {
        "invitation_id": np.char.mod("I%07d", np.arange(1, size + 1)), "row": row, "eligible": eligible,
        "at": np.minimum(sent_at, over.end), "sent_at": np.where(sent, sent_at, np.datetime64("NaT", "s")), "removed": removed,
        "removed_why": np.where(removed, np.array(WHYS)[rng.integers(0, 3, size)], ""), "answered": answered,
        "answered_at": np.where(answered, answered_at, np.datetime64("NaT", "s")),
    }  # fmt: skip


def answers(asked: dict[str, Array], touch: dict[str, Array], known: Customers, staff: Staff, seed: int) -> dict[str, Array]:
    """One entry per answer, in order of time; scores are −1 where a question was not asked or left out."""
    rng = stream(seed, "answers")
    given = np.flatnonzero(asked["answered"])
    given = given[np.argsort(asked["answered_at"][given], kind="stable")]
    row = asked["row"][given]
    person = touch["person"][row]
    latent = touch["outcome"][row] + 0.7 * known.mood[touch["customer"][row]] + rng.normal(0, 0.8, len(row))
    latent = latent + np.where(person >= 0, 0.35 * staff.skill[person], 0)
    scale = lambda cuts, low: np.searchsorted(cuts, latent + rng.normal(0, 0.35, len(row))) + low  # noqa: E731
    asked_of = touch["is_case"][row]
    return {
        "row": row, "answered_at": asked["answered_at"][given], "survey": np.where(asked_of, "case", "visit"),
        "touchpoint": np.where(asked_of, "service", "visit"), "nps": np.where(rng.random(len(row)) < 0.94, scale(NPS, 0), -1),
        "csat": scale(CSAT, 1), "ces": np.where(asked_of, scale(CES, 1), -1),
    }  # fmt: skip


def candidates(over: Span, seed: int) -> dict[str, Array]:
    """Answers of people who applied for a job: too few in any quarter to say anything."""
    rng = stream(seed, "candidates")
    first, last = over.first.astype("datetime64[M]"), over.last.astype("datetime64[M]")
    quarters = np.arange(first - int(first.astype(int)) % 3, last + 1, 3)
    starts = [np.datetime64(each, "D") for each in quarters]
    at: list[NDArray[np.datetime64]] = []
    for start in starts:
        end = (start.astype("datetime64[M]") + 3).astype("datetime64[D]") - 1
        inside = Span(max(start, over.first), min(end, over.last))
        at.append(moments(rng, int(rng.integers(CANDIDATES["a_quarter"] - 2, CANDIDATES["a_quarter"] + 2)), inside))
    when = np.concatenate(at)
    return {"answered_at": when, "csat": rng.choice(np.arange(1, 6), len(when), p=[0.08, 0.1, 0.2, 0.37, 0.25])}
