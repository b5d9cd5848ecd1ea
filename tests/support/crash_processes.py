"""The service's processes, killed with SIGKILL and started again."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from tests.support.service import Service

READY = r"^Hotseat \S+ (answers at|works in the background)"


class Processes:
    """Commands of `hotseat` that stay, by a name for each; "api" is who answers.

    `kills` counts by name, `errors` by what was logged of them until a process ended.
    """

    def __init__(self, commands: Mapping[str, Sequence[str]], env: dict[str, str]) -> None:
        self._commands, self._env = commands, env
        self._running: dict[str, Service] = {}
        self.names = tuple(commands)
        self.kills: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()

    @property
    def url(self) -> str:
        """Where the API is, or was before it was killed."""
        return self._running["api"].url

    async def start(self, names: Iterable[str]) -> None:
        """Start processes, and wait until they work."""
        async with asyncio.TaskGroup() as starting:
            for name in names:
                starting.create_task(asyncio.to_thread(self._start, name))

    def _start(self, name: str) -> None:
        service = Service(*self._commands[name], env=self._env)
        try:
            service.wait_for(READY)
        except AssertionError:
            service.kill()
            raise
        self._running[name] = service

    async def kill(self, names: Sequence[str]) -> None:
        for name in names:
            self._running[name].process.kill()
        for name in names:
            await asyncio.to_thread(self._end, name)
            self.kills[name] += 1

    def end(self) -> None:
        """Kill what runs."""
        for name, service in self._running.items():
            if service.process.returncode is None:
                service.process.kill()
                self._end(name)

    def _end(self, name: str) -> None:
        service = self._running[name]
        service.end()
        for line in service.errors.splitlines():
            if line.startswith("{") and (entry := json.loads(line))["level"] == "error":
                raised = entry.get("exception", "").rpartition("\n")[2].partition(":")[0]
                self.errors[f"{entry['event']} {raised}".strip()] += 1


@asynccontextmanager
async def running_processes(
    commands: Mapping[str, Sequence[str]], env: dict[str, str]
) -> AsyncIterator[Processes]:
    processes = Processes(commands, env)
    try:
        await processes.start(processes.names)
        yield processes
    finally:
        processes.end()
