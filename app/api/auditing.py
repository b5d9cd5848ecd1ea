"""What the audit log keeps of a write: taken from the request and its answer, for every route."""

import re
from http import HTTPStatus

from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.body import ReadRequest
from app.db import audit
from app.domain import ids

ID = re.compile(f"(?:{'|'.join(ids.PREFIXES.values())})_[0-7][0-9a-hjkmnp-tv-z]{{25}}")


def note(request: ReadRequest, session: AsyncSession, response: Response) -> None:
    """Add an entry for a write that succeeded, in its transaction."""
    if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
        return
    made = _ids(response.headers.get("location", ""))
    named = _ids(request.url.path)
    audit.record(
        session,
        request.state.caller,
        operation=request.scope["route"].name,
        path=request.url.path,
        resource_id=next(iter([*reversed(made), *named]), None),
        fields=sorted(request.parsed) if isinstance(request.parsed, dict) else [],
        status=response.status_code,
        request_id=request.state.request_id,
        now=request.state.now,
    )


def _ids(path: str) -> list[str]:
    return [part for part in path.split("/") if ID.fullmatch(part)]
