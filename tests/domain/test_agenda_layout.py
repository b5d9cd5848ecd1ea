"""The agenda of one evening at its place in time."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.agenda import Agenda, Segment
from app.domain.agenda_layout import StoredSlot, laid_out_before, lay_out, progress_of
from app.domain.agenda_templates import template_for

START = datetime(2099, 6, 4, 18, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PEOPLE = [UUID(int=n) for n in range(1, 9)]
TALK = Agenda(
    (
        Segment("talk", "round", "Talk", minutes_each=10),
        Segment("seats", "hot_seats", "Seats", minutes_each=20, seats=2, minimum_minutes=10),
        Segment("end", "plenary", "End", minutes=5),
    )
)


def stored(agenda: Agenda, people: int, seats: int, minutes: int) -> list[StoredSlot]:
    layout = lay_out(
        agenda,
        starts_at=START,
        ends_at=START + minutes * MINUTE,
        speaking_order=PEOPLE[:people],
        hot_seats=PEOPLE[:seats],
    )
    return [
        StoredSlot(
            s.segment_id, s.position, s.kind, s.membership_id, s.planned_start, s.planned_end
        )
        for s in layout.slots
    ]


def test_more_people_than_time_run_over() -> None:
    layout = lay_out(
        TALK,
        starts_at=START,
        ends_at=START + 60 * MINUTE,
        speaking_order=PEOPLE[:3],
        hot_seats=PEOPLE[:3],
    )
    assert layout.over_by_minutes == 15
    assert [slot.kind for slot in layout.slots].count("hot_seat") == 2
    assert layout.slots[-1].planned_end == START + 75 * MINUTE


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([60, 75, 90, 120, 240]), st.integers(0, 8), st.integers(0, 8))
def test_what_was_kept_is_laid_out_again(minutes: int, people: int, seats: int) -> None:
    agenda = template_for(minutes)
    before = lay_out(
        agenda,
        starts_at=START,
        ends_at=START + minutes * MINUTE,
        speaking_order=PEOPLE[:people],
        hot_seats=PEOPLE[:seats],
    )
    kept = stored(agenda, people, seats, minutes)
    again = laid_out_before(agenda, kept, starts_at=START, ends_at=START + minutes * MINUTE)
    assert again.slots == before.slots
    assert again.over_by_minutes == before.over_by_minutes == 0
    assert [s.segment for s in again.segments] == list(agenda.segments)


def test_what_lies_before_a_slot_that_has_begun_is_over() -> None:
    kept = stored(TALK, 2, 2, 90)
    begun = START + 25 * MINUTE
    kept[2] = StoredSlot(
        kept[2].segment_id,
        3,
        "hot_seat",
        PEOPLE[0],
        kept[2].planned_start,
        kept[2].planned_end,
        actual_start=begun,
    )
    layout = laid_out_before(TALK, kept, starts_at=START, ends_at=START + 90 * MINUTE)
    progress = progress_of(layout.slots, kept, skipped={PEOPLE[1]}, pauses=(), now=begun)
    assert [(p.actual_start, p.actual_end) for p in progress] == [
        (START, START + 10 * MINUTE),
        (START + 10 * MINUTE, START + 20 * MINUTE),
        (begun, None),
        (None, None),
        (None, None),
    ]
    assert [p.skipped for p in progress] == [False, False, False, True, False]


def test_a_slot_begun_early_cuts_short_what_lies_before() -> None:
    kept = stored(TALK, 2, 1, 90)
    early = START + 15 * MINUTE
    kept[2] = StoredSlot(
        kept[2].segment_id,
        3,
        "hot_seat",
        PEOPLE[0],
        kept[2].planned_start,
        kept[2].planned_end,
        actual_start=early,
        actual_end=early + MINUTE,
    )
    layout = laid_out_before(TALK, kept, starts_at=START, ends_at=START + 90 * MINUTE)
    progress = progress_of(layout.slots, kept, skipped=(), pauses=(), now=early + MINUTE)
    assert progress[1].actual_end == early
    assert progress[2].actual_end == early + MINUTE
    assert progress[3].actual_start is None
