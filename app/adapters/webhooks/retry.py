"""What follows an attempt: success, another attempt later, or giving up. Pure decisions.

The schedule and the reading of status codes follow Standard Webhooks 1.0.0, "Deliverability and
reliability".
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

AttemptError = Literal[
    "timeout", "dns", "connect", "tls", "refused_destination", "protocol", "disconnected"
]

SCHEDULE = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""The wait before each attempt, the first included; ten attempts in all."""
JITTER = 0.2
"""Each wait is stretched or shortened by up to this share of itself."""
THROTTLED_WAIT = timedelta(seconds=60)
"""The least wait after a 429 or a time-out."""
SLOW_MS = 2000
"""An endpoint whose last attempt took so long, answered or not, shares places with its like."""
AUTO_DISABLE_AFTER = timedelta(days=5)
AUTO_DISABLE_SPREAD = timedelta(hours=12)
PROBE_EVERY = timedelta(hours=6)
"""How often an endpoint that was disabled for failing is looked at, to see whether it is back."""


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What one attempt brought: a full response (`status`, no `error`), or an `error` without one.

    `response_body` is text of at most 20,000 bytes; `retry_after` is the header as it came.
    """

    status: int | None
    duration_ms: int
    response_body: str | None = None
    error: AttemptError | None = None
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The receiver has it."""


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Try again, not before `at`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Failed:
    """No attempt is left. `disable_endpoint`: the receiver wants nothing more (410)."""

    disable_endpoint: bool


Decision = Succeeded | RetryAt | Failed


def decide(result: AttemptResult, *, attempt_number: int, now: datetime, jitter: float) -> Decision:
    """What to do after attempt `attempt_number` (from 1) ended at `now`.

    2xx succeeds; 410 fails and disables; everything else, redirects included, is tried again while
    the schedule lasts. `jitter` is random in [0, 1): 0.5 leaves a wait as it is.
    """
    if result.error is None and result.status is not None and 200 <= result.status < 300:
        return Succeeded()
    if result.status == 410:
        return Failed(disable_endpoint=True)
    if attempt_number >= len(SCHEDULE):
        return Failed(disable_endpoint=False)
    return RetryAt(now + _wait(result, SCHEDULE[attempt_number], now, jitter))


def rest_after(result: AttemptResult, *, now: datetime) -> timedelta | None:
    """How long an endpoint is sent nothing at all after an attempt that ended at `now`.

    One that is throttling (429, or 503 with a `Retry-After`) or does not answer in time gets a rest
    of a minute, or what it asks for between one and two; others go on with the next delivery.
    """
    busy = result.status == 429 or (result.status == 503 and result.retry_after is not None)
    if not busy and result.error != "timeout":
        return None
    return _wished(result, THROTTLED_WAIT, now) or THROTTLED_WAIT


def should_auto_disable(
    *, first_failure_at: datetime, last_failure_at: datetime, now: datetime
) -> bool:
    """True once an endpoint has had nothing but failures for five days.

    `first_failure_at` and `last_failure_at` are the first and the latest failed attempt since the
    endpoint's last success. They must lie 12 hours apart: one bad hour and then silence is no
    reason to switch an endpoint off.
    """
    return (
        now - first_failure_at >= AUTO_DISABLE_AFTER
        and last_failure_at - first_failure_at >= AUTO_DISABLE_SPREAD
    )


def _wait(result: AttemptResult, base: timedelta, now: datetime, jitter: float) -> timedelta:
    """The receiver's wish within [base, 2 × base], else the base with its jitter."""
    throttled = result.status == 429 or result.error == "timeout"
    least = THROTTLED_WAIT if throttled else timedelta(0)
    base = max(base, least)
    wished = _wished(result, base, now)
    return wished or max(base * (1 + JITTER * (2 * jitter - 1)), least)


def _wished(result: AttemptResult, base: timedelta, now: datetime) -> timedelta | None:
    wish = _wish_in_seconds(result.retry_after, now)
    if wish is None:
        return None
    shortest = base.total_seconds()
    return timedelta(seconds=min(max(wish, shortest), 2 * shortest))


def _wish_in_seconds(retry_after: str | None, now: datetime) -> float | None:
    """Seconds to wait by a `Retry-After` header (RFC 9110 10.2.3: delay or HTTP-date); None if it
    is absent or says nothing readable.
    """
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # An HTTP-date is in GMT; the parser leaves the zone out where the text writes it as "-0000".
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
