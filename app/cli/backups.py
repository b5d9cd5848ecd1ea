"""hotseat backup, restore: the database and the keyring as one file, and back."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from sqlalchemy import exists, select, text

from app import __version__
from app.adapters.keyring import KeyringError
from app.cli import preparation, walls
from app.cli.errors import CommandError
from app.cli.logs import start_logging
from app.clock import SystemClock
from app.db import archives, postgres_dumps
from app.db.archives import ArchiveError, Backup, Kind, Manifest
from app.db.base import Base
from app.db.migrate import back_up, copy_file, upgrade
from app.db.models import Workspace
from app.db.postgres_dumps import DumpError
from app.db.session import Database
from app.services.restoration import Restored, settle
from app.settings import Settings, load_settings

DUMP = "database"


def backup(
    dest: Annotated[Path, typer.Argument(help="A new file, or a folder that gets one.")],
) -> None:
    """Write the database and the keyring into one file, while the service runs.

    Whoever has the file has everything, secrets included: keep it as you keep the keyring.
    PostgreSQL's pg_dump has to be on PATH; connect as the owner of the tables.
    """
    settings = load_settings()
    start_logging(settings)
    path = dest / _file_name() if dest.is_dir() else dest
    if path.exists():
        raise CommandError(f"{path} exists: name a new file")
    with preparation.in_one_line():
        revision = preparation.revision_of(settings.database_url)
    if revision is None:
        raise CommandError("there is nothing to back up: the database has no tables")
    walls.check_owner(settings)
    keys = preparation.keys_of(settings)
    manifest = Manifest(_kind(settings), revision, __version__, SystemClock().now().isoformat())
    try:
        with TemporaryDirectory(dir=path.parent, prefix=".hotseat-") as folder:
            _dump(settings, Path(folder) / DUMP)
            archives.write(path, manifest, keys, Path(folder) / DUMP)
    except (OSError, DumpError) as error:
        raise CommandError(f"no backup was made: {error}") from error
    typer.echo(f"{path} holds the database (schema {revision}) and {len(keys)} keys.")


def restore(
    src: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A backup's file.")],
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite a database that holds workspaces.")
    ] = False,
) -> None:
    """Make the database what it was when a backup was made. Stop the service first.

    The schema is brought to this version. Every event log begins a new epoch, every meeting a new
    SEQUENCE and every resource a new version, so that clients and calendars accept what is now.
    """
    settings = load_settings()
    start_logging(settings)
    try:
        found = archives.read(src)
        _check(settings, found)
        if not force and _has_workspaces(settings):
            raise CommandError("the database holds workspaces already: --force overwrites them")
        bring_back = _restore_file if settings.is_sqlite else _restore_postgresql
        done = bring_back(settings, found, src)
    except (ArchiveError, DumpError, KeyringError, OSError) as error:
        raise CommandError(str(error)) from error
    typer.echo(
        f"{done.workspaces} workspaces of {found.manifest.made_at} are back. "
        f"{done.meetings} meetings have a new SEQUENCE; "
        f"the keyring opens all {done.secrets} secrets."
    )


def _file_name() -> str:
    return f"hotseat-{SystemClock().now():%Y%m%dT%H%M%SZ}.backup"


def _kind(settings: Settings) -> Kind:
    return "sqlite" if settings.is_sqlite else "postgresql"


def _dump(settings: Settings, target: Path) -> None:
    if settings.is_sqlite:
        copy_file(preparation.sqlite_file(settings), target)
    else:
        postgres_dumps.dump(settings.database_url, target)


def _check(settings: Settings, found: Backup) -> None:
    """What can be known before anything is touched. CommandError."""
    if found.manifest.kind != _kind(settings):
        raise CommandError(
            f"this is a backup of a {found.manifest.kind} database, "
            f"HOTSEAT_DATABASE_URL names a {_kind(settings)} one"
        )
    preparation.refuse_unknown(found.manifest.revision)
    in_file = settings.is_sqlite and not settings.secret_keys
    if not in_file and set(found.keys) - set(settings.secret_keys):
        raise CommandError(
            "HOTSEAT_SECRET_KEYS lacks keys of the backup, which its secrets may need; "
            "they are in it: tar -xzOf FILE keyring"
        )


def _has_workspaces(settings: Settings) -> bool:
    path = settings.sqlite_path
    if path is not None and not path.exists():
        return False

    async def read() -> bool:
        database = Database(settings.database_url, all_workspaces=True)
        try:
            async with database.reader() as connection:
                if not await connection.run_sync(
                    lambda sync: sync.dialect.has_table(sync, Workspace.__tablename__)
                ):
                    return False
                return bool(await connection.scalar(select(exists(select(Workspace.id)))))
        finally:
            await database.dispose()

    with preparation.in_one_line():
        return asyncio.run(read())


def _restore_file(settings: Settings, found: Backup, src: Path) -> Restored:
    """Make the restored database ready aside, then put it in the place of the present one."""
    path = preparation.sqlite_file(settings)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = settings.secret_keys or found.keys
    with TemporaryDirectory(dir=path.parent, prefix=".hotseat-") as folder:
        aside = Path(folder) / DUMP
        archives.unpack_database(src, aside)
        changes = {"database_url": f"sqlite+aiosqlite:///{aside}", "secret_keys": keys}
        done = _settled(settings.model_copy(update=changes))
        if path.exists():
            copy = back_up(path, SystemClock().now())
            typer.echo(f"{copy} is a copy of the database as it was.", err=True)
        path.touch(mode=0o600)
        if not settings.secret_keys:
            preparation.add_keys(preparation.keyring_file(settings), *found.keys)
        copy_file(aside, path)
    return done


def _restore_postgresql(settings: Settings, _found: Backup, src: Path) -> Restored:
    with TemporaryDirectory(prefix="hotseat-") as folder:
        dump = Path(folder) / DUMP
        archives.unpack_database(src, dump)
        with preparation.in_one_line():
            asyncio.run(_drop_tables(settings))
        postgres_dumps.load(settings.database_url, dump)
    return _settled(settings)


async def _drop_tables(settings: Settings) -> None:
    database = Database(settings.database_url)
    names = ", ".join([*Base.metadata.tables, "alembic_version"])
    try:
        async with database.engine.begin() as connection:
            await connection.execute(text(f"DROP TABLE IF EXISTS {names} CASCADE"))
    finally:
        await database.dispose()


def _settled(settings: Settings) -> Restored:
    async def run() -> Restored:
        async with preparation.opened(settings) as runtime, runtime.database.transaction() as s:
            return await settle(s, runtime.keyring.decrypt, runtime.clock.now())

    with preparation.in_one_line():
        upgrade(settings.database_url)
        walls.renew(settings)
        return asyncio.run(run())
