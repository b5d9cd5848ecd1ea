"""Agendas of meetings, and the templates of groups."""

from app.api.deps import (
    DRY_RUN,
    CallerDep,
    ExpectedDep,
    NowDep,
    ReaderDep,
    SessionDep,
    WorkspaceDep,
)
from app.api.route import router
from app.api.schemas.agenda_read import AgendaRead
from app.api.schemas.agendas import AgendaPut, TemplateRead
from app.api.schemas.common import GroupId, MeetingId
from app.services import agenda_view, template_view
from app.services import agendas as service

TEXT = "text:read"

routes = router("agendas")


@routes.get("/meetings/{meeting_id}/agenda")
async def get_agenda(
    meeting_id: MeetingId, caller: CallerDep, reader: ReaderDep, now: NowDep
) -> AgendaRead:
    """A meeting's agenda: who has which time, planned and actual; while it runs, projected too.

    The segment about commitments lists what each member owes.
    """
    view = await agenda_view.load_agenda(reader, caller.workspace_id, meeting_id, now)
    return AgendaRead.of(view, with_text=TEXT in caller.scopes)


@routes.put("/meetings/{meeting_id}/agenda", dependencies=[DRY_RUN])
async def put_agenda(
    meeting_id: MeetingId,
    body: AgendaPut,
    caller: CallerDep,
    session: SessionDep,
    now: NowDep,
) -> AgendaRead:
    """Give one meeting an agenda of its own; `segments: null` goes back to the group's.

    422 if it does not fit into the meeting, with by how many minutes.
    """
    agenda = None if body.segments is None else body.model_dump()
    await service.put_agenda(session, caller.workspace_id, meeting_id, agenda, now)
    view = await agenda_view.load_agenda(session, caller.workspace_id, meeting_id, now)
    return AgendaRead.of(view, with_text=TEXT in caller.scopes)


@routes.get("/groups/{group_id}/agenda_template")
async def get_agenda_template(
    group_id: GroupId, workspace_id: WorkspaceDep, reader: ReaderDep
) -> TemplateRead:
    """The agenda of a group's meetings: its own, or the one that comes along for their length."""
    template = await template_view.load_template(reader, workspace_id, group_id)
    return TemplateRead.model_validate(template)


@routes.put("/groups/{group_id}/agenda_template", dependencies=[DRY_RUN])
async def put_agenda_template(
    group_id: GroupId,
    body: AgendaPut,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
) -> TemplateRead:
    """Give a group an agenda template of its own; `segments: null` goes back to what comes along.

    It must fit into the cadence's meetings for a group of eight (422).
    """
    agenda = None if body.segments is None else body.model_dump()
    await service.put_template(session, workspace_id, group_id, agenda, expected, now)
    template = await template_view.load_template(session, workspace_id, group_id)
    return TemplateRead.model_validate(template)
