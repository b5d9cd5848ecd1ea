"""The relay: every committed event gets a position without a gap, and reaches who asked for it."""

import asyncio
import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.api.runtime import Runtime
from app.db.base import new_id
from app.db.models import Delivery, Event, EventCounter, WebhookEndpoint
from app.db.outbox import record
from app.db.session import Database
from app.domain import ids
from app.services.relay import relay
from app.worker.runner import Runner
from tests.conftest import MONDAY
from tests.support.statements import count_statements
from tests.support.tenants import Tenant, make_tenant


async def emit(
    database: Database, tenant: Tenant, *types: str, group_id: UUID | None = None
) -> list[UUID]:
    async with database.transaction() as session:
        events = [
            record(
                session,
                workspace_id=tenant.workspace_id,
                type=name,
                data={},
                now=MONDAY,
                group_id=group_id,
            )
            for name in types
        ]
    return [event.id for event in events]


async def log(database: Database, tenant: Tenant) -> list[Event]:
    query = select(Event).where(Event.workspace_id == tenant.workspace_id)
    async with database.transaction() as session:
        return list(await session.scalars(query.order_by(Event.position)))


async def relay_once(database: Database, tenant: Tenant, limit: int = 500) -> bool:
    async with database.transaction() as session:
        return await relay(session, tenant.workspace_id, MONDAY, limit)


async def make_endpoint(database: Database, tenant: Tenant, **fields: Any) -> UUID:
    values: dict[str, Any] = {"event_types": ["*"], "url": "http://127.0.0.1:9/", **fields}
    async with database.transaction() as session:
        endpoint = WebhookEndpoint(
            workspace_id=tenant.workspace_id,
            secret=b"",
            created_at=MONDAY,
            updated_at=MONDAY,
            **values,
        )
        session.add(endpoint)
    return endpoint.id


async def deliveries(database: Database, endpoint_id: UUID) -> list[Delivery]:
    query = select(Delivery).where(Delivery.endpoint_id == endpoint_id).order_by(Delivery.number)
    async with database.transaction() as session:
        return list(await session.scalars(query))


