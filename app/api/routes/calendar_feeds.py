"""Calendar feeds: secret `.ics` URLs."""

import secrets
from typing import Annotated

from fastapi import Query, Response, status

from app.api.deps import (
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
from app.api.runtime import Runtime
from app.api.schemas.calendar_feeds import (
    CalendarFeedCreate,
    CalendarFeedCreated,
    CalendarFeedRead,
)
from app.api.schemas.common import CalendarFeedId, GroupId, PersonId
from app.db.queries import calendar_feeds as queries
from app.domain.callers import Caller
from app.domain.feed_tokens import SECRET_BYTES
from app.services import calendar_feeds as service

routes = router("calendar_feeds")


@routes.post("/calendar_feeds", status_code=status.HTTP_201_CREATED)
async def create_calendar_feed(
    body: CalendarFeedCreate,
    caller: CallerDep,
    session: SessionDep,
    runtime: RuntimeDep,
    now: NowDep,
    response: Response,
) -> CalendarFeedCreated:
    """Make a feed of a group or of a person. Its URL is shown only now.

    What it shows is chosen here; for another choice, make another feed. One with commitments or
    topics needs the scope `text:read`.
    """
    feed, token = await service.create_feed(
        session,
        caller.workspace_id,
        **body.model_dump(),
        random_bytes=secrets.token_bytes(SECRET_BYTES),
        now=now,
    )
    read = _shown(response, runtime, caller, CalendarFeedRead.model_validate(feed), token)
    return created(response, "calendar_feeds", "calendar_feed", read)


@routes.get("/calendar_feeds")
async def list_calendar_feeds(
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    paging: PagingDep,
    group_id: Annotated[GroupId | None, Query()] = None,
    person_id: Annotated[PersonId | None, Query()] = None,
) -> Page[CalendarFeedRead]:
    """Feeds of the workspace, by creation."""
    rows = await queries.listed(
        reader, workspace_id, paging.window, group_id=group_id, person_id=person_id
    )
    return paging.page(rows, CalendarFeedRead.model_validate)


@routes.get("/calendar_feeds/{calendar_feed_id}")
async def get_calendar_feed(
    calendar_feed_id: CalendarFeedId,
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    response: Response,
) -> CalendarFeedRead:
    """One feed, without its URL: what it shows, and who has fetched which revision."""
    row = await queries.get(reader, workspace_id, calendar_feed_id)
    return tagged(response, CalendarFeedRead.model_validate(row))


@routes.post("/calendar_feeds/{calendar_feed_id}/rotate")
async def rotate_calendar_feed(
    calendar_feed_id: CalendarFeedId,
    caller: CallerDep,
    session: SessionDep,
    runtime: RuntimeDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> CalendarFeedCreated:
    """Give the feed another URL; the old one is gone at once.

    One with commitments or topics needs the scope `text:read`.
    """
    feed, token = await service.rotate_feed(
        session,
        caller.workspace_id,
        calendar_feed_id,
        expected,
        secrets.token_bytes(SECRET_BYTES),
        now,
    )
    read = _shown(response, runtime, caller, CalendarFeedRead.model_validate(feed), token)
    return tagged(response, read)


@routes.delete("/calendar_feeds/{calendar_feed_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_calendar_feed(
    calendar_feed_id: CalendarFeedId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
) -> None:
    """Revoke a feed."""
    await service.delete_feed(session, workspace_id, calendar_feed_id, expected)


def _shown(
    response: Response, runtime: Runtime, caller: Caller, read: CalendarFeedRead, token: str
) -> CalendarFeedCreated:
    need_to_tell(caller, [*read.include, *(["topics"] if read.topics else [])])
    response.headers["Cache-Control"] = "no-store"
    url = f"{runtime.settings.base_url}/calendars/{token}.ics"
    return CalendarFeedCreated(**read.model_dump(), url=url)
