"""A service for the demo alone: a process of its own, on a database that is gone afterwards."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.cli.errors import CommandError

HOTSEAT = (sys.executable, "-m", "app.cli")
STOP_SECONDS = 30


@contextmanager
def own_service() -> Iterator[tuple[str, str]]:
    """The address of a new service on a free port, and a key to a workspace in it."""
    with tempfile.TemporaryDirectory(prefix="hotseat-demo-") as folder:
        environment = _environment(Path(folder))
        made = subprocess.run(  # noqa: S603 - our own command
            [*HOTSEAT, "workspace", "create", "Oxford"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        key = re.search(r"hs_live_\w+", made.stdout)
        if key is None:
            raise CommandError(f"no database for the demo: {made.stderr.strip()}")
        with _serving(environment) as url:
            yield url, key.group()


@contextmanager
def _serving(environment: dict[str, str]) -> Iterator[str]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*HOTSEAT, "serve", "--port", "0"], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        yield _address(process)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _address(process: subprocess.Popen[str]) -> str:
    greeting = process.stdout.readline() if process.stdout is not None else ""
    found = re.search(r"http://\S+", greeting)
    if found is None:
        raise CommandError("the demo's own service did not start")
    return found.group()


def _environment(folder: Path) -> dict[str, str]:
    """This environment with settings of the demo's own instead of the operator's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOTSEAT_")}
    return {
        **kept,
        "HOTSEAT_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'hotseat.db'}",
        "HOTSEAT_ALLOWED_NETWORKS": "127.0.0.0/8",
        "HOTSEAT_LOG_LEVEL": "error",
    }
