import base64
import hashlib
import hmac
import os
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import standardwebhooks
import svix.webhooks
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.webhooks.signing import secret_from, sign

LIBRARIES = [standardwebhooks.Webhook, svix.webhooks.Webhook]
REFUSED = (standardwebhooks.WebhookVerificationError, svix.webhooks.WebhookVerificationError)
BODY = '{"type":"meeting.scheduled","data":{"name":"Zoë, 朝"}}'.encode()

both_libraries = pytest.mark.parametrize("library", LIBRARIES, ids=["standardwebhooks", "svix"])


def new_secret() -> str:
    return secret_from(os.urandom(32))


def headers_at(moment: datetime, *secrets: str, body: bytes = BODY) -> dict[str, str]:
    return sign(secrets=secrets, event_id="evt_01", timestamp=moment, body=body)


def now() -> datetime:
    return datetime.now(UTC)


def test_the_vector_of_the_reference_libraries() -> None:
    headers = sign(
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        event_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=datetime.fromtimestamp(1614265330, UTC),
        body=b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@settings(max_examples=150, deadline=None)
@given(
    key=st.binary(min_size=32, max_size=32),
    text=st.text(),
    seconds=st.floats(0, 4e9),
    offset=st.integers(-14 * 60, 14 * 60),
)
def test_the_signature_is_the_formula_of_the_specification(
    key: bytes, text: str, seconds: float, offset: int
) -> None:
    zone = timezone(timedelta(minutes=offset))
    moment = datetime.fromtimestamp(seconds, zone)
    body = text.encode()
    headers = headers_at(moment, secret_from(key), body=body)
    stamp = int(moment.timestamp())
    assert headers["webhook-timestamp"] == str(stamp)
    digest = hmac.digest(key, b"evt_01.%d.%s" % (stamp, body), hashlib.sha256)
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()


@both_libraries
def test_before_during_and_after_a_rotation(library: type[Any]) -> None:
    old, new = new_secret(), new_secret()
    before, during, after = (headers_at(now(), *secrets) for secrets in ([old], [new, old], [new]))
    assert len(during["webhook-signature"].split(" ")) == 2
    library(old).verify(BODY, before)
    library(old).verify(BODY, during)
    library(new).verify(BODY, during)
    library(new).verify(BODY, after)
    for secret, headers in ((new, before), (old, after), (new_secret(), during)):
        with pytest.raises(REFUSED):
            library(secret).verify(BODY, headers)


@both_libraries
@pytest.mark.parametrize("minutes", [-6, 6, -60 * 24, 60 * 24])
def test_a_stale_or_future_delivery_is_refused(library: type[Any], minutes: int) -> None:
    secret = new_secret()
    with pytest.raises(REFUSED, match="timestamp too"):
        library(secret).verify(BODY, headers_at(now() + timedelta(minutes=minutes), secret))


@both_libraries
def test_a_zone_other_than_utc_makes_no_difference(library: type[Any]) -> None:
    secret = new_secret()
    moment = now().astimezone(timezone(timedelta(hours=9)))
    library(secret).verify(BODY, headers_at(moment, secret))


@both_libraries
@pytest.mark.parametrize("part", ["body", "webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_tampered_delivery_is_refused(library: type[Any], part: str) -> None:
    secret = new_secret()
    headers = headers_at(now(), secret)
    library(secret).verify(BODY, headers)
    body = BODY.replace(b"scheduled", b"cancelled") if part == "body" else BODY
    forged = {
        "webhook-id": "evt_02",
        "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1),
        "webhook-signature": headers_at(now(), new_secret())["webhook-signature"],
    }
    if part in forged:
        headers[part] = forged[part]
    with pytest.raises(REFUSED):
        library(secret).verify(body, headers)


def test_a_secret_is_a_prefix_and_base64_of_32_bytes() -> None:
    secret = secret_from(bytes(range(32)))
    assert secret == "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    assert base64.b64decode(secret.removeprefix("whsec_"), validate=True) == bytes(range(32))


@pytest.mark.parametrize("length", [0, 24, 31, 33])
def test_a_secret_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        secret_from(bytes(length))
