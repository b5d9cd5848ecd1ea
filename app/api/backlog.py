"""What waits in the database, as gauges."""

from datetime import datetime

import structlog
from prometheus_client import Gauge
from sqlalchemy.exc import SQLAlchemyError

from app.db import jobs
from app.db.queries import deliveries, webhook_endpoints
from app.db.session import Database
from app.telemetry import DELIVERIES, ENDPOINTS, QUEUE_AGE, QUEUE_DEPTH

log = structlog.get_logger(__name__)
STATES = ("enabled", "paused", "disabled")


async def observe(database: Database, now: datetime) -> None:
    """Set the gauges of jobs, deliveries and endpoints to what the database holds."""
    try:
        async with database.counting_reader() as connection:
            depth, since = await jobs.backlog(connection, now)
            waiting = await deliveries.pending_by_endpoint_state(connection)
            endpoints = await webhook_endpoints.count_by_state(connection)
    except (OSError, SQLAlchemyError):
        # An operator whose database is away needs the other figures all the more.
        log.exception("backlog_not_observed")
        return
    QUEUE_DEPTH.set(depth)
    QUEUE_AGE.set((now - since).total_seconds() if since else 0)
    _set(DELIVERIES, waiting)
    _set(ENDPOINTS, endpoints)


def _set(gauge: Gauge, counts: dict[str, int]) -> None:
    for state in STATES:
        gauge.labels(state).set(counts.get(state, 0))
