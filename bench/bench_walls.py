"""Reads behind PostgreSQL's row-level security against the same without; see docs/benchmarks.md."""

import argparse
from functools import partial
from typing import Any

import rich
import uvloop
from bench_reads import NOW, ask, make_world
from measuring import Work, by_turns, opened, runtime_over, show, wall_times

from app.db.session import Database
from app.main import create_app
from app.telemetry import configure_logging
from tests.support.clock import ManualClock
from tests.support.postgres import postgres_for_tests
from tests.support.postgres_binaries import NoPostgresError
from tests.support.statements import count_statements
from tests.support.walls import make_walled

NAME = "walls"


async def measure(plain: Database, walled: Database, rounds: int, calls: int) -> list[list[Any]]:
    """Both read the same rows: no policy holds the superuser whom `plain` connects as."""
    world = await make_world(plain)
    behind = create_app(runtime_over(walled, ManualClock(NOW)))
    rows = []
    for name, (path, headers) in world.reads.items():
        with count_statements(plain) as before, count_statements(walled) as after:
            answers = [await ask(app, path, headers) for app in (world.app, behind)]
        if answers[0].body != answers[1].body:
            raise RuntimeError("the wall changes the answer")
        contestants: dict[str, Work] = {
            "without": partial(ask, world.app, path, headers),
            "behind": partial(ask, behind, path, headers),
        }
        cpu = await by_turns(contestants, rounds=rounds, calls=calls)
        wall = await wall_times(contestants, rounds=rounds, calls=calls)
        rows.append(
            [
                name,
                f"{before.count} → {after.count}",
                f"{cpu['behind'].median / cpu['without'].median:.2f}",
                f"{wall['behind'].median / wall['without'].median:.2f}",
                f"{cpu['without'].median * 1e6:,.0f}",
                f"{cpu['behind'].median * 1e6:,.0f}",
            ]
        )
    return rows


async def main(plain_url: str, walled_url: str, rounds: int, calls: int) -> None:
    walled = Database(walled_url, row_level_security=True)
    async with opened(plain_url) as plain:
        rows = await measure(plain, walled, rounds, calls)
    await walled.dispose()
    columns = ["GET", "statements", "CPU ÷", "time ÷", "without, µs CPU", "behind, µs CPU"]
    show("Reads behind row-level security", columns, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--calls", type=int, default=40, help="calls of each side in a round")
    options = parser.parse_args()
    configure_logging(level="warning", json=True)
    server = postgres_for_tests()
    try:
        server.start()
    except NoPostgresError as error:
        rich.print(f"no PostgreSQL here: {error}")
    else:
        try:
            urls = make_walled(server, NAME)
            uvloop.run(main(server.dsn(NAME), urls.api, options.rounds, options.calls))
        finally:
            server.stop()
