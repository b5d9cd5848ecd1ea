"""Keeping meetings ahead of time."""

from datetime import timedelta
from uuid import UUID

from app.db import jobs
from app.db.jobs import Claim
from app.services import materialise as service
from app.worker.context import Context


async def materialise(context: Context, claim: Claim) -> None:
    """Make a group's missing meetings up to the horizon."""
    horizon = timedelta(weeks=context.settings.horizon_weeks)
    async with context.database.transaction() as session:
        await service.materialise(
            session, claim.workspace_id, UUID(claim.payload["id"]), claim.claimed_at, horizon
        )
        await session.flush()
        await jobs.finish(session, claim)
