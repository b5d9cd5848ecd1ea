"""Row-level security as an operator raises it, and what does not start without it."""

from collections.abc import Iterator

import httpx
import pytest

from app.adapters.keyring import new_key
from tests.cli.conftest import Commands
from tests.support.postgres import PostgresServer
from tests.support.service import Service, environment, running
from tests.support.walls import Walled, make_owned, make_walled


@pytest.fixture(scope="module")
def wall(postgres: PostgresServer, worker_id: str) -> Iterator[Walled]:
    name = f"cli_walled_{worker_id}"
    yield make_walled(postgres, name)
    postgres.drop_database(name)


@pytest.fixture
def bare(postgres: PostgresServer, worker_id: str) -> Iterator[Walled]:
    """A database of the owner's without a table."""
    name = f"cli_bare_{worker_id}"
    yield make_owned(postgres, name)
    postgres.drop_database(name)


SERVE, WORK = ("serve", "--port", "0", "--no-worker"), ("worker",)
ON = {"row_level_security": "true"}


@pytest.mark.parametrize(
    ("role", "command", "settings", "told"),
    [
        ("api", SERVE, {}, "set HOTSEAT_ROW_LEVEL_SECURITY=true"),
        ("worker", WORK, {}, "set HOTSEAT_ROW_LEVEL_SECURITY=true"),
        ("api", ("serve", "--port", "0"), ON, "hotseat serve --no-worker"),
        ("owner", SERVE, ON, "connect as hotseat_api"),
        ("worker", SERVE, ON, "connect as hotseat_api"),
        ("api", WORK, ON, "connect as hotseat_worker"),
        ("owner", WORK, ON, "connect as hotseat_worker"),
    ],
)
def test_who_meets_the_wall_in_the_wrong_way_does_not_start(
    commands: Commands,
    wall: Walled,
    role: str,
    command: tuple[str, ...],
    settings: dict[str, str],
    told: str,
) -> None:
    commands.set(database_url=getattr(wall, role), secret_keys=new_key(), **settings)
    done = commands.run(*command)
    assert (done.status, told in done.err, done.err.count("\n")) == (2, True, 1), done.err


def test_whom_the_wall_does_not_hold_does_not_start(
    commands: Commands, postgres: PostgresServer, wall: Walled
) -> None:
    name = wall.api.rpartition("/")[2].partition("?")[0].removeprefix(postgres.prefix)
    commands.set(database_url=postgres.dsn(name), secret_keys=new_key(), **ON)
    done = commands.run(*SERVE)
    assert (done.status, "steps over the wall" in done.err) == (2, True), done.err


def test_a_wall_is_raised_over_a_migrated_database_and_lowered(
    commands: Commands, bare: Walled
) -> None:
    commands.set(database_url=bare.owner, secret_keys=new_key())
    assert commands.run("rls", "enable").status == 2  # there is no schema yet
    assert commands.run("migrate").status == 0
    commands.set(**ON)
    assert "hotseat rls enable" in commands.run(*SERVE).err
    commands.set(row_level_security="false")
    assert commands.run("rls", "enable").status == 0
    assert commands.run("migrate").status == 0
    assert "HOTSEAT_ROW_LEVEL_SECURITY=true" in commands.run(*SERVE).err
    assert commands.run("rls", "disable").status == 0
    commands.set(database_url=bare.api)
    assert commands.run("rls", "enable").status == 2  # not the owner


def test_sqlite_has_none(commands: Commands) -> None:
    assert "needs PostgreSQL" in commands.run("rls", "enable").err
    commands.set(**ON)
    done = commands.run("serve", "--port", "0")
    assert (done.status, "HOTSEAT_ROW_LEVEL_SECURITY needs PostgreSQL" in done.err) == (2, True)


def test_the_processes_work_behind_it(commands: Commands, wall: Walled) -> None:
    ring = new_key()
    commands.set(database_url=wall.owner, secret_keys=ring)
    key = commands.run("workspace", "create", "Oxford").out.split()[4]
    headers = {"Authorization": f"Bearer {key}"}
    settings = {"secret_keys": ring, **ON}
    with (
        running(*SERVE, env=environment(wall.api, **settings)) as service,
        httpx.Client(base_url=service.url, headers=headers, timeout=60) as client,
    ):
        person = {"name": "Jack", "time_zone": "Europe/London"}
        assert client.post("/v1/people", json=person).is_success
        assert client.get("/readyz").is_success
        assert "hotseat_jobs_due" in client.get("/metrics").text
        worker = Service("worker", env=environment(wall.worker, **settings))
        worker.wait_for("works in the background")
        with client.stream("GET", "/v1/events/stream", params={"after": "0"}) as log:
            assert "person.created" in "".join(_until(log.iter_lines(), "person.created"))
        assert worker.stop() == 0
        assert service.stop() == 0


def _until(lines: Iterator[str], text: str) -> Iterator[str]:
    for line in lines:
        yield line
        if text in line:
            return
