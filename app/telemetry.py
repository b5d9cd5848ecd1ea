"""Structured logs and metrics; both are process-wide, as their libraries want them."""

import logging
import sys
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

from app.traces import of_exc_info

REQUESTS = Counter(
    "hotseat_http_requests_total", "Requests answered.", ["method", "route", "status"]
)
REQUEST_SECONDS = Histogram(
    "hotseat_http_request_seconds", "Time from request to response head.", ["method", "route"]
)
SHED = Counter("hotseat_requests_shed_total", "Requests refused because of too many at a time.")
JOBS = Counter("hotseat_jobs_total", "Jobs run, by kind and outcome.", ["kind", "outcome"])
ATTEMPTS = Counter("hotseat_delivery_attempts_total", "Webhook attempts.", ["outcome"])
ENDPOINT_CHANGES = Counter(
    "hotseat_webhook_endpoint_changes_total",
    "Webhook endpoints that the service disabled (by reason) or found to be back.",
    ["to", "reason"],
)
STREAMS = Gauge("hotseat_event_streams", "Event streams that are open in this process.")
MAILS = Counter("hotseat_mails_total", "Attempts at mails.", ["outcome"])
PUSHES = Counter("hotseat_calendar_pushes_total", "Calendar pushes.", ["outcome"])
QUEUE_DEPTH = Gauge("hotseat_jobs_due", "Jobs that are due and not claimed.")
QUEUE_AGE = Gauge("hotseat_jobs_oldest_due_seconds", "Age of the oldest due job.")
ENDPOINTS = Gauge("hotseat_webhook_endpoints", "Webhook endpoints, by state.", ["state"])
DELIVERIES = Gauge(
    "hotseat_deliveries_pending",
    "Deliveries that wait, by the state of their endpoint.",
    ["endpoint_state"],
)
"""What the database holds is the same for every process: whoever is asked for it looks there."""


def request_id() -> str | None:
    """The id of the request that is being answered here; None outside of one."""
    found: str | None = structlog.contextvars.get_contextvars().get("request_id")
    return found


def configure_logging(*, level: str, json: bool) -> None:
    """Send structlog's events to stderr, one line each."""
    renderer: Any = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(of_exc_info),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
