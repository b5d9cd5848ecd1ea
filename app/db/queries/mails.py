"""Mail that waits, what was told before, and what it is about."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import (
    Attendance,
    CalendarTarget,
    Commitment,
    Delivery,
    Mail,
    Meeting,
    MeetingRole,
    Membership,
    Person,
)
from app.db.queries.scope import scoped

OF_DELIVERY = and_(Mail.workspace_id == Delivery.workspace_id, Mail.delivery_id == Delivery.id)


async def next_due(
    session: AsyncSession, workspace_id: UUID, target_id: UUID, now: datetime
) -> tuple[Delivery, Mail] | None:
    """The mail of a locked target that has been due longest."""
    query = (
        scoped(Delivery, workspace_id, Delivery, Mail)
        .join(Mail, OF_DELIVERY)
        .where(*_pending(target_id), Delivery.next_attempt_at <= now)
        .order_by(Delivery.next_attempt_at, Delivery.id)
        .limit(1)
    )
    found = (await session.execute(query)).first()
    return None if found is None else (found[0], found[1])


async def find(
    session: AsyncSession, workspace_id: UUID, delivery_id: UUID
) -> tuple[Delivery, Mail] | None:
    """One mail with its delivery, to change them."""
    query = scoped(Delivery, workspace_id, Delivery, Mail).join(Mail, OF_DELIVERY)
    found = (await session.execute(query.where(Delivery.id == delivery_id))).first()
    return None if found is None else (found[0], found[1])


async def last_told(
    session: AsyncSession, workspace_id: UUID, target_id: UUID, uid: str
) -> dict[str, Any] | None:
    """What the last mail about a meeting told that may have arrived; None if none did."""
    query = (
        scoped(Mail, workspace_id, Mail.about)
        .join(Delivery, OF_DELIVERY)
        .where(
            Delivery.target_id == target_id,
            Delivery.uid == uid,
            Delivery.action.in_(("invite", "cancel")),
            Delivery.attempts > 0,
        )
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def expire(
    session: AsyncSession,
    workspace_id: UUID,
    target_id: UUID,
    now: datetime,
    *,
    uid: str | None = None,
    everything: bool = False,
) -> None:
    """Close what waits and is of no use any more: it came too late, a newer mail of the same
    meeting replaces it (`uid`), or nothing more is to be sent (`everything`).
    """
    conditions = [Delivery.workspace_id == workspace_id, *_pending(target_id)]
    if uid is not None:
        conditions += [Delivery.uid == uid, Delivery.action.in_(("invite", "cancel"))]
    elif not everything:
        conditions.append(Delivery.expires_at <= now)
    await session.execute(
        update(Delivery)
        .where(*conditions)
        .values(state="expired", next_attempt_at=None, finished_at=now)
        .execution_options(synchronize_session=False)
    )


async def first_due_at(
    session: AsyncSession, workspace_id: UUID, target_id: UUID
) -> datetime | None:
    """When a mail of a target is to be sent next."""
    query = scoped(Delivery, workspace_id, func.min(Delivery.next_attempt_at))
    return (await session.execute(query.where(*_pending(target_id)))).scalar_one()


def _pending(target_id: UUID) -> tuple[Any, ...]:
    return Delivery.target_id == target_id, Delivery.state == "pending"


async def known_keys(
    session: AsyncSession, workspace_id: UUID, target_ids: Collection[UUID], key: str
) -> set[UUID]:
    """Those of the targets that have a mail of this key."""
    query = scoped(Mail, workspace_id, Mail.target_id).where(
        Mail.target_id.in_(target_ids), Mail.key == key
    )
    return set(await session.scalars(query))


async def targets_of_group(
    session: AsyncSession, workspace_id: UUID, group_id: UUID
) -> Sequence[Row[Any]]:
    """The mail targets that work of all who have or had a place in a group: the target, the
    person's zone, and the place's dates.
    """
    query = _targets(workspace_id, Membership.starts_on, Membership.ends_on).join(
        Membership,
        and_(
            Membership.workspace_id == CalendarTarget.workspace_id,
            Membership.person_id == CalendarTarget.person_id,
        ),
    )
    return (await session.execute(query.where(Membership.group_id == group_id))).all()


async def targets_of_person(
    session: AsyncSession, workspace_id: UUID, person_id: UUID
) -> Sequence[Row[Any]]:
    """The mail targets of a person that work, and the person's zone."""
    query = _targets(workspace_id).where(CalendarTarget.person_id == person_id)
    return (await session.execute(query)).all()


def _targets(workspace_id: UUID, *more: Any) -> Any:
    return (
        scoped(CalendarTarget, workspace_id, CalendarTarget, Person.time_zone, *more)
        .join(
            Person,
            and_(
                Person.workspace_id == CalendarTarget.workspace_id,
                Person.id == CalendarTarget.person_id,
            ),
        )
        .where(CalendarTarget.kind == "email", CalendarTarget.state == "enabled")
        .order_by(CalendarTarget.id)
    )


async def roles(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, person_id: UUID
) -> Sequence[str]:
    """The person's roles at a meeting."""
    query = (
        scoped(MeetingRole, workspace_id, MeetingRole.role)
        .join(
            Membership,
            and_(
                Membership.workspace_id == MeetingRole.workspace_id,
                Membership.id == MeetingRole.membership_id,
            ),
        )
        .where(MeetingRole.meeting_id == meeting_id, Membership.person_id == person_id)
    )
    return list(await session.scalars(query))


async def stays_away(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, person_id: UUID
) -> bool:
    """Whether the person has said that they will not come."""
    query = (
        scoped(Attendance, workspace_id, Attendance.status)
        .join(
            Membership,
            and_(
                Membership.workspace_id == Attendance.workspace_id,
                Membership.id == Attendance.membership_id,
            ),
        )
        .where(
            Attendance.meeting_id == meeting_id,
            Attendance.status == "absent",
            Membership.person_id == person_id,
        )
    )
    return (await session.execute(query.limit(1))).first() is not None


async def owed(
    session: AsyncSession, workspace_id: UUID, person_id: UUID, until: datetime
) -> Sequence[Row[Any]]:
    """The person's open promises that are overdue, or due until an instant, by their due."""
    query = (
        scoped(
            Commitment,
            workspace_id,
            Commitment.title,
            Commitment.due_on,
            Commitment.overdue,
            Meeting.starts_at.label("meeting_starts_at"),
        )
        .outerjoin(
            Meeting,
            and_(
                Meeting.workspace_id == Commitment.workspace_id,
                Meeting.id == Commitment.due_meeting_id,
            ),
        )
        .where(
            Commitment.person_id == person_id,
            Commitment.state == "open",
            or_(
                Commitment.overdue.is_(True),
                Commitment.due_on <= until.date(),
                Meeting.starts_at <= until,
            ),
        )
        .order_by(Commitment.id)
    )
    return (await session.execute(query)).all()
