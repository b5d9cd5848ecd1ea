"""What the `data` of each noun's events holds: fields with their types, in one place.

A payload has every field of its schema, null where there is nothing to tell. A receiver of schema
version n may meet fields that were added within n; a field that goes, or means something else,
makes version n + 1. Ids are text (`grp_…`), days `2099-06-04`, instants RFC 3339 in UTC.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from app.domain.attendance import AttendanceStatus
from app.domain.charter import CharterTerm
from app.domain.commitment_history import CommitmentState
from app.domain.feed_clients import CLIENT_KINDS
from app.domain.group_states import GroupState
from app.domain.hot_seats import HotSeatState
from app.domain.ids import PREFIXES
from app.domain.meeting_states import MeetingState
from app.domain.membership import MembershipState
from app.domain.proposals import OFFERS, ProposalStatus
from app.domain.urgent_requests import UrgentState

Kind = Literal["text", "texts", "integer", "boolean", "id", "day", "instant", "local", "calendar"]
_ID = "[0-7][0-9a-hjkmnp-tv-z]{25}"
_FORMATS = {"day": "date", "instant": "date-time"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a payload. `noun`: whose id it is; `values`: the only texts it may be."""

    name: str
    kind: Kind
    description: str
    nullable: bool = False
    noun: str | None = None
    values: tuple[str, ...] = ()

    def schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of the field."""
        if self.kind == "calendar":
            return {"$ref": "#/components/schemas/EventCalendar"}
        if self.kind == "texts":
            items = {"type": "string", "enum": [*self.values]}
            return {"type": "array", "items": items, "description": self.description}
        plain = {"integer": "integer", "boolean": "boolean"}.get(self.kind, "string")
        schema: dict[str, Any] = {"type": [plain, "null"] if self.nullable else plain}
        if self.noun is not None:
            schema["pattern"] = f"^{PREFIXES[self.noun]}_{_ID}$"
        if self.values:
            schema["enum"] = [*self.values, *([None] if self.nullable else [])]
        if self.kind in _FORMATS:
            schema["format"] = _FORMATS[self.kind]
        return {**schema, "description": self.description}

    def takes(self, value: Any) -> bool:
        """Whether the field may have this value."""
        if value is None:
            return self.nullable
        if self.kind == "texts":
            return isinstance(value, list) and set(value) <= set(self.values)
        if self.values:
            return value in self.values
        takes: bool = _TAKES[self.kind](self, value)
        return takes


def schema_of(fields: Sequence[Field]) -> dict[str, Any]:
    """JSON Schema of a payload; further fields may be added within a version."""
    return {
        "type": "object",
        "required": [field.name for field in fields],
        "properties": {field.name: field.schema() for field in fields},
        "additionalProperties": True,
    }


def faults(fields: Sequence[Field], data: Mapping[str, Any]) -> list[str]:
    """What of `data` is not as declared: fields that are missing, unknown, or of another type."""
    declared = {field.name for field in fields}
    found = [f"{name} is not declared" for name in data if name not in declared]
    for field in fields:
        if field.name not in data:
            found.append(f"{field.name} is missing")
        elif not field.takes(data[field.name]):
            found.append(f"{field.name} is no {field.kind}: {data[field.name]!r}")
    return found


def _is_id(field: Field, value: Any) -> bool:
    pattern = f"{PREFIXES[field.noun or '']}_{_ID}"
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _is_day(_field: Field, value: Any) -> bool:
    return isinstance(value, str) and _reads(date.fromisoformat, value)


def _is_instant(_field: Field, value: Any) -> bool:
    return (
        isinstance(value, str)
        and _reads(datetime.fromisoformat, value)
        and datetime.fromisoformat(value).tzinfo is not None
    )


def _is_local(_field: Field, value: Any) -> bool:
    return (
        isinstance(value, str)
        and _reads(datetime.fromisoformat, value)
        and datetime.fromisoformat(value).tzinfo is None
    )


def _reads(parse: Any, value: str) -> bool:
    try:
        parse(value)
    except ValueError:
        return False
    return True


def _is_calendar(_field: Field, value: Any) -> bool:
    return isinstance(value, dict) and not faults(CALENDAR, value)


_TAKES: dict[str, Any] = {
    "text": lambda _, value: isinstance(value, str),
    "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda _, value: isinstance(value, bool),
    "id": _is_id,
    "day": _is_day,
    "instant": _is_instant,
    "local": _is_local,
    "calendar": _is_calendar,
}


def _id(noun: str, *, nullable: bool = False, name: str | None = None) -> Field:
    words = noun.replace("_", " ")
    return Field(name or f"{noun}_id", "id", f"The {words}'s id.", nullable, noun)


def _own(noun: str, prefix: str = "") -> Field:
    words = noun.replace("_", " ")
    return Field(f"{prefix}external_id", "text", f"Your own id of the {words}.", nullable=True)


def role_fields(role: str) -> tuple[Field, ...]:
    """Who has a role at a meeting."""
    return (
        Field(f"{role}_membership_id", "id", f"The {role}.", True, "membership"),
        Field(f"{role}_membership_external_id", "text", f"Your own id of the {role}.", True),
    )


def _state(states: type[StrEnum] | Iterable[str], what: str = "the event") -> Field:
    values = tuple(str(state) for state in states)
    return Field("state", "text", f"The state after {what}.", values=values)


SCHEMA_VERSION = Field("schema_version", "integer", "The version of this payload's schema.")
VERSION = Field(
    "version", "integer", "Rises with every change of the thing: drop what is not above yours."
)
CALENDAR = (
    Field("uid", "text", "The same for ever."),
    Field("sequence", "integer", "Rises with every change."),
    Field(
        "method",
        "text",
        "A hint: the object itself has no METHOD.",
        values=("REQUEST", "CANCEL"),
    ),
    Field("ical", "text", "A complete iCalendar object (RFC 5545)."),
)
IN_CALENDAR = Field("calendar", "calendar", "The meeting as any calendar takes it.")

_GROUP = (_id("group"), _own("group", "group_"))
_PERSON = (_id("person"), _own("person", "person_"))
_MEMBERSHIP = (_id("membership"), _own("membership", "membership_"))
_MEETING = (
    _id("meeting"),
    _own("meeting"),
    *_GROUP,
    _state(MeetingState),
    Field(
        "origin",
        "text",
        "The cadence's, put in by hand, or history.",
        values=("cadence", "ad_hoc", "backfill"),
    ),
    Field("starts_at", "instant", "When it begins."),
    Field("ends_at", "instant", "When it ends."),
    Field("local_start", "local", "When it begins by the clocks of its time zone."),
    Field("time_zone", "text", "IANA time zone."),
    VERSION,
)
_COMMITMENT = (
    _id("commitment"),
    _own("commitment"),
    *_GROUP,
    *_MEMBERSHIP,
    *_PERSON,
    _state(CommitmentState),
    Field("due_on", "day", "The day on which it is due, or null.", nullable=True),
    _id("meeting", nullable=True, name="due_meeting_id"),
    _own("meeting", "due_meeting_"),
    Field("time_zone", "text", "The owner's, as recorded with the due."),
    Field("overdue", "boolean", "Whether the due has passed while it is open."),
    Field("carry_count", "integer", "How often it was carried to a later meeting."),
    VERSION,
)
_HOLDER = (
    _id("membership"),
    _own("membership", "membership_"),
    _id("person", nullable=True),
    _own("person", "person_"),
)
_OFFERS = tuple(dict.fromkeys(code for of_term in OFFERS.values() for code in of_term))

OF_NOUN: dict[str, tuple[Field, ...]] = {
    "person": (_id("person"), _own("person"), VERSION),
    "group": (_id("group"), _own("group"), _state(GroupState), VERSION),
    "membership": (
        _id("membership"),
        _own("membership"),
        *_GROUP,
        *_PERSON,
        Field("place", "integer", "The member's place, 1 to 8."),
        _state(MembershipState),
        Field("starts_on", "day", "The first day of the membership."),
        Field("ends_on", "day", "The last day, or null.", nullable=True),
        VERSION,
    ),
    "leave": (
        _id("leave"),
        *_MEMBERSHIP,
        *_GROUP,
        *_PERSON,
        Field("first_on", "day", "The first day away."),
        Field("last_on", "day", "The last day away."),
        VERSION,
    ),
    "meeting": _MEETING,
    "attendance": (
        *_MEETING,
        *_MEMBERSHIP,
        *_PERSON,
        Field(
            "status",
            "text",
            "What was said or marked.",
            values=tuple(str(status) for status in AttendanceStatus),
        ),
        Field("minutes_late", "integer", "For who came late, where known.", nullable=True),
    ),
    "hot_seat": (
        _id("hot_seat"),
        *_GROUP,
        _id("meeting"),
        _own("meeting", "meeting_"),
        *_HOLDER,
        Field("position", "integer", "Its place in the evening's order, from 1."),
        _state(HotSeatState),
        Field("pinned", "boolean", "Whether planning leaves it alone."),
        Field("urgent", "boolean", "Whether it was taken before its turn."),
        VERSION,
    ),
    "slot": (
        *_MEETING,
        Field("position", "integer", "Its place in the evening, from 1."),
        Field("segment_id", "text", "The segment of the agenda that it belongs to."),
        Field("kind", "text", "What it is.", values=("plenary", "round", "break")),
        _id("membership", nullable=True),
        _own("membership", "membership_"),
        Field("actual_start", "instant", "When it began.", nullable=True),
        Field("actual_end", "instant", "When it was over.", nullable=True),
    ),
    "urgent_request": (
        _id("urgent_request"),
        *_GROUP,
        _id("meeting"),
        _own("meeting", "meeting_"),
        *_HOLDER,
        _state(UrgentState),
        VERSION,
    ),
    "charter": (
        _id("proposal"),
        *_GROUP,
        *_MEMBERSHIP,
        *_PERSON,
        Field("term", "text", "The charter's term.", values=tuple(map(str, CharterTerm))),
        Field(
            "status",
            "text",
            "Whom to tell: `open`, the member alone; `escalated`, the organizers too.",
            values=tuple(map(str, ProposalStatus)),
        ),
        Field("numerator", "integer", "The facts: so many"),
        Field("denominator", "integer", "of so many."),
        Field("offers", "texts", "What can be accepted.", values=_OFFERS),
        Field("offer", "text", "What was accepted.", True, values=_OFFERS),
        _id("meeting", name="since_meeting_id"),
        _own("meeting", "since_meeting_"),
        _id("meeting", name="last_meeting_id"),
        _own("meeting", "last_meeting_"),
        VERSION,
    ),
    "commitment": _COMMITMENT,
    "check_in": (
        *_COMMITMENT,
        _id("check_in"),
        Field("percent", "integer", "How far it has come, 0 to 100.", nullable=True),
    ),
    "calendar_target": (
        _id("calendar_target"),
        *_PERSON,
        _state(("enabled", "disabled", "removing")),
        Field(
            "reason",
            "text",
            "Why nothing is written any more.",
            nullable=True,
            values=(
                "unauthorized",
                "forbidden",
                "failing",
                "opted_out",
                "recipient_refused",
                "message_refused",
                "smtputf8_unsupported",
            ),
        ),
        Field("error", "text", "The kind of the last failure.", nullable=True),
        VERSION,
    ),
    "calendar": (
        _id("calendar_feed"),
        _id("person", nullable=True),
        _own("person", "person_"),
        *_GROUP,
        _id("meeting"),
        _own("meeting", "meeting_"),
        Field("client", "text", "The program that reads the feed.", values=CLIENT_KINDS),
        Field("last_fetched_at", "instant", "When it did for the last time."),
        Field("changed_at", "instant", "The change that it has not seen."),
        Field("starts_at", "instant", "When the meeting begins now."),
        _state(MeetingState, "the change"),
        VERSION,
    ),
    "endpoint": (
        _id("webhook_endpoint", name="endpoint_id"),
        _state(("enabled", "paused", "disabled")),
        Field(
            "reason",
            "text",
            "Why it is disabled: `failing` for days, or it answered that it is `gone`.",
            nullable=True,
            values=("failing", "gone"),
        ),
        VERSION,
    ),
    "log": (Field("epoch", "integer", "The log's new epoch, as its cursors begin."), VERSION),
}
"""By the first word of a type: what all events of the noun say."""
