"""`goldenthread`: the same work from a shell."""

import os
import sys

import typer

from dashboard import shell

HELP = """From brand promise to pay.

Begin with `goldenthread demo`, or with `goldenthread init DIR` and your own CSV files: admit them, build, look at the
figures, import targets and a plan, pay, verify. Every command takes --json, and works on --workspace or the current folder.

Exit codes: 0 done, 1 problems in data or definitions, 2 wrong usage, 3 a fault of ours.
"""


def command_line() -> typer.Typer:
    """The command line with every command; what a command works with is imported when it runs, so that help is quick."""
    from dashboard.commands import (
        aim,
        baselines,
        bundle,
        compare,
        data,
        definitions,
        letters,
        make,
        measure,
        pay,
        payroll,
        sheets,
        statements,
        studies,
        thread,
    )

    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=HELP)
    for module in (
        make,
        data,
        measure,
        thread,
        compare,
        baselines,
        studies,
        definitions,
        aim,
        letters,
        pay,
        statements,
        bundle,
        sheets,
        payroll,
    ):
        module.register(app)
    return app


def main() -> None:
    """The entry point of the installed command; what it writes is its owner's alone."""
    os.umask(0o077)
    sys.exit(shell.run(command_line(), sys.argv[1:]))


if __name__ == "__main__":
    main()
