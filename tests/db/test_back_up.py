"""A copy of a SQLite database is whole while others write."""

import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from app.db.migrate import back_up


def test_the_copy_has_what_was_committed_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "hotseat.db"
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("PRAGMA wal_autocheckpoint=0")
        writer.execute("CREATE TABLE notes (text TEXT)")
        writer.execute("INSERT INTO notes VALUES ('committed, in the log only')")
        writer.commit()
        writer.execute("INSERT INTO notes VALUES ('not committed')")
        copy = back_up(path, datetime(2026, 11, 23, 9, 0, 5, tzinfo=UTC))
    assert copy == tmp_path / "hotseat.db.20261123T090005.bak"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as reader:
        found = reader.execute("SELECT text FROM notes").fetchall()
        assert found == [("committed, in the log only",)]
