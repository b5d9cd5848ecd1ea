"""The number of SQL statements of an operation does not grow with the data.

Every operation of the document is called in the sample workspace with one more of everything, and
again with fifty: meetings of all kinds, hot seats, commitments and their histories, leaves, guests,
requests, feeds, calendars, endpoints, deliveries, events, keys, people, groups.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.api.routes import ALL_ROUTES, calendars, health
from app.api.schemas.examples import SampleGroup, sample_text
from app.cli import sample
from app.domain import ids
from tests.conftest import MONDAY
from tests.contract.conftest import Stage
from tests.support.operations import Call, calls
from tests.support.sample_growth import SampleGrowth
from tests.support.statements import count_statements

FEW, MANY = (1, 6), (50, 8)
"""How much there is of everything, and members in a group."""
UNDOCUMENTED = {"livez", "readyz", "metrics", "get_calendar"}
FEEDS = ["group", "person"]
OPERATIONS = [call for each in calls() for call in each.filtered()]
FEED_CALLS = [Call(f"get_calendar[{of}]", "GET", "/calendars/{token}.ics") for of in FEEDS]


def record_all(growth: SampleGrowth) -> dict[str, Any]:
    members = [ids.encode("membership", who) for who in growth.members[SampleGroup.PAST]]
    return {
        "attendance": [{"membership_id": who, "status": "present"} for who in members],
        "hot_seats": [{"membership_id": who, "state": "done"} for who in members[:2]],
        "commitments": [
            {"membership_id": members[0], "title": "One more", "due_on": "2199-06-06"}
            for _ in range(growth.size)
        ],
    }


def open_with_all(growth: SampleGrowth) -> dict[str, Any]:
    members = growth.members[SampleGroup.FORMING]
    return {
        "as_of": "2026-01-01",
        "credits": [
            {"membership_id": ids.encode("membership", who), "credit": 0.5 * (-1) ** number}
            for number, who in enumerate(members)
        ],
    }


REACHING: dict[str, Callable[[SampleGrowth], Any]] = {
    "record_meeting": record_all,
    "open_group_rotation": open_with_all,
    "pause_group": lambda _: {"from": "2099-06-01", "until": "2100-12-31"},
    "update_group": lambda _: {"name": "Another", "rotation": {"calm": True}},
    "update_membership": lambda _: {"weight": 2.0},
}
"""Bodies that concern more of what there is than the examples do."""
OF_A_CHANGE = {"SELECT calendar_targets", "SELECT meetings"}
ELSEWHERE = {"open_group_rotation": {"group_id": sample_text("group", SampleGroup.FORMING)}}


def kind_of(statement: str) -> str:
    """`SELECT meetings`: what a statement does first, and to which table."""
    text = re.sub(r"^WITH .*?(?=UPDATE|INSERT|DELETE|$)", "", " ".join(statement.split()))
    match = re.search(r"(?:FROM|INTO|UPDATE) (\w+)", text or statement)
    return f"{(text or statement).split()[0]} {match[1] if match else ''}"


async def measure(stage: Stage, call: Call, growth: SampleGrowth) -> Counter[str]:
    """How many statements of each kind a call costs; it must be a success."""
    if call in FEED_CALLS:
        call = replace(call, ids={"token": growth.tokens[FEEDS[FEED_CALLS.index(call)]]})
        # The first look of the day is noted.
        await call.send(stage.client)
    if reaching := REACHING.get(call.name):
        call = replace(call, ids=ELSEWHERE.get(call.name, call.ids), body=reaching(growth))
    with count_statements(stage.database) as counted:
        response = await call.send(stage.client)
    assert response.is_success, (call.name, response.text)
    return Counter(map(kind_of, counted.statements))


async def test_the_number_of_statements_does_not_grow(stage: Stage) -> None:
    """One test for all: filling the workspace is what takes long."""
    growth = SampleGrowth(sample.WORKSPACE, MONDAY)
    # The first use of a key in a while is noted.
    await stage.client.get("/v1/workspace")
    few = await measure_all(stage, growth, *FEW)
    many = await measure_all(stage, growth, *MANY)
    grown = {name: found for name in few if (found := growth_of(few[name], many[name]))}
    assert grown == {}


async def measure_all(
    stage: Stage, growth: SampleGrowth, size: int, members: int
) -> dict[str, Counter[str]]:
    """By call, what it costs with so much of everything."""
    async with stage.database.transaction() as session:
        await growth.grow(session, size, members)
    return {call.name: await measure(stage, call, growth) for call in [*OPERATIONS, *FEED_CALLS]}


def growth_of(few: Counter[str], many: Counter[str]) -> dict[str, int]:
    """Kinds of statements of which there are more, or fewer, with more data.

    A plan that changes writes what one that stays need not, asks whose calendars show it, and what
    its meetings are called elsewhere: these may differ by one. A loop over what there is makes more
    of a difference. Other SELECTs are as many.
    """
    difference = {kind: many[kind] - few[kind] for kind in few | many}
    return {
        kind: more
        for kind, more in difference.items()
        if abs(more) > (0 if kind.startswith("SELECT") and kind not in OF_A_CHANGE else 1)
    }


def test_every_route_is_measured() -> None:
    routers = (*ALL_ROUTES, calendars.routes, health.routes)
    routes = {getattr(route, "name", None) for router in routers for route in router.routes}
    assert routes - {call.name for call in OPERATIONS} - UNDOCUMENTED == set()
    assert set(REACHING) <= {call.name for call in OPERATIONS}


def test_growth() -> None:
    few = Counter({"SELECT a": 1, "UPDATE b": 1, "INSERT c": 1})
    assert growth_of(few, few) == {}
    assert growth_of(few, Counter({"SELECT a": 1, "UPDATE b": 2})) == {}
    many = Counter({"SELECT a": 2, "UPDATE b": 3, "INSERT c": 1})
    assert growth_of(few, many) == {"SELECT a": 1, "UPDATE b": 2}
    assert growth_of(few, Counter({"UPDATE b": 1, "INSERT c": 1})) == {"SELECT a": -1}


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("SELECT a.b \nFROM a WHERE x IN (SELECT y FROM z)", "SELECT a"),
        ("WITH n(a) AS \n(VALUES (?))\n UPDATE b SET a=n.a FROM n", "UPDATE b"),
        ("INSERT INTO a (b) VALUES (?)", "INSERT a"),
        ("DELETE FROM a WHERE b = ?", "DELETE a"),
    ],
)
def test_kinds(statement: str, kind: str) -> None:
    assert kind_of(statement) == kind
