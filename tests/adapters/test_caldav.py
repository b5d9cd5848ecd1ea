"""CalDAV conversations, answer by answer; no network is needed for that."""

import pytest

from app.adapters.calendars.caldav import (
    MAX_RESPONSE,
    Conversation,
    Failed,
    Outcome,
    Removed,
    Request,
    Response,
    Written,
    basic_credentials,
    failure,
    object_url,
    probe,
    remove,
    write,
)

URL = "https://cal.example.org/jack/mastermind/mtg_1@hotseat.ics"
OURS = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
NO_UID_CONFLICT = (
    b'<?xml version="1.0"?><D:error xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
    b"<C:no-uid-conflict><D:href>/other.ics</D:href></C:no-uid-conflict></D:error>"
)
INVALID = (
    b'<error xmlns="DAV:"><valid-calendar-data xmlns="urn:ietf:params:xml:ns:caldav"/></error>'
)


def answer(status: int, etag: str | None = None, body: bytes = b"", **headers: str) -> Response:
    tags = {"etag": etag} if etag else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, {**tags, **named}, body)


def play(conversation: Conversation, *answers: Response) -> tuple[list[str], Outcome]:
    """What was asked, as `METHOD condition`, and the outcome; every answer must be asked for."""
    asked = []
    left = list(answers)
    request = next(conversation)
    while True:
        asked.append(_brief(request))
        try:
            request = conversation.send(left.pop(0))
        except StopIteration as end:
            assert left == []
            return asked, end.value


def _brief(request: Request) -> str:
    assert request.url == URL
    assert request.content == (OURS if request.method == "PUT" else b"")
    conditions = [
        f"{name}: {value}" for name, value in request.headers.items() if name.startswith("If-")
    ]
    return " ".join([request.method, *conditions])


NEW = "PUT If-None-Match: *"

WRITES = [
    # what we know, the server's answers, what is asked, the outcome
    (None, [answer(201, '"1"')], [NEW], Written('"1"')),
    ('"1"', [answer(204, '"2"')], ['PUT If-Match: "1"'], Written('"2"')),
    # a missing or weak ETag is asked for
    (None, [answer(201), answer(200, '"1"')], [NEW, "GET"], Written('"1"')),
    (None, [answer(201, 'W/"1"'), answer(200, '"1"')], [NEW, "GET"], Written('"1"')),
    (None, [answer(201), answer(200)], [NEW, "GET"], Written(None)),
    (None, [answer(201), answer(404)], [NEW, "GET"], Written(None)),
    (None, [answer(201, '"a b"'), answer(200, '"1"')], [NEW, "GET"], Written('"1"')),
    # somebody edited it there: our state wins
    (
        '"1"',
        [answer(412), answer(200, '"9"'), answer(204, '"10"')],
        ['PUT If-Match: "1"', "GET", 'PUT If-Match: "9"'],
        Written('"10"', overwrote=True),
    ),
    # it is there although it is new to us
    (
        None,
        [answer(412), answer(200, '"9"'), answer(204, '"10"')],
        [NEW, "GET", 'PUT If-Match: "9"'],
        Written('"10"', overwrote=True),
    ),
    # it is ours: a worker wrote it and died before it could say so
    (
        None,
        [answer(412), answer(200, '"9"', body=OURS), answer(204, '"9"')],
        [NEW, "GET", 'PUT If-Match: "9"'],
        Written('"9"'),
    ),
    # somebody deleted it there
    (
        '"1"',
        [answer(412), answer(404), answer(201, '"2"')],
        ['PUT If-Match: "1"', "GET", NEW],
        Written('"2"'),
    ),
    # a server without strong tags gets the object without a condition
    (
        None,
        [answer(412), answer(200, 'W/"9"'), answer(204, '"10"')],
        [NEW, "GET", "PUT"],
        Written('"10"', overwrote=True),
    ),
    # once is enough
    (
        '"1"',
        [answer(412), answer(200, '"9"'), answer(412)],
        ['PUT If-Match: "1"', "GET", 'PUT If-Match: "9"'],
        Failed("edit_conflict", about="object", status=412),
    ),
    (
        '"1"',
        [answer(412), answer(401)],
        ['PUT If-Match: "1"', "GET"],
        Failed("unauthorized", status=401),
    ),
    # a 412 that says what is wrong with the object is not about its tag
    (None, [answer(412, body=INVALID)], [NEW], Failed("rejected", about="object", status=412)),
    (
        None,
        [answer(412, body=NO_UID_CONFLICT)],
        [NEW],
        Failed("uid_conflict", about="object", status=412),
    ),
]


@pytest.mark.parametrize(("etag", "answers", "asked", "outcome"), WRITES)
def test_writing(
    etag: str | None, answers: list[Response], asked: list[str], outcome: Outcome
) -> None:
    assert play(write(URL, OURS, etag), *answers) == (asked, outcome)


ALARM = b"BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n"
OTHER = ALARM.replace(b"15M", b"45M")


def event(inside: bytes = b"", summary: bytes = b"Ours") -> bytes:
    return b"".join(
        [
            b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:",
            summary,
            b"\r\n",
            inside,
            b"END:VEVENT\r\nEND:VCALENDAR\r\n",
        ]
    )


