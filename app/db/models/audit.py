"""Who did what, when, to what: one row for each write that the API answered with success."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, WithId


class AuditEntry(WithId, Base):
    """A write by a key, on behalf of a person if the call named one.

    It holds names, not values: `fields` are those of the body. `resource_id` is the text of the id
    that the call made or named first.
    """

    __tablename__ = "audit_entries"

    at: Mapped[datetime]
    operation: Mapped[str]
    path: Mapped[str]
    resource_id: Mapped[str | None]
    fields: Mapped[list[str]] = mapped_column(default=list)
    status: Mapped[int]
    api_key_id: Mapped[UUID]
    actor_id: Mapped[UUID | None]
    request_id: Mapped[str]

    __table_args__ = (
        Index(None, "workspace_id", "resource_id", "id"),
        Index(None, "workspace_id", "actor_id", "id"),
    )
