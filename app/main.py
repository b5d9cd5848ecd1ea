"""create_app(): routers, middleware, handlers; nothing else."""

from fastapi import FastAPI

from app import __version__
from app.api import (
    cors,
    database_errors,
    deprecation,
    docs,
    errors,
    front_page,
    guesses,
    methods,
    openapi,
    rate_limits,
)
from app.api.middleware import Telemetry
from app.api.routes import ALL_ROUTES, calendars, health, opt_out
from app.api.runtime import Runtime
from app.api.shedding import LoadShedding
from app.api.timeouts import Timeouts
from app.settings import Settings


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
    database_errors.install(app)
    rate_limits.install(app)
    guesses.install(app)
    openapi.install(app)
    methods.install(app)
    front_page.install(app)
    if runtime.settings.docs:
        docs.install(app)
    _wrap(app, runtime.settings)
    return app


def _wrap(app: FastAPI, settings: Settings) -> None:
    """The middleware, from the inside out."""
    app.add_middleware(methods.HeadRequests)
    app.add_middleware(
        Timeouts, request=settings.request_timeout_seconds, body=settings.slow_client_seconds
    )
    app.add_middleware(LoadShedding, most=settings.max_requests)
    cors.install(app, settings.cors_origins)
    app.add_middleware(Telemetry)
    app.add_middleware(deprecation.Deprecations)
