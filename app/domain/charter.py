"""The charter's terms as data, and whether a member's history breaches them.

A breach is a fact with its numbers, never a judgement: what follows of it is for people to say.
"""

import calendar
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from app.domain.figures import THERE, AttendanceMark

LOOKBACK = 8
"""Over how many meetings attendance and notice are looked at, unless the charter says otherwise."""


class CharterTerm(StrEnum):
    """What a charter can ask of a member. A quorum is asked of a meeting: see `quorum`."""

    ATTENDANCE = "attendance"
    NOTICE = "notice"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the charter asks; None where it says nothing.

    `attendance_threshold` is a share from 0 to 1 of the last `lookback` meetings at which the
    member was expected; `notice_hours` how long ahead an absence is announced; `trial_months` how
    long newcomer and group try each other.
    """

    attendance_threshold: float | None = None
    notice_hours: int | None = None
    trial_months: int | None = None
    lookback: int = LOOKBACK


def terms_of(charter: Mapping[str, Any]) -> Terms:
    """The terms within a stored charter."""
    return Terms(
        charter.get("attendance_threshold"),
        charter.get("notice_hours"),
        charter.get("trial_months"),
        charter.get("lookback_meetings") or LOOKBACK,
    )


def asks_anything(terms: Terms) -> bool:
    """Whether the charter asks anything of a member."""
    asked = (terms.attendance_threshold, terms.notice_hours, terms.trial_months)
    return any(term is not None for term in asked)


@dataclass(frozen=True, slots=True)
class ExpectedMeeting:
    """A held meeting at which the member was expected, on its date in the group's zone.

    `notice` is how long before the start an absence was announced, None where that is not known:
    an absence that was only recorded afterwards counts neither for nor against anybody.
    """

    id: uuid.UUID
    day: dt.date
    mark: AttendanceMark
    notice: dt.timedelta | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """A term that a member's history does not meet: `numerator` of `denominator` (its n).

    `required` is what the charter asks for, in the term's own unit. `meeting_id` is the latest
    meeting that counts against the member.
    """

    term: CharterTerm
    numerator: int
    denominator: int
    required: float
    meeting_id: uuid.UUID


def breaches(
    terms: Terms,
    meetings: Sequence[ExpectedMeeting],
    *,
    starts_on: dt.date,
    newcomer: bool,
) -> dict[CharterTerm, Breach]:
    """The terms that a member breaches, by their `meetings` in order of time.

    `starts_on` is the membership's first day; `newcomer`: the group had met before it.
    """
    recent = meetings[-terms.lookback :]
    found = [_attendance(terms, recent), _notice(terms, recent)]
    if newcomer:
        found.append(_trial(terms, meetings, starts_on))
    return {breach.term: breach for breach in found if breach is not None}


def _attendance(terms: Terms, recent: Sequence[ExpectedMeeting]) -> Breach | None:
    """Numerator: the last meetings that the member attended; denominator: all of `lookback`.

    Fewer meetings than that say nothing yet.
    """
    threshold = terms.attendance_threshold
    if threshold is None or len(recent) < terms.lookback:
        return None
    missed = [meeting for meeting in recent if meeting.mark not in THERE]
    attended = len(recent) - len(missed)
    # As the charter writes it: 0.7 of 10 is 7, whatever a float makes of it.
    if not missed or attended >= Fraction(str(threshold)) * len(recent):
        return None
    return Breach(CharterTerm.ATTENDANCE, attended, len(recent), threshold, missed[-1].id)


def _notice(terms: Terms, recent: Sequence[ExpectedMeeting]) -> Breach | None:
    """Numerator: absences announced in time; denominator: absences of which the notice is known.

    A no-show is an absence without notice.
    """
    if terms.notice_hours is None:
        return None
    needed = dt.timedelta(hours=terms.notice_hours)
    absences = [m for m in recent if m.mark is AttendanceMark.NO_SHOW or _announced(m)]
    late = [m for m in absences if not _announced(m) or m.notice is None or m.notice < needed]
    if not late:
        return None
    in_time = len(absences) - len(late)
    return Breach(CharterTerm.NOTICE, in_time, len(absences), terms.notice_hours, late[-1].id)


def _announced(meeting: ExpectedMeeting) -> bool:
    return meeting.mark is AttendanceMark.ABSENT and meeting.notice is not None


def _trial(terms: Terms, meetings: Sequence[ExpectedMeeting], starts_on: dt.date) -> Breach | None:
    """The trial is over and nobody has said what follows.

    Numerator: meetings of the trial that the member attended; denominator: all of them. A question
    that stays unanswered for `lookback` meetings is not asked any more.
    """
    if not terms.trial_months:
        return None
    over_on = months_after(starts_on, terms.trial_months)
    during = [meeting for meeting in meetings if meeting.day < over_on]
    since = meetings[len(during) :]
    if not 1 <= len(since) <= terms.lookback:
        return None
    attended = sum(meeting.mark in THERE for meeting in during)
    return Breach(CharterTerm.TRIAL, attended, len(during), terms.trial_months, since[-1].id)


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or its last where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
