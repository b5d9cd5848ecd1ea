"""Conversations with calendar servers, carried out over the guarded HTTP client."""

from dataclasses import dataclass, field

import httpx

from app import __version__
from app.adapters.calendars.caldav import (
    Conversation,
    Failed,
    Outcome,
    Request,
    Response,
    basic_credentials,
)
from app.adapters.http import exchange
from app.adapters.trouble import trouble_of

USER_AGENT = f"Hotseat/{__version__} (+calendars)"
REQUEST_TIMEOUT = 8.0
"""Seconds for one request; a conversation has at most five."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The account that writes."""

    username: str
    password: str = field(repr=False)


async def carry_out(
    client: httpx.AsyncClient,
    credentials: Credentials,
    conversation: Conversation,
    *,
    request_timeout: float = REQUEST_TIMEOUT,
) -> Outcome:
    """Send what the conversation asks for until it ends; trouble on the way is an outcome."""
    authorization = basic_credentials(credentials.username, credentials.password)
    try:
        request = next(conversation)
        while True:
            reply = await _send(client, request, authorization, request_timeout)
            request = conversation.send(reply)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome
    except httpx.HTTPError as error:
        return Failed(trouble_of(error))


async def _send(
    client: httpx.AsyncClient, request: Request, authorization: str, request_timeout: float
) -> Response:
    reply = await exchange(
        client,
        request.method,
        request.url,
        headers={**request.headers, "Authorization": authorization, "User-Agent": USER_AGENT},
        content=request.content,
        total_timeout=request_timeout,
    )
    headers = {name.lower(): value for name, value in reply.headers.items()}
    return Response(reply.status, headers, reply.body)
