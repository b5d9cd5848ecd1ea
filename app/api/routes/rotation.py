"""A group's rotation."""

from itertools import groupby

from fastapi import Response

from app.api.deps import DRY_RUN, ExpectedDep, NowDep, ReaderDep, SessionDep, WorkspaceDep
from app.api.pagination import Page, PagingDep
from app.api.responses import versioned, viewed
from app.api.route import SCOPE_KEY, router
from app.api.schemas.common import GroupId
from app.api.schemas.rotation import (
    BoundRead,
    FairnessRead,
    HeldMeetingRead,
    LedgerLineRead,
    LedgerMemberRead,
    MemberShareRead,
    RotationMeetingRead,
    RotationOpened,
    RotationOpening,
    RotationPreview,
    RotationPreviewRead,
    RotationRead,
    RotationSeatRead,
)
from app.db.queries import groups
from app.db.queries import rotation as queries
from app.domain.checkpoint import Checkpoint, checkpoint_from_json
from app.domain.rotation_overview import meeting_shares
from app.services import rotation as service
from app.services.rotation import RotationView, view_rotation
from app.services.rotation_previews import preview_rotation

routes = router("rotation")


@routes.get("/groups/{group_id}/rotation")
async def get_rotation(
    group_id: GroupId,
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    now: NowDep,
    response: Response,
) -> RotationRead:
    """Who had how much, who is next and why, and how fair it is.

    At each held meeting the hot seats that took place are shared among the members who were
    there, in proportion to their weights; a member's credit is what they were due minus what they
    got. Absences earn nothing and cost nothing.
    """
    view = await view_rotation(reader, workspace_id, group_id, now)
    return viewed(response, _read(view), view.group.version)


@routes.get("/groups/{group_id}/rotation/history")
async def list_rotation_history(
    group_id: GroupId, workspace_id: WorkspaceDep, reader: ReaderDep, paging: PagingDep
) -> Page[HeldMeetingRead]:
    """Each held meeting's shares, hot seats and credits, the latest first: enough to compute the
    ledger again.

    Among those there, the hot seats that took place are divided in proportion to the weights,
    nobody more than one; a credit changes by the share, less 1 for a hot seat that was had.
    """
    await groups.check_exists(reader, workspace_id, group_id)
    rows = await queries.history(reader, workspace_id, group_id, paging.window)
    weights = await queries.weights_at(reader, workspace_id, [row.id for row in rows])
    # Each meeting is read against the one before it; a page comes with one more than it shows.
    ledgers = [checkpoint_from_json(row.standings).standings for row in rows]
    earlier = [*ledgers, Checkpoint().standings][1:]
    shares = {
        row.id: meeting_shares(before, after, weights.get(row.id, {}))
        for row, before, after in zip(rows, earlier, ledgers, strict=True)
    }
    return paging.page(
        rows,
        lambda row: HeldMeetingRead(
            meeting_id=row.id,
            starts_at=row.starts_at,
            hot_seats=sum(share.seated for share in shares[row.id]),
            members=[MemberShareRead.model_validate(share) for share in shares[row.id]],
        ),
        key=lambda row: (row.starts_at, row.id),
    )


@routes.post("/groups/{group_id}/rotation/preview", openapi_extra={SCOPE_KEY: "read"})
async def preview_group_rotation(
    group_id: GroupId,
    body: RotationPreview,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    now: NowDep,
) -> RotationPreviewRead:
    """What the plan would be with other absences, urgent hot seats, members or settings.

    Nothing is saved.
    """
    preview = await preview_rotation(session, workspace_id, group_id, body.model_dump(), now)
    return RotationPreviewRead.model_validate(preview)


@routes.post("/groups/{group_id}/rotation/opening", dependencies=[DRY_RUN])
async def open_group_rotation(
    group_id: GroupId,
    body: RotationOpening,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> RotationOpened:
    """Take over the credits of a group that comes with a history, before its first held meeting.

    They sum to 0. Calling it again replaces them. `If-Match`: the group's ETag, or that of its
    rotation.
    """
    lines = [(line.membership_id, line.credit) for line in body.credits]
    change = await service.open_rotation(
        session, workspace_id, group_id, body.as_of, lines, expected, now
    )
    view = await view_rotation(session, workspace_id, group_id, now)
    return versioned(response, RotationOpened.after(_read(view), change), view.group.version)


def _read(view: RotationView) -> RotationRead:
    lines = {line.membership_id: line for line in view.ledger}
    return RotationRead(
        group_id=view.group.id,
        settings=view.group.rotation,
        opening_on=view.group.opening_on,
        ledger=[
            LedgerMemberRead(
                **LedgerLineRead.model_validate(lines[member.id]).model_dump(),
                person_id=member.person_id,
                place=member.place,
                weight=member.weight,
                opening_credit=view.opening_credits[member.id],
            )
            for member in view.members
        ],
        plan=[
            RotationMeetingRead(
                meeting_id=meeting_id,
                starts_at=starts_at,
                hot_seats=[RotationSeatRead.model_validate(seat) for seat in seats],
            )
            for (meeting_id, starts_at), seats in groupby(
                view.seats, key=lambda seat: (seat.meeting_id, seat.starts_at)
            )
        ],
        bound=BoundRead.model_validate(view.bound),
        fairness=FairnessRead.model_validate(view.fairness),
    )
