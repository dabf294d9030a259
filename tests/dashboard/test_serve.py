"""Who may look at a workspace is settled before it is served."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import serving
from tests.conftest import ROOT
from tests.dashboard.line import call, write
from tests.dashboard.pages import opened, sent
from tests.kpis.small import SETTINGS, company

DEMO = SETTINGS.replace("as_of", "demo = true\nas_of")


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return company(tmp_path_factory.mktemp("served")).root


@pytest.fixture
def nobody_signs_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home folder without a sign-in configuration."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.mark.usefixtures("nobody_signs_in")
@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        ([], "serve"),
        (["--address", "0.0.0.0"], "serve"),
        (["--as", "leader", "--address", "0.0.0.0"], "--address"),
        (["--as", "leader", "--address", "company.example"], "--address"),
        (["--as", "E1", "--address", "::"], "--address"),
        (["--as", "E77"], "--as"),
        (["--as", "leader", "--host", "figures.company.example"], "--host"),
    ],
)
def test_a_workspace_is_not_served_to_who_is_not_known(where: Path, arguments: list[str], place: str) -> None:
    answer = call("serve", *arguments, "--workspace", where, "--json")
    assert answer.code == 1
    assert [each["where"] for each in answer.problems] == [place]


def test_a_demo_is_for_this_machine_alone(tmp_path: Path) -> None:
    write(tmp_path / "goldenthread.toml", DEMO)
    answer = call("serve", "--address", "0.0.0.0", "--workspace", tmp_path, "--json")
    assert (answer.code, answer.problems[0]["where"]) == (1, "--address")


@pytest.mark.usefixtures("nobody_signs_in")
def test_a_comment_about_sign_in_is_no_sign_in_and_a_broken_file_is_named(tmp_path: Path) -> None:
    write(tmp_path / "goldenthread.toml", SETTINGS)
    secrets = write(tmp_path / ".streamlit" / "secrets.toml", "# [auth]\n")
    assert call("serve", "--workspace", tmp_path, "--json").problems[0]["where"] == "serve"
    secrets.write_text("[auth\n")
    assert call("serve", "--workspace", tmp_path, "--json").problems[0]["where"] == str(secrets)


@pytest.mark.usefixtures("nobody_signs_in")
def test_with_sign_in_others_may_reach_it_by_the_names_that_are_listed(tmp_path: Path) -> None:
    write(tmp_path / "goldenthread.toml", SETTINGS)
    secrets = write(tmp_path / ".streamlit" / "secrets.toml", '[auth]\nclient_id = "x"\n')
    door = serving.Door(address="0.0.0.0", hosts=("figures.company.example",))
    serving.check(tmp_path, door)
    started = serving.options(tmp_path, door)
    assert f"--secrets.files={secrets}" in started
    names = [each.partition("=")[2] for each in started if each.startswith("--server.allowedHosts")]
    assert names == ["localhost", "127.0.0.1", "0.0.0.0", "figures.company.example"]


def test_the_page_says_whose_eyes_it_looks_through(where: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(where))
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", "E1")
    for page in ("me", "thread"):
        at: AppTest = opened(page, "leader")
        assert not at.exception
        assert "Looking as Person 1" in sent(at)
    assert at.selectbox.len == 0 or "eyes" not in {each.key for each in at.selectbox}


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_serve_answers_on_its_address_and_leaves_stdout_to_json(where: Path) -> None:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "dashboard.cli",
        "serve",
        "--as",
        "leader",
        "--port",
        str(port),
        "--workspace",
        str(where),
        "--json",
    ]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert answers(f"http://127.0.0.1:{port}/_stcore/health", 90)
    finally:
        server.terminate()
        out, _ = server.communicate(timeout=30)
    assert json.loads(out) == {
        "address": f"http://127.0.0.1:{port}",
        "workspace": str(where.resolve()),
        "viewer": "leader",
    }


def answers(address: str, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=5) as reply:
                return bool(reply.read() == b"ok")
        except OSError:
            time.sleep(0.3)
    return False
