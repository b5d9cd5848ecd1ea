"""sample"""

from app.api.runtime import Runtime


async def greeting(runtime: Runtime) -> list[str]:
    return []
