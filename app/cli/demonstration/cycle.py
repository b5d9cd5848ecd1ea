"""The cycle: from six people to a meeting held, what it changed, and who heard of it."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from app.cli.demonstration.ahead import EVENING, MINUTES, look_ahead, meet, plan
from app.cli.demonstration.api import Api
from app.cli.demonstration.circle import ZONE, found_circle, listening
from app.cli.demonstration.evening import hold, keep
from app.cli.demonstration.outside import hear, subscribe
from app.cli.demonstration.receiver import Receiver
from app.cli.demonstration.screen import Screen
from app.clock import SystemClock

THURSDAY = 3


def run_cycle(api: Api, receiver: Receiver, screen: Screen, calendar: Path) -> None:
    """Run and show all steps; CommandError at the first that fails."""
    last, first = thursdays(SystemClock().now())
    circle = found_circle(api, screen, joined_on=last - timedelta(weeks=1))
    with listening(api, receiver, screen, circle):
        meetings = meet(api, screen, circle, first)
        before = plan(api, screen, circle, meetings)
        promised = hold(api, screen, circle, last, meetings[0], before)
        look_ahead(api, screen, circle, meetings[0], before)
        keep(api, screen, promised)
        hear(receiver, screen)
    subscribe(api, screen, circle, calendar)


def thursdays(now: datetime) -> tuple[date, date]:
    """The day of the last evening that is over, and of the next that has not begun."""
    local = now.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)
    thursday = local.date() - timedelta(days=(local.weekday() - THURSDAY) % 7)
    begins = datetime.combine(thursday, EVENING)
    over = begins + timedelta(minutes=MINUTES) < local
    last = thursday if over else thursday - timedelta(weeks=1)
    return last, thursday if local < begins else thursday + timedelta(weeks=1)
