"""The feeds themselves: no key, the token in the path is the secret."""

import gzip
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import APIRouter, Request, Response

from app.api.conditional import matches
from app.api.deps import NOBODYS, FeedReaderDep, GuessDep
from app.api.errors import problem
from app.api.methods import IS_HEAD
from app.api.runtime import Runtime
from app.db.queries import calendar_feeds as queries
from app.domain.feed_clients import client_of
from app.domain.feed_tokens import token_hash, workspace_of
from app.services.calendar_contents import Content, content_of, fetched, revision_since

MEDIA_TYPE = "text/calendar; charset=utf-8"
HEADERS = {
    "Cache-Control": "private, no-cache",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Encoding",
}

routes = APIRouter(tags=["calendar_feeds"])


@routes.get("/calendars/{token}.ics", response_class=Response, include_in_schema=False)
async def get_calendar(
    token: str, request: Request, looking: GuessDep, reader: FeedReaderDep
) -> Response:
    """The calendar behind a feed's URL, whatever the client says it accepts."""
    runtime: Runtime = request.app.state.runtime
    now = runtime.clock.now()
    # What is no token at all takes the same way as one that is not known: it takes as long.
    workspace_id = workspace_of(token) or NOBODYS
    feed = await queries.by_token(reader, workspace_id, token_hash(token))
    looking.settle(right=feed is not None)
    if feed is None:
        return problem(request, 404, "not_found", "There is no such resource.")
    content = await content_of(reader, feed, now)
    revision = content.revision
    since = revision_since(feed, revision, now)
    client = client_of(request.headers.get("user-agent", ""))
    news = fetched(feed, client, revision, now)
    # Who asks for the headers only has not seen what the feed shows.
    if news is not None and IS_HEAD not in request.scope:
        await queries.note_fetch(reader, feed, news)
    return _answer(request, content, revision, since, now)


def _answer(
    request: Request, content: Content, revision: str, since: datetime, now: datetime
) -> Response:
    zipped = _takes_gzip(request)
    etag = f'"{revision}-gzip"' if zipped else f'"{revision}"'
    headers = {
        **HEADERS,
        "ETag": etag,
        "Last-Modified": format_datetime(min(since, now.replace(microsecond=0)), usegmt=True),
    }
    if _is_known(request, etag, since):
        return Response(status_code=304, headers=headers)
    body = content.render()
    if zipped:
        # Without a time inside, the same state gives the same bytes.
        body = gzip.compress(body, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type=MEDIA_TYPE)


def _is_known(request: Request, etag: str, since: datetime) -> bool:
    """RFC 9110, 13.1.3: If-Modified-Since counts only where there is no If-None-Match."""
    if "if-none-match" in request.headers:
        return matches(request, etag)
    try:
        given = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except (ValueError, OverflowError):
        return False
    return given.tzinfo is not None and given >= since


def _takes_gzip(request: Request) -> bool:
    """RFC 9110, 12.5.3: `gzip`, or `*` where gzip is not named, unless its weight is 0."""
    weights = {}
    for offer in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = offer.partition(";")
        weights[name.strip()] = weight.replace(" ", "").removeprefix("q=")
    weight = weights.get("gzip", weights.get("*", "0"))
    try:
        return float(weight or "1") > 0
    except ValueError:
        return False
