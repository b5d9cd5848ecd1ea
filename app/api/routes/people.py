"""People."""

from typing import Annotated

from fastapi import Query, Response, status

from app.api import external_ids
from app.api.deps import ExpectedDep, ExpectedOrNewDep, NowDep, ReaderDep, SessionDep, WorkspaceDep
from app.api.external_ids import ExternalIdDep
from app.api.pagination import Page
from app.api.responses import created, tagged
from app.api.route import router
from app.api.schemas.common import ExternalId, PersonId, patch_of
from app.api.schemas.people import PersonCreate, PersonFields, PersonRead, PersonUpdate
from app.api.sorting import SortedPaging, sorted_by
from app.db.queries import people as queries
from app.services import people as service

routes = router("people")


@routes.post("/people", status_code=status.HTTP_201_CREATED)
async def create_person(
    body: PersonCreate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    now: NowDep,
    response: Response,
) -> PersonRead:
    """Add a person to the workspace."""
    person = await service.create_person(session, workspace_id, body.model_dump(), now)
    return created(response, "people", "person", PersonRead.model_validate(person))


@routes.get("/people")
async def list_people(
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    paging: Annotated[SortedPaging, sorted_by(queries.SORTS)],
    external_id: Annotated[ExternalId | None, Query()] = None,
    email: Annotated[str | None, Query(max_length=254)] = None,
) -> Page[PersonRead]:
    """People of the workspace, by creation unless `sort` says otherwise."""
    rows = await queries.listed(
        reader,
        workspace_id,
        paging.window,
        external_id=external_id,
        email=email.lower() if email else None,
    )
    return paging.page(rows, PersonRead.model_validate)


@routes.get("/people/{person_id}")
async def get_person(
    person_id: PersonId, workspace_id: WorkspaceDep, reader: ReaderDep, response: Response
) -> PersonRead:
    """One person."""
    row = await queries.get(reader, workspace_id, person_id)
    return tagged(response, PersonRead.model_validate(row))


@routes.patch("/people/{person_id}")
async def update_person(
    person_id: PersonId,
    body: PersonUpdate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> PersonRead:
    """Change a person by a merge patch (RFC 7396)."""
    person = await service.update_person(
        session, workspace_id, person_id, patch_of(body), expected, now
    )
    return tagged(response, PersonRead.model_validate(person))


@routes.put(f"/people/{external_ids.PATH}")
async def put_person_by_external_id(
    external_id: ExternalIdDep,
    body: PersonFields,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedOrNewDep,
    now: NowDep,
    response: Response,
) -> PersonRead:
    """Create (201) or update (200) the person whom you know by this id."""
    person, is_new = await service.put_person(
        session, workspace_id, external_id, patch_of(body), expected, now
    )
    read = PersonRead.model_validate(person)
    if is_new:
        response.status_code = status.HTTP_201_CREATED
        return created(response, "people", "person", read)
    return tagged(response, read)


@routes.delete("/people/{person_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_person(
    person_id: PersonId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
) -> None:
    """Remove a person who has no place and no office in any group."""
    await service.delete_person(session, workspace_id, person_id, expected, now)
