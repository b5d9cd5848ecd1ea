"""The caller's own id as the last part of a path: `PUT /v1/people/external/{external_id}`.

Any id can stand there percent-encoded as UTF-8, one with a slash as well (`a%2Fb`). A plain slash
begins another part of the path, and there is no such resource.
"""

from typing import Annotated

from fastapi import Depends, Path, Request
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException

from app.api.errors import RequestError
from app.api.schemas.common import NOT_PLAIN, UncheckedExternalId, is_plain

PATH = "external/{external_id:any_text}"


class _AnyText(Convertor[str]):
    """Slashes, and line breaks too: what is wrong with an id is said, and none is cut short."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("any_text", _AnyText())


async def _external_id(
    request: Request, external_id: Annotated[UncheckedExternalId, Path()]
) -> str:
    scope = request.scope
    # Servers need not send the raw path (ASGI).
    sent: bytes = scope.get("raw_path") or scope["path"].encode()
    if b"/" in sent.partition(b"/external/")[2]:
        raise HTTPException(404)
    if not is_plain(external_id):
        # Decoding has put U+FFFD where the bytes were no UTF-8, whatever the server.
        fault = {"pointer": "#path/external_id", "code": "invalid_characters", "detail": NOT_PLAIN}
        raise RequestError(422, "invalid_characters", NOT_PLAIN, errors=[fault])
    return external_id


ExternalIdDep = Annotated[str, Depends(_external_id)]
