"""The stand-alone checker is a second implementation: it shares no code with the engine and pays the same to the cent."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.incentives import bundle, checker, ledger, pool
from kpis.incentives.check import check
from kpis.incentives.curves import NoResultError
from kpis.incentives.evaluate import evaluate
from kpis.incentives.evidence import Run, evidence
from kpis.incentives.paid import Frame, Participant, Ratio, Reading, Segment
from kpis.incentives.plan import Plan, parse
from kpis.incentives.reckon import Work, reckon
from kpis.incentives.run import amounts, pooled
from kpis.workflows import bundles, pay
from kpis.workflows.plans import import_plan
from kpis.workflows.verify import payouts
from kpis.workspace import Workspace, open_snapshot
from seeds.demo.budgets import WORD
from tests.conftest import ROOT
from tests.kpis.incentives import test_published
from tests.kpis.incentives.plans import FRAME, people, plans
from tests.kpis.small import NOW, PLAN, company
from tests.prove.tampered_bundles import rehash

FILE = ROOT / "kpis" / "incentives" / "checker.py"


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{each.name}" for each in node.names}
    return found


def test_it_imports_the_standard_library_alone_and_no_program_code_imports_it() -> None:
    assert {each.split(".")[0] for each in imports(FILE)} <= sys.stdlib_module_names
    packages = [
        path for name in ("dashboard", "kpis", "data_contracts", "seeds") for path in (ROOT / name).rglob("*.py")
    ]
    assert [path for path in packages if "kpis.incentives.checker" in imports(path)] == []


def test_it_knows_at_most_fifteen_kinds_of_step_each_with_its_place_in_the_order() -> None:
    assert [(each.__doc__ or "").split(".")[0] for each in checker.STEPS] == [str(at) for at in range(1, 16)]


def paid(content: dict[str, Any], person: dict[str, Any]) -> tuple[int, tuple[int, ...]] | None:
    try:
        work = checker.payout_of(content, person)
    except checker.NoResult:
        return None
    return work.payout, tuple(amount for _, _, amount in work.amounts)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_it_pays_what_the_engine_pays_on_random_plans(data: st.DataObject) -> None:
    plan = data.draw(plans())
    run = Run(plan, FRAME, data.draw(people(plan)))
    with suppress(NoResultError):
        run = pooled(run)
    content = evidence(run)
    for person, done in zip(content["participants"], amounts(run), strict=True):
        assert paid(content, person) == (None if done.reason else (done.payout, done.lines))


CASES = vars(test_published).items()
PUBLISHED = [each for name, each in CASES if name.startswith("test_") and not hasattr(each, "pytestmark")]


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whatever a plan is evaluated for is paid by the checker too; who was."""
    people: list[str] = []

    def twice(plan: Plan, participant: Participant, frame: Frame) -> Work:
        work = reckon(plan, participant, frame)
        content = json.loads(json.dumps(evidence(Run(plan, frame, (participant,)))))
        lines = tuple(amount for _, _, amount in work.amounts)
        assert paid(content, content["participants"][0]) == (work.payout, lines)
        people.append(work.person)
        return work

    monkeypatch.setattr("kpis.incentives.evaluate.reckon", twice)
    return people


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case.__name__)
def test_it_pays_every_published_case(case: Callable[[], None], both: list[str]) -> None:
    case()
    refused = "weights_that_sum_to_110_are_refused" in case.__name__  # published as refused: nobody is paid
    assert bool(both) != refused


YAML = [each for name in ("docs", "kpis", "seeds") for each in (ROOT / name).rglob("*.yaml")]
SHIPPED = sorted(each for each in YAML if "\nexpect:" in each.read_text("utf-8"))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_it_pays_every_example_of_every_plan_that_ships(file: Path, both: list[str]) -> None:
    assert check(parse(file.read_text("utf-8").replace(WORD, "1000"), file.name)) == []
    assert both


