"""All tables; importing this package registers every one of them."""

from app.db.models.audit import AuditEntry
from app.db.models.calendars import CalendarFeed, CalendarPush, CalendarTarget
from app.db.models.commitments import CheckIn, Commitment, CommitmentEvent
from app.db.models.events import Attempt, Delivery, Event, WebhookEndpoint
from app.db.models.groups import Cadence, Group, Organizer
from app.db.models.mails import Mail
from app.db.models.meetings import (
    Attendance,
    Guest,
    HotSeat,
    Meeting,
    MeetingRole,
    Slot,
    UrgentRequest,
)
from app.db.models.memberships import Leave, Membership
from app.db.models.people import Person
from app.db.models.proposals import Proposal
from app.db.models.system import IdempotencyRecord, Job
from app.db.models.workspaces import ApiKey, EventCounter, Workspace

__all__ = [
    "ApiKey",
    "Attempt",
    "Attendance",
    "AuditEntry",
    "Cadence",
    "CalendarFeed",
    "CalendarPush",
    "CalendarTarget",
    "CheckIn",
    "Commitment",
    "CommitmentEvent",
    "Delivery",
    "Event",
    "EventCounter",
    "Group",
    "Guest",
    "HotSeat",
    "IdempotencyRecord",
    "Job",
    "Leave",
    "Mail",
    "Meeting",
    "MeetingRole",
    "Membership",
    "Organizer",
    "Person",
    "Proposal",
    "Slot",
    "UrgentRequest",
    "WebhookEndpoint",
    "Workspace",
]
