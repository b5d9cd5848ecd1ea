"""Places in groups, and the times when their holders are away."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, CallersOwn, Versioned, WithId, one_of, tenant_fk

MEMBERSHIP_STATES = ("upcoming", "current", "ended")


class Membership(WithId, CallersOwn, Versioned, Base):
    """A person's place in a group. `state` is moved by a daily duty: an index can't ask the day.

    A membership that was called off before its first day is `ended`, before `starts_on`.
    """

    __tablename__ = "memberships"

    group_id: Mapped[UUID]
    person_id: Mapped[UUID]
    place: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(one_of(*MEMBERSHIP_STATES, name="state"))
    state_due_at: Mapped[datetime | None]
    weight: Mapped[float] = mapped_column(default=1.0)
    opening_credit: Mapped[float] = mapped_column(default=0.0)

    __table_args__ = (
        tenant_fk("group_id", "groups"),
        tenant_fk("person_id", "people"),
        UniqueConstraint("workspace_id", "external_id"),
        CheckConstraint("place BETWEEN 1 AND 8", name="place"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on OR state = 'ended'", name="dates"),
        CheckConstraint("weight > 0", name="weight"),
        *(
            Index(
                f"uq_memberships_{state}_{what}",
                "workspace_id",
                "group_id",
                column,
                unique=True,
                sqlite_where=text(f"state = '{state}'"),
                postgresql_where=text(f"state = '{state}'"),
            )
            for state in ("current", "upcoming")
            for what, column in (("place", "place"), ("person", "person_id"))
        ),
        Index(None, "workspace_id", "group_id", "id"),
        Index(None, "workspace_id", "group_id", "place", "id"),
        Index(None, "workspace_id", "group_id", "starts_on", "id"),
        Index(None, "workspace_id", "person_id", "id"),
        Index(None, "state_due_at"),
    )


class Leave(WithId, Base):
    """A leave of absence, both days inclusive, in the group's zone."""

    __tablename__ = "leaves"

    membership_id: Mapped[UUID]
    first_on: Mapped[date]
    last_on: Mapped[date]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("membership_id", "memberships"),
        CheckConstraint("last_on >= first_on", name="dates"),
        Index(None, "workspace_id", "membership_id", "first_on"),
    )
