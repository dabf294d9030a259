"""A problem in data or definitions is a value: what, where, expected, actual, next step."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from difflib import get_close_matches

MANY = 12  # names that a reader still looks through


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, told so that the reader can mend it."""

    where: str
    expected: str
    actual: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.where}: expected {self.expected}, got {self.actual}. {self.next_step}"

    def as_dict(self) -> dict[str, str]:
        """The problem as plain text fields, for `--json`."""
        return asdict(self)


class Problems(Exception):  # noqa: N818 - the word of the field: what a reader is told
    """Every problem found in one piece of input, never only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def raise_if(problems: Iterable[Problem]) -> None:
    """Raise `Problems` when there is at least one."""
    found = tuple(problems)
    if found:
        raise Problems(found)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The next step for an unknown name: the one that is near, the list of all, or of many those that are nearest."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {close[0]!r}?"
    if len(names) > MANY:
        nearest = get_close_matches(name, names, n=3, cutoff=0)
        return f"{len(names)} are known; the nearest: {', '.join(nearest)}."
    return f"Known: {', '.join(names)}." if names else "None is defined yet."


def resembles(name: str, delivered: Iterable[str]) -> str:
    """The next step for a name that a delivery lacks: the nearest one it has, or no list of what stands there.

    The first line of a file without a header is somebody's row, and problems are kept and shown.
    """
    close = get_close_matches(name, sorted(delivered), n=1, cutoff=0.6)
    if close:
        return f"Did you mean {close[0]!r}?"
    return "See whether the file has a header and is the right one; name its columns so, or write a layout."
