"""Answers to POSTs, kept under the caller's key, in the transaction of their effect."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, null, text, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import IdempotencyRecord
from app.db.queries.due import ANSWERS_KEPT
from app.db.queries.scope import scoped

LOCK_WAIT_MS = 5_000
LOCK_NOT_AVAILABLE = "55P03"


class InProgressError(Exception):
    """The first call with this key is still running after the longest wait."""


@dataclass(frozen=True, slots=True)
class Key:
    """What an answer is kept under."""

    workspace_id: UUID
    api_key_id: UUID
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first call was answered, and the fingerprint of what it asked.

    Without `body` somebody was erased since.
    """

    fingerprint: str
    status: int
    headers: dict[str, str]
    body: bytes | None


async def reserve(
    session: AsyncSession, key: Key, fingerprint: str, now: datetime
) -> Answer | None:
    """Reserve the key for this transaction (None), or get the answer that it was given.

    A key that was used longer ago than ANSWERS_KEPT is as good as new, forgotten already or not.
    Waits for a transaction that holds the same key: up to LOCK_WAIT_MS on PostgreSQL
    (InProgressError), up to the busy time-out on SQLite, where writers queue anyway.
    """
    is_postgres = session.get_bind().dialect.name == "postgresql"
    if is_postgres:
        await session.execute(text(f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}"))
    insert = (postgresql if is_postgres else sqlite).insert(IdempotencyRecord)
    fresh = {"fingerprint": fingerprint, "created_at": now}
    gone = {"status": None, "headers": null(), "body": None}
    statement = (
        insert.values(
            workspace_id=key.workspace_id, api_key_id=key.api_key_id, key=key.text, **fresh
        )
        .on_conflict_do_update(
            index_elements=["workspace_id", "api_key_id", "key"],
            set_={**fresh, **gone},
            where=IdempotencyRecord.created_at <= now - ANSWERS_KEPT,
        )
        .returning(IdempotencyRecord.key)
    )
    try:
        reserved = (await session.execute(statement)).first() is not None
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise InProgressError from error
        raise
    if not reserved:
        return await _answer(session, key)
    if is_postgres:
        # What the call itself waits for, it waits for as long as one without a key.
        await session.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
    return None


async def _answer(session: AsyncSession, key: Key) -> Answer:
    record = (
        await session.execute(
            scoped(
                IdempotencyRecord,
                key.workspace_id,
                IdempotencyRecord.fingerprint,
                IdempotencyRecord.status,
                IdempotencyRecord.headers,
                IdempotencyRecord.body,
            ).where(
                IdempotencyRecord.api_key_id == key.api_key_id, IdempotencyRecord.key == key.text
            )
        )
    ).one()
    return Answer(*record)


async def keep(session: AsyncSession, key: Key, answer: Answer) -> None:
    """Keep the answer under a key that this transaction has reserved."""
    await session.execute(
        update(IdempotencyRecord)
        .where(
            IdempotencyRecord.workspace_id == key.workspace_id,
            IdempotencyRecord.api_key_id == key.api_key_id,
            IdempotencyRecord.key == key.text,
        )
        .values(status=answer.status, headers=answer.headers, body=answer.body)
    )


async def forget(session: AsyncSession, workspace_id: UUID, before: datetime, limit: int) -> int:
    """Delete up to `limit` answers of a workspace that are older than `before`; how many."""
    old = (
        scoped(IdempotencyRecord, workspace_id, IdempotencyRecord.api_key_id, IdempotencyRecord.key)
        .where(IdempotencyRecord.created_at <= before)
        .limit(limit)
        .correlate(None)
    )
    gone = await session.execute(
        delete(IdempotencyRecord)
        .where(
            IdempotencyRecord.workspace_id == workspace_id,
            tuple_(IdempotencyRecord.api_key_id, IdempotencyRecord.key).in_(old),
        )
        .returning(IdempotencyRecord.key)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())
