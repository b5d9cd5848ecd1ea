"""The guarded client against real servers on the loopback, and against hostile destinations.

Every dial goes through `Dialler`, which notes it and connects only to the loopback.
"""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.adapters.addresses import Network
from app.adapters.http import (
    DestinationRefused,
    GuardedBackend,
    Reply,
    exchange,
    guarded_client,
    resolve,
)

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]

LOOPBACK = (ip_network("127.0.0.0/8"),)
UNSPECIFIED = "0.0.0.0"  # noqa: S104 - a destination here, bound by nobody
TLS = ssl.create_default_context()  # made once: reading the system's certificates is slow
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Dialler(httpcore.AsyncNetworkBackend):
    """Notes every dial, fails for the addresses in `refusing`, and never leaves the loopback."""

    def __init__(self, refusing: Collection[str] = ()) -> None:
        self.dials: list[tuple[str, int]] = []
        self._refusing = refusing
        self._real = httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, *arguments: Any, **options: Any
    ) -> httpcore.AsyncNetworkStream:
        self.dials.append((host, port))
        if host in self._refusing:
            raise httpcore.ConnectError
        if not host.startswith("127."):
            raise AssertionError(f"dialled {host}")
        return await self._real.connect_tcp(host, port, *arguments, **options)


class Names:
    """A resolver whose answers for a name are a list of lists: one for each look-up, the last one
    for ever. Addresses resolve to themselves as the system would have it.
    """

    def __init__(self, **answers: list[list[str]]) -> None:
        self.asked: list[str] = []
        self._answers = {name.replace("_", "."): list(lists) for name, lists in answers.items()}

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host not in self._answers:
            infos = socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)
            return [str(info[4][0]) for info in infos[:1]]
        lists = self._answers[host]
        return lists.pop(0) if len(lists) > 1 else lists[0]


