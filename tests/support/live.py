"""The app behind a real server, for streams and for programs that call from outside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import uvicorn

from app.api.runtime import Runtime, Signals
from app.api.streams import Streams
from app.main import create_app


@asynccontextmanager
async def serving(runtime: Runtime) -> AsyncIterator[tuple[str, Runtime]]:
    """The address of a server on the loopback, and its runtime, with signals of its own."""
    own = replace(runtime, signals=Signals(), streams=Streams())
    config = uvicorn.Config(create_app(own), port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to wait for
        await asyncio.sleep(0.01)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}", own
    finally:
        own.signals.stopping.set()
        server.should_exit = True
        await asyncio.wait_for(task, 30)
