"""Bring a database to the newest schema, or say that it is not there."""

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.db.session import Database

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def alembic_config(url: str) -> Config:
    """Alembic's configuration for a database URL, without a file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def newest_revision() -> str:
    """The revision that this code was written for."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


def is_known(revision: str) -> bool:
    """Whether this code has the migration; it has not if a newer version migrated the database."""
    return revision in {
        script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    }


async def current_revision(database: Database) -> str | None:
    """The revision that the database is at, None for an empty one."""

    def read(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    async with database.reader() as connection:
        return await connection.run_sync(read)


def upgrade(url: str) -> None:
    """Migrate to the newest revision. Runs an event loop: not to be called from within one."""
    command.upgrade(alembic_config(url), "head")


def back_up(path: Path, now: datetime) -> Path:
    """Copy a SQLite database beside itself, whole even while others write; the copy's path."""
    copy = path.with_name(f"{path.name}.{now:%Y%m%dT%H%M%S}.bak")
    copy.touch(mode=0o600)
    copy_file(path, copy)
    shutil.copymode(path, copy)
    return copy


def copy_file(path: Path, target: Path) -> None:
    """Make a SQLite database what another one is, in one transaction, even while both are used."""
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as written:
        source.backup(written)
