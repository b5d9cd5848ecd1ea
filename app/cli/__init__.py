"""The command `hotseat`."""

import sys

import typer

from app import __version__
from app.cli import administration, demonstration, document, importing, processes
from app.cli.errors import CommandError
from app.settings import SettingsError

__all__ = ["main"]

hotseat = typer.Typer(
    name="hotseat",
    help="Coordinates mastermind groups. Settings are environment variables, HOTSEAT_*.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
hotseat.command()(processes.serve)
hotseat.command()(processes.worker)
hotseat.command()(processes.migrate)
hotseat.command()(demonstration.demo)
hotseat.command("import")(importing.import_people)
hotseat.command()(document.openapi)
hotseat.add_typer(administration.workspaces, name="workspace")
hotseat.add_typer(administration.keys, name="key")
hotseat.add_typer(administration.secrets, name="secrets")


@hotseat.callback(invoke_without_command=True)
def _options(
    *,
    version: bool = typer.Option(False, "--version", help="Print the version, and end."),
) -> None:
    if version:
        typer.echo(f"hotseat {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command of the command line; what goes wrong is one line on stderr."""
    try:
        hotseat()
    except SettingsError as error:
        _fail(str(error), 2)
    except CommandError as error:
        _fail(str(error), error.exit_code)


def _fail(message: str, status: int) -> None:
    typer.echo(f"hotseat: {message}", err=True)
    sys.exit(status)
