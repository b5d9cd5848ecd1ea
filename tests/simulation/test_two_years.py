"""A group of seven lives for two years (some weeks in the short run), and every invariant holds
after every step.

`HOTSEAT_SEED=n` plays another life, `HOTSEAT_WEEKS=n` a longer or shorter one. A failure names its
seed and step.
"""

import datetime as dt
import os
import random
import sys

import httpx
import pytest

from app.db.session import Database
from app.worker.runner import Runner
from tests.simulation.report import account_of
from tests.simulation.season import FIRST_DAY, found, live
from tests.simulation.service import Service
from tests.support.clock import ManualClock

SOAK = bool(os.environ.get("HOTSEAT_SOAK"))
SEED = int(os.environ.get("HOTSEAT_SEED", "7"))
WEEKS = int(os.environ.get("HOTSEAT_WEEKS", "104" if SOAK else "6"))


@pytest.mark.soak
async def test_a_group_lives_and_every_invariant_holds(
    client: httpx.AsyncClient, runner: Runner, database: Database, clock: ManualClock
) -> None:
    clock.set(dt.datetime.combine(FIRST_DAY, dt.time(9), dt.UTC))
    rng = random.Random(SEED)
    world = await found(Service(client, runner, database, clock), rng)
    try:
        await live(world, WEEKS)
    except Exception as error:
        raise AssertionError(f"HOTSEAT_SEED={SEED}, {WEEKS} weeks, {world.place}") from error
    sys.stdout.write(f"\n{account_of(world, SEED)}\n")
