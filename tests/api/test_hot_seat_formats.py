"""The formats that come with the service, and those of a group's own."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support.builders import made, make_cadence, make_group, verb
from tests.support.clock import ManualClock

MINUTE = timedelta(minutes=1)
OPERA: dict[str, Any] = {
    "title": "Opera",
    "phases": [
        {"name": "overture", "minutes": 2, "guidance": "The member says what it is about."},
        {"name": "aria", "minutes": 6, "guidance": "Only the member sings."},
        {"name": "finale", "minutes": 2, "guidance": "All together."},
    ],
    "warning_seconds": 30,
}
AGENDA = [
    {
        "id": "seats",
        "kind": "hot_seats",
        "title": "Hot seats",
        "minutes_each": 20,
        "seats": 1,
        "minimum_minutes": 10,
        "format": "opera",
    }
]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def formats(group: dict[str, Any], name: str = "") -> str:
    return f"/v1/groups/{group['id']}/hot_seat_formats{name and '/' + name}"


async def first_seat(client: httpx.AsyncClient, meeting_id: str) -> Any:
    agenda = made(await client.get(f"/v1/meetings/{meeting_id}/agenda"))
    return next(
        slot for each in agenda["segments"] for slot in each["slots"] if slot["kind"] == "hot_seat"
    )


def names(seat: Any) -> list[str]:
    return [phase["name"] for phase in seat["phases"]]


async def test_four_formats_come_with_the_service(client: httpx.AsyncClient) -> None:
    shipped = made(await client.get("/v1/hot_seat_formats"))["data"]
    assert [(each["name"], each["minutes"]) for each in shipped] == [
        ("classic", 18),
        ("clarifying_first", 30),
        ("troika", 11),
        ("lightning", 10),
    ]
    for each in shipped:
        assert (each["shipped"], each["warning_seconds"]) == (True, 60)
        assert each["source"]
        assert all(phase["guidance"] for phase in each["phases"])


async def test_a_group_has_formats_of_its_own(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    group = await make_group(client, 4)
    made_new = await client.put(formats(group, "opera"), json=OPERA)
    assert made_new.status_code == 201
    opera = made_new.json()
    assert (opera["name"], opera["minutes"], opera["shipped"]) == ("opera", 10, False)
    assert made(await client.get(formats(group, "opera"))) == opera
    assert made(await client.get(formats(group, "troika")))["shipped"] is True
    listed = made(await client.get(formats(group)))["data"]
    assert [each["name"] for each in listed][-2:] == ["lightning", "opera"]
    changed = await client.put(formats(group, "opera"), json={**OPERA, "title": "Operetta"})
    assert (changed.status_code, changed.json()["title"]) == (200, "Operetta")
    for path in (formats(group), formats(group, "opera")):
        assert (await other_client.get(path)).status_code == 404
    assert (await client.delete(formats(group, "opera"))).status_code == 204
    assert refusal(await client.delete(formats(group, "opera"))) == (404, "not_found")
    assert refusal(await client.delete(formats(group, "classic"))) == (409, "format_shipped")


async def test_an_agenda_names_the_groups_format(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    first, second, *_ = await make_cadence(client, group["id"])
    template = f"/v1/groups/{group['id']}/agenda_template"
    unknown = await client.put(template, json={"segments": AGENDA})
    assert refusal(unknown) == (422, "hot_seat_format_unknown")
    made(await client.put(formats(group, "opera"), json=OPERA))
    made(await client.put(template, json={"segments": AGENDA}))
    seat = await first_seat(client, first["id"])
    assert names(seat) == ["overture", "aria", "finale"]
    # Of another length the format keeps its proportions: 4, 12 and 4 of 20 minutes (and more).
    starts = [datetime.fromisoformat(phase["planned_start"]) for phase in seat["phases"]]
    ends = [datetime.fromisoformat(phase["planned_end"]) for phase in seat["phases"]]
    assert [end - start for start, end in zip(starts, ends, strict=True)] == [
        4 * MINUTE,
        12 * MINUTE,
        4 * MINUTE,
    ]
    warned = datetime.fromisoformat(seat["phases"][0]["warn_at"])
    assert warned == ends[0] - timedelta(seconds=30)
    in_use = await client.delete(formats(group, "opera"))
    assert refusal(in_use) == (409, "format_in_use")
    assert in_use.json()["facts"] == {"meetings": [], "agenda_template": True}
    clock.set(datetime.fromisoformat(first["starts_at"]))
    await verb(client, first["id"], "start")
    live = f"/v1/hot_seats/{seat['hot_seat_id']}"
    assert made(await client.post(f"{live}/start"))["phase"] == "overture"
    # The meeting that has begun keeps the format; later ones have the new.
    shorter = {**OPERA, "phases": OPERA["phases"][1:]}
    made(await client.put(formats(group, "opera"), json=shorter))
    assert names(await first_seat(client, first["id"])) == ["overture", "aria", "finale"]
    assert made(await client.post(f"{live}/advance"))["phase"] == "aria"
    assert names(await first_seat(client, second["id"])) == ["aria", "finale"]
    own = {"segments": AGENDA}
    made(await client.put(f"/v1/meetings/{second['id']}/agenda", json=own))
    made(await client.put(template, json={"segments": None}))
    in_use = await client.delete(formats(group, "opera"))
    assert in_use.json()["facts"] == {"meetings": [second["id"]], "agenda_template": False}
    made(await client.put(f"/v1/meetings/{second['id']}/agenda", json={"segments": None}))
    assert (await client.delete(formats(group, "opera"))).status_code == 204
    assert names(await first_seat(client, first["id"])) == ["overture", "aria", "finale"]


@pytest.mark.parametrize(
    ("name", "change", "status", "code"),
    [
        ("classic", {}, 409, "format_shipped"),
        ("Opera", {}, 422, "format_name_malformed"),
        ("opera", {"phases": []}, 422, "validation_failed"),
        ("opera", {"warning_seconds": 360}, 422, "warning_too_long"),
        ("opera", {"phases": [OPERA["phases"][0]] * 2}, 422, "phase_name_taken"),
        (
            "opera",
            {"phases": [{**OPERA["phases"][0], "name": "no spaces"}]},
            422,
            "phase_name_malformed",
        ),
    ],
)
async def test_formats_that_cannot_be(
    client: httpx.AsyncClient, name: str, change: dict[str, Any], status: int, code: str
) -> None:
    group = await make_group(client, 4, active=False)
    answer = await client.put(formats(group, name), json={**OPERA, **change})
    assert refusal(answer) == (status, code)


async def test_there_is_an_end_to_formats(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 1, active=False)
    for number in range(20):
        made(await client.put(formats(group, f"opera_{number}"), json=OPERA))
    made(await client.put(formats(group, "opera_7"), json={**OPERA, "title": "Seventh"}))
    refused = await client.put(formats(group, "one_more"), json=OPERA)
    assert refusal(refused) == (409, "too_many_formats")
