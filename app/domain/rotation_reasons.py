"""Why a hot seat is planned for whom it is planned for, in words and numbers.

A reason is `{code, params, text}`: `text` is the English wording of the code and its params,
and the params are all that a catalogue in another language needs to word it as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Params = Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True)
class Reason:
    """`code` is one of those listed at `code_for`; `params` are rounded as the text shows them."""

    code: str
    params: Params
    text: str


@dataclass(frozen=True, slots=True)
class Rival:
    """Somebody unseated at a meeting who is due more than one who has a seat there."""

    name: str
    due: float
    follows_in: int | None
    """How many meetings later they have their seat; None if not within the plan."""


@dataclass(frozen=True, slots=True)
class SeatFacts:
    """What is known of a planned seat. `due` is the member's credit with that meeting's share,
    before the seat is charged; `waited` counts the meetings attended since their last seat.
    """

    due: float
    waited: int
    pinned: bool
    first_in_line: bool
    published: bool
    away_next: int
    """How many meetings in a row they miss right after this one."""
    outlasted: float | None
    """The group's patience, in turns, if they would wait longer than that without this seat."""
    rival: Rival | None
    away: Sequence[str]
    """Names of those who are away, and had more credit."""


def reason(facts: SeatFacts) -> Reason:
    code = code_for(facts)
    params = _params(facts)
    return Reason(code=code, params=params, text=english(code, params))


def says_nothing_new(fresh: Reason, code: str, params: Params) -> bool:
    """Whether a seat may keep the reason of `code` and `params` with which it was given.

    A seat given for the sake of a later one is `published` the next time it is planned. As long
    as its numbers stand, that explains less, and it is no change.
    """
    given_for_later = code in {"before_absence", "waited_long", "evens_out"}
    return given_for_later and fresh.code == "published" and dict(fresh.params) == dict(params)


def code_for(facts: SeatFacts) -> str:
    """The first that applies:

    - `pinned`: fixed by a swap, an urgent request or an organizer
    - `first_in_line`: their last hot seat was announced, and not held or interrupted
    - `highest_due`: nobody else there is due more
    - `published`: somebody is due more, and the seat had been published
    - `before_absence`: somebody is due more, and they are about to be away
    - `waited_long`: somebody is due more, but nobody is to wait that long
    - `evens_out`: somebody is due more, and a later seat serves that member as well
    """
    if facts.pinned:
        return "pinned"
    if facts.first_in_line:
        return "first_in_line"
    if facts.rival is None:
        return "highest_due"
    if facts.published:
        return "published"
    if facts.away_next:
        return "before_absence"
    return "waited_long" if facts.outlasted else "evens_out"


def english(code: str, params: Params) -> str:
    """The English catalogue."""
    basis = f"due {params['due']:.2f}, waited {_meetings(params['waited'])}"
    match code:
        case "pinned":
            return f"fixed by a swap, an urgent request or an organizer; {basis}"
        case "first_in_line":
            return f"first in line, since the last hot seat was not held; {basis}"
        case "published":
            return f"{basis}, keeps the published seat"
        case "before_absence":
            return f"{basis}, then away for {_meetings(params['away_next'])}"
        case "waited_long" | "evens_out":
            wait = f", longer than {params['patience']:g} turns" if code == "waited_long" else ""
            return f"{basis}{wait}; {_rival(params)}"
        case _:
            return basis + _away(params)


def _params(facts: SeatFacts) -> Params:
    params: dict[str, str | int | float] = {
        "due": _rounded(facts.due),
        "waited": facts.waited,
        "credit_after": _rounded(facts.due - 1),
    }
    if facts.rival:
        params["rival"] = facts.rival.name
        params["rival_due"] = _rounded(facts.rival.due)
        params["rival_follows_in"] = facts.rival.follows_in or 0
    elif facts.away:
        params["away"] = ", ".join(facts.away)
        params["away_count"] = len(facts.away)
    if facts.away_next:
        params["away_next"] = facts.away_next
    if facts.rival and facts.outlasted:
        params["patience"] = facts.outlasted
    return params


def _rounded(seats: float) -> float:
    return round(seats, 2) + 0.0  # no "-0.00"


def _meetings(count: object) -> str:
    return "1 meeting" if count == 1 else f"{count} meetings"


def _rival(params: Params) -> str:
    name = params["rival"] or "another member"
    follows_in = params["rival_follows_in"]
    when = (
        f"follows {_meetings(follows_in)} later"
        if follows_in
        else "follows after the planned meetings"
    )
    return f"{name}, due {params['rival_due']:.2f}, {when}"


def _away(params: Params) -> str:
    if "away" not in params:
        return ""
    return f", {params['away']} {'is' if params['away_count'] == 1 else 'are'} away"
