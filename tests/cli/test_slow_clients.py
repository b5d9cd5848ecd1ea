"""Hundreds of clients that take their time, and a service that answers the others meanwhile."""

import re
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Commands
from tests.support.service import Service, environment, running, sqlite_url

SLOW = 200
PATIENCE = "12"
"""Seconds: long enough to connect them all and to make a few calls on a busy machine."""
ENDS_WITHIN = 240.0
HEAD = "POST /v1/people HTTP/1.1\r\nHost: hotseat.test\r\n"


def idle(_key: str) -> str:
    return ""


def blank_lines(_key: str) -> str:
    return "\r\n"


def half_a_head(_key: str) -> str:
    return HEAD + "Authorization: Bea"


def half_a_body(key: str) -> str:
    return (
        f"{HEAD}Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        'Content-Length: 500\r\n\r\n{"name": "Jack'
    )


def half_a_body_of_a_stranger(_key: str) -> str:
    """It is refused before its body is read, so that nobody waits for the rest."""
    return f"{HEAD}Content-Length: 500\r\n\r\n{{"


KINDS: tuple[Callable[[str], str], ...] = (
    idle,
    blank_lines,
    half_a_head,
    half_a_body,
    half_a_body_of_a_stranger,
)


@pytest.fixture
def key(commands: Commands, tmp_path: Path) -> str:
    commands.set(database_url=sqlite_url(tmp_path))
    return commands.run("workspace", "create", "Oxford").out.split()[4]


def connect(service: Service, said: str) -> socket.socket:
    port = int(service.url.rpartition(":")[2])
    client = socket.create_connection(("127.0.0.1", port), timeout=ENDS_WITHIN)
    client.sendall(said.encode())
    return client


def heard(client: socket.socket) -> str:
    """All that the service says until it closes the connection."""
    parts = []
    with client:
        try:
            while part := client.recv(65_536):
                parts.append(part)
        except ConnectionResetError:
            pass
    return b"".join(parts).decode()


def test_200_slow_clients_hold_nobody_up_and_are_dropped(
    commands: Commands, tmp_path: Path, key: str
) -> None:
    env = environment(sqlite_url(tmp_path), slow_client_seconds=PATIENCE, max_requests="20")
    headers = {"Authorization": f"Bearer {key}"}
    clients: list[tuple[str, socket.socket]] = []
    with running("serve", "--port", "0", "--no-worker", env=env) as service:
        for number in range(SLOW):
            kind = KINDS[number % len(KINDS)]
            clients.append((kind.__name__, connect(service, kind(key))))
            if number % 50 == 49:
                assert httpx.get(f"{service.url}/livez", timeout=60).status_code == 200
                read = httpx.get(f"{service.url}/v1/people", headers=headers, timeout=60)
                assert (read.status_code, read.json()["data"]) == (200, [])
        answers = [(name, heard(client)) for name, client in clients]
        assert httpx.get(f"{service.url}/livez", timeout=60).status_code == 200
        assert service.stop() == 0
    for name, answer in answers:
        status = re.match(r"HTTP/1\.1 (\d+)", answer)
        wanted = {"half_a_body": "408", "half_a_body_of_a_stranger": "401"}.get(name)
        assert (status and status[1]) == wanted, (name, answer)
    slow = next(answer for name, answer in answers if name == "half_a_body")
    assert '"code":"body_too_slow"' in slow
    assert "connection: close" in slow.lower()


def test_a_head_without_an_end_is_refused(tmp_path: Path, key: str) -> None:
    """By its size, long before its time is over."""
    env = environment(sqlite_url(tmp_path), slow_client_seconds="600")
    with running("serve", "--port", "0", "--no-worker", env=env) as service:
        client = connect(service, HEAD)
        try:
            for _ in range(2000):
                client.sendall(b"X-Filler: " + b"x" * 1000 + b"\r\n")
        except ConnectionError:
            pass
        else:
            pytest.fail("two megabytes of headers were taken")
        client.close()
        assert httpx.get(f"{service.url}/livez", timeout=60).status_code == 200


def test_who_does_not_read_is_dropped(tmp_path: Path, key: str) -> None:
    env = environment(sqlite_url(tmp_path), slow_client_seconds="2", docs="true")
    with running("serve", "--port", "0", "--no-worker", env=env) as service:
        client = connect(service, "")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ask = b"GET /static/swagger-ui-bundle.js HTTP/1.1\r\nHost: hotseat.test\r\n\r\n"
        try:
            # Pipelined, so that the answers outgrow every buffer on the way.
            for _ in range(200_000):
                client.sendall(ask)
        except ConnectionError:
            pass
        else:
            pytest.fail("the answers went somewhere")
        client.close()
        assert httpx.get(f"{service.url}/livez", timeout=60).status_code == 200


@pytest.mark.parametrize(("trusted", "refused"), [("127.0.0.0/8", [401, 401]), ("", [401, 429])])
def test_who_calls_is_what_a_trusted_proxy_says(
    tmp_path: Path, trusted: str, refused: list[int]
) -> None:
    """Else everybody behind a proxy would share one budget of wrong keys."""
    env = environment(
        sqlite_url(tmp_path), failed_auth_per_minute="1", trusted_proxies=trusted, docs="false"
    )
    with running("serve", "--port", "0", "--no-worker", env=env) as service:
        answers = [
            httpx.get(f"{service.url}/v1/people", headers={"X-Forwarded-For": address})
            for address in ("192.0.2.1", "192.0.2.2")
        ]
    assert [answer.status_code for answer in answers] == refused


def test_a_draining_service_says_so_ends_its_streams_and_exits_with_0(
    tmp_path: Path, key: str
) -> None:
    env = environment(sqlite_url(tmp_path), drain_seconds="5", grace_seconds="60")
    headers = {"Authorization": f"Bearer {key}"}
    with running("serve", "--port", "0", env=env) as service:
        assert httpx.get(f"{service.url}/readyz").json()["draining"] is False
        url = f"{service.url}/v1/events/stream"
        with httpx.stream("GET", url, headers=headers, timeout=60) as response:
            lines = response.iter_lines()
            assert next(lines) == ": hotseat"
            service.process.send_signal(signal.SIGTERM)
            # It ends well: a stream that is cut off would raise here.
            assert list(lines)[-1] == ""
        ready = httpx.get(f"{service.url}/readyz")
        assert (ready.status_code, ready.json()["draining"]) == (503, True)
        assert httpx.get(f"{service.url}/v1/people", headers=headers).status_code == 200
        assert service.end() == 0
