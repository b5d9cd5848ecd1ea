"""All secrets are written anew under the newest key, and only secrets."""

from typing import Any

import pytest
from sqlalchemy import select

from app.adapters.keyring import Keyring, KeyringError, new_key
from app.db.models import IdempotencyRecord, WebhookEndpoint
from app.db.reencryption import BATCH, reencrypt
from app.db.session import Database
from tests.support.tenants import CREATED, Tenant


async def test_every_secret_moves_to_the_newest_key(
    empty_database: Database, database: Database, tenant: Tenant
) -> None:
    old_key, newest_key = new_key(), new_key()
    old = Keyring([old_key])
    async with database.transaction() as session:
        session.add(endpoint(tenant, old, previous_secret=old.encrypt("earlier")))
        session.add(endpoint(tenant, old, previous_secret=None))
        session.add_all(answer(tenant, number, old) for number in range(BATCH + 1))

    counts = await reencrypt(database, Keyring([newest_key, old_key]).rotate)
    assert counts == {
        "webhook_endpoints.secret": 2,
        "webhook_endpoints.previous_secret": 1,
        "calendar_targets.secret": 0,
        "idempotency_records.body": BATCH + 1,
    }
    newest = Keyring([newest_key])
    async with database.transaction() as session:
        secrets = (await session.execute(select(WebhookEndpoint.secret))).scalars()
        earlier = (await session.execute(select(WebhookEndpoint.previous_secret))).scalars()
        bodies = (await session.execute(select(IdempotencyRecord.body))).scalars().all()
    assert {newest.decrypt(secret) for secret in secrets} == {"secret"}
    assert [newest.decrypt(secret) for secret in earlier if secret] == ["earlier"]
    assert {newest.decrypt(body) for body in bodies if body} == {
        str(number) for number in range(BATCH + 1)
    }


async def test_a_key_that_is_missing_changes_nothing(
    empty_database: Database, database: Database, tenant: Tenant
) -> None:
    lost = Keyring([new_key()])
    async with database.transaction() as session:
        session.add(endpoint(tenant, lost, previous_secret=None))
    with pytest.raises(KeyringError, match="HOTSEAT_SECRET_KEYS"):
        await reencrypt(database, Keyring([new_key()]).rotate)
    async with database.transaction() as session:
        (secret,) = (await session.execute(select(WebhookEndpoint.secret))).scalars()
    assert lost.decrypt(secret) == "secret"


def endpoint(tenant: Tenant, keyring: Keyring, *, previous_secret: bytes | None) -> WebhookEndpoint:
    values: dict[str, Any] = {
        "workspace_id": tenant.workspace_id,
        "url": "https://example.org",
        "event_types": ["*"],
        "secret": keyring.encrypt("secret"),
        "previous_secret": previous_secret,
        "created_at": CREATED,
        "updated_at": CREATED,
    }
    return WebhookEndpoint(**values)


def answer(tenant: Tenant, number: int, keyring: Keyring) -> IdempotencyRecord:
    return IdempotencyRecord(
        workspace_id=tenant.workspace_id,
        api_key_id=tenant.workspace_id,
        key=f"{number:05}",
        fingerprint="",
        status=200,
        headers={},
        body=keyring.encrypt(str(number)),
        created_at=CREATED,
    )
