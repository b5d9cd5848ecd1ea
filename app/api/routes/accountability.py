"""Accountability: whether words were kept."""

from typing import Annotated

from fastapi import Depends, Query

from app.api.deps import CallerDep, NowDep, ReaderDep
from app.api.route import router
from app.api.schemas.accountability import (
    GroupAccountability,
    MemberAccountability,
    answer_fields,
)
from app.api.schemas.common import Day, GroupId, MembershipId
from app.services import accountability as service
from app.services.accountability import Asked

routes = router("accountability")


def _asked(
    since: Annotated[
        Day | None, Query(description="The window's first date, in the group's time zone.")
    ] = None,
    until: Annotated[Day | None, Query(description="Its last date, included.")] = None,
    meetings: Annotated[
        int | None,
        Query(ge=1, le=100, description="Begin with the last so many held meetings instead."),
    ] = None,
) -> Asked:
    return Asked(since, until, meetings)


AskedDep = Annotated[Asked, Depends(_asked)]


@routes.get("/groups/{group_id}/accountability")
async def get_group_accountability(
    group_id: GroupId, asked: AskedDep, caller: CallerDep, reader: ReaderDep, now: NowDep
) -> GroupAccountability:
    """The group's aggregates over a window.

    With `Hotseat-Actor` they are for the group's members and organizers.
    """
    answer = await service.of_group(reader, caller, group_id, asked, now)
    return GroupAccountability(group_id=group_id, **answer_fields(answer))


@routes.get("/memberships/{membership_id}/accountability")
async def get_member_accountability(
    membership_id: MembershipId, asked: AskedDep, caller: CallerDep, reader: ReaderDep, now: NowDep
) -> MemberAccountability:
    """One member's figures over a window.

    With `Hotseat-Actor` they are for the member and for the group's organizers: 403 for others.
    """
    answer = await service.of_member(reader, caller, membership_id, asked, now)
    return MemberAccountability(membership_id=membership_id, **answer_fields(answer))
