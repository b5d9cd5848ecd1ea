"""WebDAV's XML: as the RFCs print it, as servers write it, and as nobody should."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.calendars.multistatus import (
    Resource,
    UnreadableError,
    mkcalendar_body,
    path_of,
    read_multistatus,
)

HOME = """<?xml version="1.0" encoding="utf-8" ?>
<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
 <D:response>
  <D:href>/jack/work%20days/</D:href>
  <D:propstat><D:prop>
    <D:resourcetype><D:collection/><C:calendar/></D:resourcetype>
    <D:displayname> Work &amp; days </D:displayname>
    <C:supported-calendar-component-set><C:comp name="VEVENT"/><C:comp name="VTODO"/>
    </C:supported-calendar-component-set>
    <D:current-user-privilege-set><D:privilege><D:read/></D:privilege>
     <D:privilege><D:write-content/></D:privilege></D:current-user-privilege-set>
   </D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>
  <D:propstat><D:prop><D:getetag/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>
 </D:response>
 <D:response>
  <D:href>/jack/tasks/</D:href>
  <D:propstat><D:prop>
    <D:resourcetype><D:collection/><C:calendar/></D:resourcetype>
    <C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>
    <D:current-user-privilege-set><D:privilege><D:read/></D:privilege></D:current-user-privilege-set>
   </D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>
 </D:response>
 <D:response><D:href>/jack/inbox/</D:href><D:status>HTTP/1.1 403 Forbidden</D:status></D:response>
</D:multistatus>"""


def test_calendars_are_told_from_what_else_there_is() -> None:
    work, tasks, inbox = read_multistatus(HOME.encode())
    assert (work.href, work.name) == ("/jack/work%20days/", "Work & days")
    assert (work.is_for_events, work.is_writable, work.etag) == (True, True, None)
    assert (tasks.is_calendar, tasks.is_for_events, tasks.is_writable) == (True, False, False)
    assert inbox == Resource("/jack/inbox/")
    assert path_of(work.href) == path_of("https://cal.example.org/jack/work days/")


def test_what_is_not_told_is_no_hindrance() -> None:
    resource = Resource("/c/", is_calendar=True)
    assert (resource.is_for_events, resource.is_writable) == (True, True)


def test_a_principal_and_homes_and_tags() -> None:
    body = b"""\xef\xbb\xbf<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
    <response><href>/</href><propstat><prop>
    <current-user-principal><href>/p/jack/</href></current-user-principal>
    <C:calendar-home-set><href>/c/jack/</href><href> </href><href>/c/all/</href>
    </C:calendar-home-set><getetag>"1"</getetag></prop>
    <status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"""
    (root,) = read_multistatus(body)
    assert (root.principal, root.homes, root.etag) == ("/p/jack/", ("/c/jack/", "/c/all/"), '"1"')
    assert not root.is_anonymous


def test_who_is_not_let_in_has_no_principal() -> None:
    body = b"""<multistatus xmlns="DAV:"><response><href>/</href><propstat><prop>
    <current-user-principal><unauthenticated/></current-user-principal></prop>
    <status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"""
    (root,) = read_multistatus(body)
    assert (root.principal, root.is_anonymous) == (None, True)


BOMB = b"""<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><multistatus xmlns="DAV:">&b;</multistatus>"""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"It works!",
        b"<html></html>",
        b'<multistatus xmlns="other:"/>',
        HOME.encode()[:500],
        BOMB,
        BOMB.decode().encode("utf-16"),
        b"\xff\xfe\x00",
        b'<?xml version="1.0" encoding="no-such"?><multistatus xmlns="DAV:"/>\xff',
    ],
)
def test_what_is_no_multistatus_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_multistatus(body)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode(errors="replace"))
)
def test_no_body_does_worse_than_be_refused(noise: bytes) -> None:
    for body in (noise, HOME.encode()[:700] + noise, HOME.encode().replace(b"Work", noise)):
        try:
            read_multistatus(body)
        except UnreadableError:
            continue


def test_a_name_cannot_break_out_of_a_body() -> None:
    assert b"<displayname>&lt;b&gt; &amp; c</displayname>" in mkcalendar_body("<b> & c")
