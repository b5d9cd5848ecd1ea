"""One attempt to deliver one event to one endpoint."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import httpx

from app import __version__
from app.adapters.http import BODY_LIMIT, TOTAL_TIMEOUT, Reply, exchange
from app.adapters.trouble import trouble_of
from app.adapters.webhooks.retry import AttemptError, AttemptResult
from app.adapters.webhooks.signing import sign

USER_AGENT = f"Hotseat/{__version__} (+webhooks)"
MAX_RETRY_AFTER_LENGTH = 100


async def send(
    client: httpx.AsyncClient,
    *,
    url: str,
    secrets: Sequence[str],
    event_id: str,
    timestamp: datetime,
    body: bytes,
    delivery_number: int,
    total_timeout: float = TOTAL_TIMEOUT,
) -> AttemptResult:
    """Post the signed `body` (JSON in UTF-8) to `url`; trouble on the way is part of the result.

    `client` comes from `guarded_client`; `timestamp` is the instant of this attempt. It ends within
    `total_timeout` seconds. A body still unfinished by then is a time-out, even behind a 200.
    """
    headers = sign(secrets=secrets, event_id=event_id, timestamp=timestamp, body=body) | {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "hotseat-delivery-number": str(delivery_number),
    }
    loop = asyncio.get_running_loop()
    started = loop.time()
    outcome: Reply | AttemptError
    try:
        outcome = await exchange(
            client, "POST", url, headers=headers, content=body, total_timeout=total_timeout
        )
    except httpx.HTTPError as error:
        outcome = trouble_of(error)
    duration_ms = round((loop.time() - started) * 1000)
    if not isinstance(outcome, Reply):
        return AttemptResult(status=None, duration_ms=duration_ms, error=outcome)
    return AttemptResult(
        status=outcome.status,
        duration_ms=duration_ms,
        response_body=_text(outcome.body),
        retry_after=outcome.headers.get("retry-after", "")[:MAX_RETRY_AFTER_LENGTH] or None,
    )


def _text(body: bytes) -> str:
    """The body as text that every database can hold, at most 20,000 bytes long once encoded."""
    # PostgreSQL refuses NUL in text; each undecodable byte grows to the three of U+FFFD.
    text = body.decode("utf-8", errors="replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return text.encode()[:BODY_LIMIT].decode("utf-8", errors="ignore")
