"""What one running API process holds; lives at `app.state.runtime`."""

from dataclasses import dataclass

from app.adapters.keyring import Keyring
from app.clock import Clock
from app.db.session import Database
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything that requests share."""

    settings: Settings
    database: Database
    keyring: Keyring
    clock: Clock
