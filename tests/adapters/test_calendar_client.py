"""Conversations over the guarded client: hostile hops get no packet, and secrets stay with us."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any

import httpcore
import httpx
import pytest

from app.adapters.calendars import caldav
from app.adapters.calendars.caldav import Failed
from app.adapters.calendars.client import Credentials, carry_out
from app.adapters.calendars.discovery import Connected, connect
from app.adapters.http import guarded_client
from tests.support.receiver import Answer, Received, Receiver

CREDENTIALS = Credentials("jack", "correct: horse")
PRIVATE = "10.0.0.1"


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
        return dav("<resourcetype><C:calendar/></resourcetype>", "/c/work/")

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
    assert outcome.url.endswith("/c/work/")
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
