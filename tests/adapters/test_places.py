"""Where a calendar server may send us on to."""

import pytest

from app.adapters.calendars.places import collection_url, linked, redirected

BASE = "https://caldav.example.org/.well-known/caldav"

REDIRECTS = [
    (BASE, "/dav/", "https://caldav.example.org/dav/"),
    (BASE, "https://CALDAV.example.org:443/dav/", "https://CALDAV.example.org:443/dav/"),
    (BASE, "//caldav.example.org/dav#top", "https://caldav.example.org/dav"),
    (
        "http://caldav.example.org/",
        "https://caldav.example.org/dav/",
        "https://caldav.example.org/dav/",
    ),
    # another server, a downgrade, another port, an account, another scheme
    (BASE, "https://dav.example.org/", None),
    (BASE, "//evil.example.net/", None),
    (BASE, "http://caldav.example.org/dav/", None),
    (BASE, "https://caldav.example.org:8443/", None),
    ("http://caldav.example.org:8080/", "https://caldav.example.org/", None),
    (BASE, "https://jack:secret@caldav.example.org/", None),
    (BASE, "ftp://caldav.example.org/", None),
    (BASE, "file:///etc/passwd", None),
    # no URL
    (BASE, "", None),
    (BASE, "https://[::1", None),
    (BASE, "https://caldav.example.org:99999/", None),
    (BASE, "/a b", None),
    (BASE, "/\r\nX: y", None),
    (BASE, "/" + "a" * 2_000, None),
]


@pytest.mark.parametrize(("url", "location", "there"), REDIRECTS)
def test_a_redirect_stays_on_its_server(url: str, location: str, there: str | None) -> None:
    assert redirected(url, location) == there


LINKS = [
    ("https://caldav.icloud.com/", "https://p12-caldav.icloud.com:443/1/calendars/", True),
    ("https://caldav.icloud.com/", "/1/principal/", True),
    ("https://caldav.icloud.com/", "https://icloud.com/1/", False),
    ("https://caldav.icloud.com/", "http://p12-caldav.icloud.com/", False),
    ("https://caldav.icloud.com/", "https://p12-caldav.icloud.com:8443/", False),
    ("https://caldav.icloud.com/", "https://icloud.com.evil.example/", False),
    # a name right under a top domain, and addresses, have nothing beside them
    ("https://example.org/", "https://evil.org/", False),
    ("https://10.0.0.1/", "https://10.0.0.2/", False),
    ("https://10.0.0.1/", "https://11.0.0.1/", False),
    ("https://[2001:db8::1]/", "https://[2001:db8::2]/", False),
    ("https://localhost/", "https://metadata/", False),
]


@pytest.mark.parametrize(("url", "href", "is_followed"), LINKS)
def test_a_link_stays_beside_its_server(url: str, href: str, is_followed: bool) -> None:  # noqa: FBT001 - of the table
    assert (linked(url, href) is not None) == is_followed


def test_one_spelling_of_a_collection_is_kept() -> None:
    assert collection_url("https://CAL.example.org/Jack//") == "https://cal.example.org/Jack/"
