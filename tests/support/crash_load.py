"""Writers for the crash tests: they call a service that comes and goes, and never give up.

Each write is repeated until it is answered; a POST carries an `Idempotency-Key` that stays the
same, as integrators are told to do. What was answered with 2xx is kept as a change.
"""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

PATIENCE_SECONDS = 300.0
PAUSE_SECONDS = 0.2
REPEATED = 0.2
"""Share of the answered POSTs that are sent once more, to get the same answer."""
MEMBERS = 4


@dataclass(frozen=True)
class Change:
    """A resource as a 2xx showed it; `version` is None for what has none."""

    noun: str
    id: str
    version: int | None


@dataclass
class Told:
    """What the writers of one workspace were told."""

    changes: list[Change] = field(default_factory=list)
    created: dict[str, set[str]] = field(default_factory=dict)
    sent_again: Counter[str] = field(default_factory=Counter)


class Writer:
    """Founds groups and has them work, one write after the other, until `stop`.

    `url` says where the service is now. It begins on hold.
    """

    def __init__(
        self, client: httpx.AsyncClient, url: Callable[[], str], told: Told, dice: random.Random
    ) -> None:
        self._client, self._url, self._told, self._dice = client, url, told, dice
        self._ready = asyncio.Event()
        self._stopped = False

    def hold(self, *, back: bool) -> None:
        """Whether the next writes must wait: what reads behind them is far behind."""
        if back:
            self._ready.clear()
        else:
            self._ready.set()

    def stop(self) -> None:
        """Finish the write that has begun, and begin no other."""
        self._stopped = True
        self._ready.set()

    async def run(self) -> None:
        try:
            while True:
                await self._story()
        except _StoppedError:
            return

    async def _story(self) -> None:
        """A group from its founding to its first promises."""
        group = await self._post("group", "/groups", name="The Inklings", time_zone="Europe/London")
        people = [
            await self._post("person", "/people", name="Jack", time_zone="Europe/London")
            for _ in range(MEMBERS - 1)
        ]
        mine = f"/people/external/{self._dice.getrandbits(64):x}"
        people.append(await self._put("person", mine, name="Tollers", time_zone="Europe/London"))
        path = f"/groups/{group}"
        members = [
            await self._post("membership", f"{path}/memberships", person_id=person)
            for person in people
        ]
        await self._call("group", f"{path}/activate")
        when = {"local_start": "2199-11-28T19:30:00", "duration_minutes": 90}
        await self._post("meeting", "/meetings", group_id=group, **when)
        promises = [
            await self._post(
                "commitment",
                "/commitments",
                membership_id=member,
                title="Write a page",
                due_on="2199-12-01",
            )
            for member in members
        ]
        first, second, third, fourth = (f"/commitments/{each}" for each in promises)
        await self._post("check_in", f"{first}/check_ins", note="Half of it")
        await self._call("commitment", f"{first}/keep")
        later = {"due_on": "2199-12-24", "reason": "The printer is on holiday"}
        await self._call("commitment", f"{second}/renegotiate", **later)
        await self._call("commitment", f"{third}/withdraw", reason="No paper")
        await self._patch("commitment", fourth, title="Write two pages")
        await self._patch("person", f"/people/{people[0]}", name="C. S. Lewis")
        await self._patch("group", path, name="The Coalbiters")
        await self._call("group", f"{path}/close")

    async def _post(self, noun: str, path: str, **body: Any) -> str:
        """The id of a new resource."""
        found = await self._call(noun, path, **body)
        self._told.created.setdefault(noun, set()).add(found)
        return found

    async def _call(self, noun: str, path: str, **body: Any) -> str:
        """A POST, now and then repeated; the id of the resource that it answers."""
        key = {"Idempotency-Key": str(uuid.UUID(int=self._dice.getrandbits(128)))}
        answer = await self._write(noun, "POST", path, body, key)
        if self._dice.random() < REPEATED:
            again = await self._answered("POST", path, body, key)
            assert again.headers["Idempotency-Replayed"] == "true"
            assert (again.status_code, again.content) == (answer.status_code, answer.content)
        found: str = answer.json()["id"]
        return found

    async def _put(self, noun: str, path: str, **body: Any) -> str:
        found: str = (await self._write(noun, "PUT", path, body)).json()["id"]
        self._told.created.setdefault(noun, set()).add(found)
        return found

    async def _patch(self, noun: str, path: str, **body: Any) -> None:
        await self._write(noun, "PATCH", path, body)

    async def _write(
        self, noun: str, method: str, path: str, body: Any, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        await self._ready.wait()
        if self._stopped:
            raise _StoppedError
        answer = await self._answered(method, path, body, headers)
        read = answer.json()
        self._told.changes.append(Change(noun, read["id"], read.get("version")))
        return answer

    async def _answered(
        self, method: str, path: str, body: Any, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """The first answer, however often the service goes away before; it must be a success."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    answer = await self._client.request(
                        method, f"{self._url()}/v1{path}", json=body or None, headers=headers
                    )
                except httpx.TransportError as error:
                    self._told.sent_again[type(error).__name__] += 1
                else:
                    if answer.is_success:
                        return answer
                    # The dead process's transaction may last until the database notices.
                    assert answer.json()["code"] == "idempotency_in_progress", answer.text
                    self._told.sent_again["in progress"] += 1
                await asyncio.sleep(PAUSE_SECONDS)


class _StoppedError(Exception):
    """The load is over."""
