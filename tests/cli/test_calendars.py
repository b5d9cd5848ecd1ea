"""hotseat calendar; and the tokens of feeds, which no process writes down."""

from pathlib import Path

import httpx

from tests.adapters.test_lint import SOUND, octets
from tests.cli.conftest import Commands
from tests.support.calendars import assert_clean
from tests.support.service import environment, running, sqlite_url


def test_lint_lists_what_is_wrong_by_line(commands: Commands, tmp_path: Path) -> None:
    sound, broken = tmp_path / "sound.ics", tmp_path / "broken.ics"
    sound.write_bytes(octets(SOUND))
    broken.write_bytes(octets(SOUND.replace("UID:mtg_1@hotseat\n", "")))
    fine = commands.run("calendar", "lint", str(sound), "--before", str(sound))
    assert (fine.status, fine.out, fine.err) == (0, "", "")
    bad = commands.run("calendar", "lint", str(broken))
    assert bad.status == 1
    assert bad.out == f"{broken}:14: property_missing: VEVENT has a UID\n"
    assert bad.err == f"hotseat: 1 found in {broken}\n"


def test_lint_holds_a_file_against_an_earlier_one(commands: Commands, tmp_path: Path) -> None:
    before, after = tmp_path / "before.ics", tmp_path / "after.ics"
    before.write_bytes(octets(SOUND))
    after.write_bytes(octets(SOUND.replace("SEQUENCE:2", "SEQUENCE:1")))
    assert commands.run("calendar", "lint", str(after)).status == 0
    bad = commands.run("calendar", "lint", str(after), "--before", str(before))
    assert bad.status == 1
    assert "sequence_fell" in bad.out


def test_lint_knows_what_was_mailed(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "sound.ics"
    file.write_bytes(octets(SOUND))
    bad = commands.run("calendar", "lint", str(file), "--method", "REQUEST")
    assert (bad.status, "method_missing" in bad.out) == (1, True)


def test_no_process_writes_a_token_down(commands: Commands, tmp_path: Path) -> None:
    """With the server around the app, whose own log of requests would have the path."""
    key = commands.run("workspace", "create", "Oxford").out.split()[4]
    headers = {"Authorization": f"Bearer {key}"}
    with running("serve", "--port", "0", env=environment(sqlite_url(tmp_path))) as service:
        with httpx.Client(base_url=service.url, timeout=60) as client:
            body = {"name": "Jack", "time_zone": "Europe/London"}
            person = client.post("/v1/people", json=body, headers=headers).json()["id"]
            feed = {"person_id": person}
            url = client.post("/v1/calendar_feeds", json=feed, headers=headers).json()["url"]
            path = url[url.index("/calendars/") :]
            token = path.removeprefix("/calendars/").removesuffix(".ics")
            assert_clean(client.get(path).content)
            for method, wrong in (
                ("HEAD", path),
                ("POST", path),
                ("GET", f"{path}x"),
                ("GET", f"/calendars/{token}"),
                ("GET", f"{path}?%zz"),
            ):
                client.request(method, wrong)
        assert service.stop() == 0
        written = "\n".join([service.errors, *service.greeting])
        assert written.count('"event": "request"') >= 8
        assert token not in written
        assert token[33:] not in written
