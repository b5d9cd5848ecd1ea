"""sample"""

from app.api.runtime import Runtime
from app.cli.administration import make_key
from app.services.workspaces import create_workspace


async def greeting(runtime: Runtime) -> list[str]:
    async with runtime.database.transaction() as s:
        w = await create_workspace(s, name="x", now=runtime.clock.now())
        return ["key " + await make_key(s, w.id, name="x", now=runtime.clock.now())]
