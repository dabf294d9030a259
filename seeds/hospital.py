"""The US hospital scheme: public totals held against the plan files of docs/examples/hospital-scheme, which travel in the package."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from data_contracts.problems import Problem, Problems
from kpis.workflows.plans import Evaluated, evaluate_plan

FILE = "hvbp_total_performance.csv"
PLAN, LAYOUT = "total.yaml", "layout.yaml"


def scheme() -> Traversable:
    """The folder of the plan files: in the package, or in the source tree it is packed from."""
    packed = resources.files("seeds") / "hospital"
    return packed if packed.is_dir() else Path(__file__).parent.parent / "docs" / "examples" / "hospital-scheme"


def evaluated(data: Path) -> Evaluated:
    """Every hospital's total by the plan file beside the published one; raises Problems where the data is not there."""
    file = data / FILE
    if not file.is_file():
        step = "Download it and name its folder with --data."
        raise Problems([Problem(str(file), "the published file of fiscal year 2026", "none", step)])
    texts = {name: (scheme() / name).read_text("utf-8") for name in (PLAN, LAYOUT)}
    return evaluate_plan(texts[PLAN], file.read_text("utf-8-sig"), PLAN, FILE, texts[LAYOUT], LAYOUT)
