"""Every error leaves as RFC 9457 problem+json."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.api import methods
from app.domain.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from app.domain.versions import PreconditionError, VersionRequiredError

PROBLEM = "application/problem+json"
STATUS_OF: tuple[tuple[type[DomainError], int], ...] = (
    (PreconditionError, 412),
    (VersionRequiredError, 428),
    (Invalid, 422),
    (NotFound, 404),
    (Forbidden, 403),
    (Conflict, 409),
)
CODE_OF_STATUS = {
    400: "bad_request",
    401: "unauthenticated",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "body_too_large",
    415: "unsupported_media_type",
}


class RequestError(Exception):
    """The request itself is wrong, before any rule of the domain is asked."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = list(errors)


def problem(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    errors: Iterable[Mapping[str, Any]] = (),
    facts: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem+json response."""
    body: dict[str, Any] = {
        "type": f"urn:hotseat:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": getattr(request.state, "request_id", None),
        "errors": list(errors),
    }
    if facts:
        body["facts"] = dict(facts)
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=PROBLEM)


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(DomainError, _domain_error)
    app.add_exception_handler(RequestError, _request_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)


def status_of(error: DomainError) -> int:
    """The status of the response for a rule that refused."""
    return next(status for kind, status in STATUS_OF if isinstance(error, kind))


def of_domain_error(request: Request, error: DomainError) -> JSONResponse:
    """The response for a rule that refused."""
    status = status_of(error)
    errors = (
        [{"pointer": error.pointer, "code": error.code, "detail": error.detail}]
        if error.pointer is not None
        else []
    )
    return problem(request, status, error.code, error.detail, errors=errors, facts=error.facts)


async def _domain_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DomainError)  # noqa: S101 - registered for this type
    return of_domain_error(request, error)


async def _request_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestError)  # noqa: S101 - registered for this type
    return problem(
        request,
        error.status,
        error.code,
        error.detail,
        errors=error.errors,
        headers=error.headers,
    )


async def _validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type
    found = error.errors()
    if any(item["loc"][0] == "path" for item in found):
        return problem(request, 404, "not_found", "There is no such resource.")
    return await _request_error(request, invalid(fault(item) for item in found))


def invalid(errors: Iterable[Mapping[str, Any]]) -> RequestError:
    """What refuses a request for what is within it, by entries that `fault` makes."""
    detail = "The request is not valid; `errors` says where and why."
    return RequestError(422, "validation_failed", detail, errors=errors)


def fault(error: Mapping[str, Any]) -> dict[str, Any]:
    """What Pydantic says of one value, as an entry of `errors`."""
    return {"pointer": _pointer(error["loc"]), "code": error["type"], "detail": error["msg"]}


def _pointer(location: tuple[int | str, ...]) -> str:
    """A step in brackets is the tag of a variant, which the body does not show."""
    where, *path = (step for step in location if not str(step).startswith("["))
    steps = [str(step).replace("~", "~0").replace("/", "~1") for step in path]
    prefix = "" if where == "body" else f"#{where}"
    return prefix + "".join(f"/{step}" for step in steps)


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer, headers = methods.refused(request)
        if answer is not None:
            return answer
    headers = headers or error.headers
    code = CODE_OF_STATUS.get(error.status_code, "http_error")
    detail = {
        404: "There is no such resource.",
        405: "This resource does not know that method; see the Allow header.",
    }.get(error.status_code, str(error.detail))
    return problem(request, error.status_code, code, detail, headers=headers)
