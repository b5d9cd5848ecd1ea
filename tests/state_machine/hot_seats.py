"""Hot seats: whose they are is the plan's affair; what can be done to them is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.state_machine.meetings import Meeting
from tests.state_machine.memberships import Membership
from tests.state_machine.verdicts import DONE, Verdict, conflict, invalid

OPEN = {"planned", "announced"}
OVER = conflict("meeting_over")
NOT_OPEN = conflict("hot_seat_not_open")


@dataclass
class Seat:
    """A hot seat as it was read last."""

    id: str
    meeting: Meeting
    holder: Membership
    state: str

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def start(self, beside: Sequence["Seat"]) -> Verdict:
        if self.meeting.state != "live":
            return conflict("meeting_not_live")
        if not self.is_open:
            return NOT_OPEN
        if any(seat.state == "live" for seat in beside):
            return conflict("hot_seat_running")
        return DONE

    def finish(self) -> Verdict:
        return DONE if self.state == "live" else conflict("hot_seat_not_live")

    def skip(self) -> Verdict:
        if self.meeting.state != "live":
            return conflict("meeting_not_live")
        return DONE if self.is_open else NOT_OPEN

    def let_pass(self, now: datetime) -> Verdict:
        if not self.is_open:
            return NOT_OPEN
        return DONE if self.meeting.is_ahead(now) or self.meeting.state == "live" else OVER

    def unpass(self, now: datetime) -> Verdict:
        if self.state != "passed":
            return conflict("hot_seat_not_passed")
        return DONE if self.meeting.is_ahead(now) else OVER

    def swap(self, other: "Seat", seats: Sequence["Seat"], now: datetime) -> Verdict:
        """`seats` are all there are."""
        if self.meeting.group is not other.meeting.group:
            return invalid("unknown_hot_seat")
        if self.holder is other.holder:
            return invalid("same_member")
        if not (self.is_open and other.is_open):
            return NOT_OPEN
        if self.meeting is other.meeting:
            return DONE if self.meeting.state in {"scheduled", "live"} else OVER
        for taken, taker in ((self, other.holder), (other, self.holder)):
            refusal = _check_taker(taken.meeting, taker, seats, now)
            if refusal is not None:
                return refusal
        return DONE


def _check_taker(
    meeting: Meeting, taker: Membership, seats: Sequence[Seat], now: datetime
) -> Verdict | None:
    if not meeting.is_ahead(now):
        return OVER
    if any(seat.meeting is meeting and seat.holder is taker for seat in seats):
        return conflict("already_seated")
    if not taker.covers(meeting.starts_at.date()):
        return conflict("member_not_expected")
    return None


STATE_AFTER = {
    "start": {"live"},
    "finish": {"done"},
    "skip": {"skipped"},
    "pass": {"passed"},
    "swap": OPEN,
}
