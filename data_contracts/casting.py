"""Text becomes values by the declared formats alone: what does not fit is a failed check of its row, never a guess."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from data_contracts.contract import Column, Contract

ISO_SECONDS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
ISO_OTHERS = ("%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M")
ISO_DATES = ("%Y-%m-%d", "%Y-%m-%d 00:00:00")
OFFSET = r":[0-9.]+ ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
BLANKS = " \t\r\n\u00a0\ufeff"
UNDECLARED = ("NULL", "null", "N/A", "n/a", "#N/A", "-")
TYPES = {
    "int": "BIGINT",
    "number": "DOUBLE",
    "bool": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "money": "BIGINT",
    "share": "BIGINT",
}
NOUNS = {
    "int": "a whole number", "number": "a finite number", "bool": "true or false", "date": "a date in the declared format",
    "timestamp": "a time in the declared format", "money": "an amount below 10¹² in its decimals", "share": "a share from 0 to 1",
}  # fmt: skip
LIMIT = timedelta(minutes=5)


@dataclass(frozen=True)
class Check:
    """A boolean column of staging: `sql` over text columns (`"t:<name>"`) and values (`"<name>"`) is true where a row passes."""

    id: str
    reason: str
    sql: str


def duck_type(column: Column) -> str:
    """The DuckDB type in which staging and lake keep the column."""
    return TYPES.get(column.kind, "VARCHAR")


def quote(name: str) -> str:
    """The name as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """The text as a SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def cleaned_sql(text: str) -> str:
    """The delivered text in NFC, without blanks at either end."""
    return f"nfc_normalize(trim({text}, {literal(BLANKS)}))"


def blank_sql(text: str, column: Column, contract: Contract, empty: bool) -> str:
    """The clean text, null tokens as NULL, the default in place of a blank; `empty` where texts of no letters may be met."""
    tokens = ", ".join(literal(token) for token in contract.null_tokens if token or empty)
    value = f"CASE WHEN {text} IN ({tokens}) THEN NULL ELSE {text} END" if tokens else text
    return value if not column.default else f"coalesce({value}, {literal(column.default)})"


def value_sql(column: Column, contract: Contract) -> str:
    """The column's value from its clean text `t:<name>`; NULL where the text does not fit."""
    text = quote(f"t:{column.name}")
    if column.kind in ("string", "key"):
        return text
    if column.kind in ("date", "timestamp"):
        return _date(text, column) if column.kind == "date" else _timestamp(text, column, contract)
    if column.kind == "bool":
        word = f"lower({text})"
        return f"CASE WHEN {word} IN ('true', '1', 'yes') THEN true WHEN {word} IN ('false', '0', 'no') THEN false END"
    return _number(_marks(text, contract), column)


def _marks(text: str, contract: Contract) -> str:
    """Declared marks brought to the usual ones; a thousands mark only where it divides groups of three."""
    if contract.thousands_mark:
        groups = rf"^[+-]?[0-9]{{1,3}}({re.escape(contract.thousands_mark)}[0-9]{{3}})+([^0-9]|$)"
        bare = f"replace({text}, {literal(contract.thousands_mark)}, '')"
        text = f"CASE WHEN regexp_matches({text}, {literal(groups)}) THEN {bare} ELSE {text} END"
    if contract.decimal_mark == ",":
        text = f"CASE WHEN contains({text}, '.') THEN NULL ELSE replace({text}, ',', '.') END"
    return text


def _number(text: str, column: Column) -> str:
    """Exact numbers only: DuckDB alone would read 7.5 as 8, 0x10 as 16 and 1_000 as 1000."""
    if column.kind == "number":
        value = f"try_cast({text} AS DOUBLE)"
        plain = f"regexp_full_match({text}, '[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]{{1,3}})?')"
        return f"CASE WHEN {plain} AND abs({value}) < 1e15 THEN {value} END"
    if column.kind == "int":
        whole = f"try_cast({text} AS BIGINT)"
        tail = f"regexp_full_match({text}, '[+-]?[0-9]{{1,18}}([.]0+)?')"
        return f"CASE WHEN {whole}::VARCHAR = {text} THEN {whole} WHEN {tail} THEN {whole} END"
    tail = f"([.][0-9]{{0,{column.scale}}}0*)?" if column.scale else "([.]0+)?"
    plain = f"regexp_full_match({text}, '[+-]?0*[0-9]{{1,{min(12, 18 - column.scale)}}}{tail}')"
    return f"CASE WHEN {plain} THEN CAST(try_cast({text} AS DECIMAL(38, {column.scale})) * {10**column.scale} AS BIGINT) END"


