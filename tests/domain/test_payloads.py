"""Payloads: what is declared is what is accepted, and nothing else."""

from typing import Any

import pytest

from app.domain.events import EVENT_TYPES, EventType, is_known_pattern, matches
from app.domain.payloads import CALENDAR, OF_NOUN, Field, faults, schema_of

PERSON = {"person_id": "per_01h455vb4pex5vsknk084sn02q", "external_id": None, "version": 1}
CREATED = EVENT_TYPES["person.created"]


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (Field("x", "text", ""), ["", "a"], [None, 1, True, ["a"]]),
        (Field("x", "text", "", nullable=True), [None, "a"], [1]),
        (Field("x", "text", "", values=("a", "b")), ["a", "b"], ["c", None, "", 1]),
        (Field("x", "text", "", nullable=True, values=("a",)), ["a", None], ["b"]),
        (Field("x", "integer", ""), [0, -1, 10**9], [True, 1.0, "1", None]),
        (Field("x", "boolean", ""), [True, False], [0, 1, "true", None]),
        (
            Field("x", "id", "", noun="person"),
            [PERSON["person_id"]],
            ["grp_01h455vb4pex5vsknk084sn02q", "per_", "per_81h455vb4pex5vsknk084sn02q", None, 1],
        ),
        (Field("x", "day", ""), ["2099-06-04"], ["2099-06-31", "4 June", "", None, 20990604]),
        (
            Field("x", "instant", ""),
            ["2099-06-04T18:30:00Z", "2099-06-04T18:30:00+00:00"],
            ["2099-06-04T18:30:00", "tomorrow", None, 1],
        ),
        (
            Field("x", "local", ""),
            ["2099-06-04T19:30", "2099-06-04T19:30:00"],
            ["2099-06-04T18:30:00Z", "half past seven", None],
        ),
        (
            Field("x", "calendar", ""),
            [{"uid": "u", "sequence": 0, "method": "CANCEL", "ical": "i"}],
            [
                None,
                "i",
                {"uid": "u", "sequence": 0, "method": "PUBLISH", "ical": "i"},
                {"uid": "u", "sequence": 0, "method": "CANCEL", "ical": "i", "more": 1},
                {"uid": "u", "sequence": 0, "method": "CANCEL"},
            ],
        ),
    ],
    ids=lambda value: f"{value.kind}{'?' * value.nullable}" if isinstance(value, Field) else "",
)
def test_what_a_field_takes(field: Field, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert faults([field], {"x": value}) == []
    for value in bad:
        (fault,) = faults([field], {"x": value})
        assert fault.startswith("x is no ")


def test_data_carries_the_version_of_its_schema() -> None:
    assert CREATED.data(PERSON) == {"schema_version": 1, **PERSON}
    third = EventType("person.created", "", version=3)
    assert third.data(PERSON)["schema_version"] == 3


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({**PERSON, "email": "a@b.example"}, "person.created: email is not declared"),
        ({"person_id": PERSON["person_id"], "version": 1}, "external_id is missing"),
        ({**PERSON, "version": "1"}, "version is no integer: '1'"),
    ],
)
def test_facts_that_do_not_fit_are_refused(facts: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CREATED.data(facts)


def test_every_noun_is_told_of_and_every_type_has_one() -> None:
    assert {kind.noun for kind in EVENT_TYPES.values()} == set(OF_NOUN)
    for kind in EVENT_TYPES.values():
        names = [field.name for field in kind.fields]
        assert len(set(names)) == len(names), kind.name
        assert {"schema_version", "version"} <= set(names), kind.name


YOURS = {"person", "group", "membership", "meeting", "commitment"}
"""Nouns that carry the caller's own id."""


@pytest.mark.parametrize("kind", EVENT_TYPES.values(), ids=lambda kind: kind.name)
def test_every_id_has_the_callers_own_beside_it(kind: EventType) -> None:
    """The id of what the event tells of has `external_id`, any other `<whose>_external_id`."""
    _, first, *_ = names = [field.name for field in kind.fields]
    for field in kind.fields:
        if field.noun in YOURS:
            own = "external_id" if field.name == first else f"{field.name[:-3]}_external_id"
            assert names[names.index(field.name) + 1] == own


def test_no_payload_can_hold_what_somebody_wrote() -> None:
    """Confidential by default: no title, note, topic, name or address."""
    texts = {
        field.name
        for kind in EVENT_TYPES.values()
        for field in kind.fields
        if field.kind == "text" and not field.values
    }
    assert {name for name in texts if not name.endswith("external_id")} <= ALLOWED_TEXTS


ALLOWED_TEXTS = {"time_zone", "person_time_zone", "error", "client", "segment_id", "kind"}
"""Words of ours, names of zones and programs."""


def test_the_schema_says_the_same() -> None:
    schema = schema_of([*OF_NOUN["person"], Field("due_on", "day", "", nullable=True)])
    assert schema["required"] == ["person_id", "external_id", "version", "due_on"]
    assert schema["properties"]["external_id"]["type"] == ["string", "null"]
    assert schema["properties"]["due_on"]["format"] == "date"
    assert schema_of(CALENDAR)["properties"]["method"]["enum"] == ["REQUEST", "CANCEL"]


def test_patterns() -> None:
    assert matches("*", "meeting.closed")
    assert matches("meeting.*", "meeting.closed")
    assert matches("meeting.closed", "meeting.closed")
    assert not matches("meeting.*", "meetings.closed")
    assert not matches("meet*", "meeting.closed")
    assert is_known_pattern("log.*")
    assert not is_known_pattern("meting.*")
