"""Hot seats."""

from typing import Annotated, Any

from fastapi import Query, Response

from app.api.deps import DRY_RUN, CallerDep, ExpectedDep, NowDep, ReaderDep, SessionDep
from app.api.including import (
    GROUP,
    HOLDER,
    MEETING,
    MEMBERSHIP,
    Including,
    PageWith,
    including,
)
from app.api.responses import tagged
from app.api.route import router
from app.api.schemas.common import GroupId, HotSeatId, MeetingId, MembershipId, patch_of
from app.api.schemas.hot_seats import (
    HotSeatChanged,
    HotSeatCover,
    HotSeatFinish,
    HotSeatRead,
    HotSeatSkip,
    HotSeatStateName,
    HotSeatSwap,
    HotSeatUnpassed,
    HotSeatUpdate,
)
from app.api.schemas.included import HotSeatView
from app.api.schemas.plan_changes import plan_change
from app.api.sorting import SortedPaging, sorted_by
from app.db.queries import hot_seats as queries
from app.services import hot_seat_passes as passes
from app.services import hot_seat_swaps as swaps
from app.services import hot_seat_verbs as verbs
from app.services import hot_seats as service
from app.services.plan_changes import Changed

routes = router("hot_seats")
INCLUDES = {"person": HOLDER, "membership": MEMBERSHIP, "meeting": MEETING, "group": GROUP}


def _changed(changed: Changed[Any], response: Response) -> HotSeatChanged:
    answer = HotSeatChanged.after(HotSeatRead.model_validate(changed.row), changed.plan)
    return tagged(response, answer)


@routes.get("/hot_seats")
async def list_hot_seats(
    caller: CallerDep,
    reader: ReaderDep,
    paging: Annotated[SortedPaging, sorted_by(queries.SORTS)],
    include: Annotated[Including, including(INCLUDES)],
    group_id: Annotated[GroupId | None, Query()] = None,
    meeting_id: Annotated[MeetingId | None, Query()] = None,
    membership_id: Annotated[MembershipId | None, Query()] = None,
    state: Annotated[HotSeatStateName | None, Query()] = None,
) -> PageWith[HotSeatRead]:
    """Hot seats in the order of their meetings, and of their places there."""
    rows = await queries.listed(
        reader,
        caller.workspace_id,
        paging.window,
        group_id=group_id,
        meeting_id=meeting_id,
        membership_id=membership_id,
        state=state,
    )
    return await include.page(paging.page(rows, HotSeatRead.model_validate))


@routes.get("/hot_seats/{hot_seat_id}")
async def get_hot_seat(
    hot_seat_id: HotSeatId,
    caller: CallerDep,
    reader: ReaderDep,
    include: Annotated[Including, including(INCLUDES)],
    response: Response,
) -> HotSeatView:
    """One hot seat, with the reason why it is its holder's."""
    row = await queries.get(reader, caller.workspace_id, hot_seat_id)
    return await include.one(response, HotSeatView.model_validate(row))


