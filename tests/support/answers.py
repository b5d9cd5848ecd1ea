"""The answers that the document shows: `python -m tests.support.answers` records them.

The document's requests are sent in order to a fresh sample workspace on a clock, ids and random
bytes counted, so that a recording differs from the last one only where the service does.
"""

import asyncio
import hashlib
import json
import logging
import random
import re
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch
from uuid import UUID

import httpx
import structlog

from app.adapters.keyring import Keyring
from app.api import middleware
from app.api.runtime import Runtime
from app.api.schemas.api_keys import ApiKeyCreated
from app.api.schemas.webhook_endpoints import WebhookEndpointWithSecret
from app.cli import sample
from app.db import base
from app.db.migrate import upgrade
from app.db.session import Database
from app.main import create_app
from app.settings import Settings
from tests.support.clock import ManualClock
from tests.support.operations import Call, calls
from tests.support.service import sqlite_url

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FIRST_ID = 0x0199_0000_0000 << 80 | 7 << 76 | 2 << 62
SHOWN_ITEMS = 2
SIGNS_CURSORS = Keyring([urlsafe_b64encode(bytes(32)).decode()])
NEW_NAMES = {"external_id": "crm-2042", "name": "opening"}
"""What a PUT creates, where the document's example changes something."""
SECRETS = (
    (re.compile(r"hs_live_\w{38}"), ApiKeyCreated.model_fields["key"].examples),
    (re.compile(r"whsec_[\w+/=]+"), WebhookEndpointWithSecret.model_fields["secret"].examples),
    (re.compile(r"(?<=/calendars/)[\w-]+(?=\.ics)"), ["…"]),
)
Answers = dict[str, dict[str, Any]]


@contextmanager
def counted() -> Iterator[None]:
    """Ids and random bytes that are the same each time."""
    ids, requests, drawn = count(1), count(1), count(1)

    def take(size: int) -> bytes:
        return hashlib.shake_256(str(next(drawn)).encode()).digest(size)

    with (
        patch.object(base, "uuid7", lambda: UUID(int=FIRST_ID | next(ids))),
        patch.object(middleware, "uuid7", lambda: UUID(int=FIRST_ID | next(requests))),
        patch.object(random, "_urandom", take),
    ):
        yield


async def record(url: str) -> Answers:
    """By operation and status, one answer in JSON; of an empty database."""
    clock = ManualClock(BEGIN)
    settings = Settings(database_url=url, allowed_networks=("127.0.0.0/8",), calls_per_minute=0)
    runtime = Runtime(settings, Database(url), SIGNS_CURSORS, clock)
    with counted():
        key = await sample.ensure(runtime)
        found: Answers = {}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(runtime)),
            base_url="https://hotseat.example.org",
            headers={"Authorization": f"Bearer {key}"},
        ) as client:
            for call in calls():
                if call.name != "stream_events":
                    await _ask(client, call, found, clock)
            for call in calls():
                # A PUT that creates and one that changes: what the other calls need is there.
                for each in (call, _of_another(call)):
                    if not _wanted(call) <= found.get(call.name, {}).keys():
                        await _ask(client, each, found, clock)
    await runtime.database.dispose()
    return {name: dict(sorted(answers.items())) for name, answers in found.items() if answers}


def _wanted(call: Call) -> set[str]:
    """The statuses of the answers in JSON when all is well."""
    return {
        status
        for status, response in call.operation["responses"].items()
        if status.startswith("2") and "application/json" in response.get("content", {})
    }


async def _ask(client: httpx.AsyncClient, call: Call, found: Answers, clock: ManualClock) -> None:
    clock.advance(SECOND)
    response = await call.send(client)
    assert response.is_success, (call.name, response.text)
    if response.content:
        shown = found.setdefault(call.name, {})
        shown.setdefault(str(response.status_code), _shown(response.json()))


def _of_another(call: Call) -> Call:
    """The same of what is not there yet, and has no address that somebody has."""
    ids = {**call.ids, **{name: new for name, new in NEW_NAMES.items() if name in call.ids}}
    return replace(call, ids=ids, body={k: v for k, v in (call.body or {}).items() if k != "email"})


def _shown(answer: Any) -> Any:
    """An answer with its lists shortened, and no secret in it."""
    if isinstance(answer, dict):
        return {name: _shown(each) for name, each in answer.items()}
    if isinstance(answer, list):
        return [_shown(each) for each in answer[:SHOWN_ITEMS]]
    if isinstance(answer, str):
        for secret, examples in SECRETS:
            answer = secret.sub(lambda _, text=(examples or ())[0]: text, answer)
    return answer


def main() -> None:
    """Print the recording."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with TemporaryDirectory() as folder:
        url = sqlite_url(Path(folder))
        upgrade(url)
        answers = asyncio.run(record(url))
    sys.stdout.write(json.dumps(answers, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
