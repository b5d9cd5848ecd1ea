"""A projection in words: why something moved, what people can decide, whether the end holds.

As everywhere, `{code, params, text}`: the params are all that another language's catalogue needs.
"""

from collections.abc import Sequence

from app.domain.overrun import Projection
from app.domain.overrun_proposals import Proposal
from app.domain.overrun_reasons import Reason as Move
from app.domain.rotation_reasons import Params, Reason

_MOVES = {
    "waited": "{time} went by before {what} without anything running",
    "free_time_used": "{time} of free time before {what} made up for it",
    "paused": "the meeting was paused for {time}",
    "overran": "{what} takes {time} longer than planned",
    "shortened": "{what} is to take {time} less than planned",
    "finished_early": "{what} was over {time} early",
    "skipped": "{what} was left out, which frees {time}",
}


def time_in_words(seconds: int) -> str:
    """`7 min`, `45 s`, `7 min 30 s`; never negative."""
    minutes, rest = divmod(abs(seconds), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def word_move(move: Move, what: str) -> Reason:
    """Why a slot moved; `what` names the slot at which the delay arose."""
    text = _MOVES[move.code].format(what=what, time=time_in_words(move.seconds))
    params: Params = {"position": move.position, "seconds": move.seconds, "what": what}
    return Reason(code=move.code, params=params, text=text)


def word_proposal(proposal: Proposal, named: Sequence[str]) -> Reason:
    """What people can decide; `named` are the segment, or the holders of the hot seats."""
    seconds = int(proposal.frees.total_seconds())
    whom = _listed(named)
    if proposal.code == "drop_segment":
        text = f"drop {whom}: the meeting ends {time_in_words(seconds)} earlier"
    else:
        seats = "hot seat" if len(named) == 1 else "hot seats"
        text = (
            f"move the {seats} of {whom} to the next meeting, first in line: the meeting ends "
            f"{time_in_words(seconds)} earlier"
        )
    text += ", which is enough" if proposal.enough else ", which alone is not enough"
    params: Params = {"what": whom, "seconds": seconds, "enough": proposal.enough}
    return Reason(code=proposal.code, params=params, text=text)


def word_end(projection: Projection) -> Reason:
    """Whether the meeting's end holds, which never moves by itself."""
    over = int(projection.over_by.total_seconds())
    if projection.fits:
        return Reason(code="end_holds", params={"seconds": 0}, text="the meeting ends in time")
    text = (
        f"even with everything at its minimum the meeting runs {time_in_words(over)} past its "
        "end: decide what to drop, or whom to move"
    )
    return Reason(code="end_in_danger", params={"seconds": over}, text=text)


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
