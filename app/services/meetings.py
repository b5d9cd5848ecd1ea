"""Writes of meetings: ad-hoc ones and history, their details, their time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.models import Group, Meeting
from app.db.queries import attendance, meetings
from app.domain.errors import Conflict, Invalid
from app.domain.group_days import day_of
from app.domain.meeting_states import MeetingVerb
from app.domain.meeting_times import MeetingTimes, at_instant, at_local
from app.domain.merge_patch import merge
from app.domain.versions import Expected
from app.services.agendas import check_length
from app.services.commitment_dues import meetings_moved
from app.services.gone_meetings import replan_without
from app.services.meeting_rows import (
    cancel,
    locked,
    minutes_of,
    new_meeting,
    next_state,
    revise,
    set_duties,
    set_times,
    tell,
)
from app.services.plan_changes import Changed, watch_plan
from app.services.planning import replan
from app.services.references import group_of_body

SHOWN = ("title", "location", "url")
DETAILS = (*SHOWN, "external_id", "metadata_")
AHEAD = {"scheduled", "live"}


async def create_meeting(
    session: AsyncSession, workspace_id: UUID, fields: Mapping[str, Any], now: datetime
) -> Changed[Meeting]:
    """Add a meeting out of turn, or with `backfill` one of the past, which tells nobody.

    Invalid `starts_in_past`, `backfill_in_future`; Conflict `group_closed`, `before_opening`.
    """
    group = await group_of_body(session, workspace_id, fields["group_id"])
    if group.state == "closed":
        raise Conflict("This group is closed for good; it does not meet.", code="group_closed")
    backfill = bool(fields.get("backfill"))
    times = _times(fields, group.time_zone)
    _check_when(times, now, backfill=backfill)
    _check_not_in_opening(group, times)
    check_length(group, None, times.minutes)
    watch = await watch_plan(session, group, now)
    meeting = new_meeting(
        group, "backfill" if backfill else "ad_hoc", times, now, **_details(fields)
    )
    session.add(meeting)
    await session.flush()
    if not backfill:
        event_id = new_id()
        await replan(session, workspace_id, group.id, now)
        await tell(session, "meeting.scheduled", group, [meeting], now, event_id=event_id)
    return Changed(meeting, await watch.change())


async def update_meeting(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    patch: Mapping[str, Any],
    expected: Expected,
    now: datetime,
) -> Meeting:
    """Apply a merge patch to a meeting's details."""
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    return await _change(session, group, meeting, patch, now)


async def put_meeting(
    session: AsyncSession,
    workspace_id: UUID,
    external_id: str,
    fields: Mapping[str, Any],
    expected: Expected,
    now: datetime,
) -> tuple[Changed[Meeting], bool]:
    """Create, or change and move, the meeting that the caller knows by this id; whether it is new.

    Conflict `meeting_fixed` if it belongs to another group.
    """
    meeting_id = await meetings.id_by_external_id(session, workspace_id, external_id)
    if meeting_id is None:
        expected.check_new()
        fields = {**fields, "external_id": external_id}
        return await create_meeting(session, workspace_id, fields, now), True
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    if group.id != fields["group_id"]:
        raise Conflict("A meeting stays with its group.", code="meeting_fixed")
    watch = await watch_plan(session, group, now)
    await _change(session, group, meeting, fields, now)
    times = _times(fields, meeting.time_zone)
    if (times.starts_at, times.ends_at) != (meeting.starts_at, meeting.ends_at):
        await _move(session, group, meeting, times, now)
    return Changed(meeting, await watch.change()), False


async def reschedule_meeting(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    fields: Mapping[str, Any],
    expected: Expected,
    now: datetime,
) -> Meeting:
    """Move a scheduled meeting to another time ahead, and perhaps to another place.

    Whoever was going is asked again. Conflict `invalid_transition`; Invalid `starts_in_past`.
    """
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    for name in ("location", "url"):
        if name in fields:
            setattr(meeting, name, fields[name])
    times = _times({"duration_minutes": minutes_of(meeting), **fields}, meeting.time_zone)
    return await _move(session, group, meeting, times, now)


