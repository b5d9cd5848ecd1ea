"""Every operation: who may not call it is told so before anything else is looked at."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
import pytest

from app.cli import sample
from app.db.models import ApiKey
from app.domain.api_keys import make_key
from app.domain.callers import SCOPES
from app.services.api_keys import create_api_key
from tests.conftest import MONDAY
from tests.contract.conftest import Stage
from tests.support.enumeration import Refusal, Tally, faults_of, note_of, settle
from tests.support.operations import Call, calls

CALLS = calls()
UNAUTHENTICATED = Refusal(401, "unauthenticated")
RUBBISH = b'{"nonesuch": NaN'
NEEDS_TEXTS = {"export_person", "rotate_api_key"}
"""An export has all that was confided, the sample's key may read it: `text:read` is needed too."""
WHYS = ["missing", "of another scheme", "without scheme", "mistyped", "nobody's", "revoked"]
WHYS += ["expired"]


@dataclass(frozen=True)
class Keys:
    """`of` has a key for each scope alone, `without` one for each that has all others."""

    of: dict[str, str]
    without: dict[str, str]
    bad: dict[str, str]
    """Values of Authorization that are no good, by why."""


@pytest.fixture(scope="module")
async def keys(stage: Stage) -> Keys:
    async def make(scopes: list[str], **changes: object) -> str:
        async with stage.database.transaction() as session:
            values = {"name": "test", "scopes": scopes, "expires_at": None}
            row, key = await create_api_key(
                session, sample.WORKSPACE, values, os.urandom(32), MONDAY
            )
            for name, value in changes.items():
                setattr(row, name, value)
            assert isinstance(row, ApiKey)
        return key

    known = await make(list(SCOPES))
    return Keys(
        of={scope: await make([scope]) for scope in SCOPES},
        without={scope: await make([s for s in SCOPES if s != scope]) for scope in SCOPES},
        bad={
            "missing": "",
            "of another scheme": f"Basic {known}",
            "without scheme": known,
            "mistyped": f"Bearer {known[:-1]}{'0' if known[-1] != '0' else '1'}",
            "nobody's": f"Bearer {make_key(os.urandom(32))}",
            "revoked": f"Bearer {await make(list(SCOPES), revoked_at=MONDAY)}",
            "expired": "Bearer "
            + await make(list(SCOPES), expires_at=MONDAY - timedelta(seconds=1)),
        },
    )


def with_key(call: Call, value: str) -> Call:
    return replace(call, headers={"Authorization": value})


def rubbish(call: Call) -> Call:
    """The call with faults that a caller who may not make it must not hear of."""
    absent = dict.fromkeys(call.ids, "nonesuch")
    raw = None if call.is_read else RUBBISH
    return replace(call, ids=absent, query={"nonesuch": "1"}, raw=raw)


@pytest.mark.parametrize(
    "why",
    [
        "missing",
        "of another scheme",
        "without scheme",
        "mistyped",
        "nobody's",
        "revoked",
        "expired",
    ],
)
async def test_a_bad_key(
    stage: Stage, keys: Keys, why: str, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally(f"key {why}")
    for call in CALLS:
        variant = rubbish(with_key(call, keys.bad[why]))
        answer = await variant.send(stage.client)
        tally.refused(variant, answer, UNAUTHENTICATED)
        tally.check(variant, answer.headers.get("www-authenticate"), "Bearer")
    settle(tally, record_property)


async def test_a_lacking_scope(
    stage: Stage, keys: Keys, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally("scope lacking")
    for call in CALLS:
        refusal = Refusal(403, "missing_scope")
        plain = with_key(call, f"Bearer {keys.without[call.scope]}")
        for variant in (plain, rubbish(plain)):
            answer = await variant.send(stage.client)
            tally.refused(variant, answer, refusal)
            tally.check(call, answer.json().get("facts"), {"required_scope": call.scope})
    settle(tally, record_property)


async def test_the_scope_alone_is_enough(
    stage: Stage, keys: Keys, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally("scope alone")
    for call in CALLS:
        answer = await with_key(call, f"Bearer {keys.of[call.scope]}").send(stage.client)
        if call.name in NEEDS_TEXTS:
            tally.refused(call, answer, Refusal(403, "missing_scope"))
            tally.check(call, answer.json().get("facts"), {"required_scope": "text:read"})
        else:
            tally.check(call, answer.is_success, True, answer.text[:200])
    settle(tally, record_property)


async def test_an_actor_who_is_nobody(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally("actor unknown")
    for call in CALLS:
        variant = replace(call, headers={"Hotseat-Actor": "per_01h455vb4pex5vsknk084sn02q"})
        tally.refused(variant, await variant.send(stage.client), Refusal(403, "bad_actor"))
    settle(tally, record_property)


def test_a_refusal_is_read_closely() -> None:
    """The check itself can fail."""
    call = CALLS[0]
    answer = httpx.Response(
        401,
        headers={"content-type": "application/json", "x-request-id": "a"},
        json={
            "type": "urn:hotseat:problem:x",
            "title": "",
            "status": 400,
            "code": "x",
            "detail": "",
            "request_id": "b",
            "errors": [],
        },
    )
    assert len(faults_of(call, answer, Refusal(401, "unauthenticated", ["/a"]))) == 5
    assert faults_of(call, answer, Refusal(403, "x")) != []
    assert call.url in note_of(call)
