"""Which pages of other origins may call from a browser: none, unless the settings name them.

A workspace's key opens the whole workspace and does not belong into a page that others load. This
is for pages of an operator's own, behind their own sign-in.
"""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SENT = (
    "Authorization",
    "Content-Type",
    "Hotseat-Actor",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
)
SHOWN = (
    "ETag",
    "Location",
    "Idempotency-Replayed",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-Id",
)


def install(app: FastAPI, origins: tuple[str, ...]) -> None:
    """Let pages of these origins call. Cookies are never asked for: a key is a header."""
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=SENT,
            expose_headers=SHOWN,
        )
