"""A projection in words: why something moved, what people can decide, whether the end holds.

As everywhere, `{code, params, text}`: the params are all that another language's catalogue needs.
"""

from collections.abc import Sequence

from app.domain.overrun import Projection
from app.domain.overrun_proposals import Proposal
from app.domain.overrun_reasons import Reason as Move
from app.domain.rotation_reasons import Params, Reason
from app.domain.wording.catalogue import evening_text as say


def time_in_words(seconds: int) -> str:
    """`7 min`, `45 s`, `7 min 30 s`; never negative."""
    minutes, rest = divmod(abs(seconds), 60)
    if not minutes:
        return say("seconds", seconds=rest)
    if not rest:
        return say("minutes", minutes=minutes)
    return say("minutes_and_seconds", minutes=minutes, seconds=rest)


def word_move(move: Move, what: str) -> Reason:
    """Why a slot moved; `what` names the slot at which the delay arose."""
    params: Params = {"position": move.position, "seconds": move.seconds, "what": what}
    text = say(move.code, what=what, time=time_in_words(move.seconds))
    return Reason(code=move.code, params=params, text=text)


def word_proposal(proposal: Proposal, named: Sequence[str]) -> Reason:
    """What people can decide; `named` are the segment, or the holders of the hot seats."""
    seconds = int(proposal.frees.total_seconds())
    what = _listed(named)
    text = say(_doing(proposal, named), what=what, time=time_in_words(seconds))
    text = say("enough" if proposal.enough else "not_enough", proposal=text)
    params: Params = {"what": what, "seconds": seconds, "enough": proposal.enough}
    return Reason(code=proposal.code, params=params, text=text)


def word_end(projection: Projection) -> Reason:
    """Whether the meeting's end holds, which never moves by itself."""
    over = 0 if projection.fits else int(projection.over_by.total_seconds())
    code = "end_holds" if projection.fits else "end_in_danger"
    return Reason(code=code, params={"seconds": over}, text=say(code, time=time_in_words(over)))


def _doing(proposal: Proposal, named: Sequence[str]) -> str:
    if proposal.code == "drop_segment":
        return "drop_segment"
    return "move_one" if len(named) == 1 else "move_several"


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return say("names", others=", ".join(others), last=last) if others else last
