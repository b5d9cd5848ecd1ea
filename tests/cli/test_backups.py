"""A backup brings back the database and the keyring, and nobody mistakes what is now for before."""

import asyncio
import os
import shutil
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.adapters.keyring import new_key
from app.api.runtime import Runtime
from app.cli import preparation
from app.db import archives, migrate
from app.main import create_app
from app.settings import load_settings
from tests.cli.conftest import Commands
from tests.support.builders import made, make_cadence, make_group
from tests.support.postgres import PostgresServer
from tests.support.service import sqlite_url
from tests.support.walls import make_owned


@dataclass(frozen=True)
class House:
    """A database, with a service that answers for as long as a question takes."""

    commands: Commands
    folder: Path

    def new(self) -> str:
        """An empty workspace; the text of its key."""
        done = self.commands.run("workspace", "create", "Oxford")
        return done.out.split()[4]

    def ask(self, key: str, act: Any) -> Any:
        async def run() -> Any:
            async with preparation.opened(load_settings(), serving=True) as runtime:
                return await act(await self._client(runtime, key))

        return asyncio.run(run())

    async def _client(self, runtime: Runtime, key: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(runtime)),
            base_url="http://hotseat.test",
            headers={"Authorization": f"Bearer {key}"},
        )


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest, commands: Commands, tmp_path: Path) -> House:
    if request.param == "postgres":
        if shutil.which("pg_dump") is None:
            pytest.skip("pg_dump is not on PATH: backups of PostgreSQL were not tried")
        commands.set(
            database_url=request.getfixturevalue("postgres_empty_url"), secret_keys=new_key()
        )
        assert commands.run("migrate").status == 0
    return House(commands, tmp_path)


async def _fill(client: httpx.AsyncClient) -> dict[str, Any]:
    """A group with meetings, an endpoint whose secret is encrypted, and a place in the log."""
    group = await make_group(client, 4)
    meetings = await make_cadence(client, group["id"])
    endpoint = {"url": "https://receiver.example/hooks", "event_types": ["*"]}
    made(await client.post("/v1/webhook_endpoints", json=endpoint))
    return {"meeting": meetings[-1]["id"], **await _state(client, meetings[-1]["id"])}


async def _state(client: httpx.AsyncClient, meeting_id: str) -> dict[str, Any]:
    response = await client.get(f"/v1/meetings/{meeting_id}")
    return {"etag": response.headers["etag"], **made(response)}


async def _go_on(client: httpx.AsyncClient, meeting_id: str) -> dict[str, Any]:
    """What happens after the backup, and is lost: the meeting's SEQUENCE rises several times."""
    for hour in (17, 18, 19):
        body = {"local_start": f"2199-01-0{hour - 15}T{hour}:00:00"}
        made(await client.post(f"/v1/meetings/{meeting_id}/reschedule", json=body))
    return await _state(client, meeting_id)


def test_what_was_is_back_and_every_number_is_past_what_was_lost(house: House) -> None:
    key = house.new()
    before = house.ask(key, _fill)
    file = house.folder / "saved.backup"
    saved = house.commands.run("backup", str(file))
    assert (saved.status, saved.err) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert house.commands.run("backup", str(file)).status == 1  # a backup is never overwritten
    lost = house.ask(key, lambda client: _go_on(client, before["meeting"]))
    assert lost["sequence"] >= before["sequence"] + 3

    refused = house.commands.run("restore", str(file))
    assert (refused.status, "--force" in refused.err) == (1, True)
    done = house.commands.run("restore", str(file), "--force")
    assert (done.status, "1 workspaces" in done.out, "opens all 1 secrets" in done.out) == (
        0,
        True,
        True,
    ), done.err

    now = house.ask(key, lambda client: _state(client, before["meeting"]))
    assert now["starts_at"] == before["starts_at"] != lost["starts_at"]
    assert now["sequence"] > lost["sequence"]
    assert now["etag"] not in {before["etag"], lost["etag"]}

    async def stale(client: httpx.AsyncClient) -> tuple[int, int]:
        cancel = f"/v1/meetings/{before['meeting']}/cancel"
        change = await client.post(cancel, headers={"If-Match": lost["etag"]}, json={})
        page = await client.get("/v1/events", params={"after": "1-0"})
        return change.status_code, page.status_code

    assert house.ask(key, stale) == (412, 410)


def test_a_backup_founds_a_new_house(house: House, request: pytest.FixtureRequest) -> None:
    """What was saved opens elsewhere: with its schema, its keys and its encrypted secrets."""
    key = house.new()
    house.ask(key, _fill)
    file = house.folder / "saved.backup"
    assert house.commands.run("backup", str(file)).status == 0
    if os.environ.get("HOTSEAT_SECRET_KEYS"):
        server: PostgresServer = request.getfixturevalue("postgres")
        name = f"new_house_{os.getpid()}"
        house.commands.set(database_url=server.create_database(name))
        request.addfinalizer(lambda: server.drop_database(name))
    else:
        house.commands.set(database_url=sqlite_url(house.folder / "new"))
    done = house.commands.run("restore", str(file))
    assert (done.status, done.err) == (0, "")
    meetings = house.ask(key, lambda client: client.get("/v1/meetings"))
    assert len(meetings.json()["data"]) > 3


