"""goldenthread.toml: what a workspace says about itself."""

import tomllib
from collections.abc import Collection
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from data_contracts.problems import Problem, Problems, did_you_mean
from kpis import faults
from kpis.calendar import Calendar


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Company(_Strict):
    """Name, money, words, clock. `demo` lets a viewer pick whose eyes to look through; `as_of` is the day the data ends."""

    name: str
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    locale: str = "en_GB"
    zone: str = "Europe/Amsterdam"
    year_start: int = Field(default=1, ge=1, le=12)
    demo: bool = False
    as_of: date | None = None
    note: str = ""

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"a time zone such as Europe/Amsterdam. {did_you_mean(value, available_timezones())}")
        return value

    @field_validator("locale")
    @classmethod
    def _locale_exists(cls, value: str) -> str:
        try:
            Locale.parse(value)
        except (UnknownLocaleError, ValueError) as error:
            raise ValueError(f"unknown locale {value!r}; write en_GB, nl_NL, de_DE …") from error
        return value


class Records(_Strict):
    """Where decisions are kept: a database URL, or empty for SQLite in the workspace."""

    url: str = ""


class Access(_Strict):
    """Who may see more than their own: e-mail addresses per role. Heads come from `departments`.

    An `approver` approves plans and runs, and may be nobody of the company: a supervisory board, an auditor.
    """

    leader: tuple[str, ...] = ()
    hr: tuple[str, ...] = ()
    steward: tuple[str, ...] = ()
    approver: tuple[str, ...] = ()


class Kpis(_Strict):
    """Which shipped KPIs the workspace uses beside its own: all of them, or those named."""

    shipped: Literal["all"] | tuple[str, ...] = "all"


class Engine(_Strict):
    """Where facts are built: in this process by DuckDB within `threads` and `memory`, or by Spark on `master`.

    `lake` is the lake's folder as Spark's executors see it (s3a://bucket/lake); empty where it is the same folder.
    """

    kind: Literal["duckdb", "spark"] = "duckdb"
    threads: int = Field(default=2, ge=1)
    memory: str = Field(default="1 GB", pattern=r"^[1-9][0-9]* ?[MG]B$")
    master: str = "local[*]"
    lake: str = ""


class Settings(_Strict):
    """The whole of goldenthread.toml."""

    company: Company
    records: Records = Records()
    access: Access = Access()
    kpis: Kpis = Kpis()
    engine: Engine = Engine()

    @property
    def calendar(self) -> Calendar:
        """The company's calendar."""
        return Calendar(self.company.year_start)

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.company.zone)


def parse(text: str, where: str = "goldenthread.toml") -> Settings:
    """The settings in a TOML text; raises Problems with every fault and its place."""
    try:
        return Settings.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Problems([Problem(where, "TOML", str(error), "Mend the line named.")]) from error
    except ValidationError as error:
        found = faults.real(error.errors())
        raise Problems(faults.problem(where, each, _fields(each["loc"]), "setting") for each in found) from error


def _fields(loc: tuple[str | int, ...]) -> Collection[str]:
    parts: dict[str, type[BaseModel]] = {"company": Company, "records": Records, "access": Access, "kpis": Kpis}
    parts |= {"engine": Engine}
    return (Settings if len(loc) < 2 else parts.get(str(loc[0]), Settings)).model_fields
