"""Mails as bytes, and their way to a real SMTP server on the loopback."""

import asyncio
import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.calendars.ical import CalendarMeeting, render_calendar
from app.adapters.calendars.itip import Party, itip_message
from app.adapters.mail.client import Sent, Unsent, send
from app.adapters.mail.message import (
    ONE_CLICK,
    Invitation,
    Mail,
    UnusableAddressError,
    letter,
)
from app.settings import Settings
from app.smtp_url import SmtpServer, smtp_server
from tests.support import smtp

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOTSEAT = Party("The Inklings", "hotseat@example.org")
JACK = Party("Jack", "jack@example.org")
OPT_OUT = "https://hotseat.example.org/opt_out/" + "x" * 120
MEETING = CalendarMeeting(
    uid="mtg_1@hotseat",
    sequence=3,
    created_at=NOW - timedelta(days=9),
    changed_at=NOW - timedelta(hours=1),
    starts_at=NOW + timedelta(days=3),
    ends_at=NOW + timedelta(days=3, hours=1),
    time_zone="America/New_York",
    summary="Supper, at last; \U0001f370",
    description=None,
    location="The Bird\nand Baby",
    url="https://meet.example.org/a",
)
NAMES = [
    "Jack",
    'Jack "Warnie" Lewis',
    "Lewis, C. S.; and others: all",
    "Zoë Ångström",
    "שלום \U0001f44b",
    "x" * 200,
    "Jack\r\nBcc: everybody@example.org",
    "Jack\u2028Bcc: everybody@example.org",
    "\ud800",
]


def itip(method: str = "REQUEST", **changes: object) -> bytes:
    options = {"organizer": HOTSEAT, "attendee": JACK, "stamped_at": NOW, **changes}
    return itip_message(MEETING, method, **options)


def mail(**changes: object) -> Mail:
    plain = Mail(
        message_id="dlv_1",
        sender=HOTSEAT,
        recipient=JACK,
        subject="Supper",
        text="Hello\n.\nJack",
        written_at=NOW,
        opt_out_url=OPT_OUT,
    )
    return replace(plain, **changes)