@routes.patch("/hot_seats/{hot_seat_id}")
async def update_hot_seat(
    hot_seat_id: HotSeatId,
    body: HotSeatUpdate,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> HotSeatRead:
    """Say what a hot seat is about, or what came of it, by a merge patch (RFC 7396)."""
    seat = await service.update_hot_seat(
        session, caller.workspace_id, hot_seat_id, patch_of(body), expected, now
    )
    return tagged(response, HotSeatRead.model_validate(seat))


@routes.post("/hot_seats/{hot_seat_id}/start", dependencies=[DRY_RUN])
async def start_hot_seat(
    hot_seat_id: HotSeatId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> HotSeatRead:
    """Begin a hot seat of a live meeting, one at a time, with the first phase of its format.

    Whoever speaks is there: a holder who was marked as away is present then, or late.
    """
    seat = await verbs.start_hot_seat(session, caller.workspace_id, hot_seat_id, expected, now)
    return tagged(response, HotSeatRead.model_validate(seat))


@routes.post("/hot_seats/{hot_seat_id}/advance", dependencies=[DRY_RUN])
async def advance_hot_seat(
    hot_seat_id: HotSeatId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> HotSeatRead:
    """Go on to the next phase."""
    seat = await verbs.advance_hot_seat(session, caller.workspace_id, hot_seat_id, expected, now)
    return tagged(response, HotSeatRead.model_validate(seat))


@routes.post("/hot_seats/{hot_seat_id}/finish", dependencies=[DRY_RUN])
async def finish_hot_seat(
    hot_seat_id: HotSeatId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
    body: HotSeatFinish | None = None,
) -> HotSeatChanged:
    """End a live hot seat, which is charged to its holder unless it was interrupted."""
    body = body or HotSeatFinish()
    changed = await verbs.finish_hot_seat(
        session,
        caller.workspace_id,
        hot_seat_id,
        body.outcome,
        expected,
        now,
        interrupted=body.interrupted,
    )
    return _changed(changed, response)


@routes.post("/hot_seats/{hot_seat_id}/skip", dependencies=[DRY_RUN])
async def skip_hot_seat(
    hot_seat_id: HotSeatId,
    body: HotSeatSkip,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> HotSeatChanged:
    """Leave out a hot seat of a live meeting. It is not charged.

    If its holder is not coming, the member present with the highest credit and no hot seat that
    evening takes over at once, and the holder is marked as a no-show unless they were seen or said
    that they would be away. For one who may still come, `postpone` lets the others go first.
    """
    changed = await verbs.skip_hot_seat(
        session, caller.workspace_id, hot_seat_id, body.because, expected, now
    )
    return _changed(changed, response)


@routes.post("/hot_seats/{hot_seat_id}/pass", dependencies=[DRY_RUN])
async def pass_hot_seat(
    hot_seat_id: HotSeatId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> HotSeatChanged:
    """Let a hot seat go by: its meeting earns its member nothing, and costs them nothing.

    The plan gives the seat to another member. `unpass` takes it back.
    """
    changed = await passes.pass_hot_seat(session, caller.workspace_id, hot_seat_id, expected, now)
    return _changed(changed, response)


@routes.post("/hot_seats/{hot_seat_id}/swap", dependencies=[DRY_RUN])
async def swap_hot_seats(
    hot_seat_id: HotSeatId,
    body: HotSeatSwap,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> HotSeatChanged:
    """Exchange the holders of two hot seats of a group, which are fixed from then on.

    Within one meeting their places are exchanged. Each member is charged for the hot seat that
    they take in the end.
    """
    changed = await swaps.swap_hot_seats(
        session, caller.workspace_id, hot_seat_id, body.with_hot_seat_id, expected, now
    )
    return _changed(changed, response)


@routes.post("/hot_seats/{hot_seat_id}/unpass", dependencies=[DRY_RUN])
async def unpass_hot_seat(
    hot_seat_id: HotSeatId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> HotSeatUnpassed:
    """Take back that a hot seat was let go by, before its meeting begins.

    The member is planned for again. Whoever was told meanwhile that the hot seat is theirs keeps
    it, unless the ledger is clear: they can yield it by `cover`.
    """
    changed = await passes.unpass_hot_seat(session, caller.workspace_id, hot_seat_id, expected, now)
    seat = (
        None if changed.row is None else tagged(response, HotSeatRead.model_validate(changed.row))
    )
    return HotSeatUnpassed(hot_seat=seat, plan_change=plan_change(changed.plan))


@routes.post("/hot_seats/{hot_seat_id}/cover", dependencies=[DRY_RUN])
async def cover_hot_seat(
    hot_seat_id: HotSeatId,
    body: HotSeatCover,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> HotSeatChanged:
    """Let a member take over another's hot seat, and give none back for it. It is fixed then.

    Whoever speaks is charged; the one who is covered keeps their credit, so that the plan seats
    them again soon.
    """
    changed = await swaps.cover_hot_seat(
        session, caller.workspace_id, hot_seat_id, body.membership_id, expected, now
    )
    return _changed(changed, response)
