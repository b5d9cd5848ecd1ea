"""A receiver of webhooks: a real HTTP server on the loopback that keeps what it is sent."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Received:
    """One request as it came over the wire; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def on_the_wire(self) -> bytes:
        head = [f"HTTP/1.1 {self.status} Answer", f"content-length: {len(self.body)}"]
        head += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join([*head, "connection: close", "", ""]).encode() + self.body


Behaviour = Callable[[Received], Awaitable[Answer]]


class Receiver:
    """Answers every request by `answer`, which may be set at any time, or be a behaviour.

    `most_at_once` is the largest number of requests that were open at the same time.
    """

    def __init__(self, answer: Answer | Behaviour = Answer()) -> None:
        self.answer = answer
        self.requests: list[Received] = []
        self.open = 0
        self.most_at_once = 0
        self._arrived = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._handle, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def wait_for(self, count: int, *, seconds: float = 10.0) -> None:
        """Until that many requests have come in."""
        async with asyncio.timeout(seconds):
            while len(self.requests) < count:
                self._arrived.clear()
                await self._arrived.wait()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most_at_once = max(self.most_at_once, self.open)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            request = await _read(reader)
            self.requests.append(request)
            self._arrived.set()
            answer = self.answer
            if not isinstance(answer, Answer):
                answer = await answer(request)
            writer.write(answer.on_the_wire())
            await writer.drain()
        self.open -= 1
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, path, headers, body)
