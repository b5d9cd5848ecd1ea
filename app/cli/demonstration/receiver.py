"""An app that hears of events: a receiver on this machine, which verifies every signature."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from app.cli.errors import CommandError

LARGEST_BODY = 100_000


@dataclass(frozen=True, slots=True)
class Heard:
    """A delivery whose signature was right."""

    id: str
    type: str
    number: int
    data: dict[str, Any]


class Receiver:
    """What arrived at `url`; nothing is believed before `trust` has given it the secret."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._webhook: Webhook | None = None
        self._heard: list[Heard] = []
        self._refused: list[str] = []
        self._changed = threading.Condition()

    def trust(self, secret: str) -> None:
        """Believe what is signed with the endpoint's secret."""
        self._webhook = Webhook(secret)

    def take(self, headers: dict[str, str], body: bytes) -> bool:
        """Whether a delivery is believed."""
        with self._changed:
            if self._webhook is None:
                return False
            try:
                event = self._webhook.verify(body, headers)
            except WebhookVerificationError as error:
                self._refused.append(str(error))
                return False
            number = int(headers["hotseat-delivery-number"])
            self._heard.append(Heard(headers["webhook-id"], event["type"], number, event["data"]))
            self._changed.notify_all()
            return True

    def wait_for(self, event_type: str, *, seconds: float) -> list[Heard]:
        """All that was heard once an event of this type is among it; CommandError if it is not."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not any(each.type == event_type for each in self._heard):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise CommandError(self._silence(event_type, seconds))
                self._changed.wait(left)
            return sorted(self._heard, key=lambda each: each.number)

    def _silence(self, event_type: str, seconds: float) -> str:
        if self._refused:
            return f"a webhook was not signed as it must be: {self._refused[0]}"
        return (
            f"no webhook {event_type} arrived at {self.url} within {seconds:g} seconds: the demo "
            "must run on the service's machine, and the service needs a worker"
        )


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = min(int(self.headers.get("content-length", "0")), LARGEST_BODY)
            headers = {name.lower(): value for name, value in self.headers.items()}
            believed = receiver.take(headers, self.rfile.read(length))
            self.send_response(204 if believed else 401)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """The demo shows what arrives by itself."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hooks")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
