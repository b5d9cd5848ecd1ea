"""What went wrong on the way to a server, in one word that can be stored and shown."""

import socket
import ssl
from typing import Literal

import httpx

from app.adapters.http import DestinationRefused

Trouble = Literal[
    "timeout", "dns", "connect", "tls", "refused_destination", "protocol", "disconnected"
]


def trouble_of(error: httpx.HTTPError) -> Trouble:
    """The word for an error that `exchange` raised."""
    if isinstance(error, DestinationRefused):
        return "refused_destination"
    if isinstance(error, httpx.TimeoutException):
        return "timeout"
    if _caused_by(error, ssl.SSLError):
        return "tls"
    if isinstance(error, httpx.ConnectError):
        return "dns" if _caused_by(error, (socket.gaierror, UnicodeError)) else "connect"
    return "disconnected" if isinstance(error, httpx.NetworkError) else "protocol"


def _caused_by(
    error: BaseException | None, kinds: type[Exception] | tuple[type[Exception], ...]
) -> bool:
    while error is not None:
        if isinstance(error, kinds):
            return True
        # httpcore's pool re-raises "from None", which leaves the origin in the context only.
        error = error.__cause__ or error.__context__
    return False
