from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.webhooks.retry import (
    AttemptError,
    AttemptResult,
    Decision,
    Failed,
    RetryAt,
    Succeeded,
    decide,
    rest_after,
    should_auto_disable,
)

NOW = datetime(2031, 3, 30, 0, 59, 58, tzinfo=UTC)
MIDDLE = 0.5
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
WAITS = [
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
]
ERRORS: list[AttemptError] = [
    "timeout",
    "dns",
    "connect",
    "tls",
    "refused_destination",
    "protocol",
    "disconnected",
]


def result(
    status: int | None = None, error: AttemptError | None = None, retry_after: str | None = None
) -> AttemptResult:
    return AttemptResult(status=status, duration_ms=1, error=error, retry_after=retry_after)


def wait_after(
    attempt: AttemptResult, attempt_number: int = 1, jitter: float = MIDDLE
) -> timedelta:
    decision = decide(attempt, attempt_number=attempt_number, now=NOW, jitter=jitter)
    assert isinstance(decision, RetryAt), decision
    return decision.at - NOW


@pytest.mark.parametrize(("attempt_number", "wait"), list(enumerate(WAITS, start=1)))
def test_the_schedule_and_its_jitter(attempt_number: int, wait: timedelta) -> None:
    failure = result(500)
    assert wait_after(failure, attempt_number) == wait
    assert wait_after(failure, attempt_number, jitter=0.0) == wait * 0.8
    almost = wait_after(failure, attempt_number, jitter=1 - 2**-53)
    assert abs(almost - wait * 1.2) < timedelta(milliseconds=1)


def test_without_jitter_the_ten_attempts_span_just_over_three_days() -> None:
    total = sum((wait_after(result(500), n) for n in range(1, 10)), timedelta())
    assert total == timedelta(hours=75, minutes=35, seconds=5)


@pytest.mark.parametrize("attempt_number", [10, 11, 40])
@pytest.mark.parametrize("attempt", [result(500), result(429, None, "60"), result(None, "timeout")])
def test_the_tenth_failure_is_the_last(attempt: AttemptResult, attempt_number: int) -> None:
    decision = decide(attempt, attempt_number=attempt_number, now=NOW, jitter=MIDDLE)
    assert decision == Failed(disable_endpoint=False)


@pytest.mark.parametrize("status", range(100, 600))
def test_every_status_code(status: int) -> None:
    decision = decide(result(status), attempt_number=1, now=NOW, jitter=MIDDLE)
    if 200 <= status <= 299:
        assert decision == Succeeded()
    elif status == 410:
        assert decision == Failed(disable_endpoint=True)
    elif status == 429:
        assert decision == RetryAt(NOW + MINUTE)
    else:
        assert decision == RetryAt(NOW + 5 * SECOND)


@pytest.mark.parametrize("attempt_number", [1, 5, 10])
def test_gone_disables_and_success_succeeds_at_any_attempt(attempt_number: int) -> None:
    def decided(status: int) -> Decision:
        return decide(result(status), attempt_number=attempt_number, now=NOW, jitter=MIDDLE)

    assert decided(410) == Failed(disable_endpoint=True)
    assert decided(204) == Succeeded()


@pytest.mark.parametrize("error", ERRORS)
def test_only_a_time_out_waits_a_minute(error: AttemptError) -> None:
    wait = wait_after(result(error=error))
    assert wait == (MINUTE if error == "timeout" else 5 * SECOND)


def test_an_error_behind_a_good_status_is_no_success() -> None:
    assert wait_after(result(200, "timeout")) == MINUTE


@pytest.mark.parametrize("attempt", [result(429), result(error="timeout")])
def test_throttled_waits_never_fall_under_a_minute(attempt: AttemptResult) -> None:
    assert wait_after(attempt, 1, jitter=0.0) == MINUTE
    assert wait_after(attempt, 1, jitter=0.75) == 66 * SECOND
    assert wait_after(attempt, 2, jitter=0.0) == 4 * MINUTE


