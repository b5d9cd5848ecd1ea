"""What a change of a group's state does to its meetings."""

from pydantic import Field

from app.api.schemas.common import MeetingId, Output
from app.api.schemas.groups import GroupRead
from app.api.schemas.plan_changes import WithPlanChange


class GroupMeetingsRead(Output):
    """What becomes of the meetings ahead."""

    cancelled: list[MeetingId] = Field(
        description="Called off; they come back under their UIDs if the pause ends before them."
    )
    restored: list[MeetingId] = Field(description="They take place after all.")
    created: int = Field(description="New ones, up to the horizon.")


class GroupChanged(GroupRead, WithPlanChange):
    """A group, what becomes of its meetings, and of the plan."""

    meetings: GroupMeetingsRead
