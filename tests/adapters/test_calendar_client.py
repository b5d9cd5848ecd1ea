"""Conversations over the guarded client: hostile hops get no packet, and secrets stay with us."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any
from urllib.request import parse_http_list, parse_keqv_list

import httpcore
import httpx
import pytest

from app.adapters.calendars import caldav
from app.adapters.calendars.account import Credentials
from app.adapters.calendars.caldav import Failed, Removed
from app.adapters.calendars.client import carry_out
from app.adapters.calendars.discovery import Connected, connect
from app.adapters.http import guarded_client
from tests.support.receiver import Answer, Received, Receiver

CREDENTIALS = Credentials("jack", "correct: horse")
PRIVATE = "10.0.0.1"
CHALLENGE = 'Digest realm="dav", nonce="{nonce}", qop="auth", algorithm=MD5, opaque="o"'


class Dialler(httpcore.AsyncNetworkBackend):
    """Notes every dial; only the loopback is really dialled."""

    def __init__(self) -> None:
        self.dials: list[str] = []
        self._real = httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, *arguments: Any, **options: Any
    ) -> httpcore.AsyncNetworkStream:
        self.dials.append(host)
        assert host == "127.0.0.1", f"dialled {host}"
        return await self._real.connect_tcp(host, *arguments, **options)


@asynccontextmanager
async def clients(
    names: Mapping[str, list[str]],
) -> AsyncIterator[tuple[httpx.AsyncClient, Dialler]]:
    """A guarded client that may reach 127.0.0.1. Each look-up of a name takes its next address."""
    left = {name: list(addresses) for name, addresses in names.items()}

    async def resolve(host: str, port: int) -> list[str]:
        addresses = left.get(host, [host])
        return [addresses.pop(0) if len(addresses) > 1 else addresses[0]]

    dialler = Dialler()
    allowed = [ip_network("127.0.0.1/32")]
    async with guarded_client(allowed=allowed, resolver=resolve, dialler=dialler) as client:
        yield client, dialler


def dav(inside: str, href: str = "/") -> Answer:
    body = (
        '<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
        f"<response><href>{href}</href><propstat><prop>{inside}</prop>"
        "<status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"
    )
    return Answer(207, body.encode())


def server_with(*, redirect: str = "/", principal: str = "/p/", home: str = "/c/") -> Any:
    """A server that answers a discovery, with places of one's choice; `{port}` is its own."""

    async def answer(request: Received) -> Answer:
        port = request.headers["host"].rpartition(":")[2]
        if request.path == "/.well-known/caldav":
            return Answer(301, headers=(("Location", redirect.format(port=port)),))
        if request.path == "/":
            href = principal.format(port=port)
            return dav(f"<current-user-principal><href>{href}</href></current-user-principal>")
        if request.path == "/p/":
            href = home.format(port=port)
            return dav(f"<C:calendar-home-set><href>{href}</href></C:calendar-home-set>")
        return dav("<resourcetype><C:calendar/></resourcetype>", "/c/office/")

    return answer


LOCAL = ["127.0.0.1"]


async def discover(
    names: Mapping[str, list[str]], **places: str
) -> tuple[Connected | Failed, list[str], list[Received]]:
    async with Receiver(server_with(**places)) as receiver, clients(names) as (client, dialler):
        url = f"http://cal.example.org:{receiver.port}"
        report = await carry_out(client, CREDENTIALS, connect(url, None, new_name=None))
        return report.outcome, dialler.dials, receiver.requests


async def test_every_hop_is_made_by_the_guarded_client() -> None:
    outcome, dials, requests = await discover({"cal.example.org": LOCAL})
    assert isinstance(outcome, Connected)
    assert outcome.url is not None
    assert outcome.url.endswith("/c/office/")
    assert [request.path for request in requests] == ["/.well-known/caldav", "/", "/p/", "/c/"]
    assert dials == LOCAL * 4


BESIDE = "http://evil.example.org:{port}/x/"


@pytest.mark.parametrize(
    ("names", "places", "hops", "code"),
    [
        # the very first name is private
        ({"cal.example.org": [PRIVATE]}, {}, 0, "refused_destination"),
        # the server's own name turns private from one hop to the next
        ({"cal.example.org": [*LOCAL, PRIVATE]}, {}, 1, "refused_destination"),
        ({"cal.example.org": [*LOCAL * 2, PRIVATE]}, {}, 2, "refused_destination"),
        ({"cal.example.org": [*LOCAL * 3, PRIVATE]}, {}, 3, "refused_destination"),
        # a server beside it is private
        ({"evil.example.org": [PRIVATE]}, {"principal": BESIDE}, 2, "refused_destination"),
        ({"evil.example.org": [PRIVATE]}, {"home": BESIDE}, 3, "refused_destination"),
        # somewhere else altogether, by redirect or by link
        ({}, {"redirect": BESIDE}, 1, "redirected_elsewhere"),
        ({}, {"redirect": "http://169.254.169.254/latest/"}, 1, "redirected_elsewhere"),
        ({}, {"redirect": "http://cal.example.org:22/"}, 1, "redirected_elsewhere"),
        ({}, {"principal": "http://169.254.169.254/latest/"}, 2, "linked_elsewhere"),
        ({}, {"home": "http://[::1]:{port}/"}, 3, "linked_elsewhere"),
    ],
)
async def test_a_hostile_hop_gets_no_packet(
    names: Mapping[str, list[str]], places: dict[str, str], hops: int, code: str
) -> None:
    outcome, dials, requests = await discover({"cal.example.org": LOCAL, **names}, **places)
    assert isinstance(outcome, Failed)
    assert outcome.code == code
    assert len(requests) == len(dials) == hops


