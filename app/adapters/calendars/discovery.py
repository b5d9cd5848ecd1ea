"""Finding an account's calendars from the address of its server: RFC 6764, 5397, 4791.

`/.well-known/caldav` leads to the service, that to the principal who asks, the principal to the
home of their calendars, and the home to the calendars. Every address on the way is checked by the
rules of `places`, and again by the client that dials it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin, urlsplit

from app.adapters.calendars import places
from app.adapters.calendars.caldav import Failed, Request, Talk, failure
from app.adapters.calendars.multistatus import (
    MEDIA_TYPE,
    Resource,
    UnreadableError,
    mkcalendar_body,
    path_of,
    propfind_body,
    read_multistatus,
)

WELL_KNOWN = "/.well-known/caldav"
REDIRECTS = {301, 302, 307, 308}
MAX_REDIRECTS = 5
MAX_CALENDARS = 100
MAX_NAME = 200
LISTING_LIMIT = 2_000_000
"""Bytes of a listing: some five thousand resources."""

_PRINCIPAL = ("current-user-principal",)
_HOME = ("C:calendar-home-set",)
_CALENDAR = (
    "resourcetype",
    "displayname",
    "C:supported-calendar-component-set",
    "current-user-privilege-set",
)
Problem = Literal["choose_calendar", "no_such_calendar", "ambiguous_calendar", "read_only"]


@dataclass(frozen=True, slots=True)
class FoundCalendar:
    """A calendar that takes events."""

    url: str
    name: str
    writable: bool


@dataclass(frozen=True, slots=True)
class Connected:
    """The account's calendars, and the one that was asked for, or the reason why there is none."""

    calendars: tuple[FoundCalendar, ...]
    url: str | None = None
    problem: Problem | None = None
    created: bool = False


def connect(server_url: str, wanted: str | None, *, new_name: str | None) -> Talk[Connected]:
    """Look for the calendar `wanted`, a name or a URL; without it the only one will do.

    `new_name`: what a calendar that is missing is called in its URL, if it is to be made.
    """
    home = yield from _home(server_url)
    if isinstance(home, Failed):
        return home
    calendars = yield from _calendars(home)
    if isinstance(calendars, Failed):
        return calendars
    chosen = choose(calendars, wanted)
    if chosen != "no_such_calendar" or new_name is None or wanted is None:
        if isinstance(chosen, FoundCalendar):
            return Connected(calendars, chosen.url)
        return Connected(calendars, problem=chosen)
    made = yield from make_calendar(urljoin(home, f"{new_name}/"), wanted)
    if isinstance(made, Failed):
        return made
    return Connected((*calendars, made), made.url, created=True)


def choose(calendars: Sequence[FoundCalendar], wanted: str | None) -> FoundCalendar | Problem:
    """The calendar of that name or URL; names are compared without regard to case."""
    found = list(calendars) if wanted is None else _named(calendars, wanted)
    if len(found) == 1:
        return found[0] if found[0].writable else "read_only"
    if wanted is None:
        return "choose_calendar"
    return "ambiguous_calendar" if found else "no_such_calendar"


def _named(calendars: Sequence[FoundCalendar], wanted: str) -> list[FoundCalendar]:
    """By URL, else by name, else by the last part of the URL: some servers name by that."""
    name = wanted.strip().casefold()
    return (
        [each for each in calendars if each.url == _as_url(wanted)]
        or [each for each in calendars if each.name.casefold() == name]
        or [each for each in calendars if _last_part(each.url).casefold() == name]
    )


def make_calendar(url: str, name: str) -> Talk[FoundCalendar]:
    """Make a calendar of events."""
    reply = yield Request("MKCALENDAR", url, {"Content-Type": MEDIA_TYPE}, mkcalendar_body(name))
    return FoundCalendar(url, name, writable=True) if reply.status == 201 else failure(reply)


def list_resources(
    url: str, properties: Sequence[str], depth: Literal["0", "1"]
) -> Talk[tuple[str, list[Resource]]]:
    """What is at a URL, or where redirects on the same server lead, and the URL that it was."""
    headers = {"Depth": depth, "Content-Type": MEDIA_TYPE}
    content = propfind_body(properties)
    redirects = 0
    reply = yield Request("PROPFIND", url, headers, content, limit=LISTING_LIMIT)
    while reply.status in REDIRECTS and redirects < MAX_REDIRECTS:
        there = places.redirected(url, reply.headers.get("location", ""))
        if there is None:
            return Failed("redirected_elsewhere", status=reply.status)
        url, redirects = there, redirects + 1
        reply = yield Request("PROPFIND", url, headers, content, limit=LISTING_LIMIT)
    if reply.status != 207:
        return failure(reply)
    try:
        return url, read_multistatus(reply.body)
    except UnreadableError:
        return Failed("unreadable_answer", status=reply.status)


def _home(server_url: str) -> Talk[str]:
    """The URL of the collection that holds the account's calendars."""
    principal = yield from _principal(server_url)
    if isinstance(principal, Failed):
        return principal
    listed = yield from list_resources(principal, _HOME, "0")
    if isinstance(listed, Failed):
        return listed
    url, resources = listed
    home = next((home for each in resources for home in each.homes), None)
    if home is None:
        return Failed("no_calendar_home")
    linked = places.linked(url, home)
    return Failed("linked_elsewhere") if linked is None else places.collection_url(linked)


def _principal(server_url: str) -> Talk[str]:
    """The principal that we are, asked for wherever the service may begin.

    A server that has no answer at one place may have it at the next; one that does not let us in,
    or is in trouble, is not asked further.
    """
    failed = Failed("not_a_caldav_server")
    for start in _starts(server_url):
        listed = yield from list_resources(start, _PRINCIPAL, "0")
        if isinstance(listed, Failed):
            if listed.status not in {400, 403, 404, 405, 410, 501}:
                return listed
            failed = Failed(failed.code, status=listed.status, response=listed.response)
            continue
        url, resources = listed
        if any(each.is_anonymous for each in resources):
            return Failed("unauthorized", status=207)
        principal = next((each.principal for each in resources if each.principal), None)
        if principal is not None:
            return places.linked(url, principal) or Failed("linked_elsewhere")
    return failed


def _starts(server_url: str) -> list[str]:
    """RFC 6764 section 6: the path that was given, the well-known one, the root."""
    given = [server_url] if urlsplit(server_url).path.strip("/") else []
    return [*given, urljoin(server_url, WELL_KNOWN), urljoin(server_url, "/")]


def _calendars(home: str) -> Talk[tuple[FoundCalendar, ...]]:
    listed = yield from list_resources(home, _CALENDAR, "1")
    if isinstance(listed, Failed):
        return listed
    base, resources = listed
    found = (
        FoundCalendar(places.collection_url(url), _name(each), each.is_writable)
        for each in resources
        if each.is_for_events and (url := places.linked(base, each.href)) is not None
    )
    return tuple(found)[:MAX_CALENDARS]


def _name(resource: Resource) -> str:
    return (resource.name or _last_part(resource.href))[:MAX_NAME]


def _last_part(url: str) -> str:
    return path_of(url).rstrip("/").rpartition("/")[2]


def _as_url(wanted: str) -> str | None:
    try:
        return places.collection_url(wanted) if "://" in wanted else None
    except ValueError:
        return None
