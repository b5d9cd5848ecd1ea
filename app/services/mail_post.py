"""What every mail has in common: who it comes from, and how it is stopped."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.adapters.calendars.itip import Party
from app.adapters.keyring import Keyring
from app.adapters.mail.message import Invitation, Letter, Mail, ascii_domain, letter
from app.db.models import CalendarTarget, Person
from app.domain import ids
from app.domain.opt_out_tokens import token_of
from app.domain.wording.catalogue import Words, words
from app.domain.wording.mails import Letterhead, Text

MAILTO = "mailto:"
SERVICE = "Hotseat"


@dataclass(frozen=True, slots=True)
class Post:
    """The service as a sender of mail. `agenda_url` has `{meeting_id}` in it."""

    sender: str
    base_url: str
    agenda_url: str | None
    keyring: Keyring

    def agenda(self, meeting_id: UUID) -> str:
        """Where people see a meeting's agenda."""
        pattern = self.agenda_url or f"{self.base_url}/v1/meetings/{{meeting_id}}/agenda"
        return pattern.replace("{meeting_id}", ids.encode("meeting", meeting_id))

    def opt_out_url(self, target: CalendarTarget) -> str:
        """The link that stops all mail of a target: nobody else can know its secret."""
        secret = self.keyring.decrypt(target.secret) if target.secret else ""
        return f"{self.base_url}/opt_out/{token_of(target.workspace_id, target.id, secret)}"

    def head(self, target: CalendarTarget, person: Person) -> Letterhead:
        return Letterhead(person.name, self.opt_out_url(target))

    def organizer(self, name: str) -> Party:
        return Party(name, ascii_domain(self.sender))


def words_for(person: Person) -> Words:
    """The person's language, by their clocks."""
    return words(person.locale, person.time_zone)


def address_of(target: CalendarTarget) -> str:
    """Where a target's mail goes."""
    return (target.address or "").removeprefix(MAILTO)


def recipient(target: CalendarTarget, person: Person) -> Party:
    return Party(person.name, ascii_domain(address_of(target)))


def mime(
    post: Post,
    target: CalendarTarget,
    person: Person,
    delivery_id: UUID,
    text: Text,
    now: datetime,
    *,
    sender_name: str = SERVICE,
    thread: str | None = None,
    invitation: Invitation | None = None,
) -> bytes:
    """The message of a delivery, which keeps its Message-ID for ever."""
    subject, body = text
    mail = Mail(
        message_id=ids.encode("delivery", delivery_id),
        sender=post.organizer(sender_name),
        recipient=recipient(target, person),
        subject=subject.text,
        text=body,
        written_at=now,
        opt_out_url=post.opt_out_url(target),
        thread=thread,
        invitation=invitation,
    )
    return letter(mail).content


def letter_of(post: Post, target: CalendarTarget, content: bytes) -> Letter:
    """A stored message, addressed."""
    sender, to = ascii_domain(post.sender), ascii_domain(address_of(target))
    return Letter(sender, to, content, smtputf8=not (sender + to).isascii())
