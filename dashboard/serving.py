"""Start the dashboard: who may look is decided before the first byte is sent."""

import os
import sys
import tomllib
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from dashboard.commands import opened
from data_contracts.problems import Problem, Problems, raise_if

HERE = Path(__file__).parent
SECRETS = ".streamlit/secrets.toml"
SIGN_IN = f"configure sign-in ([auth] in {SECRETS} of the workspace)"


@dataclass(frozen=True)
class Door:
    """How the dashboard is reached: whose eyes are fixed, where it listens, and by which names browsers call it."""

    viewer: str = ""
    address: str = "127.0.0.1"
    port: int = 8501
    hosts: tuple[str, ...] = ()

    @property
    def link(self) -> str:
        """The address as a browser takes it."""
        return f"http://{f'[{self.address}]' if ':' in self.address else self.address}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the address; a name other than localhost may be anybody's."""
        try:
            return self.address == "localhost" or ip_address(self.address).is_loopback
        except ValueError:
            return False


def serve(folder: Path, door: Door, quiet: bool = False) -> None:
    """Serve the workspace until it is stopped; `quiet` leaves stdout to us. Raises Problems as `check` does."""
    check(folder, door)
    root = folder.resolve()
    os.environ |= {"GOLDENTHREAD_WORKSPACE": str(root), "GOLDENTHREAD_VIEWER": door.viewer}
    sys.stdout.flush()
    if quiet:
        os.dup2(2, 1)
    os.chdir(HERE)
    os.execv(sys.executable, [sys.executable, *options(root, door)])  # noqa: S606 - our own interpreter


def options(root: Path, door: Door) -> list[str]:
    """What Streamlit is started with: the names that browsers may call it by are a closed list, against DNS rebinding."""
    names = dict.fromkeys(("localhost", "127.0.0.1", door.address, *door.hosts))
    given = [f"--server.address={door.address}", f"--server.port={door.port}", "--server.headless=true"]
    given += [f"--server.allowedHosts={each}" for each in names] + [f"--secrets.files={each}" for each in secrets(root)]
    return ["-m", "streamlit", "run", str(HERE / "app.py"), *given]


def check(folder: Path, door: Door) -> None:
    """Whether the workspace may be served that way.

    Raises Problems where nobody could sign in (no demo, no Streamlit sign-in, no `--as`), for `--as` or a demo that
    others can reach, and for a viewer nobody knows.
    """
    workspace = opened.workspace(folder)
    demo, found = workspace.settings.company.demo, list[Problem]()
    if (door.viewer or demo) and not door.loopback:
        step = f"Use 127.0.0.1, or {SIGN_IN} and leave --as out."
        found.append(Problem("--address", "a loopback address where nobody signs in", repr(door.address), step))
    if (door.viewer or demo) and door.hosts:
        step = f"Leave --host out, or {SIGN_IN} and leave --as out."
        found.append(Problem("--host", "this machine's own names where nobody signs in", ", ".join(door.hosts), step))
    if not door.viewer and not demo and not signs_in(folder.resolve()):
        step = f"{SIGN_IN.capitalize()}, or look with `--as leader|hr|steward|EMPLOYEE NUMBER`."
        found.append(Problem("serve", "a way to know who looks", "neither sign-in nor --as", step))
    if door.viewer:
        from dashboard.viewing import viewer_as

        try:
            viewer_as(workspace, door.viewer)
        except Problems as nobody:
            found += [_viewer(each) for each in nobody.problems]
    raise_if(found)


def _viewer(nobody: Problem) -> Problem:
    return Problem("--as", f"leader, hr, steward or {nobody.expected}", nobody.actual, nobody.next_step)


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
