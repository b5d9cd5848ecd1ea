from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.overrun import ProjectedSlot, Projection, project
from app.domain.timeline import Slot, SlotKind, SlotProgress

START = datetime(2031, 3, 4, 18, 0, tzinfo=UTC)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


@dataclass(frozen=True)
class Item:
    """A slot of a plan, in minutes; `gap` is the free time before it."""

    length: int
    minimum: int | None = None
    kind: SlotKind = "plenary"
    gap: int = 0
    absorbs: bool = False
    segment: str | None = None


def planned(*items: Item) -> list[SlotProgress]:
    slots = []
    clock = 0
    for position, item in enumerate(items, start=1):
        clock += item.gap
        slots.append(
            SlotProgress(
                Slot(
                    segment_id=item.segment or f"s{position}",
                    position=position,
                    kind=item.kind,
                    membership_id=UUID(int=position) if item.kind == "hot_seat" else None,
                    planned_start=at(clock),
                    planned_end=at(clock + item.length),
                    minimum=timedelta(
                        minutes=item.length if item.minimum is None else item.minimum
                    ),
                    absorbs_overrun=item.absorbs,
                )
            )
        )
        clock += item.length
    return slots


def held(slots: list[SlotProgress], *times: tuple[float, float | None]) -> list[SlotProgress]:
    """The first slots with actual starts and ends (None: still running)."""
    begun = [
        replace(progress, actual_start=at(start), actual_end=None if end is None else at(end))
        for progress, (start, end) in zip(slots, times, strict=False)
    ]
    return begun + slots[len(times) :]


def minutes_of(instant: datetime | None) -> float | None:
    return None if instant is None else (instant - START) / timedelta(minutes=1)


def starts(projection: Projection) -> list[float | None]:
    return [minutes_of(slot.projected_start) for slot in projection.slots]


def lengths(projection: Projection) -> list[float | None]:
    return [
        None
        if slot.projected_end is None or slot.projected_start is None
        else (slot.projected_end - slot.projected_start) / timedelta(minutes=1)
        for slot in projection.slots
    ]


def reasons(slot: ProjectedSlot) -> list[tuple[str, int, float]]:
    return [(reason.code, reason.position, reason.seconds / 60) for reason in slot.reasons]


HOT = Item(20, 15, "hot_seat")


# Delays


@pytest.mark.parametrize(("gap", "moved"), [(0, 7), (5, 2), (10, 0)])
@pytest.mark.parametrize("open_time", [0, 30])
@pytest.mark.parametrize("as_break", [False, True])
@pytest.mark.parametrize("running", [False, True])
def test_seven_minutes_late_meet_a_gap(
    gap: int,
    moved: int,
    open_time: int,
    *,
    as_break: bool,
    running: bool,
) -> None:
    following = Item(10, gap=0 if as_break else gap)
    pause = [Item(gap, 0, "break")] if as_break else []
    slots = held(planned(Item(20), *pause, following), (0, None if running else 27))
    ends_at = at(30 + gap + open_time)
    projection = project(slots, now=at(27), ends_at=ends_at)
    assert projection.slots[-1].moved_by_minutes == moved
    assert projection.over_by == timedelta(minutes=0 if open_time else moved)
    assert projection.fits == (open_time > 0 or moved == 0)


def test_nothing_moves_before_the_meeting_or_on_time() -> None:
    slots = planned(Item(10), HOT, Item(5, 0, "break"), HOT)
    for progress, now in (
        (slots, -600),
        (slots, 0),
        (held(slots, (0, None)), 4),
        (held(slots, (0, 10)), 10),
    ):
        projection = project(progress, now=at(now), ends_at=at(55))
        assert starts(projection) == [0, 10, 30, 35]
        assert all(not slot.reasons and not slot.moved_by for slot in projection.slots)
        assert projection.fits
        assert projection.projected_end == at(55)


