"""`goldenthread`: the same work from a shell."""

import sys

import typer

from dashboard import shell

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="From brand promise to pay."
)


def main() -> None:
    """The entry point of the installed command."""
    from dashboard.commands import aim, data, make, measure, pay  # late: `--help` need not load them all

    for module in (make, data, measure, aim, pay):
        module.register(app)
    sys.exit(shell.run(app, sys.argv[1:]))


if __name__ == "__main__":
    main()
