"""How requests to a calendar server show whose they are."""

from dataclasses import dataclass, field

import httpx

from app.adapters.calendars.caldav import basic_credentials
from app.adapters.http import Reply


@dataclass(frozen=True, slots=True)
class Credentials:
    """The account that writes."""

    username: str
    password: str = field(repr=False)


class Account:
    """An account during one conversation.

    It begins with Basic (RFC 7617). A server that asks for Digest and offers no Basic (RFC 7616)
    gets that from then on; so does one whose nonce has become stale.
    """

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._digest: httpx.DigestAuth | None = None

    def authorization(self, method: str, url: str) -> str:
        """The value of `Authorization` for a request."""
        if self._digest is None:
            return basic_credentials(self._credentials.username, self._credentials.password)
        request = next(self._digest.auth_flow(httpx.Request(method, url)))
        return request.headers["Authorization"]

    def answer_to(self, reply: Reply, method: str, url: str) -> str | None:
        """`Authorization` for the same request once more; None if that would be of no use."""
        if reply.status != 401 or not _wants_digest(reply):
            return None
        found = httpx.DigestAuth(self._credentials.username, self._credentials.password)
        request = httpx.Request(method, url)
        flow = found.auth_flow(request)
        next(flow)
        try:
            flow.send(httpx.Response(reply.status, headers=reply.headers, request=request))
        except (StopIteration, httpx.ProtocolError, LookupError, ValueError, NotImplementedError):
            return None  # no challenge, or one of a kind that httpx does not know
        self._digest = found
        return request.headers["Authorization"]


def _wants_digest(reply: Reply) -> bool:
    offered = {
        challenge.partition(" ")[0].lower()
        for challenge in reply.headers.get_list("www-authenticate")
    }
    return "digest" in offered and "basic" not in offered
