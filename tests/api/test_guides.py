"""The guides work as they are written."""

from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI

from app.domain.hot_seat_formats import HOT_SEAT_FORMATS
from tests.support.clock import ManualClock
from tests.support.guides import GUIDES, differences, run_guide, steps_of
from tests.support.tenants import Tenant

TONIGHT = "2026-11-26T19:30:00Z"


async def test_run_a_meeting(app: FastAPI, tenant: Tenant, clock: ManualClock) -> None:
    clock.set(datetime.fromisoformat(TONIGHT) - timedelta(minutes=10))
    left = await run_guide("run-a-meeting", app, tenant.key, clock, TONIGHT=TONIGHT)
    assert left["MEETING"].startswith("mtg_")


async def test_rotation(app: FastAPI, tenant: Tenant, clock: ManualClock) -> None:
    clock.set(datetime.fromisoformat(TONIGHT) - timedelta(minutes=20))
    await run_guide("rotation", app, tenant.key, clock, FIRST=TONIGHT)


async def test_accountability(app: FastAPI, tenant: Tenant, clock: ManualClock) -> None:
    clock.set(datetime.fromisoformat(TONIGHT) - timedelta(minutes=10))
    left = await run_guide("accountability", app, tenant.key, clock, TONIGHT=TONIGHT)
    assert left["PROPOSAL"].startswith("prp_")


async def test_bulk_and_lists(app: FastAPI, tenant: Tenant, clock: ManualClock) -> None:
    left = await run_guide("bulk-and-lists", app, tenant.key, clock)
    assert left["ANN"].startswith("per_")


def test_a_guide_is_read_in_order() -> None:
    markdown = "# A\n\n```sh\necho 1\n```\n\n<!-- clock: +7 min -->\n\n```json\n1\n```\n"
    assert [(s.kind, s.text, s.line) for s in steps_of(markdown)] == [
        ("sh", "echo 1\n", 3),
        ("clock", "7", 7),
        ("json", "1\n", 9),
    ]


@pytest.mark.parametrize(
    ("told", "found", "wrong"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"a": 1}, {"b": 2}, ["/a is missing"]),
        ({"a": "…"}, {"a": [1]}, []),
        ([1, "…"], [1, 2, 3], []),
        ([1], [1, 2], [" has 2 items"]),
        ([1, 2], [1], [" has 1 items"]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, ["/a/0/b is 2, not 1"]),
        (None, False, [" is False, not None"]),
    ],
)
def test_an_answer_may_say_more_than_a_guide(told: object, found: object, wrong: list[str]) -> None:
    assert list(differences(told, found)) == wrong


def test_the_formats_page_tells_what_ships() -> None:
    page = (GUIDES / "formats.md").read_text()
    for format_ in HOT_SEAT_FORMATS.values():
        assert f"## {format_.title} (`{format_.name}`, {format_.minutes} minutes)" in page
        assert f"Source: {format_.source}" in page
        for phase in format_.phases:
            assert f"| {phase.name} | {phase.minutes} | {phase.guidance} |" in page
