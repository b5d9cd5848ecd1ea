"""The examples of docs/webhooks.md, run as they stand where their language is installed."""

import asyncio
import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks

from app.adapters.webhooks.signing import secret_from, sign
from tests.support import radicale
from tests.support.guide import EXAMPLES, PAGE, function, needs

BODY = '{"type":"meeting.held","data":{"name":"Zoë"}}'.encode()
OLD, NEW = secret_from(os.urandom(32)), secret_from(os.urandom(32))

Verify = Callable[[str, dict[str, str], bytes], bool]


def in_python(secret: str, headers: dict[str, str], body: bytes) -> bool:
    verify: Verify = function("verify.py", "verify")
    return verify(secret, headers, body)


def in_node(secret: str, headers: dict[str, str], body: bytes) -> bool:
    needs("node")
    call = (
        f"\nconsole.log(verify({json.dumps(secret)}, {json.dumps(headers)}, "
        f"Buffer.from({body.hex()!r}, 'hex')))"
    )
    ran = subprocess.run(
        ["node", "--eval", EXAMPLES["verify.js"] + call], check=True, capture_output=True, text=True
    )
    return {"true\n": True, "false\n": False}[ran.stdout]


def in_shell(secret: str, headers: dict[str, str], body: bytes) -> bool:
    needs("sh", "openssl", "od")
    names = {name.upper().replace("-", "_"): value for name, value in headers.items()}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "body.json").write_bytes(body)
        ran = subprocess.run(
            ["sh", "-c", EXAMPLES["verify.sh"]],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "SECRET": secret, **names},
            capture_output=True,
            check=False,
        )
    assert (ran.returncode, ran.stdout, ran.stderr) in {(0, b"genuine\n", b""), (1, b"", b"")}
    return ran.returncode == 0


@pytest.mark.parametrize("verify", [in_python, in_node, in_shell])
def test_the_verifying_examples(verify: Verify) -> None:
    def signed(secrets: list[str], age: timedelta = timedelta()) -> dict[str, str]:
        now = datetime.now(UTC)
        return sign(secrets=secrets, event_id="evt_1", timestamp=now - age, body=BODY)

    assert verify(NEW, signed([NEW]), BODY)
    assert verify(OLD, signed([NEW, OLD]), BODY)
    assert not verify(NEW, signed([OLD]), BODY)
    assert not verify(NEW, signed([NEW]), BODY + b" ")
    assert not verify(NEW, signed([NEW]) | {"webhook-id": "evt_2"}, BODY)
    assert not verify(NEW, signed([NEW], timedelta(minutes=6)), BODY)
    assert not verify(NEW, signed([NEW], timedelta(minutes=-6)), BODY)


async def test_the_shell_example_sends_what_a_library_accepts(tmp_path: Path) -> None:
    needs("sh", "openssl", "curl", "od")
    (tmp_path / "body.json").write_bytes(BODY)
    arrived: list[tuple[dict[str, str], bytes]] = []

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:]
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in head if line)}
        arrived.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(receive, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        shell = await asyncio.create_subprocess_exec(
            "sh",
            "-c",
            EXAMPLES["send.sh"],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "SECRET": NEW,
                "RECEIVER": f"http://127.0.0.1:{port}/hook",
            },
        )
        assert await asyncio.wait_for(shell.wait(), 10) == 0
    [(headers, body)] = arrived
    standardwebhooks.Webhook(NEW).verify(body, headers)


def test_the_calendar_example_stores_moves_and_cancels(tmp_path: Path) -> None:
    """Against a real CalDAV server."""
    store = function("caldav_put.py", "store")
    with radicale.running(tmp_path) as server:
        calendar = server.make_calendar("mastermind")
        for sequence, status in enumerate(["CONFIRMED", "CONFIRMED", "CANCELLED"]):
            store(calendar, server.username, server.password, meeting_event(sequence, status))
            ((name, text),) = server.objects(calendar).items()
            assert name == "mtg_1@hotseat.ics"
            assert {f"STATUS:{status}", f"SEQUENCE:{sequence}"} <= set(text.splitlines())


def meeting_event(sequence: int, status: str) -> dict[str, Any]:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Hotseat//Hotseat//EN", "BEGIN:VEVENT"]
    lines += ["UID:mtg_1@hotseat", f"SEQUENCE:{sequence}", "DTSTAMP:20300101T000000Z"]
    lines += [f"DTSTART:2030060{sequence + 1}T183000Z", f"STATUS:{status}", "SUMMARY:Inklings"]
    ical = "".join(f"{line}\r\n" for line in [*lines, "END:VEVENT", "END:VCALENDAR"])
    return {"data": {"calendar": {"uid": "mtg_1@hotseat", "sequence": sequence, "ical": ical}}}


def test_every_example_of_the_page_has_a_name_and_a_test() -> None:
    assert PAGE.count("```python") + PAGE.count("```js") + PAGE.count("```sh") == len(EXAMPLES)
    assert set(EXAMPLES) == {
        "verify.py",
        "verify.js",
        "verify.sh",
        "send.sh",
        "caldav_put.py",
        "google_pull.js",
        "n8n.js",
        "zapier.js",
        *ON_THE_SERVICE,
    }


