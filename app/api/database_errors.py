"""What the database refuses, or cannot answer, as problems."""

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from app.api.errors import problem
from app.traces import told

log = structlog.get_logger(__name__)

# A fragment of the constraint's name on PostgreSQL, of "table.column" on SQLite.
UNIQUE_CODES = {
    "external_id": ("external_id_taken", "Another resource has this external_id already."),
    "people_workspace_id_email": ("email_taken", "Another person has this e-mail already."),
    "people.email": ("email_taken", "Another person has this e-mail already."),
    "uq_memberships_current_place": ("place_taken", "Somebody holds this place already."),
    "uq_memberships_upcoming_place": ("place_taken", "Somebody is to have this place already."),
    "memberships.place": ("place_taken", "Somebody has this place already."),
    "uq_memberships_current_person": ("already_member", "This person is a member already."),
    "uq_memberships_upcoming_person": ("already_member", "This person is to be a member already."),
    "memberships.person_id": ("already_member", "This person has a place in the group already."),
    "calendar_targets_workspace_id_address": (
        "calendar_taken",
        "Another target writes to this calendar.",
    ),
    "calendar_targets.address": ("calendar_taken", "Another target writes to this calendar."),
    "uq_hot_seats_live": ("hot_seat_running", "Another hot seat of this meeting runs: finish it."),
    "uq_urgent_requests_open": ("already_requested", "The member has asked for this already."),
}
# PostgreSQL's lock_not_available, deadlock_detected, serialization_failure
BUSY_STATES = {"55P03", "40P01", "40001"}
# Its classes of connection_exception, insufficient_resources, operator_intervention
BUSY_CLASSES = {"08", "53", "57"}


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(IntegrityError, _integrity_error)
    app.add_exception_handler(StaleDataError, _stale_data)
    app.add_exception_handler(DBAPIError, _database_error)
    app.add_exception_handler(PoolTimeoutError, _no_answer)


def _constraint(error: IntegrityError) -> str:
    """What names the constraint: never a value, a caller's text must not decide the answer."""
    cause = getattr(error.orig, "__cause__", None)
    name: str | None = getattr(cause, "constraint_name", None)
    return name or told(error)


async def _integrity_error(request: Request, error: Exception) -> JSONResponse:
    """A constraint stopped what a rule had let through: another caller was faster."""
    assert isinstance(error, IntegrityError)  # noqa: S101 - registered for this type
    text = _constraint(error)
    for fragment, (code, detail) in UNIQUE_CODES.items():
        if fragment in text:
            return problem(request, 409, code, detail)
    log.warning("integrity_error", error=told(error))
    return problem(
        request,
        409,
        "conflicting_change",
        "The change conflicts with one made at the same time. Read again and repeat.",
    )


async def _stale_data(request: Request, _error: Exception) -> JSONResponse:
    return problem(
        request,
        409,
        "conflicting_change",
        "Somebody changed the same resource at the same time. Read again and repeat.",
    )


async def _database_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DBAPIError)  # noqa: S101 - registered for this type
    if not _may_pass(error):
        raise error
    return await _no_answer(request, error)


def _may_pass(error: DBAPIError) -> bool:
    """Whether the same call may go well a little later."""
    state: str = getattr(error.orig, "sqlstate", None) or ""
    return (
        isinstance(error, OperationalError)
        or error.connection_invalidated
        or state in BUSY_STATES
        or state[:2] in BUSY_CLASSES
    )


async def _no_answer(request: Request, error: Exception) -> JSONResponse:
    log.error("database_unavailable", error=told(error))
    return problem(
        request,
        503,
        "database_busy",
        "The database did not answer, or not in time. Repeat the call.",
        headers={"Retry-After": "2"},
    )
