"""Calendars that show meetings: feeds that are fetched, targets that are pushed to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, InWorkspace, Versioned, WithId, one_of, tenant_fk


class CalendarFeed(WithId, Versioned, Base):
    """A secret `.ics` URL of a group or of a person, known by the SHA-256 of its token."""

    __tablename__ = "calendar_feeds"

    group_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    token_hash: Mapped[str]
    last_fetched_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("group_id", "groups"),
        tenant_fk("person_id", "people"),
        UniqueConstraint("workspace_id", "token_hash"),
        CheckConstraint("(group_id IS NULL) <> (person_id IS NULL)", name="of_one"),
        Index(None, "workspace_id", "group_id", "id"),
        Index(None, "workspace_id", "person_id", "id"),
    )


class CalendarTarget(WithId, Versioned, Base):
    """A person's calendar on a server that Hotseat writes to."""

    __tablename__ = "calendar_targets"

    person_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(one_of("caldav", "email", name="kind"))
    state: Mapped[str] = mapped_column(
        one_of("enabled", "disabled", name="state"), default="enabled"
    )
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    last_error: Mapped[str | None]
    last_success_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("person_id", "people"),
        Index(None, "workspace_id", "person_id", "id"),
    )


class CalendarPush(InWorkspace, Base):
    """What a target holds of one calendar object: the server's ETag and our last revision."""

    __tablename__ = "calendar_pushes"

    target_id: Mapped[UUID] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(primary_key=True)
    etag: Mapped[str | None]
    sequence: Mapped[int]
    pushed_at: Mapped[datetime]

    __table_args__ = (tenant_fk("target_id", "calendar_targets", ondelete="CASCADE"),)
