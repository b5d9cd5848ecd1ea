"""Every kind of job, and what does it."""

from collections.abc import Mapping

from app.services import (
    calendar_watch,
    commitments,
    group_clock,
    group_verbs,
    housekeeping,
    meeting_duties,
    relay,
    webhook_endpoints,
)
from app.services.deliveries import DELIVER
from app.services.target_deliveries import WORK
from app.worker.context import Task, in_batches, on_row
from app.worker.tasks import calendars, mail, meetings, webhooks

TASKS: Mapping[str, Task] = {
    DELIVER: webhooks.deliver,
    "calendar.push": calendars.push,
    WORK: calendars.work,
    "mail.send": mail.send_mail,
    "memberships.advance": on_row(group_clock.advance_membership),
    "groups.advance_pause": on_row(group_verbs.advance_pause),
    "meetings.materialise": meetings.materialise,
    "meetings.remind": on_row(meeting_duties.remind),
    "meetings.mark_unrecorded": on_row(meeting_duties.mark_unrecorded),
    "meetings.lapse_or_close": on_row(meeting_duties.lapse_or_close),
    "calendars.tell_stale": on_row(calendar_watch.tell_stale),
    "meetings.tell_shift": on_row(calendar_watch.tell_shift),
    "commitments.mark_overdue": on_row(commitments.mark_overdue),
    "commitments.mark_due_soon": on_row(commitments.mark_due_soon),
    "events.relay": in_batches(relay.relay),
    "endpoints.end_rotation": on_row(webhook_endpoints.end_rotation),
    "endpoints.probe": webhooks.probe,
    "events.forget": in_batches(housekeeping.forget_events),
    "deliveries.forget": in_batches(housekeeping.forget_deliveries),
    "idempotency.forget": in_batches(housekeeping.forget_answers),
}
