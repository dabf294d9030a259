"""The six KPIs of the benchmark data, as definitions."""

from collections.abc import Sequence

from kpis.definitions import KpiDefinition, parse

COMMON = """version: 1
title: {title}
question: How are we doing?
direction: higher
min_n_show: 1
credit: {{person: employee_id, department: department_id}}
cuts: {{segment: segment, channel: channel}}
id: {id}
{rest}
"""
RESPONSES = "dataset: responses\nwhen: responded_at\nperiod_of: answered\nfilter: question = '{id}'\n"
CASES = "dataset: cases\nwhen: opened_at\nperiod_of: opened\n"
ELAPSED = "seconds_between(opened_at, resolved_at)"
MEASURES = {
    "nps": ("NPS", "points", "{kind: nps, value: score}"),
    "csat": ("CSAT", "percent", "{kind: top_box, value: score, boxes: [4, 5]}"),
    "ces": ("CES", "score", "{kind: mean, value: score, low: 1, high: 7}"),
    "fcr": ("FCR", "percent", "{kind: share, value: first_contact_resolved}"),
    "sla48": ("SLA48", "percent", f"{{kind: share, value: '{ELAPSED} <= 172800'}}"),
    "ttr": ("TTR", "hours", f"{{kind: quantile, value: '{ELAPSED}', q: 0.5}}"),
}


def texts(datasets: Sequence[str] = ("responses", "cases")) -> dict[str, str]:
    """The definitions over those datasets as YAML, by identity."""
    found = {}
    for name, (title, unit, measure) in MEASURES.items():
        source = RESPONSES if name in ("nps", "csat", "ces") else CASES
        rest = f"unit: {unit}\nmeasure: {measure}\n" + source.format(id=name)
        if any(f"dataset: {each}\n" in source for each in datasets):
            found[name] = COMMON.format(title=title, id=name, rest=rest)
    return found


def definitions() -> dict[str, KpiDefinition]:
    """NPS, CSAT and CES by question, first-contact resolution, resolved within 48 hours, time to resolve."""
    return {name: parse(text, name) for name, text in texts().items()}