def _date(text: str, column: Column) -> str:
    if column.formats:
        return f"CAST(try_strptime({text}, [{_list(column.formats)}]) AS DATE)"
    short, long = (f"try_strptime({text}, [{_list(order)}])" for order in (ISO_DATES, ISO_DATES[::-1]))
    return f"CAST(CASE WHEN length({text}) > 10 THEN {long} ELSE {short} END AS DATE)"


def _iso(text: str, mark: str = "") -> str:
    """Whole seconds with a `T` or a blank: brought to one form first, for a format that fails costs nine times one that fits."""
    return f"try_strptime(replace({text}, ' ', 'T'), {literal(ISO_SECONDS[1] + mark)})"


def _list(formats: tuple[str, ...]) -> str:
    return ", ".join(map(literal, formats))


def _timestamp(text: str, column: Column, contract: Contract) -> str:
    """UTC: by the offset in the text where there is one, else by the contract's zone (none: no value)."""
    zoned, local = [f for f in column.formats if "%z" in f], tuple(f for f in column.formats if "%z" not in f)
    if column.formats:
        tried = [f"timezone('UTC', try_strptime({text}, {literal(item)}))" for item in zoned]
        tried += [_utc(f"try_strptime({text}, [{_list(local)}])", contract)] if local else []
        return f"coalesce({', '.join(tried)})" if len(tried) > 1 else tried[0]
    offset = f"regexp_extract({text}, '{OFFSET}', 1)"
    bare = f"try_strptime(rtrim(left({text}, length({text}) - length({offset}))), [{_list(ISO_SECONDS + ISO_OTHERS)}])"
    hours = f"CASE {offset} WHEN 'Z' THEN 0 ELSE CAST({offset}[1:3] AS INTEGER) END"
    minutes = f"CAST(concat({offset}[1], coalesce(nullif(replace({offset}[4:], ':', ''), ''), '0')) AS INTEGER)"
    shift = f"to_minutes(60 * ({hours}) + CASE {offset} WHEN 'Z' THEN 0 ELSE {minutes} END)"
    plain = _utc(f"try_strptime({text}, [{_list(ISO_SECONDS)}])", contract)
    other = f"CASE WHEN {offset} = '' THEN {_utc(bare, contract)} ELSE {bare} - {shift} END"
    zulu = f"WHEN length({text}) = 20 AND ends_with({text}, 'Z') THEN {_iso(text, 'Z')}"
    usual = f"CASE WHEN length({text}) = 19 THEN {_utc(_iso(text), contract)} {zulu} END"
    return f"coalesce({usual}, CASE WHEN length({text}) = 19 THEN {plain} ELSE {other} END)"


def _utc(local: str, contract: Contract) -> str:
    if contract.timezone in ("UTC", "Etc/UTC"):
        return local
    return (
        "NULL::TIMESTAMP"
        if contract.timezone is None
        else f"timezone('UTC', timezone({literal(contract.timezone)}, {local}))"
    )


def checks(contract: Contract, now: datetime) -> Iterator[Check]:
    """The checks that staging computes; what Great Expectations can ask of plain columns is not among them."""
    for column in contract.columns:
        yield from _column_checks(column, contract, now)
    yield from _employed(contract)
    for index, rule in enumerate(contract.rules):
        if rule.condition:
            yield Check(f"rule:{index}", rule.name, f"(({rule.condition}) IS NOT TRUE)")


def employed_person(contract: Contract) -> str | None:
    """The column of the person who must have been employed when a row happened, where the contract has one."""
    people = [c.name for c in contract.columns if c.surrogate == "person" and not c.mints]
    return people[0] if people and _happened(contract) and contract.mode != "snapshot" else None


def _happened(contract: Contract) -> str | None:
    return next((c.name for c in contract.columns if c.kind in ("date", "timestamp") and c.required), None)


def _employed(contract: Contract) -> Iterator[Check]:
    """Whoever has spans of employment (`held`, of the joined table spans) must have one on the day of the row."""
    if person := employed_person(contract):
        day = f"CAST({quote(str(_happened(contract)))} AS DATE)"
        inside = f"list_bool_or(list_transform(held, lambda span: {day} BETWEEN span.start AND span.stop))"
        sql = f"coalesce({inside}, true)"
        yield Check(f"employed:{person}", f"{person} was not employed on the day of {_happened(contract)}", sql)


