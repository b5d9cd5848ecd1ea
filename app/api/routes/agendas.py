"""Agendas of meetings, and the templates of groups."""

from fastapi import Response

from app.api.deps import (
    DRY_RUN,
    CallerDep,
    ExpectedDep,
    NowDep,
    ReaderDep,
    SessionDep,
    WorkspaceDep,
)
from app.api.responses import versioned, viewed
from app.api.route import router
from app.api.schemas.agenda_read import AgendaChanged, AgendaRead
from app.api.schemas.agendas import (
    AgendaPut,
    TemplateChanged,
    TemplateMeetingsRead,
    TemplateRead,
)
from app.api.schemas.common import GroupId, MeetingId
from app.api.schemas.plan_changes import PlanChangeRead
from app.services import agenda_view, template_view
from app.services import agendas as service
from app.services.plan_changes import watch_group, watch_meeting

routes = router("agendas")


@routes.get("/meetings/{meeting_id}/agenda")
async def get_agenda(
    meeting_id: MeetingId,
    caller: CallerDep,
    reader: ReaderDep,
    now: NowDep,
    response: Response,
) -> AgendaRead:
    """A meeting's agenda: who has which time, planned and actual; while it runs, projected too.

    The segment about commitments lists what each member owes.
    """
    view = await agenda_view.load_agenda(reader, caller.workspace_id, meeting_id, now)
    return viewed(response, AgendaRead.of(view), view.meeting.version)


@routes.put("/meetings/{meeting_id}/agenda", dependencies=[DRY_RUN])
async def put_agenda(
    meeting_id: MeetingId,
    body: AgendaPut,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> AgendaChanged:
    """Give one meeting an agenda of its own; `segments: null` goes back to the group's.

    422 if it does not fit into the meeting, with by how many minutes. `plan_change` says whose hot
    seats come, go or move.
    """
    agenda = None if body.segments is None else body.model_dump()
    watch = await watch_meeting(session, caller.workspace_id, meeting_id, now)
    await service.put_agenda(session, caller.workspace_id, meeting_id, agenda, expected, now)
    view = await agenda_view.load_agenda(session, caller.workspace_id, meeting_id, now)
    read = AgendaChanged.after(AgendaRead.of(view), await watch.change())
    return versioned(response, read, view.meeting.version)


@routes.get("/groups/{group_id}/agenda_template")
async def get_agenda_template(
    group_id: GroupId, workspace_id: WorkspaceDep, reader: ReaderDep, response: Response
) -> TemplateRead:
    """The agenda of a group's meetings: its own, or the one that comes along for their length."""
    template = await template_view.load_template(reader, workspace_id, group_id)
    return viewed(response, TemplateRead.model_validate(template), template.group_version)


@routes.put("/groups/{group_id}/agenda_template", dependencies=[DRY_RUN])
async def put_agenda_template(
    group_id: GroupId,
    body: AgendaPut,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> TemplateChanged:
    """Give a group an agenda template of its own; `segments: null` goes back to what comes along.

    It must fit into the cadence's meetings for a group of eight (422). Coming meetings with an
    agenda of their own keep it, and one that has begun keeps the agenda with which it did.
    """
    agenda = None if body.segments is None else body.model_dump()
    watch = await watch_group(session, workspace_id, group_id, now)
    await service.put_template(session, workspace_id, group_id, agenda, expected, now)
    template = await template_view.load_template(session, workspace_id, group_id)
    read = TemplateChanged(
        **dict(TemplateRead.model_validate(template)),
        meetings=TemplateMeetingsRead.model_validate(
            await template_view.load_followers(session, workspace_id, group_id, template)
        ),
        plan_change=PlanChangeRead.model_validate(await watch.change()),
    )
    return versioned(response, read, template.group_version)
