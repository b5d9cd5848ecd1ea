"""Which destinations may be called: the rule for URLs, hosts, ports and addresses, without any I/O.

The rule is asked twice. `check_url` answers when somebody enters a URL, before any name is looked
up; the outbound client asks `destination_problem` and `refused` again at every connection.

Ports: 80, 443 and everything from 1024 up. The other low ports belong to mail, shells, name
servers and the like, which must not be made to read our requests.
"""

import re
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Literal
from urllib.parse import urlsplit

from app.domain.errors import Invalid

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Problem = Literal["url", "scheme", "userinfo", "host", "port", "not_public"]

MAX_URL_LENGTH = 2_000

# Ranges that `is_global` lets pass on some supported Python, from the IANA special-purpose
# registries: transition mechanisms that carry an IPv4 address inside, documentation, benchmarks.
_DENIED = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "168.63.129.16/32",  # Azure's platform service, on a public address in every virtual net
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)

_PRINTABLE = re.compile(r"[!-~]+")
_AMBIGUOUS = re.compile(r'[\\"<>^`{|}]')
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"(?=.{{1,253}}\.?$){_LABEL}(\.{_LABEL})*\.?")
# RFC 6943 3.1.1: 2130706433, 0177.1 and 0x7f.1 are addresses to one parser, names to another.
_ENDS_IN_A_NUMBER = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)\.?")

_DETAILS: dict[Problem, str] = {
    "url": f"write an absolute URL in ASCII, at most {MAX_URL_LENGTH} characters, percent-encoded, "
    "international names in their xn-- form",
    "scheme": "use an http or https URL",
    "userinfo": "leave user name and password out of the URL",
    "host": "name the host by a DNS name or by a plain IPv4 or [IPv6] address",
    "port": "use port 80, 443, or one from 1024 up",
    "not_public": "use an address on the public internet; this one is private or reserved",
}


def refused(address: Address, allowed: Sequence[Network] = ()) -> bool:
    """True if nothing may be sent to `address`.

    Public addresses pass, and those inside `allowed` (the private networks a self-hoster names).
    An IPv4-mapped IPv6 address is judged as the IPv4 address it reaches; one with a zone id never
    passes, because a zone only has a meaning inside our own network.
    """
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return True
        address = address.ipv4_mapped or address
    if any(address in network for network in allowed):
        return False
    return (
        not address.is_global
        or address.is_multicast
        or address.is_reserved
        or any(address in network for network in _DENIED)
    )


def destination_problem(
    *, scheme: str, userinfo: bool, host: str, port: int | None, allowed: Sequence[Network] = ()
) -> Problem | None:
    """What forbids calling these parts of a URL; None if only the name's addresses remain to check.

    `host` comes without brackets; a `port` of None is the scheme's own.
    """
    if scheme not in {"http", "https"}:
        return "scheme"
    if userinfo:
        return "userinfo"
    if port is not None and port not in {80, 443} and not 1024 <= port <= 65_535:
        return "port"
    return _host_problem(host.lower(), allowed)


def check_url(url: str, allowed: Sequence[Network] = (), *, pointer: str = "/url") -> None:
    """Refuse a URL that could never be called, without looking its name up.

    Raises `Invalid` with code `url_refused`, and the kind of problem in `facts.reason`.
    """
    problem = _url_problem(url, allowed)
    if problem is not None:
        raise Invalid(
            _DETAILS[problem], code="url_refused", pointer=pointer, facts={"reason": problem}
        )


def _url_problem(url: str, allowed: Sequence[Network]) -> Problem | None:
    # urlsplit drops tabs and newlines in silence, and parsers disagree about backslashes.
    if len(url) > MAX_URL_LENGTH or not _PRINTABLE.fullmatch(url) or _AMBIGUOUS.search(url):
        return "url"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "url"
    return destination_problem(
        scheme=parts.scheme,
        userinfo="@" in parts.netloc,
        host=parts.hostname or "",
        port=port,
        allowed=allowed,
    )


def _host_problem(host: str, allowed: Sequence[Network]) -> Problem | None:
    try:
        address = ip_address(host)
    except ValueError:
        named = _NAME.fullmatch(host) and not _ENDS_IN_A_NUMBER.fullmatch(host)
        return None if named else "host"
    return "not_public" if refused(address, allowed) else None
