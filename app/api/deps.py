"""What handlers ask for: a session to write, a connection to read, the caller, the time."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.api.runtime import Runtime
from app.domain.callers import Caller
from app.domain.versions import Expected


async def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


async def _session(request: Request) -> AsyncSession:
    session: AsyncSession = request.state.session
    return session


async def _reader(request: Request) -> AsyncIterator[AsyncConnection]:
    async with request.app.state.runtime.database.reader() as connection:
        yield connection


def _now(request: Request) -> datetime:
    now: datetime = request.state.now
    return now


def _expected(request: Request) -> Expected:
    expected: Expected = request.state.expected
    return expected


def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


def _workspace_id(request: Request) -> UUID:
    caller: Caller = request.state.caller
    return caller.workspace_id


CallerDep = Annotated[Caller, Depends(_caller)]
WorkspaceDep = Annotated[UUID, Depends(_workspace_id)]
SessionDep = Annotated[AsyncSession, Depends(_session)]
ReaderDep = Annotated[AsyncConnection, Depends(_reader, scope="function")]
NowDep = Annotated[datetime, Depends(_now)]
ExpectedDep = Annotated[Expected, Depends(_expected)]
RuntimeDep = Annotated[Runtime, Depends(_runtime)]
