"""The caller's own id as the last part of a path: `PUT /v1/people/external/{external_id}`.

Any id can stand there percent-encoded, one with a slash as well (`a%2Fb`). A plain slash begins
another part of the path, and there is no such resource.
"""

from typing import Annotated

from fastapi import Depends, Path, Request
from starlette.exceptions import HTTPException

from app.api.schemas.common import ExternalId

PATH = "external/{external_id:path}"


async def _external_id(request: Request, external_id: Annotated[ExternalId, Path()]) -> str:
    scope = request.scope
    # Servers need not send the raw path (ASGI).
    sent: bytes = scope.get("raw_path") or scope["path"].encode()
    if b"/" in sent.partition(b"/external/")[2]:
        raise HTTPException(404)
    return external_id


ExternalIdDep = Annotated[str, Depends(_external_id)]
