"""From held meetings to what figures count of each member."""

import datetime as dt
import uuid

from app.domain.figures import AttendanceFact, AttendanceMark, HotSeatFact
from app.domain.held_facts import (
    HeldMeetingFacts,
    MemberMark,
    attendance_facts,
    hot_seat_facts,
)
from app.domain.membership import Leave, Membership

ANN, BEN, CAT, DAN = (uuid.UUID(int=number) for number in range(1, 5))
PRESENT, LATE, ABSENT = AttendanceMark.PRESENT, AttendanceMark.LATE, AttendanceMark.ABSENT


def june(day: int) -> dt.date:
    return dt.date(2030, 6, day)


def member(who: uuid.UUID, since: int = 1, until: int | None = None) -> Membership:
    return Membership(who, who, 1, june(since), june(until) if until else None)


MEETINGS = [
    HeldMeetingFacts(
        uuid.UUID(int=6),
        june(6),
        {
            ANN: MemberMark(PRESENT, presumed=True),
            BEN: MemberMark(LATE),
            CAT: MemberMark(PRESENT, weight=2.0),
            DAN: MemberMark(ABSENT),
        },
        passed=frozenset(),
        seated=frozenset({CAT}),
    ),
    HeldMeetingFacts(
        uuid.UUID(int=13),
        june(13),
        {ANN: MemberMark(ABSENT), BEN: MemberMark(PRESENT), CAT: MemberMark(PRESENT)},
        passed=frozenset({BEN}),
        seated=frozenset({CAT}),
    ),
]


def test_whoever_has_a_mark_has_a_fact() -> None:
    assert attendance_facts(member(ANN), [], MEETINGS) == [
        AttendanceFact(june(6), PRESENT, expected=True, presumed=True),
        AttendanceFact(june(13), ABSENT, expected=True),
    ]
    assert len(attendance_facts(member(DAN), [], MEETINGS)) == 1


def test_expected_are_current_members_who_are_not_on_leave() -> None:
    cases = [
        (member(BEN), [Leave(june(13), june(20))], [True, False]),
        (member(BEN, since=7), [], [False, True]),
        (member(BEN, until=12), [], [True, False]),
    ]
    for who, leaves, expected in cases:
        facts = attendance_facts(who, leaves, MEETINGS)
        assert [fact.expected for fact in facts] == expected


def test_seats_are_shared_by_weight_among_those_there_who_did_not_pass() -> None:
    assert hot_seat_facts(MEETINGS) == {
        ANN: [HotSeatFact(june(6), 0, 0.25)],
        BEN: [HotSeatFact(june(6), 0, 0.25)],
        CAT: [HotSeatFact(june(6), 1, 0.5), HotSeatFact(june(13), 1, 1.0)],
    }
