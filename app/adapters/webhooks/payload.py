"""The body of a webhook, by Standard Webhooks 1.0.0: `{type, timestamp, data}`."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def body_of(*, type: str, occurred_at: datetime, data: Mapping[str, Any]) -> bytes:  # noqa: A002
    """The bytes to sign and send; the same event gives the same bytes at every attempt.

    Keys are sorted because databases keep JSON in orders of their own.
    """
    body = {"type": type, "timestamp": timestamp(occurred_at), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def timestamp(moment: datetime) -> str:
    """An instant in ISO 8601 with a Z, as the specification shows it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
