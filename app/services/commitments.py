"""Promises that are made, and those whose time comes.

Whoever makes several at once has locked their group before.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Commitment, CommitmentEvent, Group
from app.db.queries import commitments as queries
from app.db.queries import groups, meetings, people
from app.domain import commitments as rules
from app.domain.due_reminders import Told, alarms, day_due, reminded_until, waking_after
from app.domain.dues import DueAtMeeting
from app.services.commitment_making import (
    Items,
    References,
    due_of_item,
    load_references,
    made_at,
    made_at_meeting,
    owner_of,
    pointing,
)
from app.services.commitment_records import (
    columns_of_alarms,
    columns_of_due,
    due_of,
    event_row,
    tell,
)
from app.services.mail_reminders import remind_of_promises

OWN = ("title", "criteria", "buddy_membership_id", "hot_seat_id", "external_id")


async def make_commitments(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    items: Items,
    now: datetime,
) -> list[Commitment]:
    """Make promises of a locked group, which stand below `/commitments` in the input.

    An item has `membership_id` and `title`, and may have `criteria`, `meeting_id` (at which it is
    made), `due_on` or `due_meeting_id` (otherwise the group's next meeting, or a date two weeks
    ahead), `buddy_membership_id`, `hot_seat_id`, `external_id` and `metadata`.
    """
    if not items:
        return []
    group = await groups.load(session, workspace_id, group_id)
    known = (await load_references(session, workspace_id, {group_id: items}, now))[group_id]
    made = []
    for index, item in enumerate(items):
        with pointing(f"/commitments/{index}"):
            made.append(new_commitment(group, known, item, None, now))
    await save_new(session, made)
    commitments = [commitment for commitment, _ in made]
    happened = [("commitment.made", each.id) for each in commitments if not known.is_history(each)]
    await tell(session, workspace_id, happened, now)
    return commitments


async def save_new(
    session: AsyncSession, made: Sequence[tuple[Commitment, CommitmentEvent]]
) -> None:
    """Write promises and how their histories begin."""
    session.add_all(commitment for commitment, _ in made)
    await session.flush()
    session.add_all(event for _, event in made)


def new_commitment(
    group: Group,
    known: References,
    item: Mapping[str, Any],
    actor_id: UUID | None,
    now: datetime,
) -> tuple[Commitment, CommitmentEvent]:
    """A promise that is not in the session yet, and how its history begins.

    Raises as `owner_of`, `made_at_meeting` and `due_of_item`.
    """
    meeting = made_at_meeting(item, known)
    at = made_at(meeting, now)
    owner = owner_of(item, known, at=at, group_zone=group.time_zone)
    following = known.following.get(meeting.id if meeting else group.id)
    due, starts_at = due_of_item(item, known, following=following, time_zone=owner.time_zone, at=at)
    event = rules.make(due, closings=known.closings, at=at, actor=actor_id)
    # Whoever records a promise after its due knows that it is overdue.
    known_late = Told(overdue=True)
    alarm = alarms(due, known.closings, starts_at=starts_at, now=now, told=known_late)
    commitment = Commitment(
        workspace_id=group.workspace_id,
        group_id=group.id,
        membership_id=owner.id,
        person_id=owner.person_id,
        made_at_meeting_id=meeting and meeting.id,
        made_at=at,
        metadata_=item.get("metadata") or {},
        created_at=now,
        updated_at=now,
        **{name: item.get(name) for name in OWN},
        **columns_of_due(due),
        **columns_of_alarms(alarm),
    )
    return commitment, event_row(group.workspace_id, commitment.id, 1, event)


async def mark_overdue(
    session: AsyncSession, workspace_id: UUID, commitment_id: UUID, now: datetime
) -> None:
    """The due of an open promise has gone by: mark it, and tell its owner once they are awake, by
    the clocks of where they live now.
    """
    commitment = await _locked(session, workspace_id, commitment_id)
    if commitment.overdue_due_at is None or commitment.overdue_due_at > now:
        return
    owner = await people.load(session, workspace_id, commitment.person_id)
    awake_at = waking_after(now, owner.time_zone)
    commitment.overdue = True
    commitment.overdue_due_at = awake_at if awake_at > now else None
    commitment.touch(now)
    if awake_at <= now:
        commitment.overdue_told_at = now
        await tell(session, workspace_id, [("commitment.overdue", commitment_id)], now)
        await remind_of_promises(session, workspace_id, commitment.person_id, now)


async def mark_due_soon(
    session: AsyncSession, workspace_id: UUID, commitment_id: UUID, now: datetime
) -> None:
    """Remind of an open promise a day before it is due, or as soon as its owner is awake."""
    commitment = await _locked(session, workspace_id, commitment_id)
    if commitment.due_soon_due_at is None or commitment.due_soon_due_at > now:
        return
    due = due_of(commitment)
    starts_at = None
    if isinstance(due, DueAtMeeting):
        starts_at = (await meetings.load(session, workspace_id, due.meeting_id)).starts_at
    until = reminded_until(due, starts_at=starts_at)
    owner = await people.load(session, workspace_id, commitment.person_id)
    awake_at = waking_after(now, owner.time_zone)
    is_late = until is None or until <= awake_at
    commitment.due_soon_due_at = None if awake_at <= now or is_late else awake_at
    commitment.touch(now)
    if awake_at <= now and not is_late:
        commitment.reminded_for = day_due(due, starts_at=starts_at, time_zone=owner.time_zone)
        event = ("commitment.due_soon", commitment_id)
        await tell(session, workspace_id, [event], now, expires_at=until)
        await remind_of_promises(session, workspace_id, commitment.person_id, now)


async def _locked(session: AsyncSession, workspace_id: UUID, commitment_id: UUID) -> Commitment:
    group_id = await queries.group_of(session, workspace_id, commitment_id)
    await groups.lock(session, workspace_id, group_id)
    return await queries.load(session, workspace_id, commitment_id)
