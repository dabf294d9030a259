"""The plans that ship as templates pass the check by themselves, examples recomputed, and are listed."""

import pytest

from data_contracts.problems import Problems
from kpis.incentives.check import read_checked
from kpis.incentives.plan import parse, to_yaml
from kpis.workflows import templates


@pytest.mark.parametrize("name", sorted(templates.texts()))
def test_each_template_passes_and_comes_back_from_its_yaml(name: str) -> None:
    plan = read_checked(templates.one(name))
    assert plan.expect
    assert parse(to_yaml(plan)) == plan


def test_templates_are_listed_and_written() -> None:
    assert {"balanced", "joint", "promise"} <= {each["name"] for each in templates.titles()}
    with pytest.raises(Problems, match="balanced"):
        templates.one("balancd")
