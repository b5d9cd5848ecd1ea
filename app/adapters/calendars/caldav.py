"""Putting one calendar object into a CalDAV collection, and taking it out: RFC 4791, RFC 4918.

A conversation yields requests and is sent responses, and returns what came of it; it does no I/O.
Our state wins: what somebody edited on the server is overwritten, and the outcome says so. Only the
alarms that they added stay: those are between a person and their calendar.

An object is written with `If-None-Match: *` when it is new to us and with `If-Match` afterwards
(RFC 4791 section 5.3.2), so that we learn of what is there already. A server that changes what it
stores leaves the ETag out of its answer (section 5.3.4): then it is asked for.
"""

import re
from base64 import b64encode
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar
from urllib.parse import quote

from app.adapters.calendars.alarms import alarms_of, with_alarms

MEDIA_TYPE = "text/calendar; charset=utf-8"
GONE = {404, 410}
STORED = {200, 201, 204}
REMOVED = {200, 202, 204}
MAX_ETAG_LENGTH = 1000
ANSWER_LIMIT = 20_000
"""Bytes of an answer that are read where little is expected; the rest stays on the wire."""
OBJECT_LIMIT = 200_000
MAX_RESPONSE = 2_000
"""Characters of a refusal that are kept for the log."""

_REFUSALS = {
    400: "rejected",
    401: "unauthorized",
    403: "forbidden",
    404: "calendar_not_found",
    405: "not_a_calendar",
    409: "calendar_not_found",
    410: "calendar_not_found",
    412: "edit_conflict",
    413: "rejected",
    415: "rejected",
    429: "too_many_requests",
    507: "server_full",
}
# RFC 4791 section 5.3.2.1. Some servers send these conditions with a 412 instead of a 403 or 409.
_CONDITION = re.compile(
    rb"<(?:[\w.-]+:)?(no-uid-conflict|supported-calendar-data|valid-calendar-data|"
    rb"valid-calendar-object-resource|supported-calendar-component|max-resource-size|"
    rb"min-date-time|max-date-time)\b"
)
_STRONG_ETAG = re.compile(r'"[!#-~]*"')
_OF_ONE_OBJECT = {"rejected", "edit_conflict", "uid_conflict"}


@dataclass(frozen=True, slots=True)
class Request:
    """What to send, without the credentials, and how many bytes of the answer to read."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    limit: int = ANSWER_LIMIT


@dataclass(frozen=True, slots=True)
class Response:
    """What came back; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """The server has our object, under `etag` if it gives out any that can be compared.

    `overwrote`: there was something else in its place. `alarms`: those that were written along.
    """

    etag: str | None
    overwrote: bool = False
    alarms: bytes = b""


@dataclass(frozen=True, slots=True)
class Removed:
    """The object is not there any more, or never was."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not work. `about`: whether other objects of the same calendar would fare as badly.

    `retry_after`: seconds for which the server does not want to hear from us. `response`: the
    beginning of what it said.
    """

    code: str
    about: Literal["calendar", "object"] = "calendar"
    status: int | None = None
    retry_after: int | None = None
    response: str | None = field(default=None, compare=False)


Outcome = Written | Removed | Failed
Result = TypeVar("Result")
Talk = Generator[Request, Response, Result | Failed]
"""A conversation that comes to a result, or fails."""
Conversation = Talk[Written | Removed]


@dataclass(frozen=True, slots=True)
class Report(Generic[Result]):
    """What came of a conversation, the status of its last answer, and how long it took."""

    outcome: Result | Failed
    status: int | None
    duration_ms: int


def object_url(collection: str, uid: str) -> str:
    """Where the object of this UID lives in a collection, whose URL ends with a slash."""
    return f"{collection}{quote(uid, safe='@')}.ics"


def basic_credentials(username: str, password: str) -> str:
    """The value of `Authorization` by RFC 7617, in UTF-8."""
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode("ascii")


def write(url: str, content: bytes, etag: str | None, alarms: bytes = b"") -> Conversation:
    """Store an object: in place of what had `etag` when we wrote it last, or as a new one.

    `alarms` are those that its owner had added by then; an edit there may have changed them.
    """
    condition = {"If-Match": etag} if etag else {"If-None-Match": "*"}
    reply = yield _put(url, with_alarms(content, alarms), condition)
    overwrote = False
    if _changed_there(reply):
        there = yield _get(url)
        if there.status != 200 and there.status not in GONE:
            return failure(there)
        alarms = alarms_of(there.body) if there.status == 200 else b""
        merged = with_alarms(content, alarms)
        overwrote = there.status == 200 and there.body != merged
        reply = yield _put(url, merged, _in_place_of(there))
    if reply.status not in STORED:
        return failure(reply)
    tag = _etag(reply)
    if tag is None:
        there = yield _get(url)
        tag = _etag(there) if there.status == 200 else None
    return Written(tag, overwrote, alarms)


def remove(url: str) -> Conversation:
    """Take an object out, whatever has become of it."""
    reply = yield Request("DELETE", url)
    return Removed() if reply.status in REMOVED | GONE else failure(reply)


def probe(url: str, content: bytes) -> Conversation:
    """Write an object and take it out again."""
    outcome = yield from write(url, content, None)
    return outcome if isinstance(outcome, Failed) else (yield from remove(url))


def failure(reply: Response) -> Failed:
    """What a response that is no success means."""
    code = _condition_code(reply) or _status_code(reply.status)
    return Failed(
        code,
        about="object" if code in _OF_ONE_OBJECT else "calendar",
        status=reply.status,
        retry_after=_retry_after(reply),
        response=reply.body[: 4 * MAX_RESPONSE].decode(errors="replace")[:MAX_RESPONSE] or None,
    )


def _get(url: str) -> Request:
    return Request("GET", url, limit=OBJECT_LIMIT)


def _put(url: str, content: bytes, condition: Mapping[str, str]) -> Request:
    return Request("PUT", url, {"Content-Type": MEDIA_TYPE, **condition}, content)


def _changed_there(reply: Response) -> bool:
    """Whether our picture of the server is out of date, and nothing is wrong with the object."""
    return reply.status == 412 and _condition_code(reply) is None


def _in_place_of(there: Response) -> dict[str, str]:
    """The condition for writing over what a GET has shown; none where it has no strong tag."""
    if there.status != 200:
        return {"If-None-Match": "*"}
    tag = _etag(there)
    return {"If-Match": tag} if tag else {}


def _etag(reply: Response) -> str | None:
    return strong_etag(reply.headers.get("etag"))


def strong_etag(text: str | None) -> str | None:
    """A strong tag; If-Match compares strongly, so a weak one is of no use (RFC 9110, 13.1.1)."""
    tag = (text or "").strip()
    return tag if len(tag) <= MAX_ETAG_LENGTH and _STRONG_ETAG.fullmatch(tag) else None


def _condition_code(reply: Response) -> str | None:
    if reply.status not in {403, 409, 412}:
        return None
    found = _CONDITION.search(reply.body)
    if found is None:
        return None
    return "uid_conflict" if found[1] == b"no-uid-conflict" else "rejected"


def _status_code(status: int) -> str:
    if status in _REFUSALS:
        return _REFUSALS[status]
    if 300 <= status < 400:
        return "redirected"
    return "server_error" if status >= 500 else "unexpected_answer"


def _retry_after(reply: Response) -> int | None:
    """The delay of RFC 9110 section 10.2.3; a date is left unread."""
    text = reply.headers.get("retry-after", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None
