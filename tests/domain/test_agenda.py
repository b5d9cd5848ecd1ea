import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.agenda import Agenda, Segment, agenda_from_dict, agenda_to_dict, check_agenda
from app.domain.agenda_templates import AGENDA_TEMPLATES, template_for
from app.domain.errors import Invalid
from app.domain.hot_seat_formats import HOT_SEAT_FORMATS, divide_seconds, phases_between
from app.domain.timeline import PlannedSegment, timeline

START = datetime(2031, 3, 4, 18, 0, tzinfo=UTC)
MEMBERS = [UUID(int=number) for number in range(1, 9)]

PLENARY = Segment("welcome", "plenary", "Welcome", minutes=5)
ROUND = Segment("check_in", "round", "Check-in", minutes_each=2)
SEATS = Segment("hot_seats", "hot_seats", "Hot seats", minutes_each=20, seats=2, minimum_minutes=15)
BREAK = Segment("break", "break", "Break", minutes=10)
OPEN = Segment("open_floor", "plenary", "Open", minutes=5, minimum_minutes=0, absorbs_overrun=True)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def plan(
    *segments: Segment, duration: int, people: int, holders: int
) -> tuple[PlannedSegment, ...]:
    return timeline(
        Agenda(segments),
        starts_at=START,
        ends_at=START + minutes(duration),
        speaking_order=MEMBERS[:people],
        hot_seats=MEMBERS[:holders],
    )


# Checks


