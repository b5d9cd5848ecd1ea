"""Open event streams: how many each key has in this process."""

from collections import Counter
from collections.abc import Callable
from uuid import UUID

from app.api.errors import RequestError
from app.telemetry import STREAMS

RETRY_SECONDS = 10


class Streams:
    """Counts streams by key; `open` refuses one too many."""

    def __init__(self) -> None:
        self._open: Counter[UUID] = Counter()

    def open(self, key_id: UUID, most: int) -> Callable[[], None]:
        """Count a stream of a key; what counts it as closed. RequestError 429 beyond `most`."""
        if self._open[key_id] >= most:
            raise RequestError(
                429,
                "too_many_streams",
                f"This key has {most} streams open, which is the most. Close one, or read pages "
                "of GET /v1/events.",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )
        self._open[key_id] += 1
        STREAMS.inc()

        def close() -> None:
            STREAMS.dec()
            self._open[key_id] -= 1
            if not self._open[key_id]:
                del self._open[key_id]

        return close
