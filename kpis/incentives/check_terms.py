"""What the terms of a plan must satisfy: opportunity, kickers, pool, true-up, draw, currency and overrides."""

from collections.abc import Iterator
from fractions import Fraction

from babel.numbers import list_currencies

from data_contracts.problems import Problem, did_you_mean
from kpis.exact import Strict, number, shown
from kpis.incentives.plan import Passes, Plan
from kpis.incentives.terms import Override, Terms

LEAVER = ("pro_rata", "none", "full")


def opportunity(plan: Plan, where: str) -> list[Problem]:
    """Terms that say one thing, for whoever is paid a percentage."""
    terms, place = plan.opportunity, f"{where}, opportunity"
    needed = any(not each.curve.pays_money for each in plan.components)
    found = _terms(terms, place) if terms.given else []
    for field, others in (("by_level", terms.by_level), ("by_person", terms.by_person)):
        for name, each in others.items():
            found += _terms(each, f"{place}.{field}.{name}")
    if needed and not terms.everything:
        found.append(
            Problem(place, "percent_of_salary or amount", "nothing", "Say what 100% of target pays in a year.")
        )
    if not terms.everything:
        found += [
            Problem(
                f"{where}, {name}",
                f"an opportunity for a {name} in percent of it",
                "nothing",
                "Add one, or say it in amounts.",
            )
            for name in _in_percent(plan)
        ]
    return found


def _in_percent(plan: Plan) -> Iterator[str]:
    """What is written in percent of the opportunity."""
    if plan.cap is not None:
        yield "cap"
    if plan.pool and plan.pool.amount is None:
        yield "pool"
    if plan.draw and plan.draw.percent is not None:
        yield "draw"
    for each in plan.kickers:
        if each.adds.percent is not None:
            yield f"kicker {each.id}"


def _terms(terms: Terms, place: str) -> list[Problem]:
    if terms.given != 1:
        told = "both" if terms.given else "nothing"
        return [Problem(place, "percent_of_salary or amount", told, "Keep one." if terms.given else "Write one.")]
    value = terms.percent_of_salary if terms.amount is None else terms.amount
    if value is not None and value < 0:
        return [Problem(place, "an opportunity of 0 or more", shown(value), "Mend it.")]
    return []


def one_limit(rule: Passes, place: str) -> list[Problem]:
    """A condition has exactly one limit."""
    limits = rule.model_dump(exclude_none=True)
    if len(limits) == 1:
        return []
    told = ", ".join(limits) or "nothing"
    return [Problem(f"{place}.passes", "one of at_least, at_most, above, below", told, "Keep one.")]


def _one_above_zero(terms: Strict, names: tuple[str, ...], place: str) -> list[Problem]:
    """Exactly one of several numbers, and above 0."""
    given = {name: getattr(terms, name) for name in names if getattr(terms, name) is not None}
    if len(given) != 1:
        return [Problem(place, f"one of {', '.join(names)}", ", ".join(given) or "nothing", "Keep one.")]
    (value,) = given.values()
    if isinstance(value, Fraction) and value <= 0:
        return [Problem(place, "a number above 0", shown(value), "Mend it.")]
    return []


def term_problems(plan: Plan, where: str) -> list[Problem]:
    """Every problem of kickers, pool, true-up, draw, currency, overrides, and gates on company and person."""
    found = []
    for at, kicker in enumerate(plan.kickers):
        place = f"{where}, kickers[{at}] {kicker.id}"
        found += one_limit(kicker.passes, place) + _one_above_zero(kicker.adds, ("percent", "amount"), f"{place}.adds")
    if plan.pool:
        found += _one_above_zero(plan.pool, ("percent", "amount", "figure"), f"{where}, pool")
    if plan.draw:
        found += _one_above_zero(plan.draw, ("percent", "amount"), f"{where}, draw")
    return [*found, *_year(plan, where), *_readers(plan, where), *_currency(plan, where), *_overrides(plan, where)]


def _year(plan: Plan, where: str) -> Iterator[Problem]:
    place = f"{where}, year_to_date"
    if plan.year_to_date is None:
        return
    if plan.frequency == "year":
        yield Problem(
            place, "a plan paid each month, quarter or half", "year", "A year has nothing before it: take it out."
        )
    if plan.draw and plan.draw.recoverable:
        step = "What was paid ahead is made good by the year to date already: write recoverable: false."
        yield Problem(f"{where}, draw", "a draw that is not recoverable", "recoverable", step)
    for each in plan.components:
        if each.curve.basis == "year_to_date":
            step = "The whole plan pays the year to date: write basis: period_total."
            yield Problem(f"{where}, {each.id}.curve.basis", "period_total", "year_to_date", step)


def _readers(plan: Plan, where: str) -> Iterator[Problem]:
    """Whose figure a gate on company or person reads, what funds a pool, and how figures are rounded."""
    scopes = {"company": "company", "person": "self"}
    for gate in plan.gates:
        if gate.kpi and gate.on in scopes and gate.scope != scopes[gate.on]:
            yield Problem(
                f"{where}, {gate.id}.scope",
                f"{scopes[gate.on]}, as the gate is on {gate.on}",
                str(gate.scope),
                "Mend it.",
            )
    figure = plan.pool.figure if plan.pool else None
    if figure and figure.kpi and figure.scope != "company":
        yield Problem(
            f"{where}, pool.figure.scope", "company: one figure funds everyone", str(figure.scope), "Mend it."
        )
    for source in plan.sources:
        if source.nearest is not None and (source.nearest <= 0 or source.decimals is not None):
            told = shown(source.nearest) + (" and decimals" if source.decimals is not None else "")
            yield Problem(
                f"{where}, {source.id}.nearest", "a number above 0, and no decimals beside it", told, "Keep one."
            )


def _currency(plan: Plan, where: str) -> list[Problem]:
    known, found = list_currencies(), []
    if plan.currency not in known:
        step = did_you_mean(plan.currency, known)
        found.append(Problem(f"{where}, currency", "a currency of ISO 4217", repr(plan.currency), step))
    if plan.budget and plan.budget.amount <= 0:
        found.append(Problem(f"{where}, budget.amount", "an amount above 0", shown(plan.budget.amount), "Mend it."))
    if plan.budget and plan.budget.currency not in (None, plan.currency):
        step = "A budget is kept in the currency the plan pays in."
        found.append(Problem(f"{where}, budget.currency", plan.currency, repr(plan.budget.currency), step))
    return found


def _overrides(plan: Plan, where: str) -> Iterator[Problem]:
    rules = [each.rule for each in plan.overrides]
    for at, each in enumerate(plan.overrides):
        yield from override_problems(each, f"{where}, overrides[{at}]")
        if rules.index(each.rule) != at:
            yield Problem(f"{where}, overrides[{at}].rule", "each rule once", each.rule, "Keep one.")


def override_problems(each: Override, place: str) -> Iterator[Problem]:
    """A rule's value is one that it knows."""
    if each.rule == "leaver":
        if each.value not in LEAVER:
            yield Problem(f"{place}.value", " or ".join(LEAVER), repr(each.value), did_you_mean(each.value, LEAVER))
        return
    try:
        valid = 0 <= number(each.value) <= 1
    except ValueError:
        valid = False
    if not valid:
        yield Problem(f"{place}.value", "a part of full time from 0 to 1, such as 0.5", repr(each.value), "Mend it.")
