"""A real PostgreSQL for the tests: private, on a unix socket, gone afterwards.

`HOTSEAT_TEST_POSTGRES_URL`, an administrator's URL of a running server, is used instead if set.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import asyncpg
from sqlalchemy.engine import URL, make_url

from tests.support.postgres_binaries import Binaries, account_options, find_binaries

T = TypeVar("T")

OUTSIDE_SERVER = "HOTSEAT_TEST_POSTGRES_URL"
STARTS_WITHIN_SECONDS = 60
STOPS_WITHIN_SECONDS = 30
LONGEST_SOCKET_FOLDER = 80
"""A socket's path has at most 107 bytes on Linux, and the server adds its own file name."""

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "timezone": "UTC",
}


class PostgresServer:
    """A running server in which tests make and drop databases.

    `admin_url` is a URL of a role that may create databases; `prefix` begins the real name of
    every database made here, so that two test runs can share one outside server.
    """

    def __init__(self, admin_url: str, prefix: str = "") -> None:
        self.admin_url = admin_url
        self.prefix = prefix

    def dsn(self, database: str) -> str:
        """SQLAlchemy's URL of a database made by `create_database`."""
        url = self._admin().set(
            drivername="postgresql+asyncpg", database=f"{self.prefix}{database}"
        )
        return url.render_as_string(hide_password=False)

    def create_database(
        self, name: str, template: str | None = None, owner: str | None = None
    ) -> str:
        """Create a database and answer its `dsn`; a template must have no open connection."""
        clone = f' TEMPLATE "{self.prefix}{template}"' if template else ""
        owned = f' OWNER "{owner}"' if owner else ""
        self.execute(f'CREATE DATABASE "{self.prefix}{name}"{clone}{owned}')
        return self.dsn(name)

    def drop_database(self, name: str) -> None:
        """Drop a database with whatever is still connected to it; absent is fine."""
        self.execute(f'DROP DATABASE IF EXISTS "{self.prefix}{name}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        """One statement in the administrator's database, outside a transaction."""
        _run(self._execute(statement))

    async def _execute(self, statement: str) -> None:
        url = self._admin().set(drivername="postgresql")
        connection = await asyncpg.connect(url.render_as_string(hide_password=False))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _admin(self) -> URL:
        return make_url(self.admin_url)


class OutsideServer(PostgresServer):
    """Somebody else's server: what was made there is dropped, the rest is left alone."""

    def __init__(self, admin_url: str) -> None:
        super().__init__(admin_url, prefix=f"hotseat_test_{uuid.uuid4().hex[:8]}_")

    def start(self) -> None:
        self.execute("SELECT 1")

    def stop(self) -> None:
        """Drop every database of this run, those of its workers included."""
        for name in _run(self._databases()):
            self.drop_database(name.removeprefix(self.prefix))

    async def _databases(self) -> list[str]:
        url = self._admin().set(drivername="postgresql")
        connection = await asyncpg.connect(url.render_as_string(hide_password=False))
        try:
            rows = await connection.fetch(
                "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", self.prefix
            )
        finally:
            await connection.close()
        return [row["datname"] for row in rows]


class PostgresCluster(PostgresServer):
    """A server of our own in a temporary folder, reachable only by its unix socket.

    `binaries` names the programs to use; without it they are looked for.
    Raises `NoPostgresError` where there are none.
    """

    def __init__(self, binaries: Binaries | None = None) -> None:
        self.folder = _temporary_folder()
        self.binaries = binaries
        self.log = self.folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        socket = URL.create("postgresql", "postgres", query={"host": str(self.folder)})
        super().__init__(socket.set(database="postgres").render_as_string())

    def start(self) -> None:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        account = account_options()
        if account:
            os.chown(self.folder, account["user"], account["group"])
        self.binaries = self.binaries or find_binaries(scratch=self.folder)
        data = self.folder / "data"
        with self.log.open("wb") as log:
            self._initialise(self.binaries, data, log.fileno())
            self.process = subprocess.Popen(
                [self.binaries.folder / "postgres", "-D", data, "-k", self.folder, *_flags()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                **account,
            )
        self._wait_until_it_answers()

    def _initialise(self, binaries: Binaries, data: Path, log: int) -> None:
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        made = subprocess.run(
            [binaries.folder / "initdb", "--no-sync", *options, "-D", data],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.folder,
            check=False,
            **account_options(),
        )
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed:\n{self._end_of_log()}")

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_SECONDS
        while self.process is not None and self.process.poll() is None:
            try:
                self.execute("SELECT 1")
            except (OSError, asyncpg.PostgresError) as not_yet:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"no answer:\n{self._end_of_log()}") from not_yet
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"PostgreSQL did not start:\n{self._end_of_log()}")

    def stop(self) -> None:
        """Stop the server at once, without a checkpoint, and remove its folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(STOPS_WITHIN_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end_of_log(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]


def postgres_for_tests() -> PostgresCluster | OutsideServer:
    """The server this run uses, not started yet."""
    if outside := os.environ.get(OUTSIDE_SERVER):
        return OutsideServer(outside)
    return PostgresCluster()


def _flags() -> list[str]:
    return [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]


def _temporary_folder() -> Path:
    """A folder the server's account can enter, with a path short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="hotseat-pg-"))
    if len(str(folder)) <= LONGEST_SOCKET_FOLDER and _open_to_all(folder.parent):
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="hotseat-pg-", dir="/tmp"))


def _open_to_all(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


def _run(work: Coroutine[object, object, T]) -> T:
    """Run to the end in a thread of its own, so that a running event loop is no obstacle."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
