"""A person's own view: what comes next, everything to take away, and to be forgotten."""

from fastapi import Response

from app.api import overview_answers as answers
from app.api.deps import (
    DRY_RUN,
    CallerDep,
    ExpectedDep,
    NowDep,
    ReaderDep,
    SessionDep,
)
from app.api.responses import tagged
from app.api.route import ADMIN, router
from app.api.schemas.common import PersonId
from app.api.schemas.overview import ExportRead, OverviewRead
from app.api.schemas.people import PersonErased, PersonRead
from app.db.queries import people
from app.domain.callers import Caller
from app.domain.errors import Forbidden
from app.services import erasure

routes = router("people")


@routes.get("/people/{person_id}/overview")
async def get_person_overview(
    person_id: PersonId, caller: CallerDep, reader: ReaderDep, now: NowDep
) -> OverviewRead:
    """What comes next for a person in all their groups, what they owe, and what waits for them.

    With `Hotseat-Actor` it is for the person alone.
    """
    _check_own(caller, person_id)
    await people.get(reader, caller.workspace_id, person_id)
    return await answers.overview(reader, caller, person_id, now)


@routes.get("/people/{person_id}/export")
async def export_person(
    person_id: PersonId, caller: CallerDep, reader: ReaderDep, now: NowDep
) -> ExportRead:
    """Everything that is stored of a person, as one JSON document.

    Needs the scope `text:read`. With `Hotseat-Actor` it is for the person alone.
    """
    caller.need("text:read")
    _check_own(caller, person_id)
    return await answers.export(reader, caller, person_id, now)


@routes.post("/people/{person_id}/erase", openapi_extra=ADMIN, dependencies=[DRY_RUN])
async def erase_person(
    person_id: PersonId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> PersonErased:
    """Erase a person for good: name, e-mail, background, everything that they wrote, their feeds,
    calendars and places, and every answer that is kept for an `Idempotency-Key` in the workspace.
    It cannot be undone; ask with `dry_run` first.

    What others' figures rest on stays, under an id that names nobody: dates, states and numbers.
    With `Hotseat-Actor` it is for the person alone.
    """
    _check_own(caller, person_id)
    person, changed = await erasure.erase_person(
        session, caller.workspace_id, person_id, expected, now
    )
    read = PersonRead.model_validate(person)
    return tagged(response, PersonErased(**dict(read), changed=changed))


def _check_own(caller: Caller, person_id: PersonId) -> None:
    if caller.actor_id not in {None, person_id}:
        raise Forbidden("This is for the person alone: act as them.", code="not_you")
