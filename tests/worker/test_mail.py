"""Mail, from what happens to what a real mail server on the loopback was given."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI

from app.api.runtime import Runtime
from app.db.session import Database
from app.main import create_app
from app.settings import Settings
from app.worker.runner import Runner
from app.worker.tasks import mail as task
from tests.support import smtp
from tests.support.builders import (
    join,
    made,
    make_cadence,
    make_group,
    make_people,
    mark,
    promise,
    seats_of,
    verb,
)
from tests.support.clock import ManualClock
from tests.support.events import events_of
from tests.support.mail import PASSWORD, SENDER, name_people, opt_in, with_mail
from tests.support.smtp import Mailbox, Received
from tests.support.statements import count_statements
from tests.support.tenants import Tenant

THURSDAY = datetime(2026, 11, 26, 19, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with smtp.running() as box:
        yield box


@pytest.fixture
def runtime(runtime: Runtime, box: Mailbox) -> Runtime:
    return with_mail(runtime, box)


@pytest.fixture
def app(runtime: Runtime) -> FastAPI:
    return create_app(runtime)


async def make_meeting(
    client: httpx.AsyncClient, group: Any, starts_at: datetime = THURSDAY, **more: Any
) -> Any:
    body = {
        "group_id": group["id"],
        "starts_at": starts_at.isoformat(),
        "duration_minutes": 90,
        **more,
    }
    return made(await client.post("/v1/meetings", json=body))


async def move(client: httpx.AsyncClient, meeting: Any, starts_at: datetime) -> Any:
    return await verb(client, meeting["id"], "reschedule", starts_at=starts_at.isoformat())


async def group_of(client: httpx.AsyncClient, *zones: str, members: int = 4) -> Any:
    """A group whose first members, one for each zone, have opted in."""
    group = await make_group(client, members)
    await name_people(client, group["people"][: len(zones)], list(zones))
    group["targets"] = [await opt_in(client, person) for person in group["people"][: len(zones)]]
    return group


async def deliveries(client: httpx.AsyncClient, target: Any) -> list[Any]:
    """The log of a target, the oldest first."""
    params = {"target_id": target["id"], "limit": "100"}
    page: list[Any] = made(await client.get("/v1/deliveries", params=params))["data"]
    return page[::-1]


async def target_of(client: httpx.AsyncClient, target: Any) -> Any:
    return made(await client.get(f"/v1/calendar_targets/{target['id']}"))


def story(mails: list[Received]) -> list[tuple[Any, ...]]:
    """METHOD, SEQUENCE and start of each invitation."""
    found = []
    for each in mails:
        assert each.calendar is not None
        event = each.event
        found.append((str(each.calendar["METHOD"]), int(event["SEQUENCE"]), event["DTSTART"].dt))
    return found


async def test_a_meeting_is_scheduled_moved_cancelled_and_restored(
    client: httpx.AsyncClient, runner: Runner, box: Mailbox, clock: ManualClock
) -> None:
    group = await group_of(client, "Europe/London")
    meeting = await make_meeting(client, group, title="Supper; with, commas", location="The Bird")
    await runner.run_until_idle()
    moved_to = THURSDAY + DAY
    clock.advance(timedelta(minutes=1))
    await move(client, meeting, moved_to)
    await runner.run_until_idle()
    clock.advance(timedelta(minutes=1))
    made(
        await client.post(
            f"/v1/groups/{group['id']}/pause", json={"from": "2026-11-27", "until": "2026-11-30"}
        )
    )
    await runner.run_until_idle()
    clock.advance(timedelta(minutes=1))
    made(await client.post(f"/v1/groups/{group['id']}/resume"))
    await runner.run_until_idle()

    mails = box.of("p1@example.org")
    assert mails == box.received
    assert story(mails) == [
        ("REQUEST", 0, THURSDAY),
        ("REQUEST", 1, moved_to),
        ("CANCEL", 2, moved_to),
        ("REQUEST", 3, moved_to),
    ]
    assert {str(each.event["UID"]) for each in mails} == {meeting["uid"]}
    stamps = [each.event["DTSTAMP"].dt for each in mails]
    assert stamps == sorted(set(stamps))
    for each in mails:
        assert each.event["ORGANIZER"] == f"mailto:{SENDER}"
        assert each.event["ATTENDEE"] == "mailto:p1@example.org"
        assert each.message["From"].addresses[0].display_name == "The Inklings"
        assert each.message["To"].addresses[0].display_name == "Jack 1"
    assert [each.subject.split(":")[0] for each in mails] == [
        "Supper; with, commas",
        "Moved",
        "Cancelled",
        "On again",
    ]
    assert [each.event["STATUS"] for each in mails] == [
        "CONFIRMED",
        "CONFIRMED",
        "CANCELLED",
        "CONFIRMED",
    ]
    assert len({each.message["Message-ID"] for each in mails}) == 4
    assert len({each.message["References"] for each in mails}) == 1
    assert "Where: The Bird" in mails[0].text
    assert "not on Thursday 26 November 2026, 19:00 (Europe/London)" in mails[1].text
    feed = made(await client.post("/v1/calendar_feeds", json={"person_id": group["people"][0]}))[
        "url"
    ]
    shown = (await client.get(feed.removeprefix("https://hotseat.test"))).text
    assert f"UID:{meeting['uid']}\r\nSEQUENCE:3\r\n" in shown
    assert [each["action"] for each in await deliveries(client, group["targets"][0])] == [
        "invite",
        "invite",
        "cancel",
        "invite",
    ]


async def test_everybody_reads_their_own_clocks(
    client: httpx.AsyncClient, runner: Runner, box: Mailbox
) -> None:
    await group_of_zones(client)
    await runner.run_until_idle()
    whens = {each.to: each.subject.removeprefix("The Inklings: ") for each in box.received}
    assert whens == {
        "p1@example.org": "Friday 27 November 2026, 00:30 (Asia/Kolkata)",
        "p2@example.org": "Thursday 26 November 2026, 14:00 (America/New York)",
        "p3@example.org": "Friday 27 November 2026, 08:00 (Pacific/Auckland)",
    }
    assert {each.event["DTSTART"].dt for each in box.received} == {THURSDAY}
    assert {each.event["DTSTART"].params["TZID"] for each in box.received} == {"Europe/London"}
    # Nobody learns another's address.
    for each in box.received:
        others = {"p1", "p2", "p3"} - {each.to.partition("@")[0]}
        assert not any(f"{other}@".encode() in each.content for other in others)
        assert not any(f"{other}@" in str(each.calendar) for other in others)


async def group_of_zones(client: httpx.AsyncClient) -> Any:
    group = await group_of(client, "Asia/Kolkata", "America/New_York", "Pacific/Auckland")
    await make_meeting(client, group)
    return group


async def test_who_joins_and_who_opts_in_is_invited_and_who_leaves_is_told(
    client: httpx.AsyncClient, runner: Runner, box: Mailbox, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    meeting = await make_meeting(client, group)
    newcomer, late = await make_people(client, 2)
    await name_people(client, [newcomer, late])
    target = await opt_in(client, newcomer)
    await runner.run_until_idle()
    assert box.taken() == []
    membership = await join(client, group["id"], newcomer)
    await runner.run_until_idle()
    assert story(box.taken()) == [("REQUEST", 0, THURSDAY)]
    await join(client, group["id"], late)
    await runner.run_until_idle()
    assert box.taken() == []
    await opt_in(client, late)
    await runner.run_until_idle()
    (mail,) = box.taken()
    assert mail.to == "p2@example.org"
    clock.advance(timedelta(minutes=1))
    made(await client.post(f"/v1/memberships/{membership}/end", json={}))
    await runner.run_until_idle()
    (mail,) = box.taken()
    assert (mail.to, story([mail])) == ("p1@example.org", [("CANCEL", 0, THURSDAY)])
    assert "goes on without you" in mail.text
    # They hear no more of it, also not that others have another time now.
    await move(client, meeting, THURSDAY + DAY)
    await runner.run_until_idle()
    assert [each.to for each in box.taken()] == ["p2@example.org"]
    assert (await target_of(client, target))["last_error"] is None


async def test_of_a_whole_cadence_only_the_near_meetings_are_invited_to(
    client: httpx.AsyncClient, runner: Runner, box: Mailbox, clock: ManualClock
) -> None:
    group = await group_of(client, "Europe/London")
    meetings = await make_cadence(client, group["id"])
    assert len(meetings) > 10
    await runner.run_until_idle()
    invited = [start for _, _, start in story(box.taken())]
    near = [each for each in meetings if each["starts_at"] < "2026-12-28"]
    assert sorted(invited) == [datetime.fromisoformat(each["starts_at"]) for each in near]
    far = meetings[len(near)]
    # It moves before anyone was invited: they hear of it once, when it is near.
    moved_to = datetime.fromisoformat(far["starts_at"]) + timedelta(hours=1)
    await move(client, far, moved_to)
    await runner.run_until_idle()
    assert box.taken() == []
    clock.set(moved_to - timedelta(days=35))
    await runner.run_until_idle()
    told = [mail for mail in box.taken() if mail.calendar is not None]
    assert story(told) == [("REQUEST", 1, moved_to)]
    # Whoever is invited hears of a move at once, however far it goes.
    await move(client, far, moved_to + 8 * WEEK)
    await runner.run_until_idle()
    assert story(box.taken()) == [("REQUEST", 2, moved_to + 8 * WEEK)]


async def test_what_happens_in_between_is_told_once_or_not_at_all(
    client: httpx.AsyncClient, runner: Runner, box: Mailbox
) -> None:
    group = await group_of(client, "Europe/London")
    meeting = await make_meeting(client, group)
    await move(client, meeting, THURSDAY + DAY)
    await move(client, meeting, THURSDAY + 2 * DAY)
    never = await make_meeting(client, group, THURSDAY + 3 * DAY)
    await verb(client, never["id"], "cancel")
    await runner.run_until_idle()
    assert story(box.taken()) == [("REQUEST", 2, THURSDAY + 2 * DAY)]
    # A change that nobody would notice is none.
    made(await client.patch(f"/v1/meetings/{meeting['id']}", json={"metadata": {"a": 1}}))
    await runner.run_until_idle()
    assert box.taken() == []
    # A mail that the server would not take yet gives way to a newer one.
    box.at_rcpt = lambda _: "450 try later"
    await move(client, meeting, THURSDAY + 4 * DAY)
    await runner.run_until_idle()
    await move(client, meeting, THURSDAY + 5 * DAY)
    box.reset()
    runner._context.clock.advance(timedelta(minutes=2))
    await runner.run_until_idle()
    assert story(box.taken()) == [("REQUEST", 4, THURSDAY + 5 * DAY)]
    states = [each["status"] for each in await deliveries(client, group["targets"][0])]
    assert states == ["succeeded", "expired", "succeeded"]


async def test_a_hot_seat_is_told_of_when_it_is_announced_and_when_it_goes(
    client: httpx.AsyncClient, runner: Runner, box: Mailbox, clock: ManualClock
) -> None:
    group = await group_of(client, *["Europe/London"] * 4)
    meeting = await make_meeting(client, group)
    seats = await seats_of(client, meeting["id"])
    holders = {group["memberships"].index(seat["membership_id"]) + 1 for seat in seats}
    await runner.run_until_idle()
    mails = box.taken()
    theirs = {mail.to for mail in mails if "You have the hot seat." in mail.text}
    assert theirs == {f"p{number}@example.org" for number in holders}
    assert theirs == {mail.to for mail in mails if "your hot seat" in mail.event["SUMMARY"]}
    assert 0 < len(theirs) < 4
    clock.advance(timedelta(minutes=1))
    holder = min(holders)
    await mark(client, meeting["id"], group["memberships"][holder - 1], "absent")
    await runner.run_until_idle()
    changed = {mail.to: mail for mail in box.taken()}
    gone = changed[f"p{holder}@example.org"]
    assert "not yours any more" in gone.text
    (before,) = [mail for mail in mails if mail.to == gone.to]
    assert gone.event["SEQUENCE"] >= before.event["SEQUENCE"]
    assert gone.event["DTSTAMP"].dt > before.event["DTSTAMP"].dt


async def test_reminders_come_a_day_before_when_people_are_awake(
    client: httpx.AsyncClient, runner: Runner, box: Mailbox, clock: ManualClock
) -> None:
    # 19:00 in London is 00:30 in Kolkata and 08:00 in Auckland.
    group = await group_of_zones(client)
    (meeting,) = made(await client.get(f"/v1/meetings?group_id={group['id']}"))["data"]
    await mark(client, meeting["id"], group["memberships"][3], "absent")
    made(
        await client.put(
            f"/v1/meetings/{meeting['id']}/roles",
            json={"facilitator": group["memberships"][1], "timekeeper": None, "scribe": None},
        )
    )
    await runner.run_until_idle()
    box.taken()
    clock.set(THURSDAY - DAY)
    await runner.run_until_idle()
    (mail,) = box.taken()
    assert mail.to == "p2@example.org"
    assert mail.calendar is None
    assert mail.subject.startswith("Soon: The Inklings, Thursday 26 November 2026, 14:00")
    assert "You are the facilitator." in mail.text
    assert f"Agenda: https://hotseat.test/v1/meetings/{meeting['id']}/agenda" in mail.text
    clock.set(datetime(2026, 11, 25, 20, 0, tzinfo=UTC))  # 09:00 in Auckland
    await runner.run_until_idle()
    assert [each.to for each in box.taken()] == ["p3@example.org"]
    clock.set(datetime(2026, 11, 26, 3, 30, tzinfo=UTC))  # 09:00 in Kolkata
    await runner.run_until_idle()
    (mail,) = box.taken()
    assert mail.to == "p1@example.org"
    clock.advance(timedelta(hours=1))
    await runner.run_until_idle()
    assert box.taken() == []
    assert "remind" in [each["action"] for each in await deliveries(client, group["targets"][0])]


async def test_no_reminder_is_sent_that_is_wrong_or_late(
    client: httpx.AsyncClient, runner: Runner, box: Mailbox, clock: ManualClock
) -> None:
    group = await group_of(client, *["Europe/London"] * 4)
    moved, cancelled, unattended = [
        await make_meeting(client, group, THURSDAY + n * timedelta(hours=2)) for n in range(3)
    ]
    await mark(client, unattended["id"], group["memberships"][0], "absent")
    await runner.run_until_idle()
    box.reset()
    clock.set(THURSDAY - DAY + timedelta(hours=4))  # 23:00: nobody is told before the morning
    await runner.run_until_idle()
    assert box.taken() == []
    await move(client, moved, THURSDAY + 3 * DAY)
    await verb(client, cancelled["id"], "cancel")
    await runner.run_until_idle()
    box.reset()
    clock.set(THURSDAY - timedelta(hours=10))
    await runner.run_until_idle()
    reminded = [each.to for each in box.taken()]
    assert sorted(reminded) == [f"p{number}@example.org" for number in (2, 3, 4)]
    # The server is away until the meeting has begun: nobody needs a reminder then.
    late = await make_meeting(client, group, THURSDAY + 10 * DAY)
    await runner.run_until_idle()
    box.reset()
    clock.set(THURSDAY + 9 * DAY)
    box.at_data = lambda _: "451 later"
    await runner.run_until_idle()
    clock.set(datetime.fromisoformat(late["starts_at"]))
    box.reset()
    await runner.run_until_idle()
    assert box.taken() == []
    log = await deliveries(client, group["targets"][1])
    assert (log[-1]["action"], log[-1]["status"]) == ("remind", "expired")


async def test_what_is_owed_is_told_once_a_day(
    client: httpx.AsyncClient, runner: Runner, box: Mailbox, clock: ManualClock
) -> None:
    group = await group_of(client, "Europe/London", "Europe/London")
    await opt_out_of(client, group["targets"][1], "owed")
    meeting = await make_meeting(client, group, THURSDAY)
    for member in (0, 1):
        owner = group["memberships"][member]
        await promise(client, owner, "Write {page} one", due_on="2026-11-24")
        await promise(client, owner, "Read it", due_on="2026-11-24")
        await promise(client, owner, "Bring it", due_meeting_id=meeting["id"])
        await promise(client, owner, "Much later", due_on="2027-03-01")
    await runner.run_until_idle()
    box.taken()
    clock.set(datetime(2026, 11, 23, 20, 0, tzinfo=UTC))
    await runner.run_until_idle()
    (mail,) = box.taken()
    assert (mail.to, mail.subject) == ("p1@example.org", "What you promised")
    assert [line for line in mail.text.splitlines() if line.startswith("- ")] == [
        "- Read it (due on Tuesday 24 November 2026)",
        "- Write {page} one (due on Tuesday 24 November 2026)",
        "- Bring it (due at the meeting on Thursday 26 November 2026, 19:00 (Europe/London))",
        "-- ",
    ] or mail.text
    # Overdue since midnight, told in the morning.
    clock.set(datetime(2026, 11, 25, 0, 30, tzinfo=UTC))
    await runner.run_until_idle()
    assert box.taken() == []
    clock.set(datetime(2026, 11, 25, 9, 0, tzinfo=UTC))
    await runner.run_until_idle()
    (mail,) = box.taken()
    assert "- Read it (overdue since Tuesday 24 November 2026)" in mail.text
    assert "Much later" not in mail.text


async def opt_out_of(client: httpx.AsyncClient, target: Any, what: str) -> None:
    sends = [each for each in ("invitations", "reminders", "owed") if each != what]
    path = f"/v1/calendar_targets/{target['id']}"
    made(await client.patch(path, json={"settings": {"sends": sends}}))


async def test_a_server_in_trouble_is_tried_again_with_the_same_message(
    client: httpx.AsyncClient, runner: Runner, box: Mailbox, clock: ManualClock
) -> None:
    group = await group_of(client, "Europe/London")
    await make_meeting(client, group)
    refused: list[str] = []
    box.at_data = lambda to: refused.append(to) or "451 4.3.0 disk full"
    await runner.run_until_idle()
    (log,) = await deliveries(client, group["targets"][0])
    assert (log["status"], log["attempts"]) == ("pending", 1)
    target = await target_of(client, group["targets"][0])
    assert (target["last_error"]["code"], target["last_error"]["status"]) == (
        "message_refused",
        451,
    )
    assert (target["state"], target["retry_at"]) == ("enabled", log["next_attempt_at"])
    clock.advance(timedelta(seconds=30))
    await runner.run_until_idle()
    assert len(refused) == 1
    for wait in (timedelta(minutes=1), timedelta(minutes=5)):
        clock.advance(wait + timedelta(seconds=1))
        await runner.run_until_idle()
    assert len(refused) == 3
    box.reset()
    clock.advance(timedelta(minutes=31))
    await runner.run_until_idle()
    (mail,) = box.taken()
    assert mail.message["Message-ID"] == f"<{log['id']}@example.org>"
    detail = made(await client.get(f"/v1/deliveries/{log['id']}"))
    assert (detail["status"], detail["attempts"], detail["target_id"]) == (
        "succeeded",
        4,
        group["targets"][0]["id"],
    )
    assert [each["status"] for each in detail["attempt_log"]] == [451, 451, 451, 250]
    assert [each["error"] for each in detail["attempt_log"]] == ["message_refused"] * 3 + [None]
    assert "disk full" in detail["attempt_log"][0]["response"]
    target = await target_of(client, group["targets"][0])
    assert (target["failing_since"], target["retry_at"], target["last_error"]) == (None,) * 3


async def test_an_address_that_is_refused_for_good_is_left_alone(
    client: httpx.AsyncClient,
    runner: Runner,
    box: Mailbox,
    database: Database,
    tenant: Tenant,
) -> None:
    group = await group_of(client, "Europe/London", "Europe/London")
    box.at_rcpt = lambda to: "550 no such user" if to.startswith("p1@") else None
    meeting = await make_meeting(client, group)
    with structlog.testing.capture_logs() as lines:
        await runner.run_until_idle()
    assert [each.to for each in box.taken()] == ["p2@example.org"]
    where = group["targets"][0]["id"]
    target = await target_of(client, group["targets"][0])
    assert (target["state"], target["disabled_reason"]) == ("disabled", "recipient_refused")
    ((_, data),) = await events_of(database, tenant, "calendar_target.disabled")
    assert (data["calendar_target_id"], data["reason"]) == (where, "recipient_refused")
    (line,) = [line for line in lines if line["event"] == "calendar_target_disabled"]
    assert line["target_id"] == where
    (log,) = await deliveries(client, group["targets"][0])
    assert log["status"] == "failed"
    await move(client, meeting, THURSDAY + DAY)
    await runner.run_until_idle()
    assert [each.to for each in box.taken()] == ["p2@example.org"]
    # The mailbox is back: they hear of what they have missed, once.
    box.reset()
    made(await client.patch(f"/v1/calendar_targets/{where}", json={"state": "enabled"}))
    await runner.run_until_idle()
    (mail,) = box.taken()
    assert (mail.to, story([mail])) == ("p1@example.org", [("REQUEST", 1, THURSDAY + DAY)])


async def test_a_server_that_is_away_disables_nobody(
    client: httpx.AsyncClient, runner: Runner, box: Mailbox, clock: ManualClock
) -> None:
    group = await group_of(client, "Europe/London")
    await make_meeting(client, group, THURSDAY + 10 * DAY)
    box.at_mail = lambda _: "550 who are you"
    for _ in range(20):
        await runner.run_until_idle()
        clock.advance(timedelta(hours=7))
    target = await target_of(client, group["targets"][0])
    assert (target["state"], target["last_error"]["code"]) == ("enabled", "sender_refused")
    (log,) = await deliveries(client, group["targets"][0])
    assert log["attempts"] >= 10
    box.reset()
    await runner.run_until_idle()
    assert len(box.taken()) == 1


async def test_a_mail_of_which_nobody_knows_whether_it_went_goes_again_as_it_was(
    client: httpx.AsyncClient,
    runner: Runner,
    box: Mailbox,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The worker dies after the server has taken the message and before that is written down."""
    group = await group_of(client, "Europe/London")
    await make_meeting(client, group)

    async def die(*_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(task, "end_mail", die)
        await runner.run_until_idle()
    clock.advance(timedelta(minutes=2))
    await runner.run_until_idle()
    first, second = box.taken()
    assert first.content == second.content
    (log,) = await deliveries(client, group["targets"][0])
    assert (log["status"], log["attempts"]) == ("succeeded", 2)


async def test_one_click_stops_everything_at_once(
    client: httpx.AsyncClient,
    runner: Runner,
    box: Mailbox,
    clock: ManualClock,
    app: FastAPI,
    database: Database,
    tenant: Tenant,
) -> None:
    group = await group_of(client, "Europe/London")
    meeting = await make_meeting(client, group)
    await runner.run_until_idle()
    (mail,) = box.taken()
    link = mail.message["List-Unsubscribe"].strip("<>")
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in mail.text
    await move(client, meeting, THURSDAY + DAY)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://hotseat.test") as anyone:
        # Scanners of mail look at links; that must change nothing.
        page = await anyone.get(link)
        assert page.status_code == 200
        assert (await target_of(client, group["targets"][0]))["state"] == "enabled"
        done = await anyone.post(link, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
        assert (await anyone.post(link)).status_code == 200
    target = await target_of(client, group["targets"][0])
    assert (target["state"], target["disabled_reason"]) == ("disabled", "opted_out")
    clock.set(THURSDAY)
    await runner.run_until_idle()
    assert box.taken() == []
    found = await events_of(database, tenant, "calendar_target.disabled")
    assert [data["reason"] for _, data in found] == ["opted_out"]


async def test_a_test_goes_the_real_way_and_a_mail_can_be_sent_again(
    client: httpx.AsyncClient, runner: Runner, box: Mailbox
) -> None:
    group = await group_of(client, "Europe/London")
    where = f"/v1/calendar_targets/{group['targets'][0]['id']}"
    asked = await client.post(f"{where}/test")
    assert asked.status_code == 202
    await runner.run_until_idle()
    (mail,) = box.taken()
    assert mail.subject == "A test from Hotseat"
    delivery = made(await client.get(asked.headers["Location"]))
    assert (delivery["action"], delivery["status"]) == ("test", "succeeded")
    made(await client.post(f"{asked.headers['Location']}/resend"))
    await runner.run_until_idle()
    (again,) = box.taken()
    assert again.content == mail.content
    refused = await client.post(f"{where}/discover")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_for_mail")
    made(await client.patch(where, json={"state": "disabled"}))
    for answer in (
        await client.post(f"{where}/test"),
        await client.post(f"{asked.headers['Location']}/resend"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "target_not_enabled")


async def test_who_is_removed_gets_nothing_more_and_leaves_nothing(
    client: httpx.AsyncClient, runner: Runner, box: Mailbox
) -> None:
    group = await group_of(client, "Europe/London")
    await make_meeting(client, group)
    await runner.run_until_idle()
    box.taken()
    await make_meeting(client, group, THURSDAY + DAY)
    where = f"/v1/calendar_targets/{group['targets'][0]['id']}"
    assert (await client.delete(where)).status_code == 204
    assert (await client.get(where)).status_code == 404
    await runner.run_until_idle()
    assert box.taken() == []


async def test_the_password_is_in_no_log_and_no_answer(
    client: httpx.AsyncClient, runner: Runner, box: Mailbox
) -> None:
    runner._context = replace(
        runner._context,
        settings=with_mail_settings(runner, f"smtp://hotseat:{PASSWORD}@127.0.0.1:{box.port}"),
    )
    group = await group_of(client, "Europe/London")
    await make_meeting(client, group)
    with structlog.testing.capture_logs() as lines:
        await runner.run_until_idle()
    # aiosmtpd offers no AUTH without TLS: the password has nowhere to go.
    assert box.taken() == []
    assert [line["outcome"] for line in lines if line["event"] == "mail_not_sent"] == ["tls"]
    assert PASSWORD not in repr(lines)
    assert PASSWORD not in repr(await deliveries(client, group["targets"][0]))
    assert PASSWORD not in repr(await target_of(client, group["targets"][0]))


def with_mail_settings(runner: Runner, url: str) -> Settings:
    settings = runner._context.settings
    return Settings(**(settings.model_dump() | {"smtp_url": url}))


async def test_a_wish_costs_the_same_however_many_there_are(
    client: httpx.AsyncClient, runner: Runner, database: Database, clock: ManualClock
) -> None:
    group = await group_of(client, *["Europe/London"] * 2)
    meeting = await make_meeting(client, group)
    await runner.run_until_idle()
    with count_statements(database) as few:
        await move(client, meeting, THURSDAY + DAY)
    await name_people(client, group["people"])
    for person in group["people"][2:]:
        await opt_in(client, person)
    await runner.run_until_idle()
    with count_statements(database) as many:
        await move(client, meeting, THURSDAY + 2 * DAY)
    assert many.count <= few.count
