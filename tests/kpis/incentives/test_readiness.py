"""Can we pay on this? The numbers of the definitions, and what blocks or mends."""

from dataclasses import replace
from fractions import Fraction
from math import ceil

import pytest
from scipy import special

from dashboard import forecasts
from dashboard.commands import ahead
from dashboard.formats import Formats
from kpis.incentives.chance import Belief
from kpis.incentives.deciding import Deciding, sources
from kpis.incentives.deciding import problems as problems_of
from kpis.incentives.noise import Asked, expected_pay, needed
from kpis.incentives.paid import Values
from kpis.incentives.plan import parse
from kpis.incentives.readiness import assess, problems

AIM = (Fraction(70), Fraction(74), Fraction(78))
PLAN = """
id: service
frequency: quarter
decimals: 2
components:
  - {id: fcr, weight: 100, kpi: fcr, scope: self, curve: {points: [[0, 50], [100, 100], [200, 150]]}}
"""


def asked(n: float = 168, design: float = 1.0, ftes: tuple[str, ...] = ("0.5",), text: str = PLAN) -> Asked:
    plan = parse(text)
    belief = Belief("share", 74, 1, n / design, 74 * 26, 0, 100, n)
    team = Belief("share", 74, 0.5, 4_000, 74 * 26, 0, 100, 4_000)
    known = {"design": design, "shared": False, "contract": True, "ripe": True, "guardrail": "repeats", "monitored": 2}
    return Asked(
        plan, plan.components[0], "fcr", "self", "2026-Q4", AIM, belief, team, ftes=tuple(map(Fraction, ftes)), **known
    )  # type: ignore[arg-type]


def test_a_share_of_74_percent_and_a_band_of_4_points_need_462_answers() -> None:
    assert needed(asked()) == 462
    assert needed(asked(design=1.5)) == 693


def test_at_equal_quality_84_answers_are_paid_less_than_168_and_both_less_than_without_noise() -> None:
    assert expected_pay(asked(), 84) == pytest.approx(91.5, abs=0.05)
    assert expected_pay(asked(), 168) == pytest.approx(94.5, abs=0.05)
    assert assess(asked()).without_noise == 100


def test_a_gap_above_two_percent_between_hours_blocks_and_names_the_cheapest_mend() -> None:
    found = assess(asked())
    assert [each.name for each in found.checks if not each.passed] == ["answers", "hours"]
    assert found.by_hours == ((1.0, 168, pytest.approx(94.49, abs=0.01)), (0.5, 84, pytest.approx(91.5, abs=0.01)))
    assert found.gap == pytest.approx(3.17, abs=0.05)
    told = problems([found])
    assert [each.actual for each in told] == ["168", "3.2%"]
    assert found.mends[0].works
    assert found.mends[0].kind in told[0].next_step
    assert {each.kind for each in found.mends} == {"longer period", "team figure", "credibility", "wider band"}


def test_mends_are_computed_and_the_ones_that_work_stand_first_by_what_noise_still_takes() -> None:
    found = assess(asked(n=200))
    works = [each.works for each in found.mends]
    assert works == sorted(works, reverse=True)
    taken = [each.taken for each in found.mends if each.works]
    assert taken == sorted(taken)
    year = next(each for each in found.mends if each.told.startswith("pay every 4 quarters"))
    assert year.answers == 800
    assert year.taken == pytest.approx(100 - expected_pay(asked(n=800), 800), abs=0.01)
    band = next(each for each in found.mends if each.kind == "wider band")
    assert "threshold at 67.92, 6.08 from target" in band.told  # √(3.84 · 74 · 26 ÷ 200) = 6.0779…


def test_a_team_rule_with_a_minimum_as_high_as_needed_is_ready_however_few_answers() -> None:
    text = PLAN.replace("decimals: 2", "decimals: 2\npaid_figure: team").replace(
        "scope: self,", "scope: self, min_n: 462,"
    )
    found = assess(asked(text=text))
    assert found.ready
    assert found.gap == 0  # with 168 or 84 answers the team's figure pays
    assert found.mends == ()
    low = assess(asked(text=text.replace("462", "100")))
    assert [each.name for each in low.checks if not each.passed] == ["answers", "hours"]
    raised = next(each for each in low.mends if each.kind == "higher minimum")
    assert raised.works
    assert raised.told == "min_n: 462 instead of 100, below it the team figure pays"


