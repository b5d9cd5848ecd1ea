"""The life of every API request, in the order that it happens.

Authenticate, check the query's parameters, read the body, open a transaction for a write, answer a
repeated POST from the record, run the handler, keep the answer, commit: all before the response
is sent. `?dry_run=true` runs the same course and rolls back at its end.
"""

from collections.abc import Callable, Coroutine
from typing import Any, cast

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncSession

from app.api import (
    auditing,
    body,
    conditional,
    guesses,
    idempotency,
    methods,
    rate_limits,
    redaction,
    timeouts,
)
from app.api.authentication import UnauthenticatedError, authenticate
from app.api.deps import expected_or_new, expected_version
from app.api.errors import RequestError
from app.api.runtime import Runtime
from app.domain.callers import Caller, Scope

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
SCOPE_KEY = "x-required-scope"
ADMIN: dict[str, Any] = {SCOPE_KEY: "admin"}
TRUE = {"true", "1", "on", "t", "y", "yes"}  # what Pydantic takes for a true boolean


class WorkspaceRoute(APIRoute):
    """A route into one workspace."""

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()
        allowed = _query_parameters(_dependants(self.dependant))
        is_checked, may_create = checks_version(self), creates_by_put(self)
        writing = handler if self.body_field is not None else _bodiless(handler)

        async def handle(request: Request) -> Response:
            runtime: Runtime = request.app.state.runtime
            caller = await _admit(request, scope_of(self, request.method), allowed)
            request.state.expected = conditional.expected_of(
                request, caller, is_checked=is_checked, may_create=may_create
            )
            if request.method == "GET":
                return conditional.not_modified(request, await handler(request))
            read = await body.read(request, cap=runtime.settings.max_body_bytes)
            return await _write(runtime, read, writing)

        return handle


class StreamRoute(APIRoute):
    """A route whose answer has no end: it is no resource, so it has no tag and no record."""

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()
        allowed = _query_parameters(_dependants(self.dependant))

        async def handle(request: Request) -> Response:
            await _admit(request, scope_of(self, request.method), allowed)
            return await handler(request)

        return handle


async def _admit(request: Request, scope: Scope, allowed: frozenset[str]) -> Caller:
    """Find out who calls and when; refuse who may not, and parameters that nobody reads."""
    methods.check(request)
    runtime: Runtime = request.app.state.runtime
    now = request.state.now = runtime.clock.now()
    async with guesses.guess(request) as guess:
        try:
            caller = request.state.caller = await authenticate(request, now)
        except UnauthenticatedError:
            guess.settle(right=False)
            raise
    rate_limits.of(request).count_call(request, caller.api_key_id.hex)
    redaction.show_texts_to(caller)
    caller.need(scope)
    _check_url(request, allowed)
    return caller


async def _write(runtime: Runtime, request: body.ReadRequest, handler: Handler) -> Response:
    caller: Caller = request.state.caller
    async with runtime.database.transaction(caller.workspace_id) as session:
        request.state.session = session
        response = await _once(request, session, handler)
        if request.query_params.get("dry_run", "").lower() in TRUE:
            await session.rollback()
        timeouts.point_of_no_return(request)
    runtime.signals.wake()
    return response


def _bodiless(handler: Handler) -> Handler:
    """The handler of a write that takes no body: what is sent all the same is not passed over."""

    async def handle(request: Request) -> Response:
        body.refuse(cast("body.ReadRequest", request))
        return await handler(request)

    return handle


async def _once(request: body.ReadRequest, session: AsyncSession, handler: Handler) -> Response:
    key = idempotency.key_of(request, request.state.caller)
    if key is None:
        response = await handler(request)
        auditing.note(request, session, response)
        return response
    replay = await idempotency.begin(request, session, key, request.state.now)
    if replay is not None:
        return replay
    response = await handler(request)
    auditing.note(request, session, response)
    await session.flush()
    await idempotency.end(request, session, key, response)
    return response


def scope_of(route: APIRoute, method: str) -> Scope:
    """The scope that a key needs to call the route."""
    scope: Scope = (route.openapi_extra or {}).get(
        SCOPE_KEY, "read" if method == "GET" else "write"
    )
    return scope


def checks_version(route: APIRoute) -> bool:
    """Whether the handler honours If-Match."""
    conditions = {expected_version, expected_or_new}
    return any(each.call in conditions for each in _dependants(route.dependant))


def creates_by_put(route: APIRoute) -> bool:
    """Whether the handler creates what it does not find, and honours If-None-Match for that."""
    return any(each.call is expected_or_new for each in _dependants(route.dependant))


def _dependants(root: Dependant) -> list[Dependant]:
    found = [root]
    for dependant in found:
        found += dependant.dependencies
    return found


def _query_parameters(dependants: list[Dependant]) -> frozenset[str]:
    return frozenset(field.alias for each in dependants for field in each.query_params)


def _check_url(request: Request, allowed: frozenset[str]) -> None:
    unknown = sorted(set(request.query_params) - allowed)
    if unknown:
        known = ", ".join(sorted(allowed)) or "none"
        raise RequestError(
            422, "unknown_parameter", f"Unknown query parameter {unknown[0]}; known are: {known}."
        )
    values = [*request.path_params.values(), *request.query_params.values()]
    if any("\0" in value for value in values):
        raise RequestError(422, "invalid_characters", "A text must not contain U+0000.")


def router(tag: str) -> APIRouter:
    """A router of one noun."""
    return APIRouter(route_class=WorkspaceRoute, tags=[tag])


def stream_router(tag: str) -> APIRouter:
    """A router of what is streamed of a noun."""
    return APIRouter(route_class=StreamRoute, tags=[tag])
