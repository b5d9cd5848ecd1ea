"""For operators: is it alive, is it ready, how is it doing."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app.api import backlog, health
from app.api.runtime import Runtime

routes = APIRouter(include_in_schema=False)


@routes.get("/livez")
async def livez() -> dict[str, str]:
    """The process answers; touches nothing else."""
    return {"status": "ok"}


@routes.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """The database answers and has the schema that this code wants; and nobody is shutting down."""
    found = await health.readiness(request.app.state.runtime)
    return JSONResponse(found.as_json(), 200 if found.is_ready else 503)


@routes.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus text: what this process counts, and what waits in the database."""
    runtime: Runtime = request.app.state.runtime
    await backlog.observe(runtime.database, runtime.clock.now())
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
