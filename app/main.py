"""create_app(): routers, middleware, handlers; nothing else."""

from fastapi import FastAPI

from app import __version__
from app.api import docs, errors, methods, openapi, rate_limits
from app.api.middleware import Telemetry
from app.api.routes import ALL_ROUTES, calendars, health, opt_out
from app.api.runtime import Runtime


def create_app(runtime: Runtime) -> FastAPI:
    """The API over what the process holds. The caller owns the runtime and disposes of it."""
    app = FastAPI(
        title="Hotseat",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=lambda route: route.name,
        redirect_slashes=False,
    )
    app.state.runtime = runtime
    # Routes are tried one after another: what is polled most comes first.
    app.include_router(calendars.routes)
    app.include_router(health.routes)
    app.include_router(opt_out.routes)
    for routes in ALL_ROUTES:
        app.include_router(routes, prefix="/v1")
    errors.install(app)
    rate_limits.install(app)
    openapi.install(app)
    methods.install(app)
    if runtime.settings.docs:
        docs.install(app)
    app.add_middleware(methods.HeadRequests)
    app.add_middleware(Telemetry)
    return app