@pytest.mark.parametrize(
    ("segments", "code", "pointer"),
    [
        ([], "agenda_empty", "/segments"),
        ([replace(PLENARY, id="Welcome!")], "segment_id_malformed", "/segments/0/id"),
        ([replace(PLENARY, id="")], "segment_id_malformed", "/segments/0/id"),
        ([replace(PLENARY, id="a" * 41)], "segment_id_malformed", "/segments/0/id"),
        ([PLENARY, BREAK, PLENARY], "segment_id_taken", "/segments/2/id"),
        ([replace(PLENARY, minutes=None)], "segment_field_missing", "/segments/0/minutes"),
        ([PLENARY, replace(BREAK, minutes=None)], "segment_field_missing", "/segments/1/minutes"),
        ([replace(ROUND, minutes_each=None)], "segment_field_missing", "/segments/0/minutes_each"),
        ([replace(SEATS, minutes_each=None)], "segment_field_missing", "/segments/0/minutes_each"),
        ([replace(SEATS, seats=None)], "segment_field_missing", "/segments/0/seats"),
        ([replace(ROUND, minutes=9)], "segment_field_ambiguous", "/segments/0/minutes_each"),
        ([replace(SEATS, minutes=9)], "segment_field_unused", "/segments/0/minutes"),
        ([replace(PLENARY, minutes_each=1)], "segment_field_unused", "/segments/0/minutes_each"),
        ([replace(ROUND, seats=1)], "segment_field_unused", "/segments/0/seats"),
        ([replace(BREAK, format="classic")], "segment_field_unused", "/segments/0/format"),
        ([replace(SEATS, format="opera")], "hot_seat_format_unknown", "/segments/0/format"),
        ([replace(PLENARY, minutes=0)], "minutes_out_of_range", "/segments/0/minutes"),
        ([replace(ROUND, minutes_each=-1)], "minutes_out_of_range", "/segments/0/minutes_each"),
        ([replace(SEATS, seats=0)], "minutes_out_of_range", "/segments/0/seats"),
        (
            [replace(PLENARY, minimum_minutes=6)],
            "minimum_out_of_range",
            "/segments/0/minimum_minutes",
        ),
        (
            [replace(PLENARY, minimum_minutes=-1)],
            "minimum_out_of_range",
            "/segments/0/minimum_minutes",
        ),
        (
            [replace(SEATS, minimum_minutes=21)],
            "minimum_out_of_range",
            "/segments/0/minimum_minutes",
        ),
        (
            [replace(SEATS, minimum_minutes=0)],
            "minimum_out_of_range",
            "/segments/0/minimum_minutes",
        ),
        ([replace(OPEN, minimum_minutes=None)], "minimum_missing", "/segments/0/minimum_minutes"),
        (
            [OPEN, replace(BREAK, absorbs_overrun=True)],
            "second_absorber",
            "/segments/1/absorbs_overrun",
        ),
        (
            [replace(SEATS, minutes_each=1, seats=9, minimum_minutes=1)],
            "more_seats_than_people",
            "/segments",
        ),
    ],
)
def test_a_structure_that_cannot_work_is_refused_where_it_is_wrong(
    segments: list[Segment], code: str, pointer: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        check_agenda(Agenda(tuple(segments)), duration_minutes=600, people=8)
    assert (refusal.value.code, refusal.value.pointer) == (code, pointer)


@pytest.mark.parametrize(
    ("segments", "people", "needed"),
    [
        ([PLENARY], 8, 5),
        ([ROUND], 8, 16),
        ([ROUND], 4, 8),
        ([Segment("r", "round", "Fixed", minutes=10)], 8, 10),
        ([SEATS], 4, 40),
        ([PLENARY, ROUND, SEATS, BREAK, OPEN], 8, 5 + 16 + 40 + 10 + 5),
        ([replace(BREAK, absorbs_overrun=True)], 4, 10),
    ],
)
def test_too_long_says_by_how_many_minutes(
    segments: list[Segment], people: int, needed: int
) -> None:
    agenda = Agenda(tuple(segments))
    check_agenda(agenda, duration_minutes=needed, people=people)
    for over in (1, 4):
        with pytest.raises(Invalid) as refusal:
            check_agenda(agenda, duration_minutes=needed - over, people=people)
        assert refusal.value.code == "agenda_too_long"
        assert refusal.value.facts == {
            "over_by_minutes": over,
            "needed_minutes": needed,
            "duration_minutes": needed - over,
            "people": people,
        }


def test_a_group_may_bring_its_own_formats() -> None:
    segments = (replace(SEATS, format="opera"),)
    with pytest.raises(Invalid) as refusal:
        check_agenda(Agenda(segments), duration_minutes=60, people=8)
    assert refusal.value.code == "hot_seat_format_unknown"
    own = replace(HOT_SEAT_FORMATS["classic"], name="opera")
    agenda = Agenda(segments, {"opera": own})
    check_agenda(agenda, duration_minutes=60, people=8)
    assert agenda.format_of(segments[0]) == own
    assert agenda_from_dict(json.loads(json.dumps(agenda_to_dict(agenda)))) == agenda


@pytest.mark.parametrize("agenda", AGENDA_TEMPLATES.values(), ids=AGENDA_TEMPLATES.keys())
def test_an_agenda_survives_storage_as_json(agenda: Agenda) -> None:
    assert agenda_from_dict(json.loads(json.dumps(agenda_to_dict(agenda)))) == agenda


# Templates


def test_every_duration_from_an_hour_to_ten_has_a_complete_template() -> None:
    for duration in range(60, 601):
        agenda = template_for(duration)
        check_agenda(agenda, duration_minutes=duration, people=8)
        purposes = [segment.purpose for segment in agenda.segments if segment.purpose]
        assert purposes == ["check_in", "commitments", "closing"]
        assert [s.id for s in agenda.segments if s.absorbs_overrun] == ["open_floor"]
        assert 2 <= agenda.seats <= 8


@pytest.mark.parametrize("duration", [60, 90, 240])
def test_the_shipped_templates_fill_their_time_with_eight(duration: int) -> None:
    agenda = template_for(duration)
    assert agenda is AGENDA_TEMPLATES[duration]
    assert agenda.minutes_needed(8) == duration


@pytest.mark.parametrize(
    ("duration", "base", "seats", "left_over"),
    [
        (75, 60, 2, 15),
        (89, 60, 3, 1),
        (117, 90, 3, 27),
        (118, 90, 4, 0),
        (120, 90, 4, 2),
        (180, 90, 7, 8),
        (239, 90, 8, 49),
        (279, 240, 6, 39),
        (300, 240, 7, 20),
        (600, 240, 8, 290),
    ],
)
def test_between_templates_time_buys_a_break_and_further_hot_seats(
    duration: int, base: int, seats: int, left_over: int
) -> None:
    agenda = template_for(duration)
    assert agenda.seats == seats
    assert duration - agenda.minutes_needed(8) == left_over
    ids = [segment.id for segment in agenda.segments]
    base_ids = [segment.id for segment in AGENDA_TEMPLATES[base].segments]
    assert [id_ for id_ in ids if not id_.startswith("extra_")] == base_ids
    if len(ids) > len(base_ids):
        at = ids.index("open_floor")
        assert ids[at - 2 : at] == ["extra_break", "extra_hot_seats"]


def test_under_an_hour_no_template_fits() -> None:
    with pytest.raises(Invalid) as refusal:
        template_for(59)
    assert refusal.value.code == "no_template_fits"
    assert refusal.value.facts == {"shortest_minutes": 60}


# Formats


def test_formats_ship_under_their_names_with_sources() -> None:
    assert list(HOT_SEAT_FORMATS) == ["classic", "clarifying_first", "troika", "lightning"]
    for name, format_ in HOT_SEAT_FORMATS.items():
        names = [phase.name for phase in format_.phases]
        assert format_.name == name
        assert format_.source
        assert len(set(names)) == len(names)
        assert set(names) <= {"present", "clarify", "advise", "playback", "commit"}
        assert all(phase.minutes >= 1 for phase in format_.phases)
    assert {name: format_.minutes for name, format_ in HOT_SEAT_FORMATS.items()} == {
        "classic": 18,
        "clarifying_first": 30,
        "troika": 11,
        "lightning": 10,
    }


@pytest.mark.parametrize("name", HOT_SEAT_FORMATS)
@pytest.mark.parametrize("length", [5, 10, 14, 18, 25, 30, 45])
def test_phases_keep_their_proportions_in_a_hot_seat_of_any_length(name: str, length: int) -> None:
    format_ = HOT_SEAT_FORMATS[name]
    phases = phases_between(format_, START, START + minutes(length))
    assert phases[0].planned_start == START
    assert phases[-1].planned_end == START + minutes(length)
    assert all(a.planned_end == b.planned_start for a, b in pairwise(phases))
    for phase, data in zip(phases, format_.phases, strict=True):
        exact = Fraction(60 * length * data.minutes, format_.minutes)
        assert abs((phase.planned_end - phase.planned_start).total_seconds() - exact) < 1


@given(st.lists(st.integers(0, 900), min_size=1).filter(any), st.integers(0, 5000))
def test_divided_seconds_add_up_and_never_exceed_a_weight(weights: list[int], total: int) -> None:
    parts = divide_seconds(total, weights)
    whole = sum(weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, whole)) < 1
        assert part <= weight or total > whole


