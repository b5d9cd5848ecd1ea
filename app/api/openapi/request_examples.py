"""Requests that work as they stand in the sample workspace."""

from collections.abc import Mapping
from typing import Any

from app.api.schemas.examples import (
    UNUSED,
    SampleCommitment,
    SampleEndpoint,
    SampleGroup,
    SampleHotSeat,
    SampleMeeting,
    SamplePerson,
    SampleRequest,
    member,
    sample_text,
)

_FORMING = sample_text("group", SampleGroup.FORMING)
_PAUSED = sample_text("group", SampleGroup.PAUSED)
_LAPSED = sample_text("meeting", SampleMeeting.LAPSED)
_HELD = sample_text("meeting", SampleMeeting.HELD)
_TONIGHT = sample_text("meeting", SampleMeeting.TONIGHT)
_EARLIER = sample_text("meeting", SampleMeeting.EARLIER)
_RUNNING = sample_text("meeting", SampleMeeting.RUNNING)
_INTERRUPTED = sample_text("meeting", SampleMeeting.INTERRUPTED)
_SEAT_AHEAD = sample_text("hot_seat", SampleHotSeat.SECOND)
_SEAT_TO_START = sample_text("hot_seat", SampleHotSeat.RUNNING)
_SEAT_ABSENT = sample_text("hot_seat", SampleHotSeat.ABSENT)
_SEAT_LIVE = sample_text("hot_seat", SampleHotSeat.SEATED)
_SEAT_PASSED = sample_text("hot_seat", SampleHotSeat.PASSED)


def _member(group: SampleGroup, place: int) -> str:
    return sample_text("membership", member(group, place))


def _promise(number: SampleCommitment) -> str:
    return sample_text("commitment", number)


def _endpoint(number: SampleEndpoint) -> str:
    return sample_text("webhook_endpoint", number)


PATHS: dict[str, dict[str, Any]] = {
    "delete_person": {"person_id": sample_text("person", SamplePerson.LEAVING)},
    "erase_person": {"person_id": sample_text("person", SamplePerson.FORGOTTEN)},
    "activate_group": {"group_id": _FORMING},
    "close_group": {"group_id": sample_text("group", SampleGroup.CLOSING)},
    "end_membership": {"membership_id": _member(SampleGroup.FORMING, 4)},
    "batch_memberships": {"group_id": _PAUSED},
    "put_cadence": {"group_id": _FORMING},
    "resume_group": {"group_id": _PAUSED},
    "get_organizer": {"person_id": sample_text("person", 1)},
    "remove_organizer": {"person_id": sample_text("person", 1)},
    "start_meeting": {"meeting_id": _TONIGHT},
    "close_meeting": {"meeting_id": sample_text("meeting", SampleMeeting.ENDING)},
    "pause_meeting": {"meeting_id": sample_text("meeting", SampleMeeting.PAUSING)},
    "cancel_meeting": {"meeting_id": sample_text("meeting", SampleMeeting.CALLED_OFF)},
    "resume_meeting": {"meeting_id": _INTERRUPTED},
    "start_slot": {
        "meeting_id": sample_text("meeting", SampleMeeting.BEGINNING),
        "position": 1,
    },
    "finish_slot": {"meeting_id": _RUNNING, "position": 1},
    "skip_slot": {"meeting_id": _RUNNING, "position": 3},
    "accept_proposal": {"meeting_id": _RUNNING},
    "reopen_meeting": {"meeting_id": _HELD},
    "record_meeting": {"meeting_id": _LAPSED},
    "correct_meeting": {"meeting_id": _EARLIER},
    "update_hot_seat": {"hot_seat_id": _SEAT_LIVE},
    "start_hot_seat": {"hot_seat_id": _SEAT_TO_START},
    "advance_hot_seat": {"hot_seat_id": _SEAT_LIVE},
    "finish_hot_seat": {"hot_seat_id": _SEAT_LIVE},
    "skip_hot_seat": {"hot_seat_id": _SEAT_ABSENT},
    "pass_hot_seat": {"hot_seat_id": sample_text("hot_seat", SampleHotSeat.TO_PASS)},
    "postpone_hot_seat": {"hot_seat_id": sample_text("hot_seat", SampleHotSeat.BEGINNING)},
    "create_urgent_request": {"meeting_id": sample_text("meeting", SampleMeeting.SECOND)},
    "unpass_hot_seat": {"hot_seat_id": _SEAT_PASSED},
    "decline_urgent_request": {
        "urgent_request_id": sample_text("urgent_request", SampleRequest.TO_DECLINE)
    },
    "withdraw_urgent_request": {
        "urgent_request_id": sample_text("urgent_request", SampleRequest.TO_WITHDRAW)
    },
    "keep_commitment": {"commitment_id": _promise(SampleCommitment.TO_KEEP)},
    "miss_commitment": {"commitment_id": _promise(SampleCommitment.TO_MISS)},
    "withdraw_commitment": {"commitment_id": _promise(SampleCommitment.TO_WITHDRAW)},
    "reopen_commitment": {"commitment_id": _promise(SampleCommitment.KEPT)},
    "dismiss_charter_proposal": {"proposal_id": sample_text("proposal", UNUSED)},
    "delete_webhook_endpoint": {"endpoint_id": _endpoint(SampleEndpoint.UNUSED)},
    "enable_webhook_endpoint": {"endpoint_id": _endpoint(SampleEndpoint.DISABLED)},
    "delete_calendar_feed": {"calendar_feed_id": sample_text("calendar_feed", UNUSED)},
    "delete_calendar_target": {"calendar_target_id": sample_text("calendar_target", UNUSED)},
    "revoke_api_key": {"key_id": sample_text("api_key", UNUSED)},
}
"""By operation, the ids of its path where the noun's usual one does not fit."""

