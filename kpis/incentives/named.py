"""The people a plan names: employee numbers in the text people write, surrogate keys in the text a record keeps."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml

PLAIN = re.compile(r"[A-Za-z]+[A-Za-z_-]*\d+[A-Za-z0-9_-]*")  # no other word of YAML looks so


def people(text: str) -> tuple[str, ...]:
    """Whom a plan's text names, in its order; nobody where it is no YAML."""
    return tuple(dict.fromkeys(node.value for node in _nodes(text)))


def renamed(text: str, rename: Callable[[str], str]) -> str:
    """The text with everybody it names renamed; all else stays as it was written, comments too."""
    for node in sorted(_nodes(text), key=lambda each: each.start_mark.index, reverse=True):
        new = rename(node.value)
        if new != node.value:
            told = new if PLAIN.fullmatch(new) else json.dumps(new)
            text = text[: node.start_mark.index] + told + text[node.end_mark.index :]
    return text


def _nodes(text: str) -> list[yaml.ScalarNode]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError):
        return []  # reading the plan says what is wrong
    listed = _field(_field(root, "participants"), "people")
    terms = _field(_field(root, "opportunity"), "by_person")
    found = [*_items(listed), *(key for key, _ in _pairs(terms))]
    return list({each.start_mark.index: each for each in found if isinstance(each, yaml.ScalarNode)}.values())


def _field(node: Any, name: str) -> Any:
    return next((value for key, value in _pairs(node) if key.value == name), None)


def _pairs(node: Any) -> Iterator[tuple[Any, Any]]:
    return iter(node.value if isinstance(node, yaml.MappingNode) else ())


def _items(node: Any) -> Iterator[Any]:
    return iter(node.value if isinstance(node, yaml.SequenceNode) else ())
