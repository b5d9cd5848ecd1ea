"""Examples of what events say; a test holds them against events that really happened."""

from typing import Any

from app.domain.events import EventType


def example_data(kind: EventType) -> dict[str, Any]:
    return {}
