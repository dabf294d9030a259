"""Start the dashboard: who may look is decided before the first byte is sent."""

import os
import sys
import tomllib
from ipaddress import ip_address
from pathlib import Path

from dashboard.commands import opened
from data_contracts.problems import Problem, Problems

HERE = Path(__file__).parent
SECRETS = ".streamlit/secrets.toml"
SIGN_IN = f"configure sign-in ([auth] in {SECRETS} of the workspace)"


def serve(folder: Path, viewer: str = "", address: str = "127.0.0.1", port: int = 8501, quiet: bool = False) -> None:
    """Serve the workspace until it is stopped; `quiet` leaves stdout to us. Raises Problems as `check` does."""
    check(folder, viewer, address)
    root = folder.resolve()
    os.environ |= {"GOLDENTHREAD_WORKSPACE": str(root), "GOLDENTHREAD_VIEWER": viewer}
    options = {"server.address": address, "server.port": str(port), "server.headless": "true"}
    given = [f"--{name}={value}" for name, value in options.items()]
    given += [f"--secrets.files={each}" for each in secrets(root)]
    sys.stdout.flush()
    if quiet:
        os.dup2(2, 1)
    os.chdir(HERE)
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(HERE / "app.py"), *given])  # noqa: S606 - our own interpreter


def check(folder: Path, viewer: str, address: str) -> None:
    """Whether the workspace may be served that way.

    Raises Problems where nobody could sign in (no demo, no Streamlit sign-in, no `--as`), for `--as` or a demo on an
    address that others can reach, and for a viewer nobody knows.
    """
    workspace = opened.workspace(folder)
    demo, found = workspace.settings.company.demo, list[Problem]()
    if (viewer or demo) and not loopback(address):
        step = f"Use 127.0.0.1, or {SIGN_IN} and leave --as out."
        found.append(Problem("--address", "a loopback address where nobody signs in", repr(address), step))
    if not viewer and not demo and not signs_in(folder.resolve()):
        step = f"{SIGN_IN.capitalize()}, or look with `--as leader|hr|steward|EMPLOYEE NUMBER`."
        found.append(Problem("serve", "a way to know who looks", "neither sign-in nor --as", step))
    if viewer:
        from dashboard.viewing import viewer_as

        try:
            viewer_as(workspace, viewer)
        except Problems as nobody:
            found += [Problem("--as", *_rest(each)) for each in nobody.problems]
    if found:
        raise Problems(found)


def _rest(nobody: Problem) -> tuple[str, str, str]:
    return f"leader, hr, steward or {nobody.expected}", nobody.actual, nobody.next_step


def loopback(address: str) -> bool:
    """Whether only this machine can reach the address; a name other than localhost may be anybody's."""
    try:
        return address == "localhost" or ip_address(address).is_loopback
    except ValueError:
        return False


def link(address: str, port: int) -> str:
    """The address as a browser takes it."""
    return f"http://{f'[{address}]' if ':' in address else address}:{port}"


def secrets(root: Path) -> list[Path]:
    """The files that may configure sign-in: the user's, then the workspace's own."""
    return [each for each in (Path.home() / SECRETS, root / SECRETS) if each.is_file()]


def signs_in(root: Path) -> bool:
    """Whether Streamlit's sign-in is configured; raises Problems for a file that cannot be read."""
    return any("auth" in _read(each) for each in secrets(root))


def _read(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Problems([Problem(str(file), "a readable TOML file", str(error), "Mend the line named.")]) from error
