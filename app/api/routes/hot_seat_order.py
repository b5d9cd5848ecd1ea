"""The order of an evening's hot seats."""

from fastapi import Response

from app.api.deps import DRY_RUN, CallerDep, ExpectedDep, NowDep, SessionDep
from app.api.responses import tagged
from app.api.route import router
from app.api.schemas.common import HotSeatId
from app.api.schemas.hot_seats import HotSeatRead
from app.services import hot_seat_order as service

routes = router("hot_seats")


@routes.post("/hot_seats/{hot_seat_id}/postpone", dependencies=[DRY_RUN])
async def postpone_hot_seat(
    hot_seat_id: HotSeatId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> HotSeatRead:
    """Its holder is not there yet: let it be the last hot seat of a running meeting.

    It costs nobody anything. Only if they are still away when the last one is to start, `skip` it
    `because` they are `absent`: then somebody takes over.
    """
    seat = await service.postpone_hot_seat(session, caller.workspace_id, hot_seat_id, expected, now)
    return tagged(response, HotSeatRead.model_validate(seat))
