"""Pages and files that come with the service: no other host is asked for anything."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from fastapi import Request, Response

from app.api import conditional

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that browsers keep, and ask after by its ETag."""

    content: bytes
    media_type: str

    def answer(self, request: Request) -> Response:
        tag = f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'
        headers = {"etag": tag, "cache-control": "no-cache", "content-security-policy": POLICY}
        if conditional.matches(request, tag):
            return Response(status_code=304, headers=headers)
        return Response(self.content, headers=headers, media_type=self.media_type)


def ours(name: str) -> bytes:
    """A file of this package."""
    return (files("app.api") / "static" / name).read_bytes()
