"""The event log, and the endpoints that hear of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, InWorkspace, Versioned, WithId, one_of, tenant_fk

ENDPOINT_STATES = ("enabled", "paused", "disabled")
DELIVERY_STATES = ("pending", "succeeded", "failed", "expired")


class Event(WithId, Base):
    """Something that happened. `position` is given by the relay after the commit."""

    __tablename__ = "events"

    position: Mapped[int | None]
    type: Mapped[str]
    occurred_at: Mapped[datetime]
    group_id: Mapped[UUID | None]
    endpoint_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime | None]

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
    """Where a workspace wants to hear of events. Secrets are encrypted with the keyring."""

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

    __table_args__ = (Index(None, "previous_secret_until"),)


class Delivery(WithId, Base):
    """One event on its way to one endpoint.

    An attempt counts from its begin, which also moves `next_attempt_at` to the end of its lease.
    The schedule of retries starts after the first `attempts_before` attempts: a resend moves it.
    """

    __tablename__ = "deliveries"

    endpoint_id: Mapped[UUID]
    event_id: Mapped[UUID]
    number: Mapped[int]
    state: Mapped[str] = mapped_column(one_of(*DELIVERY_STATES, name="state"), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    attempts_before: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("endpoint_id", "webhook_endpoints", ondelete="CASCADE"),
        tenant_fk("event_id", "events", ondelete="CASCADE"),
        UniqueConstraint("workspace_id", "endpoint_id", "number"),
        Index(None, "workspace_id", "endpoint_id", "state", "id"),
        Index(
            "ix_deliveries_pending",
            "workspace_id",
            "endpoint_id",
            "next_attempt_at",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(None, "workspace_id", "event_id"),
    )


class Attempt(InWorkspace, Base):
    """One try at a delivery."""

    __tablename__ = "attempts"

    delivery_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    status: Mapped[int | None]
    duration_ms: Mapped[int]
    error: Mapped[str | None]
    response: Mapped[str | None]

    __table_args__ = (tenant_fk("delivery_id", "deliveries", ondelete="CASCADE"),)
