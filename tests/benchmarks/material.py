"""The data and the page that goals are measured with; they are not ours to tune (../shared/bench)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.measure import ROOT

BASELINES = ROOT / "tests" / "benchmarks" / "baselines"
WORK = ROOT / "build" / "bench"
MILLION = 1_000_000


def shared(*parts: str) -> Path:
    """A file of the shared material (GOLDENTHREAD_SHARED, or `shared` beside the repository)."""
    folder = Path(os.environ.get("GOLDENTHREAD_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        raise SystemExit("The folder ../shared is not on this machine: name it with GOLDENTHREAD_SHARED.")
    return folder.joinpath(*parts)


def folder(name: str, rows: int) -> Path:
    """A folder for what one goal writes at one size."""
    made = WORK / f"{rows // MILLION}m" / name
    made.mkdir(parents=True, exist_ok=True)
    return made


def data(rows: int) -> Path:
    """The folder with responses.parquet and cases.parquet of that many rows each, made once."""
    made = folder("data", rows)
    if not (made / "cases_next.parquet").is_file():
        _run(shared("bench", "generate.py"), rows, rows, made)
    return made


def company(rows: int, *datasets: str) -> Path:
    """A workspace over the data, made once; both datasets where none is named."""
    names = datasets or ("responses", "cases")
    made = folder("-".join(("company", *datasets)), rows)
    if not (made / "ready").is_file():
        shutil.rmtree(made)
        _run("-m", "tests.benchmarks.jobs.company", data(rows), made, *names)
        (made / "ready").touch()
    return made


def mart(rows: int) -> Path:
    """The mart of the naive page, made once."""
    made = folder("mart", rows) / "mart.duckdb"
    if not made.is_file():
        _run(shared("bench", "make_mart.py"), data(rows), made)
    return made


def _run(*command: object) -> None:
    subprocess.run([sys.executable, *map(str, command)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
