"""Commands as an operator meets them."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app import __version__
from app.adapters.keyring import Keyring
from app.cli import preparation
from app.db.migrate import newest_revision
from app.settings import Settings
from tests.cli.conftest import Commands
from tests.support.service import sqlite_url


def one_line(text: str) -> str:
    assert text.count("\n") == 1, text
    return text


def test_the_version(commands: Commands) -> None:
    assert commands.run("--version").out == f"hotseat {__version__}\n"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"port": "many"}, "HOTSEAT_PORT"),
        ({"database_url": "mysql://localhost/x"}, "HOTSEAT_DATABASE_URL"),
        ({"database_url": "postgresql+asyncpg://x:y@127.0.0.1:1/x"}, "HOTSEAT_DATABASE_URL"),
        ({"database_url": "sqlite+aiosqlite://"}, "HOTSEAT_DATABASE_URL"),
        ({"database_url": "sqlite+aiosqlite:////dev/null/x.db"}, "HOTSEAT_DATABASE_URL"),
        ({"secret_keys": "too-short"}, "HOTSEAT_SECRET_KEYS"),
        ({"host": "192.0.2.1"}, "HOTSEAT_HOST"),
        ({"host": "no.such.host.invalid"}, "HOTSEAT_HOST"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(
    commands: Commands, settings: dict[str, str], named: str
) -> None:
    commands.set(**{"port": "0", **settings})
    done = commands.run("serve")
    assert done.status == 2
    assert named in one_line(done.err)


def test_a_file_that_is_no_database_is_named(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "hotseat.db").write_text("a shopping list, long enough not to be empty" * 50)
    done = commands.run("migrate")
    assert done.status == 2
    assert "HOTSEAT_DATABASE_URL: cannot open" in one_line(done.err)


def test_a_schema_of_a_newer_version_is_left_alone(commands: Commands, tmp_path: Path) -> None:
    assert newest_revision() in commands.run("migrate").out
    with closing(sqlite3.connect(tmp_path / "hotseat.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'later'")
        connection.commit()
    for command in (("migrate",), ("serve", "--port", "0")):
        done = commands.run(*command)
        assert done.status == 2
        assert "a newer version of Hotseat" in one_line(done.err)


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


def test_keys_are_made_for_the_only_workspace_or_a_named_one(commands: Commands) -> None:
    _, first, *_ = commands.run("workspace", "create", "Oxford").out.split()
    assert "hs_live_" in commands.run("key", "create", "--scope", "read").out
    commands.run("workspace", "create", "Cambridge")
    unclear = commands.run("key", "create")
    assert (unclear.status, "there are 2 workspaces" in one_line(unclear.err)) == (1, True)
    assert "hs_live_" in commands.run("key", "create", "--workspace", first).out
    for wrong in ("wsp_nothing", "wsp_01k0000000e008000000000099"):
        unknown = commands.run("key", "create", "--workspace", wrong)
        assert unknown.status == 1
        one_line(unknown.err)
    past = commands.run("key", "create", "--workspace", first, "--expires", "2020-01-01")
    assert (past.status, "expired already" in one_line(past.err)) == (1, True)
    assert commands.run("key", "create", "--scope", "everything").status == 2
    assert commands.run("workspace", "create", "  ").status == 2
    names = [line.split()[1] for line in commands.run("workspace", "list").out.splitlines()]
    assert names == ["Oxford", "Cambridge"]


def test_a_new_key_becomes_the_newest_of_the_file(commands: Commands, tmp_path: Path) -> None:
    commands.run("workspace", "create", "Oxford")
    file = tmp_path / "hotseat.db.keys"
    (old,) = file.read_text().split()
    assert str(file) in commands.run("secrets", "new-key").out
    newest, second = file.read_text().split()
    assert second == old != newest
    rotated = commands.run("secrets", "rotate")
    assert (rotated.status, "webhook_endpoints.secret" in rotated.out) == (0, True)
    commands.set(secret_keys=newest)
    printed = commands.run("secrets", "new-key").out.strip()
    assert Keyring([printed]).signing_key == printed
    assert file.read_text().split() == [newest, old]


def test_the_document_is_printed_and_checked(commands: Commands, tmp_path: Path) -> None:
    commands.set(port="not even read")
    text = commands.run("openapi").out
    committed = tmp_path / "openapi.json"
    committed.write_text(text)
    assert commands.run("openapi", "--check", str(committed)).status == 0
    committed.write_text(text.replace("Hotseat", "Hotspot", 1))
    changed = commands.run("openapi", "--check", str(committed))
    assert changed.status == 1
    assert "make openapi" in changed.err


def test_a_new_epoch_after_a_restoration(commands: Commands, tmp_path: Path) -> None:
    commands.run("workspace", "create", "Oxford")
    commands.run("workspace", "create", "Cambridge")
    assert commands.run("events", "new-epoch").out == "A new epoch in 2 workspaces.\n"
    with closing(sqlite3.connect(tmp_path / "hotseat.db")) as connection:
        epochs = [row[0] for row in connection.execute("SELECT epoch FROM event_counters")]
        told = [row[0] for row in connection.execute("SELECT type FROM events")]
    assert min(epochs) > 1
    assert told == ["log.restarted"] * 2
