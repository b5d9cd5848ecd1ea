"""Secrets and signatures of Standard Webhooks 1.0.0, symmetric scheme (`v1`, HMAC-SHA256).

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

SECRET_PREFIX = "whsec_"  # noqa: S105 - the public marker in front of every secret
SECRET_BYTES = 32


def secret_from(random_bytes: bytes) -> str:
    """The secret as its owner sees it: `whsec_` and base64 of exactly 32 random bytes."""
    if len(random_bytes) != SECRET_BYTES:
        raise ValueError(f"a webhook secret needs {SECRET_BYTES} random bytes")
    return SECRET_PREFIX + base64.b64encode(random_bytes).decode("ascii")


def sign(
    *, secrets: Sequence[str], event_id: str, timestamp: datetime, body: bytes
) -> dict[str, str]:
    """The three signature headers for `body`, which is to be sent byte for byte.

    `timestamp` is the instant of this attempt, not the event's: receivers refuse what is more than
    five minutes off, so a retry is signed anew. `event_id` contains no full stop, the delimiter of
    the signed content. Every secret in force gives one signature, in the order given: the current
    one, and the old one for as long as a rotation lasts.
    """
    # The library reads an aware datetime's wall clock as UTC, whatever its zone.
    moment = timestamp.astimezone(UTC)
    text = body.decode("utf-8")
    signatures = [Webhook(secret).sign(event_id, moment, text) for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
