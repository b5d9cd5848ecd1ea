"""What events say of each noun: ids, the caller's ids, states, versions; never notes or topics."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

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
from app.domain import ids
from app.domain.charter import CharterTerm
from app.domain.proposals import offers
from app.domain.wall_clock import local_time


def person_facts(person: Person) -> dict[str, Any]:
    """A person, as events tell of them."""
    return {
        "person_id": ids.encode("person", person.id),
        "external_id": person.external_id,
        "version": person.version,
    }


def group_facts(group: Group) -> dict[str, Any]:
    """A group, as events tell of it."""
    return {
        "group_id": ids.encode("group", group.id),
        "external_id": group.external_id,
        "state": group.state,
        "version": group.version,
    }


def membership_facts(membership: Membership, group: Group, person: Person) -> dict[str, Any]:
    """A person's place in a group, as events tell of it."""
    return {
        "membership_id": ids.encode("membership", membership.id),
        "external_id": membership.external_id,
        "group_id": ids.encode("group", group.id),
        "group_external_id": group.external_id,
        "person_id": ids.encode("person", person.id),
        "person_external_id": person.external_id,
        "place": membership.place,
        "state": membership.state,
        "starts_on": membership.starts_on.isoformat(),
        "ends_on": membership.ends_on and membership.ends_on.isoformat(),
        "version": membership.version,
    }


def leave_facts(
    leave: Leave, membership: Membership, group: Group, person: Person
) -> dict[str, Any]:
    """A leave of absence, as events tell of it; `version` is its membership's."""
    return {
        "leave_id": ids.encode("leave", leave.id),
        "membership_id": ids.encode("membership", membership.id),
        "membership_external_id": membership.external_id,
        "group_id": ids.encode("group", group.id),
        "group_external_id": group.external_id,
        "person_id": ids.encode("person", person.id),
        "person_external_id": person.external_id,
        "first_on": leave.first_on.isoformat(),
        "last_on": leave.last_on.isoformat(),
        "version": membership.version,
    }


def hot_seat_facts(
    seat: HotSeat, group: Group, holder: Row[Any] | None, meeting_external_id: str | None
) -> dict[str, Any]:
    """A hot seat, as events tell of it; never its topic. `holder`: the member's planning row."""
    return {
        "hot_seat_id": ids.encode("hot_seat", seat.id),
        "group_id": ids.encode("group", group.id),
        "group_external_id": group.external_id,
        "meeting_id": ids.encode("meeting", seat.meeting_id),
        "meeting_external_id": meeting_external_id,
        "membership_id": ids.encode("membership", seat.membership_id),
        "membership_external_id": holder and holder.external_id,
        "person_id": holder and ids.encode("person", holder.person_id),
        "person_external_id": holder and holder.person_external_id,
        "position": seat.position,
        "state": seat.state,
        "pinned": seat.pinned,
        "urgent": seat.urgent,
        "version": seat.version,
    }


def urgent_request_facts(
    request: UrgentRequest, group: Group, holder: Row[Any], meeting_external_id: str | None
) -> dict[str, Any]:
    """A wish for an urgent hot seat, as events tell of it; never the member's reason."""
    return {
        "urgent_request_id": ids.encode("urgent_request", request.id),
        "group_id": ids.encode("group", group.id),
        "group_external_id": group.external_id,
        "meeting_id": ids.encode("meeting", request.meeting_id),
        "meeting_external_id": meeting_external_id,
        "membership_id": ids.encode("membership", request.membership_id),
        "membership_external_id": holder.external_id,
        "person_id": ids.encode("person", holder.person_id),
        "person_external_id": holder.person_external_id,
        "state": request.state,
        "version": request.version,
    }


def proposal_facts(
    proposal: Proposal, group: Group, member: Row[Any], meetings: Mapping[UUID, str | None]
) -> dict[str, Any]:
    """A proposal, as events tell of it. `member`: from `proposals.members`; `meetings`: the
    caller's ids of its meetings.
    """
    return {
        "proposal_id": ids.encode("proposal", proposal.id),
        "group_id": ids.encode("group", group.id),
        "group_external_id": group.external_id,
        "membership_id": ids.encode("membership", member.id),
        "membership_external_id": member.external_id,
        "person_id": ids.encode("person", member.person_id),
        "person_external_id": member.person_external_id,
        "term": proposal.term,
        "status": proposal.status,
        "numerator": proposal.numerator,
        "denominator": proposal.denominator,
        "offers": [offer.code for offer in offers(CharterTerm(proposal.term))],
        "offer": proposal.offer,
        "since_meeting_id": ids.encode("meeting", proposal.since_meeting_id),
        "since_meeting_external_id": meetings[proposal.since_meeting_id],
        "last_meeting_id": ids.encode("meeting", proposal.last_meeting_id),
        "last_meeting_external_id": meetings[proposal.last_meeting_id],
        "version": proposal.version,
    }


