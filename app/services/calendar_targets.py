"""Writes of calendar targets. What is written into the calendars themselves, the worker does."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.addresses import Network, check_url
from app.adapters.calendars.caldav import Failed, Outcome
from app.adapters.keyring import Keyring
from app.db import jobs
from app.db.jobs import NewJob
from app.db.models import CalendarTarget
from app.db.queries import calendar_pushes, calendar_targets
from app.domain.errors import Conflict, Invalid
from app.domain.versions import Expected
from app.services.calendar_pushes import enqueue_person
from app.services.references import person_of

TEST = "calendar.test"
POINTER = "/settings/url"


async def create_target(
    session: AsyncSession,
    workspace_id: UUID,
    fields: Mapping[str, Any],
    now: datetime,
    *,
    keyring: Keyring,
    allowed: Sequence[Network],
) -> CalendarTarget:
    """A new target, to be filled with the person's coming meetings. `allowed`: private networks.

    Invalid `url_refused`, `https_required`, `not_a_collection`; a calendar that another target
    writes to is a conflict (database, 409).
    """
    person = await person_of(session, workspace_id, fields["person_id"])
    settings = dict(fields["settings"])
    password = settings.pop("password")
    settings["url"] = _collection(settings["url"], allowed)
    target = CalendarTarget(
        workspace_id=workspace_id,
        person_id=person.id,
        kind=fields["kind"],
        address=settings["url"],
        settings=settings,
        secret=keyring.encrypt(password),
        created_at=now,
        updated_at=now,
    )
    session.add(target)
    await session.flush()
    await enqueue_person(session, workspace_id, person.id, now)
    return target


async def update_target(
    session: AsyncSession,
    workspace_id: UUID,
    target_id: UUID,
    patch: Mapping[str, Any],
    expected: Expected,
    now: datetime,
    *,
    keyring: Keyring,
) -> CalendarTarget:
    """Change the account or the state. Enabling brings the calendar up to date."""
    target = await _load(session, workspace_id, target_id, expected)
    settings = dict(patch.get("settings", {}))
    password = settings.pop("password", None)
    if password is not None:
        target.secret = keyring.encrypt(password)
    if settings:
        target.settings = {**target.settings, **settings}
    target.state = patch.get("state", target.state)
    if patch:
        target.touch(now)
    if patch and target.state == "enabled":
        target.failures = 0
        target.failing_since = target.retry_at = None
        await session.flush()
        await enqueue_person(session, workspace_id, target.person_id, now)
    await session.flush()
    return target


async def delete_target(
    session: AsyncSession,
    workspace_id: UUID,
    target_id: UUID,
    expected: Expected,
    now: datetime,
) -> None:
    """Stop writing, and take out what was written: the target goes when that is done."""
    target = await calendar_targets.load(session, workspace_id, target_id)
    expected.check(target.version)
    if not await calendar_pushes.holds_anything(session, workspace_id, target_id):
        await session.delete(target)
        return
    target.state = "removing"
    target.failures = 0
    target.failing_since = target.retry_at = None
    target.touch(now)
    await session.flush()
    await calendar_pushes.request_all_held(session, workspace_id, target_id, now)


async def check_target(
    session: AsyncSession, workspace_id: UUID, target_id: UUID, now: datetime
) -> CalendarTarget:
    """Have an object written and taken out again; `last_test` says what came of it."""
    target = await _load(session, workspace_id, target_id, Expected())
    target.last_test = {
        "state": "pending",
        "requested_at": now.isoformat(),
        "finished_at": None,
        "error": None,
    }
    target.touch(now)
    await session.flush()
    job = NewJob(workspace_id, TEST, target_id.hex, {"target_id": target_id.hex})
    await jobs.wake(session, [job], now)
    return target


def end_test(target: CalendarTarget, outcome: Outcome, now: datetime) -> None:
    """Write down what came of the test of a locked target."""
    failed = isinstance(outcome, Failed)
    target.last_test = {
        **(target.last_test or {"requested_at": now.isoformat()}),
        "state": "failed" if failed else "succeeded",
        "finished_at": now.isoformat(),
        "error": as_error(outcome, now) if isinstance(outcome, Failed) else None,
    }
    target.touch(now)


def as_error(failed: Failed, now: datetime) -> dict[str, Any]:
    """A failure as a target shows it."""
    return {"code": failed.code, "status": failed.status, "at": now.isoformat()}


async def _load(
    session: AsyncSession, workspace_id: UUID, target_id: UUID, expected: Expected
) -> CalendarTarget:
    target = await calendar_targets.load(session, workspace_id, target_id)
    expected.check(target.version)
    if target.state == "removing":
        raise Conflict(
            "This target is being removed: wait until it is gone, or create another.",
            code="target_removing",
        )
    return target


def _collection(url: str, allowed: Sequence[Network]) -> str:
    """The URL of a collection, with the slash at its end that its objects' names follow."""
    check_url(url, allowed, pointer=POINTER)
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise Invalid(
            "Send the plain URL of the calendar's collection, without ? and #.",
            code="not_a_collection",
            pointer=POINTER,
        )
    if parts.scheme == "http" and not allowed:
        raise Invalid(
            "Use an https URL: the password would travel in the clear.",
            code="https_required",
            pointer=POINTER,
        )
    return parts._replace(netloc=parts.netloc.lower(), path=parts.path.rstrip("/") + "/").geturl()
