"""What members confided is shown to keys with the scope `text:read`, and by no answer to others.

Every text of the sample workspace that counts as confided carries a mark of its own; then every
operation of the document is called, by a key with the scope and by one without.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import JSON, Column, String, Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.runtime import Runtime
from app.cli import sample
from app.db.base import Base
from app.db.models import AuditEntry, Event
from app.db.session import Database
from app.domain.callers import SCOPES
from app.main import create_app
from tests.contract.conftest import Stage
from tests.support.builders import made
from tests.support.operations import Call, calls
from tests.support.rehearsal import Rehearsal
from tests.support.tenants import make_tenant

CONFIDED: Mapping[str, frozenset[str]] = {
    "people": frozenset({"background"}),
    "attendances": frozenset({"note"}),
    "guests": frozenset({"note"}),
    "hot_seats": frozenset({"topic", "outcome"}),
    "leaves": frozenset({"reason"}),
    "meetings": frozenset({"cancel_reason"}),
    "urgent_requests": frozenset({"reason", "decision"}),
    "commitments": frozenset({"title", "criteria"}),
    "commitment_events": frozenset({"reason"}),
    "check_ins": frozenset({"note", "evidence_url"}),
    "attempts": frozenset({"response"}),
}
"""By table, the columns that hold what somebody wrote for the group alone."""
OPEN: Mapping[str, frozenset[str]] = {
    "workspaces": frozenset({"name"}),
    "api_keys": frozenset({"name", "key_hash", "hint", "scopes"}),
    "audit_entries": frozenset({"operation", "path", "resource_id", "fields", "request_id"}),
    "events": frozenset({"type", "data", "request_id"}),
    "groups": frozenset(
        {"name", "purpose", "time_zone", "state", "charter", "rotation", "agenda_template"}
        | {"formats", "external_id", "metadata"}
    ),
    "idempotency_records": frozenset({"key", "fingerprint", "headers"}),
    "jobs": frozenset({"kind", "key", "payload", "state", "last_error"}),
    "people": frozenset({"name", "email", "time_zone", "locale", "external_id", "metadata"}),
    "webhook_endpoints": frozenset(
        {"url", "description", "event_types", "group_ids", "state", "disabled_reason"}
    ),
    "cadences": frozenset({"rrule", "local_start", "time_zone", "excluded"}),
    "calendar_feeds": frozenset(
        {"token_hash", "include", "todos", "alarms", "revision", "readers"}
    ),
    "calendar_targets": frozenset(
        {"kind", "address", "state", "disabled_reason", "calendars", "settings", "last_error"}
    ),
    "meetings": frozenset(
        {"title", "state", "origin", "occurrence", "local_start", "time_zone", "location", "url"}
        | {"uid", "agenda", "speaking_order", "standings", "cancelled_by", "pauses"}
        | {"before_correction", "external_id", "metadata"}
    ),
    "memberships": frozenset({"state", "external_id", "metadata"}),
    "attendances": frozenset({"status"}),
    "calendar_pushes": frozenset({"uid", "etag", "digest", "alarms", "last_error"}),
    "deliveries": frozenset({"action", "uid", "state"}),
    "guests": frozenset({"name", "email"}),
    "hot_seats": frozenset({"state", "phase", "reason", "phase_log"}),
    "meeting_roles": frozenset({"role"}),
    "slots": frozenset({"segment_id", "kind"}),
    "urgent_requests": frozenset({"state"}),
    "proposals": frozenset({"term", "status", "offer"}),
    "attempts": frozenset({"error", "note"}),
    "commitments": frozenset({"state", "time_zone", "external_id", "metadata"}),
    "mails": frozenset({"key", "about", "subject"}),
    "commitment_events": frozenset({"kind", "time_zone"}),
}
"""By table, the other texts: names, states, and what a group or an app says to everybody."""
OPERATIONS = calls()
READS = [call for call in OPERATIONS if call.is_read and not call.path.endswith("/stream")]
WRITES = [call for call in OPERATIONS if call.method in {"POST", "PUT", "PATCH"}]


class Overheard(Rehearsal):
    """A rehearsal that notes what the writes would have told the event log and the audit log."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.told: list[Any] = []

    @asynccontextmanager
    async def transaction(self, workspace_id: UUID | None = None) -> AsyncIterator[AsyncSession]:
        async with super().transaction(workspace_id) as session:
            yield session
            await session.flush()
            for columns in ([Event.data], [AuditEntry.path, AuditEntry.fields]):
                self.told += map(tuple, await session.execute(select(*columns)))


@dataclass(frozen=True)
class Readers:
    """Clients of the marked workspace: with the scope and without it."""

    trusted: httpx.AsyncClient
    others: httpx.AsyncClient
    database: Overheard


