"""A PostgreSQL database as one file and back, by PostgreSQL's own programs."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url

from app.db.session import ALL_WORKSPACES

PROGRAMS: Final = {"dump": "pg_dump", "restore": "pg_restore"}


class DumpError(Exception):
    """A program of PostgreSQL is missing or has failed; the message is one line."""


def dump(url: str, target: Path) -> None:
    """Write all of a database, as it is at one instant, to a file; its owner has to ask."""
    # Behind row-level security the owner sees what the session's setting shows: everything.
    _run("dump", url, "--format=custom", "--enable-row-security", f"--file={target}")


def load(url: str, source: Path) -> None:
    """Bring a dump into an empty database, all of it or nothing. Objects become the caller's."""
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _run("restore", url, *options, str(source))


def _run(program: str, url: str, *arguments: str) -> None:
    name = PROGRAMS[program]
    path = shutil.which(name)
    if path is None:
        raise DumpError(
            f"{name} is not on PATH: install PostgreSQL's client programs (postgresql-client), "
            "of the server's version or a newer one"
        )
    address = make_url(url)
    command = [path, f"--dbname={_without_password(address)}", "--no-password", *arguments]
    done = subprocess.run(  # noqa: S603 - a fixed program, no shell
        command, env=_environment(address), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        raise DumpError(f"{name} failed: {lines[0].removeprefix(f'{name}: ')}")


def _without_password(address: URL) -> str:
    """The URL for libpq: a command line can be read by everybody on the machine."""
    return address.set(drivername="postgresql", password=None).render_as_string()


def _environment(address: URL) -> dict[str, str]:
    told = {"PGOPTIONS": f"-c {ALL_WORKSPACES}=on"}
    if address.password is not None:
        told["PGPASSWORD"] = str(address.password)
    return {**os.environ, **told}