def md5(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode()).hexdigest()  # noqa: S324 - RFC 7616 has it


class DigestServer:
    """Takes each nonce for `lasts` requests, then another is wanted; `answer` once it is content.

    It reckons the response by RFC 7616, 3.4.1, on its own.
    """

    def __init__(self, challenge: str = CHALLENGE, *, password: str = CREDENTIALS.password) -> None:
        self.challenge, self.password = challenge, password
        self.lasts, self.nonce, self.seen = 2, 0, list[str]()

    async def __call__(self, request: Received) -> Answer:
        authorization = request.headers["authorization"]
        self.seen.append(authorization.partition(" ")[0])
        if not self._is_good(request, authorization):
            self.nonce += 1
            value = self.challenge.format(nonce=self.nonce)
            return Answer(401, headers=(("WWW-Authenticate", value),))
        return Answer(204)

    def _is_good(self, request: Received, authorization: str) -> bool:
        scheme, _, rest = authorization.partition(" ")
        if scheme != "Digest":
            return False
        given = parse_keqv_list(parse_http_list(rest))
        ha1 = md5("jack", "dav", self.password)
        ha2 = md5(request.method, request.path)
        expected = md5(ha1, str(self.nonce), given["nc"], given["cnonce"], "auth", ha2)
        return (given["uri"], given["response"]) == (request.path, expected) and int(
            given["nc"], 16
        ) <= self.lasts


async def talk_to(server: DigestServer) -> Removed | Failed:
    """Take three objects out in one conversation."""

    def remove_three(url: str) -> caldav.Conversation:
        for name in ("a", "b%20b", "c?x=1"):
            outcome = yield from caldav.remove(f"{url}/c/{name}.ics")
            if isinstance(outcome, Failed):
                return outcome
        return Removed()

    async with Receiver(server) as receiver, clients({}) as (client, _):
        url = f"http://127.0.0.1:{receiver.port}"
        report = await carry_out(client, CREDENTIALS, remove_three(url))
    assert isinstance(report.outcome, (Removed, Failed))
    return report.outcome


async def test_a_server_that_asks_for_digest_gets_it_and_a_new_one_for_a_stale_nonce() -> None:
    server = DigestServer()
    assert await talk_to(server) == Removed()
    assert server.seen == ["Basic", "Digest", "Digest", "Digest", "Digest"]


async def test_a_wrong_password_is_tried_once_by_digest() -> None:
    server = DigestServer(password="another")
    outcome = await talk_to(server)
    assert isinstance(outcome, Failed)
    assert (outcome.code, server.seen) == ("unauthorized", ["Basic", "Digest"])


@pytest.mark.parametrize(
    "challenge",
    [
        'Basic realm="dav"',
        'Digest realm="dav", nonce="{nonce}", qop="auth-int"',
        'Digest realm="dav", nonce="{nonce}", qop="other"',
        'Digest realm="dav", nonce="{nonce}", algorithm=SHA3, qop="auth"',
        'Digest realm="dav"',
        "Digest nonsense",
        "Digest",
        "Bearer",
    ],
)
async def test_another_challenge_is_a_refusal(challenge: str) -> None:
    server = DigestServer(challenge)
    outcome = await talk_to(server)
    assert isinstance(outcome, Failed)
    assert (outcome.code, server.seen) == ("unauthorized", ["Basic"])


async def test_what_a_server_echoes_is_kept_without_our_secrets() -> None:
    async def echo(request: Received) -> Answer:
        told = f"{request.headers['authorization']} correct: horse \x00 no".encode()
        return Answer(403, told)

    async with Receiver(echo) as receiver, clients({}) as (client, _):
        talk = caldav.remove(f"http://127.0.0.1:{receiver.port}/c/x.ics")
        report = await carry_out(client, CREDENTIALS, talk)
    assert isinstance(report.outcome, Failed)
    assert report.outcome.response == "Basic [secret] [secret] \N{REPLACEMENT CHARACTER} no"
    assert report.status == 403


@pytest.mark.parametrize("limit", ["request_timeout", "total_timeout"])
async def test_a_server_that_hangs_is_left(limit: str) -> None:
    ended = asyncio.Event()

    async def hang(_request: Received) -> Answer:
        await ended.wait()
        return Answer()

    async with Receiver(hang) as receiver, clients({}) as (client, _):
        talk = caldav.remove(f"http://127.0.0.1:{receiver.port}/c/x.ics")
        report = await carry_out(client, CREDENTIALS, talk, **{limit: 0.1})
        ended.set()
    assert (report.outcome, report.status) == (Failed("timeout"), None)


def test_the_password_is_not_in_a_repr() -> None:
    assert "horse" not in repr(CREDENTIALS)
