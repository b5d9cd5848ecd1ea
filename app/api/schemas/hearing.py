"""By which channels people hear of a meeting's move."""

from typing import Literal, Self

from pydantic import Field

from app.api.schemas.closing import MeetingChanged
from app.api.schemas.common import MembershipId, Output, PersonId
from app.domain.channels import Channel
from app.services.hearing import Hearing


class ChannelRead(Output):
    """One way to hear of it. The delays are what is usual: docs/calendars.md."""

    kind: Literal["webhook", "caldav", "email", "feed"] = Field(
        description="`webhook`: an endpoint of yours hears of it, and your app tells people."
    )
    client: Literal["google", "outlook", "apple", "thunderbird", "other"] | None = Field(
        description="Of a feed: the program that reads it."
    )
    earliest_seconds: int
    latest_seconds: int
    in_time: bool = Field(
        description="Whether even the latest is before the meeting, where it was or where it is."
    )

    @classmethod
    def of(cls, channel: Channel) -> Self:
        return cls(
            kind=channel.kind,
            client=channel.client,
            earliest_seconds=int(channel.earliest.total_seconds()),
            latest_seconds=int(channel.latest.total_seconds()),
            in_time=channel.in_time,
        )


class PersonHearsRead(Output):
    """A member who is expected at the new time."""

    person_id: PersonId
    membership_id: MembershipId
    name: str
    channels: list[ChannelRead] = Field(description="The surest first; none: they hear nothing.")


class HearingRead(Output):
    """Who hears of the move, and how late. Tell `unreached` and `late` yourself."""

    people: list[PersonHearsRead]
    unreached: list[PersonId] = Field(description="Who hears of it by no channel.")
    late: list[PersonId] = Field(description="Whose channels may all be too late.")
    group_feeds: list[ChannelRead] = Field(
        description="Programs that read the group's own feeds; whose they are is not known."
    )

    @classmethod
    def of(cls, hearing: Hearing) -> Self:
        return cls(
            people=[
                PersonHearsRead(
                    person_id=each.person_id,
                    membership_id=each.membership_id,
                    name=each.name,
                    channels=[ChannelRead.of(channel) for channel in each.channels],
                )
                for each in hearing.people
            ],
            unreached=hearing.unreached,
            late=hearing.late,
            group_feeds=[ChannelRead.of(channel) for channel in hearing.group_feeds],
        )


class MeetingRescheduled(MeetingChanged):
    """A meeting that was moved, what that does to the plan, and who hears of it."""

    hearing: HearingRead
