"""A client of types that `openapi-typescript` makes of the document, where Node is present."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.support.generated_client import INSTALL_SECONDS, ROOT, UnavailableError, alone

HOME = ROOT / ".venv-clients-node"
PINNED = ("openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3")
QUIETLY = ("--no-save", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=30000")
CYCLE = Path(__file__).with_name("cycle.ts")
TYPES = ("--default-non-nullable", "false")
OPTIONS = ("--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck")


def install() -> Path:
    """The folder of the tools, installed if they are not yet; UnavailableError if that fails."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise UnavailableError("there is no Node on this machine")
    stamp = HOME / "tools.stamp"
    with alone("clients-node"):
        if not stamp.exists() or stamp.read_text() != repr(PINNED):
            HOME.mkdir(exist_ok=True)
            (HOME / "package.json").write_text('{"private": true, "type": "module"}\n')
            try:
                done = _run(npm, "install", *QUIETLY, *PINNED, folder=HOME)
            except subprocess.TimeoutExpired as error:
                raise UnavailableError(f"npm took over {INSTALL_SECONDS} s") from error
            if done.returncode:
                raise UnavailableError(done.stderr.strip()[-300:])
            stamp.write_text(repr(PINNED))
    return HOME


def compile_cycle(tools: Path, document: Path, folder: Path) -> Path:
    """The program of the cycle, checked against the types of the document; AssertionError if the
    compiler refuses it.
    """
    (folder / "node_modules").symlink_to(tools / "node_modules")
    (folder / "package.json").write_text('{"private": true, "type": "module"}\n')
    shutil.copy(CYCLE, folder)
    commands = tools / "node_modules" / ".bin"
    for command in (
        # What has a default may be left out of requests.
        (commands / "openapi-typescript", document, "--output", "schema.d.ts", *TYPES),
        (commands / "tsc", *OPTIONS, CYCLE.name),
    ):
        done = _run(*command, folder=folder)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "cycle.js"


def run(program: Path, url: str, key: str) -> str:
    """What the program prints; AssertionError if it fails."""
    done = _run("node", program.name, url, key, folder=program.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )
