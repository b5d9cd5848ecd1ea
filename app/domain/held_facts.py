"""What held meetings say of each member, as the accountability figures count it."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.domain.fair_share import shares
from app.domain.figures import THERE, AttendanceFact, AttendanceMark, HotSeatFact
from app.domain.membership import Leave, Membership, expected_on


@dataclass(frozen=True, slots=True)
class MemberMark:
    """How a member attended; `presumed` if nobody recorded it. `weight` is that of the evening."""

    mark: AttendanceMark
    presumed: bool = False
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class HeldMeetingFacts:
    """A held meeting on its date in the group's zone; `seated`: whose hot seats took place."""

    id: uuid.UUID
    day: dt.date
    marks: Mapping[uuid.UUID, MemberMark]
    passed: frozenset[uuid.UUID]
    seated: frozenset[uuid.UUID]


def attendance_facts(
    member: Membership, leaves: Sequence[Leave], meetings: Iterable[HeldMeetingFacts]
) -> list[AttendanceFact]:
    """One fact for each meeting that has a mark of the member."""
    return [
        AttendanceFact(
            meeting.day,
            mark.mark,
            expected=expected_on(member, leaves, meeting.day),
            presumed=mark.presumed,
        )
        for meeting in meetings
        if (mark := meeting.marks.get(member.id)) is not None
    ]


def hot_seat_facts(
    meetings: Iterable[HeldMeetingFacts],
) -> dict[uuid.UUID, list[HotSeatFact]]:
    """The seats and fair shares of all members: those who were there and did not pass have one.

    The shares are those of the rotation's ledger (`fair_share.shares`).
    """
    facts: dict[uuid.UUID, list[HotSeatFact]] = {}
    for meeting in meetings:
        earning = {
            member: mark.weight
            for member, mark in meeting.marks.items()
            if mark.mark in THERE and member not in meeting.passed
        }
        for member, share in shares(earning, len(meeting.seated)).items():
            taken = int(member in meeting.seated)
            facts.setdefault(member, []).append(HotSeatFact(meeting.day, taken, share))
    return facts
