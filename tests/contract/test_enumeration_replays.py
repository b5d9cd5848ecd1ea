"""Every POST: its `Idempotency-Key` replays the answer, and there is one effect."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
from sqlalchemy import func, select

from app.db.base import Base
from app.db.session import Database
from tests.contract.conftest import Stage
from tests.support.enumeration import Refusal, Tally, settle
from tests.support.operations import Call, calls

POSTS = [call for call in calls() if call.method == "POST"]
OTHERS = [call for call in calls() if call.method in {"PUT", "PATCH", "DELETE"}]
REUSED = Refusal(422, "idempotency_key_reused")
JSON = {"Content-Type": "application/json"}
KEPT = ("location", "etag", "content-type", "cache-control")
MARK = "idempotency-replayed"


def keyed(call: Call, key: str = "k-1") -> Call:
    return replace(call, headers={**call.headers, "Idempotency-Key": key})


def refused(call: Call) -> Call:
    """The call with a body that no operation takes."""
    return replace(call, raw=b'{"nonesuch": 1}', headers=JSON)


def shown(answer: httpx.Response) -> Any:
    """What a replay must repeat."""
    headers = {name: answer.headers.get(name) for name in KEPT}
    return answer.status_code, answer.content, headers


COUNTS = select(
    *(
        select(func.count()).select_from(table).scalar_subquery().label(table.name)
        for table in Base.metadata.sorted_tables
    )
)


async def rows(database: Database) -> dict[str, int]:
    """How many there are of each table."""
    async with database.reader() as connection:
        return dict((await connection.execute(COUNTS)).one()._mapping)


async def test_a_replay(stage: Stage, record_property: Callable[[str, object], None]) -> None:
    tally = Tally("Idempotency-Key replayed")
    for call in map(keyed, POSTS):
        async with stage.scene() as database:
            first = await call.send(stage.client)
            tally.check(call, (first.is_success, first.headers.get(MARK)), (True, None))
            before = await rows(database)
            for _ in range(2):
                again = await call.send(stage.client)
                tally.check(call, shown(again), shown(first))
                tally.check(call, again.headers.get(MARK), "true")
            tally.check(call, await rows(database), before, "rows")
    settle(tally, record_property)


async def test_a_conflict(stage: Stage, record_property: Callable[[str, object], None]) -> None:
    """The key with another body, another query, another operation; nothing changes."""
    tally = Tally("Idempotency-Key conflicting")
    for call in map(keyed, POSTS):
        async with stage.scene() as database:
            first = await call.send(stage.client)
            assert first.is_success, (call.name, first.text)
            before = await rows(database)
            elsewhere = next(each for each in POSTS if each.path != call.path)
            others = [replace(call, raw=b" {} ", headers=JSON), elsewhere]
            if "dry_run" in call.parameters:
                others.append(replace(call, query={"dry_run": "true"}))
            for other in map(keyed, others):
                tally.refused(other, await other.send(stage.client), REUSED)
            tally.check(call, await rows(database), before, "rows")
    settle(tally, record_property)


async def test_a_refusal_is_not_kept(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally("Idempotency-Key after a refusal")
    for call in POSTS:
        async with stage.scene():
            tries = [refused(call), replace(call, headers={"Authorization": ""})]
            if call.takes("IfMatch"):
                tries.append(replace(call, headers={"If-Match": '"0"'}))
            for each in map(keyed, tries):
                answer = await each.send(stage.client)
                tally.check(call, answer.is_client_error, True, answer.text[:200])
            answer = await keyed(call).send(stage.client)
            tally.check(call, (answer.is_success, MARK in answer.headers), (True, False))
    settle(tally, record_property)


async def test_a_rehearsal_is_not_kept(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally("dry_run")
    for call in [*POSTS, *OTHERS]:
        if "dry_run" not in call.parameters:
            continue
        async with stage.scene() as database:
            await stage.client.get("/v1/workspace")
            before = await rows(database)
            answer = await keyed(replace(call, query={"dry_run": "true"})).send(stage.client)
            tally.check(call, answer.is_success, True, answer.text[:200])
            tally.check(call, await rows(database), before, "rows")
            answer = await keyed(call).send(stage.client)
            tally.check(call, (answer.is_success, MARK in answer.headers), (True, False))
    settle(tally, record_property)


async def test_a_key_that_is_none(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally("Idempotency-Key malformed")
    for call in POSTS:
        for key in ("", "x" * 256, "a\tb"):
            variant = keyed(call, key)
            answer = await variant.send(stage.client)
            tally.refused(variant, answer, Refusal(422, "invalid_idempotency_key"))
    settle(tally, record_property)
