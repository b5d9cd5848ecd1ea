"""Pushes into a real Radicale against bare loops of the same PUTs; see docs/benchmarks.md."""

import argparse
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import uvloop
from measuring import database_urls, opened, show

from app.adapters.keyring import Keyring, new_key
from app.api.runtime import Runtime
from app.db.session import Database
from app.main import create_app
from app.settings import Settings
from app.telemetry import configure_logging
from app.worker.runner import Runner
from tests.support import radicale
from tests.support.builders import made, make_group
from tests.support.calendar_server import CalendarServer
from tests.support.clock import ManualClock
from tests.support.targets import make_target
from tests.support.tenants import make_tenant

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HEADERS = {"Content-Type": "text/calendar; charset=utf-8", "If-None-Match": "*"}
Fill = Callable[[list[str]], Awaitable[object]]


class Pushes:
    """A group of eight with its meetings ahead, and an empty calendar whenever one is wanted."""

    def __init__(self, server: CalendarServer, client: httpx.AsyncClient, runner: Runner) -> None:
        self.server = server
        self.client = client
        self.runner = runner
        self.group: Any = None
        self.objects: dict[str, str] = {}
        self.numbers = count()

    async def prepare(self, meetings: int) -> None:
        self.group = await make_group(self.client, 8)
        for number in range(meetings):
            starts_at = (NOW + timedelta(days=number + 1)).isoformat()
            body = {
                "group_id": self.group["id"],
                "starts_at": starts_at,
                "duration_minutes": 90,
                "title": f"Meeting {number}",
            }
            made(await self.client.post("/v1/meetings", json=body))
        await self.runner.run_until_idle()
        (url,) = self.calendars(1)
        await self.by_worker([url])
        self.objects = self.server.objects(url)

    def calendars(self, number: int) -> list[str]:
        return [self.server.make_calendar(f"c{next(self.numbers)}") for _ in range(number)]

    async def by_worker(self, calendars: list[str]) -> None:
        """Our way, from the wish in the database to the log of what came of it."""
        pairs = zip(calendars, self.group["people"], strict=False)
        targets = [await make_target(self.client, person, url) for url, person in pairs]
        started = time.perf_counter()
        await self.runner.run_until_idle()
        self.seconds = time.perf_counter() - started
        for target in targets:
            where = f"/v1/calendar_targets/{target['id']}"
            if made(await self.client.get(where))["last_error"] is not None:
                raise RuntimeError("a push has failed")
            await self.client.patch(where, json={"state": "disabled"})

    async def by_hand(self, calendars: list[str], *, keep: bool) -> None:
        """The least that could do it: one loop, one PUT an object, nothing remembered."""
        limits = httpx.Limits(max_keepalive_connections=1 if keep else 0)
        account = (self.server.username, self.server.password)
        async with httpx.AsyncClient(auth=account, limits=limits, trust_env=False) as client:
            started = time.perf_counter()
            for url in calendars:
                for name, text in self.objects.items():
                    answer = await client.put(url + name, content=text.encode(), headers=HEADERS)
                    answer.raise_for_status()
            self.seconds = time.perf_counter() - started

    async def rate(self, fill: Fill, calendars: int) -> float:
        """Pushes a second."""
        urls = self.calendars(calendars)
        await fill(urls)
        for url in urls:
            if len(self.server.objects(url)) != len(self.objects):
                raise RuntimeError("an object is missing")
        return calendars * len(self.objects) / self.seconds


async def measure(pushes: Pushes, rounds: int, calendars: int) -> list[list[Any]]:
    contestants: dict[str, tuple[Fill, int]] = {
        "PUTs over one connection": (lambda urls: pushes.by_hand(urls, keep=True), 1),
        "PUTs, a connection each": (lambda urls: pushes.by_hand(urls, keep=False), 1),
        "a worker, one calendar": (pushes.by_worker, 1),
        f"a worker, {calendars} calendars": (pushes.by_worker, calendars),
    }
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, (fill, number) in contestants.items():
            rates[name].append(await pushes.rate(fill, number))
    medians = {name: statistics.median(found) for name, found in rates.items()}
    alike = medians["PUTs, a connection each"]
    return [[name, f"{rate:.0f}", f"{rate / alike:.2f}"] for name, rate in medians.items()]


async def main(urls: Mapping[str, str], rounds: int, meetings: int, calendars: int) -> None:
    clock = ManualClock(NOW)
    for kind, url in urls.items():
        with tempfile.TemporaryDirectory(prefix="hotseat-bench-") as folder:
            async with opened(url) as database:
                with radicale.running(Path(folder)) as server:
                    rows = await _measured(database, clock, server, rounds, meetings, calendars)
        columns = ["", "pushes a second", "÷ PUTs, a connection each"]
        show(f"Pushes to Radicale, {kind}, {meetings} objects a calendar", columns, rows)


async def _measured(
    database: Database,
    clock: ManualClock,
    server: CalendarServer,
    rounds: int,
    meetings: int,
    calendars: int,
) -> list[list[Any]]:
    settings = Settings(allowed_networks=("127.0.0.0/8",), calls_per_minute=0)
    runtime = Runtime(settings, database, Keyring([new_key()]), clock)
    runner = Runner(database, runtime.keyring, settings, clock)
    tenant = await make_tenant(database)
    async with tenant.client(create_app(runtime)) as client:
        pushes = Pushes(server, client, runner)
        await pushes.prepare(meetings)
        rows = await measure(pushes, rounds, calendars)
    await runner.close()
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--meetings", type=int, default=30)
    parser.add_argument("--calendars", type=int, default=8, help="filled at the same time")
    options = parser.parse_args()
    configure_logging(level="error", json=True)
    with database_urls() as make:
        made_urls = {kind: url_of("pushes") for kind, url_of in make.items()}
        uvloop.run(main(made_urls, options.rounds, options.meetings, options.calendars))
