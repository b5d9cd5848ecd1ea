"""The accountability figures of a group or a member, computed from history at each question."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.queries import accountability as queries
from app.db.queries import groups, memberships
from app.domain.accountability import (
    MemberFacts,
    group_figures,
    member_facts,
    member_figures,
    trend_windows,
)
from app.domain.callers import Caller
from app.domain.commitment_history import History
from app.domain.dues import Closings
from app.domain.errors import Invalid
from app.domain.figures import AttendanceMark, Figures, Window
from app.domain.group_days import begin_of, day_of, end_of
from app.domain.held_facts import (
    HeldMeetingFacts,
    MemberMark,
    attendance_facts,
    hot_seat_facts,
)
from app.domain.membership import Leave, Membership
from app.services.accountability_rights import check_may_see_group, check_may_see_member
from app.services.commitment_records import histories_of, load_closings


@dataclass(frozen=True, slots=True)
class Asked:
    """Which dates are asked for: `since` or the last `meetings` held ones, and `until`."""

    since: date | None = None
    until: date | None = None
    meetings: int | None = None


TREND = 52
"""Over how many of a window's last meetings a trend goes: a year of weeks."""


@dataclass(frozen=True, slots=True)
class Part:
    """Figures of one window, and the ids of the `meetings` that were held in it."""

    window: Window
    meetings: Sequence[UUID]
    figures: Figures


@dataclass(frozen=True, slots=True)
class Answer:
    """Figures of the whole window, and of its parts from one meeting to the next."""

    whole: Part
    trend: Sequence[Part]


@dataclass(frozen=True, slots=True)
class _History:
    """All that figures of a group's members rest on."""

    members: Mapping[UUID, Membership]
    leaves: Mapping[UUID, Sequence[Leave]]
    meetings: Sequence[HeldMeetingFacts]
    histories: Mapping[UUID, Sequence[History]]
    closings: Closings


async def of_group(
    connection: AsyncConnection, caller: Caller, group_id: UUID, asked: Asked, now: datetime
) -> Answer:
    """A group's aggregates, for its members and organizers. Forbidden `not_your_group`."""
    group = await groups.get(connection, caller.workspace_id, group_id)
    await check_may_see_group(connection, caller, group_id)
    window = await _window(connection, caller.workspace_id, group_id, asked, group.time_zone)
    history = await _load(connection, caller.workspace_id, group_id, window)
    return _answer(history, history.members, window, now)


async def of_member(
    connection: AsyncConnection, caller: Caller, membership_id: UUID, asked: Asked, now: datetime
) -> Answer:
    """A member's figures, for them and the group's organizers. Forbidden `not_your_figures`."""
    member = await memberships.get(connection, caller.workspace_id, membership_id)
    await check_may_see_member(connection, caller, member)
    group = await groups.get(connection, caller.workspace_id, member.group_id)
    window = await _window(connection, caller.workspace_id, group.id, asked, group.time_zone)
    history = await _load(connection, caller.workspace_id, group.id, window)
    return _answer(history, [membership_id], window, now)


async def _window(
    connection: AsyncConnection, workspace_id: UUID, group_id: UUID, asked: Asked, time_zone: str
) -> Window:
    if asked.meetings is None:
        return Window(asked.since, asked.until, time_zone)
    if asked.since is not None:
        raise Invalid(
            "Send either since or meetings: both say where the window begins.",
            code="two_beginnings",
            pointer="#query/meetings",
        )
    began = await queries.last_held(
        connection,
        workspace_id,
        group_id,
        before=end_of(asked.until, time_zone) if asked.until is not None else None,
        number=asked.meetings,
    )
    since = day_of(began, time_zone) if began is not None else None
    return Window(since, asked.until, time_zone)


async def _load(
    connection: AsyncConnection, workspace_id: UUID, group_id: UUID, window: Window
) -> _History:
    """Everything that bears on the window, in seven SELECTs."""
    span, where = _span(window), (connection, workspace_id, group_id)
    members = await queries.members(*where)
    leaves: dict[UUID, list[Leave]] = defaultdict(list)
    for row in await queries.leaves(*where):
        leaves[row.membership_id].append(Leave(row.first_on, row.last_on))
    held = await queries.held_meetings(*where, span)
    marks = await queries.marks(*where, span)
    seats = await queries.hot_seats(*where, span)
    events = await queries.commitment_events(*where, span)
    of_member = {row.commitment_id: row.membership_id for row in events}
    by_commitment = histories_of(events)
    histories: dict[UUID, list[History]] = defaultdict(list)
    for commitment_id, history in by_commitment.items():
        histories[of_member[commitment_id]].append(history)
    return _History(
        members={
            row.id: Membership(row.id, row.person_id, row.place, row.starts_on, row.ends_on)
            for row in members
        },
        leaves=leaves,
        meetings=_meetings(held, marks, seats, window.time_zone),
        histories=histories,
        closings=await load_closings(connection, workspace_id, by_commitment.values()),
    )


def _span(window: Window) -> queries.Span:
    zone = window.time_zone
    return queries.Span(
        window.since,
        window.until,
        begin_of(window.since, zone) if window.since is not None else None,
        end_of(window.until, zone) if window.until is not None else None,
    )


def _meetings(
    held: Sequence[Row[Any]], marks: Sequence[Row[Any]], seats: Sequence[Row[Any]], zone: str
) -> list[HeldMeetingFacts]:
    marks_at: dict[UUID, dict[UUID, MemberMark]] = defaultdict(dict)
    for row in marks:
        mark = MemberMark(AttendanceMark(row.status), row.presumed, row.weight)
        marks_at[row.meeting_id][row.membership_id] = mark
    seats_at: dict[tuple[UUID, str], set[UUID]] = defaultdict(set)
    for row in seats:
        seats_at[row.meeting_id, row.state].add(row.membership_id)
    return [
        HeldMeetingFacts(
            id=meeting.id,
            day=day_of(meeting.starts_at, zone),
            marks=marks_at[meeting.id],
            passed=frozenset(seats_at[meeting.id, "passed"]),
            seated=frozenset(seats_at[meeting.id, "done"]),
        )
        for meeting in held
    ]


def _answer(
    history: _History, membership_ids: Collection[UUID], window: Window, now: datetime
) -> Answer:
    facts = _facts(history, membership_ids, window.time_zone, now)
    parts = trend_windows(window, (held.day for held in history.meetings), last=TREND)
    return Answer(_part(history, facts, window), [_part(history, facts, part) for part in parts])


def _part(history: _History, facts: Sequence[MemberFacts], window: Window) -> Part:
    """A single member's figures are a sum of one."""
    figures = group_figures(member_figures(each, window) for each in facts)
    return Part(window, [held.id for held in history.meetings if held.day in window], figures)


def _facts(
    history: _History, membership_ids: Collection[UUID], time_zone: str, now: datetime
) -> list[MemberFacts]:
    seats = hot_seat_facts(history.meetings)
    return [
        member_facts(
            history.histories.get(each, ()),
            attendance_facts(history.members[each], history.leaves.get(each, ()), history.meetings),
            seats.get(each, ()),
            closings=history.closings,
            time_zone=time_zone,
            now=now,
        )
        for each in membership_ids
    ]
