"""Every operation: `If-Match` before a change, `If-None-Match` before a repeated read."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx

from tests.contract.conftest import Stage
from tests.support.enumeration import Refusal, Tally, settle
from tests.support.operations import Call, calls

CALLS = calls()
WRITES = [call for call in CALLS if not call.is_read]
VERSIONED = [call for call in WRITES if call.takes("IfMatch")]
CREATING = [call for call in VERSIONED if call.takes("IfNoneMatchToCreate")]
"""PUTs that create what they don't find."""
READS = [call for call in CALLS if call.takes("IfNoneMatch")]
STALE = Refusal(412, "stale_version")
UNCHECKED = Refusal(412, "version_not_checked")
ABSENT = Refusal(412, "no_such_version")
EXISTING = Refusal(412, "already_exists")
DEMANDED = Refusal(428, "if_match_required")
STRICT = {"require_if_match": True}
ENDLESS = {"stream_events"}
"""No resource: it has no state to have a tag of."""
WITHOUT_READ = {"remove_guest", "put_attendance", "start_slot", "finish_slot", "skip_slot"}
"""What they change is read with others of its kind: the meeting's tag is theirs."""


def tagged(call: Call, tag: str) -> Call:
    return replace(call, headers={"If-Match": tag})


async def current_tag(client: httpx.AsyncClient, call: Call) -> str:
    """What a stale call is told."""
    stale = await tagged(call, '"0"').send(client)
    return str(stale.json()["facts"]["etag"])


@asynccontextmanager
async def existing(stage: Stage, call: Call) -> AsyncIterator[None]:
    """Within the block there is what the call changes."""
    if call not in CREATING:
        yield
        return
    async with stage.scene():
        made = await call.send(stage.client)
        assert made.is_success, made.text
        yield


def read_of(call: Call) -> Call | None:
    """The GET of what a write changes: at the same address, or a verb's without the verb."""
    places = {call.path, call.path.rpartition("/")[0]} if call.method == "POST" else {call.path}
    return next((each for each in CALLS if each.is_read and each.path in places), None)


def test_only_what_adds_something_compares_no_version() -> None:
    """A POST to a collection, a batch, a preview."""
    collections = {call.path for call in CALLS if "limit" in call.parameters}
    for call in WRITES:
        adds = call.path in collections or call.path.endswith(("/batch", "/preview"))
        assert (call.method == "POST" and adds) is (call not in VERSIONED), call.name


async def test_a_stale_version(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally("If-Match stale")
    for call in VERSIONED:
        async with existing(stage, call):
            tag = await current_tag(stage.client, call)
            for stale in ('"0"', f"W/{tag}", tag.strip('"'), '"0", "00"', '""'):
                variant = tagged(call, stale)
                tally.refused(variant, await variant.send(stage.client), STALE)
    settle(tally, record_property)


async def test_the_current_version(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally("If-Match current")
    for call in VERSIONED:
        async with existing(stage, call):
            for form in ("{}", "*", '"0", {}'):
                current = form.format(await current_tag(stage.client, call))
                answer = await tagged(call, current).send(stage.client)
                tally.check(call, answer.is_success, True, answer.text[:200])
                if "etag" in answer.headers and "dry_run" not in call.parameters:
                    tally.check(call, answer.headers["etag"].startswith('"'), True)
    settle(tally, record_property)


async def test_the_tag_that_was_read(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    """What a GET of the same address is tagged with goes back as it is."""
    tally = Tally("If-Match as it was read")
    for call in VERSIONED:
        read = read_of(call)
        if read is None:
            continue
        shown = await replace(read, ids=call.ids, query={}).send(stage.client)
        answer = await tagged(call, shown.headers["etag"]).send(stage.client)
        tally.check(call, answer.is_success, True, f"{shown.headers['etag']} {answer.text[:200]}")
    settle(tally, record_property)


def test_what_is_changed_can_be_read() -> None:
    unread = {call.name for call in VERSIONED if read_of(call) is None}
    assert unread - {call.name for call in CREATING} == WITHOUT_READ


async def test_a_strict_workspace_demands_it(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally("If-Match missing where demanded")
    async with stage.scene():
        strict = await stage.client.patch("/v1/workspace", json=STRICT)
        assert strict.is_success, strict.text
        for call in CREATING:
            made = await call.send(stage.client)
            tally.check(call, made.is_success, call.name != "put_cadence", made.text[:200])
        for call in VERSIONED:
            tally.refused(call, await call.send(stage.client), DEMANDED)
    settle(tally, record_property)


async def test_a_put_that_creates(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    """`If-Match` wants something to be there, `If-None-Match: *` wants nothing."""
    tally = Tally("PUT: If-Match, If-None-Match")
    only_new = {"If-None-Match": "*"}
    for call in CREATING:
        async with stage.scene():
            if "external_id" in call.ids:
                for tag in ('"1"', "*"):
                    tally.refused(call, await tagged(call, tag).send(stage.client), ABSENT)
                made = await replace(call, headers=only_new).send(stage.client)
                tally.check(call, made.status_code, 201, made.text[:200])
            tag = await current_tag(stage.client, call)
            for known in ("*", tag, f"W/{tag}"):
                again = await replace(call, headers={"If-None-Match": known}).send(stage.client)
                tally.refused(call, again, EXISTING)
            other = await replace(call, headers={"If-None-Match": '"0"'}).send(stage.client)
            tally.check(call, other.status_code, 200, other.text[:200])
    settle(tally, record_property)


async def test_a_precondition_that_nobody_checks(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    """It is not passed over: who sends it relies on it."""
    tally = Tally("If-Match where there is no tag")
    for call in WRITES:
        if call not in VERSIONED:
            variant = tagged(call, '"0"')
            tally.refused(variant, await variant.send(stage.client), UNCHECKED)
            answer = await tagged(call, "*").send(stage.client)
            tally.check(call, answer.is_success, True, answer.text[:200])
    settle(tally, record_property)


async def test_what_is_known_already(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally("If-None-Match")
    for call in READS:
        first = await call.send(stage.client)
        tag = first.headers["etag"]
        for known in (tag, f"W/{tag}", "*", f'"0", {tag}'):
            answer = await replace(call, headers={"If-None-Match": known}).send(stage.client)
            tally.check(call, (answer.status_code, answer.content), (304, b""), known)
            tally.check(call, answer.headers.get("etag"), tag, known)
        for other in ('"0"', "", tag.strip('"')):
            answer = await replace(call, headers={"If-None-Match": other}).send(stage.client)
            tally.check(call, (answer.status_code, answer.content), (200, first.content), other)
    settle(tally, record_property)


def test_every_read_has_a_tag() -> None:
    assert {call.name for call in CALLS if call.is_read} - {call.name for call in READS} == ENDLESS