async def test_positions_have_no_gap_under_concurrent_writers_and_relays(
    database: Database, tenant: Tenant
) -> None:
    endpoint = await make_endpoint(database, tenant)
    stop = asyncio.Event()

    async def writer(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(8):
            async with database.transaction() as session:
                for _ in range(dice.randint(1, 3)):
                    record(
                        session,
                        workspace_id=tenant.workspace_id,
                        type="person.created",
                        data={},
                        now=MONDAY,
                    )
                await session.flush()
                await asyncio.sleep(dice.random() * 0.01)
                if dice.random() < 0.2:
                    await session.rollback()

    async def relayer() -> None:
        while not stop.is_set():
            await relay_once(database, tenant, limit=5)
            await asyncio.sleep(0.002)

    relayers = [asyncio.create_task(relayer()) for _ in range(2)]
    await asyncio.gather(*(writer(seed) for seed in range(6)))
    stop.set()
    await asyncio.gather(*relayers)
    while await relay_once(database, tenant, limit=5):
        pass

    events = await log(database, tenant)
    assert len(events) > 30
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    sent = await deliveries(database, endpoint)
    assert [delivery.number for delivery in sent] == list(range(1, len(events) + 1))
    assert [delivery.event_id for delivery in sent] == [event.id for event in events]
    async with database.transaction() as session:
        counter = await session.get_one(EventCounter, tenant.workspace_id)
    assert counter.next_position == len(events) + 1


async def test_an_event_that_commits_late_comes_later_and_is_not_stepped_over(
    database: Database, tenant: Tenant
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    async with database.transaction() as session:
        late = record(
            session, workspace_id=tenant.workspace_id, type="group.created", data={}, now=MONDAY
        )
        await session.flush()
        (early,) = await emit(database, tenant, "person.created")
        await relay_once(database, tenant)
    await relay_once(database, tenant)
    assert [event.id for event in await log(database, tenant)] == [early, late.id]


async def test_a_batch_is_bounded_and_in_the_order_of_ids(
    database: Database, tenant: Tenant
) -> None:
    made = await emit(database, tenant, *["person.created"] * 5)
    assert await relay_once(database, tenant, limit=3)
    assert [event.position for event in await log(database, tenant)].count(None) == 2
    assert not await relay_once(database, tenant, limit=3)
    assert [event.id for event in await log(database, tenant)] == made == sorted(made)


async def test_each_endpoint_hears_what_it_asked_for(database: Database, tenant: Tenant) -> None:
    group, other = new_id(), new_id()
    grouped = {"group_ids": [ids.encode("group", group)]}
    endpoints = {
        "all": await make_endpoint(database, tenant),
        "noun": await make_endpoint(database, tenant, event_types=["meeting.*"]),
        "type": await make_endpoint(database, tenant, event_types=["meeting.closed", "group.*"]),
        "group": await make_endpoint(database, tenant, **grouped),
        "paused": await make_endpoint(database, tenant, state="paused"),
        "failing": await make_endpoint(
            database, tenant, state="disabled", disabled_reason="failing"
        ),
        "gone": await make_endpoint(database, tenant, state="disabled", disabled_reason="gone"),
    }
    stranger = await make_tenant(database)
    foreign = await make_endpoint(database, stranger)
    (person,) = await emit(database, tenant, "person.created")
    closed, started = await emit(
        database, tenant, "meeting.closed", "meeting.started", group_id=group
    )
    (founded,) = await emit(database, tenant, "group.created", group_id=other)
    await relay_once(database, tenant)
    heard = {
        name: [delivery.event_id for delivery in await deliveries(database, endpoint)]
        for name, endpoint in endpoints.items()
    }
    everything = [person, closed, started, founded]
    assert heard == {
        "all": everything,
        "noun": [closed, started],
        "type": [closed, founded],
        "group": [closed, started],
        "paused": everything,
        "failing": everything,
        "gone": [],
    }
    assert await deliveries(database, foreign) == []


async def test_the_statements_of_a_relay_do_not_grow_with_events_and_endpoints(
    database: Database, tenant: Tenant
) -> None:
    await make_endpoint(database, tenant)
    await emit(database, tenant, "person.created")
    with count_statements(database) as few:
        await relay_once(database, tenant)
    for _ in range(9):
        await make_endpoint(database, tenant)
    await emit(database, tenant, *["person.created"] * 30)
    with count_statements(database) as many:
        await relay_once(database, tenant)
    assert many.count == few.count


async def test_the_duty_finds_unnumbered_events_of_every_workspace(
    database: Database, tenant: Tenant, runner: Runner, runtime: Runtime
) -> None:
    other = await make_tenant(database)
    await emit(database, tenant, "person.created", "person.updated")
    await emit(database, other, "person.created")
    await runner.run_until_idle()
    assert [event.position for event in await log(database, tenant)] == [1, 2]
    assert [event.position for event in await log(database, other)] == [1]


async def test_old_events_are_cut_off_at_the_head_of_the_log(
    database: Database, tenant: Tenant, runner: Runner, clock: Any
) -> None:
    endpoint = await make_endpoint(database, tenant, state="paused")
    await emit(database, tenant, "person.created", "person.updated")
    await runner.run_until_idle()
    clock.advance(timedelta(days=89))
    async with database.transaction() as session:
        record(
            session,
            workspace_id=tenant.workspace_id,
            type="person.updated",
            data={},
            now=clock.now(),
        )
    await runner.run_until_idle()
    assert [event.position for event in await log(database, tenant)] == [1, 2, 3]
    clock.advance(timedelta(days=1))
    await runner.run_until_idle()
    assert [event.position for event in await log(database, tenant)] == [3]
    assert [delivery.number for delivery in await deliveries(database, endpoint)] == [3]
