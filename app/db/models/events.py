"""The event log, and the endpoints that hear of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, InWorkspace, Versioned, WithId, one_of, tenant_fk

ENDPOINT_STATES = ("enabled", "paused", "disabled")
DELIVERY_STATES = ("pending", "succeeded", "failed", "expired")
PENDING = "state = 'pending'"
"""Condition of partial indexes. A statement has to repeat it word for word, since a parameter would
hide what the index holds."""


class Event(WithId, Base):
    """Something that happened. `position` is given by the relay after the commit.

    `request_id` is that of the request that brought it about; none for what the clock did.
    """

    __tablename__ = "events"

    position: Mapped[int | None]
    type: Mapped[str]
    occurred_at: Mapped[datetime]
    group_id: Mapped[UUID | None]
    endpoint_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime | None]
    request_id: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("workspace_id", "position"),
        Index(
            "ix_events_unnumbered",
            "workspace_id",
            "id",
            sqlite_where=text("position IS NULL"),
            postgresql_where=text("position IS NULL"),
        ),
        Index(None, "occurred_at"),
    )


class WebhookEndpoint(WithId, Versioned, Base):
    """Where a workspace wants to hear of events. Secrets are encrypted with the keyring.

    Nothing is sent before `held_until`: the receiver asked for a rest, or did not answer. One that
    was disabled for failing is looked at again at `probe_due_at`. `slow`: the last attempt took
    long, so its jobs share places with others of the kind.
    """

    __tablename__ = "webhook_endpoints"

    url: Mapped[str]
    description: Mapped[str | None]
    event_types: Mapped[list[str]]
    group_ids: Mapped[list[str]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(one_of(*ENDPOINT_STATES, name="state"), default="enabled")
    disabled_reason: Mapped[str | None]
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    previous_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_secret_until: Mapped[datetime | None]
    next_number: Mapped[int] = mapped_column(default=1)
    failing_since: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    slow: Mapped[bool] = mapped_column(default=False)
    probe_due_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "previous_secret_until"), Index(None, "probe_due_at"))


class Delivery(WithId, Base):
    """One event on its way to one endpoint, or one piece of work on a calendar target: `action`
    says which, `uid` on what.

    An attempt counts from its begin, which also moves `next_attempt_at` to the end of its lease.
    The schedule of retries starts after the first `attempts_before` attempts: a resend moves it.
    `expires_at` is the event's.
    """

    __tablename__ = "deliveries"

    endpoint_id: Mapped[UUID | None]
    event_id: Mapped[UUID | None]
    number: Mapped[int | None]
    target_id: Mapped[UUID | None]
    action: Mapped[str | None]
    uid: Mapped[str | None]
    state: Mapped[str] = mapped_column(one_of(*DELIVERY_STATES, name="state"), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    attempts_before: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("endpoint_id", "webhook_endpoints", ondelete="CASCADE"),
        tenant_fk("event_id", "events", ondelete="CASCADE"),
        tenant_fk("target_id", "calendar_targets", ondelete="CASCADE"),
        UniqueConstraint("workspace_id", "endpoint_id", "number"),
        CheckConstraint("(endpoint_id IS NULL) <> (target_id IS NULL)", name="of_one"),
        Index(None, "workspace_id", "endpoint_id", "state", "id"),
        Index(
            "ix_deliveries_pending",
            "workspace_id",
            "endpoint_id",
            "next_attempt_at",
            "number",
            sqlite_where=text(PENDING),
            postgresql_where=text(PENDING),
        ),
        Index(
            "ix_deliveries_expiring",
            "workspace_id",
            "endpoint_id",
            "expires_at",
            sqlite_where=text(f"{PENDING} AND expires_at IS NOT NULL"),
            postgresql_where=text(f"{PENDING} AND expires_at IS NOT NULL"),
        ),
        Index(None, "workspace_id", "event_id"),
        Index(None, "workspace_id", "target_id", "id"),
        Index(
            "ix_deliveries_pending_at_targets",
            "next_attempt_at",
            sqlite_where=text(f"{PENDING} AND target_id IS NOT NULL"),
            postgresql_where=text(f"{PENDING} AND target_id IS NOT NULL"),
        ),
        Index(
            "ix_deliveries_of_targets",
            "created_at",
            sqlite_where=text("target_id IS NOT NULL"),
            postgresql_where=text("target_id IS NOT NULL"),
        ),
    )


class Attempt(InWorkspace, Base):
    """One try at a delivery. `note`: what was remarkable about one that went well."""

    __tablename__ = "attempts"

    delivery_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    status: Mapped[int | None]
    duration_ms: Mapped[int]
    error: Mapped[str | None]
    response: Mapped[str | None]
    note: Mapped[str | None]

    __table_args__ = (tenant_fk("delivery_id", "deliveries", ondelete="CASCADE"),)
