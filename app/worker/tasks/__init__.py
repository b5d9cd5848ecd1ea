"""Every kind of job, and what does it."""

from collections.abc import Mapping

from app.services import housekeeping, relay, webhook_endpoints
from app.services.calendar_targets import TEST
from app.services.deliveries import DELIVER
from app.worker.context import Task, in_batches, on_row
from app.worker.tasks import calendars, webhooks

TASKS: Mapping[str, Task] = {
    DELIVER: webhooks.deliver,
    "calendar.push": calendars.push,
    TEST: calendars.check,
    "events.relay": in_batches(relay.relay),
    "endpoints.end_rotation": on_row(webhook_endpoints.end_rotation),
    "events.forget": in_batches(housekeeping.forget_events),
    "idempotency.forget": in_batches(housekeeping.forget_answers),
}
