"""The plugin in test runs of its own: alone, under pytest-xdist, and without any server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CONFTEST = """
import asyncio
import asyncpg
from sqlalchemy.engine import make_url

pytest_plugins = ["tests.support.postgres_plugin"]


async def ask(dsn, statement):
    url = make_url(dsn).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def pytest_hotseat_postgres_template(dsn):
    asyncio.run(ask(dsn, "CREATE TABLE place (number int PRIMARY KEY)"))
"""

TEST = """
import asyncio
import pytest
from conftest import ask

@pytest.mark.parametrize("_", range(2))
def test_a_clone_has_the_tables_and_only_this_workers_rows(postgres, postgres_url, _, worker_id):
    statement = "INSERT INTO place VALUES (1) ON CONFLICT DO NOTHING RETURNING number"
    number = asyncio.run(ask(postgres_url, statement))
    with open("seen", "a") as seen:
        print(worker_id, number, postgres.admin_url, file=seen)
"""


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_clone.py").write_text(TEST)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "xdist.plugin",
            "-p",
            "no:cacheprovider",
            *arguments,
        ],
        cwd=folder,
        env={
            **plain,
            "PYTHONPATH": str(ROOT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "workers", "inserted"),
    [((), {"master"}, ["1"]), (("-n", "2", "--dist", "each"), {"gw0", "gw1"}, ["1", "1"])],
)
def test_a_run_has_one_server_and_a_clone_for_each_worker(
    tmp_path: Path, arguments: tuple[str, ...], workers: set[str], inserted: list[str]
) -> None:
    outcome = run(tmp_path, *arguments)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    seen = [line.split() for line in (tmp_path / "seen").read_text().splitlines()]
    assert {worker for worker, _, _ in seen} == workers
    assert [number for _, number, _ in seen if number != "None"] == inserted
    (server,) = {url for _, _, url in seen}
    socket_folder = Path(server.partition("host=")[2].replace("%2F", "/"))
    assert not socket_folder.exists()


@pytest.mark.parametrize("arguments", [(), ("-n", "1")])
def test_no_server_ends_the_run_with_one_message(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    nowhere = "import tests.support.postgres_binaries as b\nb.DEBIAN_HOME = b.Path('/none')\n"
    (tmp_path / "no_postgres.py").write_text(nowhere + "b.WHEEL = 'no_such_wheel'\n")
    outcome = run(tmp_path, "-p", "no_postgres", *arguments, PATH="", PYTHONPATH=f"{ROOT}:.")
    assert outcome.returncode == pytest.ExitCode.USAGE_ERROR
    assert "Install Debian's package" in outcome.stdout + outcome.stderr
    assert "Traceback" not in outcome.stdout + outcome.stderr
    assert not (tmp_path / "seen").exists()
