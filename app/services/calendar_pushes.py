"""Wishes to have calendar targets brought up to date, in the transaction of what changed.

A wish names an object, not a state: what the target is to show is decided when it is pushed, so
however many wishes wait for an object, the latest state is written once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import CalendarTarget
from app.db.queries import calendar_feeds, calendar_wishes
from app.services.target_entries import commitment_uid, includes


async def enqueue_pushes(
    session: AsyncSession, workspace_id: UUID, meeting_ids: Collection[UUID], now: datetime
) -> None:
    """Have meetings pushed to the targets of everybody they concern, and what is due there.

    Whoever is not in the group on a meeting's date is left out, or loses it, when it is pushed.
    """
    if not meeting_ids:
        return
    await calendar_wishes.request_meetings(session, workspace_id, meeting_ids, now)
    dues = await calendar_wishes.dues_at(session, workspace_id, meeting_ids)
    wanted = [
        (due.id, commitment_uid(due.commitment_id))
        for due in dues
        if "commitments" in includes(due)
    ]
    await calendar_wishes.request_uids(session, workspace_id, wanted, now)


async def enqueue_person(
    session: AsyncSession, workspace_id: UUID, person_id: UUID, now: datetime
) -> None:
    """Have a person's coming meetings pushed: a target is new, or a place in a group changed."""
    await calendar_wishes.request_person(session, workspace_id, person_id, now)


async def enqueue_group(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, now: datetime
) -> None:
    """Have a group's coming meetings pushed: its name changed."""
    await calendar_wishes.request_group(session, workspace_id, group_id, now)


async def enqueue_commitments(
    session: AsyncSession,
    workspace_id: UUID,
    commitments: Iterable[tuple[UUID, UUID]],
    now: datetime,
) -> None:
    """Have promises, each with its owner's person, pushed to the targets that show promises."""
    ids_of: dict[UUID, set[UUID]] = defaultdict(set)
    for commitment_id, person_id in commitments:
        ids_of[person_id].add(commitment_id)
    if not ids_of:
        return
    await session.flush()
    wanted = [
        (target.id, commitment_uid(commitment_id))
        for target in await calendar_wishes.targets_of(session, workspace_id, ids_of)
        if "commitments" in includes(target)
        for commitment_id in sorted(ids_of[target.person_id])
    ]
    await calendar_wishes.request_uids(session, workspace_id, wanted, now)


async def fill_target(session: AsyncSession, target: CalendarTarget, now: datetime) -> None:
    """Have everything pushed that a target is to show, and what it holds looked at again."""
    workspace_id, person_id = target.workspace_id, target.person_id
    await calendar_wishes.request_all_held(session, workspace_id, target.id, now)
    await calendar_wishes.request_person(session, workspace_id, person_id, now)
    if "commitments" in includes(target):
        dues = await calendar_feeds.person_dues(session, workspace_id, person_id, now)
        await enqueue_commitments(session, workspace_id, [(due.id, person_id) for due in dues], now)
