"""The command line, called as a shell calls it, in this process."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard import shell
from dashboard.cli import command_line


@dataclass(frozen=True)
class Answer:
    """What a command gave back: its exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout as the one JSON document it must be."""
        return json.loads(self.out)

    @property
    def problems(self) -> list[dict[str, str]]:
        """The problems told with --json."""
        return list(self.json["problems"])


def call(*arguments: object) -> Answer:
    """Run one command."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = shell.run(command_line(), [str(each) for each in arguments])
    return Answer(code, out.getvalue(), err.getvalue())


def done(*arguments: object) -> Answer:
    """Run one command that must succeed."""
    answer = call(*arguments)
    assert answer.code == 0, answer.out + answer.err
    return answer


def write(file: Path, text: str) -> Path:
    """A file with that text."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file