def test_a_late_start_moves_everything_into_the_open_time_at_the_end() -> None:
    projection = project(planned(Item(10, 5), HOT), now=at(4), ends_at=at(40))
    assert starts(projection) == [4, 14]
    assert lengths(projection) == [10, 20]
    assert reasons(projection.slots[0]) == [("waited", 1, 4)]
    assert reasons(projection.slots[1]) == [("waited", 1, 4)]
    assert projection.projected_end == at(34)


def test_what_is_ahead_waits_for_its_appointment() -> None:
    slots = held(planned(Item(10), Item(10), Item(10)), (0, 6))
    projection = project(slots, now=at(6), ends_at=at(30))
    assert starts(projection) == [0, 10, 20]
    assert projection.slots[1].reasons == ()


def test_started_early_it_stays_early_and_the_rest_keeps_its_time() -> None:
    slots = held(planned(Item(10), Item(10), Item(10)), (0, 6), (6, None))
    projection = project(slots, now=at(7), ends_at=at(30))
    assert starts(projection) == [0, 6, 20]
    assert projection.slots[1].moved_by_minutes == -4
    assert reasons(projection.slots[1]) == [("finished_early", 1, -4)]


def test_a_skipped_slot_leaves_a_buffer() -> None:
    slots = held(planned(Item(10), HOT, HOT, Item(5)), (0, 17))
    slots[1] = replace(slots[1], skipped=True)
    projection = project(slots, now=at(17), ends_at=at(55))
    assert starts(projection) == [0, None, 30, 50]
    assert projection.slots[1].moved_by == timedelta(0)
    assert projection.slots[1].reasons == ()

    at_once = [*slots[:2], replace(slots[2], actual_start=at(17)), slots[3]]
    projection = project(at_once, now=at(17), ends_at=at(55))
    assert starts(projection) == [0, None, 17, 50]
    assert reasons(projection.slots[2]) == [("overran", 1, 7), ("skipped", 2, -20)]


def test_skipping_the_last_slot_leaves_its_time_to_those_before() -> None:
    slots = held(planned(Item(10), HOT, Item(8, 0, absorbs=True), Item(5)), (0, 14))
    slots[3] = replace(slots[3], skipped=True)
    projection = project(slots, now=at(14), ends_at=at(43))
    assert lengths(projection) == [14, 20, 8, None]


def test_a_pause_is_a_reason_of_its_own_and_spares_the_minimum() -> None:
    slots = held(planned(HOT, HOT), (0, None))
    slots[0] = replace(slots[0], paused=timedelta(minutes=6))
    projection = project(slots, now=at(10), ends_at=at(40))
    # 26 + 20 minutes are 6 too many: each gives 3
    assert lengths(projection) == [23, 17]
    assert reasons(projection.slots[1]) == [("paused", 1, 6), ("shortened", 1, -3)]
    tight = project(slots, now=at(10), ends_at=at(35))
    assert lengths(tight) == [21, 15]  # 15 minutes of attention, and the pause
    assert tight.over_by == timedelta(minutes=1)


def test_a_hot_seat_held_out_of_turn_leaves_the_reasons_adding_up() -> None:
    slots = planned(Item(10), HOT, HOT, Item(5))
    slots = [
        replace(slots[0], actual_start=at(0), actual_end=at(10)),
        slots[1],
        replace(slots[2], actual_start=at(10)),
        slots[3],
    ]
    projection = project(slots, now=at(12), ends_at=at(55))
    assert starts(projection) == [0, 30, 10, 50]
    for slot in projection.slots:
        assert sum(reason.seconds for reason in slot.reasons) == slot.moved_by.total_seconds()


# Absorbing


