"""A mail as MIME (RFC 5322, 2045, 2047, 6047, 8058): values in, bytes out.

The same mail gives the same bytes, boundaries included, so that a second attempt sends what the
first one did.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage, Message
from email.policy import SMTP, Policy
from urllib.parse import urlsplit

import idna

from app.adapters.calendars.itip import Method, Party

_NOT_IN_HEADER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_ATOM = r"[^\s\x00-\x20\x7f\"(),.:;<>@\[\\\]]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_DOMAIN = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
ONE_CLICK = "List-Unsubscribe=One-Click"


class _Verbatim(BaseHeader):
    """A header that programs read: on one line however long, and never encoded."""

    max_count = 1
    parse = UnstructuredHeader.parse
    value_parser = staticmethod(UnstructuredHeader.value_parser)

    def fold(self, *, policy: "Policy[Message[str, str]]") -> str:
        return f"{self.name}: {self}{policy.linesep}"


def _policy(*, utf8: bool) -> "Policy[EmailMessage]":
    registry = HeaderRegistry()
    for name in ("message-id", "references", "list-unsubscribe"):
        registry.map_to_type(name, _Verbatim)
    return SMTP.clone(header_factory=registry, utf8=utf8)


class UnusableAddressError(ValueError):
    """No mail can be sent to this address."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A calendar object that was made for mail, with its METHOD."""

    method: Method
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """What is to be said to whom.

    `message_id` and `thread` (which mails belong together) are names without the domain, which is
    the sender's. `opt_out_url` stops all mail of this kind.
    """

    message_id: str
    sender: Party
    recipient: Party
    subject: str
    text: str
    written_at: datetime
    opt_out_url: str
    thread: str | None = None
    invitation: Invitation | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """What an SMTP server is given. `smtputf8`: an address in it cannot be written in ASCII."""

    sender: str
    recipient: str
    content: bytes
    smtputf8: bool


def letter(mail: Mail) -> Letter:
    """The mail as bytes, with CRLF; UnusableAddressError."""
    sender, recipient = ascii_domain(mail.sender.address), ascii_domain(mail.recipient.address)
    smtputf8 = not (sender + recipient).isascii()
    message = EmailMessage(_policy(utf8=smtputf8))
    message["From"] = _address(mail.sender.name, sender)
    message["To"] = _address(mail.recipient.name, recipient)
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = mail.written_at
    for name, value in _machine_headers(mail, sender.rpartition("@")[2]):
        message[name] = value
    message.set_content(_NOT_IN_TEXT.sub("", mail.text), charset="utf-8", cte="quoted-printable")
    if mail.invitation is not None:
        _invite(message, mail.invitation)
    _tidy(message, mail.message_id)
    return Letter(sender, recipient, message.as_bytes(), smtputf8)


def ascii_domain(address: str) -> str:
    """The address with its domain as IDNA has it; the local part stays. UnusableAddressError."""
    local, _, domain = address.rpartition("@")
    try:
        encoded = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        encoded = ""
    if not (_LOCAL_PART.fullmatch(local) and _DOMAIN.fullmatch(encoded)):
        raise UnusableAddressError("this is no address that mail can be sent to")
    return f"{local}@{encoded}"


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(_one_line(name), username=local, domain=domain)


def _one_line(value: str) -> str:
    """Without line breaks and control characters: nobody's name adds a header."""
    return _NOT_IN_HEADER.sub(" ", value).strip()


def _machine_headers(mail: Mail, domain: str) -> Iterator[tuple[str, str]]:
    yield "Message-ID", f"<{mail.message_id}@{domain}>"
    if mail.thread is not None:
        yield "References", f"<{mail.thread}@{domain}>"
    yield "Auto-Submitted", "auto-generated"
    yield "List-Unsubscribe", f"<{mail.opt_out_url}>"
    if urlsplit(mail.opt_out_url).scheme == "https":  # RFC 8058 section 3.1
        yield "List-Unsubscribe-Post", ONE_CLICK


def _invite(message: EmailMessage, invitation: Invitation) -> None:
    """The object as an alternative to the text, which is what mail programs act on (RFC 6047), and
    once more as a file for those that only look there. Outlook wants the first within the first
    part.
    """
    message.add_alternative(
        invitation.content,
        maintype="text",
        subtype="calendar",
        cte="base64",
        params={"method": invitation.method, "charset": "utf-8"},
    )
    name = "invite.ics" if invitation.method == "REQUEST" else "cancel.ics"
    message.add_attachment(
        invitation.content, maintype="application", subtype="ics", cte="base64", filename=name
    )


def _tidy(message: EmailMessage, seed: str) -> None:
    for number, part in enumerate(message.walk()):
        if part is not message:
            del part["MIME-Version"]
        if part.is_multipart():
            digest = hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()
            part.set_boundary(f"={number}={digest[:32]}")
