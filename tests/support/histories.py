"""What many clients asked at once and were answered, and what must be true of any such history.

Each check takes plain values and returns what is wrong in words, nothing if all is well. An instant
is a number that rises with each call's beginning and end: of two calls the one was before the other
only if it ended before the other began.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any


@dataclass(frozen=True)
class Call:
    """`kind` is what the client wanted, `about` the thing that it was about."""

    client: int
    kind: str
    about: str
    began: int
    ended: int
    status: int
    body: Any

    @property
    def accepted(self) -> bool:
        return self.status < 300

    @property
    def code(self) -> str | None:
        return None if self.accepted else self.body["code"]


@dataclass(frozen=True)
class Walk:
    """A list read page by page while it grew: `there` was in it before the first page was asked."""

    there: frozenset[str]
    pages: Sequence[Sequence[str]]


def failures(history: Iterable[Call], allowed: Mapping[str, Collection[str]]) -> list[str]:
    """Calls that were refused for a reason that their kind does not have."""
    return [
        f"{call.kind}: {call.status} {call.code}"
        for call in history
        if not call.accepted and call.code not in allowed.get(call.kind, ())
    ]


def crowded_places(
    founders: Mapping[str, int], history: Iterable[Call], most: int = 8
) -> list[str]:
    """Places of a group with two holders at once, or more members than places.

    `founders` are the memberships of before by id, each with its place. A `join` is answered with
    its `id` and `place`; an `end` is about a membership, and over at once; a `members` read is
    answered with those who are members.
    """
    calls = [call for call in history if call.accepted]
    ends = {call.about: call for call in calls if call.kind == "end"}
    holders: defaultdict[int, list[tuple[str, Call | None]]] = defaultdict(list)
    for founder, place in founders.items():
        holders[place].append((founder, None))
    for call in calls:
        if call.kind == "join":
            holders[call.body["place"]].append((call.body["id"], call))
    wrong = [f"place {place} does not exist" for place in holders if not 1 <= place <= most]
    wrong += [
        f"place {place} has two holders: {first}, {second}"
        for place, there in holders.items()
        for (first, joined), (second, also) in combinations(there, 2)
        if not (_left(ends.get(first), also) or _left(ends.get(second), joined))
    ]
    reads = [[each["place"] for each in call.body] for call in calls if call.kind == "members"]
    seen = [places for places in reads if len(set(places)) != len(places) or len(places) > most]
    return wrong + [f"a reader saw the places {sorted(places)}" for places in seen]


def _left(end: Call | None, joined: Call | None) -> bool:
    """Whether the end can have come before the joining. Nobody joins before the founders."""
    return end is not None and joined is not None and end.began < joined.ended


def double_seats(history: Iterable[Call]) -> list[str]:
    """Members that a reader saw with two hot seats of one meeting."""
    wrong = []
    for call in history:
        if call.kind == "seats" and call.accepted:
            seats = Counter((seat["meeting_id"], seat["membership_id"]) for seat in call.body)
            wrong += [f"{who} has {n} hot seats" for who, n in seats.items() if n > 1]
    return wrong


def repeated_passes(history: Iterable[Call]) -> list[str]:
    """Hot seats that were let go by more than once, though nobody ever took that back."""
    passed = Counter(call.about for call in history if call.kind == "pass" and call.accepted)
    return [f"{seat} was passed {times} times" for seat, times in passed.items() if times > 1]


def lost_updates(history: Iterable[Call], finals: Mapping[str, int]) -> list[str]:
    """Counters that began at 0 and were changed by `increment`s, each on what had been read.

    An increment is about a counter and answered with its new `value` and `version`; `finals` are
    the values in the end.
    """
    told: defaultdict[str, list[Call]] = defaultdict(list)
    for call in history:
        if call.kind == "increment" and call.accepted:
            told[call.about].append(call)
    wrong = []
    for counter, final in finals.items():
        values = sorted(call.body["value"] for call in told[counter])
        if values != list(range(1, final + 1)):
            wrong.append(f"{counter} is {final} after increments to {values}")
        in_order = sorted(told[counter], key=lambda call: call.body["value"])
        versions = [call.body["version"] for call in in_order]
        if any(later <= before for before, later in pairwise(versions)):
            wrong.append(f"{counter} had the versions {versions}")
        for before, later in pairwise(in_order):
            if later.ended < before.began:
                wrong.append(f"{counter} was {later.body['value']} too early")
    return wrong


def broken_walks(walks: Iterable[Walk]) -> list[str]:
    """Walks that skipped what was there, or repeated anything."""
    wrong = []
    for walk in walks:
        seen = Counter(each for page in walk.pages for each in page)
        wrong += [f"{each} was skipped" for each in sorted(walk.there - seen.keys())]
        wrong += [f"{each} was seen {times} times" for each, times in seen.items() if times > 1]
    return wrong


def broken_logs(walks: Iterable[Sequence[tuple[int, str]]]) -> list[str]:
    """Walks over the log of events, each as positions with ids, that have a gap or disagree."""
    wrong = []
    known: dict[int, str] = {}
    for walk in walks:
        positions = [position for position, _ in walk]
        if positions != list(range(1, len(walk) + 1)):
            wrong.append(f"the log has the positions {positions}")
        for position, event in walk:
            if known.setdefault(position, event) != event:
                wrong.append(f"position {position} is {event} and {known[position]}")
    if len(set(known.values())) != len(known):
        wrong.append("an event stands in the log twice")
    return wrong


def repeated_effects(history: Iterable[Call], effects: Mapping[str, Sequence[str]]) -> list[str]:
    """Keys with another number of effects than one, or with different answers.

    A `create` is about an idempotency key; `effects` are the ids of what each key made.
    """
    wrong = []
    told: defaultdict[str, set[str]] = defaultdict(set)
    for call in history:
        if call.kind == "create" and call.accepted:
            told[call.about].add(call.body["id"])
    for key, ids in told.items():
        if len(ids) > 1:
            wrong.append(f"{key} was answered with {sorted(ids)}")
    for key in told.keys() | effects.keys():
        made = sorted(effects.get(key, ()))
        if made != sorted(told.get(key, ())):
            wrong.append(f"{key} made {made}, and was answered with {sorted(told.get(key, ()))}")
    return wrong
