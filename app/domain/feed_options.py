"""What a calendar feed shows, as whoever makes it chooses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from app.domain.errors import Invalid

Part = Literal["meetings", "hot_seats", "commitments"]
TodoKind = Literal["vevent", "vtodo"]

PARTS: tuple[Part, ...] = get_args(Part)
OF_GROUP: tuple[Part, ...] = ("meetings",)


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """`include`: `meetings` are all, `hot_seats` those with a hot seat of one's own, marked.

    `topics` puts the topic of an own hot seat into its description; `todos` says how commitments
    are written; `alarms` are minutes before a start.
    """

    include: tuple[Part, ...]
    topics: bool = False
    todos: TodoKind = "vevent"
    alarms: tuple[int, ...] = ()


def feed_options(
    *,
    of_group: bool,
    include: Sequence[Part] | None,
    topics: bool,
    todos: TodoKind,
    alarms: Sequence[int],
) -> FeedOptions:
    """The options in one order, without doubles; without `include`, all that the feed can show.

    Invalid `include_of_person`, `topics_of_person`: hot seats, promises and topics are their
    person's own, and everybody reads a group's feed.
    """
    possible = OF_GROUP if of_group else PARTS
    wanted = possible if include is None else include
    if not set(wanted) <= set(possible):
        raise Invalid(
            "A group's feed shows its meetings; make a feed of the person for the rest.",
            code="include_of_person",
            pointer="/include",
        )
    if of_group and topics:
        raise Invalid(
            "Topics are shown to their own person: make a feed of the person.",
            code="topics_of_person",
            pointer="/topics",
        )
    return FeedOptions(
        include=tuple(part for part in PARTS if part in wanted),
        topics=topics,
        todos=todos,
        alarms=tuple(sorted(set(alarms), reverse=True)),
    )
