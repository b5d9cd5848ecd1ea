"""One file that holds a backup: the database, the keyring, and what is known of them.

A gzipped tar for its owner alone, mode 0600, of `manifest.json`, `keyring` (a key a line, newest
first) and `database`: a SQLite file, or what `pg_dump --format=custom` wrote.
"""

import io
import json
import os
import secrets
import tarfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import copyfileobj
from typing import Final, Literal

FORMAT: Final = 1
MANIFEST, KEYRING, DATABASE = "manifest.json", "keyring", "database"

Kind = Literal["sqlite", "postgresql"]


class ArchiveError(Exception):
    """The file is no backup that this version can read; the message is one line."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`revision` is the schema's, `made_at` an RFC 3339 instant, `version` Hotseat's."""

    kind: Kind
    revision: str
    version: str
    made_at: str
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Backup:
    """What an archive says of itself, and the keyring that it holds, newest key first."""

    manifest: Manifest
    keys: tuple[str, ...]


def write(path: Path, manifest: Manifest, keys: Sequence[str], database: Path) -> None:
    """Write an archive, whole or not at all. FileExistsError if there is a file already."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with (
            os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file,
            tarfile.open(fileobj=file, mode="w:gz") as archive,
        ):
            _add(archive, MANIFEST, json.dumps(asdict(manifest), indent=2).encode())
            _add(archive, KEYRING, "".join(f"{key}\n" for key in keys).encode())
            archive.add(database, arcname=DATABASE, filter=_plain)
        os.link(part, path)
    finally:
        part.unlink(missing_ok=True)


def read(path: Path) -> Backup:
    """What an archive holds besides the database. ArchiveError."""
    try:
        with tarfile.open(path) as archive:
            facts = json.loads(_content(archive, MANIFEST))
            keys = tuple(_content(archive, KEYRING).decode().split())
            archive.getmember(DATABASE)
    except (tarfile.TarError, EOFError, KeyError, ValueError) as error:
        raise ArchiveError(f"{path} is no backup of Hotseat's, or not a whole one") from error
    if facts.get("format") != FORMAT:
        raise ArchiveError(f"a newer version of Hotseat has made {path}: restore it with that one")
    return Backup(Manifest(**facts), keys)


def unpack_database(path: Path, target: Path) -> None:
    """Copy the database of an archive into a new file."""
    try:
        with tarfile.open(path) as archive, target.open("xb") as file:
            member = archive.extractfile(DATABASE)
            if member is None:
                raise ArchiveError(f"{path} holds no database")
            copyfileobj(member, file)
    except (tarfile.TarError, EOFError) as error:
        raise ArchiveError(f"{path} is not a whole backup") from error


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(_plain(member), io.BytesIO(content))


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nothing of the machine that it was made on."""
    member.mode, member.uid, member.gid = 0o600, 0, 0
    member.uname = member.gname = ""
    return member


def _content(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member.read()
