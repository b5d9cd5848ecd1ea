"""WebDAV's XML: what to ask of a PROPFIND, and what its answer says. RFC 4918, 4791, 5397."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

MEDIA_TYPE = "application/xml; charset=utf-8"

_DAV, _CALDAV = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
_OK = " 200"
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
_SPACES = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'


class UnreadableError(Exception):
    """The body is not a multistatus in UTF-8."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What a server told of one resource; of a property that it did not tell, None or nothing.

    `href` and the others of their kind are as the server wrote them: a path or a URL.
    """

    href: str
    is_calendar: bool = False
    name: str | None = None
    components: frozenset[str] | None = None
    privileges: frozenset[str] | None = None
    etag: str | None = None
    principal: str | None = None
    is_anonymous: bool = False
    homes: tuple[str, ...] = ()

    @property
    def is_for_events(self) -> bool:
        """Whether VEVENT may be stored: RFC 4791 section 5.2.3 says yes if nothing is told."""
        return self.is_calendar and (self.components is None or "VEVENT" in self.components)

    @property
    def is_writable(self) -> bool:
        """RFC 3744: `all` and `write` hold the privileges that a PUT needs."""
        wanted = {"all", "write", "write-content", "bind"}
        return self.privileges is None or bool(self.privileges & wanted)


def propfind_body(properties: Sequence[str]) -> bytes:
    """A PROPFIND for properties, those of CalDAV written with `C:`."""
    asked = "".join(f"<{name}/>" for name in properties)
    return f"{_HEAD}<propfind {_SPACES}><prop>{asked}</prop></propfind>".encode()


def mkcalendar_body(name: str) -> bytes:
    """A MKCALENDAR for a calendar of events: RFC 4791 section 5.3.1."""
    return (
        f"{_HEAD}<C:mkcalendar {_SPACES}><set><prop><displayname>{escape(name)}</displayname>"
        '<C:supported-calendar-component-set><C:comp name="VEVENT"/>'
        "</C:supported-calendar-component-set></prop></set></C:mkcalendar>"
    ).encode()


def read_multistatus(body: bytes) -> list[Resource]:
    """The resources of a 207 answer; UnreadableError.

    A document type is refused: WebDAV needs none, and entities may grow without a bound.
    """
    try:
        text = body.decode("utf-8-sig")
        if "<!DOCTYPE" in text:
            raise UnreadableError
        root = ET.fromstring(text)  # noqa: S314 - without a document type there are no entities
    except (UnicodeDecodeError, ET.ParseError, ValueError) as error:
        raise UnreadableError from error
    if root.tag != f"{_DAV}multistatus":
        raise UnreadableError
    return [_resource(response) for response in root.iterfind(f"{_DAV}response")]


def path_of(href: str) -> str:
    """The decoded path of an href, by which two spellings of one resource compare as equal."""
    try:
        return unquote(urlsplit(href).path)
    except ValueError:
        return href


def _resource(response: ET.Element) -> Resource:
    found = {
        prop.tag: prop
        for propstat in response.iterfind(f"{_DAV}propstat")
        if _OK in (propstat.findtext(f"{_DAV}status") or "")
        for prop in propstat.iterfind(f"{_DAV}prop/*")
    }
    types = _names(found.get(f"{_DAV}resourcetype"), "*")
    principal = found.get(f"{_DAV}current-user-principal")
    return Resource(
        href=(response.findtext(f"{_DAV}href") or "").strip(),
        is_calendar="calendar" in types,
        name=_text(found.get(f"{_DAV}displayname")),
        components=_components(found.get(f"{_CALDAV}supported-calendar-component-set")),
        privileges=_privileges(found.get(f"{_DAV}current-user-privilege-set")),
        etag=_text(found.get(f"{_DAV}getetag")),
        principal=next(iter(_hrefs(principal)), None),
        is_anonymous="unauthenticated" in _names(principal, "*"),
        homes=tuple(_hrefs(found.get(f"{_CALDAV}calendar-home-set"))),
    )


def _text(element: ET.Element | None) -> str | None:
    return None if element is None else (element.text or "").strip() or None


def _hrefs(element: ET.Element | None) -> Iterable[str]:
    if element is None:
        return ()
    texts = (href.text or "" for href in element.iterfind(f"{_DAV}href"))
    return [text.strip() for text in texts if text.strip()]


def _names(element: ET.Element | None, path: str) -> frozenset[str]:
    if element is None:
        return frozenset()
    return frozenset(child.tag.rpartition("}")[2] for child in element.iterfind(path))


def _components(element: ET.Element | None) -> frozenset[str] | None:
    if element is None:
        return None
    return frozenset(
        component.get("name", "").upper() for component in element.iterfind(f"{_CALDAV}comp")
    )


def _privileges(element: ET.Element | None) -> frozenset[str] | None:
    return None if element is None else _names(element, f"{_DAV}privilege/*")
