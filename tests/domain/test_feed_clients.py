from datetime import UTC, datetime, timedelta

import pytest

from app.domain.feed_clients import (
    CLIENT_KINDS,
    USUAL_DELAY,
    ClientKind,
    client_of,
    look_at,
    will_miss,
)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

AGENTS = [
    ("Google-Calendar-Importer", "google"),
    ("Mozilla/5.0 (compatible; Google-Calendar-Importer)", "google"),
    ("Microsoft Exchange/15.20 (Windows NT 10.0; Win64; x64)", "outlook"),
    ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)", "outlook"),
    ("Outlook-iOS/2.0", "outlook"),
    ("macOS/15.1 (24B83) CalendarAgent/1165", "apple"),
    ("iOS/18.1 (22B83) dataaccessd/1.0", "apple"),
    ("Mac OS X/10.15.7 (19H2) CalendarAgent/930.5.1", "apple"),
    (
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0",
        "thunderbird",
    ),
    ("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Thunderbird/60 Lightning/6.2", "thunderbird"),
    ("Nextcloud-CalDAV/1.0", "other"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:142.0) Firefox/142.0", "other"),
    ("ICSx5/2.2 (2024/01/01; dav4jvm; okhttp/4) Android/14", "other"),
    ("curl/8.5.0", "other"),
    ("", "other"),
]


@pytest.mark.parametrize(("agent", "kind"), AGENTS)
def test_a_program_is_known_by_its_user_agent(agent: str, kind: ClientKind) -> None:
    assert client_of(agent) == kind
    assert client_of(agent.upper()) == kind


def test_every_kind_has_its_delay() -> None:
    assert set(USUAL_DELAY) == set(CLIENT_KINDS)


LOOKS = [
    # hours until the start -> hours until the look
    (-1, None),
    (0, None),
    (1, 0),
    (24, 0),
    (25, 1),
    (14 * 24, 13 * 24),
    (14 * 24 + 1, None),
]


@pytest.mark.parametrize(("start", "look"), LOOKS)
def test_a_change_is_looked_after_a_day_ahead(start: int, look: int | None) -> None:
    expected = None if look is None else NOW + look * HOUR
    assert look_at(NOW + start * HOUR, NOW) == expected


READERS = [
    # client, fetched (hours ago), changed (hours ago), start (hours ahead), missed
    ("google", 1, 0, 10, True),
    ("google", 22, 0, 10, False),  # it is to come in two hours
    ("google", 30, 0, 10, True),  # it was to come six hours ago
    ("google", 1, 2, 10, False),
    ("google", 1, 1, 10, False),
    ("outlook", 1, 0, 10, False),
    ("outlook", 1, 0, 2, True),
    ("outlook", 1, 0, 1, True),
    ("thunderbird", 0.25, 0, 1, False),
    ("thunderbird", 12, 0, 1, True),
    ("apple", 24, 0, 24, True),
    ("other", 1, 0, 10, True),
    ("google", 14 * 24 + 1, 0, 10, False),  # nobody reads with it any more
]


@pytest.mark.parametrize(("client", "fetched", "changed", "start", "missed"), READERS)
def test_who_will_miss_a_change(
    client: ClientKind, fetched: float, changed: float, start: float, *, missed: bool
) -> None:
    found = will_miss(
        client,
        fetched_at=NOW - fetched * HOUR,
        changed_at=NOW - changed * HOUR,
        starts_at=NOW + start * HOUR,
        now=NOW,
    )
    assert found == missed
