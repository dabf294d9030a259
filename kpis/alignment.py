"""The thread itself: promise → KPI → target → pay, walked in both directions, with what hangs on every part of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LEVELS = ("promise", "kpi", "target", "pay")


@dataclass(frozen=True)
class Path:
    """One thread, or what there is of one; None where it ends. `amount`: pay at target in minor units that runs along it.

    Nodes are `promise:…`, `kpi:…`, `target:…` and `pay:plan.component`. `departments` share out the amount; `ready` says that
    the KPI may be paid on, so that the pay is traced and not only labelled.
    """

    promise: str | None
    kpi: str | None
    target: str | None
    pay: str | None
    amount: int = 0
    joint: bool = False
    ready: bool = False
    departments: Mapping[str, int] | None = None

    @property
    def nodes(self) -> tuple[str | None, ...]:
        """The four nodes in order, from promise to pay."""
        return self.promise, self.kpi, self.target, self.pay


@dataclass(frozen=True)
class Broken:
    """Where the thread is broken: promises nobody is paid for, pay that serves no promise, targets that hold nobody's pay."""

    promises_without_kpi: tuple[str, ...]
    promises_without_pay: tuple[str, ...]
    pay_without_promise: tuple[str, ...]
    targets_without_pay: tuple[str, ...]


def through(paths: Iterable[Path], node: str) -> list[Path]:
    """The paths that run through a node."""
    return [each for each in paths if node in each.nodes]


def upwards(paths: Iterable[Path], node: str) -> list[str]:
    """What a node serves: everything above it, nearest first, each once."""
    return _beside(paths, node, lambda nodes, at: nodes[:at][::-1])


def downwards(paths: Iterable[Path], node: str) -> list[str]:
    """What hangs below a node, nearest first, each once."""
    return _beside(paths, node, lambda nodes, at: nodes[at + 1 :])


def _beside(paths: Iterable[Path], node: str, part) -> list[str]:  # type: ignore[no-untyped-def]
    found: dict[str, int] = {}
    for each in through(paths, node):
        for distance, other in enumerate(part(each.nodes, each.nodes.index(node))):
            if other:
                found[other] = min(distance, found.get(other, distance))
    return sorted(found, key=lambda name: (found[name], name))


def hangs_on(paths: Iterable[Path], node: str) -> int:
    """Pay at target of open periods that runs through a node, in minor units."""
    return sum(each.amount for each in through(paths, node))


def amounts(paths: Iterable[Path]) -> dict[str, int]:
    """What hangs on every node."""
    found: dict[str, int] = defaultdict(int)
    for each in paths:
        for node in each.nodes:
            if node:
                found[node] += each.amount
    return dict(found)


def traced(paths: Sequence[Path]) -> tuple[int, int, int]:
    """(traced, labelled only, all) pay in minor units: traced runs from a promise through a KPI that is ready."""
    paid = [each for each in paths if each.pay]
    labelled = sum(each.amount for each in paid if each.promise and each.kpi)
    sure = sum(each.amount for each in paid if each.promise and each.kpi and each.ready)
    return sure, labelled - sure, sum(each.amount for each in paid)


def joint(paths: Iterable[Path]) -> int:
    """Pay in minor units that rests on a joint target."""
    return sum(each.amount for each in paths if each.pay and each.joint)


def by_department(paths: Iterable[Path]) -> dict[str, dict[str | None, int]]:
    """Department → promise (None: serves no promise) → pay at target in minor units."""
    found: dict[str, dict[str | None, int]] = defaultdict(lambda: defaultdict(int))
    for each in paths:
        for department, amount in (each.departments or {}).items():
            found[department][each.promise] += amount
    return {department: dict(shares) for department, shares in found.items()}


def broken(paths: Sequence[Path], promises: Iterable[str]) -> Broken:
    """Every break of the thread."""
    known = [f"promise:{name}" for name in promises]
    measured = {each.promise for each in paths if each.kpi}
    paid = {each.promise for each in paths if each.pay}
    serves = {each.pay for each in paths if each.pay and each.promise}
    held = {each.target for each in paths if each.target and each.pay}
    return Broken(
        tuple(name for name in known if name not in measured),
        tuple(name for name in known if name in measured and name not in paid),
        tuple(sorted({each.pay for each in paths if each.pay} - serves)),
        tuple(sorted({each.target for each in paths if each.target} - held)),
    )
