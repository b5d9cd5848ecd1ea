"""Request bodies: read up to a cap, and parsed as strictly as JSON allows."""

import json
from typing import Any, NoReturn

from fastapi import Request

from app.api.errors import RequestError

MAX_DEPTH = 32


class ReadRequest(Request):
    """A request whose body has been read and parsed."""

    parsed: Any = None
    raw: bytes = b""

    async def body(self) -> bytes:
        return self.raw

    async def json(self) -> Any:
        return self.parsed


async def read(request: Request, *, cap: int) -> ReadRequest:
    """The request with its body read; RequestError for one that is too large or not JSON."""
    raw = await _read_capped(request, cap)
    done = ReadRequest(request.scope, request.receive)
    done.raw = raw
    if raw:
        _check_media_type(request)
        done.parsed = parse(raw)
    return done


async def _read_capped(request: Request, cap: int) -> bytes:
    declared = request.headers.get("content-length", "0")
    too_large = RequestError(413, "body_too_large", f"Send at most {cap} bytes.")
    if declared.isdigit() and int(declared) > cap:
        raise too_large
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > cap:
            raise too_large
        chunks.append(chunk)
    return b"".join(chunks)


def _check_media_type(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise RequestError(
            415, "unsupported_media_type", "Send JSON with `Content-Type: application/json`."
        )


def parse(raw: bytes) -> Any:
    """A JSON text in UTF-8, without NaN, duplicate keys or absurd nesting."""
    try:
        value = json.loads(
            raw.decode(), parse_constant=_refuse_constant, object_pairs_hook=_unique_keys
        )
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        detail = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise RequestError(400, "malformed_json", f"The body is not JSON: {detail}") from error
    _check_depth(value)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("an object has the same key twice")
    return result


def _check_depth(value: Any) -> None:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise RequestError(400, "malformed_json", f"The body is nested deeper than {MAX_DEPTH} levels.")
