"""What meetings and the clock do to promises: carried, moved, overdue, reminded of."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.db.models import Commitment, Event, Meeting
from app.db.session import Database
from app.domain import ids
from app.services.commitment_dues import meetings_gone
from app.services.commitment_settling import settle_meeting
from app.services.commitments import make_commitments, mark_due_soon, mark_overdue
from tests.support.builders import made, make_cadence, make_group, promise
from tests.support.clock import ManualClock
from tests.support.events import event_types, events_of
from tests.support.statements import count_statements
from tests.support.tenants import Tenant

HOUR, A_DAY, A_WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
THE_MORNING_AFTER = datetime(2026, 11, 27, 9, tzinfo=UTC)
"""The first meeting's, at an hour at which people are told what they owe."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def hold(client: httpx.AsyncClient, clock: ManualClock, meeting: dict[str, Any]) -> None:
    """Run a meeting from its start to its end."""
    clock.set(at(meeting["starts_at"]))
    made(await client.post(f"/v1/meetings/{meeting['id']}/start"))
    clock.set(at(meeting["ends_at"]))
    made(await client.post(f"/v1/meetings/{meeting['id']}/close"))


async def read(client: httpx.AsyncClient, commitment: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = made(await client.get(f"/v1/commitments/{commitment['id']}"))
    return answer


def kinds(commitment: dict[str, Any]) -> list[str]:
    return [event["kind"] for event in commitment["history"]]


async def run_due(database: Database, tenant: Tenant, now: datetime) -> None:
    """Do what the worker would do with the commitments that are due for it."""
    columns = (
        (Commitment.overdue_due_at, mark_overdue),
        (Commitment.due_soon_due_at, mark_due_soon),
    )
    for column, mark in columns:
        query = select(Commitment.id).where(
            Commitment.workspace_id == tenant.workspace_id, column <= now
        )
        async with database.transaction() as session:
            for commitment_id in (await session.execute(query)).scalars().all():
                await mark(session, tenant.workspace_id, commitment_id, now)


async def test_a_meeting_leaves_what_is_open_overdue_and_carries_it(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    first, second = (await make_cadence(client, group["id"]))[:2]
    owner = group["memberships"][0]
    left = await promise(client, owner)
    kept = await promise(client, owner)
    made(await client.post(f"/v1/commitments/{kept['id']}/keep"))
    by_date = await promise(client, owner, due_on="2026-11-25")
    ahead = await promise(client, owner, due_on="2026-11-27")
    clock.set(at(first["starts_at"]))
    made(await client.post(f"/v1/meetings/{first['id']}/start"))
    assert (await read(client, left))["overdue"] is False, "only the close makes it overdue"
    clock.set(at(first["ends_at"]))
    made(await client.post(f"/v1/meetings/{first['id']}/close"))

    now = await read(client, left)
    assert (now["overdue"], now["carry_count"], now["due_meeting_id"]) == (True, 1, first["id"])
    assert now["due_at"] == first["ends_at"]
    assert kinds(now) == ["made", "carried"]
    assert now["history"][1]["meeting_id"] == first["id"]
    assert kinds(await read(client, by_date)) == ["made", "carried"], "overdue before it already"
    assert kinds(await read(client, ahead)) == ["made"]
    assert (await read(client, kept))["due_at"] == first["ends_at"]
    assert (await read(client, kept))["overdue"] is False
    carried = await events_of(database, tenant, "commitment.carried")
    assert sorted(data["commitment_id"] for _, data in carried) == sorted(
        [left["id"], by_date["id"]]
    )
    listed = made(await client.get("/v1/commitments", params={"overdue": "true"}))["data"]
    assert left["id"] in [each["id"] for each in listed]

    await hold(client, clock, second)
    assert (await read(client, left))["carry_count"] == 2
    assert kinds(await read(client, ahead)) == ["made", "carried"]
    assert kinds(await read(client, kept)) == ["made", "kept"]


@pytest.mark.parametrize("minutes", [-10, 0, 10])
async def test_a_promise_made_while_a_meeting_runs_is_due_at_the_next_one(
    client: httpx.AsyncClient, clock: ManualClock, minutes: int
) -> None:
    """Also where it has begun before its time, and whether or not it is named."""
    group = await make_group(client, 4)
    first, second = (await make_cadence(client, group["id"]))[:2]
    clock.set(at(first["starts_at"]) + timedelta(minutes=minutes))
    assert (await promise(client, group["memberships"][0]))["due_meeting_id"] == (
        second["id"] if minutes >= 0 else first["id"]
    )
    made(await client.post(f"/v1/meetings/{first['id']}/start"))
    for named in ({}, {"meeting_id": first["id"]}):
        promised = await promise(client, group["memberships"][0], **named)
        assert promised["due_meeting_id"] == second["id"], named


async def test_nothing_is_carried_for_whom_has_left_by_then(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    """By the date, whether the worker has come to it or not."""
    group = await make_group(client, 5)
    first, *_ = await make_cadence(client, group["id"])
    leaver, stayer = group["memberships"][:2]
    theirs, other = await promise(client, leaver), await promise(client, stayer)
    end = at(first["ends_at"])
    body = {"ends_on": end.date().isoformat()}
    made(await client.post(f"/v1/memberships/{leaver}/end", json=body))
    clock.set(end + 2 * A_DAY)
    made(await client.post(f"/v1/meetings/{first['id']}/record", json={}))
    assert kinds(await read(client, theirs)) == ["made"]
    assert kinds(await read(client, other)) == ["made", "carried"]


async def test_a_reopened_meeting_leaves_nothing_overdue_until_it_is_closed_again(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    first, second = (await make_cadence(client, group["id"]))[:2]
    owner = group["memberships"][0]
    left, kept, later = [await promise(client, owner) for _ in range(3)]
    by_date = await promise(client, owner, due_on="2026-11-25")
    await hold(client, clock, first)
    clock.set(THE_MORNING_AFTER)
    await run_due(database, tenant, clock.now())
    assert await event_types(database, tenant, "commitment.overdue") == ["commitment.overdue"] * 4
    made(await client.post(f"/v1/meetings/{first['id']}/reopen"))
    for promised in (left, kept, later):
        now = await read(client, promised)
        assert (now["overdue"], now["due_at"], now["carry_count"]) == (False, None, 1)
    assert (await read(client, by_date))["overdue"] is True, "its date has gone by all the same"
    made(await client.post(f"/v1/commitments/{kept['id']}/keep"))
    body = {"due_meeting_id": second["id"], "reason": "It was agreed in the meeting"}
    made(await client.post(f"/v1/commitments/{later['id']}/renegotiate", json=body))
    closing = made(await client.post(f"/v1/meetings/{first['id']}/close"))["closing"]
    carried = [each["commitment_id"] for each in closing["commitments_carried"]]
    assert carried == sorted([left["id"], by_date["id"]])
    shown = [await read(client, promised) for promised in (left, kept, later, by_date)]
    assert [each["overdue"] for each in shown] == [True, False, False, True]
    assert [each["due_at"] for each in shown[:3]] == [first["ends_at"]] * 2 + [None]
    assert kinds(shown[0]) == ["made", "carried"]
    updated = await events_of(database, tenant, "commitment.updated")
    assert [(data["commitment_id"], data["overdue"]) for _, data in updated] == [
        *((promised["id"], False) for promised in (left, kept, later)),
        (left["id"], True),
    ]


async def test_closing_again_after_a_correction_tells_only_what_is_new(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    first = (await make_cadence(client, group["id"]))[0]
    left = await promise(client, group["memberships"][0])
    await hold(client, clock, first)
    clock.set(THE_MORNING_AFTER)
    await run_due(database, tenant, clock.now())
    made(await client.post(f"/v1/meetings/{first['id']}/reopen"))
    made(await client.post(f"/v1/meetings/{first['id']}/close"))
    for _ in range(2):
        await run_due(database, tenant, clock.advance(HOUR))
    assert kinds(await read(client, left)) == ["made", "carried"]
    assert (await read(client, left))["carry_count"] == 1
    assert await event_types(database, tenant, "commitment.carried") == ["commitment.carried"]
    assert await event_types(database, tenant, "commitment.overdue") == ["commitment.overdue"]


async def test_a_reopening_before_anybody_was_told_delays_it_only(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    first = (await make_cadence(client, group["id"]))[0]
    left = await promise(client, group["memberships"][0])
    await hold(client, clock, first)
    await run_due(database, tenant, clock.now())
    made(await client.post(f"/v1/meetings/{first['id']}/reopen"))
    clock.set(THE_MORNING_AFTER)
    await run_due(database, tenant, clock.now())
    assert (await read(client, left))["overdue"] is False
    assert await event_types(database, tenant, "commitment.overdue") == []
    made(await client.post(f"/v1/meetings/{first['id']}/close"))
    await run_due(database, tenant, clock.now())
    assert await event_types(database, tenant, "commitment.overdue") == ["commitment.overdue"]


async def test_a_cancelled_meeting_passes_its_dues_on(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    first, second = (await make_cadence(client, group["id"]))[:2]
    waiting = await promise(client, group["memberships"][0])
    kept = await promise(client, group["memberships"][0])
    made(await client.post(f"/v1/commitments/{kept['id']}/keep"))
    made(await client.post(f"/v1/meetings/{first['id']}/cancel"))
    for commitment in (waiting, kept):
        now = await read(client, commitment)
        assert now["due_meeting_id"] == second["id"]
        assert now["history"][-1]["kind"] == "moved"
        assert now["history"][-1]["due_meeting_id"] == second["id"]
    told = await events_of(database, tenant, "commitment.moved")
    assert [data["commitment_id"] for _, data in told] == [waiting["id"]], "the kept one is quiet"
    async with database.reader() as reader:
        query = select(Commitment.due_soon_due_at).where(
            Commitment.workspace_id == tenant.workspace_id, Commitment.state == "open"
        )
        assert (await reader.execute(query)).scalar_one() == at(second["starts_at"]) - A_DAY


async def test_a_lapsed_meeting_passes_its_dues_on_and_gets_them_back_when_it_is_recorded(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    first, second, third = (await make_cadence(client, group["id"]))[:3]
    waiting = await promise(client, group["memberships"][0])
    anew = await promise(client, group["memberships"][1])
    clock.set(at(first["starts_at"]) + 2 * HOUR)
    await lapse(database, tenant, first, clock)
    assert (await read(client, waiting))["due_meeting_id"] == second["id"]
    assert (await read(client, waiting))["overdue"] is False
    made(
        await client.post(
            f"/v1/commitments/{anew['id']}/renegotiate",
            json={"due_meeting_id": third["id"], "reason": "Ill"},
        )
    )
    answer = await client.post(
        f"/v1/meetings/{first['id']}/record",
        json={"commitments": [{"membership_id": group["memberships"][2], "title": "Call"}]},
    )
    assert answer.status_code == 200, answer.text
    now = await read(client, waiting)
    assert kinds(now) == ["made", "moved", "moved", "carried"]
    assert (now["due_meeting_id"], now["overdue"]) == (first["id"], True)
    assert (await read(client, anew))["due_meeting_id"] == third["id"], "promised since"
    new = made(
        await client.get("/v1/commitments", params={"membership_id": group["memberships"][2]})
    )
    (call,) = new["data"]
    assert (call["meeting_id"], call["due_meeting_id"]) == (first["id"], second["id"])
    assert call["made_at"] == first["ends_at"]


async def lapse(
    database: Database, tenant: Tenant, meeting: dict[str, Any], clock: ManualClock
) -> None:
    async with database.transaction() as session:
        row = await session.get(
            Meeting, (tenant.workspace_id, ids.decode("meeting", meeting["id"]))
        )
        assert row is not None
        row.state = "lapsed"
        await session.flush()
        await meetings_gone(session, tenant.workspace_id, [row], clock.now())


async def test_nobody_is_told_of_history_that_is_filled_in(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, 4, active=False)
    members = group["memberships"]
    clock.advance(4 * A_WEEK)
    past = [
        made(
            await client.post(
                "/v1/meetings",
                json={
                    "group_id": group["id"],
                    "local_start": f"2026-{day}T19:30:00",
                    "duration_minutes": 90,
                    "backfill": True,
                },
            )
        )
        for day in ("11-26", "12-03")
    ]
    told = {"commitments": [{"membership_id": members[0], "title": "Write"}]}
    for meeting, body in zip(past, (told, {}), strict=True):
        made(await client.post(f"/v1/meetings/{meeting['id']}/record", json=body))
    (commitment,) = made(await client.get("/v1/commitments", params={"overdue": "true"}))["data"]
    now = await read(client, commitment)
    assert (kinds(now), now["due_meeting_id"]) == (["made", "carried"], past[1]["id"])
    assert now["made_at"] == past[0]["ends_at"]
    await run_due(database, tenant, clock.now() + 3 * HOUR)
    assert await event_types(database, tenant, "commitment.") == []


async def test_without_a_next_meeting_a_date_takes_its_place(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    meetings = await make_cadence(client, group["id"])
    soon = await promise(client, group["memberships"][0])
    late = await promise(client, group["memberships"][0], due_meeting_id=meetings[9]["id"])
    made(await client.post(f"/v1/groups/{group['id']}/close"))
    assert (await read(client, soon))["due_on"] == "2026-12-07", "two weeks at the least"
    assert (await read(client, late))["due_on"] == meetings[9]["local_start"][:10]
    assert (await read(client, late))["due_meeting_id"] is None


async def test_a_pause_moves_what_is_due_in_it_to_the_first_meeting_after(
    client: httpx.AsyncClient,
) -> None:
    group = await make_group(client, 4)
    meetings = await make_cadence(client, group["id"])
    owner = group["memberships"][0]
    before = await promise(client, owner, due_on="2026-11-29")
    inside = await promise(client, owner, due_on="2026-11-30")
    at_meeting = await promise(client, owner, due_meeting_id=meetings[1]["id"])
    pause = {"from": "2026-11-30", "until": "2026-12-06"}
    made(await client.post(f"/v1/groups/{group['id']}/pause", json=pause))
    assert (await read(client, before))["due_on"] == "2026-11-29"
    for commitment in (inside, at_meeting):
        now = await read(client, commitment)
        assert (now["due_meeting_id"], kinds(now)) == (meetings[2]["id"], ["made", "moved"])


async def test_who_leaves_is_overdue_but_not_carried_for_ever(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client, 5)
    first = (await make_cadence(client, group["id"]))[0]
    left = await promise(client, group["memberships"][0])
    clock.advance(A_DAY)
    leaving = f"/v1/memberships/{group['memberships'][0]}/end"
    made(await client.post(leaving, json={"ends_on": "2026-11-23"}))
    await hold(client, clock, first)
    now = await read(client, left)
    assert (now["overdue"], now["carry_count"]) == (True, 0)


async def test_a_date_is_overdue_at_midnight_and_told_of_in_the_morning(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, 1, active=False)
    commitment = await promise(client, group["memberships"][0], due_on="2026-11-24")
    steps = [
        ("2026-11-24T23:59:59+00:00", False, []),
        ("2026-11-25T00:00:00+00:00", True, []),
        ("2026-11-25T08:59:00+00:00", True, []),
        ("2026-11-25T09:00:00+00:00", True, ["commitment.overdue"]),
        ("2026-11-25T12:00:00+00:00", True, ["commitment.overdue"]),
    ]
    for moment, overdue, told in steps:
        clock.set(at(moment))
        await run_due(database, tenant, clock.now())
        await run_due(database, tenant, clock.now())
        assert (await read(client, commitment))["overdue"] is overdue, moment
        assert await event_types(database, tenant, "commitment.overdue") == told, moment
    where = f"/v1/commitments/{commitment['id']}"
    assert made(await client.post(f"{where}/keep"))["overdue"] is False
    assert made(await client.post(f"{where}/reopen"))["overdue"] is True
    await run_due(database, tenant, clock.advance(A_DAY))
    assert await event_types(database, tenant, "commitment.overdue") == ["commitment.overdue"]


async def test_a_reminder_comes_once_a_day_ahead_and_expires(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    first = (await make_cadence(client, group["id"]))[0]
    at_meeting = await promise(client, group["memberships"][0])
    on_day = await promise(client, group["memberships"][0], due_on="2026-11-27")
    ended = await promise(client, group["memberships"][0])
    made(await client.post(f"/v1/commitments/{ended['id']}/keep"))
    starts_at = at(first["starts_at"])
    for moment in (starts_at - A_DAY - HOUR, starts_at - A_DAY, starts_at - A_DAY + HOUR):
        clock.set(moment)
        await run_due(database, tenant, moment)
    told = await events_of(database, tenant, "commitment.due_soon")
    assert [data["commitment_id"] for _, data in told] == [at_meeting["id"]]
    clock.set(at("2026-11-26T20:00:30+00:00"))
    await run_due(database, tenant, clock.now())
    told = await events_of(database, tenant, "commitment.due_soon")
    assert [data["commitment_id"] for _, data in told] == [at_meeting["id"], on_day["id"]]
    async with database.reader() as reader:
        query = (
            select(Event.expires_at)
            .where(Event.workspace_id == tenant.workspace_id, Event.type == "commitment.due_soon")
            .order_by(Event.id)
        )
        expiries = (await reader.execute(query)).scalars().all()
    assert expiries == [starts_at, datetime(2026, 11, 28, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("woken", "told"),
    [
        ("2026-11-26T21:30:00+00:00", []),  # night: the next morning
        ("2026-11-28T00:00:00+00:00", []),  # too late for good
    ],
)
async def test_a_late_reminder_waits_for_the_morning_or_stays_away(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    clock: ManualClock,
    woken: str,
    told: list[str],
) -> None:
    group = await make_group(client, 1, active=False)
    await promise(client, group["memberships"][0], due_on="2026-11-27")
    await run_due(database, tenant, at(woken))
    assert await event_types(database, tenant, "commitment.due_soon") == told
    await run_due(database, tenant, at("2026-11-27T09:00:00+00:00"))
    wanted = ["commitment.due_soon"] if woken < "2026-11-27" else []
    assert await event_types(database, tenant, "commitment.due_soon") == wanted


async def test_a_reminder_follows_its_meeting(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    first = (await make_cadence(client, group["id"]))[0]
    await promise(client, group["memberships"][0])
    earlier = {"local_start": "2026-11-25T12:00:00"}
    made(await client.post(f"/v1/meetings/{first['id']}/reschedule", json=earlier))
    await run_due(database, tenant, at("2026-11-24T11:59:00+00:00"))
    assert await event_types(database, tenant, "commitment.due_soon") == []
    await run_due(database, tenant, at("2026-11-24T12:00:00+00:00"))
    assert await event_types(database, tenant, "commitment.due_soon") == ["commitment.due_soon"]


async def test_a_meeting_that_moves_by_an_hour_is_no_second_reminder(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    first = (await make_cadence(client, group["id"]))[0]
    await promise(client, group["memberships"][0])
    where = f"/v1/meetings/{first['id']}/reschedule"
    clock.set(at("2026-11-25T19:30:00+00:00"))
    moves = [
        ("2026-11-26T19:45:00", "2026-11-25T19:45:00+00:00", 1),
        ("2026-11-26T20:30:00", "2026-11-25T20:00:00+00:00", 1),
        ("2026-12-01T19:30:00", "2026-11-30T19:30:00+00:00", 2),
        ("2026-12-04T19:30:00", "2026-11-30T19:40:00+00:00", 2),  # by mistake
        ("2026-12-01T20:30:00", "2026-11-30T20:30:00+00:00", 2),
        ("2026-12-01T19:00:00", "2026-12-01T18:00:00+00:00", 2),
        ("2026-12-02T08:00:00", "2026-12-01T18:30:00+00:00", 2),
        ("2026-12-03T08:00:00", "2026-12-01T20:00:00+00:00", 3),  # two nights before it
        ("2026-12-03T22:00:00", "2026-12-02T20:00:00+00:00", 3),
    ]
    await run_due(database, tenant, clock.now())
    for local_start, then, reminders in moves:
        made(await client.post(where, json={"local_start": local_start}))
        clock.set(at(then))
        await run_due(database, tenant, clock.now())
        await run_due(database, tenant, clock.now())
        told = await event_types(database, tenant, "commitment.due_soon")
        assert len(told) == reminders, local_start


async def test_what_was_told_of_is_not_told_again_by_a_verb(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    """Whoever promises another day is reminded of that."""
    group = await make_group(client, 4)
    first = (await make_cadence(client, group["id"]))[0]
    promised = await promise(client, group["memberships"][0])
    where = f"/v1/commitments/{promised['id']}"
    clock.set(at("2026-11-25T19:30:00+00:00"))
    await run_due(database, tenant, clock.now())
    later = {"local_start": "2026-11-26T20:30:00"}
    made(await client.post(f"/v1/meetings/{first['id']}/reschedule", json=later))
    made(await client.post(f"{where}/keep"))
    made(await client.post(f"{where}/reopen"))
    told = "commitment.due_soon"
    steps = [
        ("2026-12-04", "2026-11-25T19:35:00", 1),  # by mistake
        ("2026-11-26", "2026-11-25T20:00:00", 1),
        ("2026-11-27", "2026-11-26T20:00:00", 2),
    ]
    for due_on, moment, reminders in steps:
        body = {"due_on": due_on, "reason": "It takes longer"}
        made(await client.post(f"{where}/renegotiate", json=body))
        for minutes in (0, 10):
            clock.set(at(f"{moment}+00:00") + timedelta(minutes=minutes))
            await run_due(database, tenant, clock.now())
        assert await event_types(database, tenant, told) == [told] * reminders, due_on


async def test_a_due_that_the_schedule_moves_is_told_of_anew(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    first, second = (await make_cadence(client, group["id"]))[:2]
    promised = await promise(client, group["memberships"][0])
    clock.set(at(first["starts_at"]) - A_DAY)
    await run_due(database, tenant, clock.now())
    body = {"reason": "Flu"}
    made(await client.post(f"/v1/meetings/{first['id']}/cancel", json=body))
    assert (await read(client, promised))["due_meeting_id"] == second["id"]
    clock.set(at(second["starts_at"]) - A_DAY)
    await run_due(database, tenant, clock.now())
    assert await event_types(database, tenant, "commitment.due_soon") == ["commitment.due_soon"] * 2


async def test_an_ending_by_mistake_keeps_nothing_overdue_secret(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, 1, active=False)
    promised = await promise(client, group["memberships"][0], due_on="2026-11-24")
    where = f"/v1/commitments/{promised['id']}"
    made(await client.post(f"{where}/keep"))
    clock.set(at("2026-11-25T22:00:00+00:00"))
    await run_due(database, tenant, clock.now())
    made(await client.post(f"{where}/reopen", json={"reason": "It was another one"}))
    steps = [("25T22:01", 0), ("26T08:59", 0), ("26T09:00", 1), ("26T12:00", 1)]
    for moment, times in steps:
        await run_due(database, tenant, at(f"2026-11-{moment}:00+00:00"))
        told = await event_types(database, tenant, "commitment.overdue")
        assert told == ["commitment.overdue"] * times, moment


async def test_reminders_come_at_an_hour_of_where_the_owner_has_moved_to(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    """The due stays as it was promised in London: only the hours are those of the new zones."""
    group = await make_group(client, 2, active=False)
    for owner in group["memberships"]:
        await promise(client, owner, due_on="2026-11-26")
    for person, zone in zip(group["people"], ("Asia/Kolkata", "Pacific/Honolulu"), strict=True):
        made(await client.patch(f"/v1/people/{person}", json={"time_zone": zone}))
    steps = [
        ("25T20:00", 1, 0),  # 01:30 in Kolkata, 10:00 in Honolulu
        ("26T03:29", 1, 0),
        ("26T03:30", 2, 0),  # 09:00 in Kolkata
        ("26T23:59", 2, 0),
        ("27T00:00", 2, 1),  # 14:00 in Honolulu
        ("27T03:29", 2, 1),
        ("27T03:30", 2, 2),
    ]
    for moment, due_soon, overdue in steps:
        await run_due(database, tenant, at(f"2026-11-{moment}:00+00:00"))
        told = await event_types(database, tenant, "commitment.")
        found = (told.count("commitment.due_soon"), told.count("commitment.overdue"))
        assert found == (due_soon, overdue), moment


async def test_reminders_follow_the_owners_clock_across_a_change(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    """New York's clocks go forward on 14 March 2027; 20:00 there is 01:00 UTC, then 00:00."""
    group = await make_group(client, 1, active=False)
    owner = group["people"][0]
    made(await client.patch(f"/v1/people/{owner}", json={"time_zone": "America/New_York"}))
    for day in ("2027-03-14", "2027-03-15"):
        await promise(client, group["memberships"][0], due_on=day)
    steps = [
        ("2027-03-14T00:59:00+00:00", 0, 0),
        ("2027-03-14T01:00:00+00:00", 1, 0),
        ("2027-03-14T23:59:00+00:00", 1, 0),
        ("2027-03-15T00:00:00+00:00", 2, 0),
        ("2027-03-15T12:59:00+00:00", 2, 0),  # overdue since 04:00, and it is 08:59 there
        ("2027-03-15T13:00:00+00:00", 2, 1),
        ("2027-03-16T12:59:00+00:00", 2, 1),
        ("2027-03-16T13:00:00+00:00", 2, 2),
        ("2027-03-20T13:00:00+00:00", 2, 2),
    ]
    for moment, due_soon, overdue in steps:
        for _ in range(2):
            await run_due(database, tenant, at(moment))
        told = await event_types(database, tenant, "commitment.")
        assert told.count("commitment.due_soon") == due_soon, moment
        assert told.count("commitment.overdue") == overdue, moment


@pytest.mark.parametrize("deed", ["make", "gone", "settle"])
async def test_the_statements_do_not_grow_with_the_promises(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock, deed: str
) -> None:
    counts = [
        await _statements(client, database, tenant, clock, deed, promises) for promises in (1, 30)
    ]
    assert counts[0] == counts[1]


async def _statements(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    clock: ManualClock,
    deed: str,
    promises: int,
) -> int:
    clock.set(datetime(2026, 11, 23, 9, tzinfo=UTC))
    group = await make_group(client, 4)
    first = (await make_cadence(client, group["id"]))[0]
    group_id = ids.decode("group", group["id"])
    members = [ids.decode("membership", each) for each in group["memberships"]]
    items = [{"membership_id": members[number % 4], "title": "Write"} for number in range(promises)]
    workspace_id, now = tenant.workspace_id, clock.now()
    async with database.transaction() as session:
        if deed == "make":
            with count_statements(database) as counted:
                await make_commitments(session, workspace_id, group_id, items, now)
                await session.flush()
            return counted.count
        await make_commitments(session, workspace_id, group_id, items, now)
    async with database.transaction() as session:
        meeting = await session.get(Meeting, (workspace_id, ids.decode("meeting", first["id"])))
        assert meeting is not None
        meeting.state = "held" if deed == "settle" else "cancelled"
        meeting.closed_at = meeting.ends_at
        await session.flush()
        with count_statements(database) as counted:
            if deed == "settle":
                await settle_meeting(session, workspace_id, meeting, meeting.ends_at)
            else:
                await meetings_gone(session, workspace_id, [meeting], now)
            await session.flush()
    event = {"settle": "commitment.carried", "gone": "commitment.moved"}[deed]
    assert len(await event_types(database, tenant, event)) in {1, promises + 1}
    return counted.count
