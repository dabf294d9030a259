"""What docs/plan-language.md says is true: its example is a plan, and every field stands in it."""

import re

from kpis.incentives.check import check
from kpis.incentives.plan import Component, Gate, Plan, parse
from kpis.incentives.shapes import Curve
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "plan-language.md").read_text()


def test_the_example_in_the_documentation_is_accepted_and_pays_what_it_prints() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert check(parse(example)) == []


def test_every_field_of_plans_components_gates_and_curves_is_documented() -> None:
    names = {name for model in (Plan, Component, Gate, Curve) for name in model.model_fields}
    assert {name for name in names if not re.search(rf"\b{name}\b", TEXT)} == set()
