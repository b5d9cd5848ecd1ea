"""Writes of cadences: when a group meets from now on."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Cadence, Group
from app.db.queries import cadences, groups
from app.domain.errors import Conflict, Invalid
from app.domain.group_days import day_of
from app.domain.recurrence import check_cadence
from app.domain.versions import Expected
from app.services.agendas import check_length
from app.services.cadence_following import CadenceChanges, follow_cadence
from app.services.materialise import add_missing, first_instant, rule_of
from app.services.meeting_rows import local_text
from app.services.planning import replan

FURTHEST_CHANGE = timedelta(days=366)
"""How far ahead a cadence can give way to another: until then the old one's meetings are made."""


async def put_cadence(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    fields: Mapping[str, Any],
    expected: Expected,
    now: datetime,
    horizon: timedelta,
) -> tuple[Cadence, CadenceChanges]:
    """Set when a group meets; of its meetings only untouched ones ahead follow a change.

    Raises as `check_cadence` and `check_length`; Invalid `effective_too_late`, Conflict
    `group_closed`.
    """
    group = await groups.lock(session, workspace_id, group_id)
    if group.state == "closed":
        raise Conflict("This group is closed for good; it does not meet.", code="group_closed")
    cadence = await cadences.find(session, workspace_id, group_id)
    values = _columns(fields, group, now)
    if cadence is None:
        expected.check_new()
        return await _first(session, group, values, now, horizon)
    expected.check(cadence.version)
    return await _replace(session, group, cadence, values, now, horizon)


async def _first(
    session: AsyncSession,
    group: Group,
    values: Mapping[str, Any],
    now: datetime,
    horizon: timedelta,
) -> tuple[Cadence, CadenceChanges]:
    cadence = Cadence(
        workspace_id=group.workspace_id,
        group_id=group.id,
        horizon_at=now,
        created_at=now,
        updated_at=now,
        **values,
    )
    _check(group, cadence)
    session.add(cadence)
    await session.flush()
    created = 0
    if group.state == "active":
        created = await add_missing(session, group, cadence, now, now + horizon)
        await replan(session, group.workspace_id, group.id, now)
    return cadence, CadenceChanges(created=created)


async def _replace(
    session: AsyncSession,
    group: Group,
    cadence: Cadence,
    values: Mapping[str, Any],
    now: datetime,
    horizon: timedelta,
) -> tuple[Cadence, CadenceChanges]:
    if values["effective_from"] > day_of(now, group.time_zone) + FURTHEST_CHANGE:
        raise Invalid(
            "A cadence gives way to another within a year.",
            code="effective_too_late",
            pointer="/effective_from",
        )
    begins = first_instant(values["effective_from"], values["time_zone"], now)
    if group.state == "active" and begins > cadence.horizon_at:
        # What the old cadence says until the new one begins is made while it is known.
        await add_missing(session, group, cadence, now, begins)
    new_hours = (cadence.duration_minutes, cadence.time_zone) != (
        values["duration_minutes"],
        values["time_zone"],
    )
    for name, value in values.items():
        setattr(cadence, name, value)
    _check(group, cadence)
    cadence.touch(now)
    cadence.horizon_at = max(now + horizon, cadence.horizon_at)
    changed = await follow_cadence(session, group, cadence, now, new_hours=new_hours)
    return cadence, changed


def _check(group: Group, cadence: Cadence) -> None:
    check_cadence(rule_of(cadence))
    check_length(group, None, cadence.duration_minutes)


def _columns(fields: Mapping[str, Any], group: Group, now: datetime) -> dict[str, Any]:
    today = day_of(now, group.time_zone)
    return {
        "rrule": fields["rrule"],
        "local_start": local_text(fields["local_start"]),
        "time_zone": fields.get("time_zone") or group.time_zone,
        "duration_minutes": fields["duration_minutes"],
        "excluded": [
            {"from": days["first_on"].isoformat(), "to": days["last_on"].isoformat()}
            for days in fields.get("excluded") or ()
        ],
        "effective_from": max(fields.get("effective_from") or today, today),
    }
