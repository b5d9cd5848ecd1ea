"""A real Radicale server on the loopback, with an account that has calendars."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.calendar_server import CalendarServer
from tests.support.servers import free_port, process


@contextmanager
def running(folder: Path) -> Iterator[CalendarServer]:
    """A server whose data lie in `folder`."""
    users = folder / "users"
    users.write_text("jack:correct: horse\n")
    port = free_port()
    options = {
        "server-hosts": f"127.0.0.1:{port}",
        "auth-type": "htpasswd",
        "auth-htpasswd-filename": users,
        "auth-htpasswd-encryption": "plain",
        "auth-delay": 0,
        "storage-filesystem-folder": folder / "collections",
        "logging-level": "warning",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    command = [sys.executable, "-m", "radicale", "--config", "", *arguments]
    with process(command, port, folder / "log"):
        yield CalendarServer(f"http://127.0.0.1:{port}", "/jack/", "jack", "correct: horse")
