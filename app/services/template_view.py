"""The agenda of a group's meetings as people see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.queries import cadences, groups
from app.domain.agenda import Segment
from app.domain.agendas import effective_agenda
from app.domain.membership import MAX_MEMBERS

USUAL_MINUTES = 90
"""The length that a group's agenda is shown for as long as it has no cadence."""


@dataclass(frozen=True, slots=True)
class TemplateView:
    """The agenda of a group's meetings of that length."""

    source: str
    duration_minutes: int
    minutes_needed: int
    seats: int
    segments: Sequence[Segment]


async def load_template(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, group_id: UUID
) -> TemplateView:
    """The agenda that a meeting of the group's cadence has by default; NotFound."""
    group = await groups.get(connection, workspace_id, group_id)
    minutes = await cadences.minutes_of(connection, workspace_id, group_id) or USUAL_MINUTES
    agenda = effective_agenda(None, group.agenda_template, minutes)
    return TemplateView(
        source="group" if group.agenda_template else "shipped",
        duration_minutes=minutes,
        minutes_needed=agenda.minutes_needed(MAX_MEMBERS),
        seats=agenda.seats,
        segments=agenda.segments,
    )
