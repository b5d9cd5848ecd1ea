"""Swagger UI, from files that come with the service."""

from fastapi import FastAPI


def install(app: FastAPI) -> None:
    """Serve Swagger UI at /docs and the document at /openapi.json."""
