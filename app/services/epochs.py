"""A new epoch of the event log, which a database that was restored from a backup needs.

Positions that were given after the backup are given again, to other events. A cursor carries the
epoch that it belongs to, so whoever comes with one of before is told to read everything anew.
"""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.queries import events
from app.domain.events import LOG_RESTARTED
from app.services.events import emit
from app.services.facts import log_facts

FIRST_SECOND: Final = datetime(2025, 1, 1, tzinfo=UTC)


async def begin_epoch(session: AsyncSession, now: datetime) -> int:
    """Begin a new epoch in the log of every workspace, and tell so in it; how many there are.

    Epochs are numbered by the clock: two restorations of one backup begin two of them.
    """
    seconds = int((now - FIRST_SECOND).total_seconds())
    begun = await events.begin_epoch(session, at_least=seconds)
    for workspace_id, epoch in begun:
        emit(session, LOG_RESTARTED, workspace_id, log_facts(epoch), now)
    await session.flush()
    return len(begun)
