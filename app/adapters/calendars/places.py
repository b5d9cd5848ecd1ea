"""Which addresses a calendar server may send us on to, beyond what the guarded client refuses.

The password goes with every request, so a redirect is followed on the same server only. What the
server says of the account, once it knows who asks, may lie beside it: iCloud names a principal on
`caldav.icloud.com` and calendars on `p12-caldav.icloud.com`.
"""

import re
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

MAX_LENGTH = 2_000
_PLAIN = re.compile(r"[!-~]+")
_PORTS = {"http": 80, "https": 443}


class _Server(NamedTuple):
    scheme: str
    host: str
    port: int


def collection_url(url: str) -> str:
    """A collection's URL as we store it: host in lower case, one slash at its end."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/") + "/"
    return parts._replace(netloc=parts.netloc.lower(), path=path).geturl()


def redirected(url: str, location: str) -> str | None:
    """Where a redirect leads, if it stays on the server (or turns to its https); else None."""
    there = _joined(url, location)
    if there is None:
        return None
    old, new = _server(urlsplit(url)), _server(there)
    is_upgrade = old.port == 80 and new == _Server("https", old.host, 443)
    return there.geturl() if new == old or is_upgrade else None


def linked(url: str, href: str) -> str | None:
    """What an href in an answer names, if it lies on the server or beside it; else None.

    Beside: the same scheme and port, under the same parent domain of two labels at least.
    """
    there = _joined(url, href)
    if there is None:
        return None
    old, new = _server(urlsplit(url)), _server(there)
    is_beside = (old.scheme, old.port) == (new.scheme, new.port) and (
        old.host == new.host or _parent(old.host) == _parent(new.host) != ""
    )
    return there.geturl() if is_beside else None


def _joined(url: str, reference: str) -> SplitResult | None:
    if not _PLAIN.fullmatch(reference):
        return None
    try:
        there = urlsplit(urljoin(url, reference))._replace(fragment="")
        _server(there)
    except (ValueError, KeyError):
        return None
    is_plain = "@" not in there.netloc and there.hostname and len(there.geturl()) <= MAX_LENGTH
    return there if is_plain else None


def _server(parts: SplitResult) -> _Server:
    return _Server(parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS[parts.scheme])


def _parent(host: str) -> str:
    """The domain above a host's first label; "" for addresses and for names right under a top."""
    try:
        ip_address(host)
    except ValueError:
        parent = host.partition(".")[2]
        return parent if "." in parent else ""
    return ""
