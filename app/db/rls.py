"""PostgreSQL's row-level security: a second wall between workspaces, kept by the database itself.

`raise_wall` gives every table of a tenant's rows FORCE ROW LEVEL SECURITY and its policies:

- the API's role sees and writes the rows of one workspace, which a transaction names first; no
  name, no rows. It also sees the key whose hash the transaction names,
  with its workspace, and may count what waits;
- the worker's role sees all rows of what it works on, and no API key;
- the owner of the tables sees all rows in a session that says so, and otherwise none.

What a transaction names are settings of PostgreSQL that end with it. They keep a query that has
forgotten its workspace from reading a stranger's rows; they are no defence against somebody who
can send statements of their own.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.base import Base
from app.db.models import ApiKey, Delivery, Job, WebhookEndpoint, Workspace
from app.db.session import ALL_WORKSPACES, COUNTING, KEY_HASH, WORKSPACE, Database

API_ROLE: Final = "hotseat_api"
WORKER_ROLE: Final = "hotseat_worker"
ROLES: Final = (API_ROLE, WORKER_ROLE)
POLICIES: Final = ("hotseat_api", "hotseat_worker", "hotseat_owner", "hotseat_key", "hotseat_count")

WORKSPACES: Final = Workspace.__tablename__
KEYS: Final = ApiKey.__tablename__
COUNTED: Final = (Job.__tablename__, Delivery.__tablename__, WebhookEndpoint.__tablename__)
"""What `/metrics` and `/readyz` count across all workspaces."""

# After the first transaction that named one, a session has the empty text for none.
_NAMED = f"(SELECT NULLIF(current_setting('{WORKSPACE}', true), '')::uuid)"

_ALL = f"(SELECT current_setting('{ALL_WORKSPACES}', true)) = 'on'"

_KEY = f"key_hash = (SELECT current_setting('{KEY_HASH}', true))"
# Who can name the hash of a key, 190 random bits, has the key.
_SHOWN_BY_KEY = {
    KEYS: _KEY,
    WORKSPACES: f"id IN (SELECT workspace_id FROM {KEYS} WHERE {_KEY})",  # noqa: S608 - constants
}


class WallError(Exception):
    """The wall cannot be raised; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the wall stands for the role of a connection.

    `raised`: the tables have policies. `applies`: they hold for this role (not for a superuser).
    `owner`, `api`, `worker`: the role is one of them, or a member that inherits from it.
    """

    raised: bool
    applies: bool
    owner: bool
    api: bool
    worker: bool


def walled_tables() -> list[Table]:
    """Every table of tenants' rows, the workspaces themselves included."""
    return [
        table
        for table in Base.metadata.sorted_tables
        if table.name == WORKSPACES or "workspace_id" in table.columns
    ]


_STANDING: Final = text(
    """
    SELECT
        COALESCE((SELECT relrowsecurity FROM pg_class WHERE oid = wall.id), false) AS raised,
        COALESCE(row_security_active(wall.id), false) AS applies,
        EXISTS (SELECT FROM pg_class WHERE oid = wall.id AND pg_has_role(relowner, 'USAGE'))
            AS owner,
        EXISTS (SELECT FROM pg_roles WHERE rolname = :api AND pg_has_role(oid, 'USAGE')) AS api,
        EXISTS (SELECT FROM pg_roles WHERE rolname = :worker AND pg_has_role(oid, 'USAGE'))
            AS worker
    FROM (SELECT CAST(to_regclass(:workspaces) AS oid) AS id) AS wall
    """
)


async def standing(database: Database) -> Standing:
    """How the wall stands for whom this database is opened as; a schema without tables has none."""
    values = {"api": API_ROLE, "worker": WORKER_ROLE, "workspaces": WORKSPACES}
    async with database.reader() as connection:
        row = (await connection.execute(_STANDING, values)).one()
    return Standing(row.raised, row.applies, row.owner, row.api, row.worker)


async def raise_wall(database: Database) -> None:
    """Give every table its policies, or renew them; as the owner of the tables.

    WallError if a role is missing or could step over the wall. A transaction for each table: a
    running service waits for one lock at a time.
    """
    async with database.reader() as connection:
        owner = await _owner(connection)
        await _check_roles(connection, owner)
        quoted = connection.dialect.identifier_preparer.quote(owner)
    for table in walled_tables():
        await _run(database, [*_without(table), *_with(table, quoted)])
    await _run(database, [f"GRANT SELECT ON alembic_version TO {', '.join(ROLES)}"])


async def lower_wall(database: Database) -> None:
    """Take the policies away; as the owner of the tables. What the roles may touch stays theirs."""
    for table in walled_tables():
        lowered = [
            f"ALTER TABLE {table.name} {change} ROW LEVEL SECURITY"
            for change in ("NO FORCE", "DISABLE")
        ]
        await _run(database, [*_without(table), *lowered])


async def _run(database: Database, statements: list[str]) -> None:
    async with database.engine.begin() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)


async def _owner(connection: AsyncConnection) -> str:
    """The role that owns the tables."""
    query = text(
        "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass(:workspaces)"
    )
    owner: str | None = (await connection.execute(query, {"workspaces": WORKSPACES})).scalar()
    if owner is None:
        raise WallError("the database has no tables yet: run `hotseat migrate` first")
    return owner


async def _check_roles(connection: AsyncConnection, owner: str) -> None:
    query = text(
        "SELECT rolname, rolsuper OR rolbypassrls OR pg_has_role(oid, CAST(:owner AS name), "
        "'MEMBER') AS above FROM pg_roles WHERE rolname = ANY(:roles)"
    )
    rows = await connection.execute(query, {"owner": owner, "roles": list(ROLES)})
    above = {row.rolname: row.above for row in rows}
    for role in ROLES:
        if role not in above:
            raise WallError(
                f"there is no role {role}: as an administrator of PostgreSQL, "
                f"CREATE ROLE {role} LOGIN PASSWORD '…'"
            )
        if above[role]:
            raise WallError(
                f"the role {role} would step over the wall: it must be no superuser, "
                "have no BYPASSRLS, and be no member of the tables' owner"
            )


def _without(table: Table) -> list[str]:
    return [f"DROP POLICY IF EXISTS {name} ON {table.name}" for name in POLICIES]


def _with(table: Table, owner: str) -> list[str]:
    name = table.name
    column = "id" if name == WORKSPACES else "workspace_id"
    statements = [
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {API_ROLE}",
        f"CREATE POLICY hotseat_api ON {name} TO {API_ROLE} USING ({column} = {_NAMED})",
        f"CREATE POLICY hotseat_owner ON {name} TO {owner} USING ({_ALL})",
    ]
    if name in _SHOWN_BY_KEY:
        statements.append(
            f"CREATE POLICY hotseat_key ON {name} FOR SELECT TO {API_ROLE} "
            f"USING ({_SHOWN_BY_KEY[name]})"
        )
    if name != KEYS:
        statements += [
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {WORKER_ROLE}",
            f"CREATE POLICY hotseat_worker ON {name} TO {WORKER_ROLE} USING (true)",
        ]
    if name in COUNTED:
        statements.append(
            f"CREATE POLICY hotseat_count ON {name} FOR SELECT TO {API_ROLE} "
            f"USING ((SELECT current_setting('{COUNTING}', true)) = 'on')"
        )
    return statements