@pytest.mark.parametrize(
    ("late", "expected", "over"),
    [
        # hot seat 20..15, break 10..4, open floor 5..1 (first), hot seat 20..15, closing 4..3
        (0, [20, 10, 5, 20, 4], 0),
        (3, [20, 10, 2, 20, 4], 0),
        (4, [20, 10, 1, 20, 4], 0),
        (7, [20, 7, 1, 20, 4], 0),
        (10, [20, 4, 1, 20, 4], 0),
        (15.5, [17.5, 4, 1, 17.5, 3.5], 0),
        (21, [15, 4, 1, 15, 3], 0),
        (23, [15, 4, 1, 15, 3], 2),
    ],
)
def test_who_absorbs_first_and_how_far(late: float, expected: list[float], over: float) -> None:
    items = [
        Item(10),
        HOT,
        Item(10, 4, "break"),
        Item(5, 1, absorbs=True),
        HOT,
        Item(4, 3),
    ]
    slots = held(planned(*items), (0, 10 + late))
    projection = project(slots, now=at(10 + late), ends_at=at(69))
    assert lengths(projection)[1:] == expected
    assert projection.over_by == timedelta(minutes=over)
    assert projection.projected_end == at(69 + over)


def test_content_is_given_up_only_for_the_fixed_end() -> None:
    slots = held(planned(Item(10), HOT, Item(5, 0, absorbs=True)), (0, 19))
    projection = project(slots, now=at(19), ends_at=at(37))
    # 4 of the 9 minutes are beyond the open floor's 5; 2 of them lie before the fixed end
    assert lengths(projection) == [19, 18, 0]
    assert projection.projected_end == at(37)
    assert reasons(projection.slots[2]) == [("overran", 1, 9), ("shortened", 2, -2)]


def test_a_running_hot_seat_gives_too_but_never_what_is_past() -> None:
    slots = held(planned(HOT, HOT), (6, None))
    assert lengths(project(slots, now=at(8), ends_at=at(40))) == [17, 17]
    assert lengths(project(slots, now=at(23), ends_at=at(40))) == [17.75, 16.25]
    assert lengths(project(slots, now=at(29), ends_at=at(40))) == [23, 15]


def test_an_end_brought_forward_uses_free_time_first() -> None:
    slots = held(planned(Item(10), replace(HOT, gap=8)), (0, 10))
    relaxed = project(slots, now=at(10), ends_at=at(35))
    assert starts(relaxed) == [0, 15]
    assert lengths(relaxed) == [10, 20]
    assert reasons(relaxed.slots[1]) == [("free_time_used", 2, -3)]
    tight = project(slots, now=at(10), ends_at=at(27))
    assert starts(tight) == [0, 10]
    assert lengths(tight) == [10, 17]


def test_a_finished_meeting_is_as_late_as_it_was() -> None:
    slots = held(planned(Item(10), Item(10)), (0, 10), (10, 26))
    projection = project(slots, now=at(300), ends_at=at(20))
    assert projection.over_by == timedelta(minutes=6)
    assert projection.proposals == ()


def test_a_meeting_of_no_slots_is_over() -> None:
    projection = project([], now=at(3), ends_at=at(20))
    assert projection.projected_end == at(3)
    assert projection.fits


# Proposals


def test_when_nothing_helps_people_are_asked() -> None:
    items = [
        Item(10),
        HOT,
        HOT,
        Item(2, kind="round", segment="promises"),
        Item(2, kind="round", segment="promises"),
        Item(6),
    ]
    slots = held(planned(*items), (0, 25))
    projection = project(slots, now=at(25), ends_at=at(60))
    # 25 + 15 + 15 + 4 + 6 = 65; without the last hot seat the promises wait for their time
    assert not projection.fits
    assert projection.over_by == timedelta(minutes=5)
    assert [
        (
            p.code,
            p.segment_ids,
            p.positions,
            p.membership_ids,
            p.gives_up / timedelta(minutes=1),
            p.frees / timedelta(minutes=1),
            p.enough,
        )
        for p in projection.proposals
    ] == [
        ("drop_segment", ("s6",), (6,), (), 6, 6, True),
        ("move_to_next_meeting", ("s3",), (3,), (UUID(int=3),), 20, 5, True),
        ("drop_segment", ("promises",), (4, 5), (), 4, 4, False),
    ]


