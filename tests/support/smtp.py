"""A real mail server on the loopback that keeps what it takes, and misbehaves as told."""

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import icalendar
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.calendars import assert_clean

LOGIN = LoginPassword(b"hotseat", b"pass:word/1")
Answer = Callable[[str], str | None]


@dataclass
class Received:
    """One message as it came, and as the standard library reads it."""

    sender: str
    recipients: list[str]
    content: bytes
    over_tls: bool
    login: bool

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.content, policy=email.policy.default)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"]).strip()

    @property
    def to(self) -> str:
        (recipient,) = self.recipients
        return recipient

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    @property
    def calendar(self) -> icalendar.Calendar | None:
        """The object of the alternative; the attached file holds the same bytes."""
        parts = [part for part in self.message.walk() if part.get_content_type() == "text/calendar"]
        if not parts:
            return None
        (part,) = parts
        (file,) = self.message.iter_attachments()
        content = part.get_payload(decode=True)
        assert content == file.get_payload(decode=True)
        calendar = icalendar.Calendar.from_ical(content)
        assert part.get_param("method") == calendar["METHOD"]
        assert_clean(content, method=str(calendar["METHOD"]), single=True)
        return calendar

    @property
    def event(self) -> Any:
        assert self.calendar is not None
        (event,) = self.calendar.walk("VEVENT")
        return event


@dataclass
class Mailbox:
    """What the server took, and what it answers: by default, that all is well."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    at_mail: Answer = lambda _: None
    at_rcpt: Answer = lambda _: None
    at_data: Answer = lambda _: None

    def of(self, address: str) -> list[Received]:
        return [mail for mail in self.received if mail.to == address]

    def taken(self) -> list[Received]:
        """What came since the last look."""
        taken, self.received = self.received, []
        return taken

    def reset(self) -> None:
        self.received = []
        self.at_mail = self.at_rcpt = self.at_data = lambda _: None

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.at_mail(address)
        if answer is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.at_rcpt(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert envelope.mail_from is not None
        assert isinstance(envelope.original_content, bytes)
        answer = self.at_data(envelope.rcpt_tos[0])
        if answer is None or answer.startswith("250"):
            self.received.append(
                Received(
                    sender=envelope.mail_from,
                    recipients=list(envelope.rcpt_tos),
                    content=envelope.original_content,
                    over_tls=server.transport.get_extra_info("ssl_object") is not None,
                    login=session.authenticated is True,
                )
            )
        return answer or "250 taken"


def authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    return AuthResult(success=data == LOGIN, handled=False)


@asynccontextmanager
async def running(
    *,
    starttls: ssl.SSLContext | None = None,
    implicit: ssl.SSLContext | None = None,
    **options: Any,
) -> AsyncIterator[Mailbox]:
    """A server on a free port of the loopback, in this event loop."""
    mailbox = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(
            mailbox,
            hostname="mail.test",
            tls_context=starttls,
            require_starttls=starttls is not None,
            loop=loop,
            **options,
        ),
        "127.0.0.1",
        0,
        ssl=implicit,
    )
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        server.close()


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's certificate for 127.0.0.1, and a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "mail.pem"
    path.write_bytes(pem + private)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cadata=pem.decode())
