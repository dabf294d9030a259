"""The reading of ODCS: the standard's own models, closed, and our few custom properties."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from open_data_contract_standard.model import CustomProperty, OpenDataContractStandard, SchemaObject, SchemaProperty
from pydantic import BaseModel, ValidationError

from data_contracts.contract import Column, Contract, DeliveryCheck
from data_contracts.problems import Problem, Problems, did_you_mean, raise_if
from data_contracts.quality import read_rules

KINDS = {
    "string": "string",
    "integer": "int",
    "number": "number",
    "boolean": "bool",
    "date": "date",
    "timestamp": "timestamp",
}
CONTRACT_PROPERTIES = {
    "delivery_mode", "delimiter", "encoding", "timezone", "decimal_mark", "thousands_mark", "null_tokens",
    "quarantine_tolerance", "delivery_checks",
}  # fmt: skip
COLUMN_PROPERTIES = {
    "unit", "money_exponent", "surrogate", "identity_only", "references", "aliases", "formats", "default", "may_be_future",
}  # fmt: skip
OPTIONS = {"minimum", "maximum", "pattern", "maxLength"}
CHECKS = {
    "one_value": {"column"},
    "tree": {"key", "parent"},
    "not_own": {"key", "parent"},
    "shares_sum": {"key", "share", "start", "end"},
    "spans_apart": {"key", "start", "end"},
}
NAME = re.compile(r"[a-z][a-z0-9_]*")
OURS = ("facts", "quarantine", "receipts")  # folders of the lake that are no dataset


def read(text: str, source: str, digest: str) -> Contract:
    """The contract a YAML text states; raises Problems."""
    found: list[Problem] = []
    document = _document(text, source, found)
    schema = (document.schema_ or [SchemaObject()])[0]
    if len(document.schema_ or []) != 1 or not schema.properties:
        raise Problems(
            [
                Problem(
                    f"{source}: schema",
                    "one table with properties",
                    f"{len(document.schema_ or [])}",
                    "Write one contract a table.",
                )
            ]
        )
    extras = _properties(document.customProperties, CONTRACT_PROPERTIES, f"{source}: customProperties", found)
    columns = tuple(_column(item, f"{source}: {item.name}", found) for item in schema.properties)
    names = [column.name for column in columns]
    found += [
        Problem(f"{source}: {n}", "one column of that name", "two", "Remove one.")
        for n in {*names}
        if names.count(n) > 1
    ]
    key = [item for item in schema.properties if item.primaryKey]
    contract = Contract(
        name=str(schema.name),
        title=document.name or str(schema.name),
        version=str(document.version),
        mode=extras.get("delivery_mode", "append"),
        columns=columns,
        key=tuple(str(item.name) for item in sorted(key, key=lambda item: item.primaryKeyPosition or 1)),
        rules=read_rules(schema, {column.name: column for column in columns}, source, found),
        delivery_checks=tuple(_delivery_checks(extras.get("delivery_checks", []), names, source, found)),
        digest=digest,
        **_reading(extras, source, found),
    )
    found += _whole(contract, source)
    raise_if(found)
    return contract


def _document(text: str, source: str, found: list[Problem]) -> OpenDataContractStandard:
    try:
        data = yaml.safe_load(text)
        document = OpenDataContractStandard(**data)
    except (yaml.YAMLError, TypeError) as error:
        raise Problems([Problem(source, "YAML", str(error).splitlines()[0], "Mend the YAML.")]) from error
    except ValidationError as error:
        raise Problems(
            Problem(
                f"{source}: {'.'.join(map(str, e['loc']))}", "a field of ODCS 3", e["msg"], "See the standard's schema."
            )
            for e in error.errors()
        ) from error
    found += _unknown(OpenDataContractStandard, data, source)
    return document


def _unknown(model: type[BaseModel], data: Any, where: str) -> Iterator[Problem]:
    """Fields the standard does not know: its models would pass over them in silence."""
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _unknown(model, item, f"{where}[{item.get('name', index) if isinstance(item, dict) else index}]")
    if not isinstance(data, dict):
        return
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    for name, value in data.items():
        if name not in fields:
            yield Problem(f"{where}.{name}", "a field of ODCS 3", repr(name), did_you_mean(name, fields))
        elif nested := _model_in(fields[name].annotation):
            yield from _unknown(nested, value, f"{where}.{name}")


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for argument in get_args(annotation) if (found := _model_in(argument))), None)


def _properties(
    items: list[CustomProperty] | None, known: set[str], where: str, found: list[Problem]
) -> dict[str, Any]:
    given = {str(item.property): item.value for item in items or []}
    found += [
        Problem(f"{where}.{name}", "a property of ours", repr(name), did_you_mean(name, known))
        for name in given
        if name not in known
    ]
    return given


def _column(item: SchemaProperty, where: str, found: list[Problem]) -> Column:
    extras = _properties(item.customProperties, COLUMN_PROPERTIES, where, found)
    options = item.logicalTypeOptions or {}
    found += [
        Problem(f"{where}.{name}", "a supported option", repr(name), did_you_mean(name, OPTIONS))
        for name in options
        if name not in OPTIONS
    ]
    surrogate = extras.get("surrogate") or {}
    kind = _kind(item, extras, where, found)
    if not NAME.fullmatch(item.name or ""):
        found.append(Problem(where, "a lower-case name", repr(item.name), "Use letters, digits and _, a letter first."))
    if surrogate and (surrogate.keys() != {"kind", "unknown"} or surrogate["unknown"] not in ("minted", "quarantined")):
        found.append(
            Problem(
                f"{where}.surrogate", "{kind: person, unknown: minted | quarantined}", repr(surrogate), "Write both."
            )
        )
    return Column(
        name=str(item.name),
        kind=kind,
        required=bool(item.required),
        unique=bool(item.unique),
        minimum=_number(options.get("minimum"), f"{where}.minimum", found),
        maximum=_number(options.get("maximum"), f"{where}.maximum", found),
        pattern=_pattern(options.get("pattern"), where, found),
        max_length=options.get("maxLength"),
        values=tuple(str(value.value) for value in item.enum or []),
        aliases=tuple(map(str, extras.get("aliases", []))),
        formats=tuple(map(str, extras.get("formats", []))),
        default=None if extras.get("default") is None else str(extras["default"]),
        exponent=int(extras.get("money_exponent", 2)),
        surrogate=surrogate.get("kind"),
        mints=surrogate.get("unknown") == "minted",
        identity_only=bool(extras.get("identity_only")),
        references=extras.get("references"),
        may_be_future=bool(extras.get("may_be_future")),
        classification=item.classification,
    )


def _kind(item: SchemaProperty, extras: dict[str, Any], where: str, found: list[Problem]) -> str:
    if item.logicalType not in KINDS:
        found.append(
            Problem(
                f"{where}.logicalType",
                "a supported type",
                repr(item.logicalType),
                did_you_mean(str(item.logicalType), KINDS),
            )
        )
    if (unit := extras.get("unit")) not in (None, "money", "share"):
        found.append(
            Problem(f"{where}.unit", "money or share", repr(unit), did_you_mean(str(unit), ("money", "share")))
        )
    return "key" if "surrogate" in extras else str(extras.get("unit") or KINDS.get(str(item.logicalType), "string"))


def _number(value: Any, where: str, found: list[Problem]) -> Decimal | None:
    try:
        number = None if value is None else Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if number is not None and not number.is_finite():
        found.append(Problem(where, "a number", repr(value), "Write digits."))
        return None
    return number


def _pattern(pattern: str | None, where: str, found: list[Problem]) -> str | None:
    try:
        re.compile(pattern or "")
    except re.error as error:
        found.append(Problem(f"{where}.pattern", "a regular expression", f"{pattern!r} ({error})", "Mend it."))
    return pattern


def _reading(extras: dict[str, Any], source: str, found: list[Problem]) -> dict[str, Any]:
    """The properties that say how a delivery is read, checked one by one."""
    allowed: dict[str, tuple[Callable[[Any], bool], str]] = {
        "delimiter": (lambda v: v in (",", ";", "\t", "|"), "one of , ; tab |"),
        "encoding": (lambda v: v in ("utf-8", "latin-1", "cp1252", "utf-16"), "utf-8, latin-1, cp1252 or utf-16"),
        "timezone": (lambda v: v is None or _zone(v), "an IANA time zone"),
        "decimal_mark": (lambda v: v in (".", ","), "a point or a comma"),
        "thousands_mark": (lambda v: v in ("", ".", ",", " ", "'"), "one of . , space '"),
        "null_tokens": (lambda v: isinstance(v, list), "a list of texts"),
    }
    given = {name: extras[name] for name in allowed if name in extras}
    for name, value in given.items():
        if not allowed[name][0](value):
            found.append(Problem(f"{source}: {name}", allowed[name][1], repr(value), "Change it."))
    if isinstance(given.get("null_tokens"), list):
        given["null_tokens"] = ("", *map(str, given["null_tokens"]))
    tolerance = _number(extras.get("quarantine_tolerance"), f"{source}: quarantine_tolerance", found)
    return {**given, "tolerance": tolerance}


def _zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError):
        return False


def _delivery_checks(items: Any, columns: list[str], source: str, found: list[Problem]) -> Iterator[DeliveryCheck]:
    for item in items if isinstance(items, list) else []:
        name, arguments = item.get("check"), {key: value for key, value in item.items() if key != "check"}
        where = f"{source}: delivery_checks.{name}"
        if name not in CHECKS:
            found.append(Problem(where, "a known check", repr(name), did_you_mean(str(name), CHECKS)))
            continue
        if arguments.keys() != CHECKS[name]:
            found.append(
                Problem(where, ", ".join(sorted(CHECKS[name])), ", ".join(sorted(arguments)), "Name exactly these.")
            )
        found += [
            Problem(where, "a known column", repr(c), did_you_mean(str(c), columns))
            for c in arguments.values()
            if c not in columns
        ]
        yield DeliveryCheck(name, tuple(sorted(arguments.items())))


def _whole(contract: Contract, source: str) -> Iterator[Problem]:
    if not NAME.fullmatch(contract.name) or contract.name in OURS:  # it names a folder and a view
        step = f"Use letters, digits and _, a letter first; not {', '.join(OURS)}."
        yield Problem(f"{source}: schema.name", "a lower-case name", repr(contract.name), step)
    if contract.mode not in ("append", "upsert", "snapshot"):
        yield Problem(f"{source}: delivery_mode", "append, upsert or snapshot", repr(contract.mode), "Choose one.")
    if not contract.key:
        yield Problem(
            f"{source}: schema", "a primary key", "none", "Mark the columns that identify a row with primaryKey."
        )
    if contract.decimal_mark == contract.thousands_mark:
        yield Problem(
            f"{source}: thousands_mark",
            "another mark than the decimal one",
            repr(contract.thousands_mark),
            "Change one.",
        )
