"""Keys of people and customers become random surrogates on the way in; new ones are made only for rows that are admitted."""

from typing import Protocol

import duckdb
import pyarrow as pa

from data_contracts.casting import quote
from data_contracts.contract import Column, Contract
from data_contracts.staging import put


class Keys(Protocol):
    """The record that knows which surrogate stands for which key of the outside world."""

    def resolve(self, kind: str, raw: pa.Table, mint: bool) -> pa.Table:
        """The surrogates of `raw` (column `key`, distinct texts): a table of `key` and `surrogate`.

        Unknown keys get a new surrogate with `mint`, and are left out without.
        """

    def remember(self, kind: str, known: pa.Table) -> None:
        """Keep what identifies a person: a table of `surrogate` and the contract's identity columns (name, email)."""


def resolve(con: duckdb.DuckDBPyConnection, contract: Contract, keys: Keys) -> None:
    """Make the table `key:<column>` (key, surrogate) of every surrogate column, from what is known already."""
    for column in _surrogates(contract):
        text = quote(f"t:{column.name}")
        distinct = f"SELECT DISTINCT {text} AS key FROM clean WHERE {text} IS NOT NULL"
        raw = con.sql(distinct).to_arrow_table()
        put(con, f"raw:{column.name}", raw)
        put(con, f"key:{column.name}", keys.resolve(str(column.surrogate), raw, mint=False))


def mint(con: duckdb.DuckDBPyConnection, contract: Contract, keys: Keys, all_passed: bool) -> None:
    """Make the view `admitted`: the rows of `passed` with a surrogate for every key, and remember who people are.

    Where no row was quarantined every unknown key is one to mint, and the rows need not be read for it.
    """
    replaced = []
    for column in _surrogates(contract):
        if not column.mints:
            continue
        name, table = quote(column.name), quote(f"new:{column.name}")
        new = f"SELECT DISTINCT {name}[5:] AS key FROM passed WHERE starts_with({name}, 'new:')"
        if all_passed:
            new = f"SELECT key FROM {quote('raw:' + column.name)} ANTI JOIN {quote('key:' + column.name)} USING (key)"
        put(con, f"new:{column.name}", keys.resolve(str(column.surrogate), con.sql(new).to_arrow_table(), mint=True))
        replaced.append((name, table))
    joins = "".join(
        f" LEFT JOIN {table} ON {table}.key = passed.{name}[5:] AND starts_with(passed.{name}, 'new:')"
        for name, table in replaced
    )
    exchanged = ", ".join(f"coalesce({table}.surrogate, passed.{name}) AS {name}" for name, table in replaced)
    con.execute(
        f"CREATE VIEW admitted AS SELECT passed.*{f' REPLACE ({exchanged})' if replaced else ''} FROM passed{joins}"
    )
    _remember(con, contract, keys)


def _remember(con: duckdb.DuckDBPyConnection, contract: Contract, keys: Keys) -> None:
    identity = [column for column in contract.columns if column.identity_only]
    owner = next((column for column in _surrogates(contract) if column.name in contract.key), None)
    if identity and owner:
        columns = ", ".join(quote(column.name) for column in identity)
        known = con.sql(f"SELECT {quote(owner.name)} AS surrogate, {columns} FROM admitted").to_arrow_table()
        keys.remember(str(owner.surrogate), known)


def _surrogates(contract: Contract) -> list[Column]:
    return [column for column in contract.columns if column.surrogate]
