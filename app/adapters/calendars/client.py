"""Conversations with calendar servers, carried out over the guarded HTTP client."""

import asyncio
import time
from dataclasses import replace

import httpx

from app import __version__
from app.adapters.calendars.account import Account, Credentials
from app.adapters.calendars.caldav import (
    Failed,
    Report,
    Request,
    Response,
    Result,
    Talk,
    basic_credentials,
)
from app.adapters.http import Reply, exchange
from app.adapters.trouble import trouble_of

USER_AGENT = f"Hotseat/{__version__} (+calendars)"
REQUEST_TIMEOUT = 8.0
"""Seconds for one request."""
TOTAL_TIMEOUT = 30.0
"""Seconds for a whole conversation."""


async def carry_out(
    client: httpx.AsyncClient,
    credentials: Credentials,
    conversation: Talk[Result],
    *,
    request_timeout: float = REQUEST_TIMEOUT,
    total_timeout: float = TOTAL_TIMEOUT,
) -> Report[Result]:
    """Send what the conversation asks for until it ends; trouble on the way is an outcome."""
    account = Account(credentials)
    began = time.monotonic()
    status = None

    def report(outcome: Result | Failed) -> Report[Result]:
        if isinstance(outcome, Failed) and outcome.response is not None:
            outcome = replace(outcome, response=_without_secrets(outcome.response, credentials))
        return Report(outcome, status, round((time.monotonic() - began) * 1000))

    try:
        async with asyncio.timeout(total_timeout):
            request = next(conversation)
            while True:
                status = None
                reply = await _send(client, request, account, request_timeout)
                status = reply.status
                request = conversation.send(reply)
    except StopIteration as end:
        return report(end.value)
    except TimeoutError:
        return report(Failed("timeout"))
    except httpx.HTTPError as error:
        return report(Failed(trouble_of(error)))


async def _send(
    client: httpx.AsyncClient, request: Request, account: Account, request_timeout: float
) -> Response:
    authorization = account.authorization(request.method, request.url)
    reply = await _exchange(client, request, authorization, request_timeout)
    answer = account.answer_to(reply, request.method, request.url)
    if answer is not None:
        reply = await _exchange(client, request, answer, request_timeout)
    headers = {name.lower(): value for name, value in reply.headers.items()}
    return Response(reply.status, headers, reply.body)


async def _exchange(
    client: httpx.AsyncClient, request: Request, authorization: str, request_timeout: float
) -> Reply:
    return await exchange(
        client,
        request.method,
        request.url,
        headers={**request.headers, "Authorization": authorization, "User-Agent": USER_AGENT},
        content=request.content,
        total_timeout=request_timeout,
        body_limit=request.limit,
    )


def _without_secrets(text: str, credentials: Credentials) -> str:
    """What a server said, for the log: some echo a request with its headers."""
    encoded = basic_credentials(credentials.username, credentials.password).partition(" ")[2]
    for secret in (credentials.password, encoded):
        text = text.replace(secret, "[secret]") if secret else text
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
