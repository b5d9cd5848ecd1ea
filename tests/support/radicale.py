"""A real Radicale server on the loopback, with an account that has calendars."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

START_SECONDS = 20


@dataclass(frozen=True)
class Radicale:
    """A running server; `client` looks at it as the account's owner does."""

    url: str
    username: str
    password: str

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, auth=(self.username, self.password))

    def make_calendar(self, name: str) -> str:
        """The URL of a new, empty calendar."""
        with self.client() as client:
            client.request("MKCALENDAR", f"/{self.username}/{name}/").raise_for_status()
        return f"{self.url}/{self.username}/{name}/"

    def objects(self, calendar: str) -> dict[str, str]:
        """What a calendar holds: iCalendar text by file name."""
        with self.client() as client:
            listing = client.request("PROPFIND", calendar, headers={"Depth": "1"})
            listing.raise_for_status()
            names = [
                line.partition("</href>")[0].rpartition("/")[2]
                for line in listing.text.split("<href>")[1:]
            ]
            found = {name: client.get(calendar + name) for name in names if name.endswith(".ics")}
        return {name: answer.raise_for_status().text for name, answer in found.items()}


@contextmanager
def running(folder: Path) -> Iterator[Radicale]:
    """A server whose data lie in `folder`."""
    users = folder / "users"
    users.write_text("jack:correct: horse\n")
    port = _free_port()
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
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "radicale", "--config", "", *arguments], stdout=log, stderr=log
        )
    try:
        _wait_for(port, process)
        yield Radicale(f"http://127.0.0.1:{port}", "jack", "correct: horse")
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "Radicale has ended"
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("Radicale does not answer")
