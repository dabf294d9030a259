"""Refusals in plain words: the ids of targets, plans, runs and people that a rule names, as people call them."""

import re

from dashboard.data.core import formats, snapshot, workspace
from dashboard.words import _
from kpis.workflows import aim, align, identities, plans

NAMED = re.compile(r"\b(?:(target|plan|run|person)[ :])?([\w+-]+(?:\.[\w+-]+)*)")


def plainly(text: str) -> str:
    """The text with what it names called by title: “First-contact resolution, Service desk, Quarter 2, 2026”."""
    known = {**_targets(), **{f"plan {name}": each.title or name for name, each in plans.current(workspace()).items()}}
    people = identities.names(workspace())

    def named(found: re.Match[str]) -> str:
        kind, name = found.group(1) or "", found.group(2)
        if kind == "person" and name in people:
            return people[name]
        title = known.get(name) if kind in ("", "target") else known.get(f"{kind} {name}")
        if title is None:
            return f"{kind} {name}" if kind == "run" else found.group(0)
        return f"{kind} “{title}”".lstrip()

    return NAMED.sub(named, text)


def _targets() -> dict[str, str]:
    kpis, tree, write = workspace().kpis, snapshot().organisation, formats()
    return {
        name: _("{kpi}, {scope}, {period}").format(
            kpi=kpis[each.kpi].title if each.kpi in kpis else each.kpi,
            scope=align.scope_name(tree, each.scope),
            period=write.period(each.period),
        )
        for name, each in aim.current(workspace()).items()
    }
