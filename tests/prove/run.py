"""Proofs by simulation: what the program says about chance, held against drawn data whose truth is known.

`python -m tests.prove.run [NAME …] [--scale 1.0]` runs the proofs named (default all), prints their progress and, at
scale 1 or more, writes each one's page under docs/. The exit code says whether all held.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.conftest import ROOT

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Proved:
    """What a proof found: rows of its table, whether its rules held, and its page in Markdown."""

    rows: list[dict[str, object]]
    passed: bool
    page: str


@dataclass(frozen=True)
class Proof:
    """A proof takes a scale (1 for the published number of draws) and tells its progress in lines."""

    prove: Callable[[float, Progress], Proved]
    page: str


def proofs() -> dict[str, Proof]:
    """Every proof by name, with the page it writes."""
    from tests.prove import approvals, clicks, coverage, gaming, kills, lines, signals, simulation, studies, tampering

    return {
        "approvals": Proof(approvals.prove, "docs/proof-approvals.md"),
        "clicks": Proof(clicks.prove, "docs/proof-clicks.md"),
        "kills": Proof(kills.prove, "docs/proof-kills.md"),
        "coverage": Proof(coverage.prove, "docs/coverage.md"),
        "gaming": Proof(gaming.prove, "docs/gaming-checked.md"),
        "signals": Proof(signals.prove, "docs/signals.md"),
        "simulation": Proof(simulation.prove, "docs/simulation-checked.md"),
        "studies": Proof(studies.prove, "docs/studies-checked.md"),
        "lines": Proof(lines.prove, "docs/lines-checked.md"),
        "tampering": Proof(tampering.prove, "docs/tampering-checked.md"),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run the proofs; 0 when all held."""
    known = proofs()
    parser = argparse.ArgumentParser(prog="python -m tests.prove.run", description="Proofs by simulation.")
    parser.add_argument("names", nargs="*", help="which proofs (default: all)")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the published number of draws")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.names) - set(known):
        parser.error(f"no proof named {', '.join(sorted(unknown))}: there are {', '.join(known)}")
    held = [run(name, known[name], asked.scale) for name in asked.names or known]
    return 0 if all(held) else 1


def run(name: str, proof: Proof, scale: float) -> bool:
    """One proof, told as it goes; its page is written when the scale is that of the published numbers."""
    began = time.monotonic()
    found = proof.prove(scale, lambda line: print(f"{name}: {line}", flush=True))
    if scale >= 1:
        (ROOT / proof.page).write_text(found.page, "utf-8")
    verdict = "held" if found.passed else "DID NOT HOLD"
    print(f"{name}: {verdict}, {len(found.rows)} rows in {time.monotonic() - began:.0f} s")
    return found.passed


if __name__ == "__main__":
    sys.exit(main())
