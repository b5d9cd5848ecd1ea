"""Proposals to members whose record does not meet a term of the charter."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field

from app.api.schemas.common import (
    GroupId,
    Input,
    MeetingId,
    MembershipId,
    Output,
    PersonId,
    ProposalId,
    Reason,
)
from app.domain import proposals as rules
from app.domain.charter import CharterTerm

ProposalStatusName = Literal["open", "escalated", "accepted", "dismissed", "withdrawn"]
CharterTermName = Literal["attendance", "notice", "trial"]


class ProposalAccept(Input):
    """Which of the offers is taken."""

    offer: str = Field(
        max_length=32, description="The `code` of one of its offers.", examples=["buddy"]
    )


class ProposalRead(Output):
    """Facts and offers to one member. The service proposes; what follows is for people to say."""

    id: ProposalId
    group_id: GroupId
    membership_id: MembershipId
    person_id: PersonId
    term: CharterTermName
    status: ProposalStatusName = Field(
        description="`open`: the member knows. `escalated`: a further meeting counted against "
        "them, and the organizers know. `withdrawn`: the facts fell away."
    )
    reason: Reason
    numerator: int
    denominator: int = Field(description="n: how many cases the facts rest on.")
    required: float = Field(
        description="What the charter asks for: a share, hours of notice, or months of trial."
    )
    offers: list[Reason]
    offer: str | None = Field(description="The one that was accepted.")
    since_meeting_id: MeetingId = Field(description="The meeting after which the member heard.")
    last_meeting_id: MeetingId = Field(description="The latest one that counts against them.")
    escalated_at: datetime | None = Field(description="When the organizers heard.")
    settled_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: Any) -> Self:
        """From a row of `app.db.queries.proposals`."""
        term = CharterTerm(row.term)
        said = rules.reason(term, row.numerator, row.denominator, row.required)
        return cls.model_validate(
            {**row._mapping, "reason": said, "offers": rules.offers(term)}  # noqa: SLF001 - public in SQLAlchemy
        )
