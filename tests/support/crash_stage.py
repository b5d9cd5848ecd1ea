"""The crash test's rounds: writers, processes that are killed, and a receiver that listens."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import standardwebhooks

from app.db.session import Database
from tests.support.builders import made
from tests.support.crash_load import Told, Writer
from tests.support.crash_processes import Processes, running_processes
from tests.support.crash_proof import Counts, left_to_do, prove
from tests.support.receiver import Answer, Received, Receiver
from tests.support.tenants import Tenant, make_tenant

WORKSPACES = 2
WRITERS = 2
"""Of each workspace."""
FAR_BEHIND = 60
"""Events and deliveries left to do at which the writers wait."""
CHANGES_A_ROUND, ARRIVALS_A_ROUND = 10, 10
LONGEST_PAUSE = 0.5
ALL_AT_ONCE = 5
"""Every so many rounds all processes are killed, else one after the other."""
DEADLINE_SECONDS = 600.0


class Listener(Receiver):
    """Takes what verifies, by the secret of the endpoint at its path."""

    def __init__(self) -> None:
        super().__init__(self._verify)
        self.secrets: dict[str, str] = {}

    async def _verify(self, request: Received) -> Answer:
        webhook = standardwebhooks.Webhook(self.secrets[request.path])
        try:
            webhook.verify(request.body.decode(), request.headers)
        except standardwebhooks.WebhookVerificationError:
            return Answer(400)
        return Answer()


@dataclass
class Party:
    """A workspace, its writers, and the path of the endpoint that hears of everything they do."""

    tenant: Tenant
    client: httpx.AsyncClient
    path: str
    told: Told
    writers: list[Writer]


class Stage:
    """Who takes part in the rounds over one database."""

    def __init__(
        self, database: Database, processes: Processes, listener: Listener, dice: random.Random
    ) -> None:
        self.database, self.processes, self.listener = database, processes, listener
        self.parties: list[Party] = []
        self._dice = dice

    @property
    def writers(self) -> list[Writer]:
        return [writer for party in self.parties for writer in party.writers]

    async def add_party(self) -> None:
        tenant = await make_tenant(self.database)
        client = httpx.AsyncClient(headers={"Authorization": f"Bearer {tenant.key}"}, timeout=30.0)
        path = f"/{len(self.parties)}"
        body = {"url": f"http://127.0.0.1:{self.listener.port}{path}"}
        answer = await client.post(f"{self.processes.url}/v1/webhook_endpoints", json=body)
        self.listener.secrets[path] = made(answer)["secret"]
        told = Told()
        writers = [
            Writer(client, lambda: self.processes.url, told, random.Random(self._dice.random()))
            for _ in range(WRITERS)
        ]
        self.parties.append(Party(tenant, client, path, told, writers))

    async def close(self) -> None:
        for party in self.parties:
            await party.client.aclose()

    async def play(self, rounds: int) -> None:
        """So many kills under load; afterwards nobody writes any more."""
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(self._watch())
            writing = [tasks.create_task(writer.run()) for writer in self.writers]
            for number in range(rounds):
                await self._round(number)
            watching.cancel()
            for writer in self.writers:
                writer.stop()
            await asyncio.wait(writing)

    async def _watch(self) -> None:
        """Have the writers wait while the deliveries are far behind."""
        while True:
            far = await left_to_do(self.database) >= FAR_BEHIND
            for writer in self.writers:
                writer.hold(back=far)
            await asyncio.sleep(0.2)

    async def _round(self, number: int) -> None:
        """Some work, a random moment, a kill, a new start."""
        changes, arrivals = self._progress()
        await _until(
            lambda: (
                self._progress()[0] >= changes + CHANGES_A_ROUND
                and self._progress()[1] >= arrivals + ARRIVALS_A_ROUND
            )
        )
        await asyncio.sleep(self._dice.random() * LONGEST_PAUSE)
        names = self.processes.names
        one = names[number % len(names)]
        victims = names if number % ALL_AT_ONCE == ALL_AT_ONCE - 1 else [one]
        await self.processes.kill(victims)
        await self.processes.start(victims)

    def _progress(self) -> tuple[int, int]:
        changes = sum(len(party.told.changes) for party in self.parties)
        return changes, len(self.listener.requests)

    async def settle(self) -> None:
        """Until everything is delivered."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while await left_to_do(self.database):  # noqa: ASYNC110 - it is another process's work
                await asyncio.sleep(0.1)

    async def prove(self) -> Counts:
        total = Counts()
        for party in self.parties:
            party.client.base_url = httpx.URL(self.processes.url)
            arrivals = [each for each in self.listener.requests if each.path == party.path]
            workspace = party.tenant.workspace_id
            total += await prove(self.database, workspace, party.client, party.told, arrivals)
        return total

    def account(self, counts: Counts) -> str:
        """What happened, in a few lines."""
        again = sum((party.told.sent_again for party in self.parties), Counter())
        return (
            f"killed: {_listed(self.processes.kills)}\n"
            f"{counts}\n"
            f"requests sent again: {_listed(again)}; "
            f"errors logged: {_listed(self.processes.errors)}\n"
        )


def _listed(counter: Counter[str]) -> str:
    parts = [f"{name} {times}" for name, times in sorted(counter.items())]
    return f"{counter.total()} ({', '.join(parts)})" if parts else "0"


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not condition():  # noqa: ASYNC110 - it is another process's work
            await asyncio.sleep(0.02)


@asynccontextmanager
async def staged(
    url: str, commands: Mapping[str, Sequence[str]], env: dict[str, str], seed: int
) -> AsyncIterator[Stage]:
    """Processes over a database of their own, with their writers and their listener."""
    database = Database(url)
    try:
        async with running_processes(commands, env) as processes, Listener() as listener:
            stage = Stage(database, processes, listener, random.Random(seed))
            try:
                for _ in range(WORKSPACES):
                    await stage.add_party()
                yield stage
            finally:
                await stage.close()
    finally:
        await database.dispose()
