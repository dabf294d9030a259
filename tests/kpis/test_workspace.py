"""A workspace is opened whole, or every problem of every file is told."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from data_contracts.problems import Problem, Problems
from kpis import settings
from kpis.workflows import make
from kpis.workflows.measure import figures
from kpis.workspace import Workspace, open_snapshot, open_workspace, shipped_kpis
from tests.kpis.small import FCR, NOW, PROMISES, SETTINGS, company, workspace

ALL = SETTINGS.replace("shipped = []", 'shipped = "all"')


def problems(folder: Path) -> list[Problem]:
    with pytest.raises(Problems) as refused:
        open_workspace(folder, NOW)
    return list(refused.value.problems)


def files(folder: Path, **texts: str | bytes) -> Path:
    """A workspace's folder with those files: `promises`, `goldenthread`, `kpis__x`, `contracts__x`."""
    texts = {"goldenthread": SETTINGS} | texts
    for name, text in texts.items():
        file = folder / (name.replace("__", "/") + (".toml" if name == "goldenthread" else ".yaml"))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


# All problems at once


def test_the_problems_of_every_file_are_told_together(tmp_path: Path) -> None:
    files(
        tmp_path, goldenthread=SETTINGS + 'shiped = []\n[acces]\n', promises="promises: [{id: Solved}]", kpis__a="id: a\nversion: 0\n",
        kpis__fcr=FCR.replace("opened_at", "openend_at"), contracts__orders="apiVersion: v3.2.0\nkind: DataContract\n",
    )  # fmt: skip
    told = [each.where for each in problems(tmp_path)]
    expected = ("goldenthread.toml, acces", "goldenthread.toml, kpis.shiped", "promises.yaml, promises.0.id")
    expected += (
        "promises.yaml, promises.0.title",
        "kpis/a.yaml, version",
        "kpis/a.yaml, measure",
        "kpis/fcr.yaml, when",
    )
    for start in (*expected, "contracts/orders.yaml"):
        assert any(each.startswith(start) for each in told), (start, told)


def test_a_file_that_cannot_be_read_is_told_once_and_not_again_by_all_that_use_it(tmp_path: Path) -> None:
    broken = "kind: [unclosed\n"
    files(tmp_path, goldenthread=ALL, contracts__orders=broken, promises=broken, kpis__fcr=FCR)
    told = problems(tmp_path)
    assert {each.where.split(",")[0].split(":")[0] for each in told} == {"contracts/orders.yaml", "promises.yaml"}


@pytest.mark.parametrize("name", ["goldenthread", "promises", "kpis__fcr", "contracts__orders"])
def test_a_file_that_is_not_utf_8_is_a_problem_and_a_byte_order_mark_is_none(tmp_path: Path, name: str) -> None:
    files(tmp_path, promises=PROMISES, kpis__fcr=FCR)
    file = next(tmp_path.rglob(f"{name.split('__')[-1]}.*"), tmp_path / "contracts" / "orders.yaml")
    text = file.read_text() if file.is_file() else ""
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text.encode() + b"# caf\xe9\n")
    assert [each.expected for each in problems(tmp_path)][:1] == ["a UTF-8 file"]
    if text:
        file.write_bytes(b"\xef\xbb\xbf" + text.encode())
        assert "fcr" in open_workspace(tmp_path, NOW).kpis


def test_a_folder_without_settings_says_how_to_make_one(tmp_path: Path) -> None:
    assert "goldenthread init DIR" in problems(tmp_path)[0].next_step


# KPIs and promises


def test_a_shipped_kpi_whose_promise_is_unknown_here_serves_none(tmp_path: Path) -> None:
    found = open_workspace(files(tmp_path, goldenthread=ALL), NOW)
    assert len(found.kpis) >= 12
    assert {each.promise for each in found.kpis.values()} == {None}


def test_a_shipped_kpi_serves_the_promise_of_its_name(tmp_path: Path) -> None:
    promised = "promises: [{id: solved_first_time, title: T, clauses: [{id: once, text: C}]}]"
    found = open_workspace(files(tmp_path, goldenthread=ALL, promises=promised), NOW)
    assert found.kpis["first_contact_resolution"].promise_id == "solved_first_time"