ON_THE_SERVICE = {"close_gap.py", "recover.sh"}
"""Those that need a running service: tests/worker/test_recovery.py runs them."""


GOOGLE = """
const kept = new Map(Object.entries({HOTSEAT: "https://hotseat.example", KEY: "k", CALENDAR: "c"}));
kept.getProperty = (name) => kept.get(name) ?? null;
kept.setProperty = (name, value) => kept.set(name, value);
kept.deleteProperty = (name) => kept.delete(name);
const asked = [], calls = [], answers = INPUT;
const LockService = {getScriptLock: () => ({tryLock: () => true, releaseLock: () => {}})};
const PropertiesService = {getScriptProperties: () => kept};
const UrlFetchApp = {fetch: (url, {headers}) => {
  asked.push(url + " " + headers.Authorization);
  const [status, body] = answers.shift();
  return {getResponseCode: () => status, getContentText: () => JSON.stringify(body)};
}};
const Calendar = {Events: {
  import: (entry, calendar) => calls.push(["import", calendar, entry]),
  list: (calendar, query) => ({items: [{id: "g1 " + query.iCalUID}]}),
  remove: (calendar, id) => calls.push(["remove", calendar, id]),
}};
pull();
console.log(JSON.stringify({asked, calls, after: kept.get("AFTER")}));
"""


def in_javascript(code: str, given: Any) -> Any:
    needs("node")
    code = code.replace("INPUT", json.dumps(given))
    ran = subprocess.run(["node", "--eval", code], check=True, capture_output=True, text=True)
    return json.loads(ran.stdout)


def test_the_google_script_imports_removes_and_catches_up() -> None:
    summary = "SUMMARY;LANGUAGE=en:Inklings\\, the \r\n second\\nLine\r\n"
    data = {
        "starts_at": "2030-06-01T18:30:00Z",
        "ends_at": "2030-06-01T20:00:00Z",
        "time_zone": "Europe/London",
        "calendar": {"uid": "u", "sequence": 1, "method": "REQUEST", "ical": summary},
    }
    gone = {**data, "calendar": {**data["calendar"], "method": "CANCEL"}}  # type: ignore[dict-item]
    first = [{"id": "evt_1", "data": data}, {"id": "evt_2", "data": {"version": 1}}]
    pages = [
        [200, {"data": first}],
        [410, {"code": "log_restarted"}],
        [200, {"data": [{"id": "evt_3", "data": gone}]}],
        [200, {"data": []}],
    ]
    found = in_javascript(EXAMPLES["google_pull.js"] + GOOGLE, pages)
    log = "https://hotseat.example/v1/events?limit=100"
    behind = ["", "&after=evt_2", "", "&after=evt_3"]
    assert found["asked"] == [f"{log}{after} Bearer k" for after in behind]
    entry = {
        "iCalUID": "u",
        "sequence": 1,
        "summary": "Inklings, the second\nLine",
        "start": {"dateTime": data["starts_at"], "timeZone": "Europe/London"},
        "end": {"dateTime": data["ends_at"], "timeZone": "Europe/London"},
    }
    assert found["calls"] == [["import", "c", entry], ["remove", "c", "g1 u"]]
    assert found["after"] == "evt_3"


N8N = """
(async function () { CODE }).call({helpers: {getBinaryDataBuffer: async () => bytes}}).then(
  (items) => console.log(JSON.stringify({items})),
  (error) => console.log(JSON.stringify({error: error.message})),
);
"""
ZAPIER = """
try { CODE; console.log(JSON.stringify({output})) }
catch (error) { console.log(JSON.stringify({error: error.message})) }
"""


@pytest.mark.parametrize("calendar", [{"uid": "u", "ical": "Zoë"}, None])
def test_the_codes_for_n8n_and_zapier_verify_and_hand_on(calendar: dict[str, str] | None) -> None:
    event = {"type": "meeting.scheduled", "data": {"calendar": calendar} if calendar else {}}
    body = json.dumps(event, ensure_ascii=False).encode()
    now = datetime.now(UTC)
    headers = sign(secrets=[NEW], event_id="evt_1", timestamp=now, body=body)
    given = {name.removeprefix("webhook-"): value for name, value in headers.items()}
    refused = {"error": "this is not from Hotseat"}
    for secret, good in ((NEW, True), (OLD, False)):
        n8n = EXAMPLES["verify.js"] + "const bytes = Buffer.from(INPUT.bytes, 'hex');"
        n8n += "const $input = {all: () => [{json: {headers: INPUT.headers}}]};"
        n8n += N8N.replace("CODE", EXAMPLES["n8n.js"].replace("whsec_…", secret))
        found = in_javascript(n8n, {"bytes": body.hex(), "headers": headers})
        assert found == ({"items": [{"json": event}] if calendar else []} if good else refused)
        zapier = EXAMPLES["verify.js"] + "const inputData = INPUT; let output;"
        zapier += ZAPIER.replace("CODE", EXAMPLES["zapier.js"].replace("whsec_…", secret))
        found = in_javascript(zapier, {**given, "body": body.decode()})
        assert found == ({"output": calendar or {}} if good else refused)
