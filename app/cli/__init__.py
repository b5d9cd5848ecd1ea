"""The command `hotseat`."""

import sys
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

from app import __version__
from app.cli.errors import CommandError
from app.settings import SettingsError

__all__ = ["main"]

COMMANDS: Final = {
    "serve": "processes:serve",
    "worker": "processes:worker",
    "migrate": "processes:migrate",
    "workspace": "administration:workspaces",
    "key": "administration:keys",
    "backup": "backups:backup",
    "restore": "backups:restore",
    "rls": "walls:rls",
    "secrets": "administration:secrets",
    "events": "administration:events",
    "import": "importing:import_people",
    "demo": "demonstration:demo",
    "calendar": "calendars:calendars",
    "openapi": "document:openapi",
}
"""By name, the module and the function or group in it, loaded when it is asked for: the whole
service takes seconds to load, and most commands need little of it."""


class _Commands(TyperGroup):
    def list_commands(self, _ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(f"app.cli.{module}"), name)
        if not isinstance(found, typer.Typer):
            function, found = found, typer.Typer(add_completion=False)
            found.command()(function)
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command


hotseat = typer.Typer(
    cls=_Commands,
    name="hotseat",
    help="Coordinates mastermind groups. Settings are environment variables, HOTSEAT_*.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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
