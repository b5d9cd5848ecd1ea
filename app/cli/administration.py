"""hotseat workspace, key, secrets, events: what an operator does without a key of their own."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from secrets import token_bytes
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.keyring import KeyringError, new_key
from app.api.runtime import Runtime
from app.api.schemas.common import ShortText
from app.cli import preparation
from app.cli.errors import CommandError
from app.cli.logs import start_logging
from app.db import reencryption
from app.db.queries import workspaces as workspace_queries
from app.domain import ids
from app.domain.api_keys import SECRET_LENGTH
from app.domain.callers import SCOPES, Scope
from app.domain.errors import DomainError
from app.services.api_keys import create_api_key
from app.services.epochs import begin_epoch
from app.services.workspaces import create_workspace
from app.settings import load_settings

T = TypeVar("T")

workspaces = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Tenants: each is a world of its own."
)
keys = typer.Typer(no_args_is_help=True, add_completion=False)
secrets = typer.Typer(
    no_args_is_help=True, add_completion=False, help="The keyring for secrets at rest."
)


events = typer.Typer(no_args_is_help=True, add_completion=False)


@workspaces.command("create")
def create(name: Annotated[str, typer.Argument(help="What people call it.")]) -> None:
    """Make an empty workspace, and a key to it with all scopes."""
    name = _short(name, "NAME")

    async def act(session: AsyncSession, now: datetime) -> tuple[UUID, str]:
        workspace = await create_workspace(session, name=name, now=now)
        return workspace.id, await make_key(session, workspace.id, name=name, now=now)

    workspace_id, key = in_transaction(act)
    typer.echo(f"workspace  {ids.encode('workspace', workspace_id)}")
    typer.echo(f"API key    {key}   (shown this once: keep it)")


@workspaces.command("list")
def list_all() -> None:
    """The ids and names of all workspaces."""

    async def act(session: AsyncSession, _now: datetime) -> list[str]:
        rows = await workspace_queries.every(await session.connection())
        return [f"{ids.encode('workspace', row.id)}  {row.name}" for row in rows]

    for line in in_transaction(act):
        typer.echo(line)


@keys.callback()
def _keys() -> None:
    """API keys of a workspace."""


@keys.command("create")
def create_key(
    *,
    workspace: Annotated[
        str | None, typer.Option(help="wsp_…; not needed while there is only one workspace.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the key is for.")] = "made on the command line",
    scope: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(SCOPES)}; may be repeated. All.")
    ] = None,
    expires: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day without it, UTC.")
    ] = None,
) -> None:
    """Make another key to a workspace, for instance when the first one was lost."""
    name = _short(name, "--name")
    scopes = _scopes(scope)
    expires_at = expires and expires.replace(tzinfo=UTC)

    async def act(session: AsyncSession, now: datetime) -> str:
        workspace_id = await workspace_named(session, workspace)
        return await make_key(
            session, workspace_id, name=name, scopes=scopes, expires_at=expires_at, now=now
        )

    typer.echo(f"API key    {in_transaction(act)}   (shown this once: keep it)")


@secrets.command("new-key")
def make_secret_key() -> None:
    """Make a new key for the keyring.

    A keyring in a file beside a SQLite database takes it as its newest key. A keyring in
    HOTSEAT_SECRET_KEYS is yours to change: put the key first, and keep the old ones.
    """
    settings = load_settings()
    if settings.secret_keys or not settings.is_sqlite:
        typer.echo(new_key())
        return
    path = preparation.keyring_file(settings)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    preparation.add_keys(path, new_key())
    typer.echo(f"{path} has a new key. Restart what runs, then: hotseat secrets rotate")


@secrets.command("rotate")
def rotate() -> None:
    """Write all secrets at rest anew, under the newest key of the keyring.

    Webhook secrets, passwords of calendars, kept answers to repeated calls. Processes that run must
    know the newest key. Afterwards the older keys can leave the ring.
    """
    counts = _run(_rotate)
    for what, count in counts.items():
        typer.echo(f"{what:24} {count}")


async def _rotate(runtime: Runtime) -> dict[str, int]:
    return await reencryption.reencrypt(runtime.database, runtime.keyring.rotate)


@events.callback()
def _events() -> None:
    """The event log of all workspaces."""


@events.command("new-epoch")
def new_epoch() -> None:
    """Begin a new epoch of the log: run this once after a database was restored from a backup.

    Cursors of before are answered with 410, and endpoints hear `log.restarted`.
    """
    typer.echo(f"A new epoch in {in_transaction(begin_epoch)} workspaces.")


async def make_key(
    session: AsyncSession,
    workspace_id: UUID,
    *,
    name: str,
    now: datetime,
    scopes: tuple[Scope, ...] = SCOPES,
    expires_at: datetime | None = None,
) -> str:
    """The text of a new key."""
    fields = {"name": name, "scopes": scopes, "expires_at": expires_at}
    _, text = await create_api_key(session, workspace_id, fields, token_bytes(SECRET_LENGTH), now)
    return text


async def workspace_named(session: AsyncSession, text: str | None) -> UUID:
    """The workspace of that id, or the only one; CommandError if that is not one."""
    if text is not None:
        return (await workspace_queries.load(session, ids.decode("workspace", text))).id
    found = await workspace_queries.every(await session.connection())
    if len(found) != 1:
        raise CommandError(
            f"there are {len(found)} workspaces: name one with --workspace "
            "(`hotseat workspace list` shows them)"
        )
    workspace_id: UUID = found[0].id
    return workspace_id


def in_transaction(act: Callable[[AsyncSession, datetime], Awaitable[T]]) -> T:
    """Do something in one transaction of the database of the settings."""

    async def run(runtime: Runtime) -> T:
        async with runtime.database.transaction() as session:
            return await act(session, runtime.clock.now())

    return _run(run)


def _run(act: Callable[[Runtime], Awaitable[T]]) -> T:
    settings = load_settings()
    start_logging(settings)
    preparation.prepare_database(settings)

    async def run() -> T:
        async with preparation.opened(settings) as runtime:
            return await act(runtime)

    try:
        return asyncio.run(run())
    except DomainError as error:
        raise CommandError(error.detail) from error
    except KeyringError as error:
        raise CommandError(str(error)) from error


def _short(text: str, what: str) -> str:
    try:
        return TypeAdapter(ShortText).validate_python(text)
    except ValidationError as error:
        raise typer.BadParameter(error.errors()[0]["msg"], param_hint=what) from error


def _scopes(texts: list[str] | None) -> tuple[Scope, ...]:
    unknown = [text for text in texts or () if text not in SCOPES]
    if unknown:
        raise typer.BadParameter(
            f"{unknown[0]} is none of {', '.join(SCOPES)}", param_hint="--scope"
        )
    return tuple(scope for scope in SCOPES if scope in texts) if texts else SCOPES
