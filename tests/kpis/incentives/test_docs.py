"""What docs/plan-language.md says is true: its example is a plan, and every field stands in it."""

import re

import pytest

from kpis.exact import Strict
from kpis.incentives import plan, scoring, shapes, terms
from kpis.incentives.check import check
from kpis.incentives.evaluate import Layout
from kpis.incentives.plan import from_normal_form, normal_form, parse
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "plan-language.md").read_text()
NORMAL = (ROOT / "docs" / "plan-normal-form.md").read_text()
TOLD_ALIKE = {"of_figure", "value", "to", "at", "id", "title"}  # parts of points and tiers, and what every source has


def models() -> list[type[Strict]]:
    found = {
        each for module in (plan, scoring, shapes, terms) for each in vars(module).values() if isinstance(each, type)
    }
    return [*sorted((each for each in found if issubclass(each, Strict)), key=lambda each: each.__name__), Layout]


def test_the_example_in_the_documentation_is_accepted_and_pays_what_it_prints() -> None:
    example = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[0]
    assert check(parse(example)) == []
    assert from_normal_form(normal_form(parse(example))) == parse(example)


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_field_of_the_language_is_documented(model: type[Strict]) -> None:
    names = set(model.model_fields) - TOLD_ALIKE
    assert {name for name in names if not re.search(rf"\b{name}\b", TEXT)} == set()


def test_the_normal_form_has_fifteen_kinds_of_step_at_most() -> None:
    kinds = re.findall(r"^\*\*(\d+) (\w+)\.\*\*", NORMAL, re.MULTILINE)
    assert [int(number) for number, _ in kinds] == list(range(1, 16))