def endpoint_facts(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """A webhook endpoint, as events tell of it; never its URL, which may hold a secret."""
    return {
        "endpoint_id": ids.encode("webhook_endpoint", endpoint.id),
        "state": endpoint.state,
        "reason": endpoint.disabled_reason,
        "version": endpoint.version,
    }


def meeting_facts(meeting: Meeting, group: Group) -> dict[str, Any]:
    """A meeting, as events tell of it."""
    return {
        "meeting_id": ids.encode("meeting", meeting.id),
        "external_id": meeting.external_id,
        "group_id": ids.encode("group", group.id),
        "group_external_id": group.external_id,
        "state": meeting.state,
        "origin": meeting.origin,
        "starts_at": meeting.starts_at.isoformat(),
        "ends_at": meeting.ends_at.isoformat(),
        "local_start": meeting.local_start,
        "time_zone": meeting.time_zone,
        "version": meeting.version,
    }


def slot_facts(
    slot: Slot, meeting: Meeting, group: Group, membership_external_id: str | None
) -> dict[str, Any]:
    """A time box that is no hot seat, as events tell of it."""
    return {
        **meeting_facts(meeting, group),
        "position": slot.position,
        "segment_id": slot.segment_id,
        "kind": slot.kind,
        "membership_id": slot.membership_id and ids.encode("membership", slot.membership_id),
        "membership_external_id": membership_external_id,
        "actual_start": slot.actual_start and slot.actual_start.isoformat(),
        "actual_end": slot.actual_end and slot.actual_end.isoformat(),
    }


def commitment_facts(row: Row[Any]) -> dict[str, Any]:
    """A promise, as events tell of it; never its title. `row`: from `with_references`."""
    commitment = row.Commitment
    meeting_id = commitment.due_meeting_id
    return {
        "commitment_id": ids.encode("commitment", commitment.id),
        "external_id": commitment.external_id,
        "group_id": ids.encode("group", commitment.group_id),
        "group_external_id": row.group_external_id,
        "membership_id": ids.encode("membership", commitment.membership_id),
        "membership_external_id": row.membership_external_id,
        "person_id": ids.encode("person", commitment.person_id),
        "person_external_id": row.person_external_id,
        "state": commitment.state,
        "due_on": commitment.due_on and commitment.due_on.isoformat(),
        "due_meeting_id": meeting_id and ids.encode("meeting", meeting_id),
        "due_meeting_external_id": row.due_meeting_external_id,
        "time_zone": commitment.time_zone,
        "overdue": commitment.overdue,
        "carry_count": commitment.carry_count,
        "version": commitment.version,
    }


def local_shift_facts(
    meeting: Meeting, group: Group, place: Row[Any], minutes: int
) -> dict[str, Any]:
    """A meeting at another hour of a member's own. `place`: from `calendar_watch.places`."""
    return {
        **meeting_facts(meeting, group),
        "membership_id": ids.encode("membership", place.id),
        "membership_external_id": place.external_id,
        "person_id": ids.encode("person", place.person_id),
        "person_external_id": place.person_external_id,
        "person_time_zone": place.time_zone,
        "person_local_start": local_time(meeting.starts_at, place.time_zone).isoformat(
            timespec="minutes"
        ),
        "shifted_minutes": minutes,
    }


def stale_calendar_facts(
    feed: Row[Any], client: str, fetched_at: datetime, meeting: Meeting, group: Group
) -> dict[str, Any]:
    """A feed's program that lags behind. `feed`: from `calendar_watch`."""
    return {
        "calendar_feed_id": ids.encode("calendar_feed", feed.id),
        "person_id": feed.person_id and ids.encode("person", feed.person_id),
        "person_external_id": feed.person_external_id,
        "group_id": ids.encode("group", group.id),
        "group_external_id": group.external_id,
        "meeting_id": ids.encode("meeting", meeting.id),
        "meeting_external_id": meeting.external_id,
        "client": client,
        "last_fetched_at": fetched_at.isoformat(),
        "changed_at": meeting.calendar_changed_at.isoformat(),
        "starts_at": meeting.starts_at.isoformat(),
        "state": meeting.state,
        "version": feed.version,
    }


def calendar_target_facts(target: CalendarTarget, person_external_id: str | None) -> dict[str, Any]:
    """A calendar target, as events tell of it; never its URL or its account."""
    return {
        "calendar_target_id": ids.encode("calendar_target", target.id),
        "person_id": ids.encode("person", target.person_id),
        "person_external_id": person_external_id,
        "state": target.state,
        "reason": target.disabled_reason,
        "error": target.last_error and target.last_error["code"],
        "version": target.version,
    }


def log_facts(epoch: int) -> dict[str, Any]:
    """The event log itself, as its own event tells of it."""
    return {"epoch": epoch, "version": epoch}
