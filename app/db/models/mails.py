"""Mail to calendar targets of kind `email`: what is said, beside the delivery that it is."""

from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, InWorkspace, tenant_fk


class Mail(InWorkspace, Base):
    """One mail: a delivery's content, which every attempt sends alike.

    `key` names what it is about, once for each target. `about`: what was told, for the words of the
    next mail; of one that is still to be written, what it will be about. `subject` is a code with
    parameters and text, `content` the MIME message; both are null until it is written.
    """

    __tablename__ = "mails"

    delivery_id: Mapped[UUID] = mapped_column(primary_key=True)
    target_id: Mapped[UUID]
    key: Mapped[str]
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    subject: Mapped[dict[str, Any] | None]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        tenant_fk("delivery_id", "deliveries", ondelete="CASCADE"),
        tenant_fk("target_id", "calendar_targets", ondelete="CASCADE"),
        UniqueConstraint("workspace_id", "target_id", "key"),
    )
