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
    """How the dashboard is reached: where it listens, by which names browsers call it, and whose eyes are fixed."""

    viewer: str = ""
    address: str = "127.0.0.1"
    port: int = 8501
    hosts: tuple[str, ...] = ()

    @property
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
