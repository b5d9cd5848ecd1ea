"""A person's own view: what comes next, and everything to take away."""

from app.api import overview_answers as answers
from app.api.deps import CallerDep, NowDep, ReaderDep
from app.api.route import router
from app.api.schemas.common import PersonId
from app.api.schemas.overview import ExportRead, OverviewRead
from app.db.queries import people
from app.domain.callers import Caller
from app.domain.errors import Forbidden

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


def _check_own(caller: Caller, person_id: PersonId) -> None:
    if caller.actor_id not in {None, person_id}:
        raise Forbidden("This is for the person alone: act as them.", code="not_you")
