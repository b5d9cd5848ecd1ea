"""A cadence is looked at before it is set; and what no calendar can hold is refused at once."""

from typing import Any

import httpx
import pytest

from app.db.session import Database
from app.domain import rrule_dates
from app.domain.recurrence import HORIZON
from app.domain.rrule import Rule
from tests.conftest import MONDAY
from tests.support.builders import THURSDAYS, join, made, make_group
from tests.support.clock import ManualClock
from tests.support.statements import count_statements

OFFSETS = ("utc_offset_minutes", "clocks_changed")


async def people_in(client: httpx.AsyncClient, *zones: str) -> list[str]:
    return [
        made(await client.post("/v1/people", json={"name": zone, "time_zone": zone}))["id"]
        for zone in zones
    ]


@pytest.fixture
async def group(client: httpx.AsyncClient) -> dict[str, Any]:
    """A group in London with members there, in New York and in Calcutta, and no cadence."""
    group = await make_group(client, 0, active=False)
    people = await people_in(client, "Europe/London", "America/New_York", "Asia/Kolkata")
    members = [await join(client, group["id"], person) for person in people]
    return {**group, "people": people, "memberships": members}


async def preview(client: httpx.AsyncClient, group: dict[str, Any], **wish: Any) -> httpx.Response:
    return await client.post(f"/v1/groups/{group['id']}/cadence/preview", json=wish)


async def test_a_cadence_is_shown_on_everybodys_clocks(
    client: httpx.AsyncClient, group: dict[str, Any], clock: ManualClock
) -> None:
    clock.set(MONDAY.replace(month=3, day=1))
    wish = {**THURSDAYS, "local_start": "2026-03-05T19:30:00", "count": 4}
    shown = made(await preview(client, group, **wish))
    assert (shown["time_zone"], shown["duration_minutes"]) == ("Europe/London", 90)
    assert [each["starts_at"] for each in shown["meetings"]] == [
        "2026-03-05T19:30:00Z",
        "2026-03-12T19:30:00Z",
        "2026-03-19T19:30:00Z",
        "2026-03-26T19:30:00Z",
    ]
    new_york = [each["members"][1] for each in shown["meetings"]]
    assert [hours["local_start"] for hours in new_york] == [
        "2026-03-05T14:30:00",
        "2026-03-12T15:30:00",
        "2026-03-19T15:30:00",
        "2026-03-26T15:30:00",
    ]
    assert [hours["shifted_minutes"] for hours in new_york] == [0, 60, 0, 0]
    assert shown["at_night"] == [
        {
            "membership_id": group["memberships"][2],
            "person_id": group["people"][2],
            "meetings": 4,
            "worst_minutes": 90,
        }
    ]
    # Nothing was saved.
    assert (await client.get(f"/v1/groups/{group['id']}/cadence")).status_code == 404


async def test_rules_of_the_clocks_are_marked(
    client: httpx.AsyncClient, group: dict[str, Any]
) -> None:
    wish = {"rrule": "FREQ=WEEKLY", "duration_minutes": 60, "count": 3}
    spring = made(await preview(client, group, **wish, local_start="2027-03-21T01:30:00"))
    assert [
        tuple(each[name] for name in ("local_start", "adjustment", *OFFSETS))
        for each in spring["meetings"]
    ] == [
        ("2027-03-21T01:30:00", None, 0, False),
        ("2027-03-28T02:30:00", "gap", 60, True),
        ("2027-04-04T01:30:00", None, 60, False),
    ]
    autumn = made(await preview(client, group, **wish, local_start="2027-10-24T01:30:00"))
    assert [each["adjustment"] for each in autumn["meetings"]] == [None, "fold", None]


async def test_what_is_left_out_is_as_the_cadence_has_it(
    client: httpx.AsyncClient, group: dict[str, Any]
) -> None:
    missing = await preview(client, group, rrule="FREQ=WEEKLY")
    assert (missing.status_code, missing.json()["code"]) == (422, "cadence_incomplete")
    assert missing.json()["errors"][0]["pointer"] == "/local_start"

    days_off = {"except": [{"from": "2026-12-24", "to": "2026-12-31"}]}
    path = f"/v1/groups/{group['id']}/cadence"
    made(await client.put(path, json={**THURSDAYS, **days_off}))
    shown = made(await preview(client, group, count=5))
    days = [each["local_start"][5:10] for each in shown["meetings"]]
    assert days == ["11-26", "12-03", "12-10", "12-17", "01-07"]
    shown = made(await preview(client, group, time_zone="Asia/Tokyo", count=5, **{"except": []}))
    assert [each["local_start"][5:10] for each in shown["meetings"]][-1] == "12-24"
    assert shown["meetings"][0]["starts_at"] == "2026-11-26T10:30:00Z"


