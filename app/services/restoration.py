"""What a database needs that was restored from a backup, before anybody uses it again.

Between the backup and now the service has answered: clients hold versions and cursors, calendars
hold revisions, receivers of webhooks have seen states that are no longer. Each number that only
rises is raised over whatever it may have reached.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.queries import restoration
from app.services.epochs import FIRST_SECOND, begin_epoch


@dataclass(frozen=True, slots=True)
class Restored:
    """How many workspaces began an epoch, how many meetings have a new SEQUENCE, and how many
    secrets the keyring opens.
    """

    workspaces: int
    meetings: int
    secrets: int


async def settle(
    session: AsyncSession, decrypt: Callable[[bytes], object], now: datetime
) -> Restored:
    """Make a restored database fit for use. `decrypt` raises if it cannot open a secret."""
    secrets = 0
    async for secret in restoration.secrets(session):
        decrypt(secret)
        secrets += 1
    seconds = int((now - FIRST_SECOND).total_seconds())
    await restoration.raise_versions(session, at_least=seconds)
    meetings = await restoration.raise_sequences(session, now, at_least=seconds)
    await restoration.push_calendars(session, now)
    return Restored(await begin_epoch(session, now), meetings, secrets)
