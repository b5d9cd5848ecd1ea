"""The global tables: workspaces, and the keys that open them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Versioned, new_id


class Workspace(Base, Versioned):
    """One tenant."""

    __tablename__ = "workspaces"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    require_if_match: Mapped[bool] = mapped_column(default=False)


class EventCounter(Base):
    """The next position in a workspace's event log; its row is the relay's lock."""

    __tablename__ = "event_counters"

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    next_position: Mapped[int] = mapped_column(default=1)
    epoch: Mapped[int] = mapped_column(default=1)


class ApiKey(Base, Versioned):
    """A key to one workspace, known by the SHA-256 of its text. Its use raises no version."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    name: Mapped[str]
    key_hash: Mapped[str] = mapped_column(unique=True)
    hint: Mapped[str]
    scopes: Mapped[list[str]]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "workspace_id", "id"),)
