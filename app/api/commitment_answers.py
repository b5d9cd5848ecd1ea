"""Answers about commitments that several routes give."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.api.schemas.commitments import (
    HISTORY_SHOWN,
    CommitmentDetail,
    CommitmentEventRead,
    CommitmentRead,
)
from app.db.queries import commitments as queries
from app.domain.callers import Caller


async def detail(
    connection: AsyncConnection | AsyncSession, caller: Caller, commitment: Any
) -> CommitmentDetail:
    """A commitment, as a row or as written just now, with its history."""
    rows = await queries.last_events(
        connection, caller.workspace_id, commitment.id, limit=HISTORY_SHOWN
    )
    return CommitmentDetail(
        **CommitmentRead.model_validate(commitment).model_dump(),
        history=[CommitmentEventRead.model_validate(row) for row in rows],
    )