def test_the_last_step_of_a_stepped_curve_goes_on_where_the_plan_says_continue() -> None:
    """The engine once continued the step before the last one, so that more paid less."""
    curve = {"axis": "figure", "kind": "stepped", "points": [[70, 100], [78, 149]], "above_last": "continue"}
    example = {"inputs": {"c": 90}, "result": 149}
    text = json.dumps({
        "id": "steps", "opportunity": {"amount": 100}, "components": [{"id": "c", "weight": 100, "curve": curve}],
        "expect": [example],
    })  # fmt: skip
    done = evaluate(parse(text), [{"c": 90}])
    assert done.works[0].payout == 14_900


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_its_canonical_json_is_that_of_rfc_8785(value: Any) -> None:
    assert checker.canonical(value).encode() == rfc8785.dumps(value)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, str]:
    where = company(tmp_path_factory.mktemp("company"))
    record, _ = pay.run(open_snapshot(where), "service", "2026-Q3", "HR", NOW)
    return where, record.id


def answer(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_a_stranger_recomputes_a_run_from_its_bundle_with_the_standard_library_alone(
    run: tuple[Workspace, str], name: str, tmp_path: Path
) -> None:
    bundles.export(*run, tmp_path / name)
    (tmp_path / "checker.py").write_text(bundles.checker())
    (tmp_path / "head").write_text(bundles.files(*run)["manifest.json"].decode())
    told = answer(tmp_path / "checker.py", tmp_path / name, "--head", tmp_path / "head")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith(
        "Everything agrees to the cent: 14 files, 4 ledger entries, 4 figures, 6 payouts, 12 lines"
    )


def test_the_bundle_carries_its_checker_and_the_same_run_gives_the_same_bytes(
    run: tuple[Workspace, str], tmp_path: Path
) -> None:
    for name in ("one.zip", "two.zip"):
        bundles.export(*run, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    bundles.export(*run, tmp_path / "folder")
    assert answer(tmp_path / "folder" / "checker.py", tmp_path / "folder").returncode == 0


def test_it_names_what_was_changed_with_place_expected_and_actual(run: tuple[Workspace, str], tmp_path: Path) -> None:
    bundles.export(*run, tmp_path / "bundle")
    file = tmp_path / "bundle" / "lines.csv"
    file.write_text(file.read_text().replace("40329", "40330", 1))
    told = answer(FILE, tmp_path / "bundle")
    assert told.returncode == 1
    assert "lines.csv, p_0, part 0, company\n    expected: 40329\n    actual:   40330" in told.stdout
    assert "lines.csv, SHA-256" in told.stdout


def test_one_persons_bundle_holds_that_persons_rows_alone_and_is_recomputed(
    run: tuple[Workspace, str], tmp_path: Path
) -> None:
    bundles.export(*run, tmp_path / "mine", "p_3")
    text = b"".join(path.read_bytes() for path in (tmp_path / "mine").glob("*[nv]"))  # .json and .csv
    assert b"p_3" in text
    assert not [other for other in (b"p_0", b"p_1", b"p_2", b"p_4", b"p_5", b"north") if other in text]
    told = answer(FILE, tmp_path / "mine")
    assert (told.returncode, "1 payouts, 2 lines" in told.stdout) == (0, True)


def test_only_a_head_kept_elsewhere_shows_a_ledger_written_anew(run: tuple[Workspace, str]) -> None:
    where, name = run
    made = bundles.files(where, name)
    head = json.loads(made["manifest.json"])["head"]["hash"]
    entries = json.loads(made["ledger.json"])
    entries[0]["payload"]["by"] = "somebody else"
    rehash(made, entries)
    assert checker.check(made)[0] == []
    assert [each.place for each in checker.check(made, head)[0]] == ["ledger.json"]


@pytest.mark.parametrize("other", ["0123456789abcdef" * 4, "1:0123456789abcdef", "nothing"])
def test_a_head_is_read_from_any_text_and_another_one_is_refused(run: tuple[Workspace, str], other: str) -> None:
    made = bundles.files(*run)
    head = json.loads(made["manifest.json"])["head"]["hash"]
    for text in (f"kept on 3 March: {head}", f'{{"hash": "{head}"}}', f"Head of the ledger 4:{head[:16]}."):
        assert checker.check(made, text)[0] == []
    assert [each.place for each in checker.check(made, other)[0]] == ["ledger.json"]


def test_a_head_older_than_the_run_does_not_vouch_for_it_and_later_entries_do_no_harm(
    run: tuple[Workspace, str],
) -> None:
    made = bundles.files(*run)
    entries = [ledger.entry(None, {"kind": "agreement"})]
    *_, first, _people = json.loads(made["ledger.json"])
    for payload in (first["payload"], {"kind": "approved", "run": run[1]}):
        entries.append(ledger.entry(entries[-1], payload))
    chain = [
        {"position": e.position, "previous": e.previous, "hash": e.hash, "payload": dict(e.payload)} for e in entries
    ]
    places = [[each.place for each in checker.check_head(chain, each.hash, run[1])] for each in entries]
    assert places == [["ledger.json, entry 2"], [], []]


POOLED = """id: pooled
opportunity: {amount: 1000, by_person: {p_1: {amount: 2000}}}
components: [{id: c, weight: 100, curve: {axis: figure, points: [[0, 0], [100, 100]]}}]
pool: {percent: 50}
"""


def test_the_pool_is_recomputed_and_one_persons_bundle_says_nothing_of_it_or_of_others_terms() -> None:
    people = [
        Participant(f"p_{at}", (Segment(0, 365, readings={"c": Reading(own=Ratio(81, 1, of="kpi@x@y"))}),))
        for at in range(3)
    ]
    settled = pool.settle(Run(parse(POOLED), Frame("2026", 365, 365), tuple(people)), "5eed")
    content = evidence(settled)
    works = [checker.before_pool(content, person) for person in content["participants"]]
    assert list(checker.check_pool(content, works)) == []
    content["participants"][0]["share"] = "1"
    assert [each.place for each in checker.check_pool(content, works)] == ["participants.json, p_0, share"]
    outcome = {"currency": "EUR", "payouts": [{"person": "p_2", "payout": 1, "lines": [], "steps": "0"}], "total": 1}
    kpis = {"kpi": {"measure": {"kind": "mean"}}}
    document = {"run": content, "facts": {}, "kpis": kpis, "blocked": []}
    made = bundle.files("r", document, outcome, [], bundles.checker(), person="p_2")
    text = b"".join(each for name, each in made.items() if name.endswith((".json", ".csv")))
    assert [word for word in (b"p_0", b"p_1", b"5eed") if word in text] == []


def test_a_run_kept_before_the_language_grew_is_still_recomputed() -> None:
    people = (Participant("p_0", (Segment(0, 365, readings={"c": Reading(own=Ratio(81))}),)),)
    content = evidence(Run(parse(POOLED.split("pool:")[0]), Frame("2026", 365, 365), people))
    for name in ("kickers", "missing", "rounding"):
        del content["plan"][name]
    content["plan"]["opportunity"] = {"amount": "1000"}
    del content["plan"]["components"][0]["segments_by"]
    assert paid(content, content["participants"][0]) == (81_000, (81_000,))


def test_wrong_usage_is_told(tmp_path: Path) -> None:
    assert answer(FILE).returncode == 2
    assert answer(FILE, tmp_path).returncode == 1
    (tmp_path / "no.zip").write_text("no zip")
    for wrong in ((tmp_path / "gone.zip",), (tmp_path / "no.zip",), (tmp_path, "--head", tmp_path / "gone")):
        told = answer(FILE, *wrong)
        assert (told.returncode, told.stderr.startswith("It cannot be read: ")) == (2, True)


RICH = (
    PLAN.replace("id: service", "id: rich")
    + """kickers:
  - {id: extra, kpi: fcr, scope: company, passes: {at_least: 60}, adds: {amount: 25}}
year_to_date: {year_end: carry}
draw: {amount: 400}
"""
)


def test_a_run_with_kickers_a_true_up_and_a_draw_is_verified_exported_and_recomputed(tmp_path: Path) -> None:
    where = company(tmp_path)
    import_plan(open_snapshot(where), RICH, NOW)
    record, found = pay.run(open_snapshot(where), "rich", "2026-Q3", "HR", NOW)
    assert {"extra", "draw"} <= {line["component"] for line in found.outcome["payouts"][0]["lines"]}
    assert payouts(where).problems == ()
    made = bundles.files(where, record.id)
    assert checker.check(made, json.loads(made["manifest.json"])["head"]["hash"])[0] == []
