"""The processes that stay: the API with or without a worker, and a worker alone."""

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any

import uvicorn
import uvloop

from app.api.runtime import Runtime
from app.cli.errors import StartError
from app.main import create_app
from app.worker.runner import Runner

KEEP_ALIVE_SECONDS = 30
BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. StartError if the address is not to be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise StartError(
            f"cannot listen on {host} port {port}: {error.strerror}; "
            "choose another with HOTSEAT_HOST and HOTSEAT_PORT"
        ) from error
    return bound


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a process's main coroutine on the event loop that is used in production."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


async def serve(runtime: Runtime, bound: socket.socket, *, ready: Callable[[], None]) -> None:
    """Answer requests, and run a worker if the settings say so, until SIGTERM or SIGINT.

    `ready` is called once the socket takes connections. Requests and jobs that are under way at the
    signal have the grace period to finish.
    """
    server = _Server(_uvicorn_config(runtime))
    worker = _worker(runtime) if runtime.settings.worker else None
    async with asyncio.TaskGroup() as tasks:

        def stop() -> None:
            server.force_exit = server.should_exit
            server.should_exit = True
            if worker is not None:
                worker.cancel_soon()

        _on_signal(stop)
        if worker is not None:
            tasks.create_task(worker.run())
        tasks.create_task(_announce(server, ready))
        await server.serve(sockets=[bound])
        stop()


async def work(runtime: Runtime) -> None:
    """Do jobs until SIGTERM or SIGINT; those under way have the grace period to finish."""
    worker = _worker(runtime)
    async with asyncio.TaskGroup() as tasks:
        _on_signal(lambda: _keep(tasks.create_task(worker.stop())))
        await worker.run()
