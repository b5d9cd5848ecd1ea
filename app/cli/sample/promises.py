"""The sample's commitments, one open and one kept, and a proposal that waits for an answer."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.api.schemas.examples import SampleGroup, SampleMeeting, member, sample_id
from app.db.models import Commitment, Proposal
from app.domain import commitments as rules
from app.domain.due_reminders import alarms
from app.domain.dues import DueOn
from app.domain.versions import ANY
from app.services.commitment_changes import check_in
from app.services.commitment_records import columns_of_alarms, columns_of_due, event_row
from app.services.commitment_verbs import keep_commitment

DUE = DueOn(date(2099, 6, 11), "Europe/London")
OPEN, KEPT = 1, 2


async def make_promises(session: AsyncSession, workspace_id: UUID, now: datetime) -> None:
    """Both promises are Lewis's, in the group that meets in 2099."""
    await _promise(session, workspace_id, OPEN, "Read a chapter aloud to somebody new", now)
    await _promise(session, workspace_id, KEPT, "Ask Williams for his lecture notes", now)
    open_id, kept_id = sample_id("commitment", OPEN), sample_id("commitment", KEPT)
    await keep_commitment(session, workspace_id, kept_id, None, ANY, now, actor_id=None)
    note = {"note": "Warnie has agreed to listen", "percent": 30}
    row = await check_in(session, workspace_id, open_id, note, now)
    row.id = sample_id("check_in")
    await session.flush()


async def _promise(
    session: AsyncSession, workspace_id: UUID, number: int, title: str, now: datetime
) -> None:
    commitment = Commitment(
        workspace_id=workspace_id,
        id=sample_id("commitment", number),
        group_id=sample_id("group", SampleGroup.AHEAD),
        membership_id=sample_id("membership", member(SampleGroup.AHEAD, 1)),
        person_id=sample_id("person", 1),
        title=title,
        made_at=now,
        created_at=now,
        updated_at=now,
        **columns_of_due(DUE),
        **columns_of_alarms(alarms(DUE, {}, starts_at=None, now=now)),
    )
    session.add(commitment)
    await session.flush()
    made = rules.make(DUE, closings={}, at=now, actor=None)
    session.add(event_row(workspace_id, commitment.id, 1, made))
    await session.flush()


async def make_proposal(session: AsyncSession, workspace_id: UUID, now: datetime) -> None:
    """To Williams, who was away from the meeting that was held, and had not said so in time."""
    held = sample_id("meeting", SampleMeeting.HELD)
    proposal = Proposal(
        workspace_id=workspace_id,
        id=sample_id("proposal"),
        group_id=sample_id("group", SampleGroup.PAST),
        membership_id=sample_id("membership", member(SampleGroup.PAST, 4)),
        term="notice",
        numerator=0,
        denominator=1,
        required=24,
        since_meeting_id=held,
        last_meeting_id=held,
        created_at=now,
        updated_at=now,
    )
    session.add(proposal)
    await session.flush()
