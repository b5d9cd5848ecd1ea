"""Schemathesis finds nothing: all checks and phases, as two tenants, on both databases.

The seed is fixed here; in `make soak` ten fresh ones follow on each database. The coverage phase is
the longest, and asks nearly the same at every seed: each database has every other operation in it
here, and in `make soak` each seed has a tenth of all of them.

Whatever the owner of the sample is granted, the other tenant asks for as well (the hooks count it),
and calls all operations on their own account besides.
"""

import os
import re
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.keyring import new_key
from tests.support.operations import calls
from tests.support.postgres import PostgresServer
from tests.support.schemathesis_run import OTHER, Target, crossings, run
from tests.support.service import environment, hotseat, running, sqlite_url

NAMES = sorted(call.name for call in calls() if call.name != "stream_events")
DATABASES = {"sqlite": NAMES[::2], "postgres": NAMES[1::2]}
KEY = re.compile(r"hs_live_\w+")
SEED, FRESH_SEEDS = 1, 10
SOAK = "HOTSEAT_SOAK" in os.environ


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The name of one of the two, and a database of the test's own of it."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    template: str = request.getfixturevalue("postgres_template")
    name = f"hotseat_schemathesis_{request.getfixturevalue('worker_id')}"
    yield server.create_database(name, template=template)
    server.drop_database(name)


@pytest.fixture
def target(database: str, tmp_path: Path) -> Iterator[Target]:
    """A service with the sample, and a second tenant in it."""
    env = environment(
        database,
        secret_keys=new_key(),
        allowed_networks="127.0.0.0/8",
        failed_auth_per_minute="0",
        log_level="error",
        port="0",
        worker="false",
    )
    with running("serve", "--with-sample", env=env) as service:
        owner = service.wait_for(KEY.pattern).group()
        other = KEY.search(hotseat("workspace", "create", "Other", env=env).stdout)
        assert other is not None
        yield Target(service.url, owner, other.group(), tmp_path)
        assert service.stop() == 0
        assert "unhandled_error" not in service.errors


def check(done: "subprocess.CompletedProcess[str]") -> None:
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
    print(done.stdout[done.stdout.rindex("API Operations:") :])  # noqa: T201 - the counts


def check_as_both(target: Target, seed: int, *, examples: int, scenarios: int) -> None:
    """Examples, fuzzing and links as the owner, with the other on their heels; then as the other.

    The other begins with nothing, so that the ids in the document's examples are all a stranger's.
    """
    told = run(
        target,
        phases="examples,fuzzing,stateful",
        seed=seed,
        examples=examples,
        scenarios=scenarios,
    )
    check(told)
    met = crossings(target)
    print(f"{sum(met.values())} calls on another's ids, of {len(met)} operations")  # noqa: T201
    assert len(met) > 50
    check(run(target, phases="examples,stateful", seed=seed, examples=1, user=OTHER))


def test_nothing_is_found(target: Target, request: pytest.FixtureRequest) -> None:
    covered = DATABASES[request.node.callspec.params["database"]]
    check(run(target, phases="coverage", seed=SEED, examples=1, operations=covered))
    check_as_both(target, SEED, examples=1, scenarios=10)


@pytest.mark.soak
@pytest.mark.skipif(not SOAK, reason="ten fresh seeds, in `make soak`")
@pytest.mark.parametrize("turn", range(FRESH_SEEDS))
def test_nothing_is_found_at_a_fresh_seed(target: Target, turn: int) -> None:
    seed = secrets.randbelow(2**32)
    print(f"seed {seed}")  # noqa: T201 - to run it again
    covered = NAMES[turn::FRESH_SEEDS]
    check(run(target, phases="coverage", seed=seed, examples=1, operations=covered))
    check_as_both(target, seed, examples=3, scenarios=20)
