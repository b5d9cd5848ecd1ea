"""What the sample has to do with other machines: endpoints, a delivery, calendars, a second key.

All of it names a port of the loopback where nobody listens: the sample calls no stranger.
"""

from datetime import datetime
from secrets import token_bytes
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.keyring import Keyring
from app.adapters.webhooks.signing import SECRET_BYTES, secret_from
from app.api.schemas.examples import NEWCOMER, SampleGroup, sample_id, sample_text
from app.db.models import Attempt, CalendarTarget, Delivery, WebhookEndpoint
from app.domain.api_keys import SECRET_LENGTH
from app.domain.callers import SCOPES
from app.domain.feed_tokens import SECRET_BYTES as TOKEN_BYTES
from app.services.api_keys import create_api_key
from app.services.calendar_feeds import create_feed
from app.services.events import emit

NOWHERE = "http://127.0.0.1:9"
ENABLED, DISABLED = 1, 2


async def make_outside(
    session: AsyncSession, workspace_id: UUID, keyring: Keyring, now: datetime
) -> None:
    """Two endpoints, a delivery that failed, a feed, a calendar, a key that nobody knows."""
    session.add(_endpoint(workspace_id, ENABLED, "enabled", keyring, now))
    session.add(_endpoint(workspace_id, DISABLED, "disabled", keyring, now))
    await session.flush()
    await _make_delivery(session, workspace_id, now)
    session.add(_calendar(workspace_id, keyring, now))
    feed, _ = await create_feed(
        session,
        workspace_id,
        group_id=sample_id("group", SampleGroup.AHEAD),
        person_id=None,
        random_bytes=token_bytes(TOKEN_BYTES),
        now=now,
    )
    feed.id = sample_id("calendar_feed")
    fields = {"name": "spare key", "scopes": SCOPES, "expires_at": None}
    key, _ = await create_api_key(session, workspace_id, fields, token_bytes(SECRET_LENGTH), now)
    key.id = sample_id("api_key")
    await session.flush()


def _endpoint(
    workspace_id: UUID, number: int, state: str, keyring: Keyring, now: datetime
) -> WebhookEndpoint:
    return WebhookEndpoint(
        workspace_id=workspace_id,
        id=sample_id("webhook_endpoint", number),
        url=f"{NOWHERE}/hooks/{number}",
        description="Nobody listens here",
        event_types=["person.deleted"],
        state=state,
        disabled_reason="failing" if state == "disabled" else None,
        secret=keyring.encrypt(secret_from(token_bytes(SECRET_BYTES))),
        next_number=2,
        created_at=now,
        updated_at=now,
    )


async def _make_delivery(session: AsyncSession, workspace_id: UUID, now: datetime) -> None:
    endpoint_id = sample_id("webhook_endpoint", ENABLED)
    facts = {"person_id": sample_text("person"), "external_id": "inkling-7", "version": 1}
    event = emit(session, "person.created", workspace_id, facts, now)
    event.id = sample_id("event")
    await session.flush()
    delivery = Delivery(
        workspace_id=workspace_id,
        id=sample_id("delivery"),
        endpoint_id=endpoint_id,
        event_id=event.id,
        number=1,
        state="failed",
        attempts=1,
        created_at=now,
        finished_at=now,
    )
    session.add(delivery)
    await session.flush()
    session.add(
        Attempt(
            workspace_id=workspace_id,
            delivery_id=delivery.id,
            number=1,
            at=now,
            duration_ms=1,
            error="connect",
        )
    )


def _calendar(workspace_id: UUID, keyring: Keyring, now: datetime) -> CalendarTarget:
    url = f"{NOWHERE}/coghill/mastermind/"
    return CalendarTarget(
        workspace_id=workspace_id,
        id=sample_id("calendar_target"),
        person_id=sample_id("person", NEWCOMER),
        kind="caldav",
        address=url,
        state="disabled",
        settings={"url": url, "username": "coghill"},
        secret=keyring.encrypt("nobody asks for it"),
        created_at=now,
        updated_at=now,
    )