def test_as_many_hot_seats_go_as_needed_the_last_first() -> None:
    slots = held(planned(Item(10), HOT, HOT, HOT), (0, 32))
    projection = project(slots, now=at(32), ends_at=at(60))
    # 32 + 45 = 77: two seats of 15 win 17 minutes
    (proposal,) = projection.proposals
    assert proposal.positions == (4, 3)
    assert proposal.membership_ids == (UUID(int=4), UUID(int=3))
    assert proposal.enough


# Any meeting


@st.composite
def meetings(draw: st.DrawFn) -> tuple[list[SlotProgress], datetime, datetime]:
    """A plan, what has happened up to now, and a fixed end, often a tight one."""
    count = draw(st.integers(1, 9))
    absorber = draw(st.integers(0, 2 * count))
    items = []
    for index in range(count):
        length = draw(st.integers(1, 30))
        items.append(
            Item(
                length,
                draw(st.integers(0, length)),
                draw(st.sampled_from(["plenary", "round", "hot_seat", "break"])),
                draw(st.sampled_from([0, 0, 0, 5, 12])),
                absorbs=index == absorber,
            )
        )
    slots = planned(*items)
    now = START + timedelta(seconds=draw(st.integers(-600, 1800)))
    for index in range(draw(st.integers(0, count))):
        if draw(st.integers(0, 5)) == 0:
            slots[index] = replace(slots[index], skipped=True)
            continue
        start = now
        now += timedelta(seconds=draw(st.integers(0, 2400)))
        paused = timedelta(seconds=draw(st.sampled_from([0, 0, 60, 300])))
        paused = min(paused, now - start)
        slots[index] = replace(slots[index], actual_start=start, paused=paused)
        if index == count - 1 or draw(st.integers(0, 4)):
            slots[index] = replace(slots[index], actual_end=now)
            now += timedelta(seconds=draw(st.sampled_from([0, 0, 45, 600])))
        else:
            break
    if draw(st.integers(0, 5)) == 0:
        at_random = draw(st.integers(0, count - 1))
        if slots[at_random].actual_start is None:
            slots[at_random] = replace(slots[at_random], skipped=True)
    last = slots[-1].slot.planned_end
    return slots, now, last + timedelta(minutes=draw(st.sampled_from([-20, -5, 0, 0, 0, 3, 30])))


def floor_of(progress: SlotProgress, now: datetime) -> timedelta:
    """The shortest a slot can still be, said another way than the code says it."""
    if progress.actual_start is None:
        return progress.slot.minimum
    if progress.actual_end is not None:
        return progress.actual_end - progress.actual_start
    return max(now - progress.actual_start, progress.slot.minimum + progress.paused)


def natural_length(progress: SlotProgress, now: datetime) -> timedelta:
    if progress.actual_start is None:
        return progress.slot.planned_length
    if progress.actual_end is not None:
        return progress.actual_end - progress.actual_start
    return max(now - progress.actual_start, progress.slot.planned_length + progress.paused)


def earliest_end(slots: Sequence[SlotProgress], now: datetime, ends_at: datetime) -> datetime:
    """With everything at its shortest and nothing before its (brought forward) appointment."""
    live = [progress for progress in slots if not progress.skipped]
    last = max((progress.slot.planned_end for progress in live), default=ends_at)
    forward = max(timedelta(0), last - ends_at)
    begun = [p for p in live if p.actual_start is not None]
    clock = now if begun else max(now, slots[0].slot.planned_start)
    ends = []
    for progress in begun:
        assert progress.actual_start is not None
        ends.append(progress.actual_start + floor_of(progress, now))
        clock = max(clock, ends[-1])
    for progress in live:
        if progress.actual_start is None:
            clock = max(clock, progress.slot.planned_start - forward) + progress.slot.minimum
            ends.append(clock)
    return max(ends, default=clock)


@settings(max_examples=100, deadline=None)
@given(meetings())
def test_the_end_holds_whenever_minimums_allow_it(
    meeting: tuple[list[SlotProgress], datetime, datetime],
) -> None:
    slots, now, ends_at = meeting
    projection = project(slots, now=now, ends_at=ends_at)
    shortest = earliest_end(slots, now, ends_at)
    assert projection.over_by == max(timedelta(0), shortest - ends_at)
    assert projection.projected_end == max(
        [s.projected_end for s in projection.slots if s.projected_end], default=shortest
    )
    assert projection.fits == (projection.projected_end <= ends_at)
    assert not (projection.fits and projection.proposals)