def test_a_kpi_of_ones_own_must_name_a_promise_that_is_made(tmp_path: Path) -> None:
    files(tmp_path, promises=PROMISES, kpis__fcr=FCR.replace("promise: solved", "promise: solvd"))
    [problem] = problems(tmp_path)
    assert (problem.where, problem.next_step) == ("kpis/fcr.yaml, promise", "Did you mean 'solved'?")


def test_a_kpi_of_ones_own_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    mine = FCR.replace("id: fcr", "id: nps").replace("promise: solved\n", "")
    found = open_workspace(files(tmp_path, goldenthread=ALL, kpis__nps=mine), NOW)
    assert found.kpis["nps"].title == "First-contact resolution"


def test_a_kpi_is_called_as_its_file_so_that_none_hides_another(tmp_path: Path) -> None:
    files(tmp_path, promises=PROMISES, kpis__fcr=FCR, kpis__copy=FCR)
    [problem] = problems(tmp_path)
    assert (problem.where, problem.actual) == ("kpis/copy.yaml, id", "'fcr'")


def test_a_shipped_kpi_that_does_not_exist_gets_a_suggestion(tmp_path: Path) -> None:
    files(tmp_path, goldenthread=SETTINGS.replace("shipped = []", 'shipped = ["npss"]'))
    assert problems(tmp_path)[0].next_step == "Did you mean 'nps'?"


def test_the_kpis_that_ship_can_be_chosen(tmp_path: Path) -> None:
    found = open_workspace(files(tmp_path, goldenthread=SETTINGS.replace("shipped = []", 'shipped = ["nps"]')), NOW)
    assert set(found.kpis) == {"nps"}
    assert "nps" in shipped_kpis()


def test_an_unknown_kpi_or_layout_gets_a_suggestion(tmp_path: Path) -> None:
    where = workspace(tmp_path, [FCR], promises=PROMISES)
    with pytest.raises(Problems, match="Did you mean 'fcr'"):
        where.kpi("fcrr")
    files(tmp_path, layouts__shop="layout: shop")
    with pytest.raises(Problems, match="Did you mean 'shop'"):
        where.layout_text("shp")


# Settings


def test_today_is_the_day_in_the_companys_zone_or_the_one_that_is_set(tmp_path: Path) -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    files(tmp_path, goldenthread='[company]\nname = "T"\n[kpis]\nshipped = []\n')
    assert open_workspace(tmp_path, late).today == date(2026, 11, 23)
    files(tmp_path)
    assert open_workspace(tmp_path, late).today == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('zone = "Europe/Amsterdan"', "Did you mean 'Europe/Amsterdam'?"),
        ('locale = "xx_YY"', "unknown locale 'xx_YY'"),
        ('currency = "Euro"', "three capital letters"),
        ("year_start = 13", "12"),
        ('curency = "EUR"', "Did you mean 'currency'?"),
        ("as_of = 2026-02-30", "TOML"),
    ],
)
def test_a_setting_that_is_wrong_says_so_with_its_place(line: str, told: str) -> None:
    with pytest.raises(Problems) as refused:
        settings.parse(f'[company]\nname = "T"\n{line}\n')
    assert told in str(refused.value)
    assert str(refused.value).startswith("goldenthread.toml")


def test_wrong_settings_are_told_all_at_once() -> None:
    with pytest.raises(Problems) as refused:
        settings.parse('[company]\nzone = "Mars"\nyear_start = 0\n[rekords]\nurl = ""\n')
    assert len(refused.value.problems) == 4


def test_what_the_template_says_are_the_defaults(tmp_path: Path) -> None:
    make.init(tmp_path / 'a "b" \\c')
    found: Workspace = open_workspace(tmp_path / 'a "b" \\c', NOW)
    assert found.settings == settings.parse('[company]\nname = "a \\"b\\" \\\\c"\n')
    assert found.kpis["on_time"].promise == "on_time.day"


def test_a_company_may_lie_in_a_folder_with_blanks_and_signs_in_its_name(tmp_path: Path) -> None:
    where = company(tmp_path / "Ann & Bob 100%" / "our company")
    [figure] = figures(open_snapshot(where), where.kpi("fcr"), ["company"], [where.settings.calendar.parse("2026-Q3")])
    assert figure.n == 200
