"""The sample workspace in the tests' databases, alone there, behind a service of rehearsals."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import httpx
import pytest
from fastapi import FastAPI

from app.api.runtime import Runtime, Signals
from app.cli import sample
from app.db.session import Database
from app.main import create_app
from tests.conftest import MONDAY
from tests.support.clock import ManualClock
from tests.support.rehearsal import Rehearsal
from tests.support.scenes import scene_of
from tests.support.tenants import empty


@dataclass(frozen=True)
class Stage:
    """The sample's database and a client who may do everything, to no lasting effect."""

    database: Database
    client: httpx.AsyncClient
    app: FastAPI

    @asynccontextmanager
    async def scene(self) -> AsyncIterator[Database]:
        """Within the block calls see what those before them did; at its end all is undone."""
        runtime: Runtime = self.app.state.runtime
        async with scene_of(self.database) as database:
            self.app.state.runtime = replace(runtime, database=database)
            yield database
        self.app.state.runtime = runtime


@pytest.fixture(scope="module")
async def stage(
    runtime: Runtime, database: Database, session_clock: ManualClock
) -> AsyncIterator[Stage]:
    session_clock.set(MONDAY)
    await empty(database)
    key = await sample.ensure(runtime)
    # A stream ends with its service: this one is about to.
    signals = Signals()
    signals.stopping.set()
    app = create_app(replace(runtime, database=Rehearsal(database), signals=signals))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://hotseat.test",
        headers={"Authorization": f"Bearer {key}"},
    ) as client:
        yield Stage(database, client, app)
    await empty(database)
