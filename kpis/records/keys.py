"""Surrogate keys: random, kept in the record, so that a person can be erased while figures and pay stay."""

from collections.abc import Collection
from secrets import token_hex

import pandas as pd
import pyarrow as pa
from sqlalchemy import Engine, insert, select, update

from kpis.records.session import session
from kpis.records.tables import Identity

PREFIX = {"person": "p_", "customer": "c_"}
CHUNK = 50_000


class RecordKeys:
    """The table from external key to surrogate, over the record database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def resolve(self, kind: str, raw: pa.Table, mint: bool) -> pa.Table:
        """`raw` has one column `key` of external keys; the answer has `key` and `surrogate`.

        With `mint` an unknown key gets a new random surrogate, otherwise it is absent from the answer.
        """
        wanted = pd.Index(raw.column("key").drop_null().unique().to_pandas())
        with session(self.engine) as records:
            rows = records.execute(select(Identity.external, Identity.surrogate).where(Identity.kind == kind))  # type: ignore[call-overload]
            known = dict(rows.all())
            fresh = [key for key in wanted if key not in known] if mint else []
            made = {key: PREFIX[kind] + token_hex(8) for key in fresh}
            entries = [{"kind": kind, "external": key, "surrogate": surrogate} for key, surrogate in made.items()]
            for at in range(0, len(entries), CHUNK):
                records.execute(insert(Identity), entries[at : at + CHUNK])
        known |= made
        pairs = [(key, known[key]) for key in wanted if key in known]
        text = pa.string()
        return pa.table(
            {
                "key": pa.array([pair[0] for pair in pairs], text),
                "surrogate": pa.array([pair[1] for pair in pairs], text),
            }
        )

    def remember(self, kind: str, details: pa.Table) -> None:
        """Keep what only the record may hold: `details` has `surrogate`, `name` and `email`."""
        entries = details.to_pylist()
        with session(self.engine) as records:
            for entry in entries:
                where = Identity.surrogate == entry["surrogate"], Identity.kind == kind
                records.execute(update(Identity).where(*where).values(name=entry.get("name"), email=entry.get("email")))  # type: ignore[arg-type]


class SupposedKeys:
    """The keys that are known, and people who are supposed to be; nothing is made or kept."""

    def __init__(self, keys: RecordKeys, people: Collection[str]) -> None:
        self.keys, self.people = keys, frozenset(people)

    def resolve(self, kind: str, raw: pa.Table, mint: bool) -> pa.Table:
        """As `RecordKeys.resolve`, without making a key; somebody supposed to be known has a key of no one else."""
        known = self.keys.resolve(kind, raw, mint=False)
        given = {key for key in raw.column("key").to_pylist() if key is not None} - set(known.column("key").to_pylist())
        more = sorted(given if mint else given & self.people if kind == "person" else ())
        supposed = {"key": more, "surrogate": [f"{PREFIX[kind]}supposed {each}" for each in more]}
        return pa.concat_tables([known, pa.table(supposed, schema=known.schema)])

    def remember(self, kind: str, details: pa.Table) -> None:
        """Keep nothing."""
