"""The link in every mail that stops it: no key, the token in the path is the secret (RFC 8058).

Looking at the page changes nothing, since mail scanners follow links; its button, and the one that
mail programs show, send a POST.
"""

from html import escape
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from app.api.deps import GuessDep
from app.api.errors import problem
from app.api.guesses import Guess
from app.api.runtime import Runtime
from app.domain.opt_out_tokens import OptOutToken, parse_token
from app.domain.wording.catalogue import words
from app.services.mail_targets import Holder, holder_of
from app.services.mail_targets import opt_out as stop

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Robots-Tag": "noindex",
}
routes = APIRouter(tags=["calendar_targets"])


@routes.get("/opt_out/{token}", response_class=Response, include_in_schema=False)
async def ask_opt_out(token: str, request: Request, looking: GuessDep) -> Response:
    """A page that asks whether to stop."""
    return await _answer(token, request, looking, stops=False)


@routes.post("/opt_out/{token}", response_class=Response, include_in_schema=False)
async def opt_out(token: str, request: Request, looking: GuessDep) -> Response:
    """Stop at once: by the page's button, or by that of a mail program."""
    return await _answer(token, request, looking, stops=True)


async def _answer(token: str, request: Request, looking: Guess, *, stops: bool) -> Response:
    """No transaction begins for a stranger."""
    runtime: Runtime = request.app.state.runtime
    parsed = parse_token(token)
    holder = await _holder(runtime, parsed) if parsed else None
    looking.settle(right=holder is not None)
    if parsed is None or holder is None:
        return problem(request, 404, "not_found", "There is no such resource.")
    if stops:
        async with runtime.database.transaction(parsed.workspace_id) as session:
            await stop(session, parsed, runtime.clock.now())
        runtime.signals.wake()
    return HTMLResponse(_page(holder, done=stops), headers=HEADERS)


async def _holder(runtime: Runtime, token: OptOutToken) -> Holder | None:
    async with runtime.database.reader(token.workspace_id) as reader:
        return await holder_of(reader, token, runtime.keyring)


def _page(holder: Holder, *, done: bool) -> str:
    told = words(holder.locale, holder.time_zone)
    title = escape(told.text("opt_out.title"))
    if done:
        body = f"<p>{escape(told.text('opt_out.done', address=holder.address))}</p>"
    else:
        body = (
            f"<p>{escape(told.text('opt_out.ask', address=holder.address))}</p>"
            f'<form method="post"><button>{escape(told.text("opt_out.button"))}</button></form>'
        )
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"
    )
