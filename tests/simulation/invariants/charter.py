"""Proposals to members who have not kept to the charter: their facts, and how often they come."""

from collections import Counter

from tests.simulation.diary import THERE, Diary
from tests.simulation.seen import Json, Seen, start_of

PENDING = {"open", "escalated"}
TERMS = {
    "attendance": "attendance_threshold",
    "notice": "notice_hours",
    "trial": "trial_months",
}


def each_term_is_put_to_a_member_once_at_a_time(diary: Diary, seen: Seen) -> None:
    """To those who belong to the group, and by what the charter asks now."""
    waiting = Counter((each["membership_id"], each["term"]) for each in _pending(seen))
    assert all(count == 1 for count in waiting.values()), waiting
    today = diary.day_of(seen.now)
    for who, term in waiting:
        member = diary.members[who]
        assert member.ends_on is None or member.ends_on >= today, (who, term)
        assert diary.charter[TERMS[term]] is not None, (who, term)


def a_question_of_attendance_rests_on_the_record(diary: Diary, seen: Seen) -> None:
    """The last so many meetings at which the member was expected, of which they came to too few.

    While one is reopened to be corrected, what rests on it stands as it was.
    """
    if any(m["state"] == "live" and m["closed_at"] for m in seen.meetings.values()):
        return
    asked = diary.charter["attendance_threshold"] or 0.0
    for each in _pending(seen):
        if each["term"] == "attendance":
            recent = _expected(diary, seen, each["membership_id"])
            came = sum(mark in THERE for mark in recent)
            assert (each["numerator"], each["denominator"]) == (came, len(recent)), (each, recent)
            assert each["required"] == asked, each
            assert came < asked * len(recent), (each, recent)


def _expected(diary: Diary, seen: Seen, member_id: str) -> list[str]:
    """How they came to them, in order of time."""
    member, marks = diary.members[member_id], []
    for meeting in seen.held():
        own = diary.meeting(meeting["id"])
        if member.expected_on(diary.day_of(start_of(meeting))) and member_id in own.marks:
            marks.append(own.marks[member_id])
    return marks[-int(diary.charter["lookback_meetings"] or 0) :]


def what_becomes_of_a_proposal_is_told_once(diary: Diary, seen: Seen) -> None:
    for event in seen.new_events:
        if event["type"].startswith("charter."):
            told = (event["type"], event["data"]["proposal_id"])
            assert told not in diary.log.once, event
            diary.log.once.add(told)
    for each in _pending(seen):
        news = "charter.escalated" if each["status"] == "escalated" else "charter.breached"
        assert (news, each["id"]) in diary.log.once, each


def _pending(seen: Seen) -> list[Json]:
    return [each for each in seen.proposals if each["status"] in PENDING]


CHECKS = (
    each_term_is_put_to_a_member_once_at_a_time,
    a_question_of_attendance_rests_on_the_record,
    what_becomes_of_a_proposal_is_told_once,
)
