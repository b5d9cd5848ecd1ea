"""The sample's commitments, open and kept, and proposals that wait for an answer."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.api.schemas.examples import (
    UNUSED,
    SampleCommitment,
    SampleGroup,
    SampleMeeting,
    member,
    sample_id,
)
from app.db.models import Commitment, Proposal
from app.domain import commitments as rules
from app.domain.due_reminders import alarms
from app.domain.dues import DueOn
from app.domain.versions import ANY
from app.services.commitment_changes import check_in
from app.services.commitment_records import columns_of_alarms, columns_of_due, event_row
from app.services.commitment_verbs import keep_commitment

DUE = DueOn(date(2099, 6, 11), "Europe/London")
TITLES = {
    SampleCommitment.OPEN: "Read a chapter aloud to somebody new",
    SampleCommitment.KEPT: "Ask Williams for his lecture notes",
    SampleCommitment.TO_KEEP: "Answer the letters from America",
    SampleCommitment.TO_MISS: "Give up the second pipe of the morning",
    SampleCommitment.TO_WITHDRAW: "Learn Welsh",
}


async def make_promises(session: AsyncSession, workspace_id: UUID, now: datetime) -> None:
    """All promises are Lewis's, in the group that meets in 2099."""
    for number, title in TITLES.items():
        await _promise(session, workspace_id, number, title, now)
    open_id = sample_id("commitment", SampleCommitment.OPEN)
    kept_id = sample_id("commitment", SampleCommitment.KEPT)
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


async def make_proposals(session: AsyncSession, workspace_id: UUID, now: datetime) -> None:
    """To Williams and Barfield, who were away from a meeting, and had not said so in time."""
    missed = sample_id("meeting", SampleMeeting.MISSED)
    for number, place in ((1, 4), (UNUSED, 3)):
        proposal = Proposal(
            workspace_id=workspace_id,
            id=sample_id("proposal", number),
            group_id=sample_id("group", SampleGroup.TONIGHT),
            membership_id=sample_id("membership", member(SampleGroup.TONIGHT, place)),
            term="notice",
            numerator=0,
            denominator=1,
            required=24,
            since_meeting_id=missed,
            last_meeting_id=missed,
            created_at=now,
            updated_at=now,
        )
        session.add(proposal)
    await session.flush()
