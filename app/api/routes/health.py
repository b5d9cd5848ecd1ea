"""For operators: is it alive, is it ready, how is it doing."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app.api import backlog
from app.api.runtime import Runtime
from app.db.migrate import current_revision, newest_revision

routes = APIRouter(include_in_schema=False)


@routes.get("/livez")
async def livez() -> dict[str, str]:
    """The process answers; touches nothing else."""
    return {"status": "ok"}


@routes.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """The database answers and has the schema that this code wants."""
    runtime: Runtime = request.app.state.runtime
    try:
        is_current = await current_revision(runtime.database) == newest_revision()
    except OSError:
        is_current = False
    return JSONResponse(
        {"status": "ok" if is_current else "unavailable"}, 200 if is_current else 503
    )


@routes.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus text: what this process counts, and what waits in the database."""
    runtime: Runtime = request.app.state.runtime
    await backlog.observe(runtime.database, runtime.clock.now())
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
