"""Around every request: an id, security headers, a log line, metrics, and no naked 500."""

import time

import structlog
from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils.compat import uuid7

from app.api.errors import problem
from app.telemetry import REQUEST_SECONDS, REQUESTS

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
CLIENT_GONE = 499
"""In logs and metrics alone, as proxies have it: nobody is there to be answered."""
log = structlog.get_logger(__name__)


class Telemetry:
    """Pure ASGI middleware; knows the route only by its template, so tokens never reach a log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = uuid7().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                limits: dict[str, str] = scope["state"].get("rate_limit", {})
                for name, value in {**SECURITY_HEADERS, **limits}.items():
                    headers.setdefault(name, value)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_headers)
            except ClientDisconnect:
                status = status or CLIENT_GONE
            except Exception:
                log.exception("unhandled_error", route=_template(scope), method=scope["method"])
                if status:
                    raise
                await _internal_error(scope, receive)(scope, receive, send_with_headers)
            finally:
                _observe(scope, status, time.perf_counter() - started)


def _internal_error(scope: Scope, receive: Receive) -> ASGIApp:
    return problem(
        Request(scope, receive),
        500,
        "internal_error",
        "Something went wrong on our side; nothing was changed. Quote the request_id.",
    )


def _template(scope: Scope) -> str:
    route = scope.get("route")
    return getattr(route, "path", "unmatched") if route is not None else "unmatched"


def _observe(scope: Scope, status: int, seconds: float) -> None:
    method, route = scope["method"], _template(scope)
    REQUESTS.labels(method, route, status).inc()
    REQUEST_SECONDS.labels(method, route).observe(seconds)
    log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))
