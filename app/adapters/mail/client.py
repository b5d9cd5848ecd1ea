"""One mail to the operator's mail server, by SMTP. The server is the operator's own choice: its
address is not guarded, as those that strangers choose are.
"""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from typing import Final, Literal

import aiosmtplib

from app.adapters.mail.message import Letter
from app.smtp_url import SmtpServer

TIMEOUT: Final = 20.0
"""Seconds for each step: the connection, a command, the answer to a message."""
TOTAL_TIMEOUT: Final = 40.0
PERMANENT: Final = 500
"""Answers from here on are final; below, the same may be tried again (RFC 5321 section 4.2.1)."""
Code = Literal[
    "recipient_refused",
    "message_refused",
    "smtputf8_unsupported",
    "sender_refused",
    "login_refused",
    "timeout",
    "dns",
    "connect",
    "tls",
    "disconnected",
    "protocol",
]
OF_RECIPIENT: Final = {"recipient_refused", "message_refused", "smtputf8_unsupported"}
"""What goes wrong with this address; whatever else goes wrong does so for everybody's mail."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The server has taken the message, and answers for it from now on."""

    answer: str
    status: int = 250


@dataclass(frozen=True, slots=True)
class Unsent:
    """It has not. `status`: what the server answered, if it did."""

    code: Code
    status: int | None = None
    answer: str | None = None

    @property
    def is_of_recipient(self) -> bool:
        return self.code in OF_RECIPIENT

    @property
    def is_final(self) -> bool:
        """Nothing changes by trying again: this address can't be reached so."""
        if self.code == "smtputf8_unsupported":
            return True
        return self.is_of_recipient and (self.status or 0) >= PERMANENT


Outcome = Sent | Unsent


async def send(
    server: SmtpServer, letter: Letter, *, tls_context: ssl.SSLContext | None = None
) -> Outcome:
    """Hand the letter over in a conversation of its own; trouble on the way is an outcome."""
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.username,
        password=server.password,
        use_tls=server.tls == "implicit",
        start_tls={"required": True, "offered": None}.get(server.tls, False),
        tls_context=tls_context,
        timeout=TIMEOUT,
    )
    try:
        async with asyncio.timeout(TOTAL_TIMEOUT), client:
            _, answer = await client.sendmail(
                letter.sender,
                [letter.recipient],
                letter.content,
                mail_options=["SMTPUTF8", "BODY=8BITMIME"] if letter.smtputf8 else [],
            )
    except (aiosmtplib.SMTPException, OSError) as error:
        return _unsent(error)
    return Sent(answer)


def _unsent(error: Exception) -> Unsent:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        refused = error.recipients[0]
        return Unsent("recipient_refused", refused.code, refused.message)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return Unsent(_code_of_answer(error), error.code, error.message)
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return Unsent("smtputf8_unsupported" if "SMTPUTF8" in str(error) else "protocol")
    return Unsent(_code_of_trouble(error))


def _code_of_answer(error: aiosmtplib.SMTPResponseException) -> Code:
    if isinstance(error, aiosmtplib.SMTPDataError):
        return "message_refused"
    if isinstance(error, aiosmtplib.SMTPRecipientRefused):
        return "recipient_refused"
    if isinstance(error, aiosmtplib.SMTPSenderRefused):
        return "sender_refused"
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return "login_refused"
    return "protocol"


def _code_of_trouble(error: Exception) -> Code:
    causes = _causes(error)
    if any(isinstance(each, TimeoutError) for each in causes):
        return "timeout"
    if any(isinstance(each, ssl.SSLError) for each in causes):
        return "tls"
    if any(isinstance(each, (socket.gaierror, UnicodeError)) for each in causes):
        return "dns"
    if any(isinstance(each, aiosmtplib.SMTPServerDisconnected) for each in causes):
        return "disconnected"
    if "STARTTLS" in str(error):
        return "tls"
    return "connect" if isinstance(error, OSError) else "protocol"


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
