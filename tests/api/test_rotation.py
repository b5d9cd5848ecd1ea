"""The rotation over the API: ledger, plan, bound, history, what if, opening credits."""

from collections import Counter
from collections.abc import Awaitable
from typing import Any

import httpx
import pytest

from app.db.session import Database
from tests.support.builders import made, without_change
from tests.support.clock import ManualClock
from tests.support.rotation import Rotation, make_rotation
from tests.support.statements import count_statements
from tests.support.tenants import Tenant


@pytest.fixture
async def rotation(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> Rotation:
    return await make_rotation(client, database, tenant, clock, weeks=6)


async def _view(rotation: Rotation) -> dict[str, Any]:
    path = f"/v1/groups/{rotation.group_id}/rotation"
    view: dict[str, Any] = made(await rotation.client.get(path))
    return view


async def _post(rotation: Rotation, verb: str, **body: Any) -> httpx.Response:
    path = f"/v1/groups/{rotation.group_id}/rotation/{verb}"
    return await rotation.client.post(path, json=body)


async def test_a_group_that_never_met(rotation: Rotation, other_client: httpx.AsyncClient) -> None:
    view = await _view(rotation)
    assert [line["membership_id"] for line in view["ledger"]] == rotation.members
    assert {line["credit"] for line in view["ledger"]} == {0}
    assert view["settings"] == {
        "hot_seats_per_meeting": 2,
        "calm": False,
        "price_announced": None,
        "price_planned": None,
        "urgent_guard": -1.25,
        "roles": ["facilitator", "timekeeper", "scribe"],
    }
    assert [meeting["meeting_id"] for meeting in view["plan"]] == rotation.meetings
    seats = [seat for meeting in view["plan"] for seat in meeting["hot_seats"]]
    assert [seat["hot_seat_id"] for seat in seats] == [s["id"] for s in await rotation.seats()]
    assert all(seat["reason"]["text"].startswith("due ") for seat in seats)
    assert view["bound"] == {"smallest_share": pytest.approx(1 / 3, abs=1e-6), "meetings": 5}
    assert view["fairness"] == {
        "meetings_held": 0,
        "largest_credit": 0,
        "largest_credit_now": 0,
        "longest_wait": 0,
        "taken_away": {
            "meetings": 0,
            "seats": 0,
            "announced": 0,
            "seats_per_meeting": None,
            "announced_per_meeting": None,
        },
    }
    path = f"/v1/groups/{rotation.group_id}/rotation"
    assert (await other_client.get(path)).status_code == 404
    assert (await other_client.get(f"{path}/history")).status_code == 404
    assert (await other_client.post(f"{path}/preview", json={})).status_code == 404


async def test_the_bound_and_who_is_first_in_line_while_a_meeting_runs(rotation: Rotation) -> None:
    await rotation.start(rotation.meetings[0])
    first, second = await rotation.seats(rotation.meetings[0])
    await rotation.do(first["id"], "start")
    await rotation.do(first["id"], "finish")
    assert (await _view(rotation))["bound"]["meetings"] == 5, "two hot seats, of which one was had"

    await rotation.do(second["id"], "skip", because="absent")
    lines = {line["membership_id"]: line for line in (await _view(rotation))["ledger"]}
    assert not lines[second["membership_id"]]["first_in_line"]
    substitute = (await rotation.seats(rotation.meetings[0], state="announced"))[0]
    await rotation.do(substitute["id"], "skip", because="no_time")
    lines = {line["membership_id"]: line for line in (await _view(rotation))["ledger"]}
    assert lines[substitute["membership_id"]]["first_in_line"]


async def test_held_meetings_make_the_ledger(rotation: Rotation) -> None:
    seated = []
    for week in range(2):
        seated.append((await rotation.plan())[week])
        await rotation.hold(rotation.meetings[week])
    first, second = seated
    view = await _view(rotation)
    lines = {line["membership_id"]: line for line in view["ledger"]}
    for member, line in lines.items():
        got = (member in first) + (member in second)
        assert line["got"] == got
        assert line["credit"] == pytest.approx(2 / 3 - got, abs=1e-6)
        assert (line["attended"], line["due"]) == (2, pytest.approx(2 / 3, abs=1e-6))
        assert line["waited"] == (0 if member in second else 1 if member in first else 2)
    assert sum(line["credit"] for line in lines.values()) == pytest.approx(0, abs=1e-5)
    assert view["fairness"]["meetings_held"] == 2
    assert view["fairness"]["largest_credit"] == pytest.approx(2 / 3, abs=1e-6)
    assert view["fairness"]["longest_wait"] == 2
    assert [meeting["meeting_id"] for meeting in view["plan"]] == rotation.meetings[2:]


async def test_hot_seats_that_are_taken_away_are_counted(rotation: Rotation) -> None:
    """From whoever could still have come: not from the absent, and not what was given up."""
    counted = Counter(seats=0, announced=0)

    async def after(*calls: Awaitable[Any], given_up: set[tuple[str, str]]) -> None:
        before = await rotation.plan()
        for call in calls:
            await call
        for week, (had, has) in enumerate(zip(before, await rotation.plan(), strict=True)):
            meeting = rotation.meetings[week]
            taken = {(meeting, who) for who in had if who not in has} - given_up
            counted.update(seats=len(taken), announced=len(taken) * (week < 3))
        shown = (await _view(rotation))["fairness"]["taken_away"]
        assert Counter({name: shown[name] for name in ("seats", "announced")}) == counted

    first, second, third, _, fifth, last = rotation.meetings
    seats = {week: await rotation.seats(meeting) for week, meeting in enumerate(rotation.meetings)}
    one, other = seats[1][0], seats[2][0]
    plan = await rotation.plan()
    free = next(m for m in rotation.members if m not in plan[4])

    async def urgent(meeting: str, member: str, **terms: Any) -> None:
        path = f"/v1/meetings/{meeting}/urgent_requests"
        asked = made(await rotation.client.post(path, json={"membership_id": member}))
        grant = f"/v1/urgent_requests/{asked['id']}/grant"
        made(await rotation.client.post(grant, json={"overrule_because": "By lot", **terms}))

    async def hears(meeting: str, member: str) -> None:
        path = f"/v1/meetings/{meeting}/attendance/{member}"
        made(await rotation.client.put(path, json={"status": "absent"}))

    gone = (first, seats[0][0]["membership_id"])
    await after(hears(*gone), given_up={gone})
    await after(urgent(fifth, free), given_up=set())
    assert counted["seats"] > 0, "an urgent seat has taken somebody's"
    covered = (third, other["membership_id"])
    plan = await rotation.plan()
    taker = next(m for m in rotation.members if m not in plan[2])
    await after(rotation.do(other["id"], "cover", membership_id=taker), given_up={covered})
    passed = (second, one["membership_id"])
    await after(rotation.do(one["id"], "pass"), given_up={passed})
    [early, *_] = [s for s in await rotation.seats(first) if s["state"] == "announced"]
    yields = {"yields_hot_seat_id": early["id"]}
    plan = await rotation.plan()
    asker = next(m for m in rotation.members if m not in {gone[1], *plan[0]})
    gives = (first, early["membership_id"])
    await after(urgent(first, asker, **yields), given_up={gives})
    await after(
        rotation.client.post(f"/v1/meetings/{last}/cancel"),
        given_up={(last, who) for who in (await rotation.plan())[5]},
    )

    await rotation.hold(first)
    shown = (await _view(rotation))["fairness"]["taken_away"]
    assert shown["meetings"] == 1
    assert shown["seats_per_meeting"] == shown["seats"] > 0
    await rotation.hold(second)
    shown = (await _view(rotation))["fairness"]["taken_away"]
    assert shown["seats_per_meeting"] == pytest.approx(shown["seats"] / 2)
    assert shown["announced_per_meeting"] == pytest.approx(shown["announced"] / 2)


async def test_history_tells_each_meetings_shares(rotation: Rotation) -> None:
    away = rotation.members[5]
    await rotation.absent(rotation.meetings[1], away)
    for meeting in rotation.meetings[:3]:
        await rotation.hold(meeting)
    path = f"/v1/groups/{rotation.group_id}/rotation/history"
    held = made(await rotation.client.get(path))["data"]
    assert [each["meeting_id"] for each in held] == rotation.meetings[2::-1]
    for each in held:
        assert each["hot_seats"] == 2
        assert sum(member["share"] for member in each["members"]) == pytest.approx(2, abs=1e-5)
        assert sum(member["seated"] for member in each["members"]) == 2
    assert len(held[1]["members"]) == 5
    assert away not in {member["membership_id"] for member in held[1]["members"]}
    assert {member["share"] for member in held[1]["members"]} == {0.4}
    credits_now = {
        line["membership_id"]: line["credit"] for line in (await _view(rotation))["ledger"]
    }
    assert {m["membership_id"]: m["credit"] for m in held[0]["members"]} == credits_now

    paged: list[Any] = []
    cursor: dict[str, str] = {}
    while len(paged) < 3:
        page = made(await rotation.client.get(path, params={"limit": "1", **cursor}))
        paged += page["data"]
        cursor = {"cursor": page["next_cursor"]}
    assert paged == held
    assert cursor == {"cursor": None}


async def test_reading_takes_a_fixed_number_of_statements(
    rotation: Rotation, database: Database
) -> None:
    counts = []
    for meeting in rotation.meetings[:2]:
        await rotation.hold(meeting)
        with count_statements(database) as counted:
            await _view(rotation)
        counts.append(counted.count)
    assert counts[0] == counts[1]


async def test_a_preview_shows_an_absence_and_changes_nothing(rotation: Rotation) -> None:
    meeting = rotation.meetings[0]
    holder, other = (await rotation.plan())[0]
    before = await rotation.versions()
    absence = {"meeting_id": meeting, "membership_id": holder}
    shown = made(await _post(rotation, "preview", absences=[absence]))
    first = shown["meetings"][0]
    assert first["gone"] == [holder]
    seated = {seat["membership_id"]: seat for seat in first["hot_seats"]}
    assert len(seated) == 2
    assert not seated[other]["is_new"]
    assert sum(seat["is_new"] for seat in seated.values()) == 1
    assert await rotation.versions() == before

    await rotation.absent(meeting, holder)
    await rotation.replan()
    assert [
        [seat["membership_id"] for seat in each["hot_seats"]] for each in shown["meetings"]
    ] == await rotation.plan(), "as it then comes"


async def test_a_preview_without_a_wish_is_the_plan(rotation: Rotation) -> None:
    shown = made(await _post(rotation, "preview"))
    assert [
        [seat["membership_id"] for seat in each["hot_seats"]] for each in shown["meetings"]
    ] == await rotation.plan()
    assert not any(each["gone"] for each in shown["meetings"])
    assert sum(line["credit"] for line in shown["credits"]) == pytest.approx(0, abs=1e-5)


async def test_a_preview_of_members_weights_and_settings(rotation: Rotation) -> None:
    light, leaver = rotation.members[0], rotation.members[1]
    shown = made(
        await _post(
            rotation,
            "preview",
            weights=[{"membership_id": light, "weight": 0.1}],
            leaving=[{"membership_id": leaver, "ends_on": "2026-12-02"}],
            joining=[{"name": "Owen Barfield", "starts_on": "2026-12-02"}],
            hot_seats_per_meeting=3,
            calm=True,
        )
    )
    assert [len(each["hot_seats"]) for each in shown["meetings"]] == [3] * 6
    later = [seat for each in shown["meetings"][2:] for seat in each["hot_seats"]]
    assert leaver not in {seat["membership_id"] for seat in later}
    newcomer = [seat for seat in later if seat["name"] == "Owen Barfield"]
    assert newcomer
    assert newcomer[0]["membership_id"] is None
    assert {line["name"]: line["membership_id"] for line in shown["credits"]}[
        "Owen Barfield"
    ] is None
    assert (await _view(rotation))["settings"]["hot_seats_per_meeting"] == 2


@pytest.mark.parametrize(
    ("setting", "moves"),
    [
        ({}, False),
        ({"calm": True}, False),
        ({"calm": False}, True),
        ({"price_announced": 0}, True),
        ({"price_announced": 0, "price_planned": 0}, True),
        ({"price_announced": 1000, "price_planned": 1000, "calm": True}, False),
        ({"hot_seats_per_meeting": 1}, True),
        ({"hot_seats_per_meeting": 3}, True),
        ({"urgent_guard": -1}, False),
    ],
)
async def test_a_preview_of_a_setting_is_the_plan_under_it(
    rotation: Rotation, setting: dict[str, Any], *, moves: bool
) -> None:
    """A calm group keeps a plan that opening credits have made a little unfair."""
    group = f"/v1/groups/{rotation.group_id}"
    made(await rotation.client.patch(group, json={"rotation": {"calm": True}}))
    published = await rotation.plan()
    credits_ = [
        {"membership_id": rotation.members[4], "credit": 0.4},
        {"membership_id": rotation.members[0], "credit": -0.4},
    ]
    made(await _post(rotation, "opening", as_of="2026-11-20", credits=credits_))
    assert await rotation.plan() == published
    before, seen = await rotation.versions(), await _view(rotation)
    shown = made(await _post(rotation, "preview", **setting))
    would_be = [[seat["membership_id"] for seat in each["hot_seats"]] for each in shown["meetings"]]
    assert (would_be != published) == moves
    assert await rotation.versions() == before
    assert await _view(rotation) == seen

    made(await rotation.client.patch(group, json={"rotation": setting}))
    assert await rotation.plan() == would_be


async def test_a_preview_of_weights_is_the_plan_under_them(rotation: Rotation) -> None:
    heavy = rotation.members[5]
    shown = made(await _post(rotation, "preview", weights=[{"membership_id": heavy, "weight": 4}]))
    would_be = [[seat["membership_id"] for seat in each["hot_seats"]] for each in shown["meetings"]]
    assert would_be != await rotation.plan()
    made(await rotation.client.patch(f"/v1/memberships/{heavy}", json={"weight": 4}))
    assert await rotation.plan() == would_be


async def test_a_preview_says_whether_the_guard_would_grant_an_urgent_seat(
    rotation: Rotation,
) -> None:
    member = (await rotation.plan())[0][0]
    await rotation.hold(rotation.meetings[0])
    wish = {"urgent": [{"meeting_id": rotation.meetings[1], "membership_id": member}]}
    [refused] = made(await _post(rotation, "preview", **wish))["urgent"]
    assert (refused["granted"], refused["reason"]["code"]) == (False, "urgent_beyond_guard")
    assert refused["reason"]["params"] == {"credit_after": -1.33, "guard": -1.25}
    assert refused["needs_yield"], "it is announced"
    [granted] = made(await _post(rotation, "preview", urgent_guard=-2, **wish))["urgent"]
    assert (granted["granted"], granted["reason"]["code"]) == (True, "urgent_granted")
    assert (await _view(rotation))["settings"]["urgent_guard"] == -1.25
    made(
        await rotation.client.patch(
            f"/v1/groups/{rotation.group_id}", json={"rotation": {"urgent_guard": -3}}
        )
    )
    [by_group] = made(await _post(rotation, "preview", **wish))["urgent"]
    assert by_group["reason"]["params"]["guard"] == -3


async def test_a_preview_of_urgent_hot_seats(rotation: Rotation) -> None:
    meeting = rotation.meetings[3]
    others = [m for m in rotation.members if m not in (await rotation.plan())[3]]
    urgent = [{"meeting_id": meeting, "membership_id": member} for member in others]
    shown = made(await _post(rotation, "preview", urgent=urgent[:2]))
    assert [each["needs_yield"] for each in shown["urgent"]] == [False, False]
    seated = {seat["membership_id"]: seat["pinned"] for seat in shown["meetings"][3]["hot_seats"]}
    assert seated == dict.fromkeys(others[:2], True)
    full = await _post(rotation, "preview", urgent=urgent[:3])
    assert (full.status_code, full.json()["code"]) == (409, "no_seat_left")


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (
            {"weights": [{"membership_id": "mbr_01h455vb4pex5vsknk084sn02q", "weight": 1}]},
            "unknown_membership",
            "/weights/0/membership_id",
        ),
        ({"calm": "perhaps"}, "validation_failed", "/calm"),
        ({"weather": "fine"}, "validation_failed", "/weather"),
    ],
)
async def test_a_preview_of_what_is_not_there(
    rotation: Rotation, body: dict[str, Any], code: str, pointer: str
) -> None:
    refused = await _post(rotation, "preview", **body)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_a_group_brings_its_credits_along(rotation: Rotation) -> None:
    owed, owes = rotation.members[4], rotation.members[0]
    credits_ = [
        {"membership_id": owed, "credit": 0.9},
        {"membership_id": owes, "credit": -0.9},
    ]
    opened = made(await _post(rotation, "opening", as_of="2026-11-20", credits=credits_))
    assert opened["opening_on"] == "2026-11-20"
    assert without_change(opened) == await _view(rotation)
    lines = {line["membership_id"]: line["credit"] for line in opened["ledger"]}
    assert (lines[owed], lines[owes], lines[rotation.members[1]]) == (0.9, -0.9, 0)
    assert owed in (await rotation.plan())[0]

    await rotation.hold(rotation.meetings[0])
    ledger = {line["membership_id"]: line["credit"] for line in (await _view(rotation))["ledger"]}
    assert ledger[owed] == pytest.approx(0.9 + 1 / 3 - 1, abs=1e-6)
    assert ledger[owes] == pytest.approx(-0.9 + 1 / 3, abs=1e-6)
    late = await _post(rotation, "opening", as_of="2026-11-20", credits=[])
    assert (late.status_code, late.json()["code"]) == (409, "history_exists")


