"""What is different between two looks at a plan, and why each hot seat is where it is now."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import zip_longest
from uuid import UUID

from app.domain.evenings import Evening, seatable
from app.domain.ledger import NEWCOMER, Ledger
from app.domain.plan_change import (
    BeforeAfter,
    CreditChange,
    Key,
    Place,
    PlanChange,
    PlanLook,
    SeatChange,
    SeatMove,
    Turn,
)
from app.domain.rotation_reasons import Reason

TOLD = 6  # decimals of credits, as everywhere in the API


def compare(
    before: PlanLook, after: PlanLook, took_place: AbstractSet[Key], gone: Mapping[UUID, str]
) -> PlanChange:
    """What is different `after`.

    `took_place`: hot seats of before that were had meanwhile. `gone`: the states of meetings that
    are no longer planned for.
    """
    names = {member.id: member.name for look in (before, after) for member in look.members}
    until = _common_end(before, after)
    return PlanChange(
        planned_until=until and until[0].starts_at,
        seats=_seat_changes(before, after, took_place, gone, names),
        credits=tuple(_credit_changes(before, after, until, names)),
    )


def _seat_changes(
    before: PlanLook,
    after: PlanLook,
    took_place: AbstractSet[Key],
    gone: Mapping[UUID, str],
    names: Mapping[UUID, str],
) -> tuple[SeatChange, ...]:
    lost = _by_member(
        turn
        for key, turn in before.turns.items()
        if key not in after.turns and key not in took_place
    )
    gained = _by_member(turn for key, turn in after.turns.items() if key not in before.turns)
    found = [
        _change(had, has, _why(had, has, after, before, gone, names), names)
        for member in lost.keys() | gained.keys()
        for had, has in zip_longest(lost[member], gained[member])
    ]
    for key, has in after.turns.items():
        had = before.turns.get(key)
        if had is not None and had.position != has.position:
            found.append(_change(had, has, _stored(has), names))
    return tuple(sorted(found, key=_in_time))


def _by_member(turns: Iterable[Turn]) -> dict[UUID, list[Turn]]:
    found: dict[UUID, list[Turn]] = defaultdict(list)
    for turn in sorted(turns, key=lambda turn: (turn.starts_at, turn.meeting_id)):
        found[turn.membership_id].append(turn)
    return found


def _change(
    had: Turn | None, has: Turn | None, why: Reason, names: Mapping[UUID, str]
) -> SeatChange:
    member = (has or had).membership_id  # type: ignore[union-attr] # one of them is given
    move: SeatMove = "taken" if has is None else "given" if had is None else "moved"
    if had and has and had.meeting_id == has.meeting_id:
        move = "reordered"
    return SeatChange(member, names.get(member, ""), move, _place(had), _place(has), why)


def _place(turn: Turn | None) -> Place | None:
    if turn is None:
        return None
    return Place(turn.meeting_id, turn.starts_at, turn.position, turn.announced)


def _in_time(change: SeatChange) -> tuple[datetime, int, UUID]:
    where = change.before or change.after
    assert where is not None  # noqa: S101 - a change has a place on one side
    return where.starts_at, where.position, change.membership_id


def _stored(turn: Turn) -> Reason:
    stored = turn.reason
    return Reason(stored.get("code", ""), stored.get("params", {}), stored.get("text", ""))


def _why(
    had: Turn | None,
    has: Turn | None,
    after: PlanLook,
    before: PlanLook,
    gone: Mapping[UUID, str],
    names: Mapping[UUID, str],
) -> Reason:
    """Why a hot seat is where it is now, or why it is gone."""
    if has is not None:
        return _stored(has)
    assert had is not None  # noqa: S101 - a change has a place on one side
    evening = next((each for each in after.evenings if each.id == had.meeting_id), None)
    if evening is None:
        state = gone.get(had.meeting_id, "")
        return _reason("not_held" if state == "held" else "meeting_gone", state=state)
    if had.membership_id in evening.passed:
        return _reason("passed")
    if had.membership_id not in seatable(evening, after.members):
        return _reason("away")
    if evening.fixed:
        return _reason("not_held", state="live")
    takers = [
        names.get(member, "")
        for meeting, member in after.turns.keys() - before.turns.keys()
        if meeting == had.meeting_id
    ]
    return _reason("given_to_another", to=", ".join(sorted(takers))) if takers else _reason("fewer")


TEXTS = {
    "meeting_gone": "the meeting is {state}",
    "not_held": "it did not take place",
    "passed": "its member let it go by",
    "away": "the member is not expected at that meeting",
    "given_to_another": "it goes to {to}",
    "fewer": "the meeting has fewer hot seats",
}
"""The English catalogue of why a hot seat is taken away."""


def _reason(code: str, **params: str) -> Reason:
    return Reason(f"taken_{code}", params, TEXTS[code].format(**params))


def _common_end(before: PlanLook, after: PlanLook) -> tuple[Evening, Ledger, Ledger] | None:
    """The last meeting that both plans seat, with the ledgers after it."""
    later = {
        evening.id: ledger
        for evening, ledger in zip(after.evenings, after.ahead, strict=True)
        if evening.seats
    }
    for evening, ledger in reversed(list(zip(before.evenings, before.ahead, strict=True))):
        if evening.seats and evening.id in later:
            return evening, ledger, later[evening.id]
    return None


def _credit_changes(
    before: PlanLook,
    after: PlanLook,
    until: tuple[Evening, Ledger, Ledger] | None,
    names: Mapping[UUID, str],
) -> Iterable[CreditChange]:
    for member, name in names.items():
        now = _both(before.credits, after.credits, member)
        planned = _both(until[1], until[2], member) if until else None
        if any(pair and pair.before != pair.after for pair in (now, planned)):
            yield CreditChange(member, name, now, planned)


def _both(earlier: Ledger, later: Ledger, member: UUID) -> BeforeAfter:
    first, second = (
        round(ledger.get(member, NEWCOMER).credit, TOLD) + 0.0 for ledger in (earlier, later)
    )
    return BeforeAfter(first, second)
