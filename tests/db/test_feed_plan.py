"""Feeds are read by indexes of their own group or person, however large the workspace is."""

from uuid import UUID

import pytest
from sqlalchemy import event

from app.db.models import Meeting
from app.db.queries import calendar_feeds, calendar_watch
from app.db.session import Database
from tests.conftest import MONDAY


async def test_a_feed_of_a_person_reads_the_meetings_of_their_groups(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL plans by what is in its tables")
    sent: list[tuple[str, tuple[object, ...]]] = []

    def note(*arguments: object) -> None:
        _, _, statement, parameters, *_ = arguments
        sent.append((str(statement), tuple(parameters)))  # type: ignore[call-overload]

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        async with database.reader() as reader:
            where = (reader, UUID(int=1), UUID(int=2), MONDAY)
            assert await calendar_feeds.person_meetings(*where) == []
            assert await calendar_feeds.person_dues(*where) == []
        async with database.transaction() as session:
            meeting = Meeting(workspace_id=UUID(int=1), group_id=UUID(int=2))
            assert await calendar_watch.read_feeds(session, meeting, fetched_since=MONDAY) == []
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    sent = [each for each in sent if each[0].startswith("SELECT")]
    assert len(sent) == 4
    async with database.reader() as reader:
        for statement, parameters in sent:
            plan = await reader.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row[3] for row in plan]
            assert not any(step.startswith("SCAN") for step in steps), steps
            assert not any(step.endswith("(workspace_id=?)") for step in steps), steps
            assert not any("ix_meetings_workspace_id_starts_at_id" in step for step in steps), steps
