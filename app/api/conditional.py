"""Entity tags: `If-Match` before a change, `If-None-Match` before a repeated read.

The tag of a row is its version. That of a view, which shows what a row has and more besides, is the
row's version, a dot and a hash of the body: the whole says whether a reader has the view already,
the version alone which state a change starts from.
"""

import hashlib
import re

from fastapi import Request, Response

from app.api.errors import RequestError
from app.domain.callers import Caller
from app.domain.versions import EVERY, Expected, VersionRequiredError, etag

UNTAGGED = '""'
UNHASHED = '."'
"""How the tag of a view ends as long as its body is not known."""
OF_VIEW = re.compile(r'"([0-9-]+)\.[0-9a-f]{32}"')


def expected_of(
    request: Request, caller: Caller, *, is_checked: bool, may_create: bool
) -> Expected:
    """What a request makes a condition of its change; VersionRequiredError where the workspace
    demands one and it is missing. For what may create, `Expected` looks whether it is demanded.

    A write that checks nothing refuses: a caller who sends If-Match relies on it.
    """
    header = request.headers.get("if-match")
    is_demanded = is_checked and header is None and caller.require_if_match
    if is_demanded and not may_create:
        raise VersionRequiredError
    # RFC 9110, 13.1.1: If-Match compares strongly, so a tag with W/ in front matches nothing.
    tags = None if header is None else frozenset(map(_of_version, _tags(header)))
    if tags is not None and EVERY not in tags and not is_checked and request.method != "GET":
        raise RequestError(
            412,
            "version_not_checked",
            "This operation compares no versions: send it without If-Match.",
        )
    known = _known(request) if may_create else frozenset()
    return Expected(tags, frozenset(map(_of_version, known)), is_demanded)


def view_tag(*versions: int) -> str:
    """The tag of a view of rows at these versions; the route puts the hash of its body in."""
    return etag(*versions).removesuffix('"') + UNHASHED


def not_modified(request: Request, response: Response) -> Response:
    """The response to a GET with an ETag of its body if it has none yet, or a 304."""
    tag = response.headers.get("etag", UNTAGGED)
    if tag.endswith((UNTAGGED, UNHASHED)):
        digest = hashlib.sha256(bytes(response.body)).hexdigest()[:32]
        response.headers["etag"] = f'{tag[:-1]}{digest}"'
    if not matches(request, response.headers["etag"]):
        return response
    kept = {
        name: response.headers[name]
        for name in ("etag", "cache-control", "last-modified")
        if name in response.headers
    }
    return Response(status_code=304, headers=kept)


def matches(request: Request, etag: str) -> bool:
    """Whether If-None-Match says that the client has this state already."""
    return not _known(request).isdisjoint({EVERY, etag})


def _known(request: Request) -> frozenset[str]:
    """The tags in If-None-Match. RFC 9110, 13.1.2: a W/ in front is no difference."""
    sent = _tags(request.headers.get("if-none-match", ""))
    return frozenset(tag.removeprefix("W/") for tag in sent)


def _of_version(tag: str) -> str:
    """The tag of the row that a view was read from; any other tag as it is."""
    found = OF_VIEW.fullmatch(tag)
    return f'"{found[1]}"' if found else tag


def _tags(header: str) -> frozenset[str]:
    return frozenset(tag.strip() for tag in header.split(",") if tag.strip())