# Timeline


def test_the_evening_of_a_group_of_five() -> None:
    planned = plan(PLENARY, ROUND, BREAK, SEATS, OPEN, duration=75, people=5, holders=2)
    rows = [
        (p.segment.id, (p.planned_start - START) / minutes(1), (p.planned_end - START) / minutes(1))
        for p in planned
    ]
    assert rows == [
        ("welcome", 0, 5),
        ("check_in", 5, 15),
        ("break", 15, 25),
        ("hot_seats", 25, 65),
        ("open_floor", 65, 75),
    ]
    slots = [slot for p in planned for slot in p.slots]
    assert [slot.position for slot in slots] == list(range(1, 11))
    assert [slot.kind for slot in slots] == [
        "plenary",
        *["round"] * 5,
        "break",
        *["hot_seat"] * 2,
        "plenary",
    ]
    assert [slot.membership_id for slot in slots] == [
        None,
        *MEMBERS[:5],
        None,
        *MEMBERS[:2],
        None,
    ]
    assert [slot.minimum / minutes(1) for slot in slots] == [5, *[2] * 5, 0, 15, 15, 0]
    assert [slot.absorbs_overrun for slot in slots] == [*[False] * 9, True]


@pytest.mark.parametrize(
    ("segments", "people", "holders", "ends"),
    [
        # the absorbing segment takes what fewer people leave over
        ((ROUND, OPEN), 8, 0, [16, 21]),
        ((ROUND, OPEN), 4, 0, [8, 21]),
        # without one, it stays open at the end
        ((ROUND, PLENARY), 4, 0, [8, 13]),
        # an empty hot seat leaves its minutes too; further segments follow at once
        ((SEATS, PLENARY), 4, 1, [20, 25]),
        ((SEATS, PLENARY), 4, 0, [0, 5]),
        # hot seats that absorb share it
        ((replace(SEATS, absorbs_overrun=True), PLENARY), 4, 2, [55, 60]),
        # an absorbing segment that nobody is in takes nothing
        ((replace(SEATS, absorbs_overrun=True), PLENARY), 4, 0, [0, 5]),
    ],
)
def test_time_left_over(
    segments: tuple[Segment, ...], people: int, holders: int, ends: list[int]
) -> None:
    duration = {ROUND: 21}.get(segments[0], 60)
    planned = plan(*segments, duration=duration, people=people, holders=holders)
    assert [(p.planned_end - START) / minutes(1) for p in planned] == ends


def test_holders_fill_the_hot_seats_in_order_across_segments() -> None:
    later = replace(SEATS, id="later")
    planned = plan(SEATS, BREAK, later, duration=90, people=8, holders=3)
    assert [[slot.membership_id for slot in p.slots] for p in planned] == [
        MEMBERS[:2],
        [None],
        MEMBERS[2:3],
    ]


