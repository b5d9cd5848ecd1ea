"""Writes of a group's own hot-seat formats. They are kept with the group, whose version rises."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Group
from app.db.queries import groups, meetings
from app.domain import ids
from app.domain.agenda import agenda_from_dict
from app.domain.errors import Conflict, NotFound
from app.domain.group_formats import check_format, format_to_dict, formats_from
from app.domain.hot_seat_formats import HOT_SEAT_FORMATS, HotSeatFormat
from app.domain.versions import Expected
from app.services.events import emit
from app.services.facts import group_facts


async def load_formats(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, group_id: UUID
) -> dict[str, HotSeatFormat]:
    """A group's own formats by name, in their order; NotFound."""
    group = await groups.get(connection, workspace_id, group_id)
    return dict(sorted(formats_from(group.formats).items()))


async def load_format(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, group_id: UUID, name: str
) -> tuple[HotSeatFormat, int]:
    """One that the group can use, shipped or its own, and the group's version; NotFound."""
    group = await groups.get(connection, workspace_id, group_id)
    own = formats_from(group.formats)
    return _known({**HOT_SEAT_FORMATS, **own}, name), group.version


async def put_format(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    format_: HotSeatFormat,
    expected: Expected,
    now: datetime,
) -> tuple[Group, bool]:
    """Give a group a format, or change one; the group, and whether it is new there. Meetings that
    have begun keep the one with which they did. Raises as `check_format`.
    """
    group = await groups.lock(session, workspace_id, group_id)
    expected.check(group.version)
    check_format(format_, group.formats)
    stored = format_to_dict(format_)
    is_new = format_.name not in group.formats
    if group.formats.get(format_.name) != stored:
        group.formats = {**group.formats, format_.name: stored}
        await _save(session, group, now)
    return group, is_new


async def delete_format(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    name: str,
    expected: Expected,
    now: datetime,
) -> None:
    """Take a format away that no agenda names. NotFound; Conflict `format_shipped`,
    `format_in_use`, with the meetings, and whether the template does.
    """
    group = await groups.lock(session, workspace_id, group_id)
    expected.check(group.version)
    if name in HOT_SEAT_FORMATS:
        raise Conflict("This format comes with the service, and stays.", code="format_shipped")
    _known(formats_from(group.formats), name)
    rows = await meetings.times_ahead(session, workspace_id, group_id)
    using = [
        ids.encode("meeting", row.id) for row in rows if row.agenda and _names(row.agenda, name)
    ]
    in_template = group.agenda_template is not None and _names(group.agenda_template, name)
    if using or in_template:
        raise Conflict(
            "Agendas name this format: give their hot seats another one first.",
            code="format_in_use",
            facts={"meetings": using, "agenda_template": in_template},
        )
    group.formats = {each: kept for each, kept in group.formats.items() if each != name}
    await _save(session, group, now)


def _names(agenda: dict[str, object], name: str) -> bool:
    return any(segment.format == name for segment in agenda_from_dict(agenda).segments)


def _known(formats: dict[str, HotSeatFormat], name: str) -> HotSeatFormat:
    if name not in formats:
        raise NotFound("There is no such hot-seat format.")
    return formats[name]


async def _save(session: AsyncSession, group: Group, now: datetime) -> None:
    group.touch(now)
    await session.flush()
    emit(session, "group.updated", group.workspace_id, group_facts(group), now, group_id=group.id)
