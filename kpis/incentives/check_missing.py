"""What a plan must say about components without a figure, and about figures that share a person's segments."""

from collections.abc import Iterator

from data_contracts.problems import Problem
from kpis.exact import shown
from kpis.incentives.plan import Component, Plan


def missing_problems(plan: Plan, where: str) -> list[Problem]:
    """A fallback where one is needed and nowhere else; weights only where there are weights."""
    found = [
        problem
        for at, each in enumerate(plan.components)
        for problem in _component(plan, each, f"{where}, components[{at}] {each.id}")
    ]
    rules = {each.missing or plan.missing for each in plan.components}
    if plan.fallback and "fallback" not in rules:
        found.append(
            Problem(f"{where}, fallback", "missing: fallback", plan.missing, "Write it, or take the fallback out.")
        )
    return found


def _component(plan: Plan, each: Component, place: str) -> Iterator[Problem]:
    rule, instead = each.missing or plan.missing, each.fallback or plan.fallback
    if rule == "fallback":
        given = [name for name in ("figure", "pays") if instead and getattr(instead, name) is not None]
        if len(given) != 1:
            told = " and ".join(given) or "nothing"
            yield Problem(
                f"{place}.fallback", "a figure, or what the curve pays", told, "Write {figure: …} or {pays: …}."
            )
        elif instead and instead.pays is not None and instead.pays < 0:
            yield Problem(f"{place}.fallback", "pay of 0 or more", shown(instead.pays), "Mend it.")
        elif instead and instead.figure is not None and ((each.score and each.score.consistency) or each.second):
            step = "One figure cannot stand for several: write {pays: …}."
            yield Problem(f"{place}.fallback", "what the curve pays", "a figure", step)
    elif each.fallback:
        yield Problem(f"{place}.missing", "fallback, as one is written", rule, "Write missing: fallback.")
    if rule == "renormalise" and each.curve.pays_money:
        step = "It has no weight to give to the others: write missing: no_payout or fallback here."
        yield Problem(f"{place}.missing", "no_payout or fallback, as its tiers pay money", rule, step)
    if each.segments_by == "n" and (each.curve.pays_money or (each.score and each.score.consistency)):
        yield Problem(
            f"{place}.segments_by", "days", "n", "Only a weighted figure with answers of its own is shared by them."
        )