def parsed(content: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
def test_an_itip_object_is_the_feeds_with_the_parties(method: str) -> None:
    content = itip(method)
    calendar = icalendar.Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")
    assert calendar["METHOD"] == method
    assert event["ORGANIZER"] == "mailto:hotseat@example.org"
    assert event["ORGANIZER"].params["CN"] == "The Inklings"
    assert event["ATTENDEE"] == "mailto:jack@example.org"
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"
    assert (event["UID"], event["SEQUENCE"]) == ("mtg_1@hotseat", 3)
    assert event["DTSTAMP"].dt == NOW
    assert event["LAST-MODIFIED"].dt == MEETING.changed_at
    assert event["STATUS"] == ("CANCELLED" if method == "CANCEL" else "CONFIRMED")
    # Apart from these it is what a feed or a CalDAV server gets, line by line.
    ours = [
        line
        for line in content.split(b"\r\n")
        if not line.startswith((b"METHOD", b"DTSTAMP", b"ORGANIZER", b"ATTENDEE", b" TION"))
    ]
    shown = replace(MEETING, cancelled=method == "CANCEL")
    feed = render_calendar([shown]).split(b"\r\n")
    assert ours == [line for line in feed if not line.startswith(b"DTSTAMP")]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_breaks_out_of_a_line_or_a_header(name: str) -> None:
    content = itip(attendee=Party(name, "jack@example.org"), organizer=Party(name, "h@example.org"))
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    (event,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert event["ATTENDEE"] == "mailto:jack@example.org"
    sent = letter(
        mail(
            recipient=Party(name, "jack@example.org"),
            sender=Party(name, "h@example.org"),
            subject=name,
            invitation=Invitation("REQUEST", content),
        )
    )
    message = parsed(sent.content)
    assert message["Bcc"] is None
    assert message["To"].addresses[0].addr_spec == "jack@example.org"
    if "\n" not in name and "\u2028" not in name and name != "\ud800":
        assert message["To"].addresses[0].display_name == name
        assert message["Subject"] == name
        assert event["ATTENDEE"].params["CN"] == name.replace('"', " ").strip()
    assert sent.content.isascii()
    assert max(len(line) for line in sent.content.split(b"\r\n")) <= 210


def test_an_invitation_is_built_as_mail_programs_want_it() -> None:
    content = itip()
    sent = letter(mail(thread="mtg_1", invitation=Invitation("REQUEST", content)))
    message = parsed(sent.content)
    assert message.get_content_type() == "multipart/mixed"
    first, file = message.iter_parts()
    assert first.get_content_type() == "multipart/alternative"
    plain, calendar = first.iter_parts()
    assert plain.get_content_type() == "text/plain"
    assert plain.get_content() == "Hello\r\n.\r\nJack\r\n"
    assert calendar["Content-Type"].params == {"method": "REQUEST", "charset": "utf-8"}
    assert calendar["Content-Disposition"] is None
    assert calendar.get_payload(decode=True) == content
    assert (file.get_content_type(), file.get_filename()) == ("application/ics", "invite.ics")
    assert file.get_payload(decode=True) == content
    assert sent.content.replace(b"\r\n", b"").count(b"\n") == 0


def test_programs_find_their_headers_plain_and_whole() -> None:
    sent = letter(mail(thread="mtg_" + "1" * 90))
    assert b"List-Unsubscribe: <" + OPT_OUT.encode() + b">\r\n" in sent.content
    message = parsed(sent.content)
    assert message["List-Unsubscribe-Post"] == ONE_CLICK
    assert message["Message-ID"] == "<dlv_1@example.org>"
    assert message["References"] == f"<mtg_{'1' * 90}@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(message["Date"]) == NOW
    # RFC 8058 knows https only.
    plain = parsed(letter(mail(opt_out_url="http://h.test/x")).content)
    assert plain["List-Unsubscribe"] == "<http://h.test/x>"
    assert plain["List-Unsubscribe-Post"] is None


def test_the_same_mail_is_the_same_bytes() -> None:
    one = mail(invitation=Invitation("REQUEST", itip()))
    assert letter(one) == letter(one)
    assert letter(one) != letter(replace(one, message_id="dlv_2"))


@pytest.mark.parametrize(
    ("address", "envelope", "smtputf8"),
    [
        ("jack+x@example.org", "jack+x@example.org", False),
        ("jack@exämple.org", "jack@xn--exmple-cua.org", False),
        ("jörg@example.org", "jörg@example.org", True),
        ("o'hara=x@example.org", "o'hara=x@example.org", False),
    ],
)
def test_addresses_are_ascii_where_they_can_be(
    address: str, envelope: str, *, smtputf8: bool
) -> None:
    sent = letter(mail(recipient=Party("Jörg", address)))
    assert (sent.recipient, sent.smtputf8) == (envelope, smtputf8)
    assert sent.content.isascii() is not smtputf8
    assert f"<{envelope}>\r\n".encode() in sent.content


@pytest.mark.parametrize(
    "address",
    [
        "",
        "jack",
        ".a@b.org",
        "a..b@c.org",
        '"a b"@c.org',
        "a@b_c.org",
        "@example.org",
        "jack@",
        "a@b\r\nBcc: x@y",
        "a b@c.org",
        "a@" + "ä" * 99,
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(UnusableAddressError):
        letter(mail(recipient=Party("Jack", address)))


@settings(max_examples=150, deadline=None)
@given(name=st.text(max_size=80), subject=st.text(max_size=200), text=st.text(max_size=300))
def test_whatever_people_write_stays_where_it_belongs(name: str, subject: str, text: str) -> None:
    content = itip(attendee=Party(name, "jack@example.org"))
    (event,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert event["UID"] == "mtg_1@hotseat"
    sent = letter(
        mail(
            recipient=Party(name, "jack@example.org"),
            subject=subject,
            text=text,
            invitation=Invitation("REQUEST", content),
        )
    )
    message = parsed(sent.content)
    assert message.keys() == [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "MIME-Version",
        "Content-Type",
    ]
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/calendar",
        "application/ics",
    ]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.org", SmtpServer("mail.example.org", 25, "offered", None, None)),
        ("smtp://localhost:1025", SmtpServer("localhost", 1025, "none", None, None)),
        ("smtp://a:b@127.0.0.1:25", SmtpServer("127.0.0.1", 25, "none", "a", "b")),
        ("smtp://a%40b:p%3A%2F@h", SmtpServer("h", 587, "required", "a@b", "p:/")),
        ("smtp+starttls://h", SmtpServer("h", 587, "required", None, None)),
        ("smtps://a:b@h", SmtpServer("h", 465, "implicit", "a", "b")),
        ("smtps://[::1]:2465", SmtpServer("::1", 2465, "implicit", None, None)),
    ],
)
def test_a_server_is_a_url(url: str, expected: SmtpServer) -> None:
    assert smtp_server(url) == expected


@pytest.mark.parametrize(
    "url",
    ["", "mail.example.org", "http://h", "smtp://", "smtp://h:x", "smtp://h/path", "smtp://h?a"],
)
def test_what_is_no_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        smtp_server(url)


def test_a_password_is_not_shown_by_accident() -> None:
    chosen = Settings(smtp_url="smtps://jack:s3cret@h", mail_from="hotseat@example.org")
    assert chosen.smtp is not None
    assert chosen.smtp.password == "s3cret"
    assert "s3cret" not in f"{chosen!r} {chosen.smtp!r} {chosen.model_dump_json()}"
    with pytest.raises(ValueError, match="HOTSEAT_MAIL_FROM"):
        Settings(smtp_url="smtps://jack:s3cret@h")
    with pytest.raises(ValueError, match="plain address"):
        Settings(mail_from="Hotseat <hotseat@example.org>")


async def test_a_server_takes_a_letter() -> None:
    async with smtp.running() as box:
        sent = letter(mail(invitation=Invitation("REQUEST", itip())))
        outcome = await send(smtp_server(f"smtp://127.0.0.1:{box.port}"), sent)
    assert isinstance(outcome, Sent)
    (received,) = box.received
    assert (received.sender, received.to) == ("hotseat@example.org", "jack@example.org")
    assert received.content == sent.content
    assert received.event["SEQUENCE"] == 3


async def test_addresses_beyond_ascii_want_a_server_that_knows_them() -> None:
    joerg = letter(mail(recipient=Party("Jörg", "jörg@example.org")))
    async with smtp.running(enable_SMTPUTF8=True) as box:
        assert isinstance(await send(smtp_server(f"smtp://127.0.0.1:{box.port}"), joerg), Sent)
        assert box.received[0].to == "jörg@example.org"
    async with smtp.running(enable_SMTPUTF8=False) as box:
        outcome = await send(smtp_server(f"smtp://127.0.0.1:{box.port}"), joerg)
    assert outcome == Unsent("smtputf8_unsupported")
    assert outcome.is_final


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # smtps has it
@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
async def test_a_password_travels_encrypted(scheme: str, tmp_path: Path) -> None:
    server, client = smtp.contexts(tmp_path)
    tls = {"starttls": server} if scheme == "smtp+starttls" else {"implicit": server}
    options = {"auth_required": True, "auth_require_tls": scheme == "smtp+starttls"}
    async with smtp.running(**tls, **options, authenticator=smtp.authenticate) as box:
        where = f"127.0.0.1:{box.port}"
        right = smtp_server(f"{scheme}://hotseat:pass%3Aword%2F1@{where}")
        assert isinstance(await send(right, letter(mail()), tls_context=client), Sent)
        assert box.received[0].over_tls
        assert box.received[0].login
        wrong = await send(replace(right, password="no"), letter(mail()), tls_context=client)
        # Nobody answers for this certificate here.
        unknown = await send(right, letter(mail()))
    assert isinstance(wrong, Unsent)
    assert (wrong.code, wrong.status, wrong.is_final) == ("login_refused", 535, False)
    assert isinstance(unknown, Unsent)
    assert unknown.code == "tls"


async def test_without_encryption_no_password_leaves_this_machine() -> None:
    async with smtp.running(auth_require_tls=False, authenticator=smtp.authenticate) as box:
        server = smtp_server("smtp://hotseat:pass%3Aword%2F1@mail.example.org")
        assert server.tls == "required"
        outcome = await send(replace(server, host="127.0.0.1", port=box.port), letter(mail()))
        assert outcome == Unsent("tls")
        assert box.received == []


@pytest.mark.parametrize(
    ("where", "answer", "code", "is_final", "is_of_recipient"),
    [
        ("rcpt", "550 no such user", "recipient_refused", True, True),
        ("rcpt", "450 try later", "recipient_refused", False, True),
        ("data", "554 spam", "message_refused", True, True),
        ("data", "451 try later", "message_refused", False, True),
        ("mail", "550 not from you", "sender_refused", False, False),
        ("data", "421 going down", "message_refused", False, True),
    ],
)
async def test_what_a_server_answers(
    where: str,
    answer: str,
    code: str,
    *,
    is_final: bool,
    is_of_recipient: bool,
) -> None:
    async with smtp.running() as box:
        setattr(box, f"at_{where}", lambda _: answer)
        outcome = await send(smtp_server(f"smtp://127.0.0.1:{box.port}"), letter(mail()))
    assert isinstance(outcome, Unsent)
    assert (outcome.code, outcome.status) == (code, int(answer[:3]))
    assert (outcome.is_final, outcome.is_of_recipient) == (is_final, is_of_recipient)


async def test_trouble_on_the_way_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    monkeypatch.setattr("app.adapters.mail.client.TIMEOUT", 0.2)
    outcomes = []
    for behave in (hang_up, say_nothing):
        server = await asyncio.start_server(behave, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        outcomes.append(await send(smtp_server(f"smtp://127.0.0.1:{port}"), letter(mail())))
        server.close()
    outcomes.append(await send(smtp_server(f"smtp://127.0.0.1:{port}"), letter(mail())))
    assert outcomes == [Unsent("disconnected"), Unsent("timeout"), Unsent("connect")]
    assert not any(outcome.is_final for outcome in outcomes)
