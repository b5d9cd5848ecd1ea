"""The agenda of a meeting as a timeline."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from app.api.schemas.agenda_items import OwedRead, SlotRead
from app.api.schemas.agendas import SegmentRead, Source
from app.api.schemas.common import (
    MeetingId,
    MembershipId,
    Output,
    PersonId,
    Reason,
)
from app.api.schemas.plan_changes import WithPlanChange
from app.domain.agenda import Segment
from app.domain.meeting_pauses import is_paused
from app.domain.overrun import Projection
from app.services.agenda_items import actual_moments, projected_moments
from app.services.agenda_view import AgendaView, SegmentView


class AgendaSegment(SegmentRead):
    """A segment at its place in time: from its first slot to its last."""

    planned_start: datetime
    planned_end: datetime
    actual_start: datetime | None
    actual_end: datetime | None = Field(description="Once nothing of it is open.")
    projected_start: datetime | None
    projected_end: datetime | None
    moved_by_minutes: int | None = Field(description="Projected minus planned start, rounded.")
    slots: list[SlotRead]
    owed: list[OwedRead] | None = Field(description="In the segment about commitments.")

    @classmethod
    def of(cls, segment: SegmentView, view: AgendaView) -> Self:
        planned = segment.planned
        actual, projected = actual_moments(segment.slots), projected_moments(segment.slots)
        moved = None if projected.start is None else projected.start - planned.planned_start
        return cls(
            **_segment(planned.segment).model_dump(),
            planned_start=planned.planned_start,
            planned_end=planned.planned_end,
            actual_start=actual.start,
            actual_end=actual.end,
            projected_start=projected.start,
            projected_end=projected.end,
            moved_by_minutes=None if moved is None else round(moved.total_seconds() / 60),
            slots=[SlotRead.of(slot) for slot in segment.slots],
            owed=None
            if segment.owed is None
            else [OwedRead.of(owed, view) for owed in segment.owed],
        )


class OverrunProposalRead(Reason):
    """What people may decide when the meeting cannot end in time; `accept_proposal` does it.

    Nothing happens by itself. Whoever is moved to the next meeting is first in line there.
    """

    code: Literal["drop_segment", "move_to_next_meeting"]
    segment_ids: list[str]
    positions: list[int] = Field(description="The slots that would go.")
    membership_ids: list[MembershipId] = Field(description="Whose hot seats would go.")
    gives_up_seconds: int = Field(description="The planned time of what would go.")
    frees_seconds: int = Field(description="How much earlier the meeting would end.")
    enough: bool = Field(description="Whether this alone brings it back to its end.")


class ProjectionRead(Output):
    """Where the meeting will end up; its end stays where it is."""

    projected_end: datetime
    fits: bool
    over_by_seconds: int
    outlook: Reason = Field(description="`end_holds`, or `end_in_danger`.")
    proposals: list[OverrunProposalRead] = Field(description="Those that are enough come first.")

    @classmethod
    def of(cls, view: AgendaView, projection: Projection) -> Self:
        return cls(
            projected_end=projection.projected_end,
            fits=projection.fits,
            over_by_seconds=int(projection.over_by.total_seconds()),
            outlook=Reason.model_validate(view.outlook),
            proposals=[
                OverrunProposalRead(
                    code=proposal.code,
                    params=dict(words.params),
                    text=words.text,
                    segment_ids=list(proposal.segment_ids),
                    positions=list(proposal.positions),
                    membership_ids=list(proposal.membership_ids),
                    gives_up_seconds=int(proposal.gives_up.total_seconds()),
                    frees_seconds=int(proposal.frees.total_seconds()),
                    enough=proposal.enough,
                )
                for proposal, words in zip(projection.proposals, view.proposals, strict=True)
            ],
        )


class QuorumRead(Output):
    """Whether enough members are there. Without a quorum the meeting may run, and says so."""

    needed: int | None = Field(description="By the charter; null: it says nothing.")
    there: int = Field(description="Who came, or before the end, is still expected.")
    met: bool | None
    note: Reason | None = Field(description="`below_quorum`.")


class PauseRead(Output):
    """While it lasted, the meeting's clock stood still."""

    begins: datetime = Field(serialization_alias="from")
    ends: datetime | None = Field(serialization_alias="to", description="Null: it lasts.")


class Speaker(Output):
    """A member in the speaking order."""

    membership_id: MembershipId
    person_id: PersonId
    name: str


class AgendaRead(Output):
    """A meeting's agenda as a timeline of segments and slots."""

    meeting_id: MeetingId
    meeting_version: int = Field(description="For If-Match of the meeting's verbs.")
    state: str
    source: Source
    starts_at: datetime
    ends_at: datetime
    over_by_minutes: int = Field(
        description="By how much the plan exceeds the meeting, where more came than it is for."
    )
    started_at: datetime | None
    closed_at: datetime | None
    paused: bool = Field(description="Whether its clock stands still now.")
    pauses: list[PauseRead]
    quorum: QuorumRead
    speaking_order: list[Speaker]
    segments: list[AgendaSegment]
    projection: ProjectionRead | None = Field(description="Until the meeting is over.")

    @classmethod
    def of(cls, view: AgendaView) -> Self:
        meeting = view.meeting
        return cls(
            meeting_id=meeting.id,
            meeting_version=meeting.version,
            state=meeting.state,
            source=view.source,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            over_by_minutes=view.over_by_minutes,
            started_at=meeting.started_at,
            closed_at=meeting.closed_at,
            paused=is_paused(view.pauses),
            pauses=[PauseRead.model_validate(each) for each in view.pauses],
            quorum=QuorumRead.model_validate(view.quorum),
            speaking_order=[
                Speaker(membership_id=person.id, person_id=person.person_id, name=person.name)
                for person in view.speaking_order
            ],
            segments=[AgendaSegment.of(segment, view) for segment in view.segments],
            projection=ProjectionRead.of(view, view.projection) if view.projection else None,
        )


def _segment(segment: Segment) -> SegmentRead:
    return SegmentRead.model_validate(segment)


class AgendaChanged(AgendaRead, WithPlanChange):
    """The agenda, and what the call does to the plan."""