def _column_checks(column: Column, contract: Contract, now: datetime) -> Iterator[Check]:
    name, text, value = column.name, quote(f"t:{column.name}"), quote(column.name)
    if column.kind in NOUNS:
        yield Check(f"cast:{name}", f"{name} is not {NOUNS[column.kind]}", f"({text} IS NULL OR {value} IS NOT NULL)")
    else:
        undeclared = [token for token in UNDECLARED if token not in contract.null_tokens]
        yield Check(
            f"blank:{name}",
            f"{name} holds an undeclared word for blank",
            f"coalesce({text} NOT IN ({', '.join(map(literal, undeclared))}), true)",
        )
    if column.required:
        yield Check(f"present:{name}", f"{name} is missing", f"({text} IS NOT NULL)")
    if column.pattern:
        yield Check(
            f"pattern:{name}",
            f"{name} is not of the form {column.pattern}",
            f"coalesce(regexp_full_match({text}, {literal(column.pattern)}), true)",
        )
    if column.kind in ("date", "timestamp"):
        yield from _time_checks(column, contract, now)
    if column.kind == "key" or column.references or name in contract.key:
        yield Check(f"letters:{name}", f"{name} mixes letters that look alike", _letters(text))
    if column.surrogate and not column.mints:
        yield Check(
            f"known:{name}", f"{name} is not a known {column.surrogate}", f"({text} IS NULL OR {value} IS NOT NULL)"
        )
    if column.references:
        known = f"SELECT key FROM {quote('known:' + column.references)}"
        yield Check(
            f"known:{name}", f"{name} is not among the {column.references}", f"({text} IS NULL OR {text} IN ({known}))"
        )


def _letters(text: str) -> str:
    foreign = r"[\p{Cyrillic}\p{Greek}\p{Armenian}\p{Cherokee}\x{FF00}-\x{FFEF}]"
    mixed = rf"regexp_matches({text}, '\p{{Latin}}|[0-9]') AND regexp_matches({text}, '{foreign}')"
    hidden = rf"regexp_matches({text}, '[\x{{00AD}}\x{{200B}}-\x{{200F}}\x{{202A}}-\x{{202E}}\x{{2060}}-\x{{2069}}\x{{FEFF}}]')"
    return (
        f"CASE WHEN strlen({text}) IS NOT DISTINCT FROM length({text}) THEN true ELSE NOT (({mixed}) OR {hidden}) END"
    )


def _time_checks(column: Column, contract: Contract, now: datetime) -> Iterator[Check]:
    name, text, value = column.name, quote(f"t:{column.name}"), quote(column.name)
    yield Check(
        f"plausible:{name}",
        f"{name} is a placeholder (1900 or 1970)",
        f"coalesce({value} >= '1901-01-01' AND CAST({value} AS DATE) <> '1970-01-01', true)",
    )
    if not column.may_be_future:
        latest = f"TIMESTAMP '{(now + LIMIT):%Y-%m-%d %H:%M:%S}'"
        yield Check(f"past:{name}", f"{name} is in the future", f"coalesce({value} <= {latest}, true)")
    if column.kind == "timestamp" and contract.timezone not in (None, "UTC", "Etc/UTC"):
        zone = literal(str(contract.timezone))
        local = f"timezone({zone}, timezone('UTC', {value}))"
        other = " OR ".join(
            f"timezone({zone}, timezone('UTC', {value} + to_minutes({m}))) = {local}"
            for m in (-120, -60, -30, 30, 60, 120)
        )
        bare = f"(regexp_extract({text}, '{OFFSET}', 1) <> '')"
        yield Check(
            f"overlap:{name}",
            f"{name} happens twice when the clock goes back: an offset is needed",
            f"coalesce({bare} OR NOT ({other}), true)",
        )
        formats = column.formats or ISO_SECONDS + ISO_OTHERS
        given = f"try_strptime({text}, [{_list(tuple(item for item in formats if '%z' not in item))}])"
        if not column.formats:
            given = f"coalesce(CASE WHEN length({text}) = 19 THEN {_iso(text)} END, {given})"
        yield Check(
            f"gap:{name}",
            f"{name} does not exist: the clock goes forward",
            f"coalesce({bare} OR {given} = {local}, true)",
        )