@contextlib.asynccontextmanager
async def receiver(
    answer: Answer,
    *,
    ssl_context: ssl.SSLContext | None = None,
    requests: list[bytes] | None = None,
) -> AsyncIterator[int]:
    """A server that reads one request, then answers with bytes or by a coroutine of the writer."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            request = await reader.readuntil(b"\r\n\r\n")
            if requests is not None:
                requests.append(request)
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=ssl_context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def post(client: httpx.AsyncClient, url: str, **options: Any) -> Reply:
    return await exchange(client, "POST", url, headers={}, content=b"{}", **options)


@contextlib.asynccontextmanager
async def client_and_dialler(
    *,
    allowed: Sequence[Network] = LOOPBACK,
    refusing: Collection[str] = (),
    ssl_context: ssl.SSLContext | None = TLS,
    **options: Any,
) -> AsyncIterator[tuple[httpx.AsyncClient, Dialler]]:
    dialler = Dialler(refusing)
    async with guarded_client(
        allowed=allowed, dialler=dialler, ssl_context=ssl_context, **options
    ) as client:
        yield client, dialler


# -- hostile destinations --------------------------------------------------------------------------

HOSTILE_URL_TEXT = """
http://127.0.0.1/ http://127.0.0.1:8080/ http://127.1/ http://127.0.1/ http://2130706433/
http://017700000001/ http://0177.0.0.1/ http://0177.1/ http://0x7f000001/ http://0x7f.0.0.1/
http://0x7f.1/ http://0X7F.0x0.0x0.0x1/ http://127.0.0.1./ http://127.255.255.254/ http://0/
http://0.0.0.0/ http://00000000177.0.0.1/ http://4294967295/ http://255.255.255.255/
http://10.0.0.1/ http://172.16.0.1/ http://172.31.255.255/ http://192.168.1.1/ http://3232235777/
http://0xc0.0xa8.1.1/ http://100.64.0.1/ http://198.18.0.1/ http://192.0.2.1/ http://203.0.113.9/
http://169.254.169.254/latest/meta-data/ http://2852039166/ http://0xa9fea9fe/ http://0251.0376.169.254/
http://169.254.170.2/ http://100.100.100.200/ http://192.0.0.192/ http://168.63.129.16/
http://192.88.99.1/ http://192.0.0.1/ http://224.0.0.1/ http://239.255.255.250/ http://240.0.0.1/
http://[::]/ http://[::1]/ http://[0:0:0:0:0:0:0:1]/ http://[::127.0.0.1]/ http://[::ffff:127.0.0.1]/
http://[::ffff:7f00:1]/ http://[::ffff:a9fe:a9fe]/ http://[::ffff:0:7f00:1]/ http://[64:ff9b::127.0.0.1]/
http://[64:ff9b::a9fe:a9fe]/ http://[64:ff9b:1::10.0.0.1]/ http://[2002:7f00:1::]/
http://[2002:a9fe:a9fe::1]/ http://[2001:0:7f00:1::]/ http://[2001::1]/ http://[2001:db8::1]/
http://[3fff::1]/ http://[5f00::1]/ http://[100::1]/ http://[fc00::1]/ http://[fd00:ec2::254]/
http://[fd20:ce::254]/ http://[fe80::1]/ http://[fe80::1%25eth0]/ http://[fe80::1%eth0]/
http://[2606:4700:4700::1111%25eth0]/ http://[fec0::1]/ http://[ff02::1]/ http://[ff0e::1]/
http://user@8.8.8.8/ http://user:secret@8.8.8.8/ http://8.8.8.8@127.0.0.1/ http://127.0.0.1@8.8.8.8/
http://8.8.8.8:0/ http://8.8.8.8:22/ http://8.8.8.8:25/ http://8.8.8.8:53/ http://8.8.8.8:1023/
http://8.8.8.8:65536/ http://8.8.8.8:-1/ http://8.8.8.8:99999999999/ http://127。0。0。1/ http://①②⑦.0.0.1/
ftp://8.8.8.8/ file:///etc/passwd gopher://8.8.8.8/ ws://8.8.8.8/ unix:///var/run/docker.sock
https:///hook 8.8.8.8/hook //8.8.8.8/hook http:8.8.8.8 http://%31%32%37.0.0.1/ http://127.0.0.1%00.example/
http://8.8.8.8\\@127.0.0.1/ http://xn--/ http://xn--a/ http://a..example/ http://[::1 http://[8.8.8.8]/
http://[v1.8.8.8.8]/
"""
HOSTILE_URLS = HOSTILE_URL_TEXT.split()

HOSTILE_NAMES = {
    "localhost": ["127.0.0.1", "::1"],
    "localtest.example": ["127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "private.example": ["10.0.0.7"],
    "mixed.example": ["8.8.8.8", "10.0.0.7"],
    "mixed-last.example": ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "sixtofour.example": ["2002:7f00:1::"],
    "teredo.example": ["2001:0:7f00:1::"],
    "link-local.example": ["fe80::1"],
    "zone.example": ["fe80::1%eth0"],
    "multicast.example": ["224.0.0.251"],
    "unspecified.example": [UNSPECIFIED],
    "unique-local.example": ["fd12:3456::1"],
}


def test_the_table_is_long_enough() -> None:
    hostile = len(set(HOSTILE_URLS)) + len(HOSTILE_NAMES)
    print(f"{hostile} hostile destinations, no packet sent to any")  # noqa: T201 - `pytest -rP`
    assert hostile >= 110
    assert len(set(HOSTILE_URLS)) == len(HOSTILE_URLS)


@pytest.mark.parametrize("url", HOSTILE_URLS)
async def test_a_hostile_url_is_refused_undialled_and_unresolved(url: str) -> None:
    names = Names()
    async with client_and_dialler(allowed=(), resolver=names) as (client, dialler):
        with pytest.raises(DestinationRefused) as refusal:
            await post(client, url)
    assert dialler.dials == []
    assert names.asked == []
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_name_with_any_private_address_is_refused_undialled(scheme: str, name: str) -> None:
    async def names(host: str, port: int) -> list[str]:
        return HOSTILE_NAMES[host]

    async with client_and_dialler(allowed=(), resolver=names) as (client, dialler):
        with pytest.raises(DestinationRefused) as refusal:
            await post(client, f"{scheme}://{name}/hook")
    assert refusal.value.reason == "not_public"
    assert dialler.dials == []
    assert not any(address in str(refusal.value) for address in HOSTILE_NAMES[name])


@pytest.mark.parametrize(
    "host", ["2130706433", "017700000001", "0x7f000001", "127.1", "0177.1", "0x7f.0.0.1", "0"]
)
async def test_what_the_system_resolves_is_judged_even_if_the_host_was_let_through(
    host: str,
) -> None:
    dialler = Dialler()
    backend = GuardedBackend(allowed=(), resolver=resolve, dialler=dialler)
    assert (await resolve(host, 80))[0] in {"127.0.0.1", UNSPECIFIED}
    with pytest.raises(DestinationRefused):
        await backend.connect_tcp(host, 80, timeout=1)
    assert dialler.dials == []


async def test_a_second_answer_that_turns_private_is_refused() -> None:
    names = Names(rebinding_example=[["127.0.0.1"], ["10.0.0.1"]])
    async with (
        receiver(OK) as port,
        client_and_dialler(resolver=names) as (client, dialler),
    ):
        assert (await post(client, f"http://rebinding.example:{port}/")).status == 200
        with pytest.raises(DestinationRefused):
            await post(client, f"http://rebinding.example:{port}/")
    assert dialler.dials == [("127.0.0.1", port)]


async def test_one_request_looks_up_once_and_dials_what_was_checked() -> None:
    names = Names(rebinding_example=[["127.0.0.2"], ["10.0.0.1"]])
    async with (
        receiver(OK) as port,
        client_and_dialler(resolver=names, refusing={"127.0.0.2"}) as (client, dialler),
    ):
        with pytest.raises(httpx.ConnectError):
            await post(client, f"http://rebinding.example:{port}/")
    assert names.asked == ["rebinding.example"]
    assert dialler.dials == [("127.0.0.2", port)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    head = f"HTTP/1.1 {status} Elsewhere\r\nlocation: http://169.254.169.254/\r\n"
    async with (
        receiver(head.encode() + b"content-length: 0\r\n\r\n") as port,
        client_and_dialler() as (client, dialler),
    ):
        assert (await post(client, f"http://127.0.0.1:{port}/")).status == status
    assert dialler.dials == [("127.0.0.1", port)]


# -- ordinary traffic ------------------------------------------------------------------------------


async def test_the_host_header_keeps_the_name_and_the_address_is_dialled() -> None:
    requests: list[bytes] = []
    names = Names(receiver_example=[["127.0.0.1"]])
    async with (
        receiver(OK, requests=requests) as port,
        client_and_dialler(resolver=names) as (client, dialler),
    ):
        reply = await post(client, f"http://receiver.example:{port}/hook?a=b")
    assert (reply.status, reply.body) == (200, b"ok")
    assert dialler.dials == [("127.0.0.1", port)]
    assert requests[0].startswith(b"POST /hook?a=b HTTP/1.1\r\n")
    assert f"host: receiver.example:{port}".encode() in requests[0].lower()


async def test_the_system_resolver_serves_by_default() -> None:
    async with receiver(OK) as port, guarded_client(allowed=LOOPBACK) as client:
        assert (await post(client, f"http://127.0.0.1:{port}/")).body == b"ok"


async def test_an_unreachable_address_gives_way_to_the_next_up_to_four() -> None:
    names = Names(two_example=[["127.0.0.2", "127.0.0.1"]], six_example=[["127.0.0.2"] * 6])
    async with (
        receiver(OK) as port,
        client_and_dialler(resolver=names, refusing={"127.0.0.2"}) as (client, dialler),
    ):
        assert (await post(client, f"http://two.example:{port}/")).status == 200
        assert dialler.dials == [("127.0.0.2", port), ("127.0.0.1", port)]
        dialler.dials.clear()
        with pytest.raises(httpx.ConnectError):
            await post(client, f"http://six.example:{port}/")
    assert len(dialler.dials) == 4


async def test_no_connection_serves_two_requests_and_no_cookie_comes_back() -> None:
    requests: list[bytes] = []
    answer = OK.replace(b"\r\n\r\n", b"\r\nset-cookie: tenant=one; path=/\r\n\r\n")
    async with (
        receiver(answer, requests=requests) as port,
        client_and_dialler() as (client, dialler),
    ):
        await post(client, f"http://127.0.0.1:{port}/")
        await post(client, f"http://127.0.0.1:{port}/")
    assert len(dialler.dials) == 2
    assert b"cookie" not in requests[1].lower()
    assert b"accept-encoding: identity" in requests[1].lower()


async def test_proxies_and_credentials_of_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    requests: list[bytes] = []
    async with (
        receiver(OK, requests=requests) as port,
        client_and_dialler() as (client, dialler),
    ):
        assert (await post(client, f"http://127.0.0.1:{port}/")).status == 200
    assert dialler.dials == [("127.0.0.1", port)]
    assert b"authorization" not in requests[0].lower()


async def test_an_endless_body_is_read_to_the_cap_and_no_further() -> None:
    written = 0

    async def flood(writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 10_000)
            await writer.drain()
            written += 10_000

    async with receiver(flood) as port, client_and_dialler() as (client, _):
        reply = await post(client, f"http://127.0.0.1:{port}/")
    assert reply.body == b"x" * 20_000
    assert written < 20_000_000


async def test_a_body_at_the_cap_comes_whole_and_a_smaller_cap_is_kept() -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 20000\r\n\r\n" + b"y" * 20_000
    async with receiver(answer) as port, client_and_dialler() as (client, _):
        assert len((await post(client, f"http://127.0.0.1:{port}/")).body) == 20_000
        assert len((await post(client, f"http://127.0.0.1:{port}/", body_limit=7)).body) == 7


async def test_a_compressed_body_is_not_unpacked() -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc"
    async with receiver(answer) as port, client_and_dialler() as (client, _):
        assert (await post(client, f"http://127.0.0.1:{port}/")).body == b"abc"


async def trickle(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.02)


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0.6)


@pytest.mark.parametrize("answer", [trickle, silence])
async def test_the_whole_exchange_ends_in_time(answer: Answer) -> None:
    async with receiver(answer) as port, client_and_dialler() as (client, _):
        started = time.monotonic()
        with pytest.raises(httpx.TimeoutException):
            await post(client, f"http://127.0.0.1:{port}/", total_timeout=0.2)
    assert 0.15 < time.monotonic() - started < 1


async def test_a_slow_resolver_counts_against_the_connect_time_out() -> None:
    async def slow(host: str, port: int) -> list[str]:
        await asyncio.sleep(5)
        return ["127.0.0.1"]

    async with client_and_dialler(resolver=slow, connect_timeout=0.1) as (client, dialler):
        with pytest.raises(httpx.ConnectTimeout):
            await post(client, "http://slow.example/")
    assert dialler.dials == []


async def test_addresses_that_never_answer_share_the_connect_time_out() -> None:
    class Hanging(Dialler):
        async def connect_tcp(
            self, host: str, port: int, *arguments: Any, **options: Any
        ) -> httpcore.AsyncNetworkStream:
            self.dials.append((host, port))
            share = arguments[0]
            await asyncio.sleep(share)
            raise httpcore.ConnectTimeout

    dialler = Hanging()
    names = Names(dead_example=[["127.0.0.1", "127.0.0.2"]])
    async with guarded_client(
        allowed=LOOPBACK, resolver=names, dialler=dialler, connect_timeout=0.2
    ) as client:
        with pytest.raises(httpx.ConnectTimeout):
            await post(client, "http://dead.example/")
    assert dialler.dials == [("127.0.0.1", 80), ("127.0.0.2", 80)]


@pytest.mark.parametrize("answers", [[], socket.gaierror("unknown"), UnicodeError("label")])
async def test_a_name_without_address_is_a_failure_to_connect(
    answers: list[str] | Exception,
) -> None:
    async def names(host: str, port: int) -> list[str]:
        if isinstance(answers, Exception):
            raise answers
        return answers

    async with client_and_dialler(resolver=names) as (client, dialler):
        with pytest.raises(httpx.ConnectError):
            await post(client, "http://nowhere.example/")
    assert dialler.dials == []


# -- TLS -------------------------------------------------------------------------------------------


def certificate_for(name: str, folder: Path) -> Path:
    """Paths of a self-signed certificate for `name` and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


