"""The link in every mail that stops it: no key, the token in the path is the secret (RFC 8058).

Looking at the page changes nothing, since mail scanners follow links; its button, and the one that
mail programs show, send a POST.
"""

from html import escape
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from app.api.errors import problem
from app.api.runtime import Runtime
from app.domain.opt_out_tokens import parse_token
from app.domain.wording.catalogue import Words
from app.services.mail_post import address_of, words_for
from app.services.mail_targets import holder_of
from app.services.mail_targets import opt_out as stop

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Robots-Tag": "noindex",
}
routes = APIRouter(tags=["calendar_targets"])


@routes.get("/opt_out/{token}", response_class=Response, include_in_schema=False)
async def ask_opt_out(token: str, request: Request) -> Response:
    """A page that asks whether to stop."""
    return await _answer(token, request, stops=False)


@routes.post("/opt_out/{token}", response_class=Response, include_in_schema=False)
async def opt_out(token: str, request: Request) -> Response:
    """Stop at once: by the page's button, or by that of a mail program."""
    return await _answer(token, request, stops=True)


async def _answer(token: str, request: Request, *, stops: bool) -> Response:
    runtime: Runtime = request.app.state.runtime
    parsed = parse_token(token)
    if parsed is None:
        return _not_found(request)
    async with runtime.database.transaction(parsed.workspace_id) as session:
        found = await holder_of(session, parsed, runtime.keyring)
        if found is None:
            return _not_found(request)
        target, person = found
        if stops:
            await stop(session, target, runtime.clock.now())
        address = address_of(target)
    if stops:
        runtime.signals.wake()
    return HTMLResponse(_page(words_for(person), address, done=stops), headers=HEADERS)


def _not_found(request: Request) -> Response:
    return problem(request, 404, "not_found", "There is no such resource.")


def _page(words: Words, address: str, *, done: bool) -> str:
    title = escape(words.text("opt_out.title"))
    if done:
        body = f"<p>{escape(words.text('opt_out.done', address=address))}</p>"
    else:
        body = (
            f"<p>{escape(words.text('opt_out.ask', address=address))}</p>"
            f'<form method="post"><button>{escape(words.text("opt_out.button"))}</button></form>'
        )
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"
    )
