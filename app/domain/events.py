"""The catalogue of event types: the one place where they are named and described.

What their `data` holds is declared by noun in `app.domain.payloads`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.payloads import (
    CALENDAR,
    IN_CALENDAR,
    OF_NOUN,
    SCHEMA_VERSION,
    Field,
    faults,
    role_fields,
    schema_of,
)
from app.domain.roles import Role


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of event. `calendar`: its data carries a complete iCalendar object. `time_bound`: it
    is of use until an instant only, and is not sent after it. `more`: fields beyond its noun's.
    `version` is that of the schema of its data.
    """

    name: str
    description: str
    calendar: bool = False
    time_bound: bool = False
    more: tuple[Field, ...] = ()
    version: int = 1

    @property
    def noun(self) -> str:
        """The first word: what it tells of."""
        return self.name.partition(".")[0]

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every field of its data."""
        calendar = (IN_CALENDAR,) if self.calendar else ()
        return (SCHEMA_VERSION, *OF_NOUN[self.noun], *self.more, *calendar)

    def schema(self) -> dict[str, Any]:
        """JSON Schema of its data, for the OpenAPI document, which has the calendar's by itself."""
        return schema_of(self.fields)

    def standalone_schema(self) -> dict[str, Any]:
        """JSON Schema of its data, with nothing outside."""
        schema = self.schema()
        if self.calendar:
            schema["properties"][IN_CALENDAR.name] = schema_of(CALENDAR)
        return schema

    def data(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Its data: the facts under the version of their schema. ValueError if they do not fit."""
        data = {"schema_version": self.version, **facts}
        wrong = faults(self.fields, data)
        if wrong:
            raise ValueError(f"{self.name}: {'; '.join(wrong)} (see app/domain/payloads.py)")
        return data


_QUORUM_MET = Field(
    "quorum_met", "boolean", "Whether the charter's quorum is there; null without one.", True
)

LOG_RESTARTED = "log.restarted"

EVENT_TYPES: dict[str, EventType] = {
    kind.name: kind
    for kind in (
        EventType("person.created", "A person became known to the workspace."),
        EventType("person.updated", "A person's details changed."),
        EventType("person.deleted", "A person was removed."),
        EventType(
            "person.erased", "Nothing personal is known of a person any more: erase them too."
        ),
        EventType("group.created", "A group was founded."),
        EventType("group.updated", "A group's settings changed."),
        EventType("group.activated", "A group has its members and may meet."),
        EventType("group.paused", "A group takes a break."),
        EventType("group.resumed", "A group meets again."),
        EventType("group.closed", "A group has come to its end."),
        EventType(
            "group.below_minimum",
            "An active group has fewer than four members.",
            more=(
                Field("members", "integer", "How many it has."),
                Field("min_members", "integer", "How many a group needs."),
            ),
        ),
        EventType("membership.created", "A person was given a place in a group."),
        EventType("membership.updated", "A membership's details changed."),
        EventType("membership.started", "A membership that lay ahead has begun."),
        EventType("membership.ended", "A membership has come to its end."),
        EventType("leave.created", "A member will be away for a while."),
        EventType("leave.deleted", "A leave of absence was taken back."),
        EventType("meeting.scheduled", "A meeting was put into the calendar.", calendar=True),
        EventType("meeting.rescheduled", "A meeting's time or place changed.", calendar=True),
        EventType("meeting.updated", "A meeting's other details changed.", calendar=True),
        EventType("meeting.cancelled", "A meeting will not take place.", calendar=True),
        EventType("meeting.reminder", "A meeting begins soon.", calendar=True, time_bound=True),
        EventType(
            "meeting.local_time_shifted",
            "A member meets at another hour of their own, for clocks have changed on one side.",
            time_bound=True,
            more=(
                Field("membership_id", "id", "The member's place.", noun="membership"),
                Field("membership_external_id", "text", "Your own id of it.", nullable=True),
                Field("person_id", "id", "The member.", noun="person"),
                Field("person_external_id", "text", "Your own id of the member.", nullable=True),
                Field("person_time_zone", "text", "IANA time zone of the member."),
                Field("person_local_start", "local", "When it begins by the member's clocks."),
                Field("shifted_minutes", "integer", "Later than before; below 0, earlier."),
            ),
        ),
        EventType("meeting.started", "A meeting is under way.", more=(_QUORUM_MET,)),
        EventType("meeting.paused", "A meeting under way was paused: its clock stands still."),
        EventType("meeting.resumed", "A meeting that was paused goes on."),
        EventType(
            "meeting.roles_changed",
            "The evening's roles were given, swapped or taken over.",
            more=tuple(field for role in Role for field in role_fields(role)),
        ),
        EventType(
            "meeting.closed",
            "A meeting was held; its results are in.",
            more=(
                Field("expected", "integer", "Members who were to come."),
                Field("present", "integer", "Members who were there."),
                Field("hot_seats", "integer", "Hot seats that took place."),
                _QUORUM_MET,
            ),
        ),
        EventType(
            "meeting.corrected",
            "A held meeting's record was corrected.",
            more=(
                Field("present", "integer", "Members who were there."),
                Field("hot_seats", "integer", "Hot seats that took place."),
            ),
        ),
        EventType("meeting.reopened", "A held meeting was opened to correct its record."),
        EventType("meeting.unrecorded", "A meeting's end has passed and nobody recorded it."),
        EventType("meeting.lapsed", "A meeting was never started and nobody recorded it."),
        EventType("hot_seat.announced", "A member's hot seat is among the next three meetings."),
        EventType("hot_seat.changed", "An announced hot seat moved to another member."),
        EventType("hot_seat.reordered", "A hot seat has another place within its running meeting."),
        EventType("hot_seat.started", "A hot seat is under way."),
        EventType("hot_seat.finished", "A hot seat took place."),
        EventType("hot_seat.skipped", "A hot seat did not take place."),
        EventType("hot_seat.unpassed", "A member takes back that they let a hot seat go by."),
        EventType("slot.started", "A speaker's turn, a plenary or a break is under way."),
        EventType("slot.finished", "A speaker's turn, a plenary or a break is over."),
        EventType("slot.skipped", "A speaker's turn, a plenary or a break was left out."),
        EventType("urgent_request.made", "A member asks for a hot seat before their turn."),
        EventType("urgent_request.decided", "A wish for an urgent hot seat was answered."),
        EventType("attendance.changed", "A member said whether they come, or was marked."),
        EventType(
            "charter.breached", "A term of the charter is not met: for the member alone to hear."
        ),
        EventType(
            "charter.escalated", "Nothing changed by the next meeting: for the organizers to hear."
        ),
        EventType("charter.accepted", "An offer of a proposal was accepted."),
        EventType("charter.dismissed", "A proposal was dismissed."),
        EventType("charter.withdrawn", "A proposal was taken back, since its facts fell away."),
        EventType("commitment.made", "A member made a promise."),
        EventType("commitment.due_soon", "A promise is due soon.", time_bound=True),
        EventType("commitment.overdue", "A promise's due date has passed."),
        EventType("commitment.kept", "A promise was kept."),
        EventType("commitment.missed", "A promise was not kept."),
        EventType("commitment.renegotiated", "A promise got another due date."),
        EventType("commitment.withdrawn", "A promise was taken back."),
        EventType("commitment.updated", "A promise's details changed."),
        EventType("commitment.moved", "The schedule moved a promise's due."),
        EventType("commitment.carried", "An open promise was carried to the next meeting."),
        EventType("commitment.reopened", "A settled promise was opened again."),
        EventType("check_in.created", "Somebody noted how a promise is coming along."),
        EventType(
            "calendar.stale",
            "A program that reads a feed will not show a change of a near meeting in time.",
            time_bound=True,
        ),
        EventType(
            "calendar_target.disabled",
            "A calendar refused the account or failed for days, or a person wants no more mail.",
        ),
        EventType("endpoint.disabled", "A webhook endpoint was turned off."),
        EventType("endpoint.enabled", "A webhook endpoint was turned on."),
        EventType("endpoint.paused", "A webhook endpoint was paused; its queue is kept."),
        EventType("endpoint.resumed", "A paused webhook endpoint goes on."),
        EventType(
            "endpoint.test", "A test, sent to one endpoint: on request, or to see if it is back."
        ),
        EventType(LOG_RESTARTED, "The log began a new epoch: cursors of before are of no use."),
    )
}


def matches(pattern: str, event_type: str) -> bool:
    """Whether an endpoint's pattern (`*`, `meeting.*`, `meeting.closed`) covers a type."""
    if pattern == "*":
        return True
    if pattern.endswith(".*"):
        return event_type.startswith(pattern[:-1])
    return pattern == event_type


def is_known_pattern(pattern: str) -> bool:
    """Whether a pattern covers at least one type of the catalogue."""
    return any(matches(pattern, name) for name in EVENT_TYPES)
