"""Servers of others that the tests start as processes of their own, on a free port."""

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

START_SECONDS = 20


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def process(arguments: Sequence[object], port: int, log: Path) -> Iterator[None]:
    """A process that answers on a port of the loopback; it is ended afterwards."""
    with log.open("wb") as output:
        started = subprocess.Popen(list(map(str, arguments)), stdout=output, stderr=output)
    try:
        _wait_for(port, started)
        yield
    finally:
        started.terminate()
        started.wait(START_SECONDS)


def _wait_for(port: int, started: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert started.poll() is None, "the server has ended"
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the server does not answer")
