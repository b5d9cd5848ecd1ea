"""Reads against a bare FastAPI handler that returns the same bytes; see docs/benchmarks.md."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import uvloop
from fastapi import FastAPI, Response
from measuring import Work, by_turns, database_urls, opened, runtime_over, show
from sqlalchemy import text

from app.db.session import Database
from app.main import create_app
from app.telemetry import configure_logging
from tests.support.builders import make_cadence, make_group, promise
from tests.support.clock import ManualClock
from tests.support.statements import count_statements
from tests.support.tenants import make_tenant

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PROMISES = 2
SHOWN = ("content-type", "etag", "cache-control")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


async def ask(app: Any, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    """GET over ASGI, without a client or a socket between."""
    sent: list[dict[str, Any]] = []
    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"hotseat.test"), *raw],
        "client": ("127.0.0.1", 1),
        "server": ("hotseat.test", 80),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(sent[0]["status"], found, body)


def bare(
    path: str, answer: Answer, database: Database | None = None, statements: int = 0
) -> FastAPI:
    """An app that gives one answer; after as many empty statements, if there are any."""
    app = FastAPI()
    headers = {name: answer.headers[name] for name in SHOWN if name in answer.headers}

    @app.get(path)
    async def handler() -> Response:
        if database is not None:
            async with database.reader() as connection:
                for _ in range(statements):
                    await connection.execute(text("SELECT 1"))
        return Response(answer.body, answer.status, headers=headers)

    return app


@dataclass(frozen=True)
class World:
    """A group of eight with a quarter of weekly meetings ahead, and what they promised."""

    app: FastAPI
    reads: dict[str, tuple[str, dict[str, str]]]


async def make_world(database: Database) -> World:
    tenant = await make_tenant(database)
    app = create_app(runtime_over(database, ManualClock(NOW)))
    async with tenant.client(app) as client:
        group = await make_group(client, 8, rotation={"hot_seats_per_meeting": 2})
        meetings = await make_cadence(client, group["id"])
        for member in group["memberships"]:
            for number in range(PROMISES):
                await promise(client, member, f"Write page {number}")
        feed = (await client.post("/v1/calendar_feeds", json={"group_id": group["id"]})).json()
    path = feed["url"].removeprefix(str(client.base_url).rstrip("/"))
    path = path[path.index("/calendars") :]
    key = {"authorization": f"Bearer {tenant.key}"}
    etag = (await ask(app, path)).headers["etag"]
    meeting = f"/v1/meetings/{meetings[0]['id']}"
    return World(
        app,
        {
            "a meeting": (meeting, key),
            "its agenda": (f"{meeting}/agenda", key),
            "the feed": (path, {}),
            "the feed, 304": (path, {"if-none-match": etag}),
        },
    )


async def measure(world: World, database: Database, rounds: int, calls: int) -> list[list[Any]]:
    rows = []
    for name, (path, headers) in world.reads.items():
        with count_statements(database) as counted:
            answer = await ask(world.app, path, headers)
        if answer.status not in {200, 304}:
            raise RuntimeError(answer.body)
        same, asking = bare(path, answer), bare(path, answer, database, counted.count)
        if (await ask(same, path)).body != answer.body:
            raise RuntimeError("the bare handler gives another answer")
        contestants: dict[str, Work] = {
            "ours": lambda path=path, headers=headers: ask(world.app, path, headers),
            "bare": lambda path=path, same=same: ask(same, path),
            "asking": lambda path=path, asking=asking: ask(asking, path),
        }
        times = await by_turns(contestants, rounds=rounds, calls=calls)
        ours, alone, asking_too = (times[each].median for each in contestants)
        rows.append(
            [
                f"{name}, {len(answer.body):,} bytes",
                counted.count,
                f"{ours / alone:.1f}",
                f"{ours / asking_too:.2f}",
                f"{ours * 1e6:,.0f}",
                f"{alone * 1e6:,.0f}",
                f"{asking_too * 1e6:,.0f}",
            ]
        )
    return rows


async def main(urls: Mapping[str, str], rounds: int, calls: int) -> None:
    for kind, url in urls.items():
        async with opened(url) as database:
            world = await make_world(database)
            rows = await measure(world, database, rounds, calls)
        columns = ["GET", "statements", "÷ bare", "÷ asking", "µs", "bare µs", "asking µs"]
        show(f"Reads on {kind}: CPU of the API's process", columns, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--calls", type=int, default=40, help="calls of each side in a round")
    options = parser.parse_args()
    configure_logging(level="warning", json=True)
    with database_urls() as make:
        made = {kind: url_of("reads") for kind, url_of in make.items()}
        uvloop.run(main(made, options.rounds, options.calls))
