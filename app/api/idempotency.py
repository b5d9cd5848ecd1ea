"""`Idempotency-Key`: a repeated POST gets the first one's answer, and has no second effect."""

import hashlib
from datetime import datetime

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.body import ReadRequest
from app.api.errors import RequestError
from app.api.runtime import Runtime
from app.db import idempotency
from app.domain.callers import Caller

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
MAX_KEY_LENGTH = 255
KEPT_HEADERS = ("location", "etag", "content-type", "cache-control")


def key_of(request: Request, caller: Caller) -> idempotency.Key | None:
    """The key of a POST that carries one."""
    text = request.headers.get(HEADER)
    if text is None or request.method != "POST":
        return None
    if not (1 <= len(text) <= MAX_KEY_LENGTH and text.isascii() and text.isprintable()):
        raise RequestError(
            422,
            "invalid_idempotency_key",
            f"{HEADER} has 1 to {MAX_KEY_LENGTH} printable ASCII characters.",
        )
    return idempotency.Key(caller.workspace_id, caller.api_key_id, text)


async def begin(
    request: ReadRequest, session: AsyncSession, key: idempotency.Key, now: datetime
) -> Response | None:
    """Reserve the key, or make the response that the first call with it was given."""
    fingerprint = _fingerprint(request)
    try:
        answer = await idempotency.reserve(session, key, fingerprint, now)
    except idempotency.InProgressError as error:
        raise RequestError(
            409,
            "idempotency_in_progress",
            "The first call with this Idempotency-Key is still running. Repeat a little later.",
            headers={"Retry-After": "2"},
        ) from error
    if answer is None:
        return None
    if answer.fingerprint != fingerprint:
        raise RequestError(
            422,
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request, or on behalf of somebody else. "
            "Use a new one.",
        )
    if answer.body is None:
        raise RequestError(
            409,
            "answer_erased",
            "The first call with this Idempotency-Key was done. Its answer is gone: a person of "
            "the workspace was erased since, and all kept answers with them.",
        )
    runtime: Runtime = request.app.state.runtime
    body = runtime.keyring.decrypt(answer.body).encode()
    return Response(body, answer.status, headers={**answer.headers, REPLAYED: "true"})


async def end(
    request: ReadRequest, session: AsyncSession, key: idempotency.Key, response: Response
) -> None:
    """Keep the response; encrypted, because some show a secret."""
    runtime: Runtime = request.app.state.runtime
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    body = runtime.keyring.encrypt(bytes(response.body).decode())
    answer = idempotency.Answer(_fingerprint(request), response.status_code, headers, body)
    await idempotency.keep(session, key, answer)


def _fingerprint(request: ReadRequest) -> str:
    """What was asked, and on whose behalf: another actor may not see what the first was shown."""
    caller: Caller = request.state.caller
    actor = caller.actor_id.hex if caller.actor_id else ""
    digest = hashlib.sha256()
    for part in (request.method, request.url.path, request.url.query, actor):
        digest.update(part.encode() + b"\0")
    digest.update(request.raw)
    return digest.hexdigest()
