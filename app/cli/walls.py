"""hotseat rls: PostgreSQL's row-level security, raised and lowered, and checked at every start."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from app.cli import preparation
from app.cli.errors import CommandError, StartError
from app.cli.logs import start_logging
from app.db import rls as wall
from app.db.rls import API_ROLE, WORKER_ROLE, Standing, WallError
from app.db.session import Database
from app.settings import Settings, load_settings

T = TypeVar("T")
SETTING = "HOTSEAT_ROW_LEVEL_SECURITY"

rls = typer.Typer(no_args_is_help=True, add_completion=False)


@rls.callback()
def _rls() -> None:
    """Row-level security: have PostgreSQL keep workspaces apart as well."""


@rls.command()
def enable() -> None:
    """Raise the wall, or renew it; connect as the owner of the tables.

    Afterwards `hotseat serve --no-worker` connects as hotseat_api and `hotseat worker` as
    hotseat_worker, or as roles that inherit from them, with HOTSEAT_ROW_LEVEL_SECURITY=true.
    """
    _run(_prepared(), wall.raise_wall)
    typer.echo(
        f"PostgreSQL keeps workspaces apart. Set {SETTING}=true, and connect "
        f"`hotseat serve --no-worker` as {API_ROLE}, `hotseat worker` as {WORKER_ROLE}."
    )


@rls.command()
def disable() -> None:
    """Lower the wall; connect as the owner of the tables."""
    _run(_prepared(), wall.lower_wall)
    typer.echo(f"PostgreSQL no longer keeps workspaces apart. Set {SETTING}=false.")


def renew(settings: Settings) -> None:
    """Give new tables their part of a wall that is raised: after migrations, as the owner."""
    if not settings.is_sqlite and _run(settings, wall.standing).raised:
        _run(settings, wall.raise_wall)


def check_api(settings: Settings) -> None:
    """StartError unless the API would meet the wall exactly where the settings say so."""
    if settings.row_level_security and settings.worker:
        raise StartError(
            f"{SETTING}: the API's role cannot do a worker's work: "
            "run `hotseat serve --no-worker`, and `hotseat worker` as another role"
        )
    found = _checked(settings)
    if found is not None and (not found.api or found.worker):
        raise StartError(
            f"{SETTING}: `hotseat serve` has to connect as {API_ROLE}, or as a role that inherits "
            f"from it and not from {WORKER_ROLE}"
        )


def check_worker(settings: Settings) -> None:
    """StartError unless the worker would meet the wall exactly where the settings say so."""
    found = _checked(settings)
    if found is not None and not found.worker:
        raise StartError(
            f"{SETTING}: `hotseat worker` has to connect as {WORKER_ROLE}, or as a role that "
            "inherits from it"
        )


def check_owner(settings: Settings) -> None:
    """CommandError for a role that the wall shows only a part of the database."""
    if settings.is_sqlite:
        return
    found = _run(settings, wall.standing)
    if found.applies and not found.owner:
        raise CommandError(
            "PostgreSQL shows this role a part of the database: connect as the owner of the tables"
        )


def _checked(settings: Settings) -> Standing | None:
    """How the wall stands, None where there is none; StartError where the settings err."""
    if settings.is_sqlite:
        return None
    found = _run(settings, wall.standing)
    if found.applies and not settings.row_level_security:
        raise StartError(f"the database keeps workspaces apart: set {SETTING}=true")
    if not settings.row_level_security:
        return None
    if not found.raised:
        raise StartError(
            f"{SETTING}: run `hotseat rls enable` as the owner of the tables first, or unset it"
        )
    if not found.applies:
        raise StartError(f"{SETTING}: the role of HOTSEAT_DATABASE_URL steps over the wall")
    return found


def _prepared() -> Settings:
    settings = load_settings()
    start_logging(settings)
    if settings.is_sqlite:
        raise CommandError("row-level security needs PostgreSQL")
    preparation.prepare_database(settings)
    return settings


def _run(settings: Settings, act: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        database = Database(settings.database_url)
        try:
            return await act(database)
        finally:
            await database.dispose()

    with preparation.in_one_line():
        try:
            return asyncio.run(run())
        except WallError as error:
            raise CommandError(str(error)) from error
