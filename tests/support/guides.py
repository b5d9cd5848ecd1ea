"""Guides are run as they are written: their shell blocks, in one shell, against a real socket.

What a guide may contain:

- ```` ```sh ```` blocks, run by bash in order, with variables and functions that stay. A command
  that fails ends the guide. `${API:-…}` and `${KEY:?…}` at the top take what the runner gives.
- a ```` ```json ```` block right after one: what the last line of output says, or part of it.
  Objects may leave members out, `"…"` stands for any value, and a list may end with `"…"` for more.
- `<!-- clock: +7 min -->`: the service's clock moves on, as it would for a reader at that point.
"""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import uvicorn
from fastapi import FastAPI

from tests.support.clock import ManualClock
from tests.support.servers import free_port

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
PATIENCE = 120
ANY = "…"
_PART = re.compile(
    r"^```(?P<kind>sh|json)\n(?P<text>.*?)^```$|^<!-- clock: \+(?P<minutes>\d+) min -->$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a guide. `line` is where it begins; a clock's text is its minutes."""

    kind: Literal["sh", "json", "clock"]
    text: str
    line: int


def steps_of(markdown: str) -> Iterator[Step]:
    """The parts of a guide that are run or compared, in order."""
    for match in _PART.finditer(markdown):
        line = markdown.count("\n", 0, match.start()) + 1
        if match["minutes"] is not None:
            yield Step("clock", match["minutes"], line)
        elif match["kind"] == "sh":
            yield Step("sh", match["text"], line)
        else:
            yield Step("json", match["text"], line)


async def run_guide(
    name: str, app: FastAPI, key: str, clock: ManualClock, **variables: str
) -> dict[str, str]:
    """Run docs/guides/{name}.md from top to bottom; what it left in its shell's variables.

    AssertionError with the guide's line where a command fails or an answer is another.
    """
    path = GUIDES / f"{name}.md"
    async with _served(app) as url, _shell({"API": f"{url}/v1", "KEY": key, **variables}) as shell:
        output = ""
        for step in steps_of(path.read_text()):
            where = f"{path.name}:{step.line}"
            if step.kind == "clock":
                clock.advance(timedelta(minutes=int(step.text)))
            elif step.kind == "sh":
                output = await shell.run(step.text, where)
            else:
                last = output.strip().splitlines()[-1] if output.strip() else "null"
                missing = list(differences(json.loads(step.text), json.loads(last)))
                assert not missing, f"{where}: {'; '.join(missing)}\nin {last}"
        return dict(
            line.split("=", 1)
            for line in (await shell.run("set", path.name)).splitlines()
            if re.match(r"[A-Z]\w*=", line)
        )


def differences(told: Any, found: Any, at: str = "") -> Iterator[str]:
    """Where an answer is not what a guide tells; empty if it fits."""
    if told in (ANY, found):
        return
    if isinstance(told, dict) and isinstance(found, dict):
        for name, value in told.items():
            if name in found:
                yield from differences(value, found[name], f"{at}/{name}")
            else:
                yield f"{at}/{name} is missing"
    elif isinstance(told, list) and isinstance(found, list):
        open_end = told[-1:] == [ANY]
        items = told[:-1] if open_end else told
        if len(items) > len(found) or (len(items) < len(found) and not open_end):
            yield f"{at} has {len(found)} items"
        for index, (value, other) in enumerate(zip(items, found, strict=False)):
            yield from differences(value, other, f"{at}/{index}")
    else:
        yield f"{at} is {found!r}, not {told!r}"


class Shell:
    """A bash that keeps its variables from one block to the next."""

    END = "--- that was the block ---"

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def run(self, script: str, where: str) -> str:
        """What a block prints; AssertionError if one of its commands fails."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{script}\necho\necho '{self.END}'\n".encode())
        await self._process.stdin.drain()
        return await asyncio.wait_for(self._until_end(where), PATIENCE)

    async def _until_end(self, where: str) -> str:
        assert self._process.stdout is not None
        lines: list[str] = []
        while (line := (await self._process.stdout.readline()).decode()) != f"{self.END}\n":
            assert line, f"{where} failed after:\n{''.join(lines)}"
            lines.append(line)
        return "".join(lines)


@asynccontextmanager
async def _shell(variables: Mapping[str, str]) -> AsyncIterator[Shell]:
    process = await asyncio.create_subprocess_exec(
        "bash",
        "--noprofile",
        "--norc",
        "-euo",
        "pipefail",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "no_proxy": "*", **variables},
        limit=1 << 20,
    )
    try:
        yield Shell(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def _served(app: FastAPI) -> AsyncIterator[str]:
    """The app on a port of the loopback, in this loop and on the test's clock."""
    port = free_port()
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:
            assert not serving.done(), "the service has ended"
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving
