"""Swagger UI, from files that come with the service."""

from importlib.resources import files

import fastapi_swagger
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.api.static_files import StaticFile, ours

SWAGGERS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}


def install(app: FastAPI) -> None:
    """Serve Swagger UI at /docs and the document at /openapi.json."""
    static = _static_files()
    swagger = StaticFile(ours("swagger.html"), "text/html")

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


def _static_files() -> dict[str, StaticFile]:
    swaggers = files(fastapi_swagger) / "resources"
    return {
        "swagger-init.js": StaticFile(ours("swagger-init.js"), "text/javascript"),
        **{
            name: StaticFile((swaggers / name).read_bytes(), kind)
            for name, kind in SWAGGERS.items()
        },
    }
