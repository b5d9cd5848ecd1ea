"""Meetings: scheduled, live, held; or cancelled, or lapsed. Verbs change what they accept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.state_machine.groups import Group
from tests.state_machine.verdicts import DONE, MADE, OUT_OF_TURN, Verdict, conflict, invalid

LENGTH = timedelta(minutes=90)
EARLY = timedelta(minutes=30)
CLOSES_AFTER = timedelta(hours=12)
LAPSES_AFTER = timedelta(days=7)


@dataclass
class Meeting:
    """`ends_by_itself`: when it lapses, or is closed, if nobody does anything. `has_counted`: it is
    known who was there.
    """

    id: str
    group: Group
    starts_at: datetime
    backfill: bool
    state: str = "scheduled"
    by_group: bool = False
    ends_by_itself: datetime | None = None
    has_counted: bool = True

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + LENGTH

    def enter(self, state: str, now: datetime) -> Verdict:
        self.state, self.ends_by_itself = state, None
        self.has_counted = state != "held"
        if state == "live":
            self.ends_by_itself = max(self.ends_at, now) + CLOSES_AFTER
        if state == "scheduled" and self.ends_at > now:
            self.ends_by_itself = self.ends_at + LAPSES_AFTER
        return DONE

    def is_ahead(self, now: datetime) -> bool:
        return self.state == "scheduled" and self.starts_at > now

    def reschedule(self, starts_at: datetime, now: datetime) -> Verdict:
        if self.state != "scheduled":
            return OUT_OF_TURN
        refusal = check_start(starts_at, now, backfill=self.backfill)
        if refusal is not None:
            return refusal
        self.starts_at = starts_at
        return self.enter("scheduled", now)

    def cancel(self, now: datetime) -> Verdict:
        return self.enter("cancelled", now) if self.state == "scheduled" else OUT_OF_TURN

    def start(self, now: datetime) -> Verdict:
        if self.state != "scheduled":
            return OUT_OF_TURN
        if now < self.starts_at - EARLY:
            return conflict("too_early")
        return self.enter("live", now) if now < self.ends_at else conflict("meeting_over")

    def close(self, now: datetime) -> Verdict:
        return self.enter("held", now) if self.state == "live" else OUT_OF_TURN

    def reopen(self, now: datetime) -> Verdict:
        return self.enter("live", now) if self.state == "held" else OUT_OF_TURN

    def record(self, now: datetime) -> Verdict:
        if self.state not in {"scheduled", "lapsed"}:
            return OUT_OF_TURN
        return self.enter("held", now) if self.starts_at <= now else conflict("too_early")

    def follow_group(self, now: datetime) -> None:
        """What lies in a pause, or after the end, is called off; the rest comes back."""
        rests = self.group.rests_on(self.starts_at.date())
        if self.is_ahead(now) and rests:
            self.enter("cancelled", now)
            self.by_group = True
        elif self.state == "cancelled" and self.by_group and self.starts_at > now and not rests:
            self.enter("scheduled", now)
            self.by_group = False

    def pass_time(self, now: datetime) -> None:
        if self.ends_by_itself is not None and self.ends_by_itself <= now:
            self.enter("held" if self.state == "live" else "lapsed", now)


def make(group: Group, starts_at: datetime, now: datetime, *, backfill: bool) -> Verdict:
    """Whether the group can have such a meeting."""
    if group.state == "closed":
        return conflict("group_closed")
    return check_start(starts_at, now, backfill=backfill) or MADE


def check_start(starts_at: datetime, now: datetime, *, backfill: bool) -> Verdict | None:
    if backfill:
        return invalid("backfill_in_future") if starts_at + LENGTH > now else None
    return invalid("starts_in_past") if starts_at <= now else None
