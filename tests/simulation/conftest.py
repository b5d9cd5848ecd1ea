"""A workspace that is alone in its database, and a worker: duties look across all tenants."""

from collections.abc import AsyncIterator

import pytest

from app.api.runtime import Runtime
from app.db.session import Database
from app.worker.runner import Runner
from tests.support.clock import ManualClock
from tests.support.tenants import Tenant, make_tenant


@pytest.fixture
async def tenant(empty_database: Database, clock: ManualClock) -> Tenant:
    return await make_tenant(empty_database)


@pytest.fixture
async def runner(runtime: Runtime, tenant: Tenant) -> AsyncIterator[Runner]:
    runner = Runner(runtime.database, runtime.keyring, runtime.settings, runtime.clock)
    yield runner
    await runner.close()
