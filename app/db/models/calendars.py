"""Calendars that show meetings: feeds that are fetched, targets that are pushed to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, InWorkspace, Versioned, WithId, one_of, tenant_fk

TARGET_KINDS = ("caldav", "email")
TARGET_STATES = ("enabled", "disabled", "removing")


class CalendarFeed(WithId, Versioned, Base):
    """A secret `.ics` URL of a group or of a person, known by the SHA-256 of its token."""

    __tablename__ = "calendar_feeds"

    group_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    token_hash: Mapped[str]
    last_fetched_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("group_id", "groups"),
        tenant_fk("person_id", "people", ondelete="CASCADE"),
        UniqueConstraint("workspace_id", "token_hash"),
        CheckConstraint("(group_id IS NULL) <> (person_id IS NULL)", name="of_one"),
        Index(None, "workspace_id", "group_id", "id"),
        Index(None, "workspace_id", "person_id", "id"),
    )


class CalendarTarget(WithId, Versioned, Base):
    """A person's calendar on a server that Hotseat writes to.

    `address` names the calendar: two targets that wrote into one would overwrite and remove each
    other's objects. After failures in a row nothing is sent before `retry_at`. One that is
    `removing` waits until all that was written is gone from the server.
    """

    __tablename__ = "calendar_targets"

    person_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(one_of(*TARGET_KINDS, name="kind"))
    address: Mapped[str]
    state: Mapped[str] = mapped_column(one_of(*TARGET_STATES, name="state"), default="enabled")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    last_error: Mapped[dict[str, Any] | None]
    last_success_at: Mapped[datetime | None]
    last_test: Mapped[dict[str, Any] | None]

    __table_args__ = (
        tenant_fk("person_id", "people", ondelete="CASCADE"),
        UniqueConstraint("workspace_id", "address"),
        Index(None, "workspace_id", "person_id", "id"),
    )


class CalendarPush(InWorkspace, Base):
    """One calendar object of a target: what the server holds, and whether it is to be written.

    `requested` rises with every wish to bring it up to date; `due_at` says from when on, and is
    null while the server has the present state. `attempted_at` is null as long as nothing was
    sent. `etag` and `digest` (SHA-256) belong to what was written last.
    """

    __tablename__ = "calendar_pushes"

    target_id: Mapped[UUID] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(primary_key=True)
    requested: Mapped[int]
    due_at: Mapped[datetime | None]
    attempted_at: Mapped[datetime | None]
    etag: Mapped[str | None]
    digest: Mapped[str | None]
    failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]

    __table_args__ = (
        tenant_fk("target_id", "calendar_targets", ondelete="CASCADE"),
        Index(None, "due_at"),
    )
