"""Promises, and everything that happened to them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, CallersOwn, Versioned, WithId, one_of, tenant_fk

COMMITMENT_STATES = ("open", "kept", "missed", "withdrawn")
COMMITMENT_EVENTS = (
    "made",
    "renegotiated",
    "moved",
    "carried",
    "kept",
    "missed",
    "withdrawn",
    "reopened",
)


class Commitment(WithId, CallersOwn, Versioned, Base):
    """A promise by one person: the present state, derived from `commitment_events`.

    `time_zone` is the owner's, as recorded with the due. `due_at` is the instant from which the
    promise is overdue while it is open; a meeting gives one when it closes. `overdue_due_at` and
    `due_soon_due_at`: when the worker has to mark it or to tell of it. `reminded_for`: the
    date, where the owner lives, that they were last reminded of; `overdue_told_at`: when the
    worker told that the due has gone by.
    """

    __tablename__ = "commitments"

    group_id: Mapped[UUID]
    membership_id: Mapped[UUID]
    person_id: Mapped[UUID]
    buddy_membership_id: Mapped[UUID | None]
    made_at_meeting_id: Mapped[UUID | None]
    hot_seat_id: Mapped[UUID | None]
    title: Mapped[str]
    criteria: Mapped[str | None]
    state: Mapped[str] = mapped_column(one_of(*COMMITMENT_STATES, name="state"), default="open")
    due_on: Mapped[date | None]
    due_meeting_id: Mapped[UUID | None]
    time_zone: Mapped[str]
    due_at: Mapped[datetime | None]
    overdue: Mapped[bool] = mapped_column(default=False)
    overdue_due_at: Mapped[datetime | None]
    due_soon_due_at: Mapped[datetime | None]
    reminded_for: Mapped[date | None]
    overdue_told_at: Mapped[datetime | None]
    carry_count: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    kept_on: Mapped[date | None]
    resolved_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("group_id", "groups"),
        tenant_fk("membership_id", "memberships"),
        tenant_fk("person_id", "people"),
        tenant_fk("buddy_membership_id", "memberships"),
        tenant_fk("made_at_meeting_id", "meetings"),
        tenant_fk("due_meeting_id", "meetings"),
        tenant_fk("hot_seat_id", "hot_seats"),
        UniqueConstraint("workspace_id", "external_id"),
        CheckConstraint("(due_on IS NULL) <> (due_meeting_id IS NULL)", name="due"),
        Index(None, "workspace_id", "group_id", "state", "id"),
        Index(None, "workspace_id", "made_at", "id"),
        Index(None, "workspace_id", "group_id", "made_at", "id"),
        Index(None, "workspace_id", "membership_id", "state", "id"),
        Index(None, "workspace_id", "person_id", "state", "id"),
        Index(None, "workspace_id", "due_meeting_id"),
        Index(None, "overdue_due_at"),
        Index(None, "due_soon_due_at"),
    )


class CommitmentEvent(WithId, Base):
    """One thing that happened to a promise; rows are only ever added.

    The due, with the owner's `time_zone`, belongs to `made`, `renegotiated` and `moved`;
    `meeting_id` to `carried`: the meeting that left the promise overdue.
    """

    __tablename__ = "commitment_events"

    commitment_id: Mapped[UUID]
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(one_of(*COMMITMENT_EVENTS, name="kind"))
    at: Mapped[datetime]
    due_on: Mapped[date | None]
    due_meeting_id: Mapped[UUID | None]
    time_zone: Mapped[str | None]
    kept_on: Mapped[date | None]
    meeting_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    actor_id: Mapped[UUID | None]

    __table_args__ = (
        tenant_fk("commitment_id", "commitments"),
        tenant_fk("due_meeting_id", "meetings"),
        tenant_fk("meeting_id", "meetings"),
        tenant_fk("actor_id", "people"),
        UniqueConstraint("workspace_id", "commitment_id", "number"),
        CheckConstraint(
            "CASE WHEN kind IN ('made', 'renegotiated', 'moved')"
            " THEN time_zone IS NOT NULL AND (due_on IS NULL) <> (due_meeting_id IS NULL)"
            " ELSE due_on IS NULL AND due_meeting_id IS NULL END",
            name="due",
        ),
        CheckConstraint("(kind = 'carried') = (meeting_id IS NOT NULL)", name="carried"),
        Index(None, "workspace_id", "due_meeting_id"),
    )


class CheckIn(WithId, Base):
    """A dated note of progress."""

    __tablename__ = "check_ins"

    commitment_id: Mapped[UUID]
    at: Mapped[datetime]
    note: Mapped[str]
    percent: Mapped[int | None]
    evidence_url: Mapped[str | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("commitment_id", "commitments"),
        CheckConstraint("percent IS NULL OR percent BETWEEN 0 AND 100", name="percent"),
        Index(None, "workspace_id", "commitment_id", "id"),
    )
