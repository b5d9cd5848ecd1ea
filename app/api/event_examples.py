"""Examples of what events say, made by the very functions that make events."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from app.api.schemas.examples import sample_id, sample_text
from app.db.models import (
    CalendarTarget,
    Group,
    HotSeat,
    Leave,
    Meeting,
    Membership,
    Person,
    Proposal,
    Slot,
    UrgentRequest,
    WebhookEndpoint,
)
from app.domain.events import EVENT_TYPES, EventType
from app.services import facts
from app.services.calendar_facts import Method, with_calendar

WHEN = datetime(2099, 6, 4, 18, 30, tzinfo=UTC)
_PERSON = Person(id=sample_id("person", 1), external_id="inkling-1", version=1)
_GROUP = Group(
    id=sample_id("group"),
    external_id="sample-group-1",
    name="The Inklings",
    state="active",
    version=8,
)
_MEMBERSHIP = Membership(
    id=sample_id("membership"),
    place=1,
    state="current",
    starts_on=date(2099, 1, 1),
    version=2,
)
_HOLDER: Any = SimpleNamespace(
    external_id=None, person_id=_PERSON.id, person_external_id=_PERSON.external_id
)

STATES = {
    "group.created": "forming",
    "group.paused": "paused",
    "group.closed": "closed",
    "membership.ended": "ended",
    "meeting.cancelled": "cancelled",
    "meeting.started": "live",
    "meeting.paused": "live",
    "meeting.resumed": "live",
    "meeting.roles_changed": "scheduled",
    "slot.started": "live",
    "slot.finished": "live",
    "slot.skipped": "live",
    "meeting.closed": "held",
    "meeting.corrected": "held",
    "meeting.reopened": "live",
    "meeting.lapsed": "lapsed",
    "hot_seat.started": "live",
    "hot_seat.finished": "done",
    "hot_seat.skipped": "skipped",
    "hot_seat.unpassed": "passed",
    "urgent_request.decided": "granted",
    "commitment.kept": "kept",
    "commitment.missed": "missed",
    "commitment.withdrawn": "withdrawn",
    "endpoint.disabled": "disabled",
    "endpoint.paused": "paused",
    "calendar_target.disabled": "disabled",
}
"""The state after the event, where it is not the noun's usual one."""

MORE: dict[str, dict[str, Any]] = {
    "group.below_minimum": {"members": 3, "min_members": 4},
    "meeting.started": {"quorum_met": True},
    "meeting.local_time_shifted": {
        "membership_id": sample_text("membership"),
        "membership_external_id": None,
        "person_id": sample_text("person", 1),
        "person_external_id": "inkling-1",
        "person_time_zone": "America/New_York",
        "person_local_start": "2099-06-04T15:30:00",
        "shifted_minutes": 60,
    },
    "meeting.roles_changed": {
        "facilitator_membership_id": sample_text("membership"),
        "facilitator_membership_external_id": None,
        "timekeeper_membership_id": sample_text("membership", 2),
        "timekeeper_membership_external_id": None,
        "scribe_membership_id": sample_text("membership", 3),
        "scribe_membership_external_id": None,
    },
    "meeting.corrected": {"present": 5, "hot_seats": 2},
    "meeting.closed": {"expected": 6, "present": 5, "hot_seats": 2, "quorum_met": True},
    "attendance.changed": {
        "membership_id": sample_text("membership"),
        "membership_external_id": None,
        "person_id": sample_text("person", 1),
        "person_external_id": "inkling-1",
        "status": "absent",
        "minutes_late": None,
    },
    "check_in.created": {"check_in_id": sample_text("check_in"), "percent": 50},
}
"""What an event says beyond the facts of its noun."""


def example_data(kind: EventType) -> dict[str, Any]:
    """The `data` of an event of this type."""
    facts_of_it = {**_FACTS[kind.noun](kind), **MORE.get(kind.name, {})}
    if kind.calendar:
        is_off = kind.name == "meeting.cancelled"
        method: Method = "CANCEL" if is_off else "REQUEST"
        facts_of_it = with_calendar(facts_of_it, _meeting(kind), _GROUP, method)
    return kind.data(facts_of_it)


def _group(kind: EventType) -> dict[str, Any]:
    return {**facts.group_facts(_GROUP), "state": STATES.get(kind.name, "active")}


def _membership(kind: EventType) -> dict[str, Any]:
    found = facts.membership_facts(_MEMBERSHIP, _GROUP, _PERSON)
    return {**found, "state": STATES.get(kind.name, "current")}


def _leave(_kind: EventType) -> dict[str, Any]:
    leave = Leave(
        id=sample_id("leave"), first_on=date(2099, 8, 1), last_on=date(2099, 8, 31), reason=None
    )
    return facts.leave_facts(leave, _MEMBERSHIP, _GROUP, _PERSON)


def _meeting(kind: EventType) -> Meeting:
    return Meeting(
        id=sample_id("meeting"),
        external_id=None,
        state=STATES.get(kind.name, "scheduled"),
        origin="cadence",
        starts_at=WHEN,
        ends_at=WHEN.replace(hour=20, minute=0),
        local_start="2099-06-04T19:30",
        time_zone="Europe/London",
        uid=f"{sample_text('meeting')}@hotseat",
        sequence=1,
        created_at=WHEN,
        calendar_changed_at=WHEN,
        title=None,
        location="The Eagle and Child",
        url=None,
        version=3,
    )


