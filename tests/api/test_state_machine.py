"""A group's life as a small model has it: whatever is asked in whatever order, the API agrees."""

import asyncio
import os

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.db.session import Database
from tests.state_machine.machine import Life
from tests.state_machine.service import Service
from tests.support.clock import ManualClock

SOAK = bool(os.environ.get("HOTSEAT_SOAK"))


@pytest.mark.soak
async def test_the_api_lives_as_the_model_does(
    app: FastAPI, database: Database, clock: ManualClock
) -> None:
    service = Service(app, database, clock)
    await asyncio.to_thread(
        run_state_machine_as_test,
        lambda: Life(service),
        settings=settings(
            max_examples=200 if SOAK else 8,
            stateful_step_count=50 if SOAK else 25,
            derandomize=not SOAK,
            database=None,
            deadline=None,
            print_blob=True,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
    done = sum(count for what, count in service.counts.items() if what.endswith(": done"))
    refused = service.counts.total() - done - service.counts["time goes by"]
    lines = [f"{count:6} {what}" for what, count in sorted(service.counts.items())]
    total = f"{done} calls accepted and {refused} refused, all as the model says"
    print(*lines, total, sep="\n")  # noqa: T201 - `pytest -rP`
    assert min(done, refused) > 0
