"""An ODCS document (Open Data Contract Standard 3.x) becomes a Contract, or every problem it has."""

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources


@dataclass(frozen=True)
class Column:
    """One column of a dataset: how it is written in a delivery and what must hold for it.

    `kind` is string, int, number, bool, date, timestamp, money, share or key. `minimum` and `maximum` are in the
    delivery's unit. `formats` are strptime patterns; none means ISO 8601.
    """

    name: str
    kind: str
    required: bool = False
    unique: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    pattern: str | None = None
    max_length: int | None = None
    values: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    default: str | None = None
    exponent: int = 2
    surrogate: str | None = None
    mints: bool = False
    identity_only: bool = False
    references: str | None = None
    may_be_future: bool = False
    classification: str | None = None

    @property
    def scale(self) -> int:
        """Decimal places kept as an integer in the lake: the exponent of money, 6 (millionths) of a share, else 0."""
        return {"money": self.exponent, "share": 6}.get(self.kind, 0)


@dataclass(frozen=True)
class Rule:
    """One `quality` entry: a Great Expectations type from the closed list, its arguments, and SQL where it is a row condition."""

    name: str
    type: str
    arguments: tuple[tuple[str, object], ...] = ()
    condition: str | None = None


@dataclass(frozen=True)
class DeliveryCheck:
    """A check on the delivery as a whole, by name, with the columns it reads."""

    check: str
    arguments: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Contract:
    """What may enter one dataset. `mode` is append, upsert or snapshot; `tolerance` the share of rows that may be quarantined."""

    name: str
    title: str
    version: str
    mode: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rules: tuple[Rule, ...] = ()
    delivery_checks: tuple[DeliveryCheck, ...] = ()
    delimiter: str = ","
    encoding: str = "utf-8"
    timezone: str | None = "UTC"
    decimal_mark: str = "."
    thousands_mark: str = ""
    null_tokens: tuple[str, ...] = ("",)
    tolerance: Decimal | None = None
    digest: str = ""

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when there is none."""
        return {column.name: column for column in self.columns}[name]

    @property
    def lake_columns(self) -> tuple[Column, ...]:
        """The columns the lake keeps: all but those that only identify a person."""
        return tuple(column for column in self.columns if not column.identity_only)


def parse_contract(text: str, source: str = "contract") -> Contract:
    """The contract an ODCS YAML text states; raises Problems with everything that is wrong with it."""
    from data_contracts.odcs import read

    return read(text, source, hashlib.sha256(text.encode()).hexdigest())


def shipped() -> dict[str, str]:
    """The YAML text of every contract that ships, by dataset."""
    folder = resources.files("data_contracts") / "catalog"
    return {
        item.name.removesuffix(".yaml"): item.read_text("utf-8")
        for item in folder.iterdir()
        if item.name.endswith(".yaml")
    }
