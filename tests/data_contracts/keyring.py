"""A real key record in memory, for tests that need no database."""

from uuid import uuid4

import pyarrow as pa


class Keyring:
    """Surrogates by kind and key, and what identifies people, in two dictionaries."""

    def __init__(self, **known: tuple[str, ...]) -> None:
        self.surrogates: dict[tuple[str, str], str] = {}
        self.people: dict[str, dict[str, str | None]] = {}
        for kind, keys in known.items():
            self.resolve(kind, pa.table({"key": pa.array(keys, pa.string())}), mint=True)

    def resolve(self, kind: str, raw: pa.Table, mint: bool) -> pa.Table:
        """The surrogates of the keys; unknown ones are made with `mint`."""
        keys = raw["key"].to_pylist()
        if mint:
            for key in keys:
                self.surrogates.setdefault((kind, key), f"{kind[0]}_{uuid4().hex[:12]}")
        found = [(key, self.surrogates[kind, key]) for key in keys if (kind, key) in self.surrogates]
        columns = {"key": [key for key, _ in found], "surrogate": [surrogate for _, surrogate in found]}
        return pa.table(columns, schema=pa.schema([("key", pa.string()), ("surrogate", pa.string())]))

    def remember(self, kind: str, known: pa.Table) -> None:
        """Keep name and email by surrogate."""
        for row in known.to_pylist():
            self.people[f"{kind}:{row.pop('surrogate')}"] = row
