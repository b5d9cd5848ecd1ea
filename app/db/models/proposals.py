"""What the service proposes where a charter's term is breached."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Versioned, WithId, one_of, tenant_fk

PROPOSAL_STATUSES = ("open", "escalated", "accepted", "dismissed", "withdrawn")
CHARTER_TERMS = ("attendance", "notice", "trial")
LIVE_PROPOSALS = "status IN ('open', 'escalated')"


class Proposal(WithId, Versioned, Base):
    """Facts and offers to one member; `numerator` of `denominator`, where `required` was agreed.

    `since_meeting_id`: the meeting after which the member heard; `last_meeting_id`: the latest one
    that counted against them. `escalated_at`: when the organizers heard. `offer`: what was taken.
    """

    __tablename__ = "proposals"

    group_id: Mapped[UUID]
    membership_id: Mapped[UUID]
    term: Mapped[str] = mapped_column(one_of(*CHARTER_TERMS, name="term"))
    status: Mapped[str] = mapped_column(one_of(*PROPOSAL_STATUSES, name="status"), default="open")
    numerator: Mapped[int]
    denominator: Mapped[int]
    required: Mapped[float]
    since_meeting_id: Mapped[UUID]
    last_meeting_id: Mapped[UUID]
    offer: Mapped[str | None]
    escalated_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("group_id", "groups"),
        tenant_fk("membership_id", "memberships"),
        tenant_fk("since_meeting_id", "meetings"),
        tenant_fk("last_meeting_id", "meetings"),
        CheckConstraint("(status = 'accepted') = (offer IS NOT NULL)", name="offer"),
        Index(None, "workspace_id", "group_id", "id"),
        Index(None, "workspace_id", "membership_id", "id"),
        Index(
            "uq_proposals_live",
            "workspace_id",
            "membership_id",
            "term",
            unique=True,
            sqlite_where=text(LIVE_PROPOSALS),
            postgresql_where=text(LIVE_PROPOSALS),
        ),
    )
