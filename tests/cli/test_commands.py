"""The command line as an operator meets it."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from app import __version__
from app.cli import preparation
from app.db.migrate import newest_revision
from app.settings import Settings
from tests.support.service import Service, environment, hotseat, running, sqlite_url


def one_line(text: str) -> str:
    assert text.count("\n") == 1, text
    return text


def test_the_version() -> None:
    assert hotseat("--version", env=environment("unread")).stdout == f"hotseat {__version__}\n"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"port": "many"}, "HOTSEAT_PORT"),
        ({"database_url": "mysql://localhost/x"}, "HOTSEAT_DATABASE_URL"),
        ({"database_url": "postgresql+asyncpg://x:y@127.0.0.1:1/x"}, "HOTSEAT_DATABASE_URL"),
        ({"database_url": "sqlite+aiosqlite://"}, "HOTSEAT_DATABASE_URL"),
        ({"secret_keys": "too-short"}, "HOTSEAT_SECRET_KEYS"),
        ({"host": "192.0.2.1"}, "HOTSEAT_HOST"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(
    tmp_path: Path, settings: dict[str, str], named: str
) -> None:
    env = environment(**{"database_url": sqlite_url(tmp_path), "port": "0", **settings})
    done = hotseat("serve", env=env)
    assert done.returncode == 2
    assert named in one_line(done.stderr)


def test_serve_keeps_everything_and_stops_with_0(tmp_path: Path) -> None:
    env = environment(sqlite_url(tmp_path / "new"))
    made = hotseat("workspace", "create", "Oxford", env=env)
    key = made.stdout.split()[4]
    headers = {"Authorization": f"Bearer {key}"}
    person = {"name": "Jack", "time_zone": "Europe/London"}
    with running("serve", "--port", "0", env=env) as service:
        assert httpx.post(f"{service.url}/v1/people", json=person, headers=headers).is_success
        assert service.wait_for("Swagger UI").string.endswith(f"{service.url}/docs")
        assert service.stop() == 0
    with running("serve", "--port", "0", "--no-worker", env=env) as service:
        response = httpx.get(f"{service.url}/v1/people", headers=headers)
        assert [each["name"] for each in response.json()["data"]] == ["Jack"]
        assert "server" not in response.headers
        assert service.stop() == 0
        assert '"event": "request"' in service.errors

    keyring = tmp_path / "new" / "hotseat.db.keys"
    assert stat.S_IMODE(keyring.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert list((tmp_path / "new").glob("*.bak")) == []


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    env = environment(sqlite_url(tmp_path))
    with running("serve", "--port", "0", env=env) as service:
        port = service.url.rpartition(":")[2]
        done = hotseat("serve", "--port", port, env=env)
    assert done.returncode == 2
    assert f"port {port}: Address already in use" in one_line(done.stderr)


def test_a_worker_alone_stops_with_0(tmp_path: Path) -> None:
    service = Service("worker", env=environment(sqlite_url(tmp_path)))
    service.wait_for("works in the background")
    assert service.stop() == 0


def test_a_schema_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    env = environment(sqlite_url(tmp_path))
    assert newest_revision() in hotseat("migrate", env=env).stdout
    with closing(sqlite3.connect(tmp_path / "hotseat.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'later'")
        connection.commit()
    for command in ("migrate", "serve"):
        done = hotseat(command, env=env)
        assert done.returncode == 2
        assert "a newer version of Hotseat" in one_line(done.stderr)


def test_a_file_that_is_behind_is_copied_before_it_is_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(database_url=sqlite_url(tmp_path))
    preparation.prepare_database(settings)
    migrated: list[str] = []
    monkeypatch.setattr(preparation, "newest_revision", lambda: "next")
    monkeypatch.setattr(preparation, "upgrade", migrated.append)
    preparation.prepare_database(settings)
    assert migrated == [settings.database_url]
    (copy,) = tmp_path.glob("hotseat.db.*.bak")
    with closing(sqlite3.connect(copy)) as connection:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert found == (newest_revision(),)


def test_postgresql_is_not_migrated_by_serve(postgres_empty_url: str) -> None:
    keys = hotseat("secrets", "new-key", env=environment(postgres_empty_url)).stdout.strip()
    env = environment(postgres_empty_url, secret_keys=keys, port="0")
    refused = hotseat("serve", env=env)
    assert refused.returncode == 2
    assert "run `hotseat migrate`" in one_line(refused.stderr)

    assert hotseat("migrate", env=env).returncode == 0
    keyless = hotseat("serve", env=environment(postgres_empty_url, port="0"))
    assert keyless.returncode == 2
    assert "HOTSEAT_SECRET_KEYS: required on PostgreSQL" in one_line(keyless.stderr)
    with running("serve", env=env) as service:
        assert httpx.get(f"{service.url}/readyz").status_code == 200
        assert service.stop() == 0


def test_keys_are_made_for_the_only_workspace_or_a_named_one(tmp_path: Path) -> None:
    env = environment(sqlite_url(tmp_path))
    first = hotseat("workspace", "create", "Oxford", env=env).stdout.split()[1]
    only = hotseat("key", "create", "--scope", "read", env=env)
    assert "hs_live_" in only.stdout
    hotseat("workspace", "create", "Cambridge", env=env)
    unclear = hotseat("key", "create", env=env)
    assert (unclear.returncode, "there are 2 workspaces" in one_line(unclear.stderr)) == (1, True)
    assert "hs_live_" in hotseat("key", "create", "--workspace", first, env=env).stdout
    unknown = hotseat("key", "create", "--workspace", "wsp_nothing", env=env)
    assert (unknown.returncode, "is not an id" in one_line(unknown.stderr)) == (1, True)
    assert hotseat("key", "create", "--scope", "everything", env=env).returncode == 2
    assert [line.split()[1] for line in hotseat("workspace", "list", env=env).stdout.splitlines()]