async def test_the_night_is_as_it_is_wished(
    client: httpx.AsyncClient, group: dict[str, Any]
) -> None:
    for night, minutes in (
        ({}, [0, 0, 90]),
        ({"from": "19:00"}, [90, 0, 90]),
        ({"from": "20:00", "to": "06:00"}, [60, 0, 90]),
        ({"from": "14:30", "to": "15:00"}, [0, 30, 0]),
    ):
        shown = made(await preview(client, group, **THURSDAYS, count=1, night=night))
        (meeting,) = shown["meetings"]
        assert [hours["night_minutes"] for hours in meeting["members"]] == minutes


async def test_a_preview_costs_the_same_for_any_number(
    client: httpx.AsyncClient, group: dict[str, Any], database: Database
) -> None:
    counts = []
    for count in (1, 50):
        with count_statements(database) as counted:
            shown = made(await preview(client, group, **THURSDAYS, count=count))
        assert len(shown["meetings"]) == count
        counts.append(counted.count)
    assert counts[0] == counts[1]


HOSTILE = [
    ({"rrule": "FREQ=DAILY;COUNT=1000000000"}, "rrule_number_too_large", "/rrule"),
    ({"rrule": "FREQ=DAILY;COUNT=" + "9" * 400}, "rrule_number_too_large", "/rrule"),
    ({"rrule": "FREQ=DAILY;INTERVAL=999999999"}, "rrule_number_too_large", "/rrule"),
    ({"rrule": "FREQ=SECONDLY"}, "unsupported_rrule_frequency", "/rrule"),
    ({"rrule": "FREQ=MINUTELY;COUNT=3"}, "unsupported_rrule_frequency", "/rrule"),
    ({"rrule": "FREQ=DAILY;BYSECOND=0,1,2"}, "unsupported_rrule_part", "/rrule"),
    ({"rrule": "FREQ=YEARLY;BYYEARDAY=1"}, "unsupported_rrule_part", "/rrule"),
    ({"rrule": "FREQ=DAILY;UNTIL=20200101T000000Z"}, "rrule_until_before_start", "/rrule"),
    ({"rrule": "FREQ=DAILY;UNTIL=00000000"}, "invalid_rrule", "/rrule"),
    ({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "rrule_matches_nothing", "/rrule"),
    ({"rrule": "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1"}, "rrule_matches_nothing", "/rrule"),
    ({"rrule": "FREQ=DAILY;" * 40 + "COUNT=1"}, "invalid_rrule", "/rrule"),
    ({"rrule": "FREQ=DAILY;BYMONTH=" + ",".join("1" * 200)}, "", None),
    ({"rrule": "FREQ=DAILY\r\nEXDATE:20261126T193000"}, "not_one_rrule", "/rrule"),
    ({"rrule": "FREQ=DAILY;COUNT=\u0661"}, "invalid_rrule", "/rrule"),
    ({"rrule": "x" * 10_000}, "string_too_long", "/rrule"),
    ({"rrule": ""}, "string_too_short", "/rrule"),
    ({"time_zone": "Mars/Olympus_Mons"}, "unknown_time_zone", "/time_zone"),
    ({"time_zone": "../../etc/passwd"}, "unknown_time_zone", "/time_zone"),
    ({"time_zone": "x" * 10_000}, "unknown_time_zone", "/time_zone"),
    ({"local_start": "2026-11-26T19:30:00+01:00"}, "not_local", "/local_start"),
    ({"local_start": "9999-11-26T19:30:00"}, "out_of_range", "/local_start"),
    ({"duration_minutes": 10**9}, "less_than_equal", "/duration_minutes"),
]


async def test_hostile_cadences_are_refused_with_little_work(
    client: httpx.AsyncClient, group: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By both verbs that take a cadence; the work is bounded by the days of forty years."""
    looked_at = 0
    matches = rrule_dates._matches

    def counting(rule: Rule, day: Any) -> bool:
        nonlocal looked_at
        looked_at += 1
        return matches(rule, day)

    monkeypatch.setattr(rrule_dates, "_matches", counting)
    where = f"/v1/groups/{group['id']}/cadence"
    for fields, code, pointer in HOSTILE:
        for method, path in (("POST", f"{where}/preview"), ("PUT", where)):
            looked_at = 0
            answer = await client.request(method, path, json={**THURSDAYS, **fields})
            if not code:  # long, and fine
                assert answer.is_success, answer.text
                continue
            assert answer.status_code == 422, (fields, answer.text)
            (error,) = answer.json()["errors"]
            assert (error["code"], error["pointer"]) == (code, pointer), fields
            assert len(answer.text) < 2000
            assert looked_at <= HORIZON.days + 1000


async def test_names_of_ten_thousand_characters_are_refused(client: httpx.AsyncClient) -> None:
    long = "🎯" * 10_000
    for path, body in (
        ("/v1/groups", {"name": long, "time_zone": "Europe/London"}),
        ("/v1/people", {"name": long, "time_zone": "Europe/London"}),
        ("/v1/people", {"name": "Jack", "time_zone": "Europe/London", "locale": long}),
    ):
        answer = await client.post(path, json=body)
        assert answer.status_code == 422
        assert long[:100] not in answer.text