@settings(max_examples=100, deadline=None)
@given(meetings())
def test_slots_follow_one_another_and_keep_their_minimums(
    meeting: tuple[list[SlotProgress], datetime, datetime],
) -> None:
    slots, now, ends_at = meeting
    projection = project(slots, now=now, ends_at=ends_at)
    free = None
    for slot in projection.slots:
        progress = slot.progress
        if progress.skipped:
            assert (slot.projected_start, slot.projected_end) == (None, None)
            continue
        assert slot.projected_start is not None
        assert slot.projected_end is not None
        assert free is None or slot.projected_start >= free
        free = slot.projected_end
        length = slot.projected_end - slot.projected_start
        assert floor_of(progress, now) <= length <= natural_length(progress, now)
        if progress.actual_start is None:
            assert slot.projected_start >= now
        else:
            assert slot.projected_start == progress.actual_start
        if progress.actual_end is not None:
            assert slot.projected_end == progress.actual_end
        assert slot.moved_by == slot.projected_start - progress.slot.planned_start
        assert sum(reason.seconds for reason in slot.reasons) == slot.moved_by.total_seconds()


@settings(max_examples=100, deadline=None)
@given(meetings())
def test_sacrifices_come_in_order_in_proportion_and_no_larger_than_needed(
    meeting: tuple[list[SlotProgress], datetime, datetime],
) -> None:
    slots, now, ends_at = meeting
    projection = project(slots, now=now, ends_at=ends_at)
    planned_end = slots[-1].slot.planned_end
    ranks: list[list[tuple[timedelta, timedelta]]] = [[], [], []]
    for slot in projection.slots:
        if slot.projected_start is None or slot.projected_end is None:
            continue
        natural = natural_length(slot.progress, now)
        gave = natural - (slot.projected_end - slot.projected_start)
        could = natural - floor_of(slot.progress, now)
        planned_slot = slot.progress.slot
        rank = 0 if planned_slot.absorbs_overrun else 1 if planned_slot.kind == "break" else 2
        ranks[rank].append((gave, could))
    for rank, group in enumerate(ranks):
        gave_all = sum((gave for gave, _ in group), timedelta(0))
        could_all = sum((could for _, could in group), timedelta(0))
        for gave, could in group:
            exact = could * (gave_all / could_all) if could_all else timedelta(0)
            assert abs(gave - exact) < timedelta(seconds=1.001)
        if gave_all:
            for earlier in ranks[:rank]:
                assert all(gave == could for gave, could in earlier)
            wanted = ends_at if rank == 2 else min(planned_end, ends_at)
            assert projection.projected_end >= wanted
    if projection.over_by:
        assert all(gave == could for group in ranks for gave, could in group)


@settings(max_examples=100, deadline=None)
@given(meetings())
def test_a_proposal_is_enough_exactly_when_it_says_so(
    meeting: tuple[list[SlotProgress], datetime, datetime],
) -> None:
    slots, now, ends_at = meeting
    projection = project(slots, now=now, ends_at=ends_at)
    for proposal in projection.proposals:
        assert proposal.frees > timedelta(0)
        followed = [
            replace(progress, skipped=True)
            if progress.slot.position in proposal.positions
            else progress
            for progress in slots
        ]
        assert all(
            slots[position - 1].actual_start is None and not slots[position - 1].skipped
            for position in proposal.positions
        )
        assert project(followed, now=now, ends_at=ends_at).fits == proposal.enough
        if proposal.code == "move_to_next_meeting" and len(proposal.positions) > 1:
            fewer = [
                replace(progress, skipped=True)
                if progress.slot.position in proposal.positions[:-1]
                else progress
                for progress in slots
            ]
            assert not project(fewer, now=now, ends_at=ends_at).fits
