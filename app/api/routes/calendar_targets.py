"""Calendar targets: calendars on other servers that meetings are written to."""

import secrets
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response, status

from app.api.deps import (
    AllowedNetworksDep,
    CallerDep,
    ExpectedDep,
    NowDep,
    ReaderDep,
    RuntimeDep,
    SessionDep,
    WorkspaceDep,
)
from app.api.pagination import Page, PagingDep
from app.api.redaction import need_to_tell
from app.api.responses import created, tagged
from app.api.route import router
from app.api.schemas.calendar_targets import (
    CalendarTargetCreate,
    CalendarTargetRead,
    CalendarTargetUpdate,
)
from app.api.schemas.common import CalendarTargetId, PersonId, patch_of
from app.api.schemas.deliveries import DeliveryRead
from app.api.schemas.mail_targets import MailSettingsRead, MailTargetCreate
from app.db.queries import calendar_targets as queries
from app.db.queries import deliveries
from app.domain import ids
from app.domain.callers import Caller
from app.domain.opt_out_tokens import SECRET_BYTES
from app.services import calendar_targets as service
from app.services.mail_targets import create_mail_target

routes = router("calendar_targets")


@routes.post("/calendar_targets", status_code=status.HTTP_201_CREATED)
async def create_calendar_target(
    body: CalendarTargetCreate,
    caller: CallerDep,
    session: SessionDep,
    runtime: RuntimeDep,
    allowed: AllowedNetworksDep,
    now: NowDep,
    response: Response,
) -> CalendarTargetRead:
    """Have a person's meetings written into a calendar of theirs, those ahead to begin with; or,
    with the kind `email`, sent to them as invitations.

    Named by `server_url`, it is `connecting` until its calendar was found: poll it, or its first
    delivery (`GET /v1/deliveries?target_id=`). One that shows commitments, or sends what is owed,
    needs the scope `text:read`.
    """
    workspace_id = caller.workspace_id
    fields = body.model_dump()
    if isinstance(body, MailTargetCreate):
        target = await create_mail_target(
            session,
            workspace_id,
            fields,
            now,
            keyring=runtime.keyring,
            random_bytes=secrets.token_bytes(SECRET_BYTES),
            has_server=runtime.settings.smtp_url is not None,
        )
    else:
        target = await service.create_target(
            session, workspace_id, fields, now, keyring=runtime.keyring, allowed=allowed
        )
    read = CalendarTargetRead.model_validate(target)
    _need_to_tell(caller, read)
    return created(response, "calendar_targets", "calendar_target", read)


@routes.get("/calendar_targets")
async def list_calendar_targets(
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    paging: PagingDep,
    person_id: Annotated[PersonId | None, Query()] = None,
) -> Page[CalendarTargetRead]:
    """Targets of the workspace, by creation."""
    rows = await queries.listed(reader, workspace_id, paging.window, person_id=person_id)
    return paging.page(rows, CalendarTargetRead.model_validate)


@routes.get("/calendar_targets/{calendar_target_id}")
async def get_calendar_target(
    calendar_target_id: CalendarTargetId,
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    response: Response,
) -> CalendarTargetRead:
    """One target, with how its pushes have gone."""
    row = await queries.get(reader, workspace_id, calendar_target_id)
    return tagged(response, CalendarTargetRead.model_validate(row))


@routes.patch("/calendar_targets/{calendar_target_id}")
async def update_calendar_target(
    calendar_target_id: CalendarTargetId,
    body: CalendarTargetUpdate,
    caller: CallerDep,
    session: SessionDep,
    runtime: RuntimeDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> CalendarTargetRead:
    """Change the account or what is shown, or turn the target off and on; it catches up when it
    is on again. One without a calendar is looked for again.

    `settings` of one that shows commitments, or sends what is owed, need the scope `text:read`.
    """
    patch = patch_of(body)
    target = await service.update_target(
        session,
        caller.workspace_id,
        calendar_target_id,
        patch,
        expected,
        now,
        keyring=runtime.keyring,
    )
    read = CalendarTargetRead.model_validate(target)
    if "settings" in patch:
        _need_to_tell(caller, read)
    return tagged(response, read)


@routes.delete("/calendar_targets/{calendar_target_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_calendar_target(
    calendar_target_id: CalendarTargetId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
) -> None:
    """Stop writing. What was written is taken out first; until then the target is `removing`."""
    await service.delete_target(session, workspace_id, calendar_target_id, expected, now)


@routes.post("/calendar_targets/{calendar_target_id}/test", status_code=status.HTTP_202_ACCEPTED)
async def check_calendar_target(
    calendar_target_id: CalendarTargetId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> DeliveryRead:
    """Have a test object written and taken out again; poll the delivery for what came of it."""
    return await _asked(session, workspace_id, calendar_target_id, "test", expected, now, response)


@routes.post("/calendar_targets/{calendar_target_id}/resync", status_code=status.HTTP_202_ACCEPTED)
async def resync_calendar_target(
    calendar_target_id: CalendarTargetId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> DeliveryRead:
    """Have the calendar compared with what it should hold; what is missing there, or was edited,
    is written again.
    """
    return await _asked(
        session, workspace_id, calendar_target_id, "resync", expected, now, response
    )


@routes.post(
    "/calendar_targets/{calendar_target_id}/discover", status_code=status.HTTP_202_ACCEPTED
)
async def discover_calendars(
    calendar_target_id: CalendarTargetId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> DeliveryRead:
    """Have the account's calendars listed anew; the target shows them as `calendars`. One that has
    no calendar yet is connected.
    """
    return await _asked(
        session, workspace_id, calendar_target_id, "discover", expected, now, response
    )


def _need_to_tell(caller: Caller, target: CalendarTargetRead) -> None:
    settings = target.settings
    shown = settings.sends if isinstance(settings, MailSettingsRead) else settings.include
    need_to_tell(caller, shown)


async def _asked(
    session: SessionDep,
    workspace_id: UUID,
    target_id: UUID,
    action: Literal["test", "resync", "discover"],
    expected: ExpectedDep,
    now: datetime,
    response: Response,
) -> DeliveryRead:
    delivery = await service.ask_of_target(session, workspace_id, target_id, action, expected, now)
    response.headers["Location"] = f"/v1/deliveries/{ids.encode('delivery', delivery.id)}"
    row = await deliveries.get(await session.connection(), workspace_id, delivery.id)
    return DeliveryRead.model_validate(row)
