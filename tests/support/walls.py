"""A PostgreSQL database with row-level security, and the roles that meet it as in production.

The tests' administrator is a superuser, whom no policy holds: the tables belong to a plain role,
the API and the worker log in as roles that inherit from `hotseat_api` and `hotseat_worker`. Roles
belong to the whole server, so all workers of a run share them.
"""

import asyncio
import os
from dataclasses import dataclass

from sqlalchemy.engine import make_url

from app.db.migrate import upgrade
from app.db.rls import API_ROLE, WORKER_ROLE, raise_wall
from app.db.session import Database
from tests.support.postgres import PostgresServer

OWNER, API, WORKER = "hotseat_test_owner", "hotseat_test_api", "hotseat_test_worker"
PASSWORD = "hotseat_test"
ROLES = {
    API_ROLE: "NOLOGIN",
    WORKER_ROLE: "NOLOGIN",
    OWNER: f"LOGIN PASSWORD '{PASSWORD}'",
    API: f"LOGIN PASSWORD '{PASSWORD}' IN ROLE {API_ROLE}",
    WORKER: f"LOGIN PASSWORD '{PASSWORD}' IN ROLE {WORKER_ROLE}",
}


MODULES = {
    "tests.api.test_audit",
    "tests.api.test_calendar_feeds",
    "tests.api.test_commitments",
    "tests.api.test_events",
    "tests.api.test_groups",
    "tests.api.test_hot_seats",
    "tests.api.test_idempotency",
    "tests.api.test_kernel",
    "tests.api.test_mail_targets",
    "tests.api.test_meetings",
    "tests.api.test_memberships",
    "tests.api.test_people",
    "tests.api.test_tenancy",
    "tests.api.test_webhook_endpoints",
    "tests.api.test_workspaces",
    "tests.contract.test_tenant_walls",
    "tests.worker.test_calendars",
    "tests.worker.test_deliveries",
    "tests.worker.test_duties",
    "tests.worker.test_mail",
    "tests.worker.test_relay",
}
"""What runs behind the wall in every run; in `make walls` all of the API's tests."""


def is_walled(module: str) -> bool:
    """Whether a module's tests run behind the wall as well."""
    every = bool(os.environ.get("HOTSEAT_SOAK")) and module.startswith("tests.api.")
    return every or module in MODULES


@dataclass(frozen=True)
class Walled:
    """The same database as its owner, the API and a worker reach it."""

    owner: str
    api: str
    worker: str


def make_walled(server: PostgresServer, name: str) -> Walled:
    """A database with all tables, the wall raised."""
    walled = make_owned(server, name)
    upgrade(walled.owner)
    asyncio.run(_raise(walled.owner))
    return walled


def make_owned(server: PostgresServer, name: str) -> Walled:
    """An empty database of the plain owner's."""
    for role, options in ROLES.items():
        # Another worker of this run may make it at the same moment.
        server.execute(
            f"DO $$ BEGIN CREATE ROLE {role} {options}; "
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
    url = server.create_database(name, owner=OWNER)
    return Walled(*(_as(url, role) for role in (OWNER, API, WORKER)))


def _as(url: str, role: str) -> str:
    named = make_url(url).set(username=role, password=PASSWORD)
    return named.render_as_string(hide_password=False)


async def _raise(url: str) -> None:
    database = Database(url)
    try:
        await raise_wall(database)
    finally:
        await database.dispose()
