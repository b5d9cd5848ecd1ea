"""What a cadence would mean for everybody's clocks; nothing is saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Cadence, Group
from app.db.queries import cadences, calendar_watch, groups
from app.domain.cadence_preview import MemberZone, Night, PreviewedMeeting, preview_cadence
from app.domain.errors import Invalid
from app.domain.recurrence import Cadence as Rule
from app.domain.recurrence import DateRange, check_cadence
from app.services.materialise import rule_of

NEEDED = ("rrule", "local_start", "duration_minutes")


@dataclass(frozen=True, slots=True)
class CadencePreview:
    """The cadence that was looked at, and its next meetings."""

    cadence: Rule
    night: Night
    meetings: tuple[PreviewedMeeting, ...]


async def preview(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    wish: Mapping[str, Any],
    now: datetime,
) -> CadencePreview:
    """The next `count` meetings of the group's cadence with the wish's fields in place of its own.

    Raises as `check_cadence`, and Invalid `cadence_incomplete` where the group has no cadence yet
    and the wish leaves something out.
    """
    group = await groups.load(session, workspace_id, group_id)
    stored = await cadences.find(session, workspace_id, group_id)
    cadence = _cadence(group, stored, wish)
    check_cadence(cadence)
    members = [
        MemberZone(row.id, row.person_id, row.time_zone)
        for row in await calendar_watch.places(session, workspace_id, group_id)
    ]
    night = Night(wish["night"]["begins"], wish["night"]["ends"])
    meetings = preview_cadence(cadence, members, night, after=now, count=wish["count"])
    return CadencePreview(cadence, night, meetings)


def _cadence(group: Group, stored: Cadence | None, wish: Mapping[str, Any]) -> Rule:
    missing = [name for name in NEEDED if wish[name] is None]
    if stored is None and missing:
        raise Invalid(
            f"The group has no cadence yet: send {', '.join(missing)} too.",
            code="cadence_incomplete",
            pointer=f"/{missing[0]}",
        )
    own = None if stored is None else rule_of(stored)
    given = {name: wish[name] for name in NEEDED if wish[name] is not None}
    if wish["excluded"] is not None:
        given["excluded"] = tuple(
            DateRange(days["first_on"], days["last_on"]) for days in wish["excluded"]
        )
    kept = {} if own is None else {name: getattr(own, name) for name in (*NEEDED, "excluded")}
    zone = wish["time_zone"] or (own.time_zone if own else group.time_zone)
    return Rule(**{**kept, **given, "time_zone": zone})