def _of_meeting(kind: EventType) -> dict[str, Any]:
    return facts.meeting_facts(_meeting(kind), _GROUP)


def _slot(kind: EventType) -> dict[str, Any]:
    begun = None if kind.name == "slot.skipped" else WHEN
    over = WHEN.replace(minute=32) if kind.name == "slot.finished" else None
    slot = Slot(
        position=1,
        segment_id="check_in",
        kind="round",
        membership_id=_MEMBERSHIP.id,
        actual_start=begun,
        actual_end=over,
    )
    return facts.slot_facts(slot, _meeting(kind), _GROUP, None)


def _hot_seat(kind: EventType) -> dict[str, Any]:
    seat = HotSeat(
        id=sample_id("hot_seat"),
        meeting_id=sample_id("meeting"),
        membership_id=_MEMBERSHIP.id,
        position=1,
        state=STATES.get(kind.name, "announced"),
        pinned=False,
        urgent=False,
        version=2,
    )
    return facts.hot_seat_facts(seat, _GROUP, _HOLDER, None)


def _urgent_request(kind: EventType) -> dict[str, Any]:
    request = UrgentRequest(
        id=sample_id("urgent_request"),
        meeting_id=sample_id("meeting"),
        membership_id=_MEMBERSHIP.id,
        state=STATES.get(kind.name, "requested"),
        version=1,
    )
    return facts.urgent_request_facts(request, _GROUP, _HOLDER, None)


def _charter(kind: EventType) -> dict[str, Any]:
    status = kind.name.partition(".")[2]
    proposal = Proposal(
        id=sample_id("proposal"),
        membership_id=_MEMBERSHIP.id,
        term="attendance",
        status="open" if status == "breached" else status,
        numerator=5,
        denominator=8,
        required=0.75,
        offer="buddy" if status == "accepted" else None,
        since_meeting_id=sample_id("meeting"),
        last_meeting_id=sample_id("meeting"),
        version=1,
    )
    member: Any = SimpleNamespace(
        id=_MEMBERSHIP.id,
        external_id=None,
        person_id=_PERSON.id,
        person_external_id=_PERSON.external_id,
    )
    return facts.proposal_facts(proposal, _GROUP, member, {sample_id("meeting"): None})


def _commitment(kind: EventType) -> dict[str, Any]:
    commitment = SimpleNamespace(
        id=sample_id("commitment"),
        external_id=None,
        group_id=_GROUP.id,
        membership_id=_MEMBERSHIP.id,
        person_id=_PERSON.id,
        state=STATES.get(kind.name, "open"),
        due_on=date(2099, 6, 11),
        due_meeting_id=None,
        time_zone="Europe/London",
        overdue=kind.name in {"commitment.overdue", "commitment.carried"},
        carry_count=1 if kind.name == "commitment.carried" else 0,
        version=2,
    )
    row: Any = SimpleNamespace(
        Commitment=commitment,
        group_external_id=_GROUP.external_id,
        membership_external_id=None,
        person_external_id=_PERSON.external_id,
        due_meeting_external_id=None,
    )
    return facts.commitment_facts(row)


def _endpoint(kind: EventType) -> dict[str, Any]:
    state = STATES.get(kind.name, "enabled")
    endpoint = WebhookEndpoint(
        id=sample_id("webhook_endpoint"),
        state=state,
        disabled_reason="failing" if state == "disabled" else None,
        version=2,
    )
    return facts.endpoint_facts(endpoint)


def _calendar_target(kind: EventType) -> dict[str, Any]:
    target = CalendarTarget(
        id=sample_id("calendar_target"),
        person_id=_PERSON.id,
        state=STATES.get(kind.name, "enabled"),
        disabled_reason="unauthorized",
        last_error={"code": "unauthorized"},
        version=2,
    )
    return facts.calendar_target_facts(target, _PERSON.external_id)


def _stale_calendar(_kind: EventType) -> dict[str, Any]:
    meeting = _meeting(EVENT_TYPES["meeting.rescheduled"])
    feed: Any = SimpleNamespace(
        id=sample_id("calendar_feed"),
        person_id=_PERSON.id,
        person_external_id=_PERSON.external_id,
        version=7,
    )
    return facts.stale_calendar_facts(feed, "google", WHEN - timedelta(hours=9), meeting, _GROUP)


_FACTS: dict[str, Callable[[EventType], dict[str, Any]]] = {
    "person": lambda _kind: facts.person_facts(_PERSON),
    "group": _group,
    "membership": _membership,
    "leave": _leave,
    "meeting": _of_meeting,
    "attendance": _of_meeting,
    "hot_seat": _hot_seat,
    "slot": _slot,
    "urgent_request": _urgent_request,
    "charter": _charter,
    "commitment": _commitment,
    "check_in": _commitment,
    "endpoint": _endpoint,
    "calendar_target": _calendar_target,
    "calendar": _stale_calendar,
    "log": lambda _kind: facts.log_facts(2),
}
