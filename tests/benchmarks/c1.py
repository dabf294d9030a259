"""C1: server CPU of a filter change on the standard page, on real servers driven by a real browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from tests.benchmarks import a1, material
from tests.benchmarks.measure import ROOT, Comparison, Cost, alternate, peak
from tests.benchmarks.page import questions

WHAT = "filter change on the standard page (6 cards, 4 charts, 200 rows), {rows:,} rows, answers {kind}; server CPU"
BASELINE = "naive_page.py on its mart"
JUDGED_AT = None
GOAL = 0.25
SCRIPTS = (material.shared("bench", "naive_page.py"), material.shared("bench", "make_mart.py"))
CHANNELS = ("phone", "email", "chat", "web", "store", "app")
OURS = ROOT / "tests" / "benchmarks" / "page" / "app.py"
TICK = os.sysconf("SC_CLK_TCK")
Choose = Callable[[Any, str], None]


def measure(rows: int, remember: bool = True) -> Comparison:
    """Both pages, in turns; raises AssertionError when they show other numbers."""
    mart, facts = material.mart(rows), a1.facts(rows)
    _same(mart, facts)
    ours = {"FACTS": str(facts), "REMEMBER": "1" if remember else ""}
    with served(SCRIPTS[0], {"MART": str(mart)}) as naive, served(OURS, ours) as product, browser() as chromium:
        first, second = chromium.new_page(), chromium.new_page()
        first.goto(naive.address)
        second.goto(product.address)
        return alternate(lambda: changes(naive, first, radio), lambda: changes(product, second, box))


class Server:
    """A Streamlit server, and what its process has cost."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.address = process, f"http://127.0.0.1:{port}"

    def cpu(self) -> float:
        """CPU seconds of the process and of children that have ended, to a hundredth."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICK


@contextmanager
def served(script: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    """The script on a server of its own, in the dashboard's folder for its theme."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(script),
        "--server.port",
        str(port),
        "--server.headless",
        "true",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | settings
    process = subprocess.Popen(
        command, cwd=ROOT / "dashboard", env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port)
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int) -> None:
    for _ in range(120):
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    raise RuntimeError("the server did not start")


@contextmanager
def browser() -> Iterator[Any]:
    """A real Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield found.new_context(viewport={"width": 1400, "height": 1000})
        found.close()


def radio(page: Any, channel: str) -> None:
    """Choose on the naive page."""
    page.get_by_test_id("stRadio").get_by_text(channel, exact=True).click()


def box(page: Any, channel: str) -> None:
    """Choose on our page."""
    page.get_by_test_id("stSelectbox").locator("input").click()
    page.get_by_role("option", name=channel, exact=True).click()


def changes(server: Server, page: Any, choose: Choose) -> Cost:
    """The cost of one filter change, over one of each channel; wall is until the page's last element is drawn."""
    page.get_by_text("done=", exact=False).wait_for(timeout=120_000)
    page.wait_for_timeout(500)
    before, wall = server.cpu(), 0.0
    for channel in CHANNELS:
        started = time.perf_counter()
        choose(page, channel)
        page.get_by_text(f"done={channel}", exact=True).wait_for(timeout=120_000)
        wall += time.perf_counter() - started
        page.wait_for_timeout(300)
    return Cost((server.cpu() - before) / len(CHANNELS), wall / len(CHANNELS), peak(server.process.pid))


def _same(mart: Path, facts: Path) -> None:
    """The page's weekly values are the mart's: exactly, and within the width of a bucket for the median."""
    found = questions.weekly(questions.facts(facts), "phone")
    with duckdb.connect(str(mart), read_only=True) as con:
        for name, kpi in questions.KPIS.items():
            sql = "SELECT value, n FROM kpi WHERE kpi = ? AND level = 'channel' AND member = 'phone' ORDER BY week"
            values, n = zip(*con.execute(sql, [kpi.title]).fetchall(), strict=True)
            assert (found[name]["n"].to_numpy() == np.array(n)).all(), name
            within = 0.021 if name == "ttr" else 1e-9
            assert np.allclose(
                found[name]["value"].to_numpy(), np.array(values, dtype=float), rtol=within, atol=1e-9
            ), name