@pytest.fixture(scope="module")
async def readers(stage: Stage, runtime: Runtime) -> Readers:
    async with stage.database.transaction() as session:
        for table in Base.metadata.sorted_tables:
            for name in CONFIDED.get(table.name, ()):
                ours = table.update().where(table.c.workspace_id == sample.WORKSPACE)
                await session.execute(ours.values({name: _marked(table, name)}))
    database = Overheard(stage.database)
    app = create_app(replace(runtime, database=database))

    async def reader(*scopes: str) -> httpx.AsyncClient:
        tenant = await make_tenant(stage.database, scopes=scopes, workspace_id=sample.WORKSPACE)
        return tenant.client(app)

    trusted, others = await reader(*SCOPES), await reader("read", "write", "admin")
    return Readers(trusted, others, database)


def _marked(table: Table, name: str) -> Any:
    mark = f"confided-{table.name}-{name}"
    if (table.name, name) == ("people", "background"):
        return {"industry": None, "role": None, "goals": mark}
    if (table.name, name) == ("urgent_requests", "decision"):
        reason = {"code": "granted_by_credit", "params": {}, "text": "Granted."}
        return {"reason": reason, "overruled_because": mark, "first_refusal": False}
    return mark


def test_every_text_is_either_open_or_confided() -> None:
    for table in Base.metadata.sorted_tables:
        texts = {column.name for column in table.c if _holds_text(column)}
        known = CONFIDED.get(table.name, frozenset()) | OPEN.get(table.name, frozenset())
        assert texts == known, table.name


def _holds_text(column: Column[Any]) -> bool:
    return isinstance(column.type, String | JSON) or "JSON" in str(column.type)


@pytest.mark.parametrize("call", READS, ids=lambda call: call.name)
async def test_reads_show_them_to_nobody_else(readers: Readers, call: Call) -> None:
    for each in call.filtered():
        answer = await each.send(readers.others)
        assert answer.is_success or answer.json()["code"] == "missing_scope", answer.text
        assert "confided" not in answer.text


async def test_each_is_shown_to_who_may_read_it(readers: Readers) -> None:
    """So the answers above left something out."""
    shown = [(await call.send(readers.trusted)).text for call in READS]
    shown += await _attendance(readers.trusted)
    marks = {f"confided-{table}-{name}" for table, names in CONFIDED.items() for name in names}
    assert [mark for mark in marks if mark not in "".join(shown)] == []
    assert "confided" not in "".join(await _attendance(readers.others))


async def _attendance(client: httpx.AsyncClient) -> list[str]:
    """That of every meeting: nothing was said of those that the document's examples name."""
    meetings = made(await client.get("/v1/meetings", params={"limit": "100"}))["data"]
    return [(await client.get(f"/v1/meetings/{each['id']}/attendance")).text for each in meetings]


@pytest.mark.parametrize("call", WRITES, ids=lambda call: call.name)
async def test_writes_tell_nobody_else(readers: Readers, call: Call) -> None:
    """Neither what was there nor what the call says: in its answer, events and the audit log."""
    spoken = replace(call, body=_speaking(call.body))
    answer = await spoken.send(readers.others)
    assert answer.is_success or answer.json()["code"] == "missing_scope", answer.text
    assert "confided" not in answer.text
    assert readers.database.told or not answer.is_success
    assert "confided" not in str(readers.database.told)
    readers.database.told.clear()


def _speaking(body: Any) -> Any:
    """The body, with a mark in each text that is confided."""
    names = {"topic", "outcome", "note", "reason", "criteria", "goals", "overrule_because"}
    if isinstance(body, list):
        return [_speaking(each) for each in body]
    if not isinstance(body, dict):
        return body
    return {
        name: f"confided-{name}" if name in names and isinstance(value, str) else _speaking(value)
        for name, value in body.items()
    }


async def test_nobody_has_them_sent_elsewhere_who_may_not_read_them(readers: Readers) -> None:
    person = next(call for call in OPERATIONS if call.name == "get_person").ids["person_id"]
    telling: tuple[dict[str, Any], ...] = (
        {},
        {"include": ["commitments"]},
        {"include": ["hot_seats"], "topics": True},
    )
    for options in telling:
        body = {"person_id": person, **options}
        refused = await readers.others.post("/v1/calendar_feeds", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
        made(await readers.trusted.post("/v1/calendar_feeds", json=body))


@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        ({"include": ["meetings"]}, True),
        ({"include": ["meetings", "commitments"]}, False),
    ],
)
async def test_calendars_on_other_servers_are_no_way_round(
    readers: Readers, body: dict[str, Any], *, allowed: bool
) -> None:
    create = next(call for call in OPERATIONS if call.name == "create_calendar_target")
    settings = {**create.body["settings"], **body}
    answer = await replace(create, body={**create.body, "settings": settings}).send(readers.others)
    assert answer.status_code == (201 if allowed else 403), answer.text
    update = next(call for call in OPERATIONS if call.name == "update_calendar_target")
    answer = await replace(update, body={"settings": body}).send(readers.others)
    assert answer.status_code == (200 if allowed else 403), answer.text
