"""Deliveries of one worker against a bare loop of its HTTP client; see docs/benchmarks.md."""

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from ipaddress import ip_network

import httpx
import uvloop
from measuring import database_urls, opened, show

from app.adapters.http import exchange, guarded_client
from app.adapters.keyring import Keyring, new_key
from app.adapters.webhooks.payload import body_of
from app.api.runtime import Runtime
from app.clock import SystemClock
from app.db.outbox import record
from app.main import create_app
from app.services.deliveries import SLOTS
from app.settings import Settings
from app.telemetry import ATTEMPTS, configure_logging
from app.worker.runner import Runner
from tests.support.builders import made
from tests.support.receiver import Answer, Received, Receiver
from tests.support.tenants import Tenant, make_tenant

LOOPBACK = "127.0.0.0/8"
HUNG = "/hung"
LOOK_SECONDS = 0.02
SETTINGS = Settings(allowed_networks=(LOOPBACK,), grace_seconds=0)
HEADERS = {"content-type": "application/json"}
DATA = {"person_id": "per_01jx4m9hbrf5t8v2k6n3q7w0ye", "external_id": "member-1042", "version": 3}


@dataclass(frozen=True)
class Cost:
    """Seconds that it took, and seconds of this process's CPU."""

    seconds: float
    cpu: float


class Watch:
    """Begins when it is made."""

    def __init__(self) -> None:
        self._started, self._cpu = time.perf_counter(), time.process_time()

    def cost(self) -> Cost:
        return Cost(time.perf_counter() - self._started, time.process_time() - self._cpu)


