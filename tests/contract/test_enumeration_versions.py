"""Every operation: `If-Match` before a change, `If-None-Match` before a repeated read."""

from collections.abc import Callable
from dataclasses import replace

import httpx

from tests.contract.conftest import Stage
from tests.support.enumeration import Refusal, Tally, settle
from tests.support.operations import Call, calls

CALLS = calls()
WRITES = [call for call in CALLS if not call.is_read]
VERSIONED = [call for call in WRITES if call.takes("IfMatch")]
READS = [call for call in CALLS if call.takes("IfNoneMatch")]
STALE = Refusal(412, "stale_version")
UNCHECKED = Refusal(412, "version_not_checked")
STRICT = {"require_if_match": True}
ENDLESS = {"stream_events"}
"""No resource: it has no state to have a tag of."""


def tagged(call: Call, tag: str) -> Call:
    return replace(call, headers={"If-Match": tag})


async def current_tag(client: httpx.AsyncClient, call: Call) -> str:
    """What a stale call is told."""
    stale = await tagged(call, '"0"').send(client)
    return str(stale.json()["facts"]["etag"])


async def test_a_stale_version(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally("If-Match stale")
    for call in VERSIONED:
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
        tag = await current_tag(stage.client, call)
        for current in (tag, "*", f'"0", {tag}'):
            answer = await tagged(call, current).send(stage.client)
            tally.check(call, answer.is_success, True, answer.text[:200])
            if "etag" in answer.headers and "dry_run" not in call.parameters:
                tally.check(call, answer.headers["etag"].startswith('"'), True)
    settle(tally, record_property)


async def test_a_strict_workspace_demands_it(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally("If-Match missing where demanded")
    async with stage.scene():
        strict = await stage.client.patch("/v1/workspace", json=STRICT)
        assert strict.is_success, strict.text
        for call in VERSIONED:
            answer = await call.send(stage.client)
            tally.refused(call, answer, Refusal(428, "if_match_required"))
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
