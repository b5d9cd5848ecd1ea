"""How the minutes of a hot seat are spent: named formats, as data.

A format's minutes are its natural length. A hot seat of another length keeps the proportions,
so a format fits any length. `warning_seconds` says how long before the end of each phase the
timekeeper speaks up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class FormatPhase:
    """One phase. `guidance` tells the facilitator what happens in it."""

    name: str
    minutes: int
    guidance: str


@dataclass(frozen=True, slots=True)
class HotSeatFormat:
    """A way to run a hot seat. `source` says where it comes from and what was changed."""

    name: str
    title: str
    phases: tuple[FormatPhase, ...]
    source: str
    warning_seconds: int = 60

    @property
    def minutes(self) -> int:
        return sum(phase.minutes for phase in self.phases)


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase at its place in time (UTC)."""

    name: str
    planned_start: datetime
    planned_end: datetime


def phases_between(format_: HotSeatFormat, start: datetime, end: datetime) -> tuple[Phase, ...]:
    """The format's phases laid over a hot seat, in proportion, on whole seconds."""
    marks = divide_seconds(int((end - start).total_seconds()), [p.minutes for p in format_.phases])
    phases = []
    for phase, seconds in zip(format_.phases, marks, strict=True):
        phase_end = start + timedelta(seconds=seconds)
        phases.append(Phase(phase.name, start, phase_end))
        start = phase_end
    return tuple(phases)


def divide_seconds(total: int, weights: Sequence[int]) -> list[int]:
    """Whole seconds in proportion to `weights`, adding up to `total` exactly.

    With `total` ≤ sum of the weights no part is larger than its weight. Parts are the differences
    of the rounded-down running sums, so each is within a second of its exact share.
    """
    whole = sum(weights)
    parts = []
    weight_so_far = given = 0
    for weight in weights:
        weight_so_far += weight
        upto = total * weight_so_far // whole
        parts.append(upto - given)
        given = upto
    return parts


CLASSIC = HotSeatFormat(
    name="classic",
    title="Classic hot seat",
    phases=(
        FormatPhase("present", 4, "The member states the situation and the help they want."),
        FormatPhase("clarify", 4, "Short questions, short answers; no advice yet."),
        FormatPhase("advise", 8, "Experience and advice from the group; the member takes notes."),
        FormatPhase("commit", 2, "The member says what they will do, and by when."),
    ),
    source=(
        "The customary mastermind hot seat of 15 to 30 minutes: state the problem, discuss "
        "solutions, end with a next step (kobemastermind.com, What is a hot seat; "
        "xuviate.com, 7 essential attributes of a successful mastermind group)."
    ),
)

CLARIFYING_FIRST = HotSeatFormat(
    name="clarifying_first",
    title="Clarifying questions first",
    phases=(
        FormatPhase("present", 5, "The member states the situation and one question."),
        FormatPhase("clarify", 9, "Questions only: advice dressed as a question is turned back."),
        FormatPhase("advise", 10, "One piece of advice each, in turn; the member only listens."),
        FormatPhase("playback", 3, "The member plays back what they heard and what stays."),
        FormatPhase("commit", 3, "The member says what they will do, and by when."),
    ),
    source=(
        "After the Consultancy Protocol of the National School Reform Faculty: presentation, "
        "questions, discussion with a listening presenter, response. Shortened, with one piece "
        "of advice each and a commitment at the end."
    ),
)

TROIKA = HotSeatFormat(
    name="troika",
    title="Troika (silent client)",
    phases=(
        FormatPhase("present", 2, "The member shares the challenge and the help they want."),
        FormatPhase("clarify", 2, "Clarifying questions."),
        FormatPhase("advise", 5, "The member turns away and is silent; the others consult aloud."),
        FormatPhase("playback", 2, "The member turns back and says what was most valuable."),
    ),
    source=(
        "Troika Consulting, Liberating Structures (liberatingstructures.com), with the upper end "
        "of its times: 1-2, 1-2, 4-5 and 1-2 minutes; here the whole group consults."
    ),
)

LIGHTNING = HotSeatFormat(
    name="lightning",
    title="Lightning hot seat",
    phases=(
        FormatPhase("present", 2, "The challenge in two minutes, without interruption."),
        FormatPhase("clarify", 2, "Only the questions that nobody can do without."),
        FormatPhase("advise", 5, "One sentence each, then what time allows."),
        FormatPhase("commit", 1, "One next step, with a date."),
    ),
    source=(
        "The ten-minute hot seat in use where several members sit in one hour, with a warning "
        "one minute before the end (scribd.com/document/723631080, Hosting Masterminds)."
    ),
)

HOT_SEAT_FORMATS: Mapping[str, HotSeatFormat] = {
    format_.name: format_ for format_ in (CLASSIC, CLARIFYING_FIRST, TROIKA, LIGHTNING)
}