async def receive() -> None:
    """A receiver as a process of its own, which says its port; HUNG is never answered."""

    async def answer(request: Received) -> Answer:
        if request.path == HUNG:
            await asyncio.Event().wait()
        receiver.requests.clear()
        return Answer()

    async with Receiver(answer) as receiver:
        sys.stdout.write(f"{receiver.port}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


@contextmanager
def receiving() -> Iterator[str]:
    """The URL of a receiver."""
    with subprocess.Popen(
        [sys.executable, __file__, "--receive"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"  # type: ignore[union-attr]
        finally:
            process.kill()


class World:
    """A workspace whose worker delivers to endpoints of the receiver."""

    def __init__(self, runtime: Runtime, tenant: Tenant, client: httpx.AsyncClient) -> None:
        self.runtime, self.tenant, self.client = runtime, tenant, client

    async def listen(self, url: str, *, event_type: str) -> str:
        body = {"url": url, "event_types": [event_type]}
        endpoint = made(await self.client.post("/v1/webhook_endpoints", json=body))
        return f"/v1/webhook_endpoints/{endpoint['id']}"

    async def happen(self, event_type: str, times: int) -> None:
        now = self.runtime.clock.now()
        async with self.runtime.database.transaction() as session:
            for _ in range(times):
                record(
                    session,
                    workspace_id=self.tenant.workspace_id,
                    type=event_type,
                    data=DATA,
                    now=now,
                )

    async def deliver(self, times: int) -> Cost:
        """Have a worker number events and send them, until so many have been accepted."""
        runtime = self.runtime
        runner = Runner(runtime.database, runtime.keyring, runtime.settings, runtime.clock)
        wanted = _accepted() + times
        watch = Watch()
        working = asyncio.create_task(runner.run())
        while _accepted() < wanted:  # noqa: ASYNC110 - a counter tells nobody when it moves
            await asyncio.sleep(LOOK_SECONDS)
        cost = watch.cost()
        await runner.stop()
        await working
        return cost


def _accepted() -> float:
    """Attempts in this process that were answered with 2xx."""
    return next(
        sample.value
        for metric in ATTEMPTS.labels("2xx").collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    )


@asynccontextmanager
async def world_on(url: str) -> AsyncIterator[World]:
    async with opened(url) as database:
        runtime = Runtime(SETTINGS, database, Keyring([new_key()]), SystemClock())
        tenant = await make_tenant(database)
        async with tenant.client(create_app(runtime)) as client:
            yield World(runtime, tenant, client)


async def bare_loop(url: str, body: bytes, times: int, at_once: int) -> Cost:
    """The worker's HTTP client, sending the same bytes so many times, so many at once."""
    left = iter(range(times))
    async with guarded_client(allowed=[ip_network(LOOPBACK)], connect_timeout=60.0) as client:

        async def one_after_the_other() -> None:
            for _ in left:
                await exchange(
                    client, "POST", url, headers=HEADERS, content=body, total_timeout=60.0
                )

        watch = Watch()
        await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
        return watch.cost()


async def compare(
    world: World, receiver: str, endpoints: int, deliveries: int, rounds: int
) -> list[object]:
    """One worker with so many endpoints, and a bare loop with as many requests at once."""
    paths = [await world.listen(receiver, event_type="person.updated") for _ in range(endpoints)]
    body = body_of(type="person.updated", occurred_at=SystemClock().now(), data=DATA)
    at_once = min(SLOTS * endpoints, SETTINGS.worker_concurrency)
    ours, bare = [], []
    for _ in range(rounds):
        await world.happen("person.updated", deliveries // endpoints)
        ours.append(await world.deliver(deliveries))
        bare.append(await bare_loop(receiver, body, deliveries, at_once))
    for path in paths:
        (await world.client.delete(path)).raise_for_status()
    seconds, bare_seconds = (_median(cost.seconds for cost in costs) for costs in (ours, bare))
    cpu, bare_cpu = (_median(cost.cpu for cost in costs) for costs in (ours, bare))
    return [
        f"{endpoints}, {at_once} at once",
        f"{deliveries / seconds:,.0f}",
        f"{deliveries / bare_seconds:,.0f}",
        f"1/{seconds / bare_seconds:.1f}",
        f"{cpu / deliveries * 1e3:.2f}",
        f"{bare_cpu / deliveries * 1e3:.2f}",
        f"{cpu / bare_cpu:.1f}",
    ]


async def behind_hung(
    world: World, receiver: str, hung: int, healthy: int, rounds: int
) -> list[object]:
    """How long the healthy ones take behind hung ones of another endpoint, and with none."""
    await world.listen(receiver, event_type="group.updated")
    alone, behind = [], []
    for _ in range(rounds):
        await world.happen("group.updated", healthy)
        alone.append((await world.deliver(healthy)).seconds)
        dead = await world.listen(receiver + HUNG, event_type="person.updated")
        await world.happen("person.updated", hung)
        await world.happen("group.updated", healthy)
        behind.append((await world.deliver(healthy)).seconds)
        (await world.client.delete(dead)).raise_for_status()
    return [
        f"{healthy} behind {hung}",
        f"{_median(alone):.2f}",
        f"{_median(behind):.2f}",
        f"{_median(behind) / _median(alone):.2f}",
    ]


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)


async def main(urls: Mapping[str, str], rounds: int, deliveries: int) -> None:
    with receiving() as receiver:
        for kind, url in urls.items():
            async with world_on(url) as world:
                rows = [
                    await compare(world, receiver, endpoints, deliveries, rounds)
                    for endpoints in (1, 32)
                ]
                hung = await behind_hung(world, receiver, 200, 50, rounds)
            columns = ["endpoints", "a second", "bare", "÷", "CPU ms", "bare ms", "÷ bare"]
            show(f"Deliveries of one worker on {kind}", columns, rows)
            columns = ["healthy and hung", "alone, s", "behind them, s", "÷"]
            show(f"Healthy deliveries of one worker on {kind}", columns, [hung])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--deliveries", type=int, default=320, help="in a round")
    parser.add_argument("--receive", action="store_true", help="only be the receiver")
    options = parser.parse_args()
    configure_logging(level="warning", json=True)
    if options.receive:
        uvloop.run(receive())
    else:
        with database_urls() as make:
            made_urls = {kind: url_of("deliveries") for kind, url_of in make.items()}
            uvloop.run(main(made_urls, options.rounds, options.deliveries))
