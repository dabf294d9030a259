"""YAML text that the exact loader reads back as it was: to it 08 is a number, which YAML's own writer leaves unquoted."""

import re
from typing import Any

import yaml

NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?")


class _Quoting(yaml.SafeDumper):
    """Safe YAML in which text that looks like a number is quoted."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = '"' if NUMBER.fullmatch(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style)


_Quoting.add_representer(str, _text)


def dumped(form: Any, flow: bool = False) -> str:
    """The YAML text of plain values; `flow` writes it on one line, as {a: 1}."""
    if not flow:
        return yaml.dump(form, Dumper=_Quoting, sort_keys=False, allow_unicode=True, width=120)
    return yaml.dump(form, Dumper=_Quoting, default_flow_style=True, allow_unicode=True, width=10**6).strip()
