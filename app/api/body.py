"""Request bodies: read up to a cap, and parsed as strictly as JSON allows."""

import json
from math import isfinite
from typing import Any, NoReturn

from fastapi import Request

from app.api.errors import RequestError, fault, invalid

MAX_DEPTH = 32
MAX_DIGITS = 40


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


def refuse(request: ReadRequest) -> None:
    """RequestError for a body that says something where nobody reads one."""
    value = request.parsed
    if value is None or value == {}:
        return
    fields = value if isinstance(value, dict) else ()
    raise invalid(
        [
            fault({"loc": ("body", name), "type": "extra_forbidden", "msg": "Unknown field."})
            for name in fields
        ]
        or [fault({"loc": ("body",), "type": "no_body", "msg": "This operation takes no body."})]
    )


async def _read_capped(request: Request, cap: int) -> bytes:
    declared = request.headers.get("content-length", "0")
    too_large = RequestError(413, "body_too_large", f"Send at most {cap} bytes.")
    if declared.isdecimal() and int(declared) > cap:
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
    """A JSON text in UTF-8, without NaN, duplicate keys, absurd nesting or impossible texts."""
    try:
        value = json.loads(
            raw.decode(),
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_integer,
            object_pairs_hook=_unique_keys,
        )
    except RecursionError as error:
        raise _too_deep() from error
    except (UnicodeDecodeError, ValueError) as error:
        detail = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise RequestError(400, "malformed_json", f"The body is not JSON: {detail}") from error
    _check_values(value)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text[:20]} is too large a number")
    return number


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"{text[:20]} is too large a number")
    return int(text)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("an object has the same key twice")
    return result


def _check_values(value: Any) -> None:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, str):
                _check_text(each)
            elif isinstance(each, dict):
                inner += each.keys()
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        if not inner:
            return
        level = inner
    raise _too_deep()


def _too_deep() -> RequestError:
    return RequestError(
        400, "malformed_json", f"The body is nested deeper than {MAX_DEPTH} levels."
    )


def _check_text(text: str) -> None:
    # Both are legal in JSON escapes; neither can be stored as text.
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise RequestError(
            422, "invalid_characters", "A text must not contain U+0000 or half a surrogate pair."
        )
