"""The agenda of a meeting as a timeline."""

from datetime import date, datetime
from typing import Literal, Self

from pydantic import Field

from app.api.schemas.agendas import SegmentRead, Source
from app.api.schemas.common import (
    CommitmentId,
    HotSeatId,
    MeetingId,
    MembershipId,
    Output,
    PersonId,
)
from app.domain.agenda import Segment
from app.domain.overrun import ProjectedSlot, Projection
from app.services.agenda_view import AgendaView, Owed, SegmentView, SlotView


class PhaseRead(Output):
    """A phase of a hot seat."""

    name: str
    planned_start: datetime
    planned_end: datetime


class MoveReason(Output):
    """Seconds of delay, or negative: won back, at the slot with that position."""

    code: str
    position: int
    seconds: int


class SlotRead(Output):
    """A time box. Projected times are there while the meeting runs."""

    position: int
    kind: Literal["plenary", "round", "hot_seat", "break"]
    membership_id: MembershipId | None
    person_id: PersonId | None
    name: str | None
    hot_seat_id: HotSeatId | None
    state: str | None = Field(description="Of the hot seat.")
    planned_start: datetime
    planned_end: datetime
    actual_start: datetime | None
    actual_end: datetime | None
    projected_start: datetime | None
    projected_end: datetime | None
    moved_by_minutes: int | None
    reasons: list[MoveReason]
    phases: list[PhaseRead]

    @classmethod
    def of(cls, view: SlotView) -> Self:
        slot, seat, projected = view.slot, view.hot_seat, view.projected
        return cls(
            position=slot.position,
            kind=slot.kind,
            membership_id=slot.membership_id,
            person_id=view.person and view.person.person_id,
            name=view.person and view.person.name,
            hot_seat_id=seat and seat.id,
            state=seat and seat.state,
            planned_start=slot.planned_start,
            planned_end=slot.planned_end,
            actual_start=view.kept and view.kept.actual_start,
            actual_end=view.kept and view.kept.actual_end,
            phases=[PhaseRead.model_validate(phase) for phase in slot.phases],
            **_projected(projected),
        )


class OwedCommitment(Output):
    """An open promise. `title` needs the scope `text:read`."""

    id: CommitmentId
    title: str | None
    due_on: date | None
    due_meeting_id: MeetingId | None
    due: bool = Field(description="Due at this meeting, or by its day.")
    overdue: bool
    carry_count: int


class OwedRead(Output):
    """What a member has promised and not settled yet."""

    membership_id: MembershipId
    person_id: PersonId
    name: str
    commitments: list[OwedCommitment]

    @classmethod
    def of(cls, owed: Owed, view: AgendaView, *, with_text: bool) -> Self:
        return cls(
            membership_id=owed.person.id,
            person_id=owed.person.person_id,
            name=owed.person.name,
            commitments=[
                OwedCommitment(
                    id=each.id,
                    title=each.title if with_text else None,
                    due_on=each.due_on,
                    due_meeting_id=each.due_meeting_id,
                    due=view.is_due(each),
                    overdue=each.overdue,
                    carry_count=each.carry_count,
                )
                for each in owed.commitments
            ],
        )


class AgendaSegment(SegmentRead):
    """A segment at its place in time."""

    planned_start: datetime
    planned_end: datetime
    slots: list[SlotRead]
    owed: list[OwedRead] | None = Field(description="In the segment about commitments.")

    @classmethod
    def of(cls, segment: SegmentView, view: AgendaView, *, with_text: bool) -> Self:
        planned = segment.planned
        return cls(
            **_segment(planned.segment).model_dump(),
            planned_start=planned.planned_start,
            planned_end=planned.planned_end,
            slots=[SlotRead.of(slot) for slot in segment.slots],
            owed=None
            if segment.owed is None
            else [OwedRead.of(owed, view, with_text=with_text) for owed in segment.owed],
        )


class ProposalRead(Output):
    """What people may decide when the meeting cannot end in time."""

    code: Literal["drop_segment", "move_to_next_meeting"]
    segment_ids: list[str]
    positions: list[int]
    membership_ids: list[MembershipId]
    frees_seconds: int
    enough: bool


class ProjectionRead(Output):
    """Where the running meeting will end up."""

    projected_end: datetime
    over_by_seconds: int
    proposals: list[ProposalRead]

    @classmethod
    def of(cls, projection: Projection) -> Self:
        return cls(
            projected_end=projection.projected_end,
            over_by_seconds=int(projection.over_by.total_seconds()),
            proposals=[
                ProposalRead(
                    code=proposal.code,
                    segment_ids=list(proposal.segment_ids),
                    positions=list(proposal.positions),
                    membership_ids=list(proposal.membership_ids),
                    frees_seconds=int(proposal.frees.total_seconds()),
                    enough=proposal.enough,
                )
                for proposal in projection.proposals
            ],
        )


class Speaker(Output):
    """A member in the speaking order."""

    membership_id: MembershipId
    person_id: PersonId
    name: str


class AgendaRead(Output):
    """A meeting's agenda as a timeline of segments and slots."""

    meeting_id: MeetingId
    state: str
    source: Source
    starts_at: datetime
    ends_at: datetime
    over_by_minutes: int = Field(
        description="By how much the plan exceeds the meeting, where more came than it is for."
    )
    speaking_order: list[Speaker]
    segments: list[AgendaSegment]
    projection: ProjectionRead | None = Field(description="While the meeting runs.")

    @classmethod
    def of(cls, view: AgendaView, *, with_text: bool) -> Self:
        meeting = view.meeting
        return cls(
            meeting_id=meeting.id,
            state=meeting.state,
            source=view.source,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            over_by_minutes=view.over_by_minutes,
            speaking_order=[
                Speaker(membership_id=person.id, person_id=person.person_id, name=person.name)
                for person in view.speaking_order
            ],
            segments=[
                AgendaSegment.of(segment, view, with_text=with_text) for segment in view.segments
            ],
            projection=view.projection and ProjectionRead.of(view.projection),
        )


def _segment(segment: Segment) -> SegmentRead:
    return SegmentRead.model_validate(segment)


def _projected(projected: ProjectedSlot | None) -> dict[str, object]:
    if projected is None:
        return {
            "projected_start": None,
            "projected_end": None,
            "moved_by_minutes": None,
            "reasons": [],
        }
    return {
        "projected_start": projected.projected_start,
        "projected_end": projected.projected_end,
        "moved_by_minutes": projected.moved_by_minutes,
        "reasons": [MoveReason.model_validate(reason) for reason in projected.reasons],
    }