async def test_tls_names_and_verifies_the_name_not_the_address(tmp_path: Path) -> None:
    path = certificate_for("receiver.example", tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    seen = []
    server.sni_callback = lambda _socket, name, _context: seen.append(name)
    names = Names(receiver_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    async with (
        receiver(OK, ssl_context=server) as port,
        client_and_dialler(resolver=names, ssl_context=ssl.create_default_context(cafile=path)) as (
            client,
            dialler,
        ),
    ):
        assert (await post(client, f"https://receiver.example:{port}/")).status == 200
        with pytest.raises(httpx.ConnectError, match="Hostname mismatch"):
            await post(client, f"https://other.example:{port}/")
    assert seen == ["receiver.example", "other.example"]
    assert dialler.dials == [("127.0.0.1", port)] * 2


async def shake_hands_then_spoil(
    context: ssl.SSLContext, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """A TLS server that sends a record no key can decrypt."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    shaken = False
    while not shaken:
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
            shaken = True
        writer.write(outgoing.read())
        if not shaken:
            incoming.write(await reader.read(65_536))
    writer.write(b"\x17\x03\x03\x00\x20" + bytes(32))
    await reader.read(65_536)
    writer.close()


async def test_tls_that_breaks_after_the_handshake_is_an_http_error_too(tmp_path: Path) -> None:
    path = certificate_for("receiver.example", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server = await asyncio.start_server(
        lambda reader, writer: shake_hands_then_spoil(context, reader, writer), "127.0.0.1", 0
    )
    async with (
        server,
        client_and_dialler(
            resolver=Names(receiver_example=[["127.0.0.1"]]),
            ssl_context=ssl.create_default_context(cafile=path),
        ) as (client, _),
    ):
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(httpx.ReadError) as broken:
            await post(client, f"https://receiver.example:{port}/")
    assert isinstance(broken.value.__cause__, ssl.SSLError)