def test_a_component_that_is_ready_because_another_figure_pays_says_so_on_the_command_line_and_in_the_designer() -> (
    None
):
    text = PLAN.replace("decimals: 2", "decimals: 2\npaid_figure: team").replace(
        "scope: self,", "scope: self, min_n: 462,"
    )
    found = assess(asked(text=text))
    assert (found.ready, found.needed, found.instead) == (True, 462, "team")
    assert ahead._ready(found)["ready"] == "yes: the team's figure pays"
    assert forecasts.ready_rows(Formats(), [found])[0][1] == "ready: the team’s figure pays"
    assert assess(asked(n=1_000, text=text)).instead == ""  # enough of one's own


def test_a_figure_all_share_has_no_gap_between_hours_and_each_missing_check_is_told() -> None:
    lacking = replace(asked(n=900), shared=True, contract=False, ripe=False, guardrail="", monitored=1)
    found = assess(lacking)
    assert found.by_hours == ()
    assert [each.actual for each in problems([found])] == ["refused", "still ripening", "none", "1"]
    assert not found.ready


def test_the_chance_of_the_wrong_side_of_a_step_falls_with_answers() -> None:
    few, many = (assess(asked(n=n)).wrong_side for n in (84, 2_000))
    assert [step for step, _ in few] == [70.0]
    assert few[0][1] == pytest.approx(0.19, abs=0.04)
    assert many[0][1] < 0.005


def test_pay_by_answers_rises_to_what_no_noise_pays() -> None:
    pays = [pay for _, pay in assess(asked(n=400)).by_answers]
    assert pays == sorted(pays)
    assert pays[-1] == pytest.approx(100, abs=0.3)


GATED = """
id: gated
frequency: quarter
components:
  - id: fcr
    weight: 100
    curve: {kind: matrix, axis: figure, across: {axis: figure}, rows: [0, 70], columns: [0, 3, 7], cells: [[0, 0, 0], [50, 80, 100]]}
    second: {id: effort, kpi: effort, scope: company}
gates:
  - {id: cost, kpi: again, scope: company, passes: {at_most: 8}, otherwise: 0}
modifiers:
  - {id: audit, kpi: audit, scope: company, curve: {axis: figure, points: [[0, 90], [40, 100], [60, 110]]}}
kickers:
  - {id: more, kpi: again, scope: company, passes: {below: 5}, adds: {percent: 5}}
pool: {figure: {id: profit, kpi: profit, scope: company, curve: {axis: figure, points: [[0, 0], [10, 8]]}}}
"""


def decides(name: str, level: float = 5.4, n: float = 4_000, target: Values | None = None) -> Deciding:
    """What is known of one source of the gated plan, a share of a level."""
    plan = parse(GATED)
    kind, source, points = next(each for each in sources(plan) if each[1].id == name)
    belief = Belief("share", level, 0.3, n, level * (100 - level), 0, 100, n)
    return Deciding(
        plan.id, kind, source, points, source.kpi or "", "company", target, belief, 1.0, (True, True, "cost", 2)
    )


def test_everything_that_decides_money_is_asked_about() -> None:
    found = {each.id: (kind, points) for kind, each, points in sources(parse(GATED))}
    assert found == {
        "effort": ("second figure", (0, 3, 7)), "cost": ("gate", ()), "more": ("kicker", ()),
        "audit": ("modifier", (0, 40, 60)), "profit": ("pool", (0, 10)),
    }  # fmt: skip


def test_a_gate_needs_the_answers_that_keep_its_figure_on_the_right_side_of_the_limit() -> None:
    gate = decides("cost")
    assert gate.needed == ceil(3.84 * 5.4 * 94.6 / 2.6**2)
    wrong = 1 - special.ndtr(2.6 / (5.4 * 94.6 / gate.needed) ** 0.5)
    assert wrong <= 0.025
    assert gate.ready
    assert [each.name for each in decides("cost", n=200).checks if not each.passed] == ["answers"]
    assert problems_of([decides("cost", n=200)])[0].where == "plan gated, gate cost, again of company"


def test_a_figure_that_lies_on_its_limit_decides_by_chance_however_many_answers_it_has() -> None:
    gate = decides("cost", level=8.0, n=10**9)
    assert gate.needed is None
    assert not gate.ready


def test_a_target_in_force_says_how_finely_a_gates_figure_must_be_told() -> None:
    assert decides("cost", level=74, target=AIM).needed == 462


def test_curves_and_matrices_on_a_figure_need_their_nearest_two_points_told_apart() -> None:
    assert (decides("effort").band, decides("audit").band, decides("profit").band) == (3, 20, 10)


def test_what_is_not_monitored_does_not_decide_money() -> None:
    found = replace(decides("audit"), stands=(True, False, "", 1))
    assert [each.name for each in found.checks if not each.passed] == ["ripe", "guardrail", "monitored"]
