"""Answers about commitments, without their texts for a key that may not read them."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.api.redaction import redact
from app.api.schemas.commitments import (
    HISTORY_SHOWN,
    CheckInRead,
    CommitmentDetail,
    CommitmentEventRead,
    CommitmentRead,
)
from app.db.queries import commitments as queries
from app.domain.callers import Caller

TEXTS = ("title", "criteria")


async def detail(
    connection: AsyncConnection | AsyncSession, caller: Caller, commitment: Any
) -> CommitmentDetail:
    """A commitment, as a row or as written just now, with its history."""
    rows = await queries.last_events(
        connection, caller.workspace_id, commitment.id, limit=HISTORY_SHOWN
    )
    return CommitmentDetail(
        **summary(commitment, caller).model_dump(), history=[event(row, caller) for row in rows]
    )


def summary(commitment: Any, caller: Caller) -> CommitmentRead:
    """A commitment without its history."""
    return redact(CommitmentRead.model_validate(commitment), caller, *TEXTS)


def event(row: Any, caller: Caller) -> CommitmentEventRead:
    """One event of a history."""
    return redact(CommitmentEventRead.model_validate(row), caller, "reason")


def check_in(row: Any, caller: Caller) -> CheckInRead:
    """A check-in."""
    return redact(CheckInRead.model_validate(row), caller, "note", "evidence_url")
