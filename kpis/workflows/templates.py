"""The plans that ship as templates: files beside the plan language, each of which passes `plan check` by itself."""

from importlib import resources

from data_contracts.problems import Problem, Problems, did_you_mean
from kpis.incentives import plan


def texts() -> dict[str, str]:
    """The YAML text of every template, by name."""
    folder = resources.files("kpis.incentives") / "templates"
    found = {each.name.removesuffix(".yaml"): each.read_text("utf-8") for each in folder.iterdir() if each.is_file()}
    return dict(sorted(found.items()))


def one(name: str) -> str:
    """The text of one template; raises Problems with a suggestion when there is none."""
    found = texts()
    if name not in found:
        raise Problems([Problem("NAME", "a template", repr(name), did_you_mean(name, found))])
    return found[name]


def titles() -> list[dict[str, str]]:
    """Name and title of every template."""
    return [{"name": name, "title": plan.parse(text, name).title} for name, text in texts().items()]