@pytest.mark.parametrize(
    ("status", "attempt_number", "retry_after", "wait"),
    [
        (503, 2, "0", 5 * MINUTE),
        (503, 2, "299", 5 * MINUTE),
        (503, 2, "301", 301 * SECOND),
        (503, 2, " 450 ", 450 * SECOND),
        (503, 2, "600", 10 * MINUTE),
        (503, 2, "601", 10 * MINUTE),
        (503, 2, "9" * 100, 10 * MINUTE),
        (503, 1, "8", 8 * SECOND),
        (503, 1, "3600", 10 * SECOND),
        (429, 1, "8", MINUTE),
        (429, 1, "90", 90 * SECOND),
        (429, 1, "3600", 2 * MINUTE),
        (429, 3, "3000", 3000 * SECOND),
        (503, 2, format_datetime(NOW + 400 * SECOND, usegmt=True), 400 * SECOND),
        (503, 2, format_datetime(NOW - HOUR, usegmt=True), 5 * MINUTE),
        (503, 2, format_datetime(NOW + HOUR, usegmt=True), 10 * MINUTE),
        (503, 2, "Sun, 30 Mar 2031 01:06:38 -0000", 400 * SECOND),
        (503, 2, "Sunday, 30-Mar-31 01:06:38 GMT", 400 * SECOND),
    ],
)
def test_retry_after_is_honoured_within_once_and_twice_the_wait(
    status: int, attempt_number: int, retry_after: str, wait: timedelta
) -> None:
    attempt = result(status, retry_after=retry_after)
    for jitter in (0.0, 0.9):
        assert wait_after(attempt, attempt_number, jitter=jitter) == wait


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "-5", "+5", "1.5", "5 s", "1e3", "²", "\N{ARABIC-INDIC DIGIT FIVE}"),
        "Mon, 99 Foo 2031 00:00:00 GMT",
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    ],
)
def test_an_unreadable_retry_after_counts_as_absent(text: str) -> None:
    assert wait_after(result(503, retry_after=text), 2, jitter=0.0) == 4 * MINUTE


@settings(max_examples=200, deadline=None)
@given(
    status=st.one_of(st.none(), st.integers(100, 999)),
    error=st.one_of(st.none(), st.sampled_from(ERRORS)),
    retry_after=st.one_of(st.none(), st.text(max_size=40), st.integers().map(str)),
    attempt_number=st.integers(1, 9),
    jitter=st.floats(0, 1, exclude_max=True),
)
def test_a_retry_lies_between_the_shortest_and_twice_the_wait(
    status: int | None,
    error: AttemptError | None,
    retry_after: str | None,
    attempt_number: int,
    jitter: float,
) -> None:
    attempt = result(status, error, retry_after)
    decision = decide(attempt, attempt_number=attempt_number, now=NOW, jitter=jitter)
    if isinstance(decision, RetryAt):
        base = WAITS[attempt_number - 1]
        throttled = status == 429 or error == "timeout"
        longest = 2 * max(base, MINUTE if throttled else base)
        assert base * 0.8 <= decision.at - NOW <= longest
        assert decision.at - NOW >= (MINUTE if throttled else timedelta())


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("first_ago", "last_ago", "expected"),
    [
        (5 * DAY, timedelta(), True),
        (5 * DAY - SECOND, timedelta(), False),
        (5 * DAY, 5 * DAY - 12 * HOUR, True),
        (5 * DAY, 5 * DAY - 12 * HOUR + SECOND, False),
        (30 * DAY, 30 * DAY, False),
        (30 * DAY, 29 * DAY, True),
        (timedelta(), timedelta(), False),
    ],
)
def test_auto_disable(first_ago: timedelta, last_ago: timedelta, *, expected: bool) -> None:
    assert (
        should_auto_disable(
            first_failure_at=NOW - first_ago, last_failure_at=NOW - last_ago, now=NOW
        )
        == expected
    )


@pytest.mark.parametrize(
    ("attempt", "rest"),
    [
        (result(429), MINUTE),
        (result(429, None, "0"), MINUTE),
        (result(429, None, "90"), 90 * SECOND),
        (result(429, None, "86400"), 2 * MINUTE),
        (result(503, None, "90"), 90 * SECOND),
        (result(None, "timeout"), MINUTE),
        (result(503), None),
        (result(500, None, "90"), None),
        (result(410), None),
        (result(None, "connect"), None),
        (result(None, "refused_destination"), None),
    ],
)
def test_who_is_busy_or_silent_gets_a_rest(attempt: AttemptResult, rest: timedelta | None) -> None:
    assert rest_after(attempt, now=NOW) == rest
