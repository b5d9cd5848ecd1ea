"""What the audit log keeps of a write: taken from the request and its answer, for every route."""

import json
import re
from collections.abc import Sequence
from http import HTTPStatus

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.body import ReadRequest
from app.db import audit
from app.domain import ids

ID = re.compile(f"(?:{'|'.join(ids.PREFIXES.values())})_[0-7][0-9a-hjkmnp-tv-z]{{25}}")
CALLERS_ID = "external_id"


def note(request: ReadRequest, session: AsyncSession, response: Response) -> None:
    """Add an entry for a write that succeeded, in its transaction; one for each of a batch."""
    if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
        return
    for resource_id in _resources(request, response):
        audit.record(
            session,
            request.state.caller,
            operation=request.scope["route"].name,
            path=_path(request),
            resource_id=resource_id,
            fields=sorted(request.parsed) if isinstance(request.parsed, dict) else [],
            status=response.status_code,
            request_id=request.state.request_id,
            now=request.state.now,
        )


def concerns(request: Request, resource_ids: Sequence[str]) -> None:
    """Say what a batch has written: neither its path nor its answer names one resource."""
    request.state.written = resource_ids


def _resources(request: ReadRequest, response: Response) -> Sequence[str | None]:
    written: Sequence[str] | None = getattr(request.state, "written", None)
    if written is not None:
        return written
    if CALLERS_ID in request.path_params:
        return [json.loads(bytes(response.body))["id"]]
    made = _ids(response.headers.get("location", ""))
    named = _ids(request.url.path)
    return [next(iter([*reversed(made), *named]), None)]


def _path(request: ReadRequest) -> str:
    """The path as it was called, but for the caller's own id: that is a value, not a name."""
    if CALLERS_ID in request.path_params:
        return request.url.path.partition("/external/")[0] + f"/external/{{{CALLERS_ID}}}"
    return request.url.path


def _ids(path: str) -> list[str]:
    return [part for part in path.split("/") if ID.fullmatch(part)]
