"""Calendars that show meetings: feeds that are fetched, targets that are pushed to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, InWorkspace, Json, Versioned, WithId, one_of, tenant_fk

TODO_KINDS = ("vevent", "vtodo")
TARGET_KINDS = ("caldav", "email")
TARGET_STATES = ("connecting", "choosing", "failed", "enabled", "disabled", "removing")


class CalendarFeed(WithId, Versioned, Base):
    """A secret `.ics` URL of a group or of a person, known by the SHA-256 of its token.

    `include`, `topics`, `todos` and `alarms` (minutes before a start) say what it shows. `revision`
    is the tag of what it showed when it was fetched last, `revision_at` the whole second since when
    (it only rises). `readers`: by kind of client, `{"at", "revision"}` of its last fetch.
    """

    __tablename__ = "calendar_feeds"

    group_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    token_hash: Mapped[str]
    include: Mapped[list[str]]
    topics: Mapped[bool] = mapped_column(default=False)
    todos: Mapped[str] = mapped_column(one_of(*TODO_KINDS, name="todos"), default="vevent")
    alarms: Mapped[list[int]] = mapped_column(Json, default=list)
    last_fetched_at: Mapped[datetime | None]
    revision: Mapped[str | None]
    revision_at: Mapped[datetime | None]
    readers: Mapped[dict[str, Any]] = mapped_column(default=dict)

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
    other's objects. It is null until the calendar was found: `connecting` looks for it, `choosing`
    waits to be told which of `calendars` it is, `failed` has found none. After failures in a row
    nothing is sent before `retry_at`. One that is `removing` waits until all that was written is
    gone from the server.
    """

    __tablename__ = "calendar_targets"

    person_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(one_of(*TARGET_KINDS, name="kind"))
    address: Mapped[str | None]
    state: Mapped[str] = mapped_column(one_of(*TARGET_STATES, name="state"), default="enabled")
    disabled_reason: Mapped[str | None]
    calendars: Mapped[list[dict[str, Any]] | None]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    last_error: Mapped[dict[str, Any] | None]
    last_success_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("person_id", "people", ondelete="CASCADE"),
        UniqueConstraint("workspace_id", "address"),
        Index(None, "workspace_id", "person_id", "id"),
    )


class CalendarPush(InWorkspace, Base):
    """One calendar object of a target: what the server holds, and whether it is to be written.

    `requested` rises with every wish to bring it up to date; `due_at` says from when on, and is
    null while the server has the present state. `attempted_at` is null as long as nothing was
    sent. `etag` and `digest` (SHA-256) belong to what was written last. `alarms` are the VALARM
    components that the calendar's owner added, which we write along. `delivery_id` is the entry of
    the log that is not settled yet.
    """

    __tablename__ = "calendar_pushes"

    target_id: Mapped[UUID] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(primary_key=True)
    requested: Mapped[int]
    due_at: Mapped[datetime | None]
    attempted_at: Mapped[datetime | None]
    etag: Mapped[str | None]
    digest: Mapped[str | None]
    alarms: Mapped[str | None]
    delivery_id: Mapped[UUID | None]
    failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]

    __table_args__ = (
        tenant_fk("target_id", "calendar_targets", ondelete="CASCADE"),
        Index(None, "due_at"),
    )
