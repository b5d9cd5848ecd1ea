"""Writes of agendas: of one meeting, and the template of a group."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Meeting
from app.db.queries import cadences, groups, memberships
from app.domain.agenda import Agenda, agenda_from_dict, check_agenda
from app.domain.agendas import effective_agenda
from app.domain.errors import Conflict, Invalid
from app.domain.group_formats import formats_from
from app.domain.membership import MAX_MEMBERS, MIN_MEMBERS
from app.domain.recurrence import MAX_MINUTES
from app.domain.versions import Expected
from app.services.events import emit
from app.services.facts import group_facts
from app.services.meeting_rows import locked, minutes_of
from app.services.planning import replan


async def put_agenda(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    agenda: Mapping[str, Any] | None,
    expected: Expected,
    now: datetime,
) -> Meeting:
    """Give a scheduled meeting an agenda of its own, or with None the group's again.

    Raises as `check_agenda`, for the members there are; Conflict `agenda_frozen` once it has begun.
    """
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    if meeting.state != "scheduled":
        raise Conflict(
            f"The meeting is {meeting.state}: its agenda stands as it is.", code="agenda_frozen"
        )
    stored = None
    if agenda is not None:
        members = await memberships.count_current(session, workspace_id, group.id)
        parsed = _parsed(group, agenda)
        check_agenda(parsed, duration_minutes=minutes_of(meeting), people=max(members, MIN_MEMBERS))
        stored = dict(agenda)
    if stored == meeting.agenda:
        return meeting
    meeting.agenda = stored
    meeting.touched = True
    meeting.updated_at = now
    await session.flush()
    await replan(session, workspace_id, group.id, now)
    return meeting


async def put_template(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    agenda: Mapping[str, Any] | None,
    expected: Expected,
    now: datetime,
) -> Group:
    """Give a group an agenda template of its own, or with None the one that comes along.

    Raises as `check_agenda`, for a group of eight and the length of the cadence's meetings.
    """
    group = await groups.lock(session, workspace_id, group_id)
    expected.check(group.version)
    cadence = await cadences.find(session, workspace_id, group_id)
    stored = None
    if agenda is not None:
        parsed = _parsed(group, agenda)
        duration = MAX_MINUTES if cadence is None else cadence.duration_minutes
        check_agenda(parsed, duration_minutes=duration, people=MAX_MEMBERS)
        stored = dict(agenda)
    elif cadence is not None:
        effective_agenda(None, None, cadence.duration_minutes, {})
    if stored == group.agenda_template:
        return group
    group.agenda_template = stored
    group.touch(now)
    await session.flush()
    emit(session, "group.updated", workspace_id, group_facts(group), now, group_id=group.id)
    await replan(session, workspace_id, group_id, now)
    return group


def _parsed(group: Group, agenda: Mapping[str, Any]) -> Agenda:
    """An agenda as it came, with the formats that its segments may name."""
    return replace(agenda_from_dict(agenda), formats=formats_from(group.formats))


def check_length(group: Group, own: Mapping[str, Any] | None, minutes: int) -> None:
    """Whether the agenda of a meeting fits into so many minutes, whoever comes.

    Raises Invalid `no_template_fits` or `agenda_too_long`, both of `/duration_minutes`.
    """
    agenda = effective_agenda(own, group.agenda_template, minutes, group.formats)
    needed = agenda.minutes_needed(MIN_MEMBERS if own else MAX_MEMBERS)
    if needed > minutes:
        raise Invalid(
            f"The agenda takes {needed} minutes, {needed - minutes} more than the meeting.",
            code="agenda_too_long",
            pointer="/duration_minutes",
            facts={"over_by_minutes": needed - minutes, "needed_minutes": needed},
        )
