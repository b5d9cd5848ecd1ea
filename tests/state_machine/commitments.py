"""Commitments: open, then kept, missed or withdrawn, and perhaps open again."""

from dataclasses import dataclass
from datetime import date, timedelta

from tests.state_machine.meetings import Meeting
from tests.state_machine.memberships import Membership
from tests.state_machine.verdicts import (
    DONE,
    MADE,
    OUT_OF_TURN,
    Verdict,
    conflict,
    invalid,
)

ENDS = {"miss": "missed", "withdraw": "withdrawn"}
Due = date | Meeting


@dataclass
class Commitment:
    """`due` is as it was read last: the schedule moves it."""

    id: str
    owner: Membership
    made_on: date
    due: Due
    state: str = "open"
    kept_on: date | None = None

    def keep(self, on: date, today: date) -> Verdict:
        if self.state != "open":
            return OUT_OF_TURN
        if on > today:
            return invalid("kept_on_in_future")
        if on < self.made_on - timedelta(days=1):
            return invalid("kept_before_made")
        self.state, self.kept_on = "kept", on
        return DONE

    def end(self, verb: str) -> Verdict:
        if self.state != "open":
            return OUT_OF_TURN
        self.state = ENDS[verb]
        return DONE

    def reopen(self) -> Verdict:
        if self.state == "open":
            return OUT_OF_TURN
        self.state, self.kept_on = "open", None
        return DONE

    def renegotiate(self, due: Due, today: date) -> Verdict:
        refusal = check_meeting(self.owner, due)
        if refusal is not None:
            return refusal
        if self.state != "open":
            return OUT_OF_TURN
        if due == self.due:
            return invalid("same_due")
        if has_arrived(due, today):
            return invalid("due_in_past")
        self.due = due
        return DONE


def make(owner: Membership, due: Due | None, today: date) -> Verdict:
    """Whether the member can promise this."""
    if owner.group.state == "closed":
        return conflict("group_closed")
    if owner.state(today) == "ended":
        return conflict("membership_ended")
    if due is None:
        return MADE
    return check_meeting(owner, due) or (
        invalid("due_in_past") if has_arrived(due, today) else MADE
    )


def check_meeting(owner: Membership, due: Due) -> Verdict | None:
    """A meeting at which something is due is the group's, and takes place."""
    if isinstance(due, date):
        return None
    if due.group is not owner.group:
        return invalid("unknown_meeting")
    return conflict("meeting_off") if due.state in {"cancelled", "lapsed"} else None


def has_arrived(due: Due, today: date) -> bool:
    return due < today if isinstance(due, date) else due.state == "held"
