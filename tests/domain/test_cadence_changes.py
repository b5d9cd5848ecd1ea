"""How meetings pair with the occurrences of a changed cadence."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.cadence_changes import Made, changes, occurrence_key
from app.domain.recurrence import Occurrence

MONDAY = date(2099, 6, 1)


def occurrence(day: int) -> Occurrence:
    local = datetime(2099, 6, 1, 19, 30) + timedelta(days=day)
    start = local.replace(tzinfo=UTC)
    return Occurrence(local, start, start + timedelta(minutes=90), None)


def made(day: int, *, touched: bool = False, fixed: bool = False) -> Made:
    key = occurrence_key(occurrence(day))
    return Made(UUID(int=day + 1), key, MONDAY + timedelta(days=day), touched, fixed)


def test_the_same_occurrences_are_kept() -> None:
    result = changes([made(0), made(7)], [occurrence(0), occurrence(7), occurrence(14)])
    assert [pair[0] for pair in result.kept] == [made(0).id, made(7).id]
    assert result.created == (occurrence(14),)
    assert not (result.moved)
    assert not (result.cancelled)
    assert not result.conflicts


def test_the_rest_pairs_in_order() -> None:
    result = changes([made(0), made(7), made(14)], [occurrence(1), occurrence(8)])
    assert result.moved == ((made(0).id, occurrence(1)), (made(7).id, occurrence(8)))
    assert result.cancelled == (made(14).id,)


def test_what_was_touched_stands_for_its_week() -> None:
    result = changes([made(0), made(7, touched=True)], [occurrence(1), occurrence(8)])
    assert result.moved == ((made(0).id, occurrence(1)),)
    assert result.conflicts == (made(7).id,)
    assert not result.created


def test_what_was_touched_takes_no_occurrence_of_another_week() -> None:
    result = changes([made(7, touched=True)], [occurrence(21)])
    assert result.created == (occurrence(21),)


def test_what_is_past_changing_is_left_alone() -> None:
    result = changes([made(0, fixed=True), made(7, fixed=True)], [occurrence(7), occurrence(15)])
    assert [pair[0] for pair in result.kept] == [made(7).id]
    assert result.created == (occurrence(15),)
    assert not (result.moved)
    assert not (result.cancelled)
    assert not result.conflicts


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.integers(0, 40), st.sampled_from(["", "touched", "fixed"]), max_size=12),
    st.sets(st.integers(0, 40), max_size=12),
)
def test_nothing_is_lost(present: dict[int, str], wanted: set[int]) -> None:
    rows = [
        made(day, touched=kind == "touched", fixed=kind == "fixed")
        for day, kind in sorted(present.items())
    ]
    occurrences = [occurrence(day) for day in sorted(wanted)]
    result = changes(rows, occurrences)
    kept = [row_id for row_id, _ in result.kept]
    moved = [row_id for row_id, _ in result.moved]
    fates = [*kept, *moved, *result.cancelled, *result.conflicts]
    assert len(set(fates)) == len(fates)
    untouched = {row.id for row in rows if not (row.touched or row.fixed)}
    assert untouched == (set(kept) | set(moved) | set(result.cancelled)) & untouched
    assert set(moved) | set(result.cancelled) <= untouched
    filled = [o for _, o in (*result.kept, *result.moved)] + list(result.created)
    assert len(set(filled)) == len(filled)
    missing = set(occurrences) - set(filled)
    touched_weeks = {row.day.isocalendar()[1] for row in rows if row.touched}
    assert {o.local_start.date().isocalendar()[1] for o in missing} <= touched_weeks
    assert not (result.cancelled and result.created)
