"""The demo drives a group's whole cycle through a real service, and says so when it cannot."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from icalendar import Calendar

from app.adapters.keyring import new_key
from tests.support.postgres import PostgresServer
from tests.support.service import environment, hotseat, running

STEPS = 9


@pytest.fixture
def postgres_copy_url(
    postgres: PostgresServer, postgres_template: str, worker_id: str
) -> Iterator[str]:
    name = f"hotseat_demo_{worker_id}"
    yield postgres.create_database(name, template=postgres_template)
    postgres.drop_database(name)


def check(output: str, calendar: Path) -> None:
    assert f"\n{STEPS}. " in output
    assert "13 meetings are in the calendar" in output
    assert "commitment.kept" in output
    assert output.endswith("Done.\n")
    assert len(Calendar.from_ical(calendar.read_bytes()).walk("VEVENT")) == 14


def test_on_a_service_of_its_own(tmp_path: Path) -> None:
    calendar = tmp_path / "new" / "inklings.ics"
    done = hotseat("demo", "--calendar", str(calendar), env=environment("not read"))
    assert (done.returncode, done.stderr) == (0, "")
    check(done.stdout, calendar)


def test_on_a_running_service_on_postgresql_twice(tmp_path: Path, postgres_copy_url: str) -> None:
    env = environment(
        postgres_copy_url, secret_keys=new_key(), allowed_networks="127.0.0.0/8", port="0"
    )
    key = hotseat("workspace", "create", "Oxford", env=env).stdout.split()[4]
    calendar = tmp_path / "inklings.ics"
    with running("serve", env=env) as service:
        arguments = ("demo", "--url", service.url, "--key", key, "--calendar", str(calendar))
        for _ in range(2):
            done = hotseat(*arguments, env=env)
            assert (done.returncode, done.stderr) == (0, "")
            check(done.stdout, calendar)
        assert service.stop() == 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--url", "http://127.0.0.1:1", "--key", "hs_live_x"), "the service does not answer"),
        (("--url", "http://127.0.0.1:1"), "--url needs --key"),
    ],
)
def test_a_failure_is_one_line_and_a_status(arguments: tuple[str, ...], reason: str) -> None:
    done = hotseat("demo", *arguments, env=environment("not read"))
    assert done.returncode == 1
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1
