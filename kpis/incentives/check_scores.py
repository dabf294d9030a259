"""What scores must satisfy: one rule, an axis that reads it, thresholds and benchmarks in order."""

from collections.abc import Iterator

from data_contracts.problems import Problem, did_you_mean
from kpis.exact import shown
from kpis.incentives.plan import Component, Plan
from kpis.incentives.scoring import Achievement, Consistency, Ramp, Score


def score_problems(plan: Plan, where: str) -> list[Problem]:
    """Every problem of every scored component."""
    return [
        problem
        for at, each in enumerate(plan.components)
        if each.score
        for problem in _score(plan, each, each.score, f"{where}, components[{at}] {each.id}.score")
    ]


def _score(plan: Plan, component: Component, score: Score, place: str) -> Iterator[Problem]:
    if component.curve.axis != "scored":
        yield Problem(place, "the axis scored, which pays on points", component.curve.axis, "Write axis: scored.")
    parts = {"achievement": score.achievement, "improvement": score.improvement, "consistency": score.consistency}
    given = [name for name, part in parts.items() if part]
    if not given or (score.consistency and len(given) > 1):
        expected = "achievement, improvement or both; or consistency alone"
        yield Problem(place, expected, ", ".join(given) or "nothing", "Keep one kind.")
    for name, part in parts.items():
        if part:
            yield from _ramp(part, f"{place}.{name}")
    if score.achievement:
        yield from _achievement(score.achievement, score.lower_is_better, f"{place}.achievement")
    if score.consistency:
        yield from _consistency(plan, component, score.consistency, f"{place}.consistency")
    if score.at_most is not None and score.at_most < 0:
        yield Problem(f"{place}.at_most", "0 or more", shown(score.at_most), "Mend it.")


def _ramp(part: Ramp, place: str) -> Iterator[Problem]:
    low, high = part.within
    if low > high:
        yield Problem(
            f"{place}.within", "the smaller bound first", f"{shown(low)}, {shown(high)}", "Put them in order."
        )
    if part.slope <= 0:
        yield Problem(f"{place}.slope", "a slope above 0", shown(part.slope), "Mend it.")


def _achievement(part: Achievement, lower_is_better: bool, place: str) -> Iterator[Problem]:
    sign = -1 if lower_is_better else 1
    beyond = "below" if lower_is_better else "above"
    if sign * part.benchmark <= sign * part.threshold:
        expected = f"a benchmark {beyond} the threshold {shown(part.threshold)}"
        yield Problem(f"{place}.benchmark", expected, shown(part.benchmark), "Mend it, or write lower_is_better.")
    if part.floor is not None and sign * part.floor >= sign * part.threshold:
        expected = f"a floor the threshold {shown(part.threshold)} lies {beyond}"
        yield Problem(f"{place}.floor", expected, shown(part.floor), "Mend it.")


def _consistency(plan: Plan, component: Component, part: Consistency, place: str) -> Iterator[Problem]:
    known = {each.id: each.score.achievement for each in plan.components if each.score and each.score.achievement}
    for name in part.of:
        if name not in known:
            yield Problem(f"{place}.of", "a component scored for achievement", repr(name), did_you_mean(name, known))
        elif known[name].floor is None and known[name].threshold == 0:
            yield Problem(f"{place}.of", f"a floor of {name} below its threshold 0", "none", "Write its floor.")
    if len(set(part.of)) != len(part.of):
        yield Problem(f"{place}.of", "each component once", ", ".join(part.of), "Take the repetition out.")
    if component.kpi or component.target:
        told = component.kpi or "a target"
        yield Problem(place, "no figure of its own: it reads those of others", str(told), "Take it out.")
