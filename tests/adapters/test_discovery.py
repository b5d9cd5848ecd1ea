"""Discovery, answer by answer, and over the guarded client: hostile hops get no packet."""

from typing import Any

import pytest

from app.adapters.calendars.caldav import Failed, Response, Talk
from app.adapters.calendars.discovery import (
    MAX_REDIRECTS,
    Connected,
    FoundCalendar,
    choose,
    connect,
)
from app.adapters.calendars.inventory import Inventory, take_inventory

SERVER = "https://cal.example.org"
TGT = "tgt_1"


def multistatus(*responses: str) -> Response:
    body = (
        '<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
        f"{''.join(responses)}</multistatus>"
    )
    return Response(207, {}, body.encode())


def resource(href: str, properties: str) -> str:
    return (
        f"<response><href>{href}</href><propstat><prop>{properties}</prop>"
        "<status>HTTP/1.1 200 OK</status></propstat></response>"
    )


def principal(href: str) -> Response:
    inside = f"<current-user-principal><href>{href}</href></current-user-principal>"
    return multistatus(resource("/", inside))


def home(href: str) -> Response:
    inside = f"<C:calendar-home-set><href>{href}</href></C:calendar-home-set>"
    return multistatus(resource("/p/", inside))


def calendar(href: str, name: str, privilege: str = "all") -> str:
    return resource(
        href,
        f"<resourcetype><collection/><C:calendar/></resourcetype><displayname>{name}</displayname>"
        f"<current-user-privilege-set><privilege><{privilege}/></privilege>"
        "</current-user-privilege-set>",
    )


def tagged(href: str, tag: str | None) -> str:
    return resource(href, f"<resourcetype/><getetag>{tag or ''}</getetag>")


def status(code: int, **headers: str) -> Response:
    return Response(code, headers, b"")


FOLDER = resource("/c/", "<resourcetype><collection/></resourcetype>")
WORK, PLAY = calendar("/c/office/", "Work"), calendar("/c/play/", "Play")
HOME_OF_TWO = (principal("/p/"), home("/c/"), multistatus(FOLDER, WORK, PLAY))
FOUND_WORK = FoundCalendar(f"{SERVER}/c/office/", "Work", writable=True)
FOUND_PLAY = FoundCalendar(f"{SERVER}/c/play/", "Play", writable=True)


def play(talk: Talk[Any], *answers: Response) -> tuple[list[str], Any]:
    """What was asked, as `METHOD url`, and the result; every answer must be asked for."""
    asked = []
    left = list(answers)
    request = next(talk)
    while True:
        asked.append(f"{request.method} {request.url.removeprefix(SERVER)}")
        assert left, asked
        try:
            request = talk.send(left.pop(0))
        except StopIteration as end:
            assert left == []
            return asked, end.value


def test_a_bare_address_leads_to_the_calendars() -> None:
    asked, found = play(
        connect(SERVER, "work", new_name=None), status(301, location="/dav"), *HOME_OF_TWO
    )
    assert asked == [
        "PROPFIND /.well-known/caldav",
        "PROPFIND /dav",
        "PROPFIND /p/",
        "PROPFIND /c/",
    ]
    assert found == Connected((FOUND_WORK, FOUND_PLAY), FOUND_WORK.url)


@pytest.mark.parametrize("refusal", [400, 403, 404, 405, 410, 501])
def test_what_knows_nothing_of_it_gives_way_to_the_next(refusal: int) -> None:
    asked, found = play(
        connect(f"{SERVER}/dav/jack", "play", new_name=None),
        status(refusal),
        status(refusal),
        *HOME_OF_TWO,
    )
    assert asked[:3] == ["PROPFIND /dav/jack", "PROPFIND /.well-known/caldav", "PROPFIND /"]
    assert found.url == FOUND_PLAY.url


@pytest.mark.parametrize(
    ("answers", "failed"),
    [
        ([status(401)], Failed("unauthorized", status=401)),
        ([status(503)], Failed("server_error", status=503)),
        ([status(429)], Failed("too_many_requests", status=429)),
        ([status(404), status(405)], Failed("not_a_caldav_server", status=405)),
        ([status(200)], Failed("unexpected_answer", status=200)),
        ([Response(207, {}, b"<html/>")], Failed("unreadable_answer", status=207)),
        ([multistatus(), multistatus()], Failed("not_a_caldav_server")),
        (
            [status(301, location="https://evil.example.net/")],
            Failed("redirected_elsewhere", status=301),
        ),
        (
            [status(302, location="http://cal.example.org/")],
            Failed("redirected_elsewhere", status=302),
        ),
        ([status(302)], Failed("redirected_elsewhere", status=302)),
        ([status(307, location="/")] * (MAX_REDIRECTS + 1), Failed("redirected", status=307)),
        ([principal("https://169.254.169.254/")], Failed("linked_elsewhere")),
        ([principal("/p/"), multistatus()], Failed("no_calendar_home")),
        ([principal("/p/"), home("https://10.0.0.1/c/")], Failed("linked_elsewhere")),
        ([principal("/p/"), home("/c/"), status(403)], Failed("forbidden", status=403)),
    ],
)
def test_a_discovery_that_leads_nowhere_says_why(answers: list[Response], failed: Failed) -> None:
    assert play(connect(SERVER, None, new_name=None), *answers)[1] == failed


