"""The page at /: what this is, and the way to the first call. Programs get the same as JSON."""

import json
from html import escape
from typing import Any

from fastapi import FastAPI, Request, Response

from app import __version__
from app.api.runtime import Runtime
from app.api.static_files import StaticFile, ours

FIRST_BODY = {"name": "The Inklings", "time_zone": "Europe/London"}


def install(app: FastAPI) -> None:
    """Serve the front page and its files, whether or not there is documentation."""
    runtime: Runtime = app.state.runtime
    base_url, has_docs = runtime.settings.base_url, runtime.settings.docs
    page = StaticFile(_page(base_url, has_docs=has_docs), "text/html")
    facts = StaticFile(_facts(base_url, has_docs=has_docs), "application/json")
    style = StaticFile(ours("front.css"), "text/css")
    icon = StaticFile(ours("favicon.svg"), "image/svg+xml")

    @app.get("/", include_in_schema=False)
    async def front_page(request: Request) -> Response:
        is_browser = "text/html" in request.headers.get("accept", "")
        answer = (page if is_browser else facts).answer(request)
        answer.headers["vary"] = "Accept"
        return answer

    @app.get("/static/front.css", include_in_schema=False)
    async def front_style(request: Request) -> Response:
        return style.answer(request)

    @app.get("/static/favicon.svg", include_in_schema=False)
    @app.get("/favicon.ico", include_in_schema=False)
    async def favicon(request: Request) -> Response:
        return icon.answer(request)


def _page(base_url: str, *, has_docs: bool) -> bytes:
    text = ours("front.html").decode().replace("{base_url}", escape(base_url))
    return text.replace("{explore}", ours("front_docs.html").decode() if has_docs else "").encode()


def _facts(base_url: str, *, has_docs: bool) -> bytes:
    facts: dict[str, Any] = {
        "name": "Hotseat",
        "version": __version__,
        "api": f"{base_url}/v1",
        "documentation": f"{base_url}/docs" if has_docs else None,
        "openapi": f"{base_url}/openapi.json" if has_docs else None,
        "first_call": {
            "method": "POST",
            "url": f"{base_url}/v1/groups",
            "headers": {
                "Authorization": "Bearer hs_live_…",
                "Content-Type": "application/json",
            },
            "body": FIRST_BODY,
        },
    }
    return json.dumps(facts, ensure_ascii=False, indent=2).encode()
