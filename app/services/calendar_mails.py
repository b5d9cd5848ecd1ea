"""Invitations by mail: a wish to have a meeting brought up to date becomes at most one mail.

Wishes are those of calendar targets: whatever changes a meeting, or whose it is, leaves one. What
the person has been told decides what they are told now; a mail that waits gives way to a newer one.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.calendars.ical import CalendarMeeting
from app.adapters.calendars.itip import Method, itip_message
from app.adapters.mail.message import Invitation
from app.db.models import CalendarPush, CalendarTarget, Mail
from app.db.queries import calendar_feeds, calendar_pushes, mails, people
from app.domain.wording.mails import MeetingShown, Told, change_of, change_text
from app.services.calendar_entries import attended_by_place, of_person_row
from app.services.mail_post import Post, mime, recipient, words_for
from app.services.target_deliveries import Action, log_delivery

INVITED_AHEAD: Final = timedelta(days=35)
"""Invitations to meetings further ahead wait until they are so near: nobody wants thirteen mails on
the day when a group gives itself a cadence. Whoever is invited hears of every change at once.
"""
ALL_SENT: Final = ("invitations", "reminders", "owed")


def sends(target: CalendarTarget, what: str) -> bool:
    """Whether a target wants such mail."""
    return what in target.settings.get("sends", ALL_SENT)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a person is to be told of a meeting. `expected`: they have a place on its date."""

    method: Method
    meeting: Row[Any]
    entry: CalendarMeeting
    told: Told | None
    expected: bool

    @property
    def stood(self) -> bool:
        """Whether they were told that it takes place."""
        return self.told is not None and self.told.stands

    @property
    def digest(self) -> str:
        """Of all that a person would notice."""
        entry = self.entry
        noticed = (
            self.method,
            entry.sequence,
            entry.starts_at,
            entry.ends_at,
            entry.time_zone,
            entry.summary,
            entry.location,
            entry.url,
        )
        return hashlib.sha256(repr(noticed).encode()).hexdigest()


async def write_invitation(
    session: AsyncSession, target: CalendarTarget, row: CalendarPush, post: Post, now: datetime
) -> None:
    """Settle a wish of a locked target, with a mail if the person has to be told of something."""
    row.due_at = None
    wanted = await _wanted(session, target, row.uid, now)
    if wanted is None:
        await mails.expire(session, target.workspace_id, target.id, now, uid=row.uid)
        row.digest = None
        return
    if not wanted.stood and wanted.meeting.starts_at > now + INVITED_AHEAD:
        row.due_at = wanted.meeting.starts_at - INVITED_AHEAD
        return
    if wanted.digest == row.digest:
        return
    await mails.expire(session, target.workspace_id, target.id, now, uid=row.uid)
    row.attempted_at, row.digest = now, wanted.digest
    await _write(session, target, row, wanted, post, now)


async def _wanted(
    session: AsyncSession, target: CalendarTarget, uid: str, now: datetime
) -> _Wanted | None:
    """None if there is nothing to tell: the meeting is over, or it neither is the person's nor was
    when they were told of it last.
    """
    where = (target.workspace_id, target.person_id, uid)
    rows = await calendar_feeds.person_meeting(session, *where)
    if not sends(target, "invitations") or not rows or rows[0].ends_at <= now:
        return None
    attended = attended_by_place(rows)
    meeting = (attended or rows)[0]
    told = _told(await mails.last_told(session, target.workspace_id, target.id, uid))
    stands = bool(attended) and meeting.state != "cancelled"
    wanted = _Wanted(
        method="REQUEST" if stands else "CANCEL",
        meeting=meeting,
        entry=of_person_row(meeting),
        told=told,
        expected=bool(attended),
    )
    return wanted if stands or wanted.stood else None


async def _write(
    session: AsyncSession,
    target: CalendarTarget,
    row: CalendarPush,
    wanted: _Wanted,
    post: Post,
    now: datetime,
) -> None:
    person = await people.load(session, target.workspace_id, target.person_id)
    meeting, shown = wanted.meeting, shown_of(wanted.meeting)
    action: Action = "invite" if wanted.method == "REQUEST" else "cancel"
    delivery = log_delivery(session, target, action, row.uid, now)
    delivery.expires_at = meeting.ends_at
    change = change_of(
        wanted.told, shown, cancelled=meeting.state == "cancelled", expected=wanted.expected
    )
    text = change_text(
        words_for(person),
        post.head(target, person),
        change,
        shown,
        wanted.told,
        post.agenda(meeting.id),
    )
    content = itip_message(
        wanted.entry,
        wanted.method,
        organizer=post.organizer(meeting.group_name),
        attendee=recipient(target, person),
        stamped_at=now,
    )
    mail = Mail(
        workspace_id=target.workspace_id,
        delivery_id=delivery.id,
        target_id=target.id,
        key=f"{action}:{delivery.id.hex}",
        about={
            "method": wanted.method,
            "starts_at": shown.starts_at.isoformat(),
            "ends_at": shown.ends_at.isoformat(),
            "has_seat": shown.has_seat,
        },
        subject=text[0].as_dict(),
        content=mime(
            post,
            target,
            person,
            delivery.id,
            text,
            now,
            sender_name=meeting.group_name,
            thread=row.uid.partition("@")[0],
            invitation=Invitation(wanted.method, content),
        ),
    )
    await session.flush()
    session.add(mail)
    await session.flush()


def shown_of(meeting: Row[Any]) -> MeetingShown:
    """A meeting of `calendar_feeds.person_meeting` as mail shows it."""
    return MeetingShown(
        title=meeting.title or meeting.group_name,
        group=meeting.group_name,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        location=meeting.location,
        url=meeting.url,
        has_seat=bool(meeting.has_seat),
    )


def _told(about: dict[str, Any] | None) -> Told | None:
    if about is None:
        return None
    return Told(
        stands=about["method"] == "REQUEST",
        starts_at=datetime.fromisoformat(about["starts_at"]),
        ends_at=datetime.fromisoformat(about["ends_at"]),
        has_seat=about["has_seat"],
    )


async def forget_digest(
    session: AsyncSession, workspace_id: UUID, target_id: UUID, uid: str
) -> None:
    """A mail did not arrive: once the target works again, the person is told after all."""
    row = await calendar_pushes.find(session, workspace_id, target_id, uid)
    if row is not None:
        row.digest = None
