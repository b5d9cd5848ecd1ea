"""The PostgreSQL of the tests: found, private, cloned, gone."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from tests.support import postgres_binaries
from tests.support.postgres import OutsideServer, PostgresCluster, PostgresServer
from tests.support.postgres_binaries import (
    Binaries,
    NoPostgresError,
    copy_of_wheel,
    find_binaries,
    system_binaries,
    wheel_binaries,
)

SOURCES = {"system": system_binaries, "wheel": wheel_binaries}


@pytest.fixture(scope="module", params=SOURCES)
def cluster(request: pytest.FixtureRequest) -> Iterator[PostgresCluster]:
    """One server for each source of programs; a machine may well have none of its own."""
    found = [it for it in SOURCES[request.param]() if it.exist() and it.runnable()]
    if not found:
        assert request.param == "system", "the wheel is in requirements/test.txt"
        pytest.skip("this machine has no PostgreSQL of its own; the wheel's is tested")
    cluster = PostgresCluster(found[0])
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the server's account may enter, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


async def ask(server: PostgresServer, database: str, statement: str) -> Any:
    url = make_url(server.dsn(database)).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_clones_of_a_template_are_independent(cluster: PostgresCluster) -> None:
    cluster.create_database("pattern")
    await ask(cluster, "pattern", "CREATE TABLE inkling AS SELECT 'Tolkien' AS name")
    cluster.create_database("one", template="pattern")
    cluster.create_database("two", template="pattern")

    await ask(cluster, "one", "INSERT INTO inkling VALUES ('Lewis')")

    counts = [
        await ask(cluster, name, "SELECT count(*) FROM inkling")
        for name in ("pattern", "one", "two")
    ]
    assert counts == [1, 2, 1]


async def test_a_database_is_dropped_under_its_connections(cluster: PostgresCluster) -> None:
    url = make_url(cluster.create_database("busy")).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    cluster.drop_database("busy")
    cluster.drop_database("busy")
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await connection.fetchval("SELECT 1")
    connection.terminate()
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await ask(cluster, "busy", "SELECT 1")


async def test_it_listens_on_no_address(cluster: PostgresCluster) -> None:
    cluster.create_database("facts")
    assert await ask(cluster, "facts", "SHOW listen_addresses") == ""
    assert await ask(cluster, "facts", "SELECT inet_server_addr()") is None
    assert await ask(cluster, "facts", "SHOW max_connections") == "200"
    assert await ask(cluster, "facts", "SHOW server_encoding") == "UTF8"


def test_nobody_else_may_connect_and_root_does_not_run_it(cluster: PostgresCluster) -> None:
    """Every connection is trusted, so the folder of the socket is closed to others."""
    assert cluster.folder.stat().st_mode & 0o777 == 0o700
    assert cluster.process is not None
    assert Path(f"/proc/{cluster.process.pid}").stat().st_uid != 0


def test_stop_leaves_nothing() -> None:
    cluster = PostgresCluster()
    cluster.start()
    process = cluster.process
    assert process is not None
    cluster.stop()
    assert process.returncode is not None
    assert not cluster.folder.exists()
    cluster.stop()


def test_a_failed_start_shows_the_log_and_leaves_nothing(open_folder: Path) -> None:
    initdb = open_folder / "initdb"
    initdb.write_text("#!/bin/sh\necho the disk is full\nexit 1\n")
    initdb.chmod(0o755)
    cluster = PostgresCluster(Binaries(open_folder, "test"))
    with pytest.raises(RuntimeError, match="the disk is full"):
        cluster.start()
    assert not cluster.folder.exists()


async def test_an_outside_server_keeps_only_what_was_its_own(cluster: PostgresCluster) -> None:
    theirs = cluster.create_database("theirs")
    outside = OutsideServer(theirs)
    outside.start()
    worker = PostgresServer(outside.admin_url, outside.prefix)
    ours = make_url(outside.create_database("pattern")).database
    clone = make_url(worker.create_database("clone", template="pattern")).database

    every = "SELECT array_agg(datname::text) FROM pg_database"
    before = set(await ask(cluster, "theirs", every))
    outside.stop()
    after = set(await ask(cluster, "theirs", every))

    assert before - after == {ours, clone}
    assert "theirs" in after


def test_none_found_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres_binaries, "DEBIAN_HOME", tmp_path)
    monkeypatch.setattr(postgres_binaries, "WHEEL", "no_such_wheel")
    with pytest.raises(NoPostgresError, match=r"'postgresql'.*requirements/test\.txt"):
        find_binaries(scratch=tmp_path)


def test_debians_newest_version_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for version in ("9", "15", "17", "common"):
        (tmp_path / version / "bin").mkdir(parents=True)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(postgres_binaries, "DEBIAN_HOME", tmp_path)
    versions = [binaries.folder.parent.name for binaries in system_binaries()]
    assert versions == ["17", "15", "9"]


def test_a_wheel_in_a_closed_folder_is_copied(open_folder: Path) -> None:
    """A clone below root's home is closed to the account that runs the server."""
    (wheel,) = wheel_binaries()
    copied = copy_of_wheel(wheel, open_folder)
    assert os.path.commonpath([copied.folder, open_folder]) == str(open_folder)
    assert copied.exist()
    assert copied.runnable()
