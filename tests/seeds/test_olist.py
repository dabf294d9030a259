import csv
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from sqlmodel import select

from data_contracts.problems import Problems
from kpis import cascade
from kpis.definitions import Credit
from kpis.incentives import evidence
from kpis.records.session import session
from kpis.records.tables import LineRecord, PayoutRecord
from kpis.workflows import aim, build, identities, measure, pay, verify
from kpis.workflows.admit import receipts
from kpis.workspace import Snapshot, open_workspace
from seeds import examples
from tests.conftest import shared

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
YEARS = ("2016", "2017", "2018")
UNDELIVERED_WITH_A_DATE = 6


def raw(name: str) -> Iterator[dict[str, str]]:
    with shared("data", "olist_sample", f"olist_{name}_dataset.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return examples.make("olist", shared("data", "olist_sample"), tmp_path_factory.mktemp("olist") / "shop", NOW)


def windows(made: Snapshot, *years: str) -> list:
    return [made.workspace.settings.calendar.parse(year) for year in years or YEARS]


def whole(made: Snapshot, kpi: str, scope: str = "company") -> tuple[Fraction, float]:
    """The figure and n over all the years of the data."""
    found = measure.figures(made, made.workspace.kpi(kpi), [scope], windows(made))
    top, bottom = (sum(getattr(each, name) or 0 for each in found) for name in ("numerator", "denominator"))
    return Fraction(top, bottom), sum(each.n for each in found)


@pytest.mark.parametrize(("kpi", "percent"), [("delivered_as_promised", 93.3772), ("delivered_by_the_moment", 91.983)])
def test_the_share_delivered_as_promised_is_the_known_one_of_exactly_5164_orders(
    made: Snapshot, kpi: str, percent: float
) -> None:
    value, n = whole(made, kpi)
    assert (n, round(float(100 * value), 4)) == (5164, percent)


def test_orders_that_were_cancelled_and_have_a_delivery_date_are_not_counted(made: Snapshot) -> None:
    dated = sum(bool(row["order_delivered_customer_date"]) for row in raw("orders"))
    assert dated - whole(made, "delivered_as_promised")[1] == UNDELIVERED_WITH_A_DATE


def test_review_figures_are_those_of_every_review_in_the_file(made: Snapshot) -> None:
    stars = [int(row["review_score"]) for row in raw("order_reviews")]
    assert whole(made, "review_top_two") == (Fraction(sum(each > 3 for each in stars), len(stars)), 8225)
    assert whole(made, "review_mean") == (Fraction(sum(stars), len(stars)), 8225)


def test_every_row_of_every_file_was_admitted_and_none_lost(made: Snapshot) -> None:
    found = {each.dataset: each for each in receipts(made.workspace)}
    assert all(each.received == each.admitted + each.quarantined + each.repeats for each in found.values())
    assert {name: each.admitted for name, each in found.items()} == {
        "departments": 28, "people": 1610, "assignments": 1610, "employment": 1610, "customers": 8135, "credits": 7433,
        "orders": 8135, "survey_responses": 8225,
    }  # fmt: skip
    parts = made.rows("SELECT CAST(sum(parts) AS BIGINT) AS parts FROM credits").column("parts")[0].as_py()
    assert parts == len(list(raw("order_items")))


def test_repeated_review_ids_and_orders_with_several_reviews_all_stay(made: Snapshot) -> None:
    rows = list(raw("order_reviews"))
    ids, orders = (Counter(row[name] for row in rows) for name in ("review_id", "order_id"))
    assert (len(rows) - len(ids), sum(each > 1 for each in orders.values())) == (34, 87)
    stored = made.rows("SELECT order_id, count(*) AS n FROM survey_responses GROUP BY 1").to_pylist()
    assert {row["order_id"]: row["n"] for row in stored} == orders


@pytest.mark.parametrize("kpi", ["delivered_as_promised", "review_top_two", "review_mean"])
def test_the_company_figure_is_the_same_without_any_credit(made: Snapshot, kpi: str) -> None:
    definition = made.workspace.kpi(kpi)
    plain = build.compute(made.workspace, made.lake, definition.model_copy(update={"credit": Credit()}))
    mine = made.rows(
        f"SELECT slice, bucket, sum(n) AS n FROM facts WHERE kpi = '{kpi}' AND cube = 'place' GROUP BY ALL"
    )
    theirs: Counter[tuple[object, int]] = Counter()
    for row in plain.to_pylist():
        if row["cube"] == "place":
            theirs[row["slice"], row["bucket"]] += row["n"]
    assert {(row["slice"], row["bucket"]): int(row["n"]) for row in mine.to_pylist()} == theirs


def test_an_order_of_several_sellers_is_shared_by_its_items_and_counts_once(made: Snapshot) -> None:
    sellers: dict[str, set[str]] = {}
    for row in raw("order_items"):
        sellers.setdefault(row["order_id"], set()).add(row["seller_id"])
    assert sum(len(each) > 1 for each in sellers.values()) > UNDELIVERED_WITH_A_DATE
    definition = made.workspace.kpi("delivered_as_promised")
    states = [each for each in measure.members(made, definition, "department", windows(made)) if "market" not in each]
    shares = [sum(each.n for each in measure.exact(made, definition, [state], windows(made))) for state in states]
    assert round(sum(shares), 6) == whole(made, "delivered_as_promised", "department:marketplace")[1] == 5164
    assert any(each != int(each) for each in shares)


def test_the_orders_of_every_seller_asked_for_at_once_add_up_to_the_company(made: Snapshot) -> None:
    definition, year = made.workspace.kpi("delivered_as_promised"), windows(made, "2018")
    everyone = [f"person:{key}" for key in made.rows("SELECT person FROM people").column("person").to_pylist()]
    sellers, (company,) = (measure.figures(made, definition, each, year) for each in (everyone, ["company"]))
    assert len(sellers) == 1610
    assert round(sum(each.n for each in sellers), 6) == company.n == 2996
    assert sum(each.numerator or 0 for each in sellers) == company.numerator


def test_reviews_of_orders_without_items_are_in_the_company_and_nobodys(made: Snapshot) -> None:
    sold = {row["order_id"] for row in raw("order_items")}
    lonely = sum(row["order_id"] not in sold for row in raw("order_reviews"))
    reasons: Counter[str] = Counter()
    for year in windows(made):
        reasons.update(measure.uncredited(made, made.workspace.kpi("review_top_two"), year))  # type: ignore[arg-type]
    assert reasons == {"nobody named": lonely}
    assert whole(made, "review_top_two", "department:marketplace")[1] == 8225 - lonely
    assert not any(
        measure.uncredited(made, made.workspace.kpi("delivered_as_promised"), each) for each in windows(made)
    )


def test_customer_states_are_segments_that_add_up_to_the_company(made: Snapshot) -> None:
    kpi = made.workspace.kpi("delivered_as_promised")
    assert measure.group(made, kpi, "segment", windows(made), "company").found.n.sum() == 5164
    assert {"segment:SP", "segment:RJ"} <= {each.scope for each in measure.by_cut(made, kpi, "segment", windows(made))}


def test_targets_stand_at_three_levels_and_their_cascade_closes(made: Snapshot) -> None:
    targets = aim.current(made.workspace)
    assert {each.scope.partition(":")[0] for each in targets.values()} == {"company", "department", "person"}
    assert {each.period for each in targets.values()} == {"2017", "2018"}
    assert cascade.check(list(targets.values()), made.workspace.kpis, made.organisation) == []
    assert {each.id for each in targets.values() if each.rest} >= {"on_time_2018", "on_time_2018_sp", "reviews_2018"}


def test_the_run_pays_every_seller_and_its_lines_come_to_its_total(made: Snapshot) -> None:
    (run,) = pay.runs(made.workspace)
    with session(made.workspace.engine) as records:
        payouts = {each.person: each.amount for each in records.exec(select(PayoutRecord))}
        lines: Counter[str] = Counter()
        for line in records.exec(select(LineRecord)):
            lines[line.person] += line.amount
    assert (run.period, len(payouts), sum(payouts.values())) == ("2017", 1610, run.total)
    assert dict(lines) == payouts


def test_sellers_with_fewer_than_ten_orders_get_the_figure_of_their_state(made: Snapshot) -> None:
    document = pay.document(made.workspace, pay.runs(made.workspace)[0].id)
    people = {each.person: each for each in evidence.read(document["run"]).participants}
    figures, own = Counter[str](), 0
    for work in evidence.recompute(document["run"]):
        line = next(each for each in work.lines if each.component.id == "on_time")
        reading = people[work.person].segments[0].readings["on_time"]
        enough = reading.own is not None and reading.own.n is not None and reading.own.n >= 10
        own += enough
        assert line.paid.basis == ("own" if enough else "team")
        if not enough:
            assert reading.team is not None
            figures[reading.team.of] += 1
    assert own == 48
    assert figures["delivered_as_promised@department:sp@2017"] > 900
    assert all("@department:" in each for each in figures)


def test_the_note_on_every_page_says_how_many_sellers_have_ten_orders_by_counting_them(made: Snapshot) -> None:
    orders = examples.delivered_orders(made)
    note = made.workspace.settings.company.note
    assert f"Only {sum(each >= 10 for each in orders)} of 1,610 sellers ever have 10 delivered orders" in note
    assert "Only 96 of 1,610" in note
    assert "48 are paid on their own orders and 1,562 on their state's" in note
    assert "made up" in note


def test_a_seller_reads_a_statement_whose_last_step_is_the_payout(made: Snapshot) -> None:
    (run,) = pay.runs(made.workspace)
    person = identities.surrogate(made.workspace, "cc419e0650a3c5ba77189a1882b7556a")
    statement = pay.statement(made.workspace, run.id, person)
    line = next(each for each in statement.work.lines if each.component.id == "on_time")
    assert line.paid.figure == Fraction("98.6")  # 68 of 69 orders, as credited
    assert statement.work.payout == sum(each.amount for each in statement.work.lines)
    assert statement.steps[-1].result


def test_a_statement_tells_a_seller_how_many_orders_were_too_few(made: Snapshot) -> None:
    (run,) = pay.runs(made.workspace)
    people = evidence.read(pay.document(made.workspace, run.id)["run"]).participants
    read = {each.person: each.segments[0].readings["on_time"].own for each in people}
    person, own = next((person, own) for person, own in read.items() if own and own.n and 1 < own.n < 10)
    told = next(step.told() for step in pay.statement(made.workspace, run.id, person).steps if step.rule == "team")
    assert told.startswith(f"{float(own.n or 0):.6g} answers are fewer than 10, so the team's ")


def test_verify_confirms_everything_and_payouts_even_after_the_lake_is_gone(made: Snapshot, tmp_path: Path) -> None:
    found = verify.everything(made.workspace)
    assert (found.problems, found.receipts, found.runs, found.payouts, found.rebuilt) == ((), 8, 1, 1610, 1)
    copy = shutil.copytree(made.workspace.root, tmp_path / "copy", ignore=shutil.ignore_patterns("lake"))
    again = verify.everything(open_workspace(copy, NOW))
    assert (again.problems, again.runs, again.payouts, again.rebuilt) == ((), 1, 1610, 0)


def test_verify_names_a_payout_that_somebody_changed_after_the_run(made: Snapshot, tmp_path: Path) -> None:
    copy = shutil.copytree(made.workspace.root, tmp_path / "copy", ignore=shutil.ignore_patterns("lake"))
    changed = open_workspace(copy, NOW)
    with session(changed.engine) as records:
        payout = records.exec(select(PayoutRecord)).first()
        assert payout is not None
        payout.amount += 1
        records.add(payout)
        person = payout.person
    assert any(person in problem.where for problem in verify.everything(changed).problems)


def test_the_workspace_is_entered_by_its_owner_alone(made: Snapshot) -> None:
    root = made.workspace.root
    assert [each.stat().st_mode & 0o777 for each in (root, root / "lake", root / "kpis")] == [0o700] * 3


def test_a_misspelt_name_a_missing_file_and_a_folder_in_use_are_told_at_once(made: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(Problems, match="olist"):
        examples.make("olits", tmp_path, tmp_path / "new", NOW)
    with pytest.raises(Problems) as found:
        examples.make("olist", tmp_path, made.workspace.root, NOW)
    wheres = [problem.where for problem in found.value.problems]
    assert wheres[0] == str(made.workspace.root)
    assert str(tmp_path / "olist_orders_dataset.csv") in wheres
    with pytest.raises(Problems, match="--data"):
        examples.make("olist", tmp_path / "nowhere", tmp_path / "new", NOW)
