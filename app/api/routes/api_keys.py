"""API keys: all of it needs the scope `admin`."""

from datetime import timedelta
from secrets import token_bytes
from typing import Annotated

from fastapi import Body, Response, status

from app.api.deps import CallerDep, ExpectedDep, NowDep, ReaderDep, SessionDep, WorkspaceDep
from app.api.pagination import Page, PagingDep
from app.api.redaction import need_to_tell
from app.api.responses import created, viewed
from app.api.route import ADMIN, router
from app.api.schemas.api_keys import ApiKeyCreate, ApiKeyCreated, ApiKeyRead, ApiKeyRotate
from app.api.schemas.common import ApiKeyId
from app.db.queries import api_keys as queries
from app.domain.api_keys import SECRET_LENGTH
from app.domain.callers import Caller
from app.services import api_keys as service

routes = router("api_keys")


@routes.post("/api_keys", status_code=status.HTTP_201_CREATED, openapi_extra=ADMIN)
async def create_api_key(
    body: ApiKeyCreate,
    caller: CallerDep,
    session: SessionDep,
    now: NowDep,
    response: Response,
) -> ApiKeyCreated:
    """Make a key. Its text is in this answer and nowhere else.

    One with the scope `text:read` is made with such a key.
    """
    key, text = await service.create_api_key(
        session, caller.workspace_id, body.model_dump(), token_bytes(SECRET_LENGTH), now
    )
    return _shown_once(response, caller, ApiKeyRead.model_validate(key), text)


@routes.get("/api_keys", openapi_extra=ADMIN)
async def list_api_keys(
    workspace_id: WorkspaceDep, reader: ReaderDep, paging: PagingDep
) -> Page[ApiKeyRead]:
    """The workspace's keys by creation, revoked ones included."""
    rows = await queries.listed(reader, workspace_id, paging.window)
    return paging.page(rows, ApiKeyRead.model_validate)


@routes.get("/api_keys/{key_id}", openapi_extra=ADMIN)
async def get_api_key(
    key_id: ApiKeyId, workspace_id: WorkspaceDep, reader: ReaderDep, response: Response
) -> ApiKeyRead:
    """One key that was not revoked."""
    row = await queries.get(reader, workspace_id, key_id)
    # Its use shows, and raises no version.
    return viewed(response, ApiKeyRead.model_validate(row), row.version)


@routes.delete("/api_keys/{key_id}", status_code=status.HTTP_204_NO_CONTENT, openapi_extra=ADMIN)
async def revoke_api_key(
    key_id: ApiKeyId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
) -> None:
    """Close a key at once; of what is left, the list of all keys tells. Again is no error."""
    await service.revoke_api_key(session, workspace_id, key_id, expected, now)


@routes.post("/api_keys/{key_id}/rotate", status_code=status.HTTP_201_CREATED, openapi_extra=ADMIN)
async def rotate_api_key(
    key_id: ApiKeyId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
    body: Annotated[ApiKeyRotate | None, Body()] = None,
) -> ApiKeyCreated:
    """Make a key with the same name and scopes; the old one still works for a while.

    One with the scope `text:read` is rotated with such a key.
    """
    overlap = timedelta(hours=(body or ApiKeyRotate()).overlap_hours)
    key, text = await service.rotate_api_key(
        session,
        caller.workspace_id,
        key_id,
        token_bytes(SECRET_LENGTH),
        now + overlap,
        expected,
        now,
    )
    return _shown_once(response, caller, ApiKeyRead.model_validate(key), text)


def _shown_once(response: Response, caller: Caller, read: ApiKeyRead, text: str) -> ApiKeyCreated:
    need_to_tell(caller, read.scopes)
    response.headers["Cache-Control"] = "no-store"
    return created(response, "api_keys", "api_key", ApiKeyCreated(**read.model_dump(), key=text))
