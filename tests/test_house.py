"""The house rules that hold for every file: sizes, words, directions, and what is packed."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, need

PACKAGES = ("dashboard", "kpis", "data_contracts", "seeds")
TOP = {
    *PACKAGES, "tests", "docs", ".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "pyproject.toml",
    "requirements.lock", "requirements-test.lock", "requirements-datacontract.lock",
}  # fmt: skip
LOCKS = ("requirements.lock", "requirements-test.lock", "requirements-datacontract.lock")
HOSTS = re.compile(
    "py" + r"pi\.org|python" + r"hosted\.org|--(extra-)?index-url\s+\S|--find-links\s+\S|--trusted-host\s+\S"
)
MACHINE = re.compile(r"(?<![\w.~}])/(?:" + "work|opt|root|home|Users" + r")/[\w.-]+")
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".lock", ".mako", ".svg", ".csv", ".json", ".txt", ".js", ".css", ""}


def files(*suffixes: str) -> Iterator[Path]:
    """The files of the repository, as the version control sees them."""
    need("git", shutil.which("git") and (ROOT / ".git").exists())
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = (ROOT / name for name in listed.split("\0") if name)
    yield from (path for path in found if path.is_file() and (not suffixes or path.suffix in suffixes))


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file of the packages, with its syntax tree."""
    for path in files(".py"):
        if path.relative_to(ROOT).parts[0] in PACKAGES:
            yield path, ast.parse(path.read_text("utf-8"))


def place(path: Path, node: ast.AST | None = None) -> str:
    return f"{path.relative_to(ROOT)}" + (f":{node.lineno} {getattr(node, 'name', '')}" if node else "")


def public(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Public functions and classes, and the public methods of public classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            inner = node.body if isinstance(node, ast.ClassDef) else []
            yield from (each for each in inner if isinstance(each, ast.FunctionDef) and not each.name.startswith("_"))


# Sizes


def test_a_view_is_at_most_80_lines() -> None:
    views = (ROOT / "dashboard" / "views").glob("*.py")
    assert [
        f"{place(each)}: {count}" for each in views if (count := len(each.read_text("utf-8").splitlines())) > 80
    ] == []


def test_no_function_is_longer_than_40_lines() -> None:
    functions = [
        (place(path, node), node.end_lineno - node.lineno + 1)
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
    ]
    assert len(functions) > 100
    assert [each for each in functions if each[1] > 40] == []


ONE_FILE = ROOT / "kpis" / "incentives" / "checker.py"  # handed to strangers, who need it to be one file


def test_no_file_is_longer_than_300_lines() -> None:
    listed = [path for path in files(".py") if path.relative_to(ROOT).parts[0] in (*PACKAGES, "tests")]
    listed.remove(ONE_FILE)
    assert [place(path) for path in listed if len(path.read_text("utf-8").splitlines()) > 300] == []


# Words


def test_every_public_function_class_and_method_says_what_it_is() -> None:
    silent = [place(path, node) for path, tree in sources() for node in public(tree) if not ast.get_docstring(node)]
    assert silent == []


def test_every_module_says_what_it_is() -> None:
    bare = [place(path) for path, tree in sources() if not ast.get_docstring(tree) and path.name != "__init__.py"]
    assert bare == []


def test_no_test_is_skipped_by_decree_and_nothing_is_left_to_do() -> None:
    unfinished = re.compile(
        r"\b(?:TO" + r"DO|FIX" + r"ME|NotImplemented" + r"Error)\b|pytest\.mark\.(?:ski" + r"p|xfa" + r"il)\b"
    )
    assert [place(path) for path in files(".py") if unfinished.search(path.read_text("utf-8"))] == []


# Directions


def test_the_directions_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    need("lint-imports", program.is_file())
    answer = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-1000:]


# What lies in the repository


def test_the_top_folder_holds_what_a_newcomer_expects_and_nothing_else() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in files()}
    assert found == TOP


def test_the_licence_is_apache_2() -> None:
    assert "Apache License\n                           Version 2.0" in (ROOT / "LICENSE").read_text()
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"] == "Apache-2.0"


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_requirement_is_pinned_and_hashed(name: str) -> None:
    text = (ROOT / name).read_text().replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert [
        line[:60] for line in entries if not re.match(r"[\w.\[\],-]+==\S+\s.*--hash=sha256:[0-9a-f]{64}", line)
    ] == []
    assert len(entries) > 40


def test_the_demo_installs_no_test_tools() -> None:
    demo = (ROOT / "requirements.lock").read_text()
    assert [
        name for name in ("pytest", "mypy", "ruff", "playwright", "pyspark", "hypothesis") if f"\n{name}==" in demo
    ] == []


def test_no_file_names_a_package_host_or_a_path_of_somebodys_machine() -> None:
    found = []
    for path in files():
        if path.suffix in TEXT:
            text = path.read_text("utf-8", errors="replace")
            found += [f"{place(path)}: {match[0]}" for kind in (HOSTS, MACHINE) if (match := kind.search(text))]
    assert found == []


# What is packed


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    subprocess.run([*command, str(folder), str(ROOT)], check=True, capture_output=True)
    return next(folder.glob("goldenthread-*.whl"))


def test_the_wheel_carries_everything_that_is_not_code(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        place(path)
        for path in files()
        if path.relative_to(ROOT).parts[0] in PACKAGES and not any(part.startswith("__pyc") for part in path.parts)
    }
    assert sorted(wanted - packed) == []
    assert {"dashboard/.streamlit/config.toml", "kpis/template/gitignore", "kpis/records/migrations/env.py"} <= packed
    assert len([name for name in packed if re.match(r"data_contracts/catalog/.*\.yaml", name)]) >= 14
    assert len([name for name in packed if re.match(r"kpis/catalog/.*\.yaml", name)]) >= 12
    assert [name for name in packed if name.startswith("tests")] == []


def test_an_installed_wheel_finds_its_catalogs_and_makes_a_workspace(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    code = (
        "import kpis, kpis.workspace, data_contracts.contract as c; from dashboard import cli; import sys;"
        "print(kpis.__file__, len(c.shipped()), len(kpis.workspace.shipped_kpis()));"
        "sys.argv = ['goldenthread', 'init', 'company']; cli.main()"
    )
    environment = os.environ | {"PYTHONPATH": str(target)}
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    where, contracts, definitions = answer.stdout.splitlines()[0].split()
    assert Path(where).is_relative_to(target)
    assert int(contracts) >= 14
    assert int(definitions) >= 12
    assert (tmp_path / "company" / ".gitignore").is_file()
