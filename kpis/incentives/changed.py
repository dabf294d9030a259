"""What differs between two versions of a plan, field by field, in the plan's own words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kpis.incentives.plan import Plan, normal_form

NOTHING = ""
WORDS = ("version", "expect", "budget")  # what changes without changing what anybody is paid


@dataclass(frozen=True)
class Change:
    """One field that differs: its place (`components.fcr.weight`), and its exact text before and after ('' where absent)."""

    place: str
    before: str
    after: str

    @property
    def pays(self) -> bool:
        """Whether it can change what somebody is paid; titles, the version, the budget and worked examples cannot."""
        return not (self.place.startswith(WORDS) or self.place.rsplit(".", 1)[-1] == "title")


def changes(before: Plan, after: Plan) -> tuple[Change, ...]:
    """Every field that differs, in the order of the newer plan; what is listed by id is compared by id, not by place."""
    old, new = dict(_flat(normal_form(before))), dict(_flat(normal_form(after)))
    places = [*new, *(place for place in old if place not in new)]
    pairs = ((place, old.get(place, NOTHING), new.get(place, NOTHING)) for place in places)
    return tuple(Change(*pair) for pair in pairs if pair[1] != pair[2])


def _flat(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(inner, f"{place}.{name}".lstrip("."))
    elif isinstance(value, list) and value and all(isinstance(each, Mapping) and "id" in each for each in value):
        for each in value:
            yield from _flat(each, f"{place}.{each['id']}")
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _flat(each, f"{place}[{at + 1}]")
    else:
        yield place, str(value)
