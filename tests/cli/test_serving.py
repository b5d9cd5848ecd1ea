"""The processes that stay, as processes."""

import signal
import stat
from pathlib import Path

import httpx

from tests.cli.conftest import Commands
from tests.support.servers import free_port
from tests.support.service import Service, environment, hotseat, running, sqlite_url


def test_serve_keeps_everything_and_stops_with_0(commands: Commands, tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "new")
    commands.set(database_url=url)
    key = commands.run("workspace", "create", "Oxford").out.split()[4]
    headers = {"Authorization": f"Bearer {key}"}
    person = {"name": "Jack", "time_zone": "Europe/London"}
    with running("serve", "--port", "0", env=environment(url)) as service:
        assert httpx.post(f"{service.url}/v1/people", json=person, headers=headers).is_success
        assert service.wait_for("Swagger UI").string.endswith(f"{service.url}/docs")
        taken = hotseat("serve", "--port", service.url.rpartition(":")[2], env=environment(url))
        assert (taken.returncode, "Address already in use" in taken.stderr) == (2, True)
        assert service.stop() == 0
    with running("serve", "--port", "0", "--no-worker", env=environment(url)) as service:
        response = httpx.get(f"{service.url}/v1/people", headers=headers)
        assert [each["name"] for each in response.json()["data"]] == ["Jack"]
        assert "server" not in response.headers
        assert service.stop() == 0
        assert '"event": "request"' in service.errors

    keyring = tmp_path / "new" / "hotseat.db.keys"
    assert stat.S_IMODE(keyring.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert list((tmp_path / "new").glob("*.bak")) == []


def test_a_stream_ends_with_the_service(commands: Commands, tmp_path: Path) -> None:
    key = commands.run("workspace", "create", "Oxford").out.split()[4]
    headers = {"Authorization": f"Bearer {key}"}
    env = environment(sqlite_url(tmp_path), grace_seconds="600")
    with running("serve", "--port", "0", env=env) as service:
        url = f"{service.url}/v1/events/stream"
        with httpx.stream("GET", url, headers=headers, timeout=60) as response:
            lines = response.iter_lines()
            assert next(lines) == ": hotseat"
            service.process.send_signal(signal.SIGTERM)
            # A stream that is cut off would raise here.
            assert list(lines)[-1] == ""
        assert service.end() == 0


def test_a_worker_alone_stops_with_0(tmp_path: Path) -> None:
    service = Service("worker", env=environment(sqlite_url(tmp_path)))
    service.wait_for("works in the background")
    assert service.stop() == 0


def test_a_worker_alone_shows_its_figures(tmp_path: Path) -> None:
    port = free_port()
    env = environment(sqlite_url(tmp_path), worker_metrics_port=str(port))
    service = Service("worker", env=env)
    service.wait_for("works in the background")
    answer = httpx.get(f"http://127.0.0.1:{port}/metrics")
    assert "hotseat_delivery_attempts_total" in answer.text
    taken = hotseat("worker", env=env)
    assert (taken.returncode, "HOTSEAT_WORKER_METRICS_PORT" in taken.stderr) == (2, True)
    assert service.stop() == 0


def test_postgresql_is_not_migrated_by_serve(commands: Commands, postgres_empty_url: str) -> None:
    commands.set(database_url=postgres_empty_url, port="0")
    keyless = commands.run("key", "create")
    assert (keyless.status, "run `hotseat migrate`" in keyless.err) == (2, True)
    refused = commands.run("serve")
    assert (refused.status, "run `hotseat migrate`" in refused.err) == (2, True)

    assert commands.run("migrate").status == 0
    keyless = commands.run("serve")
    assert keyless.status == 2
    assert "HOTSEAT_SECRET_KEYS: required on PostgreSQL" in keyless.err
    keys = commands.run("secrets", "new-key").out.strip()
    env = environment(postgres_empty_url, secret_keys=keys, port="0")
    with running("serve", env=env) as service:
        assert httpx.get(f"{service.url}/readyz").status_code == 200
        assert service.stop() == 0
