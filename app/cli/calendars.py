"""hotseat calendar: look at calendar files."""

from pathlib import Path
from typing import Annotated

import typer

from app.adapters.calendars.lint import lint as lint_object
from app.adapters.calendars.lint_revisions import lint_revisions
from app.cli.errors import CommandError

calendars = typer.Typer(no_args_is_help=True, add_completion=False)

FILE = typer.Argument(exists=True, dir_okay=False, help="An iCalendar file (.ics).")


@calendars.callback()
def _calendars() -> None:
    """Calendar files: feeds, pushed objects, `data.calendar.ical` of an event."""


@calendars.command()
def lint(
    file: Annotated[Path, FILE],
    *,
    before: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The same calendar as it was earlier."),
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="What METHOD must say, for what was mailed: REQUEST.")
    ] = None,
) -> None:
    """List what calendar programs would stumble over, by line; fail if there is anything.

    With --before, also what may not have changed as it did: SEQUENCE, LAST-MODIFIED.
    """
    data = file.read_bytes()
    findings = lint_object(data, method=method)
    if before is not None:
        findings += lint_revisions(before.read_bytes(), data)
    for finding in findings:
        typer.echo(f"{file}:{finding}")
    if findings:
        raise CommandError(f"{len(findings)} found in {file}")
