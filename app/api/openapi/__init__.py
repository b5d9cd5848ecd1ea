"""The OpenAPI document: what FastAPI makes of the routes, completed to the whole contract."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app import __version__
from app.api.openapi import links
from app.api.openapi.components import COMPONENTS, DESCRIPTION, TAGS
from app.api.openapi.operations import complete
from app.api.openapi.webhooks import webhooks
from app.api.routes import ALL_ROUTES

REPLACED_SCHEMAS = ("HTTPValidationError", "ValidationError")


def install(app: FastAPI) -> None:
    """Let the app make our document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign] # the way that FastAPI documents


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title="Hotseat",
        version=__version__,
        openapi_version="3.1.0",
        summary="Coordinates mastermind groups: members, agendas, hot seats, commitments.",
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        routes=app.routes,
    )
    schemas = document["components"]["schemas"]
    for name in REPLACED_SCHEMAS:
        schemas.pop(name, None)
    for kind, parts in COMPONENTS.items():
        document["components"].setdefault(kind, {}).update(parts)
    for routes in ALL_ROUTES:
        complete(document, routes)
    links.add(document)
    document["webhooks"] = webhooks()
    used = {
        tag for item in document["paths"].values() for op in item.values() for tag in op["tags"]
    }
    document["tags"] = [
        {"name": name, "description": text}
        for name, text in TAGS.items()
        if name in used or name == "webhooks"
    ]
    return document
