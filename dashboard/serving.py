"""Start the dashboard: who may look is decided before the first byte is sent."""

import os
import sys
from ipaddress import ip_address
from pathlib import Path

from dashboard.commands import opened
from data_contracts.problems import Problem, Problems

HERE = Path(__file__).parent


def serve(folder: Path, viewer: str = "", address: str = "127.0.0.1", port: int = 8501) -> None:
    """Serve the workspace until it is stopped.

    Raises Problems where nobody could sign in (no demo, no Streamlit sign-in, no `--as`) and for `--as` on an address that
    others can reach.
    """
    workspace = opened.workspace(folder)
    loopback = address == "localhost" or (_is_ip(address) and ip_address(address).is_loopback)
    if (viewer or workspace.settings.company.demo) and not loopback:
        step = "Use 127.0.0.1, or configure sign-in ([auth] in .streamlit/secrets.toml) and leave --as out."
        raise Problems([Problem("--address", "a loopback address where nobody signs in", address, step)])
    if not viewer and not workspace.settings.company.demo and not signs_in():
        step = "Configure [auth] in .streamlit/secrets.toml, or look with `--as leader|hr|steward|EMPLOYEE NUMBER`."
        raise Problems([Problem("serve", "a way to know who looks", "neither sign-in nor --as", step)])
    if viewer:
        from dashboard.viewing import viewer_as

        viewer_as(workspace, viewer)
    os.environ |= {"GOLDENTHREAD_WORKSPACE": str(folder.resolve()), "GOLDENTHREAD_VIEWER": viewer}
    command = [sys.executable, "-m", "streamlit", "run", str(HERE / "app.py")]
    options = {"server.address": address, "server.port": str(port), "server.headless": "true"}
    os.chdir(HERE)
    os.execv(sys.executable, [*command, *(f"--{name}={value}" for name, value in options.items())])  # noqa: S606 - our own interpreter


def signs_in() -> bool:
    """Whether Streamlit's sign-in is configured."""
    places = (HERE / ".streamlit" / "secrets.toml", Path.home() / ".streamlit" / "secrets.toml")
    return any("[auth]" in each.read_text("utf-8") for each in places if each.is_file())


def _is_ip(address: str) -> bool:
    try:
        ip_address(address)
    except ValueError:
        return False
    return True
