"""Swagger UI and the front page, from files that come with the service: no other host is asked."""

import hashlib
from dataclasses import dataclass
from html import escape
from importlib.resources import files

import fastapi_swagger
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.api.runtime import Runtime

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
OURS = {
    "favicon.svg": "image/svg+xml",
    "front.css": "text/css",
    "swagger-init.js": "text/javascript",
}
SWAGGERS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}


@dataclass(frozen=True, slots=True)
class _File:
    """A file that browsers keep, and ask after by its ETag."""

    content: bytes
    media_type: str

    def answer(self, request: Request) -> Response:
        tag = f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'
        headers = {
            "etag": tag,
            "cache-control": "no-cache",
            "content-security-policy": POLICY,
        }
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(self.content, headers=headers, media_type=self.media_type)


def install(app: FastAPI) -> None:
    """Serve the front page at /, Swagger UI at /docs and the document at /openapi.json."""
    static = _static_files()
    swagger = _File(_ours("swagger.html"), "text/html")
    runtime: Runtime = app.state.runtime
    base_url = escape(runtime.settings.base_url).encode()
    front = _File(_ours("front.html").replace(b"{base_url}", base_url), "text/html")

    @app.get("/", include_in_schema=False)
    async def front_page(request: Request) -> Response:
        return front.answer(request)

    @app.get("/docs", include_in_schema=False)
    async def swagger_ui(request: Request) -> Response:
        return swagger.answer(request)

    @app.get("/static/{name}", include_in_schema=False)
    async def static_file(request: Request, name: str) -> Response:
        if name not in static:
            raise HTTPException(404)
        return static[name].answer(request)

    @app.get("/openapi.json", include_in_schema=False)
    async def document() -> JSONResponse:
        return JSONResponse(app.openapi())


def _static_files() -> dict[str, _File]:
    swaggers = files(fastapi_swagger) / "resources"
    return {
        **{name: _File(_ours(name), media_type) for name, media_type in OURS.items()},
        **{name: _File((swaggers / name).read_bytes(), kind) for name, kind in SWAGGERS.items()},
    }


def _ours(name: str) -> bytes:
    return (files("app.api") / "static" / name).read_bytes()
