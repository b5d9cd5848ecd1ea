"""The service as a process of its own, the way that operators run it."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue

START_SECONDS = 300
STOP_SECONDS = 60


def environment(database_url: str, **settings: str) -> dict[str, str]:
    """This process's environment with no settings but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOTSEAT_")}
    names = {f"HOTSEAT_{name.upper()}": value for name, value in settings.items()}
    free = {"HOTSEAT_CALLS_PER_MINUTE": "0"}
    return {**kept, "HOTSEAT_DATABASE_URL": database_url, **free, **names}


def hotseat(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class Service:
    """`hotseat serve` (or another command that stays), started and greeted."""

    def __init__(self, *arguments: str, env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", *arguments],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: Queue[str] = Queue()
        self._errors: list[str] = []
        self._readers = [
            threading.Thread(target=self._read_lines),
            threading.Thread(target=self._read_errors),
        ]
        for reader in self._readers:
            reader.start()
        self.greeting: list[str] = []

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The first match in a line of its output; a service that ends before is an error."""
        while True:
            for line in self.greeting:
                if match := re.search(pattern, line):
                    return match
            try:
                line = self._lines.get(timeout=START_SECONDS)
            except Empty:
                self.kill()
                raise AssertionError(f"no {pattern} from the service: {self.errors}") from None
            if not line:
                self.process.wait()
                raise AssertionError(f"the service ended before {pattern}: {self.errors}")
            self.greeting.append(line.rstrip("\n"))

    @property
    def url(self) -> str:
        return self.wait_for(r"http://127\.0\.0\.1:\d+").group()

    @property
    def errors(self) -> str:
        return "".join(self._errors)

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.end()

    def kill(self) -> int:
        self.process.kill()
        return self.end()

    def end(self) -> int:
        """Wait for its end, however it comes about; the exit status."""
        status = self.process.wait(STOP_SECONDS)
        for reader in self._readers:
            reader.join()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        while not self._lines.empty():
            self.greeting.append(self._lines.get().rstrip("\n"))
        return status

    def _read_lines(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self._errors.extend(self.process.stderr)


@contextmanager
def running(*arguments: str, env: dict[str, str]) -> Iterator[Service]:
    service = Service(*arguments, env=env)
    try:
        yield service
    finally:
        service.process.terminate()
        service.end()


def sqlite_url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'hotseat.db'}"
