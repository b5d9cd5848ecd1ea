"""The hot-seat formats that come with the service, and those of a group's own."""

from typing import Annotated

from fastapi import Path, Response, status

from app.api.deps import DRY_RUN, ExpectedDep, NowDep, ReaderDep, SessionDep, WorkspaceDep
from app.api.responses import versioned, viewed
from app.api.route import router
from app.api.schemas.common import GroupId
from app.api.schemas.hot_seat_formats import FormatList, FormatPut, FormatRead
from app.domain.hot_seat_formats import HOT_SEAT_FORMATS
from app.services import hot_seat_formats as service

Name = Annotated[str, Path(max_length=40, description="The format's name.", examples=["decision"])]

routes = router("agendas")


@routes.get("/hot_seat_formats")
async def list_hot_seat_formats() -> FormatList:
    """The formats that come with the service, each with its source."""
    return FormatList(data=[FormatRead.of(each) for each in HOT_SEAT_FORMATS.values()])


@routes.get("/groups/{group_id}/hot_seat_formats")
async def list_group_formats(
    group_id: GroupId, workspace_id: WorkspaceDep, reader: ReaderDep
) -> FormatList:
    """All that the group's agendas may name: the shipped formats, then its own by name."""
    own = await service.load_formats(reader, workspace_id, group_id)
    known = [*HOT_SEAT_FORMATS.values(), *own.values()]
    return FormatList(data=[FormatRead.of(each) for each in known])


@routes.get("/groups/{group_id}/hot_seat_formats/{name}")
async def get_group_format(
    group_id: GroupId,
    name: Name,
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    response: Response,
) -> FormatRead:
    """One format that the group can use."""
    format_, version = await service.load_format(reader, workspace_id, group_id, name)
    return viewed(response, FormatRead.of(format_), version)


@routes.put("/groups/{group_id}/hot_seat_formats/{name}", dependencies=[DRY_RUN])
async def put_group_format(
    group_id: GroupId,
    name: Name,
    body: FormatPut,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> FormatRead:
    """Give a group a format of its own (201), or change it (200); `If-Match`: the group's ETag.

    Meetings that have begun keep the format with which they did.
    """
    format_ = body.to_format(name)
    group, is_new = await service.put_format(
        session, workspace_id, group_id, format_, expected, now
    )
    if is_new:
        response.status_code = status.HTTP_201_CREATED
    return versioned(response, FormatRead.of(format_), group.version)


@routes.delete("/groups/{group_id}/hot_seat_formats/{name}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_group_format(
    group_id: GroupId,
    name: Name,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
) -> None:
    """Take a format away that no agenda of the group names (409)."""
    await service.delete_format(session, workspace_id, group_id, name, expected, now)