def written_with(alarms: bytes, *answers: Response) -> tuple[list[bytes], Outcome]:
    """The bodies that were PUT, and the outcome; `alarms` are those we know of."""
    bodies = []
    left = list(answers)
    conversation = write(URL, event(), '"1"', alarms)
    request = next(conversation)
    while True:
        if request.method == "PUT":
            bodies.append(request.content)
        try:
            request = conversation.send(left.pop(0))
        except StopIteration as end:
            assert left == []
            return bodies, end.value


@pytest.mark.parametrize(
    ("known", "answers", "bodies", "outcome"),
    [
        # those we know of are written along
        (ALARM, [answer(204, '"2"')], [event(ALARM)], Written('"2"', alarms=ALARM)),
        # an edit may have brought some, changed them, or taken them away
        (
            b"",
            [answer(412), answer(200, '"9"', body=event(ALARM, b"Pub")), answer(204, '"10"')],
            [event(), event(ALARM)],
            Written('"10"', overwrote=True, alarms=ALARM),
        ),
        (
            ALARM,
            [answer(412), answer(200, '"9"', body=event(OTHER, b"Pub")), answer(204, '"10"')],
            [event(ALARM), event(OTHER)],
            Written('"10"', overwrote=True, alarms=OTHER),
        ),
        (
            ALARM,
            [answer(412), answer(200, '"9"', body=event(b"", b"Pub")), answer(204, '"10"')],
            [event(ALARM), event()],
            Written('"10"', overwrote=True),
        ),
        # who deletes the object deletes its alarms
        (
            ALARM,
            [answer(412), answer(404), answer(201, '"2"')],
            [event(ALARM), event()],
            Written('"2"'),
        ),
    ],
)
def test_the_owners_alarms_stay(
    known: bytes, answers: list[Response], bodies: list[bytes], outcome: Outcome
) -> None:
    assert written_with(known, *answers) == (bodies, outcome)


def test_what_a_refusal_says_is_kept_up_to_a_limit() -> None:
    assert failure(answer(415, body=b"\xff no")).response == "\N{REPLACEMENT CHARACTER} no"
    assert failure(answer(415, body="ü".encode() * 9_000)).response == "ü" * MAX_RESPONSE
    assert failure(answer(415)).response is None


@pytest.mark.parametrize("status", [200, 202, 204, 404, 410])
def test_removing_what_is_gone_is_a_success(status: int) -> None:
    assert play(remove(URL), answer(status)) == (["DELETE"], Removed())


def test_removing_that_fails() -> None:
    assert play(remove(URL), answer(503)) == (["DELETE"], Failed("server_error", status=503))


def test_a_probe_leaves_nothing_behind() -> None:
    told = play(probe(URL, OURS), answer(201, '"1"'), answer(204))
    assert told == ([NEW, "DELETE"], Removed())


def test_a_probe_that_cannot_write_removes_nothing() -> None:
    assert play(probe(URL, OURS), answer(403)) == ([NEW], Failed("forbidden", status=403))


@pytest.mark.parametrize(
    ("reply", "failed"),
    [
        (answer(301), Failed("redirected", status=301)),
        (answer(400), Failed("rejected", about="object", status=400)),
        (answer(401), Failed("unauthorized", status=401)),
        (answer(403), Failed("forbidden", status=403)),
        (answer(403, body=NO_UID_CONFLICT), Failed("uid_conflict", about="object", status=403)),
        (answer(403, body=INVALID), Failed("rejected", about="object", status=403)),
        (answer(404), Failed("calendar_not_found", status=404)),
        (answer(405), Failed("not_a_calendar", status=405)),
        (answer(409), Failed("calendar_not_found", status=409)),
        (answer(413), Failed("rejected", about="object", status=413)),
        (answer(429, retry_after="90"), Failed("too_many_requests", status=429, retry_after=90)),
        (answer(500, body=INVALID), Failed("server_error", status=500)),
        (
            answer(503, retry_after="Mon, 23 Nov 2026 09:00:00 GMT"),
            Failed("server_error", status=503),
        ),
        (answer(503, retry_after="9" * 50), Failed("server_error", status=503)),
        (answer(507), Failed("server_full", status=507)),
        (answer(299), Failed("unexpected_answer", status=299)),
    ],
)
def test_what_an_answer_means(reply: Response, failed: Failed) -> None:
    assert failure(reply) == failed


@pytest.mark.parametrize(
    ("uid", "name"),
    [("mtg_1@hotseat", "mtg_1@hotseat.ics"), ("../a b?c#ü", "..%2Fa%20b%3Fc%23%C3%BC.ics")],
)
def test_an_object_lives_under_its_uid(uid: str, name: str) -> None:
    assert (
        object_url("https://cal.example.org/jack/", uid) == f"https://cal.example.org/jack/{name}"
    )


def test_credentials_are_utf_8() -> None:
    """The example of RFC 7617 section 2.1."""
    assert basic_credentials("test", "123£") == "Basic dGVzdDoxMjPCow=="
