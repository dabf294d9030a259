"""A figure names the version of the definition that it was made by, not the one that waits for a build."""

from pathlib import Path

import pytest
import streamlit as st

from dashboard import data, details
from dashboard.access import Viewer
from dashboard.data import core
from kpis.workflows.versions import accept
from kpis.workspace import Snapshot, open_snapshot, open_workspace
from tests.dashboard.line import done
from tests.kpis import surveyed
from tests.kpis.small import NOW, PLANNER, planning
from tests.kpis.surveyed import LONE, answers

LEADER = Viewer(None, "leader", frozenset({"leader"}))
NEWER = LONE.replace("version: 1", "version: 2").replace("boxes: [4, 5]", "boxes: [5]")
NOTICE = "Built with version 1; run `goldenthread build` to see version 2."


@pytest.fixture
def accepted(tmp_path: Path) -> Snapshot:
    """A company whose KPI has a newer version that was not built yet."""
    made = surveyed.company(tmp_path, list(answers(60, 1, lambda at, _: at % 3 > 0, department="north")), (LONE,))
    accept(planning(made.workspace).workspace, "lone", NEWER, PLANNER, "Only the best answer counts.", NOW)
    return open_snapshot(open_workspace(tmp_path, NOW))


def test_figures_say_which_version_they_were_made_by_until_the_next_build(accepted: Snapshot) -> None:
    where = "--workspace", accepted.workspace.root
    assert NOTICE in done("figures", "lone", *where).out
    assert {each["version"] for each in done("figures", "lone", *where, "--json").json} == {1}
    built = done("build", *where).out
    assert "facts of 1 KPI, version " in built
    assert built.strip().endswith(" of the table.")
    assert "Built with" not in done("figures", "lone", *where).out
    assert {each["version"] for each in done("figures", "lone", *where, "--json").json} == {2}


def test_the_page_names_the_version_the_number_was_made_by(accepted: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    assert details.made_by(accepted.workspace.kpi("lone"), accepted.built["lone"]).startswith("version 1")
    monkeypatch.setenv(core.ROOT, str(accepted.workspace.root))
    monkeypatch.setenv(core.VIEWER, "")
    st.cache_data.clear()
    st.cache_resource.clear()
    assert data.waiting(LEADER, "lone") == NOTICE
    rows = dict(data.source(LEADER, data.course(LEADER, "lone", "company", "2026-W37")))
    assert f"lone@{accepted.built['lone']['definition'][:7]}" in rows["Version"]
    assert "version 1; build to see version 2" in rows["Version"]
