"""Rows that change together are written together, and none over somebody else's change."""

from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from app.db import batches
from app.db.models import Person
from app.db.session import Database
from tests.support.clock import ManualClock
from tests.support.statements import count_statements
from tests.support.tenants import Tenant

COUNT = 5


@pytest.fixture
async def session(
    database: Database, tenant: Tenant, clock: ManualClock
) -> AsyncIterator[AsyncSession]:
    now = clock.now()
    async with database.transaction() as session:
        session.add_all(
            Person(
                workspace_id=tenant.workspace_id,
                name=f"Person {number}",
                email=f"{number}@example.org",
                time_zone="Europe/London",
                created_at=now,
                updated_at=now,
            )
            for number in range(COUNT)
        )
        await session.flush()
        session.expunge_all()
        yield session
        await session.rollback()


async def people(session: AsyncSession, tenant: Tenant) -> Sequence[Person]:
    query = select(Person).where(Person.workspace_id == tenant.workspace_id).order_by(Person.name)
    return (await session.execute(query)).scalars().all()


async def change_behind(session: AsyncSession, person: Person) -> None:
    await session.execute(
        update(Person)
        .where(Person.workspace_id == person.workspace_id, Person.id == person.id)
        .values(version=Person.version + 1)
        .execution_options(synchronize_session=False)
    )


async def test_different_changes_are_one_statement(
    database: Database, tenant: Tenant, session: AsyncSession, clock: ManualClock
) -> None:
    first, second, third, fourth, fifth = await people(session, tenant)
    first.name = "A"
    second.email, second.background = None, {"role": "Editor"}
    third.metadata_, third.locale = {"b": [1, None]}, "de"
    fourth.touch(clock.now())
    fifth.name = str(fifth.name)
    with count_statements(database) as counted:
        await session.flush()
    assert counted.count == 1
    assert [person.version for person in (first, second, third, fourth, fifth)] == [2, 2, 2, 2, 1]
    said = [(p.name, p.email, p.background, p.metadata_, p.locale) for p in (first, second, third)]
    session.expunge_all()
    rows = await people(session, tenant)
    assert [row.version for row in rows] == [2, 2, 2, 2, 1]
    assert [(r.name, r.email, r.background, r.metadata_, r.locale) for r in rows[:3]] == said
    with count_statements(database) as counted:
        await session.flush()
    assert counted.count == 0


async def test_what_is_cleared_everywhere_is_null(session: AsyncSession, tenant: Tenant) -> None:
    for person in await people(session, tenant):
        person.email = None
    await session.flush()
    session.expunge_all()
    assert {person.email for person in await people(session, tenant)} == {None}


@pytest.mark.parametrize("changed", [2, COUNT])
async def test_what_changed_meanwhile_is_not_overwritten(
    session: AsyncSession, tenant: Tenant, changed: int
) -> None:
    rows = (await people(session, tenant))[:changed]
    await change_behind(session, rows[1])
    for person in rows:
        person.name = "Mine"
    with pytest.raises(StaleDataError):
        await session.flush()


async def test_rows_are_deleted_in_one_statement(
    database: Database, session: AsyncSession, tenant: Tenant
) -> None:
    *gone, kept = await people(session, tenant)
    for person in gone:
        await session.delete(person)
    with count_statements(database) as counted:
        await session.flush()
    assert counted.count == 1
    assert [person.id for person in await people(session, tenant)] == [kept.id]


async def test_what_changed_meanwhile_is_not_deleted(session: AsyncSession, tenant: Tenant) -> None:
    rows = await people(session, tenant)
    await change_behind(session, rows[0])
    for person in rows:
        await session.delete(person)
    with pytest.raises(StaleDataError):
        await session.flush()


async def test_long_lists_are_cut(
    database: Database, session: AsyncSession, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last batch is one row, which the ORM writes."""
    monkeypatch.setattr(batches, "MOST_ROWS", 2)
    for person in await people(session, tenant):
        person.name = "All"
    with count_statements(database) as counted:
        await session.flush()
    assert counted.count == 3
    session.expunge_all()
    assert {(p.name, p.version) for p in await people(session, tenant)} == {("All", 2)}
