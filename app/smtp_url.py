"""The operator's mail server, as a URL names it."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The operator's mail server.

    `tls`: from the first byte (`implicit`), by STARTTLS (`required`, or `offered`: if the server
    has it), or `none`.
    """

    host: str
    port: int
    tls: Literal["implicit", "required", "offered", "none"]
    username: str | None
    password: str | None = field(repr=False)


def smtp_server(url: str) -> SmtpServer:
    """The server of `smtp://`, `smtp+starttls://` or `smtps://`; ValueError, without the password.

    A password is sent in the clear to this machine only.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not a URL") from None
    if parts.scheme not in {"smtp", "smtp+starttls", "smtps"} or not host:
        raise ValueError("must be smtp://, smtp+starttls:// or smtps://, with a host")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("ends after the port")
    tls: Literal["implicit", "required", "offered", "none"] = "offered"
    if parts.scheme == "smtps":
        tls = "implicit"
    elif parts.scheme == "smtp+starttls":
        tls = "required"
    elif _is_this_machine(host):
        tls = "none"
    elif parts.username:
        tls = "required"
    return SmtpServer(
        host=host,
        port=port or {"implicit": 465, "required": 587}.get(tls, 25),
        tls=tls,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or "") if parts.username else None,
    )


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
