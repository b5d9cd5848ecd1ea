"""By which channels people hear, how late, and whether that is in time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.channels import POLLED_FROM, PUSHED, Channel, Reading, channels
from app.domain.feed_clients import CLIENT_KINDS, GONE_AFTER, USUAL_DELAY

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TONIGHT = NOW + timedelta(hours=10)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def ways(
    *targets: str, webhook: bool = False, readings: tuple[Reading, ...] = (), at: datetime = TONIGHT
) -> list[tuple[str, str | None, bool]]:
    found = channels(webhook=webhook, targets=targets, readings=readings, now=NOW, matters_at=at)
    return [(each.kind, each.client, each.in_time) for each in found]


def read(client: str, ago: timedelta = HOUR) -> Reading:
    return Reading(client, NOW - ago)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (ways(), []),
        (ways(webhook=True), [("webhook", None, True)]),
        (ways("email", "caldav"), [("caldav", None, True), ("email", None, True)]),
        (ways("email", "email"), [("email", None, True)]),
        (ways(readings=(read("google"),)), [("feed", "google", False)]),
        (ways(readings=(read("google"), read("google"))), [("feed", "google", False)]),
        (ways(readings=(read("google"),), at=NOW + DAY), [("feed", "google", True)]),
        (ways(readings=(read("outlook"),)), [("feed", "outlook", True)]),
        (ways(readings=(read("apple"),), at=NOW + 6 * DAY), [("feed", "apple", False)]),
        (ways(readings=(read("google", GONE_AFTER),)), []),
        (
            ways("email", webhook=True, readings=(read("apple"), read("thunderbird"))),
            [
                ("webhook", None, True),
                ("email", None, True),
                ("feed", "thunderbird", True),
                ("feed", "apple", False),
            ],
        ),
        (ways("email", at=NOW + 5 * MINUTE), [("email", None, False)]),
    ],
)
def test_ways(found: object, expected: object) -> None:
    assert found == expected


def test_the_table_is_the_one_of_the_docs() -> None:
    assert (POLLED_FROM["google"], USUAL_DELAY["google"]) == (8 * HOUR, 24 * HOUR)
    assert USUAL_DELAY["outlook"] == 3 * HOUR
    assert (POLLED_FROM["apple"], USUAL_DELAY["apple"]) == (5 * MINUTE, 7 * DAY)
    assert set(POLLED_FROM) == set(CLIENT_KINDS)
    for earliest, latest in [
        *PUSHED.values(),
        *((POLLED_FROM[c], USUAL_DELAY[c]) for c in CLIENT_KINDS),
    ]:
        assert timedelta(0) <= earliest <= latest


@settings(max_examples=100, deadline=None)
@given(
    webhook=st.booleans(),
    targets=st.lists(st.sampled_from(["caldav", "email"]), max_size=3),
    readings=st.lists(
        st.tuples(st.sampled_from(CLIENT_KINDS), st.integers(0, 30)).map(
            lambda each: read(each[0], each[1] * DAY)
        ),
        max_size=6,
    ),
    minutes=st.integers(-60, 20_000),
)
def test_the_surest_comes_first_and_more_channels_never_hurt(
    *,
    webhook: bool,
    targets: list[str],
    readings: list[Reading],
    minutes: int,
) -> None:
    facts = {"now": NOW, "matters_at": NOW + minutes * MINUTE}
    found = channels(webhook=webhook, targets=targets, readings=readings, **facts)
    assert [each.latest for each in found] == sorted(each.latest for each in found)
    assert len(set(found)) == len(found)
    # Who is told in time by one channel is so by the first.
    assert any(each.in_time for each in found) == bool(found and found[0].in_time)
    more: tuple[Channel, ...] = channels(
        webhook=True, targets=[*targets, "email"], readings=readings, **facts
    )
    assert set(found) <= set(more)
