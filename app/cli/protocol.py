"""HTTP/1.1 for clients that take their time: each connection has so long to send each request.

The server library drops a connection that idles after an answer, and no other. Here the time also
runs for one that sends nothing at all, half a request's head, or a body that nobody waits for, and
for one that does not read its answer.
"""

from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 65_536
BODY_MARGIN_SECONDS = 10.0
"""The API says 408 about a slow body; only where it no longer reads is the connection cut."""


def protocol_of(seconds: float) -> type[HttpToolsProtocol]:
    """The protocol with `seconds` for the head of a request, and again for its body."""

    class Patient(_PatientProtocol):
        patience = seconds

    return Patient


class _PatientProtocol(HttpToolsProtocol):
    patience: float

    def __init__(self, config: Config, *arguments: Any, **options: Any) -> None:
        super().__init__(config, *arguments, **options)
        self._timer: TimerHandle | None = None
        self._unread: TimerHandle | None = None
        self._is_in_head = False
        self._head_bytes = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(self.patience)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._was_read()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_idle() and self._timer is None:
            self._wait(self.patience)
        super().data_received(data)
        if self._is_in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response("The head of the request is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._wait(self.patience + BODY_MARGIN_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._stop_waiting()
        if self._is_idle():
            # The answer came before the body had: its keep-alive timer is gone by now.
            self._wait(self.patience)

    def pause_writing(self) -> None:
        super().pause_writing()
        # A timer of its own: the next request may arrive meanwhile.
        self._unread = self.loop.call_later(self.patience, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._was_read()

    def _was_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _is_idle(self) -> bool:
        # Before the first request there is no cycle, whatever the annotation says.
        return bool(getattr(self.cycle, "response_complete", True))

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