BODIES: dict[str, Any] = {
    "open_group_rotation": {
        "as_of": "2026-01-01",
        "credits": [
            {"membership_id": _member(SampleGroup.AHEAD, 1), "credit": 0.5},
            {"membership_id": _member(SampleGroup.AHEAD, 2), "credit": -0.5},
        ],
    },
    "update_workspace": {"name": "Oxford", "require_if_match": False},
    "update_person": {"name": "Nevill Henry Coghill", "background": {"goals": "Find a stage"}},
    "update_group": {"purpose": "Finish the books", "charter": {"quorum": 4}},
    "pause_group": {"from": "2199-07-01", "until": "2199-08-31"},
    "batch_people": {
        "mode": "upsert",
        "items": [
            {"external_id": "crm-1042", "name": "Dorothy Sayers", "time_zone": "Europe/London"},
            {"name": "Adam Fox", "time_zone": "Europe/London"},
        ],
    },
    "batch_memberships": {
        "atomic": False,
        "items": [{"person_id": sample_text("person"), "starts_on": "2199-06-06"}],
    },
    "batch_commitments": {
        "items": [
            {
                "membership_id": sample_text("membership"),
                "title": "Send the first chapter to two readers",
                "due_on": "2199-06-06",
            }
        ],
    },
    "create_membership": {"person_id": sample_text("person"), "starts_on": "2199-06-06"},
    "update_membership": {"weight": 1.0, "metadata": {"cohort": "2199-spring"}},
    "put_membership_by_external_id": {
        "group_id": _FORMING,
        "person_id": sample_text("person"),
        "starts_on": "2199-06-06",
    },
    "put_cadence": {
        "rrule": "FREQ=WEEKLY;BYDAY=TH",
        "local_start": "2099-06-04T20:00:00",
        "duration_minutes": 90,
        "except": [{"from": "2099-12-21", "to": "2100-01-03"}],
    },
    "update_meeting": {"title": "Summer meeting", "location": "The Eagle and Child"},
    "record_meeting": {
        "attendance": [{"membership_id": _member(SampleGroup.PAST, 1), "status": "absent"}],
        "hot_seats": [
            {
                "membership_id": _member(SampleGroup.PAST, 2),
                "state": "done",
                "topic": "Which of two publishers",
            },
        ],
        "commitments": [
            {
                "membership_id": _member(SampleGroup.PAST, 2),
                "title": "Send the first chapter to two readers",
                "due_on": "2199-06-06",
            }
        ],
    },
    "put_attendance": {"status": "going", "note": "On a train until eight"},
    "put_roles": {
        "facilitator": _member(SampleGroup.AHEAD, 1),
        "timekeeper": _member(SampleGroup.AHEAD, 2),
        "scribe": None,
    },
    "add_guest": {"name": "Dorothy Sayers", "email": "d.l.sayers@example.org"},
    "update_hot_seat": {"topic": "How do I find a first reader?"},
    "accept_proposal": {"code": "drop_segment", "positions": [7]},
    "cover_hot_seat": {"membership_id": _member(SampleGroup.AHEAD, 5)},
    "correct_meeting": {
        "attendance": [{"membership_id": _member(SampleGroup.PAST, 3), "status": "late"}],
        "hot_seats": [
            {"membership_id": _member(SampleGroup.PAST, 2), "state": "none"},
            {"membership_id": _member(SampleGroup.PAST, 3), "state": "done"},
        ],
    },
    "take_over_role": {
        "role": "facilitator",
        "membership_id": _member(SampleGroup.AHEAD, 3),
    },
    "swap_roles": {"role": "facilitator", "with_role": "scribe"},
    "swap_hot_seats": {"with_hot_seat_id": _SEAT_AHEAD},
    "create_urgent_request": {
        "membership_id": _member(SampleGroup.AHEAD, 3),
        "reason": "The offer runs out on Friday",
    },
    "accept_charter_proposal": {"offer": "buddy"},
    "update_commitment": {"criteria": "Two readers have confirmed that they have it"},
    "keep_commitment": {},
    "update_webhook_endpoint": {"description": "Our app", "event_types": ["meeting.*"]},
    "create_calendar_target": {
        "person_id": sample_text("person"),
        "kind": "caldav",
        "settings": {
            "url": "https://cal.example.org/jack/mastermind/",
            "username": "jack",
            "password": "correct horse battery staple",
            "include": ["meetings", "hot_seats"],
        },
    },
    "update_calendar_target": {"settings": {"username": "nevill"}},
}
"""By operation, the body where the examples of its fields do not make a sensible one."""

_NONE = object()


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """A value made of the examples within a schema; None if a required part has none.

    Properties without an example are left out, so they must not be required.
    """
    found = _example(schema, schemas)
    return None if found is _NONE else found


def _example(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    if "examples" in schema:
        # An example null says: better leave it out.
        return _NONE if schema["examples"][0] is None else schema["examples"][0]
    if "$ref" in schema:
        return _example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [_NONE])[0])
    if "properties" in schema:
        return _object(schema, schemas)
    if "items" in schema:
        item = _example(schema["items"], schemas)
        return item if item is _NONE else [item]
    variants = [part for part in schema.get("anyOf", ()) if part != {"type": "null"}]
    return _example(variants[0], schemas) if variants else _NONE


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    found = {name: _example(part, schemas) for name, part in schema["properties"].items()}
    if any(found[name] is _NONE for name in schema.get("required", ())):
        return _NONE
    return {name: value for name, value in found.items() if value is not _NONE}
