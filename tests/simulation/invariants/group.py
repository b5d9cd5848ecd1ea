"""Members and places, and what the group says of itself."""

from collections import Counter

from tests.simulation.diary import Diary
from tests.simulation.seen import Seen

MOST, FEWEST = 8, 4


def members_are_those_of_the_diary(diary: Diary, seen: Seen) -> None:
    today = diary.day_of(seen.now)
    assert seen.memberships.keys() == diary.members.keys()
    for member in diary.members.values():
        told = seen.memberships[member.id]
        over = member.ends_on is not None and member.ends_on < today
        expected = "ended" if over else "current" if member.starts_on <= today else "upcoming"
        found = (told["state"], told["place"], told["starts_on"], told["ends_on"], told["weight"])
        ends_on = member.ends_on and member.ends_on.isoformat()
        own = (expected, member.place, member.starts_on.isoformat(), ends_on, member.weight)
        assert found == own, (found, own)


def places_are_unique_and_eight_at_most(_diary: Diary, seen: Seen) -> None:
    for state in ("current", "upcoming"):
        held = [m for m in seen.memberships.values() if m["state"] == state]
        assert len(held) <= MOST
        assert len({m["place"] for m in held}) == len(held), held
        assert len({m["person_id"] for m in held}) == len(held), held
        assert all(1 <= m["place"] <= MOST for m in held)


def the_group_says_how_many_it_is(diary: Diary, seen: Seen) -> None:
    current = len(diary.of_day(diary.day_of(seen.now)))
    rests = diary.rests_on(diary.day_of(seen.now))
    assert seen.group["members"] == current
    assert seen.group["state"] == ("paused" if rests else "active")
    assert seen.group["below_minimum"] == (current < FEWEST and not rests)


def falling_below_the_minimum_is_told(diary: Diary, seen: Seen) -> None:
    """Whoever reads the log alone knows whether the group has too few members."""
    told = Counter(event["type"] for event in seen.new_events)
    for event in seen.new_events:
        if event["type"] == "group.below_minimum":
            assert event["data"]["members"] < event["data"]["min_members"] == FEWEST
    if told["membership.ended"] and not diary.rests_on(diary.day_of(seen.now)):
        now_below = seen.group["members"] < FEWEST
        was_above = seen.group["members"] + told["membership.ended"] >= FEWEST
        if now_below and was_above:
            assert told["group.below_minimum"]


CHECKS = (
    members_are_those_of_the_diary,
    places_are_unique_and_eight_at_most,
    the_group_says_how_many_it_is,
    falling_below_the_minimum_is_told,
)