def test_what_does_not_fit_is_refused_before_anything_is_touched(house: House) -> None:
    key = house.new()
    file = house.folder / "saved.backup"
    assert house.commands.run("backup", str(house.folder)).status == 0
    (made_by_name,) = house.folder.glob("hotseat-*.backup")
    made_by_name.rename(file)
    no_backup, torn = house.folder / "no", house.folder / "torn"
    no_backup.write_text("a shopping list")
    torn.write_bytes(file.read_bytes()[:-200])

    def refusal(source: Path) -> str:
        done = house.commands.run("restore", "--force", str(source))
        assert done.status in {1, 2}
        assert done.err.count("\n") == 1, done.err
        return done.err

    assert "no backup" in refusal(no_backup)
    assert "whole" in refusal(torn)
    assert "newer version" in refusal(_with_manifest(file, house.folder / "late", revision="late"))
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[archives.read(file).manifest.kind]
    assert "HOTSEAT_DATABASE_URL" in refusal(_with_manifest(file, house.folder / "kin", kind=other))
    house.commands.set(secret_keys=new_key())
    assert "HOTSEAT_SECRET_KEYS lacks" in refusal(file)
    assert house.ask(key, lambda client: client.get("/v1/workspace")).is_success


def _with_manifest(source: Path, target: Path, **changes: str) -> Path:
    found = archives.read(source)
    content = target.with_suffix(".database")
    archives.unpack_database(source, content)
    archives.write(target, replace(found.manifest, **changes), found.keys, content)  # type: ignore[arg-type]  # wrong on purpose
    return target


def test_an_older_schema_is_brought_to_this_version(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup that was made before the newest migration is migrated on its way back."""
    key = house.new()
    before = house.ask(key, _fill)
    file = tmp_path / "saved.backup"
    assert house.commands.run("backup", str(file)).status == 0
    monkeypatch.setattr(migrate, "MIGRATIONS", _with_one_more(tmp_path / "migrations"))
    assert house.commands.run("migrate").status == 0
    assert archives.read(file).manifest.revision != migrate.newest_revision()

    done = house.commands.run("restore", str(file), "--force")
    assert (done.status, "1 workspaces" in done.out) == (0, True), done.err
    assert preparation.revision_of(load_settings().database_url) == "later"
    now = house.ask(key, lambda client: _state(client, before["meeting"]))
    assert now["starts_at"] == before["starts_at"]


def _with_one_more(folder: Path) -> Path:
    """The migrations and a later one, which only says that it was there."""
    shutil.copytree(migrate.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "later.py").write_text(
        f'revision, down_revision = "later", "{migrate.newest_revision()}"\n'
        "branch_labels = depends_on = None\n"
        "def upgrade() -> None: ...\n"
        "def downgrade() -> None: ...\n"
    )
    return folder


def test_behind_the_wall(
    commands: Commands, postgres: PostgresServer, worker_id: str, tmp_path: Path
) -> None:
    """The owner of tables with row-level security saves all of them, and gets the wall back."""
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not on PATH: backups of PostgreSQL were not tried")
    name = f"walled_house_{worker_id}"
    walled = make_owned(postgres, name)
    house = House(commands, tmp_path)
    commands.set(database_url=walled.owner, secret_keys=new_key())
    assert commands.run("migrate").status == 0
    assert commands.run("rls", "enable").status == 0
    key = house.new()
    assert commands.run("backup", str(tmp_path / "saved")).status == 0
    commands.set(database_url=walled.api)
    part = commands.run("backup", str(tmp_path / "half"))
    assert (part.status, "the owner of the tables" in part.err) == (1, True)
    commands.set(database_url=walled.owner)
    done = commands.run("restore", "--force", str(tmp_path / "saved"))
    assert (done.status, done.err) == (0, "")
    commands.set(database_url=walled.api, row_level_security="true", worker="false")
    assert house.ask(key, lambda client: client.get("/v1/workspace")).is_success
    postgres.drop_database(name)


def test_without_the_programs_it_says_what_to_install(
    commands: Commands, postgres_empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands.set(database_url=postgres_empty_url, secret_keys=new_key())
    empty = commands.run("backup", str(tmp_path / "saved"))
    assert (empty.status, "no tables" in empty.err) == (1, True)
    assert commands.run("migrate").status == 0
    monkeypatch.setenv("PATH", str(tmp_path))
    done = commands.run("backup", str(tmp_path / "saved"))
    assert (done.status, "postgresql-client" in done.err) == (1, True)
    assert list(tmp_path.iterdir()) == []
