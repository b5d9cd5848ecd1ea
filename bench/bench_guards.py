"""What each guard adds to a request, beside what a read costs; see docs/benchmarks.md."""

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import uvloop
from bench_reads import NOW, ask, make_world
from fastapi import Request
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from measuring import Work, by_turns, database_urls, opened, runtime_over, show
from sqlalchemy import text
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.methods import HeadRequests
from app.api.middleware import Telemetry
from app.api.rate_limits import Budget, RateLimits
from app.api.shedding import LoadShedding
from app.api.timeouts import Timeouts
from app.db.session import Database
from app.main import create_app
from app.settings import Settings
from app.telemetry import configure_logging
from tests.support.clock import ManualClock

ENOUGH = 10**9
"""Calls a minute, more than are made here."""
READ = "a meeting"
BARE_CALLS = 100
"""Of a bare app, for each call of the service."""


async def nothing(_scope: Scope, receive: Receive, send: Send) -> None:
    """The least that answers."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


def limited(app: ASGIApp) -> ASGIApp:
    """The app, with each call counted for a key."""
    budget = Budget("key", ENOUGH, FixedWindowRateLimiter(MemoryStorage()))
    limits = RateLimits(calls=budget, guesses=None)

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        limits.count_call(Request(scope), "01k0000000e008000000004001")
        await app(scope, receive, send)

    return counted


def guards(settings: Settings) -> Mapping[str, Callable[[ASGIApp], ASGIApp]]:
    request, body = settings.request_timeout_seconds, settings.slow_client_seconds
    return {
        "time-outs of request and body": partial(Timeouts, request=request, body=body),
        "load shedding": partial(LoadShedding, most=settings.max_requests),
        "rate limit of the key": limited,
        "HEAD as GET": HeadRequests,
        "request id, headers, log line, metrics": Telemetry,
    }


async def measure(rounds: int, calls: int, database: Database) -> list[list[Any]]:
    runtime = runtime_over(database, ManualClock(NOW))
    path, headers = (await make_world(database)).reads[READ]
    read = partial(ask, create_app(runtime), path, headers)
    shield = {name: guard(nothing) for name, guard in guards(runtime.settings).items()}
    contestants: dict[str, Work] = {
        name: partial(_many, app) for name, app in {"none": nothing, **shield}.items()
    }
    times = await by_turns({**contestants, "read": read}, rounds=rounds, calls=calls)
    bare, whole = times["none"].median / BARE_CALLS, times["read"].median
    more = {name: times[name].median / BARE_CALLS - bare for name in shield}
    more["all of them"] = sum(more.values())
    return [
        [name, f"{seconds * 1e6:,.0f}", f"{seconds / whole * 100:.1f}"]
        for name, seconds in more.items()
    ]


async def _many(app: ASGIApp) -> None:
    for _ in range(BARE_CALLS):
        await ask(app, "/")


async def measure_statements(url: str, rounds: int, calls: int) -> list[list[Any]]:
    """A time-out is told to PostgreSQL once a connection; it keeps it for each statement."""
    timed = Database(url, statement_timeout_seconds=Settings().statement_timeout_seconds)
    async with opened(url) as database:
        contestants: dict[str, Work] = {
            name: partial(_statement, each)
            for name, each in {"with": timed, "without": database}.items()
        }
        times = await by_turns(contestants, rounds=rounds, calls=calls * 10)
    await timed.dispose()
    guarded, bare = times["with"].median, times["without"].median
    return [["a statement", f"{guarded / bare:.2f}", f"{bare * 1e6:,.0f}"]]


async def _statement(database: Database) -> None:
    async with database.reader() as connection:
        await connection.execute(text("SELECT 1"))


async def main(urls: Mapping[str, str], rounds: int, calls: int) -> None:
    async with opened(urls["SQLite"]) as database:
        rows = await measure(rounds, calls, database)
    columns = ["guard", "µs CPU more", "% of the CPU of a read"]
    show("Guards around a request (SQLite: GET /v1/meetings/{id})", columns, rows)
    if "PostgreSQL" in urls:
        rows = await measure_statements(urls["PostgreSQL"], rounds, calls)
        columns = ["PostgreSQL", "with a time-out ÷ without", "without, µs CPU"]
        show("Statement time-out", columns, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--calls", type=int, default=20, help="calls of each side in a round")
    options = parser.parse_args()
    configure_logging(level="warning", json=True)
    with database_urls() as make:
        made = {kind: url_of("guards") for kind, url_of in make.items()}
        uvloop.run(main(made, options.rounds, options.calls))
