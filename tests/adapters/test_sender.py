"""One delivery attempt, on the wire: real servers on the loopback, nothing anywhere else."""

import asyncio
import contextlib
import json
import os
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any, Self

import httpx
import pytest
import standardwebhooks
import svix.webhooks

from app import __version__
from app.adapters.http import guarded_client
from app.adapters.webhooks.retry import AttemptResult
from app.adapters.webhooks.sender import send
from app.adapters.webhooks.signing import secret_from

SECRETS = [secret_from(os.urandom(32)), secret_from(os.urandom(32))]
BODY = json.dumps({"type": "meeting.held", "data": {"name": "Zoë"}}, ensure_ascii=False).encode()
TLS = ssl.create_default_context()
Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


class Receiver:
    """Reads whole requests, keeps them, and answers each with the same bytes or behaviour."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.requests: list[tuple[str, dict[str, str], bytes]] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._handle, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = [line.split(": ", 1) for line in head[1:] if line]
            headers = {name.lower(): value for name, value in pairs}
            body = await reader.readexactly(int(headers["content-length"]))
            self.requests.append((head[0], headers, body))
            if isinstance(self._answer, bytes):
                writer.write(self._answer)
                await writer.drain()
            else:
                await self._answer(writer)
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status} Whatever", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(head).encode() + body


def client_for(**options: Any) -> httpx.AsyncClient:
    return guarded_client(allowed=[ip_network("127.0.0.0/8")], ssl_context=TLS, **options)


async def deliver(
    url: str, *, number: int = 7, total_timeout: float = 5.0, **options: Any
) -> AttemptResult:
    async with client_for(**options) as client:
        return await send(
            client,
            url=url,
            secrets=SECRETS,
            event_id="evt_01jx",
            timestamp=datetime.now(UTC),
            body=BODY,
            delivery_number=number,
            total_timeout=total_timeout,
        )


async def test_the_request_is_what_standard_webhooks_says_byte_for_byte() -> None:
    async with Receiver(answer(200, b"thanks")) as receiver:
        result = await deliver(receiver.url)
    assert (result.status, result.error, result.response_body) == (200, None, "thanks")
    assert result.retry_after is None
    assert 0 <= result.duration_ms < 5000
    [(line, headers, body)] = receiver.requests
    assert line == "POST /hook HTTP/1.1"
    assert body == BODY
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == f"Hotseat/{__version__} (+webhooks)"
    assert headers["hotseat-delivery-number"] == "7"
    assert headers["webhook-id"] == "evt_01jx"
    for secret in SECRETS:
        standardwebhooks.Webhook(secret).verify(body, headers)
        svix.webhooks.Webhook(secret).verify(body, headers)


@pytest.mark.parametrize("status", [200, 204, 299, 400, 404, 410, 429, 500, 503])
async def test_a_status_is_reported_as_it_came(status: int) -> None:
    async with Receiver(answer(status)) as receiver:
        result = await deliver(receiver.url)
    assert (result.status, result.error, result.response_body) == (status, None, "")


async def test_a_redirect_is_reported_and_not_followed() -> None:
    async with Receiver(answer(204)) as elsewhere:
        redirect = answer(302, b"moved", f"location: {elsewhere.url}")
        async with Receiver(redirect) as receiver:
            result = await deliver(receiver.url)
    assert (result.status, result.error, result.response_body) == (302, None, "moved")
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("header", "expected"), [("120", "120"), ("", None), ("9" * 500, "9" * 100)]
)
async def test_retry_after_is_handed_on_cut_to_a_sane_length(
    header: str, expected: str | None
) -> None:
    async with Receiver(answer(429, b"", f"retry-after: {header}")) as receiver:
        assert (await deliver(receiver.url)).retry_after == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"a\x00b", "a\ufffdb"),
        (b"\xff" * 20_000, "\ufffd" * 6_666),
        ("é".encode() * 20_000, "é" * 10_000),
        (b"x" + "é".encode() * 20_000, "x" + "é" * 9_999),
        (b"z" * 50_000, "z" * 20_000),
    ],
    ids=["nul", "undecodable", "cut", "cut inside a character", "long"],
)
async def test_the_stored_response_is_text_of_20000_bytes_at_most(
    body: bytes, expected: str
) -> None:
    async with Receiver(answer(500, body)) as receiver:
        stored = (await deliver(receiver.url)).response_body
    assert stored == expected
    assert len(stored.encode()) <= 20_000


async def test_an_endless_body_does_not_hold_the_sender() -> None:
    async def flood(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 10_000)
            await writer.drain()

    async with Receiver(flood) as receiver:
        result = await deliver(receiver.url)
    assert (result.status, result.error) == (200, None)
    assert result.response_body == "x" * 20_000


async def trickle_of_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nx: ")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def trickle_of_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.02)


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0.6)


@pytest.mark.parametrize("behaviour", [trickle_of_headers, trickle_of_body, silence])
async def test_a_slow_receiver_is_a_time_out(behaviour: Answer) -> None:
    async with Receiver(behaviour) as receiver:
        result = await deliver(receiver.url, total_timeout=0.2)
    assert (result.status, result.error, result.response_body) == (None, "timeout", None)
    assert 180 <= result.duration_ms < 1000


async def test_a_slow_look_up_is_a_time_out() -> None:
    async def slow(host: str, port: int) -> list[str]:
        await asyncio.sleep(5)
        return ["127.0.0.1"]

    result = await deliver("http://slow.example/", resolver=slow, connect_timeout=0.1)
    assert result.error == "timeout"


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def reset_within_the_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
    await writer.drain()
    # Lingering for 0 s turns the close into a reset.
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@pytest.mark.parametrize(
    ("behaviour", "errors"),
    [
        (hang_up, {"protocol", "disconnected"}),
        (reset_within_the_body, {"disconnected", "protocol"}),
        (b"SSH-2.0-OpenSSH_9.6\r\n", {"protocol"}),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello", {"protocol"}),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", {"protocol"}),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", {"protocol"}),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 40_000 + b"\r\n", {"protocol", "disconnected"}),
    ],
    ids=["hang up", "reset", "not HTTP", "two lengths", "cut short", "bad chunk", "huge head"],
)
async def test_a_broken_answer_is_an_error_class(behaviour: Answer, errors: set[str]) -> None:
    async with Receiver(behaviour) as receiver:
        result = await deliver(receiver.url)
    assert result.error in errors
    assert (result.status, result.response_body) == (None, None)


async def test_a_closed_port_is_a_failure_to_connect() -> None:
    async with Receiver(answer(200)) as receiver:
        pass
    assert (await deliver(receiver.url)).error == "connect"


async def test_an_unknown_name_is_told_apart() -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    assert (await deliver("https://nowhere.example/", resolver=unknown)).error == "dns"


async def test_a_receiver_without_tls_is_a_tls_error() -> None:
    async def speak_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(400))
        await reader.read()
        writer.close()

    server = await asyncio.start_server(speak_plainly, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        result = await deliver(f"https://127.0.0.1:{port}/")
    assert (result.status, result.error) == (None, "tls")


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://user:hunter2@8.8.8.8/",
        "http://8.8.8.8:22/",
        "ftp://8.8.8.8/",
        "http://2130706433/",
        "not a url",
        "http://xn--/",
    ],
)
async def test_a_refused_destination_gets_nothing_and_leaves_nothing(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def never(host: str, port: int) -> list[str]:
        raise AssertionError(host)

    with caplog.at_level("DEBUG"):
        result = await deliver(url, resolver=never)
    assert (result.status, result.response_body, result.error) == (
        None,
        None,
        "refused_destination",
    )
    assert "hunter2" not in caplog.text
    assert "hunter2" not in repr(result)


async def test_a_hundred_hung_receivers_do_not_hold_a_healthy_one() -> None:
    async with Receiver(silence) as hung, Receiver(answer(204)) as healthy, client_for() as client:

        async def attempt(url: str) -> AttemptResult:
            return await send(
                client,
                url=url,
                secrets=SECRETS,
                event_id="evt_01jx",
                timestamp=datetime.now(UTC),
                body=BODY,
                delivery_number=1,
                total_timeout=60,
            )

        waiting = [asyncio.create_task(attempt(hung.url)) for _ in range(100)]
        await asyncio.sleep(0.1)
        result = await attempt(healthy.url)
        assert not any(task.done() for task in waiting)
        assert result.status == 204
        for task in waiting:
            task.cancel()
        ends = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends)


async def test_a_cancelled_attempt_stays_cancelled() -> None:
    async with Receiver(silence) as receiver:
        task = asyncio.create_task(deliver(receiver.url))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