async def test_what_was_before_an_opening_does_not_count_twice(rotation: Rotation) -> None:
    ahead = await _post(rotation, "opening", as_of="2026-11-24", credits=[])
    assert (ahead.status_code, ahead.json()["code"]) == (422, "opening_in_future")
    made(await _post(rotation, "opening", as_of="2026-11-20", credits=[]))
    past = {"group_id": rotation.group_id, "backfill": True, "duration_minutes": 60}
    for starts_at, status in (("2026-11-20T18:00:00Z", 409), ("2026-11-21T18:00:00Z", 201)):
        answer = await rotation.client.post("/v1/meetings", json={**past, "starts_at": starts_at})
        assert answer.status_code == status, answer.text
        assert status == 201 or answer.json()["code"] == "before_opening"


async def test_opening_credits_balance(rotation: Rotation) -> None:
    one, other, third, *_ = rotation.members

    def lines(*credits_: float) -> list[dict[str, Any]]:
        pairs = zip((one, other, third), credits_, strict=False)
        return [{"membership_id": member, "credit": credit} for member, credit in pairs]

    odd = await _post(rotation, "opening", as_of="2026-11-20", credits=lines(0.5, -0.4))
    assert (odd.status_code, odd.json()["code"]) == (422, "credits_unbalanced")
    made(await _post(rotation, "opening", as_of="2026-11-20", credits=lines(0.33, 0.33, -0.67)))
    twice = await _post(
        rotation, "opening", as_of="2026-11-20", credits=[*lines(0.5), *lines(-0.5)]
    )
    assert (twice.status_code, twice.json()["code"]) == (422, "named_twice")
    stranger = [{"membership_id": "mbr_01h455vb4pex5vsknk084sn02q", "credit": 0}]
    unknown = await _post(rotation, "opening", as_of="2026-11-20", credits=stranger)
    assert unknown.json()["errors"][0]["pointer"] == "/credits/0/membership_id"

    made(await _post(rotation, "opening", as_of="2026-11-20", credits=[]))
    assert {line["credit"] for line in (await _view(rotation))["ledger"]} == {0}


async def test_a_dry_run_of_an_opening_changes_nothing(rotation: Rotation) -> None:
    before = await _view(rotation)
    shown = made(
        await rotation.client.post(
            f"/v1/groups/{rotation.group_id}/rotation/opening",
            params={"dry_run": "true"},
            json={
                "as_of": "2026-11-20",
                "credits": [
                    {"membership_id": rotation.members[5], "credit": 0.9},
                    {"membership_id": rotation.members[0], "credit": -0.9},
                ],
            },
        )
    )
    assert shown["ledger"][5]["credit"] == 0.9
    assert await _view(rotation) == before
