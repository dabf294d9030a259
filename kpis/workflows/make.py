"""Make a workspace: folders that only their owner may enter, and commented definitions that already work."""

import json
import os
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from data_contracts.contract import shipped
from data_contracts.problems import Problem, Problems
from kpis.workspace import SETTINGS

FOLDERS = ("contracts", "kpis", "layouts", "plans", "lake", "exports")
OWN_CONTRACTS = ("orders", "survey_responses")
PRIVATE = 0o700
CONTRACT_NOTE = (
    "# A copy of the shipped contract that this workspace may change. Delete it to follow the shipped one.\n"
)


def init(folder: Path, name: str = "") -> list[Path]:
    """Write an empty workspace into a folder that is new or empty; returns the files written.

    Raises Problems for a folder that holds something, and for one that cannot be made.
    """
    if folder.is_dir() and any(folder.iterdir()):
        step = "Name a new folder: nothing is ever overwritten."
        raise Problems([Problem(str(folder), "a new or empty folder", "one that holds files", step)])
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    except OSError as error:
        step = "Name a folder that can be made."
        raise Problems([Problem(str(folder), "a new or empty folder", error.strerror or str(error), step)]) from error
    folder.chmod(PRIVATE)
    for each in FOLDERS:
        (folder / each).mkdir(mode=PRIVATE)
    texts = _template(resources.files("kpis") / "template")
    texts |= {
        f"contracts/{each}.yaml": CONTRACT_NOTE + text for each, text in shipped().items() if each in OWN_CONTRACTS
    }
    texts[SETTINGS] = texts[SETTINGS].replace('"{name}"', json.dumps(name or folder.resolve().name))
    texts[".gitignore"] = texts.pop("gitignore")
    return [_written(folder / relative, text) for relative, text in sorted(texts.items())]


def _template(folder: Traversable, prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for each in folder.iterdir():
        found |= (
            _template(each, f"{prefix}{each.name}/") if each.is_dir() else {prefix + each.name: each.read_text("utf-8")}
        )
    return found


def _written(file: Path, text: str) -> Path:
    file.write_text(text, "utf-8")
    os.chmod(file, 0o600)
    return file
