"""Resources together with what they refer to."""

from typing import Any

from pydantic import Field

from app.api.schemas.commitments import CommitmentDetail
from app.api.schemas.common import Output
from app.api.schemas.groups import GroupRead
from app.api.schemas.hot_seats import HotSeatRead
from app.api.schemas.meetings import MeetingRead
from app.api.schemas.memberships import MembershipRead
from app.api.schemas.people import PersonRead


def _if_asked(description: str) -> Any:
    return Field(default=None, exclude_if=lambda value: value is None, description=description)


class Included(Output):
    """What `include` asked for, each resource once; lists that were not asked for are absent."""

    people: list[PersonRead] | None = _if_asked("By `person`.")
    groups: list[GroupRead] | None = _if_asked("By `group`.")
    memberships: list[MembershipRead] | None = _if_asked("By `membership`, `buddy_membership`.")
    meetings: list[MeetingRead] | None = _if_asked("By `meeting`, `due_meeting`.")
    hot_seats: list[HotSeatRead] | None = _if_asked("By `hot_seat`.")


class WithIncluded(Output):
    """An answer that may hold what it refers to."""

    included: Included | None = _if_asked("There if `include` asked for something.")


class MembershipView(MembershipRead, WithIncluded):
    """A person's place in a group, and what it refers to."""


class MeetingView(MeetingRead, WithIncluded):
    """A meeting, and what it refers to."""


class HotSeatView(HotSeatRead, WithIncluded):
    """A hot seat, and what it refers to."""


class CommitmentView(CommitmentDetail, WithIncluded):
    """A promise with its history, and what it refers to."""
