"""The words of mail about meetings and promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from app.domain.wording.catalogue import Said, Words

Change = Literal["invited", "restored", "moved", "updated", "cancelled", "left"]
MOST_LISTED = 20
"""Promises that one mail lists; it counts the others."""


@dataclass(frozen=True, slots=True)
class MeetingShown:
    """A meeting as one person sees it."""

    title: str
    group: str
    starts_at: datetime
    ends_at: datetime
    location: str | None
    url: str | None
    has_seat: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What a person was told of a meeting last: that it takes place (`stands`), when, and whether
    the hot seat is theirs.
    """

    stands: bool
    starts_at: datetime
    ends_at: datetime
    has_seat: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """An open promise: due on a date or at the start of a meeting, or overdue."""

    title: str
    due_on: date | None
    meeting_starts_at: datetime | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What every mail has around its words."""

    name: str
    opt_out_url: str


Text = tuple[Said, str]
"""A subject, and the text below it."""


def change_of(told: Told | None, shown: MeetingShown, *, cancelled: bool, expected: bool) -> Change:
    """What has happened to a meeting since the person was told of it last.

    `expected`: they have a place in the group on its date.
    """
    if cancelled:
        return "cancelled"
    if not expected:
        return "left"
    if told is None:
        return "invited"
    if not told.stands:
        return "restored"
    if (told.starts_at, told.ends_at) != (shown.starts_at, shown.ends_at):
        return "moved"
    return "updated"


def change_text(
    words: Words,
    head: Letterhead,
    change: Change,
    shown: MeetingShown,
    told: Told | None,
    agenda_url: str,
) -> Text:
    """A mail that tells of a change."""
    when = words.moment(shown.starts_at)
    before = words.moment(told.starts_at) if told is not None else when
    lines = [words.text(f"mail.{change}", group=shown.group, when=when, before=before)]
    if change not in {"cancelled", "left"}:
        lines += _details(
            words, shown, agenda_url, seat_was_theirs=told is not None and told.has_seat
        )
    subject = words.say(f"mail.{change}.subject", title=shown.title, when=when)
    return subject, _text(words, head, lines)


def reminder_text(
    words: Words, head: Letterhead, shown: MeetingShown, roles: Sequence[str], agenda_url: str
) -> Text:
    """A mail before a meeting, with what the person does there."""
    when = words.moment(shown.starts_at)
    lines = [words.text("mail.reminder", group=shown.group, when=when)]
    lines += [words.text(f"mail.role.{role}") for role in sorted(roles)]
    lines += _details(words, shown, agenda_url, seat_was_theirs=False)
    subject = words.say("mail.reminder.subject", title=shown.title, when=when)
    return subject, _text(words, head, lines)


def owed_text(words: Words, head: Letterhead, owed: Sequence[Owed]) -> Text:
    """A mail with what the person has promised, in the order given."""
    lines = [words.text("mail.owed"), *(_owed_line(words, each) for each in owed[:MOST_LISTED])]
    if len(owed) > MOST_LISTED:
        lines.append(words.text("mail.owed.more", count=len(owed) - MOST_LISTED))
    return words.say("mail.owed.subject"), _text(words, head, lines)


def check_text(words: Words, head: Letterhead) -> Text:
    """The mail of a test."""
    return words.say("mail.test.subject"), _text(words, head, [words.text("mail.test")])


def _details(
    words: Words, shown: MeetingShown, agenda_url: str, *, seat_was_theirs: bool
) -> list[str]:
    minutes = int((shown.ends_at - shown.starts_at).total_seconds()) // 60
    lines = [words.text("mail.lasts", minutes=minutes)]
    if shown.has_seat:
        lines.append(words.text("mail.your_seat"))
    elif seat_was_theirs:
        lines.append(words.text("mail.seat_gone"))
    if shown.location:
        lines.append(words.text("mail.place", location=shown.location))
    if shown.url:
        lines.append(words.text("mail.join", url=shown.url))
    return [*lines, words.text("mail.agenda", url=agenda_url)]


def _owed_line(words: Words, owed: Owed) -> str:
    if owed.due_on is not None:
        code = "mail.owed.overdue" if owed.overdue else "mail.owed.day"
        return words.text(code, title=owed.title, day=words.day(owed.due_on))
    if owed.overdue or owed.meeting_starts_at is None:
        return words.text("mail.owed.late", title=owed.title)
    when = words.moment(owed.meeting_starts_at)
    return words.text("mail.owed.meeting", title=owed.title, when=when)


def _text(words: Words, head: Letterhead, lines: Sequence[str]) -> str:
    greeting = words.text("mail.greeting", name=head.name)
    end = words.text("mail.opt_out", url=head.opt_out_url)
    return "\n".join([greeting, "", *lines, "", "-- ", end])
