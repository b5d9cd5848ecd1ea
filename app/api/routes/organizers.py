"""Those who answer for a group, members or not."""

from fastapi import Response, status

from app.api.deps import CallerDep, ExpectedDep, NowDep, ReaderDep, SessionDep, WorkspaceDep
from app.api.pagination import Page, PagingDep
from app.api.responses import viewed
from app.api.route import router
from app.api.schemas.common import GroupId, PersonId
from app.api.schemas.groups import OrganizerCreate, OrganizerRead
from app.db.queries import groups, organizers
from app.domain import ids
from app.services import organizers as service

routes = router("organizers")


@routes.post("/groups/{group_id}/organizers", status_code=status.HTTP_201_CREATED)
async def add_organizer(
    group_id: GroupId,
    body: OrganizerCreate,
    caller: CallerDep,
    session: SessionDep,
    now: NowDep,
    response: Response,
) -> OrganizerRead:
    """Let a person answer for the group; they need not be a member.

    An acting person (`Hotseat-Actor`) must be an organizer.
    """
    organizer = await service.add_organizer(
        session, caller.workspace_id, group_id, body.person_id, now, actor_id=caller.actor_id
    )
    group, person = ids.encode("group", group_id), ids.encode("person", body.person_id)
    response.headers["Location"] = f"/v1/groups/{group}/organizers/{person}"
    return OrganizerRead.model_validate(organizer)


@routes.get("/groups/{group_id}/organizers")
async def list_organizers(
    group_id: GroupId, workspace_id: WorkspaceDep, reader: ReaderDep, paging: PagingDep
) -> Page[OrganizerRead]:
    """The group's organizers."""
    await groups.check_exists(reader, workspace_id, group_id)
    rows = await organizers.listed(reader, workspace_id, group_id, paging.window)
    return paging.page(rows, OrganizerRead.model_validate, lambda row: (row.person_id,))


@routes.get("/groups/{group_id}/organizers/{person_id}")
async def get_organizer(
    group_id: GroupId,
    person_id: PersonId,
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    response: Response,
) -> OrganizerRead:
    """One organizer of the group."""
    row = await organizers.get(reader, workspace_id, group_id, person_id)
    return viewed(response, OrganizerRead.model_validate(row), row.group_version)


@routes.delete("/groups/{group_id}/organizers/{person_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_organizer(
    group_id: GroupId,
    person_id: PersonId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
) -> None:
    """Let a person no longer answer for the group. `If-Match`: its ETag, or the group's.

    An acting person (`Hotseat-Actor`) must be an organizer, or the one who lays it down.
    """
    await service.remove_organizer(
        session,
        caller.workspace_id,
        group_id,
        person_id,
        expected,
        now,
        actor_id=caller.actor_id,
    )
