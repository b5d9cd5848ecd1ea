"""The sample workspace: what the examples of the API's document name, so that each of them works.

It is made at the first start with `--with-sample`, and is the tenant's own from then on. Only the
meeting of tonight is put at the present time again by each later start, as long as nobody began it.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.api.runtime import Runtime
from app.api.schemas.examples import sample_id, sample_text
from app.cli.administration import make_key
from app.cli.sample.circle import make_groups, make_people
from app.cli.sample.evenings import make_evenings, put_tonight
from app.cli.sample.outside import make_outside
from app.cli.sample.promises import make_promises, make_proposals
from app.db.models import Workspace
from app.services.workspaces import create_workspace

WORKSPACE = sample_id("workspace")


async def greeting(runtime: Runtime) -> list[str]:
    """What to tell who starts a service with the sample."""
    key = await ensure(runtime)
    name = sample_text("workspace")
    if key is None:
        key = f"shown at the first start; another: hotseat key create --workspace {name}"
    else:
        key += "   (shown this once: keep it)"
    return [
        f"  Sample        workspace {name}",
        f"  API key       {key}",
        "  Loopback      webhooks and calendars may be on this machine, for the sample's sake",
    ]


async def ensure(runtime: Runtime) -> str | None:
    """Make the sample if it is not there, and the key to it, which is not None only then."""
    now = runtime.clock.now()
    async with runtime.database.transaction(WORKSPACE) as session:
        if await session.get(Workspace, WORKSPACE) is not None:
            await put_tonight(session, WORKSPACE, now)
            return None
        await create_workspace(session, name="sample", now=now, workspace_id=WORKSPACE)
        await _fill(session, runtime, now)
        return await make_key(session, WORKSPACE, name="first key", now=now)


async def _fill(session: AsyncSession, runtime: Runtime, now: datetime) -> None:
    await make_people(session, WORKSPACE, now)
    await make_groups(session, WORKSPACE, now)
    await make_evenings(session, WORKSPACE, now)
    await make_promises(session, WORKSPACE, now)
    await make_proposals(session, WORKSPACE, now)
    await make_outside(session, WORKSPACE, runtime.keyring, now)
