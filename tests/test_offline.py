"""Nothing phones home: every process of the product is watched, children included."""

import os
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.conftest import ROOT

GUARD = """
import os, sys
LOCAL = ("127.", "::1", "localhost", "0.0.0.0")
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        outside = isinstance(address, tuple) and not str(address[0]).startswith(LOCAL)
    elif event == "socket.getaddrinfo":
        address = arguments[0]
        outside = address is not None and not str(address).startswith(LOCAL)
    else:
        return
    if outside:
        with open(os.environ["OUTSIDE"], "a") as log:
            log.write(f"{event} {address} from {sys.argv}\\n")
        raise ConnectionRefusedError(f"{event} {address}")
sys.addaudithook(watch)
"""


class Guarded:
    """The command line in processes whose connections are watched, children included."""

    def __init__(self, folder: Path) -> None:
        (folder / "guard").mkdir()
        (folder / "guard" / "sitecustomize.py").write_text(GUARD)
        self.log, self.workspace = folder / "outside.log", folder / "company"
        path = os.pathsep.join([str(folder / "guard"), str(ROOT)])
        self.environment = os.environ | {"PYTHONPATH": path, "OUTSIDE": str(self.log)}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "dashboard.cli", *arguments]

    def run(self, *arguments: str) -> str:
        """What a command prints; fails when the command does."""
        where = {"env": self.environment, "cwd": self.workspace if self.workspace.exists() else self.log.parent}
        answer = subprocess.run(self.command(*arguments), capture_output=True, text=True, check=False, **where)
        assert answer.returncode == 0, (arguments, answer.stdout, answer.stderr)
        return answer.stdout

    def outside(self) -> str:
        """The connections to other machines that were tried."""
        return self.log.read_text() if self.log.exists() else ""


@pytest.fixture
def guarded(tmp_path: Path) -> Guarded:
    made = Guarded(tmp_path)
    made.run("init", str(made.workspace))
    return made


def test_the_guard_itself_sees_a_connection_to_another_machine(guarded: Guarded) -> None:
    code = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=1)"
    answer = subprocess.run([sys.executable, "-c", code], env=guarded.environment, capture_output=True, check=False)
    assert answer.returncode != 0
    assert "192.0.2.1" in guarded.outside()


def test_no_command_opens_a_connection_to_another_machine(guarded: Guarded) -> None:
    (guarded.workspace / "departments.csv").write_text("department,name,parent,head,function\nall,Everyone,,,\n")
    guarded.run("admit", "departments", "departments.csv")
    settings = guarded.workspace / "goldenthread.toml"
    settings.write_text(settings.read_text().replace("hr = []", 'hr = ["hr@example.org"]'))
    guarded.run("targets", "import", "targets.yaml", "--by", "hr@example.org")
    guarded.run("plan", "check", "plans/example.yaml")
    guarded.run("build")
    guarded.run("verify")
    assert guarded.outside() == ""


def test_the_dashboard_opens_no_connection_to_another_machine(guarded: Guarded) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = guarded.command("serve", "--as", "leader", "--port", str(port))
    server = subprocess.Popen(
        command, cwd=guarded.workspace, env=guarded.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        assert _answers(f"http://127.0.0.1:{port}/_stcore/health")
    finally:
        server.terminate()
        server.wait(30)
    assert guarded.outside() == ""


def _answers(address: str) -> bool:
    """Whether the server says it is well within a minute."""
    for _ in range(120):
        try:
            with urlopen(address, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.5)
    return False


def test_streamlit_is_told_to_gather_nothing_and_to_show_no_traces() -> None:
    settings = tomllib.loads((ROOT / "dashboard" / ".streamlit" / "config.toml").read_text())
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["client"]["showErrorDetails"] in (False, "none")
    assert settings["server"]["address"] == "127.0.0.1"
