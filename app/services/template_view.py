"""The agenda of a group's meetings as people see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.queries import cadences, groups, meetings, memberships
from app.domain.agenda import Agenda, Segment
from app.domain.agendas import effective_agenda
from app.domain.membership import MAX_MEMBERS, MIN_MEMBERS

USUAL_MINUTES = 90
"""The length that a group's agenda is shown for as long as it has no cadence."""


@dataclass(frozen=True, slots=True)
class TemplateView:
    """The agenda of a group's meetings of that length."""

    group_version: int
    source: str
    duration_minutes: int
    minutes_needed: int
    seats: int
    segments: Sequence[Segment]

    def minutes_for(self, people: int) -> timedelta:
        """How long it takes with so many members and every hot seat taken."""
        return timedelta(minutes=Agenda(tuple(self.segments)).minutes_needed(people))


@dataclass(frozen=True, slots=True)
class Followers:
    """The meetings ahead: how many follow the template, which don't, and for which it is long."""

    following: int
    own_agenda: Sequence[UUID]
    too_short: Sequence[UUID]


async def load_followers(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, template: TemplateView
) -> Followers:
    """Which of the group's scheduled meetings go by its template."""
    rows = await meetings.times_ahead(session, workspace_id, group_id)
    members = await memberships.count_current(session, workspace_id, group_id)
    needed = template.minutes_for(max(members, MIN_MEMBERS))
    followers = [row for row in rows if row.agenda is None]
    return Followers(
        following=len(followers),
        own_agenda=[row.id for row in rows if row.agenda is not None],
        too_short=[
            row.id
            for row in followers
            if template.source == "group" and (row.ends_at - row.starts_at) < needed
        ],
    )


async def load_template(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, group_id: UUID
) -> TemplateView:
    """The agenda that a meeting of the group's cadence has by default; NotFound."""
    group = await groups.get(connection, workspace_id, group_id)
    minutes = await cadences.minutes_of(connection, workspace_id, group_id) or USUAL_MINUTES
    agenda = effective_agenda(None, group.agenda_template, minutes, group.formats)
    return TemplateView(
        group_version=group.version,
        source="group" if group.agenda_template else "shipped",
        duration_minutes=minutes,
        minutes_needed=agenda.minutes_needed(MAX_MEMBERS),
        seats=agenda.seats,
        segments=agenda.segments,
    )