def test_a_calendar_that_lies_elsewhere_is_left_out() -> None:
    listing = multistatus(WORK, calendar("https://evil.example.net/c/", "Evil"))
    _, found = play(connect(SERVER, None, new_name=None), principal("/p/"), home("/c"), listing)
    assert found == Connected((FOUND_WORK,), FOUND_WORK.url)


def test_a_missing_calendar_is_made_if_asked() -> None:
    asked, found = play(connect(SERVER, "Inklings", new_name=TGT), *HOME_OF_TWO, status(201))
    assert asked[-1] == "MKCALENDAR /c/tgt_1/"
    made = FoundCalendar(f"{SERVER}/c/tgt_1/", "Inklings", writable=True)
    assert found == Connected((FOUND_WORK, FOUND_PLAY, made), made.url, created=True)
    _, failed = play(connect(SERVER, "Inklings", new_name=TGT), *HOME_OF_TWO, status(403))
    assert failed == Failed("forbidden", status=403)


READ_ONLY = FoundCalendar(f"{SERVER}/c/team/", "Team", writable=False)
TWIN = FoundCalendar(f"{SERVER}/c/twin/", "Work", writable=True)


@pytest.mark.parametrize(
    ("calendars", "wanted", "chosen"),
    [
        ([FOUND_WORK], None, FOUND_WORK),
        ([FOUND_WORK, FOUND_PLAY], None, "choose_calendar"),
        ([], None, "choose_calendar"),
        ([FOUND_WORK, FOUND_PLAY], " WORK ", FOUND_WORK),
        ([FOUND_WORK, FOUND_PLAY], "https://CAL.example.org/c/office", FOUND_WORK),
        ([FOUND_WORK, FOUND_PLAY], "Wor", "no_such_calendar"),
        ([FOUND_WORK, TWIN], "twin", TWIN),
        ([FOUND_WORK, TWIN], "Work", "ambiguous_calendar"),
        ([FOUND_WORK, TWIN], TWIN.url, TWIN),
        ([READ_ONLY], "Team", "read_only"),
        ([READ_ONLY], None, "read_only"),
        ([FOUND_WORK], "http://[", "no_such_calendar"),
    ],
)
def test_choosing(
    calendars: list[FoundCalendar], wanted: str | None, chosen: FoundCalendar | str
) -> None:
    assert choose(calendars, wanted) == chosen


URL = f"{SERVER}/c/office/"


def test_an_inventory_has_the_strong_tags_by_decoded_path() -> None:
    listing = multistatus(
        WORK, tagged("/c/office/a%40b.ics", '"1"'), tagged("/c/office/c.ics", 'W/"2"')
    )
    asked, found = play(take_inventory(URL, new_name=None), listing)
    assert asked == ["PROPFIND /c/office/"]
    assert found.tag(f"{URL}a@b.ics") == '"1"'
    assert (found.holds(f"{URL}c.ics"), found.tag(f"{URL}c.ics")) == (True, None)
    assert (found.holds(f"{URL}d.ics"), found.remade) == (False, False)


@pytest.mark.parametrize(
    "gone", [status(404), status(410), multistatus(), multistatus(tagged("/c/office/", '"1"'))]
)
def test_a_calendar_that_is_gone_is_made_anew_if_it_is_ours_to_make(gone: Response) -> None:
    failed = play(take_inventory(URL, new_name=None), gone)[1]
    assert (failed.code, failed.about) == ("calendar_not_found", "calendar")
    asked, made = play(take_inventory(URL, new_name="Work"), gone, status(201))
    assert asked[-1] == "MKCALENDAR /c/office/"
    assert made == Inventory({}, remade=True)


def test_a_calendar_that_cannot_be_seen_is_not_made_anew() -> None:
    assert play(take_inventory(URL, new_name="Work"), status(401))[1].code == "unauthorized"
