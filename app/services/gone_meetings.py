"""Meetings that will not take place: what was to happen there moves on."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Meeting
from app.services.commitment_dues import meetings_gone
from app.services.planning import replan


async def replan_without(
    session: AsyncSession, group: Group, gone: Sequence[Meeting], now: datetime
) -> None:
    """Plan anew without meetings that were called off: their hot seats and topics go to later
    ones, and a promise that was due there goes to the next meeting.
    """
    await replan(session, group.workspace_id, group.id, now)
    if gone:
        await meetings_gone(session, group.workspace_id, gone, now)
