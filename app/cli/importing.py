"""hotseat import: members whom a community has in a spreadsheet."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from app.cli.administration import in_transaction, workspace_named
from app.cli.errors import CommandError
from app.cli.people_table import COLUMNS, Fault, FaultyTableError, PersonRow, read_people
from app.domain.errors import Invalid
from app.domain.wall_clock import check_time_zone
from app.services.people_import import Imported
from app.services.people_import import import_people as import_rows

HEADER = f"CSV in UTF-8; header, in any order, of: {', '.join(COLUMNS)}."


def import_people(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=HEADER)],
    *,
    workspace: Annotated[
        str | None, typer.Option(help="wsp_…; not needed while there is only one workspace.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Of new people whose row names none: Europe/London.")
    ] = None,
) -> None:
    """Create or update people from a table, all of it or nothing.

    Writes straight into the database of the settings, in one transaction. A person is found by
    external_id, else by e-mail; an empty cell leaves what is there.
    """
    defaults = {} if time_zone is None else {"time_zone": _zone(time_zone)}
    rows = _read(file)

    async def act(session: AsyncSession, now: datetime) -> Imported:
        workspace_id = await workspace_named(session, workspace)
        fields = [row.fields for row in rows]
        result = await import_rows(session, workspace_id, fields, defaults, now)
        if isinstance(result, Imported):
            return result
        raise _refusal(
            file, [Fault(rows[each.row].line, each.field, each.detail) for each in result]
        )

    done = in_transaction(act)
    typer.echo(f"{done.created} created, {done.updated} updated, {done.unchanged} unchanged")


def _read(file: Path) -> list[PersonRow]:
    try:
        return read_people(file.read_bytes())
    except FaultyTableError as error:
        raise _refusal(file, error.faults) from error


def _refusal(file: Path, faults: Sequence[Fault]) -> CommandError:
    for fault in faults:
        typer.echo(f"{file}: {fault}", err=True)
    return CommandError("nothing was imported; repair the table and import it again")


def _zone(name: str) -> str:
    try:
        check_time_zone(name)
    except Invalid as error:
        raise typer.BadParameter(error.detail, param_hint="--time-zone") from error
    return name
