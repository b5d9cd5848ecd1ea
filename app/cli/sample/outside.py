"""What the sample has to do with other machines: endpoints, a delivery, calendars, a second key.

All of it names a port of the loopback where nobody listens: the sample calls no stranger.
"""

from datetime import datetime
from secrets import token_bytes
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.keyring import Keyring
from app.adapters.webhooks.signing import SECRET_BYTES, secret_from
from app.api.schemas.examples import (
    UNUSED,
    SampleEndpoint,
    SampleGroup,
    SamplePerson,
    sample_id,
    sample_text,
)
from app.db.models import Attempt, CalendarTarget, Delivery, WebhookEndpoint
from app.domain.api_keys import SECRET_LENGTH
from app.domain.callers import SCOPES
from app.domain.feed_tokens import SECRET_BYTES as TOKEN_BYTES
from app.services.api_keys import create_api_key
from app.services.calendar_feeds import create_feed
from app.services.events import emit

NOWHERE = "http://127.0.0.1:9"
STATES = {
    SampleEndpoint.ENABLED: "enabled",
    SampleEndpoint.DISABLED: "disabled",
    SampleEndpoint.UNUSED: "enabled",
}


async def make_outside(
    session: AsyncSession, workspace_id: UUID, keyring: Keyring, now: datetime
) -> None:
    """Endpoints, a delivery that failed, feeds, calendars, keys that nobody knows."""
    session.add_all(_endpoint(workspace_id, which, keyring, now) for which in SampleEndpoint)
    await session.flush()
    await _make_delivery(session, workspace_id, now)
    for number in (1, UNUSED):
        session.add(_calendar(workspace_id, number, keyring, now))
        await _make_feed(session, workspace_id, number, now)
        await _make_key(session, workspace_id, number, now)
    await session.flush()


async def _make_feed(session: AsyncSession, workspace_id: UUID, number: int, now: datetime) -> None:
    feed, _ = await create_feed(
        session,
        workspace_id,
        group_id=sample_id("group", SampleGroup.AHEAD),
        person_id=None,
        random_bytes=token_bytes(TOKEN_BYTES),
        now=now,
    )
    feed.id = sample_id("calendar_feed", number)


async def _make_key(session: AsyncSession, workspace_id: UUID, number: int, now: datetime) -> None:
    fields = {"name": "spare key", "scopes": SCOPES, "expires_at": None}
    key, _ = await create_api_key(session, workspace_id, fields, token_bytes(SECRET_LENGTH), now)
    key.id = sample_id("api_key", number)


def _endpoint(
    workspace_id: UUID, number: SampleEndpoint, keyring: Keyring, now: datetime
) -> WebhookEndpoint:
    state = STATES[number]
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
    endpoint_id = sample_id("webhook_endpoint", SampleEndpoint.ENABLED)
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


def _calendar(workspace_id: UUID, number: int, keyring: Keyring, now: datetime) -> CalendarTarget:
    url = f"{NOWHERE}/coghill/mastermind/{number}/"
    return CalendarTarget(
        workspace_id=workspace_id,
        id=sample_id("calendar_target", number),
        person_id=sample_id("person", SamplePerson.NEWCOMER),
        kind="caldav",
        address=url,
        state="disabled",
        settings={"url": url, "username": "coghill"},
        secret=keyring.encrypt("nobody asks for it"),
        created_at=now,
        updated_at=now,
    )
