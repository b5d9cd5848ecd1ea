"""The log of what was done to calendar targets, and what follows from failures."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import structlog

from app.api.runtime import Runtime
from app.db.session import Database
from app.telemetry import PUSHES
from app.worker.runner import Runner
from tests.support.builders import made, make_group, make_people
from tests.support.clock import ManualClock
from tests.support.events import events_of
from tests.support.receiver import Answer, Received, Receiver
from tests.support.targets import (
    ACCOUNT,
    ask,
    detail,
    etag,
    log_of,
    make_meeting,
    make_target,
    read,
    rename,
    script,
)
from tests.support.tenants import Tenant

STORED = Answer(201, headers=etag('"1"'))


def url_of(receiver: Receiver) -> str:
    return f"http://127.0.0.1:{receiver.port}/c/"


def counted(outcome: str) -> float:
    value: float = PUSHES.labels(outcome)._value.get()
    return value


async def test_a_push_is_logged_as_a_delivery_with_its_attempts(
    client: httpx.AsyncClient, runner: Runner, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    meeting = await make_meeting(client, group)
    before = counted("server_error"), counted("written")
    async with script(Answer(503, b"Down for a while"), STORED) as receiver:
        target = await make_target(client, group["people"][0], url_of(receiver))
        await runner.run_until_idle()
        (waiting,) = await log_of(client, target, status="pending")
        assert waiting["next_attempt_at"] == (await read(client, target))["retry_at"]
        # What changes meanwhile is sent by the same delivery, in its latest state.
        for title in ("Dinner", "Supper"):
            await rename(client, meeting, title)
        clock.advance(timedelta(minutes=1))
        await runner.run_until_idle()
    (delivery,) = await log_of(client, target)
    assert delivery["id"] == waiting["id"]
    assert (delivery["action"], delivery["uid"]) == ("write", meeting["uid"])
    assert (delivery["status"], delivery["attempts"]) == ("succeeded", 2)
    assert delivery["target_id"] == target["id"]
    for absent in ("endpoint_id", "event_id", "event_type", "number", "next_attempt_at"):
        assert delivery[absent] is None
    tries = [
        (each["number"], each["status"], each["error"], each["response"], each["note"])
        for each in delivery["attempt_log"]
    ]
    assert tries == [
        (1, 503, "server_error", "Down for a while", None),
        (2, 201, None, None, None),
    ]
    assert all(each["duration_ms"] >= 0 for each in delivery["attempt_log"])
    assert b"SUMMARY:Supper" in receiver.requests[1].body
    assert (counted("server_error"), counted("written")) == (before[0] + 1, before[1] + 1)


async def test_what_changes_while_it_is_being_written_is_written_again(
    client: httpx.AsyncClient, runner: Runner
) -> None:
    group = await make_group(client, 4)
    meeting = await make_meeting(client, group)

    async def change_meanwhile(request: Received) -> Answer:
        if len(receiver.requests) == 1:
            await rename(client, meeting, "Supper")
        return Answer(201, headers=etag(f'"{len(receiver.requests)}"'))

    async with Receiver(change_meanwhile) as receiver:
        target = await make_target(client, group["people"][0], url_of(receiver))
        await runner.run_until_idle()
    assert [b"SUMMARY:Supper" in request.body for request in receiver.requests] == [False, True]
    assert receiver.requests[1].headers["if-match"] == '"1"'
    assert [each["status"] for each in await log_of(client, target)] == ["succeeded"] * 2


async def test_deliveries_of_targets_and_endpoints_are_one_list(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient, runner: Runner
) -> None:
    group = await make_group(client, 4)
    await make_meeting(client, group)
    async with Receiver(STORED) as receiver:
        target = await make_target(client, group["people"][0], url_of(receiver))
        endpoint = made(await client.post("/v1/webhook_endpoints", json={"url": receiver.url}))
        made(await client.post(f"/v1/webhook_endpoints/{endpoint['id']}/test"))
        await runner.run_until_idle()
    everything = made(await client.get("/v1/deliveries"))["data"]
    of_target = [each for each in everything if each["target_id"] == target["id"]]
    of_endpoint = [each for each in everything if each["endpoint_id"] == endpoint["id"]]
    assert len(of_target) + len(of_endpoint) == len(everything)
    assert of_target
    assert of_endpoint
    for params, expected in (
        ({"target_id": target["id"]}, of_target),
        ({"endpoint_id": endpoint["id"]}, of_endpoint),
        ({"target_id": target["id"], "status": "failed"}, []),
    ):
        assert made(await client.get("/v1/deliveries", params=params))["data"] == expected
    stranger = {"target_id": target["id"]}
    assert made(await other_client.get("/v1/deliveries", params=stranger))["data"] == []
    where = f"/v1/deliveries/{of_target[0]['id']}"
    assert (await other_client.get(where)).status_code == 404
    assert (await other_client.post(f"{where}/resend")).status_code == 404


async def test_a_push_can_be_sent_again_in_its_latest_state(
    client: httpx.AsyncClient, runner: Runner, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    await make_meeting(client, group)
    async with Receiver(STORED) as receiver:
        target = await make_target(client, group["people"][0], url_of(receiver))
        await runner.run_until_idle()
        (delivery,) = await log_of(client, target)
        again = made(await client.post(f"/v1/deliveries/{delivery['id']}/resend"))
        assert (again["id"], again["status"]) == (delivery["id"], "pending")
        twice = await client.post(f"/v1/deliveries/{delivery['id']}/resend")
        assert (twice.status_code, twice.json()["code"]) == (409, "delivery_pending")
        await runner.run_until_idle()
        assert [request.method for request in receiver.requests] == ["PUT", "PUT"]
        assert receiver.requests[0].body == receiver.requests[1].body
        told = await detail(client, delivery)
        assert (told["status"], told["attempts"]) == ("succeeded", 2)

        where = f"/v1/calendar_targets/{target['id']}"
        made(await client.patch(where, json={"state": "disabled"}))
        refused = await client.post(f"/v1/deliveries/{delivery['id']}/resend")
        assert (refused.status_code, refused.json()["code"]) == (409, "target_not_enabled")


async def test_a_delivery_waits_while_a_later_one_of_its_object_is_on_its_way(
    client: httpx.AsyncClient, runner: Runner
) -> None:
    group = await make_group(client, 4)
    meeting = await make_meeting(client, group)
    async with script(STORED, Answer(415)) as receiver:
        target = await make_target(client, group["people"][0], url_of(receiver))
        await runner.run_until_idle()
        await rename(client, meeting, "Supper")
        await runner.run_until_idle()
    first, second = await log_of(client, target)
    assert (first["status"], second["status"]) == ("succeeded", "pending")
    refused = await client.post(f"/v1/deliveries/{first['id']}/resend")
    assert (refused.status_code, refused.json()["code"]) == (409, "delivery_pending")
    assert (await detail(client, first))["status"] == "succeeded"


async def test_a_test_is_sent_again_as_a_test(client: httpx.AsyncClient, runner: Runner) -> None:
    (person,) = await make_people(client, 1)
    async with script(Answer(403), STORED, Answer(204)) as receiver:
        target = await make_target(client, person, url_of(receiver))
        delivery = await ask(client, target, "test")
        await runner.run_until_idle()
        assert (await detail(client, delivery))["status"] == "failed"
        # A test that fails is no reason to disable a calendar, nor one that goes well to enable it.
        assert (await read(client, target))["state"] == "enabled"
        made(await client.post(f"/v1/deliveries/{delivery['id']}/resend"))
        await runner.run_until_idle()
    told = await detail(client, delivery)
    assert (told["status"], told["attempts"]) == ("succeeded", 2)
    assert [request.method for request in receiver.requests] == ["PUT", "PUT", "DELETE"]


@pytest.mark.parametrize(("status", "reason"), [(401, "unauthorized"), (403, "forbidden")])
async def test_who_is_not_let_in_does_not_knock_again(
    client: httpx.AsyncClient,
    runner: Runner,
    clock: ManualClock,
    database: Database,
    tenant: Tenant,
    status: int,
    reason: str,
) -> None:
    async def echo(request: Received) -> Answer:
        return Answer(status, f"No: {request.headers['authorization']}".encode())

    group = await make_group(client, 4)
    for weeks in range(2):
        await make_meeting(client, group, weeks)
    async with Receiver(echo) as receiver:
        target = await make_target(client, group["people"][0], url_of(receiver))
        with structlog.testing.capture_logs() as lines:
            await runner.run_until_idle()
        state = await read(client, target)
        assert (state["state"], state["disabled_reason"]) == ("disabled", reason)
        ((name, data),) = await events_of(database, tenant, "calendar_target.")
        assert (name, data["reason"]) == ("calendar_target.disabled", reason)
        clock.advance(timedelta(days=1))
        await runner.run_until_idle()
        assert len(receiver.requests) == 1
        # Neither the log nor the API shows what was sent to open the door.
        log = await log_of(client, target)
        assert log[0]["attempt_log"][0]["response"] == "No: Basic [secret]"
        shown = f"{lines}{log}{state}{data}"
        for secret in (ACCOUNT["password"], base64.b64encode(b"jack:correct: horse").decode()):
            assert secret not in shown

        receiver.answer = STORED
        change = {"state": "enabled", "settings": {"password": "another"}}
        enabled = made(await client.patch(f"/v1/calendar_targets/{target['id']}", json=change))
        assert (enabled["state"], enabled["disabled_reason"]) == ("enabled", None)
        await runner.run_until_idle()
    assert [each["status"] for each in await log_of(client, target)] == ["succeeded"] * 2
    assert (
        receiver.requests[-1].headers["authorization"]
        != receiver.requests[0].headers["authorization"]
    )


async def test_an_object_that_is_refused_for_days_is_given_up_until_it_changes(
    client: httpx.AsyncClient, runner: Runner, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    meeting = await make_meeting(client, group, 4)
    async with Receiver(Answer(415)) as receiver:
        target = await make_target(client, group["people"][0], url_of(receiver))
        for _ in range(6):
            await runner.run_until_idle()
            clock.advance(timedelta(days=1))
        (delivery,) = await log_of(client, target)
        assert (delivery["status"], delivery["attempts"]) == ("failed", 6)
        state = await read(client, target)
        assert (state["state"], state["last_error"]["code"]) == ("enabled", "rejected")
        await runner.run_until_idle()
        assert len(receiver.requests) == 6
        receiver.answer = STORED
        await rename(client, meeting, "Supper")
        await runner.run_until_idle()
    assert [each["status"] for each in await log_of(client, target)] == ["failed", "succeeded"]


async def test_a_push_that_waits_may_become_a_removal(
    client: httpx.AsyncClient, runner: Runner, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    meeting = await make_meeting(client, group)
    async with script(STORED, Answer(503), Answer(204), Answer(404)) as receiver:
        target = await make_target(client, group["people"][0], url_of(receiver))
        await runner.run_until_idle()
        await rename(client, meeting, "Supper")
        await runner.run_until_idle()
        made(await client.post(f"/v1/memberships/{group['memberships'][0]}/end", json={}))
        clock.advance(timedelta(minutes=1))
        await runner.run_until_idle()
        log = await log_of(client, target)
        told = [("write", "succeeded"), ("remove", "succeeded")]
        assert [(each["action"], each["status"]) for each in log] == told
        # Sent again, it looks once more whether the object is gone.
        made(await client.post(f"/v1/deliveries/{log[1]['id']}/resend"))
        await runner.run_until_idle()
    assert [request.method for request in receiver.requests] == ["PUT", "PUT", "DELETE", "DELETE"]
    log = await log_of(client, target)
    assert [(each["action"], each["status"]) for each in log] == told


async def test_work_on_a_target_that_is_being_removed_expires(
    client: httpx.AsyncClient, runner: Runner
) -> None:
    group = await make_group(client, 4)
    await make_meeting(client, group)
    async with script(STORED, Answer(503)) as receiver:
        target = await make_target(client, group["people"][0], url_of(receiver))
        await runner.run_until_idle()
        delivery = await ask(client, target, "resync")
        assert (await client.delete(f"/v1/calendar_targets/{target['id']}")).status_code == 204
        await runner.run_until_idle()
        assert [request.method for request in receiver.requests] == ["PUT", "DELETE"]
    told = await detail(client, delivery)
    assert (told["status"], told["attempts"], told["next_attempt_at"]) == ("expired", 0, None)
    refused = await client.post(f"/v1/deliveries/{delivery['id']}/resend")
    assert (refused.status_code, refused.json()["code"]) == (409, "target_not_enabled")


async def test_old_deliveries_of_targets_are_forgotten(
    client: httpx.AsyncClient, runner: Runner, clock: ManualClock
) -> None:
    (person,) = await make_people(client, 1)
    async with Receiver(STORED) as receiver:
        target = await make_target(client, person, url_of(receiver))
        await ask(client, target, "resync")
        await runner.run_until_idle()
        clock.advance(timedelta(days=89))
        young = await ask(client, target, "resync")
        await runner.run_until_idle()
        assert len(await log_of(client, target)) == 2
        clock.advance(timedelta(days=1))
        await runner.run_until_idle()
    assert [each["id"] for each in await log_of(client, target)] == [young["id"]]


# -- looking for a calendar ------------------------------------------------------------------------


def elsewhere(location: str) -> Callable[[Received], Any]:
    async def answer(_request: Received) -> Answer:
        return Answer(301, headers=(("Location", location),))

    return answer


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(401), "unauthorized"),
        (Answer(404), "not_a_caldav_server"),
        (Answer(200, b"It works!"), "unexpected_answer"),
        (Answer(207, b"<html/>"), "unreadable_answer"),
        (Answer(500), "server_error"),
        (elsewhere("http://169.254.169.254/latest/meta-data/"), "redirected_elsewhere"),
        (elsewhere("https://caldav.evil.example/"), "redirected_elsewhere"),
        (elsewhere("/.well-known/caldav"), "redirected"),
    ],
)
async def test_a_target_that_finds_no_calendar_has_failed_and_says_why(
    client: httpx.AsyncClient, runner: Runner, answer: Any, code: str
) -> None:
    (person,) = await make_people(client, 1)
    async with Receiver(answer) as receiver:
        target = await make_target(client, person, server_url=f"http://127.0.0.1:{receiver.port}")
        await runner.run_until_idle()
    state = await read(client, target)
    assert (state["state"], state["last_error"]["code"]) == ("failed", code)
    (delivery,) = await log_of(client, target)
    assert (delivery["action"], delivery["status"]) == ("discover", "failed")
    assert delivery["attempt_log"][0]["error"] == code
    # Nothing was written: it goes at once.
    assert (await client.delete(f"/v1/calendar_targets/{target['id']}")).status_code == 204


async def test_a_private_server_gets_no_packet(client: httpx.AsyncClient, runtime: Runtime) -> None:
    settings = runtime.settings.model_copy(update={"allowed_networks": ()})
    runner = Runner(runtime.database, runtime.keyring, settings, runtime.clock)
    group = await make_group(client, 4)
    await make_meeting(client, group)
    async with Receiver(STORED) as receiver:
        # Entered while its network was allowed; every call checks again.
        pushed = await make_target(client, group["people"][0], url_of(receiver))
        server_url = f"http://localhost:{receiver.port}"
        looked_for = await make_target(client, group["people"][1], server_url=server_url)
        await runner.run_until_idle()
        await runner.close()
        assert receiver.requests == []
    for target in (pushed, looked_for):
        assert (await read(client, target))["last_error"]["code"] == "refused_destination"


def dav(href: str, inside: str) -> Answer:
    body = (
        '<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><response>'
        f"<href>{href}</href><propstat><prop>{inside}</prop><status>HTTP/1.1 200 OK</status>"
        "</propstat></response></multistatus>"
    )
    return Answer(207, body.encode())


FOUND = (
    dav("/", "<current-user-principal><href>/p/</href></current-user-principal>"),
    dav("/p/", "<C:calendar-home-set><href>/c/</href></C:calendar-home-set>"),
    dav("/c/office/", "<resourcetype><C:calendar/></resourcetype><displayname>Work</displayname>"),
)


async def test_a_calendar_of_another_target_is_not_taken_twice(
    client: httpx.AsyncClient, runner: Runner
) -> None:
    people = await make_people(client, 2)
    async with script(*FOUND, *FOUND, *FOUND) as receiver:
        server_url = f"http://127.0.0.1:{receiver.port}"
        first = await make_target(client, people[0], server_url=server_url)
        await runner.run_until_idle()
        second = await make_target(client, people[1], server_url=server_url)
        await runner.run_until_idle()
        assert (await read(client, first))["state"] == "enabled"
        state = await read(client, second)
        assert (state["state"], state["last_error"]["code"]) == ("choosing", "calendar_taken")
        # Asking again changes nothing; when the other is gone it does.
        assert (await client.delete(f"/v1/calendar_targets/{first['id']}")).status_code == 204
        await ask(client, second, "discover")
        await runner.run_until_idle()
    assert (await read(client, second))["state"] == "enabled"


async def test_the_calendars_of_a_connected_account_are_listed_anew(
    client: httpx.AsyncClient, runner: Runner
) -> None:
    (person,) = await make_people(client, 1)
    async with script(*FOUND) as receiver:
        target = await make_target(client, person, url_of(receiver))
        assert target["calendars"] is None
        await ask(client, target, "discover")
        await runner.run_until_idle()
        state = await read(client, target)
        assert state["settings"]["url"] == url_of(receiver)
        work = f"http://127.0.0.1:{receiver.port}/c/office/"
    assert state["calendars"] == [{"url": work, "name": "Work", "writable": True}]


async def test_a_target_that_is_deleted_while_its_calendar_is_looked_for_is_gone(
    client: httpx.AsyncClient, runner: Runner
) -> None:
    (person,) = await make_people(client, 1)
    target: Any = None

    async def delete(_request: Received) -> Answer:
        where = f"/v1/calendar_targets/{target['id']}"
        assert (await client.delete(where)).status_code == 204
        return FOUND[0]

    async with script(*FOUND[1:]) as receiver:
        rest = receiver.answer

        async def first_delete(request: Received) -> Answer:
            if len(receiver.requests) == 1:
                return await delete(request)
            assert not isinstance(rest, Answer)
            return await rest(request)

        receiver.answer = first_delete
        target = await make_target(client, person, server_url=f"http://127.0.0.1:{receiver.port}")
        await runner.run_until_idle()
    assert made(await client.get("/v1/deliveries"))["data"] == []