async def cancel_meeting(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    reason: str | None,
    expected: Expected,
    now: datetime,
) -> Meeting:
    """Call a scheduled meeting off: its hot seats go to later ones, and nobody loses a turn."""
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    next_state(meeting, MeetingVerb.CANCEL)
    cancel(meeting, "caller", reason, now)
    meeting.touched = True
    await session.flush()
    await tell(session, "meeting.cancelled", group, [meeting], now)
    await replan_without(session, group, [meeting], now)
    return meeting


async def _change(
    session: AsyncSession,
    group: Group,
    meeting: Meeting,
    patch: Mapping[str, Any],
    now: datetime,
) -> Meeting:
    values = _details(patch)
    if "metadata_" in values:
        values["metadata_"] = merge(meeting.metadata_, values["metadata_"])
    changed = {name: v for name, v in values.items() if getattr(meeting, name) != v}
    if not changed:
        return meeting
    for name, value in changed.items():
        setattr(meeting, name, value)
    meeting.updated_at = now
    if set(SHOWN) & set(changed):
        meeting.touched = True
        revise(meeting, now)
    await session.flush()
    # Another place matters to who will be there; of what is over or off it is a detail.
    moved = bool({"location", "url"} & set(changed)) and meeting.state in AHEAD
    if meeting.origin != "backfill":
        event_type = "meeting.rescheduled" if moved else "meeting.updated"
        await tell(session, event_type, group, [meeting], now)
    return meeting


async def _move(
    session: AsyncSession, group: Group, meeting: Meeting, times: MeetingTimes, now: datetime
) -> Meeting:
    next_state(meeting, MeetingVerb.RESCHEDULE)
    _check_when(times, now, backfill=meeting.origin == "backfill")
    check_length(group, meeting.agenda, times.minutes)
    set_times(meeting, times)
    set_duties(meeting, now)
    meeting.touched = True
    revise(meeting, now)
    for mark in await attendance.of_meetings(session, group.workspace_id, [meeting.id]):
        if mark.status == "going":
            await session.delete(mark)
    await session.flush()
    event_id = new_id()
    await meetings_moved(session, group.workspace_id, [meeting], now)
    await replan(session, group.workspace_id, group.id, now)
    if meeting.origin != "backfill":
        await tell(session, "meeting.rescheduled", group, [meeting], now, event_id=event_id)
    return meeting


def _times(fields: Mapping[str, Any], time_zone: str) -> MeetingTimes:
    zone = fields.get("time_zone") or time_zone
    minutes = fields["duration_minutes"]
    if fields.get("local_start") is not None:
        return at_local(fields["local_start"], zone, minutes)
    return at_instant(fields["starts_at"], zone, minutes)


def _check_not_in_opening(group: Group, times: MeetingTimes) -> None:
    """What the group did before it came here is in the credits that it brought along."""
    opened_on = group.opening_on
    if opened_on is not None and day_of(times.starts_at, group.time_zone) <= opened_on:
        raise Conflict(
            f"The group brought its credits along as of {opened_on}: meetings up to that day are "
            "in them, and would count twice.",
            code="before_opening",
            facts={"opening_on": f"{opened_on}"},
        )


def _check_when(times: MeetingTimes, now: datetime, *, backfill: bool) -> None:
    if backfill and times.ends_at > now:
        raise Invalid(
            "Only a meeting of the past can be backfilled: leave backfill out.",
            code="backfill_in_future",
            pointer="/backfill",
        )
    if not backfill and times.starts_at <= now:
        raise Invalid(
            "This start has gone by: choose a later one, or set backfill for history.",
            code="starts_in_past",
            pointer="/starts_at",
        )


def _details(fields: Mapping[str, Any]) -> dict[str, Any]:
    named = {("metadata_" if name == "metadata" else name): v for name, v in fields.items()}
    return {name: value for name, value in named.items() if name in DETAILS}
