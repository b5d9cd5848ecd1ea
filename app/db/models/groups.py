"""Groups, those who answer for them, and when they meet."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
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

GROUP_STATES = ("forming", "active", "paused", "closed")


class Group(WithId, CallersOwn, Versioned, Base):
    """Four to eight people with a purpose.

    `formats`: hot-seat formats of its own, by name. `pause_due_at`: when a pause that lies ahead
    begins, or the one that lasts ends by itself.
    """

    __tablename__ = "groups"

    name: Mapped[str]
    purpose: Mapped[str | None]
    time_zone: Mapped[str]
    state: Mapped[str] = mapped_column(one_of(*GROUP_STATES, name="state"), default="forming")
    charter: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rotation: Mapped[dict[str, Any]] = mapped_column(default=dict)
    opening_on: Mapped[date | None]
    agenda_template: Mapped[dict[str, Any] | None]
    formats: Mapped[dict[str, Any]] = mapped_column(default=dict)
    paused_from: Mapped[date | None]
    paused_until: Mapped[date | None]
    pause_due_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("workspace_id", "external_id"),
        Index(None, "workspace_id", "state", "id"),
        Index(None, "workspace_id", "name", "id"),
        Index(None, "pause_due_at"),
    )


class Organizer(InWorkspace, Base):
    """A person who answers for a group, member or not."""

    __tablename__ = "organizers"

    group_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("group_id", "groups"),
        tenant_fk("person_id", "people"),
        Index(None, "workspace_id", "person_id"),
    )


class Cadence(InWorkspace, Versioned, Base):
    """When a group meets. `horizon_at`: occurrences before it exist as meetings."""

    __tablename__ = "cadences"

    group_id: Mapped[UUID] = mapped_column(primary_key=True)
    rrule: Mapped[str]
    local_start: Mapped[str]
    time_zone: Mapped[str]
    duration_minutes: Mapped[int]
    excluded: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    effective_from: Mapped[date]
    horizon_at: Mapped[datetime]

    __table_args__ = (tenant_fk("group_id", "groups"), Index(None, "horizon_at"))
