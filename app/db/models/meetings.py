"""Meetings and what happens in them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import (
    Base,
    CallersOwn,
    InWorkspace,
    Versioned,
    WithId,
    one_of,
    tenant_fk,
)

MEETING_STATES = ("scheduled", "live", "held", "cancelled", "lapsed")
ATTENDANCE_STATES = (
    "expected",
    "going",
    "absent",
    "present",
    "late",
    "left_early",
    "no_show",
)
HOT_SEAT_STATES = (
    "planned",
    "announced",
    "live",
    "done",
    "skipped",
    "passed",
    "interrupted",
)
OPEN_MEETINGS = "state IN ('scheduled', 'live')"
OPEN_HOT_SEATS = "state IN ('planned', 'announced')"
SKIPPED_HOT_SEATS = "state = 'skipped'"
"""Conditions of partial indexes: planning reads what lies ahead, however long the past is. A
statement has to repeat them word for word, since a parameter would hide what the index holds."""

URGENT_STATES = ("requested", "granted", "declined", "withdrawn")
ROLES = ("facilitator", "timekeeper", "scribe")
SLOT_KINDS = ("plenary", "round", "hot_seat", "break")


class Meeting(WithId, CallersOwn, Versioned, Base):
    """One meeting of a group.

    `occurrence` is the local start that the cadence gave it (none for an ad-hoc one), its identity
    when a cadence is expanded again. `standings` is the rotation's checkpoint after it was held.
    `cancelled_by`: a person's call, or what may bring the meeting back: another cadence, or the
    group when its pause ends. `pauses`: `{"from", "to"}` each, while which its clock stood still.
    `before_correction`: how it stood when it was reopened. `reminded_for`: the date that its
    members were last reminded of. `misleads_from` is the earliest start that a calendar may show
    which has not heard of the last revision. `seats_taken_away` counts the
    hot seats of it that a plan took from somebody who could still have come, and
    `announced_taken_away` those of them whose holder had been told.
    """

    __tablename__ = "meetings"

    group_id: Mapped[UUID]
    title: Mapped[str | None]
    state: Mapped[str] = mapped_column(one_of(*MEETING_STATES, name="state"), default="scheduled")
    origin: Mapped[str] = mapped_column(one_of("cadence", "ad_hoc", "backfill", name="origin"))
    occurrence: Mapped[str | None]
    touched: Mapped[bool] = mapped_column(default=False)
    local_start: Mapped[str]
    time_zone: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    location: Mapped[str | None]
    url: Mapped[str | None]
    uid: Mapped[str]
    sequence: Mapped[int] = mapped_column(default=0)
    calendar_changed_at: Mapped[datetime]
    agenda: Mapped[dict[str, Any] | None]
    speaking_order: Mapped[list[str]] = mapped_column(default=list)
    standings: Mapped[dict[str, Any] | None]
    seats_taken_away: Mapped[int] = mapped_column(default=0)
    announced_taken_away: Mapped[int] = mapped_column(default=0)
    cancel_reason: Mapped[str | None]
    cancelled_by: Mapped[str | None] = mapped_column(
        one_of("caller", "cadence", "group", name="cancelled_by")
    )
    started_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    pauses: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    before_correction: Mapped[dict[str, Any] | None]
    reminder_due_at: Mapped[datetime | None]
    reminded_for: Mapped[date | None]
    unrecorded_due_at: Mapped[datetime | None]
    lapse_due_at: Mapped[datetime | None]
    misleads_from: Mapped[datetime | None]
    stale_due_at: Mapped[datetime | None]
    shift_due_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("group_id", "groups"),
        UniqueConstraint("workspace_id", "external_id"),
        UniqueConstraint("workspace_id", "uid"),
        UniqueConstraint("workspace_id", "group_id", "occurrence"),
        CheckConstraint("ends_at > starts_at", name="times"),
        Index(None, "workspace_id", "group_id", "starts_at", "id"),
        Index(
            "ix_meetings_open",
            "workspace_id",
            "group_id",
            "starts_at",
            sqlite_where=text(OPEN_MEETINGS),
            postgresql_where=text(OPEN_MEETINGS),
        ),
        Index(None, "workspace_id", "starts_at", "id"),
        Index(None, "reminder_due_at"),
        Index(None, "unrecorded_due_at"),
        Index(None, "lapse_due_at"),
        Index(None, "stale_due_at"),
        Index(None, "shift_due_at"),
    )


class MeetingRole(InWorkspace, Base):
    """Who is facilitator, timekeeper or scribe of an evening."""

    __tablename__ = "meeting_roles"

    meeting_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(one_of(*ROLES, name="role"), primary_key=True)
    membership_id: Mapped[UUID]
    pinned: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        tenant_fk("meeting_id", "meetings", ondelete="CASCADE"),
        tenant_fk("membership_id", "memberships"),
    )


class Attendance(InWorkspace, Base):
    """Whether a member is coming, and whether they came. No row: nothing was said yet.

    `weight` is the member's in the rotation when the meeting was held.
    """

    __tablename__ = "attendances"

    meeting_id: Mapped[UUID] = mapped_column(primary_key=True)
    membership_id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(one_of(*ATTENDANCE_STATES, name="status"))
    presumed: Mapped[bool] = mapped_column(default=False)
    minutes_late: Mapped[int | None]
    note: Mapped[str | None]
    announced_at: Mapped[datetime | None]
    weight: Mapped[float] = mapped_column(default=1.0)
    updated_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("meeting_id", "meetings", ondelete="CASCADE"),
        tenant_fk("membership_id", "memberships"),
        Index(None, "workspace_id", "membership_id", "meeting_id"),
    )


class Slot(WithId, Base):
    """A time box of a meeting that runs or has run: the agenda as it stood when it started."""

    __tablename__ = "slots"

    meeting_id: Mapped[UUID]
    segment_id: Mapped[str]
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(one_of(*SLOT_KINDS, name="kind"))
    membership_id: Mapped[UUID | None]
    planned_start: Mapped[datetime]
    planned_end: Mapped[datetime]
    actual_start: Mapped[datetime | None]
    actual_end: Mapped[datetime | None]
    skipped: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        tenant_fk("meeting_id", "meetings", ondelete="CASCADE"),
        tenant_fk("membership_id", "memberships"),
        UniqueConstraint("workspace_id", "meeting_id", "position"),
    )


class Guest(WithId, Base):
    """Somebody who comes for one evening and holds no hot seat."""

    __tablename__ = "guests"

    meeting_id: Mapped[UUID]
    name: Mapped[str]
    email: Mapped[str | None]
    person_id: Mapped[UUID | None]
    note: Mapped[str | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("meeting_id", "meetings", ondelete="CASCADE"),
        tenant_fk("person_id", "people"),
        Index(None, "workspace_id", "meeting_id", "id"),
    )


class HotSeat(WithId, Versioned, Base):
    """One person's turn at the whole group's attention."""

    __tablename__ = "hot_seats"

    group_id: Mapped[UUID]
    meeting_id: Mapped[UUID]
    membership_id: Mapped[UUID]
    position: Mapped[int]
    state: Mapped[str] = mapped_column(one_of(*HOT_SEAT_STATES, name="state"), default="planned")
    pinned: Mapped[bool] = mapped_column(default=False)
    urgent: Mapped[bool] = mapped_column(default=False)
    phase: Mapped[str | None]
    topic: Mapped[str | None]
    outcome: Mapped[str | None]
    reason: Mapped[dict[str, Any]] = mapped_column(default=dict)
    phase_log: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("group_id", "groups"),
        tenant_fk("meeting_id", "meetings", ondelete="CASCADE"),
        tenant_fk("membership_id", "memberships"),
        UniqueConstraint("workspace_id", "meeting_id", "membership_id"),
        Index(None, "workspace_id", "group_id", "id"),
        Index(None, "workspace_id", "membership_id", "id"),
        Index(
            "ix_hot_seats_open",
            "workspace_id",
            "group_id",
            "meeting_id",
            sqlite_where=text(OPEN_HOT_SEATS),
            postgresql_where=text(OPEN_HOT_SEATS),
        ),
        Index(
            "ix_hot_seats_skipped",
            "workspace_id",
            "group_id",
            "meeting_id",
            sqlite_where=text(SKIPPED_HOT_SEATS),
            postgresql_where=text(SKIPPED_HOT_SEATS),
        ),
        Index(
            "uq_hot_seats_live",
            "workspace_id",
            "meeting_id",
            unique=True,
            sqlite_where=text("state = 'live'"),
            postgresql_where=text("state = 'live'"),
        ),
    )


class UrgentRequest(WithId, Versioned, Base):
    """A member's wish for a hot seat before their turn."""

    __tablename__ = "urgent_requests"

    meeting_id: Mapped[UUID]
    membership_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(one_of(*URGENT_STATES, name="state"), default="requested")
    reason: Mapped[str | None]
    decision: Mapped[dict[str, Any] | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("meeting_id", "meetings", ondelete="CASCADE"),
        tenant_fk("membership_id", "memberships"),
        Index(
            "uq_urgent_requests_open",
            "workspace_id",
            "meeting_id",
            "membership_id",
            unique=True,
            sqlite_where=text("state = 'requested'"),
            postgresql_where=text("state = 'requested'"),
        ),
        Index(None, "workspace_id", "meeting_id", "id"),
    )
