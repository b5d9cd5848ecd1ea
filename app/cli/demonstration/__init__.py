"""hotseat demo: one group's cycle through the public API of a running service, step by step."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from app.cli.demonstration.api import Api
from app.cli.demonstration.cycle import run_cycle
from app.cli.demonstration.own_service import own_service
from app.cli.demonstration.receiver import receiving
from app.cli.demonstration.screen import Screen
from app.cli.errors import CommandError

DEFAULT_URL = "http://127.0.0.1:8000"


def demo(
    *,
    url: Annotated[
        str | None,
        typer.Option(envvar="HOTSEAT_API_URL", help=f"Of a running service. [{DEFAULT_URL}]"),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            envvar="HOTSEAT_API_KEY",
            help="To a workspace of that service, with all scopes. Without a key the demo starts "
            "a service of its own, on a database that is gone afterwards.",
        ),
    ] = None,
    calendar: Annotated[Path, typer.Option(help="Where the group's calendar is saved.")] = Path(
        "var/inklings.ics"
    ),
) -> None:
    """Show one group's whole cycle: the Inklings, on Thursday evenings in Oxford."""
    if url is not None and key is None:
        raise CommandError("--url needs --key: an API key to a workspace of that service")
    screen = Screen()
    running = own_service() if key is None else nullcontext((url or DEFAULT_URL, key))
    with running as (base_url, api_key), receiving() as receiver, Api(base_url, api_key) as api:
        screen.say(f"Talking to {base_url}")
        run_cycle(api, receiver, screen, calendar)
