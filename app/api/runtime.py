"""What one running API process holds; lives at `app.state.runtime`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from app.adapters.keyring import Keyring
from app.api.streams import Streams
from app.clock import Clock
from app.db.session import Database
from app.settings import Settings


def _nobody() -> None:
    """There is no worker in this process."""


@dataclass(slots=True)
class Signals:
    """What requests and the process around them tell each other.

    `wake` is called after each committed write, to have a worker in this process look for work at
    once. The process sets `stopping` when it shuts down, so that streams come to their end.
    """

    wake: Callable[[], None] = _nobody
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything that requests share."""

    settings: Settings
    database: Database
    keyring: Keyring
    clock: Clock
    signals: Signals = field(default_factory=Signals)
    streams: Streams = field(default_factory=Streams)
