"""The processes that stay: the API with or without a worker, and a worker alone."""

import asyncio
import math
import signal
import socket
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any

import uvicorn
import uvloop
from prometheus_client import start_http_server

from app.api import methods
from app.api.runtime import Runtime
from app.cli.errors import StartError
from app.cli.protocol import protocol_of
from app.main import create_app
from app.settings import Settings
from app.worker.runner import Runner

KEEP_ALIVE_SECONDS = 30
BACKLOG = 2048
SIGNALS = (signal.SIGTERM, signal.SIGINT)


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

    `ready` is called once the socket takes connections. After the signal it takes requests for as
    long as the settings say, and says at /readyz that it will not; then requests and jobs that are
    under way have the grace period to finish.
    """
    _stop_on_signal(runtime.signals.stopping)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_answer(runtime, bound, ready))
        if runtime.settings.worker:
            tasks.create_task(_work(runtime))


@contextmanager
def metrics(settings: Settings) -> Generator[None, None, None]:
    """Serve what this process counts at /metrics, if the settings say where."""
    if not settings.worker_metrics_port:
        yield
        return
    try:
        server, thread = start_http_server(settings.worker_metrics_port, settings.host)
    except OSError as error:
        raise StartError(
            f"cannot listen on {settings.host} port {settings.worker_metrics_port}: "
            f"{error.strerror}; choose another with HOTSEAT_WORKER_METRICS_PORT"
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def work(runtime: Runtime, *, ready: Callable[[], None]) -> None:
    """Do jobs until SIGTERM or SIGINT; those under way have the grace period to finish."""
    _stop_on_signal(runtime.signals.stopping)
    ready()
    await _work(runtime)


def _stop_on_signal(stopping: asyncio.Event) -> None:
    """The first SIGTERM or SIGINT sets `stopping`; a second one ends the process at once."""
    loop = asyncio.get_running_loop()

    def handle() -> None:
        stopping.set()
        for number in SIGNALS:
            loop.remove_signal_handler(number)

    for number in SIGNALS:
        loop.add_signal_handler(number, handle)


async def _work(runtime: Runtime) -> None:
    worker = Runner(runtime.database, runtime.keyring, runtime.settings, runtime.clock)
    runtime.signals.wake = worker.wake
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(worker.run())
        await runtime.signals.stopping.wait()
        await worker.stop()


async def _answer(runtime: Runtime, bound: socket.socket, ready: Callable[[], None]) -> None:
    server = _Server(_uvicorn_config(runtime), ready)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve(sockets=[bound]))
        await runtime.signals.stopping.wait()
        await asyncio.sleep(runtime.settings.drain_seconds)
        server.should_exit = True


class _Server(uvicorn.Server):
    """Leaves signals to us, so that a drained process exits with 0, and says when it listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def _uvicorn_config(runtime: Runtime) -> uvicorn.Config:
    app = create_app(runtime)
    methods.prepare(app)
    return uvicorn.Config(
        app,
        http=protocol_of(runtime.settings.slow_client_seconds),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(runtime.settings.trusted_proxies),
        forwarded_allow_ips=list(runtime.settings.trusted_proxies),
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=math.ceil(runtime.settings.grace_seconds),
    )
