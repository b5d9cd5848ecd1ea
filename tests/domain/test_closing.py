"""What a close does to the ledger, what a correction changed, and dues after a pause."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.checkpoint import Checkpoint, HeldEvening, advance_checkpoint
from app.domain.closing import CorrectedItem, corrected, ledger_lines
from app.domain.commitment_history import CommitmentEvent, CommitmentEventKind
from app.domain.dues import Due, DueAtMeeting, DueOn
from app.domain.ledger import HeldMeeting, Standing
from app.domain.pause_dues import Back, EndedPause, due_after_pause

NOW = datetime(2031, 3, 4, 18, 0, tzinfo=UTC)
A, B, C, D = (UUID(int=n) for n in range(1, 5))


def meeting(present: set[UUID], seated: tuple[UUID, ...]) -> HeldMeeting:
    return HeldMeeting(UUID(int=99), NOW, frozenset(present), seated)


def test_a_line_tells_share_seat_and_credit() -> None:
    before = Checkpoint(standings={A: Standing(credit=0.5), D: Standing(credit=-0.5)})
    held = meeting({A, B, C}, (A,))
    after = advance_checkpoint(before, HeldEvening(held, owed=frozenset({B})))
    lines = {line.membership_id: line for line in ledger_lines(before, after, held)}
    assert lines.keys() == {A, B, C}  # who was away and is owed nothing is not told of
    assert (lines[A].credit_before, lines[A].share, lines[A].seated) == (0.5, 0.333333, True)
    assert lines[A].credit_after == -0.166667
    assert (lines[B].first_in_line, lines[C].first_in_line) == (True, False)


@given(
    st.dictionaries(st.sampled_from([A, B, C, D]), st.floats(-2, 2), max_size=4),
    st.sets(st.sampled_from([A, B, C, D]), min_size=1),
    st.integers(0, 3),
)
@settings(max_examples=100, deadline=None)
def test_credits_follow_from_the_lines(
    credits_: Mapping[UUID, float], present: set[UUID], seats: int
) -> None:
    before = Checkpoint(standings={who: Standing(credit=c) for who, c in credits_.items()})
    held = meeting(present, tuple(sorted(present)[:seats]))
    after = advance_checkpoint(before, HeldEvening(held))
    lines = ledger_lines(before, after, held)
    assert {line.membership_id for line in lines} == present
    for line in lines:
        change = line.share - line.seated
        assert line.credit_after == pytest.approx(line.credit_before + change, abs=2e-6)
    assert sum(line.share - line.seated for line in lines) == pytest.approx(0, abs=1e-5)


def test_a_correction_names_what_differs() -> None:
    stood = {A.hex: "absent", B.hex: "present", C.hex: "late"}
    stands = {A.hex: "present", B.hex: "present", D.hex: "present"}
    assert corrected(stood, stands) == [
        CorrectedItem(A, "absent", "present"),
        CorrectedItem(C, "late", None),
        CorrectedItem(D, None, "present"),
    ]
    assert corrected({A.hex: 0.1 + 0.2}, {A.hex: 0.3}) == []


ZONE = "Europe/London"
GONE, RESTORED, AFTER = (UUID(int=n) for n in (11, 12, 13))
PAUSE = EndedPause(date(2031, 3, 1), date(2031, 3, 31), {RESTORED}, {GONE})


def history(*dues: Due, renegotiated_at: int | None = None) -> list[CommitmentEvent]:
    kinds = [CommitmentEventKind.MADE] + [CommitmentEventKind.MOVED] * (len(dues) - 1)
    if renegotiated_at is not None:
        kinds[renegotiated_at] = CommitmentEventKind.RENEGOTIATED
    return [CommitmentEvent(kind, NOW, due=due) for kind, due in zip(kinds, dues, strict=True)]


def on(day: int, month: int = 3) -> DueOn:
    return DueOn(date(2031, month, day), ZONE)


def meeting_due(which: UUID) -> DueAtMeeting:
    return DueAtMeeting(which, ZONE)


@pytest.mark.parametrize(
    ("dues", "renegotiated_at", "expected"),
    [
        ([on(20), meeting_due(AFTER)], None, Back(on(20))),
        # What lies behind, or was to be at a meeting that is gone, is due at the first there is.
        ([on(2), meeting_due(AFTER)], None, Back(None)),
        ([meeting_due(GONE), meeting_due(AFTER)], None, Back(None)),
        ([meeting_due(RESTORED), meeting_due(AFTER)], None, Back(meeting_due(RESTORED))),
        # A meeting that was gone before the pause, then one within it.
        (
            [meeting_due(AFTER), meeting_due(RESTORED), on(20, 4)],
            None,
            Back(meeting_due(RESTORED)),
        ),
        ([meeting_due(GONE), meeting_due(RESTORED), on(20, 4)], None, Back(meeting_due(RESTORED))),
        # Nothing that the pause did.
        ([on(20)], None, None),
        ([on(20, 5), meeting_due(AFTER)], None, None),
        ([meeting_due(UUID(int=77)), meeting_due(AFTER)], None, None),
        ([on(20), meeting_due(AFTER), on(3, 5)], 2, None),
    ],
)
def test_a_due_comes_back_when_its_pause_ends_early(
    dues: list[Due], renegotiated_at: int | None, expected: Back | None
) -> None:
    assert due_after_pause(history(*dues, renegotiated_at=renegotiated_at), PAUSE, NOW) == expected


def test_a_pause_without_an_end_has_moved_no_dates() -> None:
    pause = EndedPause(date(2031, 3, 1), None, {RESTORED}, {GONE})
    assert due_after_pause(history(on(20), meeting_due(AFTER)), pause, NOW) is None
    back = due_after_pause(history(meeting_due(RESTORED), on(20)), pause, NOW)
    assert back == Back(meeting_due(RESTORED))
