"""What the demo shows: headings, sentences, tables."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text


class Screen:
    """A terminal, or whatever standard output is."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._step = 0

    def step(self, title: str) -> None:
        """Begin the next step."""
        self._step += 1
        self._console.print()
        self._console.print(Text(f"{self._step}. {title}", style="bold"))

    def say(self, text: str) -> None:
        """A sentence; nothing in it is markup."""
        self._console.print(Text(text))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A table of texts."""
        table = Table(*columns, header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for row in rows:
            table.add_row(*(Text(str(cell)) for cell in row))
        self._console.print(table)


def clock_of(instant: str, time_zone: str) -> str:
    """An instant of the API as the clocks of a zone show it."""
    local = datetime.fromisoformat(instant).astimezone(ZoneInfo(time_zone))
    return f"{local:%a %d %b %Y, %H:%M}"
