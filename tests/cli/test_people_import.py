"""Importing people: the service on both databases, the command on a file."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.db.session import Database
from app.services.people_import import Imported, Problem, import_people
from tests.cli.conftest import Commands
from tests.support.tenants import Tenant

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LONDON = {"time_zone": "Europe/London"}


async def imported(
    database: Database,
    tenant: Tenant,
    rows: Sequence[Mapping[str, Any]],
    defaults: Mapping[str, Any] = LONDON,
) -> Imported | list[Problem]:
    async with database.transaction() as session:
        return await import_people(session, tenant.workspace_id, rows, defaults, NOW)


async def people(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = (await client.get("/v1/people?limit=100")).json()["data"]
    return data


async def test_people_are_created_then_found_again_and_changed(
    database: Database, tenant: Tenant, client: httpx.AsyncClient
) -> None:
    rows: list[dict[str, Any]] = [
        {"name": "Jack", "external_id": "1", "background": {"role": "Author", "goals": "Finish"}},
        {"name": "Tollers", "email": "T@example.org", "time_zone": "Europe/Paris"},
        {"name": "Owen", "email": "o@example.org", "external_id": "3"},
    ]
    assert await imported(database, tenant, rows) == Imported(3, 0, 0)
    rows[0] = {"external_id": "1", "background": {"role": "Don"}}
    rows[1] = {"email": "t@Example.org", "name": "Ronald", "external_id": "2"}
    assert await imported(database, tenant, rows) == Imported(0, 2, 1)

    jack, ronald, _ = await people(client)
    assert jack["background"] == {"industry": None, "role": "Don", "goals": "Finish"}
    assert jack["time_zone"] == "Europe/London"
    assert (ronald["name"], ronald["external_id"]) == ("Ronald", "2")
    assert ronald["time_zone"] == "Europe/Paris"


@pytest.mark.parametrize(
    ("row", "field", "detail"),
    [
        ({"email": "new@example.org", "time_zone": "Europe/London"}, "name", "new person"),
        ({"external_id": "9", "name": "New"}, "time_zone", "new person"),
        ({"external_id": "1", "email": "o@example.org"}, "email", "another person"),
        ({"external_id": "9", "email": "o@example.org"}, "external_id", "who is 3"),
    ],
)
async def test_a_problem_of_one_row_keeps_all_out(
    database: Database,
    tenant: Tenant,
    client: httpx.AsyncClient,
    row: dict[str, Any],
    field: str,
    detail: str,
) -> None:
    known: list[dict[str, Any]] = [
        {"name": "Jack", "external_id": "1"},
        {"name": "Owen", "email": "o@example.org", "external_id": "3"},
    ]
    await imported(database, tenant, known)
    before = await people(client)
    fine = {"name": "Hugo", "email": "h@example.org", "time_zone": "Europe/London"}
    (problem,) = await imported(database, tenant, [fine, row], {})  # type: ignore[misc]
    assert (problem.row, problem.field) == (1, field)
    assert detail in problem.detail
    assert await people(client) == before


async def test_another_workspace_is_not_looked_at(
    database: Database, tenant: Tenant, client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    await other_client.post("/v1/people", json={**LONDON, "name": "Jack", "external_id": "1"})
    rows = [{"name": "Warnie", "external_id": "1"}]
    assert await imported(database, tenant, rows) == Imported(1, 0, 0)
    assert [person["name"] for person in await people(other_client)] == ["Jack"]


def test_the_command_imports_a_file(commands: Commands, tmp_path: Path) -> None:
    commands.run("workspace", "create", "Oxford")
    table = tmp_path / "people.csv"
    table.write_text("name,email\nJack,jack@example.org\nOwen,owen@example.org\n")

    refused = commands.run("import", str(table))
    assert refused.status == 1
    assert f"{table}: line 2, time_zone: is needed for a new person" in refused.err
    assert f"{table}: line 3, time_zone: is needed for a new person" in refused.err

    done = commands.run("import", str(table), "--time-zone", "Europe/London")
    assert (done.status, done.out) == (0, "2 created, 0 updated, 0 unchanged\n")
    assert commands.run("import", str(table)).out == "0 created, 0 updated, 2 unchanged\n"
    assert commands.run("import", str(table), "--time-zone", "Oxford").status == 2
    table.write_text("name\nJack\n")
    assert "line 1: needs a column" in commands.run("import", str(table)).err
