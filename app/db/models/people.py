"""People known to a workspace."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, CallersOwn, Versioned, WithId


class Person(WithId, CallersOwn, Versioned, Base):
    """Somebody known to a workspace. `erased_at`: since when nothing personal is known of them."""

    __tablename__ = "people"

    name: Mapped[str]
    email: Mapped[str | None]
    time_zone: Mapped[str]
    locale: Mapped[str] = mapped_column(default="en")
    background: Mapped[dict[str, Any]] = mapped_column(default=dict)
    erased_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("workspace_id", "email"),
        UniqueConstraint("workspace_id", "external_id"),
        Index(None, "workspace_id", "name", "id"),
    )
