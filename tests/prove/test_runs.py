"""The proofs of runs at a fiftieth of their size: approvals by rule and through the workflows, kills, parallel clicks."""

import pytest

from tests.conftest import ROOT
from tests.prove import approvals, clicks, kills
from tests.prove.run import proofs


def test_nobody_ever_decides_their_own_pay() -> None:
    found = approvals.prove(0.02, [].append)
    assert found.passed, found.page


def test_a_killed_run_leaves_nothing_half_and_nothing_twice() -> None:
    found = kills.prove(0.02, [].append)
    assert found.passed, found.page


def test_eight_clicks_close_one_run() -> None:
    found = clicks.prove(0.02, [].append)
    assert found.passed, found.page


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("approvals", ("No step was taken", "Through the workflows, 20% of the steps")),
        ("kills", ("Nothing was half, nothing twice.",)),
        ("clicks", ("Each run was closed once", "| SQLite |", "| PostgreSQL |")),
    ],
)
def test_the_published_page_is_one_that_held(name: str, words: tuple[str, ...]) -> None:
    page = (ROOT / proofs()[name].page).read_text("utf-8")
    assert [each for each in words if each not in page] == []
