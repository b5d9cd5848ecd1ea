"""compose.yaml without containers: its roles and commands, on a PostgreSQL of the test's own."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import yaml  # type: ignore[import-untyped]  # one call is not worth a package of stubs
from sqlalchemy.engine import make_url

from app.adapters.keyring import new_key
from tests.support.postgres import PostgresCluster
from tests.support.service import Service, environment, hotseat, running

ROOT = Path(__file__).resolve().parents[2]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())[
    "services"
]
WALLED = "HOTSEAT_ROW_LEVEL_SECURITY"
ROLES = {
    "migrate": "hotseat_owner",
    "wall": "hotseat_owner",
    "api": "hotseat_api",
    "worker": "hotseat_worker",
}


@dataclass(frozen=True)
class Stack:
    """The services' commands as compose.yaml has them, against a server on a socket."""

    cluster: PostgresCluster
    keys: str

    def environment_of(self, name: str) -> dict[str, str]:
        told = {
            variable.removeprefix("HOTSEAT_").lower(): str(value)
            for variable, value in SERVICES[name]["environment"].items()
        }
        url = make_url(told.pop("database_url"))
        there = url.set(host=None, port=None, query={"host": str(self.cluster.folder)})
        told |= {"secret_keys": self.keys, "port": "0", "drain_seconds": "0"}
        return environment(there.render_as_string(hide_password=False), **told)

    def run(self, name: str, *command: str) -> str:
        done = hotseat(*(command or SERVICES[name]["command"]), env=self.environment_of(name))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def make_roles(self) -> None:
        """What the image does with docker/roles.sh, in a database that it has made."""
        told = SERVICES["database"]["environment"]
        self.cluster.create_database(told["POSTGRES_DB"])
        done = subprocess.run(
            ["sh", ROOT / "docker" / "roles.sh"],
            env={**os.environ, **told, "PGHOST": str(self.cluster.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def stack() -> Iterator[Stack]:
    if shutil.which("psql") is None:
        pytest.skip("psql is not on PATH: docker/roles.sh was not tried")
    cluster = PostgresCluster()
    cluster.start()
    try:
        yield Stack(cluster, new_key())
    finally:
        cluster.stop()


def test_each_service_meets_the_wall_in_its_role(stack: Stack) -> None:
    stack.make_roles()
    stack.run("migrate")
    stack.run("wall")
    stack.run("wall")  # `up` once more
    key = stack.run("migrate", "workspace", "create", "Oxford").split()[4]
    headers = {"Authorization": f"Bearer {key}"}
    with (
        running(*SERVICES["api"]["command"], env=stack.environment_of("api")) as api,
        httpx.Client(base_url=api.url, headers=headers, timeout=60) as client,
    ):
        assert client.get("/readyz").is_success
        person = {"name": "Jack", "time_zone": "Europe/London"}
        assert client.post("/v1/people", json=person).is_success
        worker = Service(*SERVICES["worker"]["command"], env=stack.environment_of("worker"))
        worker.wait_for("works in the background")
        assert worker.stop() == 0
        assert api.stop() == 0
    assert asyncio.run(powers(stack)) == dict.fromkeys(ROLES.values(), (False, False, True))


async def powers(stack: Stack) -> dict[str, tuple[bool, bool, bool]]:
    """Of each role: whether it is above policies, and whether it has a password."""
    admin = make_url(stack.cluster.admin_url).render_as_string()
    connection = await asyncpg.connect(admin)
    try:
        rows = await connection.fetch(
            "SELECT rolname, rolsuper, rolbypassrls, rolpassword IS NOT NULL FROM pg_authid "
            "WHERE rolname LIKE 'hotseat%'"
        )
    finally:
        await connection.close()
    return {name: tuple(rest) for name, *rest in rows}


def test_each_service_has_a_role_and_the_database_never_sees_the_keyring() -> None:
    urls = {name: make_url(SERVICES[name]["environment"]["HOTSEAT_DATABASE_URL"]) for name in ROLES}
    assert {name: url.username for name, url in urls.items()} == ROLES
    walled = {name for name in ROLES if WALLED in SERVICES[name]["environment"]}
    assert walled == {"api", "worker"}
    assert "env_file" not in SERVICES["database"]
    named = {line.partition("=")[0] for line in (ROOT / ".env.example").read_text().splitlines()}
    told = SERVICES["database"]["environment"].values()
    asked = {value[2:].partition(":")[0] for value in told if value.startswith("${")}
    assert asked <= named
