"""What stands ready before a command works: settings, the database's schema, the keyring."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from app.adapters.keyring import Keyring, KeyringError, new_key
from app.api.runtime import Runtime
from app.cli.errors import StartError
from app.clock import SystemClock
from app.db.migrate import back_up, current_revision, is_known, newest_revision, upgrade
from app.db.session import Database
from app.settings import Settings, SettingsError


def prepare_database(settings: Settings) -> None:
    """Leave a database whose schema this code wants.

    SQLite is migrated, after a copy of a file that is behind; PostgreSQL only checked, because a
    running service must not be surprised by another one's start. Runs an event loop.
    """
    with in_one_line():
        if settings.is_sqlite:
            _migrate_file(settings)
        else:
            _refuse_old_schema(revision_of(settings.database_url))


def migrate(settings: Settings) -> str:
    """Migrate any database to the newest schema; the revision that it is at now."""
    with in_one_line():
        if settings.is_sqlite:
            _migrate_file(settings)
        else:
            refuse_unknown(revision_of(settings.database_url))
            upgrade(settings.database_url)
    return newest_revision()


def open_keyring(settings: Settings) -> Keyring:
    """The keyring of the settings, or on SQLite the one in a file beside the database."""
    try:
        return Keyring(keys_of(settings))
    except KeyringError as error:
        raise SettingsError(str(error)) from error


def keys_of(settings: Settings) -> tuple[str, ...]:
    """The keys of that keyring, newest first."""
    keys = settings.secret_keys or (_keys_in(keyring_file(settings)) if settings.is_sqlite else ())
    if not keys:
        raise SettingsError(
            "HOTSEAT_SECRET_KEYS: required on PostgreSQL; `hotseat secrets new-key` makes a key"
        )
    return tuple(keys)


def keyring_file(settings: Settings) -> Path:
    """Where the generated keyring of a SQLite database lies."""
    path = sqlite_file(settings)
    return path.with_name(path.name + ".keys")


def add_keys(path: Path, *newest: str) -> None:
    """Make keys the newest of a keyring file: one key a line, newest first, mode 0600."""
    older = path.read_text().split() if path.exists() else []
    keys = [*newest, *(key for key in older if key not in newest)]
    _write(path, keys).replace(path)


@asynccontextmanager
async def opened(settings: Settings, *, serving: bool = False) -> AsyncIterator[Runtime]:
    """The database and the keyring for as long as a command works.

    `serving`: one that answers requests, each about one workspace; all others work across them.
    """
    apart = serving and settings.row_level_security
    database = Database(
        settings.database_url,
        row_level_security=apart,
        all_workspaces=not serving,
        statement_timeout_seconds=settings.statement_timeout_seconds,
    )
    try:
        yield Runtime(settings, database, open_keyring(settings), SystemClock())
    finally:
        await database.dispose()


def sqlite_file(settings: Settings) -> Path:
    """The file of a SQLite database; SettingsError for one in memory."""
    if settings.sqlite_path is None:
        raise SettingsError("HOTSEAT_DATABASE_URL: name a file; a database in memory is lost")
    return settings.sqlite_path


def _migrate_file(settings: Settings) -> None:
    path = sqlite_file(settings)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    revision = revision_of(settings.database_url)
    refuse_unknown(revision)
    if revision == newest_revision():
        return
    if revision is not None:
        copy = back_up(path, SystemClock().now())
        sys.stderr.write(f"hotseat: migrating {path}; a copy of it as it was is {copy}\n")
    upgrade(settings.database_url)


def _refuse_old_schema(revision: str | None) -> None:
    refuse_unknown(revision)
    if revision != newest_revision():
        raise StartError(
            f"the database's schema is {revision or 'empty'}, this version wants "
            f"{newest_revision()}: run `hotseat migrate` first"
        )


def refuse_unknown(revision: str | None) -> None:
    """StartError for a schema that this code does not know."""
    if revision is not None and not is_known(revision):
        raise StartError(
            f"a newer version of Hotseat has migrated the database to {revision}: "
            "run that version, or restore a backup"
        )


def revision_of(url: str) -> str | None:
    """The revision of a database's schema, None for an empty one. Runs an event loop."""

    async def read() -> str | None:
        database = Database(url)
        try:
            return await current_revision(database)
        finally:
            await database.dispose()

    return asyncio.run(read())


@contextmanager
def in_one_line() -> Iterator[None]:
    """Say what is wrong with the database in one line: StartError."""
    try:
        yield
    except (OSError, SQLAlchemyError) as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise StartError(f"HOTSEAT_DATABASE_URL: cannot open the database: {reason}") from error


def _keys_in(path: Path) -> list[str]:
    if not path.exists():
        fresh = _write(path, [new_key()])
        # Of two processes that start at once one makes the file, and both read it.
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().split()


def _write(path: Path, keys: list[str]) -> Path:
    """A new file beside `path`, for its owner alone; to be moved there whole."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600, exist_ok=False)
    fresh.write_text("\n".join(keys) + "\n")
    return fresh
