"""What tests of commands need: databases of their own, and a way to run a command at once."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cli import main
from tests.support.postgres import PostgresServer
from tests.support.service import sqlite_url

# Commands are loaded when they are run; a test must not be the one that waits for it.
from app.cli import administration, backups, processes, walls  # isort: skip


@pytest.fixture
def postgres_empty_url(postgres: PostgresServer, worker_id: str) -> Iterator[str]:
    """A PostgreSQL database without a table."""
    name = f"hotseat_empty_{worker_id}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str


class Commands:
    """Runs commands in this process, on a SQLite database in `folder` unless told otherwise."""

    def __init__(
        self, folder: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._patch, self._capsys = patch, capsys
        for name in [name for name in os.environ if name.startswith("HOTSEAT_")]:
            patch.delenv(name)
        patch.setenv("HOTSEAT_DATABASE_URL", sqlite_url(folder))
        # Logging belongs to the process, which is the tests'.
        for module in (administration, backups, processes, walls):
            patch.setattr(module, "start_logging", lambda _settings: None)

    def set(self, **settings: str) -> None:
        for name, value in settings.items():
            self._patch.setenv(f"HOTSEAT_{name.upper()}", value)

    def run(self, *arguments: str) -> Done:
        self._patch.setattr(sys, "argv", ["hotseat", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self._capsys.readouterr()
        status = ended.value.code
        assert isinstance(status, int)
        return Done(status, out, err)


@pytest.fixture
def commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Commands:
    return Commands(tmp_path, monkeypatch, capsys)
