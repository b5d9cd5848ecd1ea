"""The examples of docs/webhooks.md, run as they stand where their language is installed."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import standardwebhooks

from app.adapters.webhooks.signing import secret_from, sign

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
BODY = '{"type":"meeting.held","data":{"name":"Zoë"}}'.encode()
OLD, NEW = secret_from(os.urandom(32)), secret_from(os.urandom(32))

Verify = Callable[[str, dict[str, str], bytes], bool]


def example(language: str) -> str:
    [block] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(block)


def needs(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed, so its example was not run")


def in_python(secret: str, headers: dict[str, str], body: bytes) -> bool:
    names: dict[str, Verify] = {}
    exec(example("python"), names)  # noqa: S102 - our own page
    return names["verify"](secret, headers, body)


def in_node(secret: str, headers: dict[str, str], body: bytes) -> bool:
    needs("node")
    call = (
        f"\nconsole.log(verify({json.dumps(secret)}, {json.dumps(headers)}, "
        f"Buffer.from({body.hex()!r}, 'hex')))"
    )
    ran = subprocess.run(
        ["node", "--eval", example("js") + call], check=True, capture_output=True, text=True
    )
    return {"true\n": True, "false\n": False}[ran.stdout]


@pytest.mark.parametrize("verify", [in_python, in_node])
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
            example("sh"),
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
