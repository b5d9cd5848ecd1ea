"""What handlers ask for: a session to write, a connection to read, the caller, the time."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.adapters.addresses import Network
from app.api.guesses import Guess, guess
from app.api.runtime import Runtime
from app.domain.callers import Caller
from app.domain.feed_tokens import workspace_of
from app.domain.versions import Expected

NOBODYS = UUID(int=0)
"""The workspace of a token that is none."""


async def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


async def _session(request: Request) -> AsyncSession:
    session: AsyncSession = request.state.session
    return session


async def _reader(request: Request) -> AsyncIterator[AsyncConnection]:
    caller: Caller = request.state.caller
    async with request.app.state.runtime.database.reader(caller.workspace_id) as connection:
        yield connection


async def _guess(request: Request) -> AsyncIterator[Guess]:
    async with guess(request) as looking:
        yield looking


GuessDep = Annotated[Guess, Depends(_guess, scope="function")]
"""For what has no key but a token in its path: to be settled once that was looked up."""


async def _feed_reader(
    token: str, request: Request, _looking: GuessDep
) -> AsyncIterator[AsyncConnection]:
    # Not before the guess has its place: who waits for one holds no connection.
    workspace_id = workspace_of(token) or NOBODYS
    async with request.app.state.runtime.database.reader(workspace_id) as connection:
        yield connection


async def _now(request: Request) -> datetime:
    now: datetime = request.state.now
    return now


async def expected_version(request: Request) -> Expected:
    """What If-Match allows. A route that asks for it demands it where the workspace is strict."""
    expected: Expected = request.state.expected
    return expected


async def expected_or_new(request: Request) -> Expected:
    """As `expected_version`, for a write that creates what it does not find: nothing is demanded of
    a creation, and `If-None-Match: *` allows no other.
    """
    expected: Expected = request.state.expected
    return expected


async def _dry_run(
    *,
    dry_run: Annotated[
        bool, Query(description="Show what would change, and change nothing.")
    ] = False,
) -> None:
    """Nothing to do here: the route class rolls back."""


async def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


async def _workspace_id(request: Request) -> UUID:
    caller: Caller = request.state.caller
    return caller.workspace_id


def _horizon(request: Request) -> timedelta:
    return timedelta(weeks=request.app.state.runtime.settings.horizon_weeks)


def _allowed_networks(request: Request) -> list[Network]:
    return [ip_network(name) for name in request.app.state.runtime.settings.allowed_networks]


CallerDep = Annotated[Caller, Depends(_caller)]
WorkspaceDep = Annotated[UUID, Depends(_workspace_id)]
SessionDep = Annotated[AsyncSession, Depends(_session)]
ReaderDep = Annotated[AsyncConnection, Depends(_reader, scope="function")]
FeedReaderDep = Annotated[AsyncConnection, Depends(_feed_reader, scope="function")]
"""For a feed, whose token tells the workspace."""
NowDep = Annotated[datetime, Depends(_now)]
ExpectedDep = Annotated[Expected, Depends(expected_version)]
ExpectedOrNewDep = Annotated[Expected, Depends(expected_or_new)]
RuntimeDep = Annotated[Runtime, Depends(_runtime)]
HorizonDep = Annotated[timedelta, Depends(_horizon)]
AllowedNetworksDep = Annotated[list[Network], Depends(_allowed_networks)]
DRY_RUN = Depends(_dry_run)
"""Declares `?dry_run=` on a write: `dependencies=[DRY_RUN]`."""
