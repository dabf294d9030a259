"""What a plan must satisfy to be meant: every problem at once, each with its place, expected, actual and next step."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from data_contracts.problems import Problem, did_you_mean, raise_if
from kpis.definitions import KpiDefinition
from kpis.exact import shown
from kpis.incentives.check_curves import curve_problems
from kpis.incentives.check_missing import missing_problems
from kpis.incentives.check_scores import score_problems
from kpis.incentives.check_terms import one_limit, opportunity, term_problems
from kpis.incentives.evaluate import PERSONAL
from kpis.incentives.expect import expect_problems
from kpis.incentives.plan import Aim, Plan, Source, parse
from kpis.incentives.reckon import WHOLE
from kpis.targets import Target, refuses_percent_of_target

SCOPES = ("own_department", "company", "self")
RESERVED = {*PERSONAL, "payout", "opportunity", "factor", "percent", "draw"}


@dataclass(frozen=True)
class Known:
    """The names a workspace knows, for the checks that need them; without any levels, none is looked up."""

    kpis: Mapping[str, KpiDefinition]
    targets: Mapping[str, Target]
    departments: Collection[str]
    people: Collection[str]
    levels: Collection[str] = ()


def check(plan: Plan, known: Known | None = None, where: str = "plan.yaml") -> list[Problem]:
    """Every problem of a plan; with `known`, also names the workspace does not know.

    The `expect` examples are recomputed only when nothing else is wrong.
    """
    found = [problem for rule in RULES for problem in rule(plan, where)]
    found += curve_problems(plan, where)
    if known:
        found += _unknown(plan, known, where)
    targets = {name: target.values for name, target in known.targets.items()} if known else {}
    return found or expect_problems(plan, targets, where)


def read_checked(text: str, known: Known | None = None, where: str = "plan.yaml") -> Plan:
    """The plan of a text that passes `check`; raises Problems with all it does not satisfy."""
    plan = parse(text, where)
    raise_if(check(plan, known, where))
    return plan


def _weights(plan: Plan, where: str) -> list[Problem]:
    """Weights of the components that pay percent sum to 100; those that pay money have none."""
    found = []
    for at, each in enumerate(plan.components):
        place = f"{where}, components[{at}] {each.id}"
        if each.curve.pays_money and each.weight is not None:
            found.append(
                Problem(f"{place}.weight", "no weight: its tiers pay money", shown(each.weight), "Take it out.")
            )
        elif not each.curve.pays_money and (each.weight is None or each.weight < 0):
            actual = "nothing" if each.weight is None else shown(each.weight)
            found.append(Problem(f"{place}.weight", "a weight in percent", actual, "Write weight."))
    weights = [each.weight or Fraction(0) for each in plan.components if not each.curve.pays_money]
    if weights and sum(weights) != 100 and not found:
        told = " + ".join(shown(weight) for weight in weights)
        step = f"weights sum to {shown(sum(weights, Fraction(0)))}, not 100: change them, they are never rescaled."
        found.append(
            Problem(
                f"{where}, components", "weights that sum to 100", f"{told} = {shown(sum(weights, Fraction(0)))}", step
            )
        )
    return found


def _ids(plan: Plan, where: str) -> list[Problem]:
    ids = [source.id for source in plan.sources]
    taken = [
        *(name for name in dict.fromkeys(ids) if ids.count(name) > 1),
        *(RESERVED & set(ids)),
    ]
    sections = [section.id for section in plan.sections]
    taken += [name for name in dict.fromkeys(sections) if sections.count(name) > 1]
    found = [Problem(where, "each id once, and none that names an input", repr(name), "Rename it.") for name in taken]
    for at, each in enumerate(plan.components):
        if each.section is not None and each.section not in sections:
            place = f"{where}, components[{at}].section"
            found.append(
                Problem(place, "a section of the plan", repr(each.section), did_you_mean(each.section, sections))
            )
    return found


def _gates(plan: Plan, where: str) -> list[Problem]:
    components = [each.id for each in plan.components]
    places = [
        *WHOLE,
        *(f"component:{name}" for name in components),
        *(f"section:{each.id}" for each in plan.sections),
    ]
    found = []
    for at, gate in enumerate(plan.gates):
        place = f"{where}, gates[{at}] {gate.id}"
        found += one_limit(gate.passes, place)
        if gate.on not in places:
            found.append(Problem(f"{place}.on", "a place in the plan", repr(gate.on), did_you_mean(gate.on, places)))
        if (gate.otherwise.cap is None) == (not gate.otherwise.only) or (gate.otherwise.cap or 0) < 0:
            found.append(
                Problem(f"{place}.otherwise", "0, a cap of at least 0, or only", str(gate.otherwise), "Write one.")
            )
        if gate.otherwise.only and gate.on not in WHOLE:
            found.append(
                Problem(f"{place}.on", "payout, company or person, as it names what still pays", gate.on, "Mend on.")
            )
        found += [
            Problem(f"{place}.otherwise.only", "a component of the plan", repr(name), did_you_mean(name, components))
            for name in gate.otherwise.only
            if name not in components
        ]
    return found


def _limits(plan: Plan, where: str) -> list[Problem]:
    limits = {"cap": plan.cap, "pool_factor": plan.pool_factor} | {
        f"sections[{at}].cap": section.cap for at, section in enumerate(plan.sections)
    }
    found = [
        Problem(f"{where}, {name}", "0 or more", shown(value), "Mend it.")
        for name, value in limits.items()
        if value is not None and value < 0
    ]
    rules = {plan.paid_figure, *(each.paid_figure for each in plan.components)}
    if "credibility" in rules and (plan.credibility_k is None or plan.credibility_k <= 0):
        found.append(
            Problem(f"{where}, credibility_k", "k above 0, frozen at approval", str(plan.credibility_k), "Write k.")
        )
    return found


RULES: tuple[Callable[[Plan, str], list[Problem]], ...] = (
    _weights,
    opportunity,
    _ids,
    _gates,
    _limits,
    score_problems,
    missing_problems,
    term_problems,
)


def _unknown(plan: Plan, known: Known, where: str) -> list[Problem]:
    """Names the workspace does not know, and figures that a payout run could not find."""
    found = [problem for source in plan.sources for problem in _source(source, known, f"{where}, {source.id}")]
    for place, field, names, ids in (
        ("participants.departments", "departments", plan.participants.departments, known.departments),
        ("participants.people", "people", plan.participants.people, known.people),
        ("opportunity.by_person", "people", tuple(plan.opportunity.by_person), known.people),
        ("participants.levels", "levels", plan.participants.levels, known.levels),
        ("opportunity.by_level", "levels", tuple(plan.opportunity.by_level), known.levels),
    ):
        if field == "levels" and not ids:
            continue  # no pay was delivered yet
        found += [
            Problem(f"{where}, {place}", f"known {field}", repr(name), _meant(name, ids, field))
            for name in names
            if name not in ids
        ]
    return found


def _meant(name: str, ids: Collection[str], field: str) -> str:
    """The next step for an unknown name; of people never a list of those that are known."""
    step = did_you_mean(name, ids)
    return step if field != "people" or step.startswith("Did") else "Look the employee number up in people."


def _source(source: Source, known: Known, place: str) -> Iterable[Problem]:
    curve, target = getattr(source, "curve", None), source.target
    if isinstance(target, str) and target not in known.targets:
        yield Problem(f"{place}.target", "a target of the workspace", repr(target), did_you_mean(target, known.targets))
    if source.kpi is not None and source.kpi not in known.kpis:
        yield Problem(f"{place}.kpi", "a KPI of the workspace", repr(source.kpi), did_you_mean(source.kpi, known.kpis))
    if source.kpi is None and not isinstance(target, str):
        yield Problem(place, "a kpi and a scope, or a target id", "neither", "Say where its figure comes from.")
    if source.kpi is not None and (source.scope or "own_department").partition(":")[0] not in (
        *SCOPES,
        "department",
        "joint",
    ):
        step = did_you_mean(str(source.scope), SCOPES)
        yield Problem(
            f"{place}.scope", "own_department, company, self, department:<id> or joint:<ids>", repr(source.scope), step
        )
    kind, _, members = (source.scope or "").partition(":")
    for name in members.split("+") if kind in ("department", "joint") else ():
        if name not in known.departments:
            step = did_you_mean(name, known.departments)
            yield Problem(f"{place}.scope", "a known department", repr(name), step)
    kpi = known.kpis.get(
        source.kpi or (known.targets[target].kpi if isinstance(target, str) and target in known.targets else "")
    )
    if kpi and kpi.measure.kind == "quantile":
        yield Problem(
            place,
            "a KPI that is paid exactly",
            f"{kpi.id}, a quantile",
            'Pay the share within a limit instead: "share within x".',
        )
    if kpi and curve and curve.axis == "percent_of_target":
        aim = target if isinstance(target, Aim) else known.targets.get(target or "")
        yield from refuses_percent_of_target(kpi, aim.values[1] if aim else Fraction(1), curve.form or "", place)