def test_a_round_of_fixed_length_is_shared_by_whoever_is_there() -> None:
    fixed = Segment("words", "round", "Words", minutes=10, minimum_minutes=5)
    (planned,) = plan(fixed, duration=10, people=7, holders=0)
    lengths = [slot.planned_length.total_seconds() for slot in planned.slots]
    assert sum(lengths) == 600
    assert max(lengths) - min(lengths) <= 1
    assert sum(slot.minimum.total_seconds() for slot in planned.slots) == 300


def test_hot_seats_carry_the_phases_of_their_format() -> None:
    planned = plan(replace(SEATS, format="lightning"), duration=40, people=4, holders=2)
    first, second = planned[0].slots
    assert [phase.name for phase in first.phases] == ["present", "clarify", "advise", "commit"]
    marks = [(phase.planned_end - START) / minutes(1) for phase in second.phases]
    assert marks == [24, 28, 38, 40]


def test_more_holders_than_seats_are_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        plan(SEATS, duration=90, people=8, holders=3)
    assert refusal.value.code == "too_many_hot_seats"
    assert refusal.value.facts == {"seats": 2, "holders": 3}


def test_segments_that_do_not_fit_the_meeting_are_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        timeline(
            Agenda((PLENARY,)),
            starts_at=START,
            ends_at=START + minutes(2) + timedelta(seconds=30),
            speaking_order=[],
            hot_seats=[],
        )
    assert refusal.value.code == "agenda_too_long"
    assert refusal.value.facts == {"over_by_minutes": 3}


@st.composite
def agendas(draw: st.DrawFn) -> Agenda:
    """Valid for at least eight people."""
    segments: list[Segment] = []
    absorber = draw(st.integers(0, 9))
    seats_left = 8
    for index in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from(["plenary", "round", "hot_seats", "break"]))
        length = draw(st.integers(1, 30))
        segment = Segment(
            f"s{index}",
            kind,  # type: ignore[arg-type]
            "Title",
            minimum_minutes=draw(st.integers(1, length)),
            absorbs_overrun=index == absorber,
        )
        if kind == "hot_seats" and seats_left:
            seats = draw(st.integers(1, seats_left))
            seats_left -= seats
            format_ = draw(st.sampled_from([None, *HOT_SEAT_FORMATS]))
            segment = replace(segment, minutes_each=length, seats=seats, format=format_)
        elif kind == "round" and draw(st.booleans()):
            segment = replace(segment, minutes_each=length)
        else:
            segment = replace(
                segment,
                minutes=length,
                kind="plenary" if kind == "hot_seats" else kind,  # type: ignore[arg-type]
            )
        segments.append(segment)
    return Agenda(tuple(segments))


@settings(max_examples=150, deadline=None)
@given(agendas(), st.integers(0, 8), st.data(), st.integers(0, 60))
def test_any_timeline_is_contiguous_within_bounds_and_complete(
    agenda: Agenda, people: int, data: st.DataObject, spare: int
) -> None:
    duration = agenda.minutes_needed(8) + spare
    check_agenda(agenda, duration_minutes=duration, people=8)
    present = data.draw(st.permutations(MEMBERS))[:people]
    holders = present[: agenda.seats]
    planned = timeline(
        agenda,
        starts_at=START,
        ends_at=START + minutes(duration),
        speaking_order=present,
        hot_seats=holders,
    )
    slots = [slot for p in planned for slot in p.slots]
    marks = [START, *(slot.planned_end for slot in slots)]
    assert [slot.planned_start for slot in slots] == marks[:-1]
    assert marks[-1] <= START + minutes(duration)
    assert [slot.position for slot in slots] == list(range(1, len(slots) + 1))
    assert [slot.membership_id for slot in slots if slot.kind == "hot_seat"] == holders

    absorbing = [p for p in planned if p.segment.absorbs_overrun and p.slots]
    if absorbing:
        assert marks[-1] == START + minutes(duration)
    for segment, p in zip(agenda.segments, planned, strict=True):
        assert p.segment is segment
        assert p.planned_end - p.planned_start == sum(
            (slot.planned_length for slot in p.slots), timedelta(0)
        )
        if segment.kind == "round":
            assert [slot.membership_id for slot in p.slots] == present
        each = segment.minutes_each
        exact = minutes(segment.minutes or 0) if each is None else minutes(each) * len(p.slots)
        if p.slots and not segment.absorbs_overrun:
            assert p.planned_end - p.planned_start == exact
        for slot in p.slots:
            assert slot.minimum <= slot.planned_length
            assert bool(slot.phases) == (segment.format is not None)
            if slot.phases:
                assert slot.phases[0].planned_start == slot.planned_start
                assert slot.phases[-1].planned_end == slot.planned_end
