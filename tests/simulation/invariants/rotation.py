"""Hot seats and the ledger, recomputed from the history by other means than the service's."""

import math
from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter

from tests.simulation.diary import THERE, Diary
from tests.simulation.seen import Seen, start_of

OPEN = {"planned", "announced"}
PLANNED = 11
"""Twelve meetings are planned; one may have begun since."""


def fair_shares(weights: Mapping[str, float], seats: int) -> dict[str, float]:
    """Pour the seats out: whoever would overflow has one, and the others share what is left."""
    shares: dict[str, float] = {}
    rest = dict(weights)
    left = float(min(seats, len(weights)))
    while rest:
        total = sum(rest.values())
        full = [who for who, weight in rest.items() if left * weight >= total]
        if not full:
            return shares | {who: left * weight / total for who, weight in rest.items()}
        for who in full:
            shares[who] = 1.0
            left -= 1.0
            del rest[who]
    return shares


def one_hot_seat_a_member_and_meeting(_diary: Diary, seen: Seen) -> None:
    for meeting_id, group in groupby(seen.seats, key=itemgetter("meeting_id")):
        seats = list(group)
        holders = [seat["membership_id"] for seat in seats]
        assert len(set(holders)) == len(holders), meeting_id
        running = [seat for seat in seats if seat["state"] in OPEN | {"live", "done"}]
        places = [seat["position"] for seat in running]
        assert len(set(places)) == len(places), (meeting_id, seats)


def those_who_come_are_seated(diary: Diary, seen: Seen) -> None:
    """Nobody who stays away has a hot seat, and no seat is empty while somebody could have it."""
    for meeting in seen.ahead()[:PLANNED]:
        own = diary.meeting(meeting["id"])
        day = diary.day_of(start_of(meeting))
        free = {member.id for member in diary.coming(meeting["id"], day)} - own.passed
        seats = [s for s in seen.seats_of(meeting["id"]) if s["state"] in OPEN]
        holders = {seat["membership_id"] for seat in seats}
        assert holders <= free, (meeting["id"], holders - free)
        wanted = diary.seats_at(meeting["id"], meeting["duration_minutes"])
        pinned = sum(seat["pinned"] for seat in seats)
        assert len(holders) == min(max(wanted, pinned), len(free)), (meeting, seats)


def only_held_meetings_have_taken_place(_diary: Diary, seen: Seen) -> None:
    over = {m["id"] for m in seen.meetings.values() if m["state"] in {"cancelled", "lapsed"}}
    held = {m["id"] for m in seen.meetings.values() if m["state"] == "held"}
    for seat in seen.seats:
        if seat["meeting_id"] in over:
            assert seat["state"] in {"skipped", "passed", "interrupted"}, seat
        if seat["meeting_id"] in held:
            assert seat["state"] not in OPEN | {"live"}, seat
    assert [line["meeting_id"] for line in reversed(seen.history)] == [
        meeting["id"] for meeting in seen.held()
    ]


def history_is_what_was_done(diary: Diary, seen: Seen) -> None:
    for line in seen.history:
        own = diary.meeting(line["meeting_id"])
        present = {who for who, status in own.marks.items() if status in THERE}
        told = {member["membership_id"]: member for member in line["members"]}
        assert told.keys() == present - own.passed, (line, own)
        assert {who for who in told if told[who]["seated"]} == own.done, (line, own)
        assert all(told[who]["weight"] == own.weights[who] for who in told), (line, own)


def the_ledger_is_that_of_the_history(diary: Diary, seen: Seen) -> None:
    """Credits sum to zero at every meeting, and follow from those of the meeting before."""
    books: dict[str, dict[str, float]] = {}
    for line in reversed(seen.history):
        weights = {m["membership_id"]: m["weight"] for m in line["members"]}
        seated = {m["membership_id"] for m in line["members"] if m["seated"]}
        assert len(seated) == line["hot_seats"]
        shares = fair_shares(weights, len(seated))
        assert math.isclose(sum(shares.values()), len(seated), abs_tol=1e-9)
        for told in line["members"]:
            who = told["membership_id"]
            _open(books, diary, who)
            assert _same(told["share"], shares[who]), (line, told, shares)
            assert _same(told["credit_before"], books[who]["credit"]), (line, told, books[who])
            _enter(books[who], shares[who], seated=who in seated)
            assert _same(told["credit"], books[who]["credit"]), (line, told)
    for line in seen.rotation["ledger"]:
        _open(books, diary, line["membership_id"])
        book = books[line["membership_id"]]
        for name, value in book.items():
            assert _same(line[name], value), (name, line, book)


def _open(books: dict[str, dict[str, float]], diary: Diary, who: str) -> None:
    """A book for who is there for the first time: with the debt of their place before, if any."""
    if who in books:
        return
    before, debt = diary.members[who].before, 0.0
    if before is not None:
        _open(books, diary, before)
        debt = min(books[before]["credit"], 0.0)
    books[who] = _book(debt)


def _book(opening: float) -> dict[str, float]:
    counts = dict.fromkeys(("due", "got", "attended", "waited", "longest_wait"), 0.0)
    return {"credit": opening, "largest_credit": abs(opening), **counts}


def _enter(book: dict[str, float], share: float, *, seated: bool) -> None:
    book["credit"] += share - seated
    book["due"] += share
    book["got"] += seated
    book["attended"] += 1
    book["waited"] = 0 if seated else book["waited"] + 1
    book["longest_wait"] = max(book["longest_wait"], book["waited"])
    book["largest_credit"] = max(book["largest_credit"], abs(book["credit"]))


def the_plan_is_the_rows(_diary: Diary, seen: Seen) -> None:
    """What the rotation shows as its plan are the hot seats that the list has."""
    planned = {
        seat["hot_seat_id"]: (meeting["meeting_id"], seat["membership_id"], seat["state"])
        for meeting in seen.rotation["plan"]
        for seat in meeting["hot_seats"]
    }
    rows = {s["id"]: (s["meeting_id"], s["membership_id"], s["state"]) for s in seen.seats}
    assert all(rows[seat_id] == seat for seat_id, seat in planned.items())
    assert {s["id"] for s in seen.seats if s["state"] in OPEN} <= planned.keys()


def _same(a: float, b: float) -> bool:
    return math.isclose(a, b, abs_tol=1e-6)


CHECKS = (
    one_hot_seat_a_member_and_meeting,
    those_who_come_are_seated,
    only_held_meetings_have_taken_place,
    history_is_what_was_done,
    the_ledger_is_that_of_the_history,
    the_plan_is_the_rows,
)
