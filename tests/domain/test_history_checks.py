"""The checks of histories find what they are for: each is shown a history that is wrong."""

from typing import Any

from tests.support.histories import (
    Call,
    Walk,
    broken_logs,
    broken_walks,
    crowded_places,
    double_seats,
    failures,
    lost_updates,
    repeated_effects,
    repeated_passes,
)


def _call(kind: str, about: str, at: tuple[int, int], body: Any, status: int = 200) -> Call:
    return Call(1, kind, about, *at, status, body)


def _join(id_: str, place: int, at: tuple[int, int]) -> Call:
    return _call("join", "somebody", at, {"id": id_, "place": place}, 201)


def _end(id_: str, at: tuple[int, int]) -> Call:
    return _call("end", id_, at, {})


def test_a_refusal_that_its_kind_does_not_have() -> None:
    full = _call("join", "somebody", (1, 2), {"code": "group_full"}, 409)
    assert failures([full], {"join": {"group_full"}}) == []
    assert failures([full], {"join": {"already_member"}}) == ["join: 409 group_full"]
    assert failures([_call("join", "x", (1, 2), {"code": "internal_error"}, 500)], {})


def test_a_place_has_one_holder_at_a_time() -> None:
    founders = {"founder": 1}
    assert crowded_places(founders, [_join("late", 2, (1, 2))]) == []
    assert crowded_places(founders, [_end("founder", (1, 3)), _join("late", 1, (2, 4))]) == []
    assert crowded_places(founders, [_join("late", 1, (1, 2))]), "nobody left"
    assert crowded_places(founders, [_join("late", 1, (1, 2)), _end("founder", (3, 4))])
    two = [_end("founder", (1, 2)), _join("a", 1, (3, 4)), _join("b", 1, (5, 6))]
    assert crowded_places(founders, two), "the founder left for one only"
    assert crowded_places(founders, [*two, _end("a", (4, 5))]) == []
    assert crowded_places({}, [_join("ninth", 9, (1, 2))])


def test_a_reader_sees_each_place_once() -> None:
    once = [{"place": place} for place in range(1, 9)]
    assert crowded_places({}, [_call("members", "group", (1, 2), once)]) == []
    assert crowded_places({}, [_call("members", "group", (1, 2), [*once, {"place": 8}])])
    assert crowded_places({}, [_call("members", "group", (1, 2), [*once, {"place": 9}])])


def test_a_member_has_one_hot_seat_a_meeting() -> None:
    seats = [
        {"meeting_id": "m", "membership_id": "a"},
        {"meeting_id": "m", "membership_id": "b"},
        {"meeting_id": "n", "membership_id": "a"},
    ]
    assert double_seats([_call("seats", "group", (1, 2), seats)]) == []
    assert len(double_seats([_call("seats", "group", (1, 2), [*seats, seats[0]])])) == 1


def test_a_hot_seat_is_passed_once() -> None:
    passed, again = (_call("pass", "seat", (at, at + 1), {}) for at in (1, 3))
    refused = _call("pass", "seat", (5, 6), {"code": "hot_seat_not_open"}, 409)
    assert repeated_passes([passed, refused]) == []
    assert repeated_passes([passed, again])


def _increment(value: int, version: int, at: tuple[int, int]) -> Call:
    return _call("increment", "n", at, {"value": value, "version": version})


def test_no_update_is_lost() -> None:
    first, second = _increment(1, 5, (1, 4)), _increment(2, 7, (2, 6))
    assert lost_updates([second, first], {"n": 2}) == []
    assert lost_updates([], {"n": 0}) == []
    assert lost_updates([first, second], {"n": 1}), "one vanished"
    assert lost_updates([first, _increment(1, 7, (2, 6))], {"n": 1}), "both wrote the same"
    assert lost_updates([first], {"n": 2}), "one was made twice"
    assert lost_updates([first, _increment(2, 5, (5, 6))], {"n": 2}), "one version, two values"
    assert lost_updates([_increment(1, 5, (7, 8)), second], {"n": 2}), "the second came first"


def test_a_walk_skips_and_repeats_nothing() -> None:
    there = frozenset("ab")
    assert broken_walks([Walk(there, [["a", "new"], ["b"]])]) == []
    assert broken_walks([Walk(there, [["a"], []])]) == ["b was skipped"]
    assert broken_walks([Walk(there, [["a", "b"], ["b"]])]) == ["b was seen 2 times"]
    assert broken_walks([Walk(there, [["a", "new"], ["b", "new"]])]) == ["new was seen 2 times"]


def test_the_log_has_no_gap_and_tells_all_readers_the_same() -> None:
    log = [(1, "a"), (2, "b")]
    assert broken_logs([[], log, [*log, (3, "c")]]) == []
    assert broken_logs([[(1, "a"), (3, "c")]])
    assert broken_logs([[(2, "b")]])
    assert broken_logs([[*log, (2, "b")]])
    assert broken_logs([log, [(1, "a"), (2, "other")]])
    assert broken_logs([[*log, (3, "a")]])


def test_a_key_has_one_effect() -> None:
    first, again = (_call("create", "k", (at, at + 1), {"id": "p"}, 201) for at in (1, 2))
    waiting = _call("create", "k", (1, 9), {"code": "idempotency_in_progress"}, 409)
    assert repeated_effects([first, again, waiting], {"k": ["p"]}) == []
    assert repeated_effects([waiting], {}) == []
    other = _call("create", "k", (3, 4), {"id": "q"}, 201)
    assert repeated_effects([first, other], {"k": ["p", "q"]}), "two effects"
    assert repeated_effects([first, again], {"k": ["p", "q"]}), "one was told to nobody"
    assert repeated_effects([first], {}), "there is none"
    assert repeated_effects([waiting], {"k": ["p"]}), "a refusal with an effect"
