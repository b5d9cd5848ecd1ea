"""A real Xandikos server on the loopback; over plain HTTP it asks for no account."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.calendar_server import CalendarServer
from tests.support.servers import free_port, process


@contextmanager
def running(folder: Path) -> Iterator[CalendarServer]:
    """A server whose data lie in `folder`, with one calendar to begin with."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "xandikos",
        "serve",
        *("-d", folder / "data"),
        *("--state-dir", folder / "state"),
        "--defaults",
        "--no-detect-systemd",
        *("-l", "127.0.0.1"),
        *("-p", port),
    ]
    with process(command, port, folder / "log"):
        yield CalendarServer(
            f"http://127.0.0.1:{port}", "/user/calendars/", "jack", "correct: horse"
        )
