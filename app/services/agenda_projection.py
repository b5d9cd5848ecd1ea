"""Where an evening's slots lie in time: as planned or kept, and as they are expected to go."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.domain.agenda import Agenda
from app.domain.agenda_layout import Layout, StoredSlot, laid_out_before, lay_out, progress_of
from app.domain.meeting_pauses import Pause
from app.domain.overrun import Projection, project

NOT_TAKING_PLACE = {"skipped", "passed"}


def is_open(meeting: Row[Any]) -> bool:
    """Whether anything of it can still move."""
    return meeting.state == "scheduled" or _runs(meeting)


def projection_of(
    meeting: Row[Any],
    layout: Layout,
    stored: Sequence[StoredSlot],
    gone: Collection[UUID | None],
    pauses: Sequence[Pause],
    now: datetime,
) -> Projection | None:
    """What is expected of a meeting ahead or under way, and what became of one that was run."""
    at = now
    if meeting.state == "scheduled" and now >= meeting.ends_at:
        at = meeting.starts_at  # Nobody pressed start: it may have gone to plan.
    if meeting.state in {"held", "live"} and not _runs(meeting):
        at = meeting.closed_at
    elif meeting.state not in {"scheduled", "live"}:
        return None
    progress = progress_of(layout.slots, stored, skipped=gone, pauses=pauses, now=at)
    if at == meeting.closed_at:
        progress = [replace(p, skipped=p.skipped or p.actual_start is None) for p in progress]
    return project(progress, now=at, ends_at=meeting.ends_at, pauses=pauses)


def _runs(meeting: Row[Any]) -> bool:
    """A reopened meeting is live to be corrected; its clock does not run."""
    return meeting.state == "live" and meeting.closed_at is None


def layout_of(
    meeting: Row[Any],
    agenda: Agenda,
    speakers: Sequence[UUID],
    seats: Sequence[Row[Any]],
    stored: Sequence[StoredSlot],
) -> Layout:
    """The layout that was kept when the meeting started, or else that of its agenda."""
    if stored:
        return laid_out_before(agenda, stored, starts_at=meeting.starts_at, ends_at=meeting.ends_at)
    return lay_out(
        agenda,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        speaking_order=speakers,
        hot_seats=[seat.membership_id for seat in seats if seat.state not in NOT_TAKING_PLACE],
    )
