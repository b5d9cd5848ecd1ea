"""Mail before a meeting, and of what is owed, at an hour at which people are awake."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import CalendarTarget, Delivery, Group, Mail, Meeting
from app.db.queries import calendar_feeds, mails, people
from app.domain.due_reminders import waking_after
from app.domain.group_days import day_of, end_of
from app.domain.wording.mails import Owed, Text, check_text, owed_text, reminder_text
from app.services.calendar_entries import attended_by_place
from app.services.calendar_mails import sends, shown_of
from app.services.mail_post import Post, mime, words_for
from app.services.target_deliveries import Action, log_delivery

OWED_AHEAD: Final = timedelta(days=7)
"""What falls due until then is listed; a second mail on the same day would say nothing new."""


async def remind_of_meeting(
    session: AsyncSession, group: Group, meeting: Meeting, now: datetime
) -> None:
    """Have whoever is expected at a meeting reminded of it, each by their own clocks."""
    rows = await mails.targets_of_group(session, group.workspace_id, group.id)
    day = day_of(meeting.starts_at, group.time_zone)
    expected = [
        row for row in rows if row.starts_on <= day and (row.ends_on is None or day <= row.ends_on)
    ]
    key = f"remind:{meeting.id.hex}:{meeting.starts_at.isoformat()}"
    about = {"uid": meeting.uid, "meeting_id": meeting.id.hex}
    wanting = [row for row in expected if sends(row.CalendarTarget, "reminders")]
    await _queue(session, wanting, "remind", key, about, meeting.starts_at, now)


async def remind_of_promises(
    session: AsyncSession, workspace_id: UUID, person_id: UUID, now: datetime
) -> None:
    """Have a person told what they owe: something of it is due soon, or overdue by now.

    Once a day at most, by their own calendar.
    """
    rows = await mails.targets_of_person(session, workspace_id, person_id)
    wanting = [row for row in rows if sends(row.CalendarTarget, "owed")]
    for row in wanting:
        today = day_of(waking_after(now, row.time_zone), row.time_zone)
        expires_at = end_of(today, row.time_zone)
        await _queue(session, [row], "owed", f"owed:{today.isoformat()}", {}, expires_at, now)


async def _queue(
    session: AsyncSession,
    rows: Sequence[Row[Any]],
    action: Action,
    key: str,
    about: dict[str, Any],
    expires_at: datetime,
    now: datetime,
) -> None:
    """Log a mail for each target that has none of this key, to be written when it is sent."""
    if not rows:
        return
    workspace_id = rows[0].CalendarTarget.workspace_id
    target_ids = {row.CalendarTarget.id for row in rows}
    known = await mails.known_keys(session, workspace_id, target_ids, key)
    added = []
    for row in rows:
        target: CalendarTarget = row.CalendarTarget
        if target.id in known:
            continue
        known.add(target.id)
        delivery = log_delivery(session, target, action, about.get("uid"), now)
        delivery.next_attempt_at = waking_after(now, row.time_zone)
        delivery.expires_at = expires_at
        added.append(
            Mail(
                workspace_id=workspace_id,
                delivery_id=delivery.id,
                target_id=target.id,
                key=key,
                about=about,
            )
        )
    await session.flush()
    session.add_all(added)
    await session.flush()


async def write_mail(
    session: AsyncSession,
    target: CalendarTarget,
    delivery: Delivery,
    mail: Mail,
    post: Post,
    now: datetime,
) -> bool:
    """Put a mail into words that was only announced; False if there is nothing to say any more."""
    text: Text | None
    if delivery.action == "remind":
        text = await _reminder(session, target, mail, post, now)
    elif delivery.action == "owed":
        text = await _owed(session, target, post, now)
    else:
        person = await people.load(session, target.workspace_id, target.person_id)
        text = check_text(words_for(person), post.head(target, person))
    if text is None:
        return False
    person = await people.load(session, target.workspace_id, target.person_id)
    thread = delivery.uid.partition("@")[0] if delivery.uid else None
    mail.subject = text[0].as_dict()
    mail.content = mime(post, target, person, delivery.id, text, now, thread=thread)
    return True


async def _reminder(
    session: AsyncSession, target: CalendarTarget, mail: Mail, post: Post, now: datetime
) -> Text | None:
    """None if the meeting has moved or is off, or the person is not expected there any more."""
    workspace_id, person_id = target.workspace_id, target.person_id
    rows = await calendar_feeds.person_meeting(session, workspace_id, person_id, mail.about["uid"])
    attended = attended_by_place(rows)
    if not attended or attended[0].state != "scheduled" or attended[0].starts_at <= now:
        return None
    meeting = attended[0]
    if not mail.key.endswith(f":{meeting.starts_at.isoformat()}"):
        return None
    if await mails.stays_away(session, workspace_id, meeting.id, person_id):
        return None
    person = await people.load(session, workspace_id, person_id)
    roles = await mails.roles(session, workspace_id, meeting.id, person_id)
    return reminder_text(
        words_for(person),
        post.head(target, person),
        shown_of(meeting),
        roles,
        post.agenda(meeting.id),
    )


async def _owed(
    session: AsyncSession, target: CalendarTarget, post: Post, now: datetime
) -> Text | None:
    person = await people.load(session, target.workspace_id, target.person_id)
    rows = await mails.owed(session, target.workspace_id, person.id, now + OWED_AHEAD)
    owed = [Owed(row.title, row.due_on, row.meeting_starts_at, row.overdue) for row in rows]
    owed.sort(key=lambda each: (not each.overdue, _day(each, person.time_zone), each.title))
    return owed_text(words_for(person), post.head(target, person), owed) if owed else None


def _day(owed: Owed, time_zone: str) -> str:
    if owed.due_on is not None:
        return owed.due_on.isoformat()
    starts_at = owed.meeting_starts_at
    return day_of(starts_at, time_zone).isoformat() if starts_at else ""
