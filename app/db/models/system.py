"""What the service itself needs to remember: jobs, answers to repeated requests."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, InWorkspace, WithId, one_of


class Job(WithId, Base):
    """A piece of work to be done at or after `run_at`; gone when it is done.

    A claim moves `run_at` to the end of its lease and sets `token`, so an abandoned job comes due
    again by itself. `again`: it was wanted once more while somebody was at work on it. `slow`: it
    calls somebody who takes long to answer, and gets a share of a worker's places only.
    """

    __tablename__ = "jobs"

    kind: Mapped[str]
    key: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(one_of("queued", "dead", name="state"), default="queued")
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    token: Mapped[UUID | None]
    again: Mapped[bool] = mapped_column(default=False)
    slow: Mapped[bool] = mapped_column(default=False)
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("workspace_id", "kind", "key"),
        Index(None, "state", "slow", "run_at"),
    )


class IdempotencyRecord(InWorkspace, Base):
    """The answer to a POST, kept so that its repetition is answered alike."""

    __tablename__ = "idempotency_records"

    api_key_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]

    __table_args__ = (Index(None, "created_at"),)
