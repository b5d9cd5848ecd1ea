"""Who is calling: checked before the body is read and before anything is validated."""

from datetime import datetime

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api.errors import RequestError
from app.api.runtime import Runtime
from app.db.queries import api_keys
from app.domain import ids
from app.domain.api_keys import is_well_formed, key_hash
from app.domain.callers import Caller
from app.domain.errors import Forbidden, Invalid

ACTOR_HEADER = "Hotseat-Actor"


class UnauthenticatedError(RequestError):
    """The call carries no good key."""

    def __init__(self, detail: str) -> None:
        super().__init__(401, "unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})


async def authenticate(request: Request, now: datetime) -> Caller:
    """The caller of a request; UnauthenticatedError without a good key."""
    runtime: Runtime = request.app.state.runtime
    key = _bearer_token(request)
    hashed = key_hash(key)
    async with runtime.database.key_reader(hashed) as connection:
        row = await api_keys.find_by_hash(connection, hashed)
        if row is None or row.revoked_at is not None:
            raise UnauthenticatedError("This API key is not known.")
        if row.expires_at is not None and row.expires_at <= now:
            raise UnauthenticatedError("This API key has expired.")
        caller = Caller(
            row.workspace_id, row.id, frozenset(row.scopes), require_if_match=row.require_if_match
        )
        is_stale = row.last_used_at is None or row.last_used_at < now - api_keys.LAST_USED_GRAIN
        actor = request.headers.get(ACTOR_HEADER)
        if is_stale or actor is not None:
            await runtime.database.enter(connection, row.workspace_id)
        if is_stale:
            await api_keys.note_use(connection, row.id, now)
        return caller if actor is None else await _on_behalf(actor, connection, caller)


def _bearer_token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UnauthenticatedError("Send your API key as `Authorization: Bearer hs_live_…`.")
    if not is_well_formed(token.strip()):
        raise UnauthenticatedError("This is not an API key: its form or checksum is wrong.")
    return token.strip()


async def _on_behalf(text: str, connection: AsyncConnection, caller: Caller) -> Caller:
    refusal = Forbidden(f"{ACTOR_HEADER} must name a person of this workspace.", code="bad_actor")
    try:
        actor_id = ids.decode("person", text)
    except Invalid as error:
        raise refusal from error
    if not await api_keys.person_exists(connection, caller.workspace_id, actor_id):
        raise refusal
    return Caller(
        caller.workspace_id,
        caller.api_key_id,
        caller.scopes,
        require_if_match=caller.require_if_match,
        actor_id=actor_id,
    )
