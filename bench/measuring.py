"""What the benchmarks share: a database of their own, CPU time by turns, and a table at the end.

Figures are ratios of medians measured by turns in one process, so that a slow or busy machine
slows both sides alike.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import rich
from rich.console import Console
from rich.table import Table

# The tests' PostgreSQL and builders are of use here too.
sys.path.insert(0, str(Path(__file__).parents[1]))

from app.adapters.keyring import Keyring, new_key
from app.api.runtime import Runtime
from app.clock import Clock
from app.db.migrate import upgrade
from app.db.session import Database
from app.settings import Settings
from tests.support.postgres import postgres_for_tests
from tests.support.postgres_binaries import NoPostgresError

WIDTH = 110
Work = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Times:
    """Seconds a call took, one figure a round."""

    seconds: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


async def by_turns(contestants: Mapping[str, Work], *, rounds: int, calls: int) -> dict[str, Times]:
    """CPU seconds of this process for each contestant's call; each is called once before."""
    return await _measured(contestants, rounds, calls, time.process_time)


async def wall_times(
    contestants: Mapping[str, Work], *, rounds: int, calls: int
) -> dict[str, Times]:
    """Seconds that pass for each contestant's call, waits included; each is called once before."""
    return await _measured(contestants, rounds, calls, time.perf_counter)


async def _measured(
    contestants: Mapping[str, Work], rounds: int, calls: int, clock: Callable[[], float]
) -> dict[str, Times]:
    for work in contestants.values():
        await work()
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, work in contestants.items():
            started = clock()
            for _ in range(calls):
                await work()
            found[name].append((clock() - started) / calls)
    return {name: Times(seconds) for name, seconds in found.items()}


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    table = Table(box=rich.box.MARKDOWN)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(str, row))
    console = Console(width=WIDTH)
    console.print(f"{title}:")
    console.print(table)


@contextmanager
def database_urls() -> Iterator[dict[str, Callable[[str], str]]]:
    """By kind of database, what makes an empty one with all tables and answers its URL."""
    with tempfile.TemporaryDirectory(prefix="hotseat-bench-") as folder:
        kinds = {"SQLite": lambda name: _migrated(f"sqlite+aiosqlite:///{folder}/{name}.db")}
        server = postgres_for_tests()
        try:
            server.start()
        except NoPostgresError as error:
            rich.print(f"no PostgreSQL here: {error}")
            yield kinds
            return
        try:
            yield {**kinds, "PostgreSQL": lambda name: _migrated(server.create_database(name))}
        finally:
            server.stop()


def _migrated(url: str) -> str:
    upgrade(url)
    return url


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.dispose()


def runtime_over(database: Database, clock: Clock) -> Runtime:
    return Runtime(Settings(calls_per_minute=0), database, Keyring([new_key()]), clock)
