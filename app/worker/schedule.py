"""Periodic duties: polls that find due rows and queue a job for each.

A job is keyed by its row and the instant at which it fell due, so however often and by however many
workers the row is found, it is worked on once. Nothing is timed in memory: what fell due while no
worker ran is found by the first poll of the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.db import jobs
from app.db.queries import due
from app.db.session import Database
from app.services.deliveries import DELIVER
from app.services.target_deliveries import WORK
from app.settings import Settings

POLL_LIMIT = 500
"""Rows that one poll of a duty queues; the next one takes the rest."""

ALWAYS: Final = timedelta(0)
OFTEN: Final = timedelta(seconds=10)
SELDOM: Final = timedelta(hours=1)
HORIZON_STEP: Final = timedelta(days=1)
"""Meetings are made for a day or more at a time."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A poll for due rows, repeated after `every`; `kind` names the jobs that it queues.

    `wakes`: what is due has no instant of its own; its one job is woken, even if it runs just now.
    """

    kind: str
    every: timedelta
    find: due.Find
    wakes: bool = False


def duties_of(settings: Settings) -> Sequence[Duty]:
    """All duties; the one place where a new one is entered."""
    horizon = timedelta(weeks=settings.horizon_weeks) - HORIZON_STEP
    mail = (Duty("mail.send", ALWAYS, due.mails, wakes=True),) if settings.smtp_url else ()
    return (
        *mail,
        Duty("events.relay", ALWAYS, due.unnumbered_events, wakes=True),
        Duty("calendar.push", ALWAYS, due.calendar_pushes, wakes=True),
        Duty("memberships.advance", OFTEN, due.memberships),
        Duty("groups.advance_pause", OFTEN, due.pauses),
        Duty("meetings.materialise", OFTEN, due.horizons(horizon)),
        Duty("meetings.remind", OFTEN, due.reminders),
        Duty("meetings.mark_unrecorded", OFTEN, due.unrecorded_meetings),
        Duty("meetings.lapse_or_close", OFTEN, due.lapsing_meetings),
        Duty("calendars.tell_stale", OFTEN, due.stale_calendars),
        Duty("meetings.tell_shift", OFTEN, due.local_shifts),
        Duty("commitments.mark_overdue", OFTEN, due.overdue_commitments),
        Duty("commitments.mark_due_soon", OFTEN, due.commitments_due_soon),
        Duty("endpoints.end_rotation", OFTEN, due.ended_rotations),
        Duty("endpoints.probe", OFTEN, due.endpoint_probes),
        Duty(DELIVER, SELDOM, due.given_up, wakes=True),
        Duty(WORK, SELDOM, due.given_up, wakes=True),
        Duty("events.forget", SELDOM, due.old_events, wakes=True),
        Duty("deliveries.forget", SELDOM, due.old_deliveries, wakes=True),
        Duty("idempotency.forget", SELDOM, due.old_answers, wakes=True),
    )


class Agenda:
    """When each duty is polled next, by this worker."""

    def __init__(self, duties: Sequence[Duty]) -> None:
        self._duties = duties
        self._next: dict[str, datetime] = {}

    async def poll(self, database: Database, now: datetime, *, everything: bool = False) -> None:
        """Poll the duties whose time has come, or all of them."""
        for duty in self._duties:
            if everything or self._next.get(duty.kind, now) <= now:
                self._next[duty.kind] = now + duty.every
                await _poll(database, duty, now)


async def _poll(database: Database, duty: Duty, now: datetime) -> None:
    async with database.reader() as connection:
        found = await duty.find(connection, duty.kind, now, POLL_LIMIT)
    if not found:
        return
    async with database.transaction() as session:
        if duty.wakes:
            await jobs.wake(session, found, now)
        else:
            await jobs.enqueue(session, found, now)
