"""Another tenant's id is answered like one that exists nowhere: in every path, filter and body.

The caller is the sample workspace, in which every operation works as its example stands. The other
tenant has one row in every table.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from app.cli import sample
from app.db.base import Base, new_id
from app.domain import ids
from tests.contract.conftest import Stage
from tests.support.enumeration import count
from tests.support.operations import Call, calls, noun_of, places
from tests.support.populate import populate

Record = Callable[[str, object], None]
TABLES = {noun: f"{noun}s" for noun in ids.PREFIXES} | {
    "person": "people",
    "delivery": "deliveries",
    "audit_entry": "audit_entries",
}
OPERATIONS = calls()
IN_PATH = [call for call in OPERATIONS if any(map(noun_of, call.ids.values()))]
ANYWHERE = [each for call in OPERATIONS for each in call.filtered()]


@dataclass(frozen=True)
class Walls:
    """`theirs` and `absent`: by noun, an id of the other tenant and one of nobody."""

    client: httpx.AsyncClient
    theirs: dict[str, str]
    absent: dict[str, str]

    async def ask(self, call: Call) -> httpx.Response:
        return await call.send(self.client)

    async def both(self, call: Call, noun: str, put: Callable[[Call, str], Call]) -> httpx.Response:
        """The answer to an id of theirs, which is the one to an id of nobody."""
        known, unknown = [await self.ask(put(call, of[noun])) for of in (self.theirs, self.absent)]
        assert known.status_code == unknown.status_code, (known.text, unknown.text)
        assert sorted(known.headers) == sorted(unknown.headers)
        bodies = [
            answer.text.replace(answer.headers["x-request-id"], "").replace(of[noun], "")
            for answer, of in ((known, self.theirs), (unknown, self.absent))
        ]
        assert bodies[0] == bodies[1]
        return known


@pytest.fixture(scope="module")
async def walls(stage: Stage) -> Walls:
    async with stage.database.transaction() as session:
        await populate(await session.connection(), Base.metadata)
    theirs = {}
    async with stage.database.reader() as connection:
        for noun, name in TABLES.items():
            table = Base.metadata.tables[name]
            owner = table.c.id if noun == "workspace" else table.c.workspace_id
            query = select(table.c.id).where(owner != sample.WORKSPACE)
            value: UUID = (await connection.execute(query)).scalar_one()
            theirs[noun] = ids.encode(noun, value)
    absent = {noun: ids.encode(noun, new_id()) for noun in theirs}
    return Walls(stage.client, theirs, absent)


@pytest.mark.parametrize("call", ANYWHERE, ids=lambda call: call.name)
async def test_the_example_works_and_shows_nothing_of_theirs(walls: Walls, call: Call) -> None:
    """So the refusals below speak of the id that was put in."""
    answer = await walls.ask(call)
    assert answer.is_success, answer.text
    assert [each for each in walls.theirs.values() if each in answer.text] == []


@pytest.mark.parametrize("call", IN_PATH, ids=lambda call: call.name)
async def test_in_the_path(walls: Walls, call: Call, record_property: Record) -> None:
    """Each id of it alone, and with the valid body, so that nothing else can be wrong."""
    for name, text in call.ids.items():
        noun = noun_of(text)
        if noun is None:
            assert name in {"position", "name"}, "of a slot or a format, within what has an id"
            continue
        answer = await walls.both(
            call, noun, lambda call, other, name=name: replace(call, ids={**call.ids, name: other})
        )
        assert answer.status_code == 404, answer.text
        count(record_property, "other tenant's id in the path", call)


@pytest.mark.parametrize("call", [c for c in OPERATIONS if c.filters], ids=lambda call: call.name)
async def test_in_filters(walls: Walls, call: Call, record_property: Record) -> None:
    for name, noun in call.filters.items():
        answer = await walls.both(
            call, noun, lambda call, other, name=name: replace(call, query={name: other})
        )
        assert answer.status_code == 200
        assert answer.json()["data"] == []
        count(record_property, "other tenant's id in a filter", call)


@pytest.mark.parametrize(
    "call", [c for c in OPERATIONS if any(places(c.body))], ids=lambda call: call.name
)
async def test_in_the_body(walls: Walls, call: Call, record_property: Record) -> None:
    for noun, put in places(call.body):
        answer = await walls.both(
            call, noun, lambda call, other, put=put: replace(call, body=put(other))
        )
        if answer.status_code == httpx.codes.OK:
            # A batch that is not atomic refuses item by item.
            answered = answer.json()
            assert answered["refused"] == len(answered["results"]) > 0
        else:
            assert 400 <= answer.status_code < 500, answer.text
        count(record_property, "other tenant's id in the body", call)


async def test_as_the_acting_person(walls: Walls) -> None:
    answers = [
        await walls.client.get("/v1/groups", headers={"Hotseat-Actor": of["person"]})
        for of in (walls.theirs, walls.absent)
    ]
    assert [answer.json()["code"] for answer in answers] == ["bad_actor"] * 2
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


def test_every_noun_has_a_table() -> None:
    assert set(TABLES.values()) <= set(Base.metadata.tables)
