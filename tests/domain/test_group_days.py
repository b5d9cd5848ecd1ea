"""The calendar days of a group, where clocks skip midnight too."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.group_days import begin_of, day_of, end_of, membership_due_at
from app.domain.membership import MembershipState, state_on

ZONES = [
    "UTC",
    "Europe/London",
    "America/New_York",
    "America/Santiago",  # its clocks change at midnight
    "Asia/Beirut",  # so do these
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Pago_Pago",
]
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("day", "zone", "begin"),
    [
        (date(2026, 11, 24), "UTC", datetime(2026, 11, 24, tzinfo=UTC)),
        (date(2026, 11, 24), "America/New_York", datetime(2026, 11, 24, 5, tzinfo=UTC)),
        (date(2026, 11, 24), "Pacific/Auckland", datetime(2026, 11, 23, 11, tzinfo=UTC)),
        (date(2026, 9, 6), "America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),
    ],
)
def test_when_a_day_begins(day: date, zone: str, begin: datetime) -> None:
    assert begin_of(day, zone) == begin


@given(DAYS, st.sampled_from(ZONES))
@settings(max_examples=200, deadline=None)
def test_a_day_begins_where_the_one_before_is_over(day: date, zone: str) -> None:
    begin = begin_of(day, zone)
    assert day_of(begin, zone) == day == begin.astimezone(ZoneInfo(zone)).date()
    assert day_of(begin - SECOND, zone) == day - timedelta(days=1)
    assert end_of(day - timedelta(days=1), zone) == begin


@given(DAYS, DAYS, st.one_of(st.none(), st.integers(0, 900)), st.sampled_from(ZONES))
@settings(max_examples=200, deadline=None)
def test_a_membership_is_due_exactly_when_its_state_changes(
    today: date, starts_on: date, length: int | None, zone: str
) -> None:
    ends_on = None if length is None else starts_on + timedelta(days=length)
    state = state_on(starts_on, ends_on, today)
    due_at = membership_due_at(state, starts_on, ends_on, zone)
    if due_at is None:
        assert state is MembershipState.ENDED or (ends_on is None and today >= starts_on)
        return
    assert due_at > begin_of(today, zone)
    assert state_on(starts_on, ends_on, day_of(due_at - SECOND, zone)) is state
    assert state_on(starts_on, ends_on, day_of(due_at, zone)) is not state
