"""Calendar targets in tests: made over the API, filled by a worker, read back from servers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import icalendar

from tests.support.builders import made
from tests.support.calendar_server import CalendarServer
from tests.support.calendars import assert_clean
from tests.support.receiver import Answer, Received, Receiver

THURSDAY = datetime(2026, 11, 26, 19, 0, tzinfo=UTC)
WEEK = timedelta(weeks=1)
ACCOUNT = {"username": "jack", "password": "correct: horse"}


async def make_target(
    client: httpx.AsyncClient, person_id: str, url: str | None = None, **settings: Any
) -> Any:
    """A target that writes to `url`, or that is named by other settings."""
    named = {} if url is None else {"url": url}
    body = {
        "person_id": person_id,
        "kind": "caldav",
        "settings": {**named, **ACCOUNT, **settings},
    }
    return made(await client.post("/v1/calendar_targets", json=body))


async def make_meeting(client: httpx.AsyncClient, group: Any, weeks: int = 0, **more: Any) -> Any:
    starts_at = (THURSDAY + weeks * WEEK).isoformat()
    body = {
        "group_id": group["id"],
        "starts_at": starts_at,
        "duration_minutes": 90,
        "title": f"Meeting {weeks}",
        **more,
    }
    return made(await client.post("/v1/meetings", json=body))


async def rename(client: httpx.AsyncClient, meeting: Any, title: str) -> None:
    made(await client.patch(f"/v1/meetings/{meeting['id']}", json={"title": title}))


async def read(client: httpx.AsyncClient, target: Any) -> Any:
    return made(await client.get(f"/v1/calendar_targets/{target['id']}"))


async def ask(client: httpx.AsyncClient, target: Any, action: str) -> Any:
    """The delivery of a verb that the worker carries out."""
    accepted = await client.post(f"/v1/calendar_targets/{target['id']}/{action}")
    assert accepted.status_code == 202, accepted.text
    delivery = accepted.json()
    assert accepted.headers["Location"] == f"/v1/deliveries/{delivery['id']}"
    assert (delivery["status"], delivery["action"]) == ("pending", action)
    return delivery


async def log_of(client: httpx.AsyncClient, target: Any, **filters: str) -> list[Any]:
    """The deliveries of a target with their attempts, the oldest first."""
    params = {"target_id": target["id"], "limit": "100", **filters}
    page = made(await client.get("/v1/deliveries", params=params))
    return [await detail(client, each) for each in reversed(page["data"])]


async def detail(client: httpx.AsyncClient, delivery: Any) -> Any:
    return made(await client.get(f"/v1/deliveries/{delivery['id']}"))


def shown(server: CalendarServer, calendar: str) -> dict[str, Any]:
    """The events of a calendar by UID; each object holds one, no METHOD, and is named by it."""
    events = {}
    for name, text in server.objects(calendar).items():
        parsed = icalendar.Calendar.from_ical(text)
        assert "METHOD" not in parsed
        (event,) = parsed.walk("VEVENT")
        assert name == f"{event['UID']}.ics"
        events[str(event["UID"])] = event
    return events


def script(*answers: Answer) -> Receiver:
    """A server that gives these answers in their order; one too many requests is a 500."""
    left = list(answers)

    async def behave(_request: Received) -> Answer:
        return left.pop(0) if left else Answer(500)

    return Receiver(behave)


def etag(tag: str) -> tuple[tuple[str, str], ...]:
    return (("ETag", tag),)


def asked(receiver: Receiver) -> list[tuple[str, str | None]]:
    """Methods, each with its condition; what was written is sound."""
    for request in receiver.requests:
        if request.method == "PUT":
            assert_clean(request.body, single=True)
    return [
        (r.method, r.headers.get("if-match") or r.headers.get("if-none-match"))
        for r in receiver.requests
    ]
