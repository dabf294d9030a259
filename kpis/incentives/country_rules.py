"""Country rules that change arithmetic: a sourced table, and what a company or a plan sets otherwise, with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from data_contracts.problems import Problem, raise_if
from kpis.exact import Strict, load_yaml, number, read_model
from kpis.incentives.check_terms import override_problems
from kpis.incentives.segments import Eligibility
from kpis.incentives.terms import Override

COUNSEL = "Pointer for the company's counsel."
Code = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Rule(Strict):
    """A rule's value, what it rests on, where that stands, and what of it was read, and where."""

    value: Annotated[str, BeforeValidator(str)]
    note: str = ""
    sources: tuple[str, ...] = ()
    checked: str = ""


class Country(Strict):
    """The rules a country has of its own."""

    leaver: Rule | None = None
    part_time_below: Rule | None = None
    protected_absence: Rule | None = None


class Default(Strict):
    """The rules where neither a country nor the EU says anything."""

    leaver: Rule
    part_time_below: Rule
    protected_absence: Rule


class Table(Strict):
    """The rules by country."""

    default: Default
    members: tuple[Code, ...] = ()
    eu: Country = Country()
    countries: Mapping[Code, Country] = {}


class Company(Strict):
    """A workspace's own file: its country, and what it sets otherwise."""

    country: Code | None = None
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True)
class Applied:
    """One rule as it applies, and why."""

    rule: Literal["leaver", "part_time_below", "protected_absence"]
    value: str
    why: str
    sources: tuple[str, ...]


def read(text: str, where: str = "country_rules.yaml") -> Table:
    """The table in a YAML text; raises Problems for what it may not say."""
    return read_model(Table, load_yaml(text, where), where)


def read_company(text: str, where: str = "country_rules.yaml") -> Company:
    """A workspace's own file; raises Problems for what it may not say."""
    found = read_model(Company, load_yaml(text, where), where)
    problems: list[Problem] = []
    for at, each in enumerate(found.overrides):
        problems += override_problems(each, f"{where}, overrides[{at}]")
    raise_if(problems)
    return found


def applied(table: Table, country: str | None, overrides: Sequence[Override] = ()) -> tuple[Applied, ...]:
    """The rules for a country: its own, else the EU's where it is a member, else the default; overrides last.

    Of several overrides of a rule the last counts: the workspace's come first, then the plan's.
    """
    own = table.countries.get(country or "", Country())
    union = table.eu if country in table.members else Country()
    set_otherwise = {each.rule: each for each in overrides}
    found = []
    names: tuple[Literal["leaver", "part_time_below", "protected_absence"], ...]
    names = ("leaver", "part_time_below", "protected_absence")
    for name in names:
        rule: Rule = getattr(own, name) or getattr(union, name) or getattr(table.default, name)
        otherwise = next((each for rule_name, each in set_otherwise.items() if rule_name == name), None)
        if otherwise:
            found.append(Applied(name, otherwise.value, f"Set otherwise: {otherwise.reason}", rule.sources))
        else:
            found.append(
                Applied(name, rule.value, f"{rule.note} {COUNSEL}" if rule.sources else rule.note, rule.sources)
            )
    return tuple(found)


def eligibility(rules: Sequence[Applied], last_day: str = "inclusive") -> Eligibility:
    """The rules as they change which days count."""
    values = {each.rule: each.value for each in rules}
    return Eligibility(last_day, values["leaver"], number(values["part_time_below"]))
