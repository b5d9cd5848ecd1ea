"""The catalogue of event types: the one place where they are named and described."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of event. `calendar`: its data carries a complete iCalendar object."""

    name: str
    description: str
    calendar: bool = False


EVENT_TYPES: dict[str, EventType] = {
    kind.name: kind
    for kind in (
        EventType("person.created", "A person became known to the workspace."),
        EventType("person.updated", "A person's details changed."),
        EventType("person.deleted", "A person was removed."),
        EventType("group.created", "A group was founded."),
        EventType("group.updated", "A group's settings changed."),
        EventType("group.activated", "A group has its members and may meet."),
        EventType("group.paused", "A group takes a break."),
        EventType("group.resumed", "A group meets again."),
        EventType("group.closed", "A group has come to its end."),
        EventType("group.below_minimum", "An active group has fewer than four members."),
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
        EventType("meeting.reminder", "A meeting begins soon.", calendar=True),
        EventType("meeting.started", "A meeting is under way."),
        EventType("meeting.closed", "A meeting was held; its results are in."),
        EventType("meeting.reopened", "A held meeting was opened to correct its record."),
        EventType("meeting.unrecorded", "A meeting's end has passed and nobody recorded it."),
        EventType("meeting.lapsed", "A meeting was never started and nobody recorded it."),
        EventType("hot_seat.announced", "A member's hot seat is among the next three meetings."),
        EventType("hot_seat.changed", "An announced hot seat moved to another member."),
        EventType("hot_seat.started", "A hot seat is under way."),
        EventType("hot_seat.finished", "A hot seat took place."),
        EventType("hot_seat.skipped", "A hot seat did not take place."),
        EventType("urgent_request.made", "A member asks for a hot seat before their turn."),
        EventType("urgent_request.decided", "A wish for an urgent hot seat was answered."),
        EventType("attendance.changed", "A member said whether they come, or was marked."),
        EventType("commitment.made", "A member made a promise."),
        EventType("commitment.due_soon", "A promise is due soon."),
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
        EventType("calendar_target.disabled", "A calendar failed for days and is left alone."),
        EventType("endpoint.disabled", "A webhook endpoint was turned off."),
        EventType("endpoint.enabled", "A webhook endpoint was turned on."),
        EventType("endpoint.test", "A test, sent on request to one endpoint."),
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
