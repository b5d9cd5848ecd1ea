"""The outbound HTTP client for destinations that strangers choose.

A name is resolved once for each connection, refused if any of its addresses is not public, and the
address dialled is the one that was checked; TLS still verifies the name, and `Host` still carries
it. No connection is kept for a second request, so every request is checked. Redirects are not
followed, proxies and credentials of the environment are ignored, cookies are dropped.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address

import httpcore
import httpx

from app.adapters.addresses import Network, Problem, destination_problem, refused

# It would log whole URLs, and tokens in them.
logging.getLogger("httpx").setLevel(logging.WARNING)

CONNECT_TIMEOUT = 3.0
"""Seconds for the name, the connection and, once more, for the TLS handshake."""
TOTAL_TIMEOUT = 15.0
"""Seconds from the first look-up to the last byte of the response."""
BODY_LIMIT = 20_000
"""Bytes of a response body that are read; the rest is left on the wire."""
MAX_DIALS = 4
"""Addresses of one name that are tried; together they share the connect time-out."""

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) -> addresses in the order of preference; raises OSError for an unknown name."""


class DestinationRefused(httpx.TransportError):
    """The destination may not be called, and nothing was sent to it. `reason` names no address."""

    def __init__(self, reason: Problem) -> None:
        super().__init__(f"destination refused: {reason}")
        self.reason: Problem = reason


@dataclass(frozen=True, slots=True)
class Reply:
    """A response with at most the first `body_limit` bytes of its body, as they were sent."""

    status: int
    headers: httpx.Headers
    body: bytes


async def resolve(host: str, port: int) -> list[str]:
    """Addresses of `host` by the system's resolver, in the order of RFC 6724."""
    loop = asyncio.get_running_loop()
    answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(answer[4][0]) for answer in answers]


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to checked addresses only."""

    def __init__(
        self,
        *,
        allowed: Sequence[Network],
        resolver: Resolver,
        dialler: httpcore.AsyncNetworkBackend,
    ) -> None:
        self._allowed = allowed
        self._resolver = resolver
        self._dialler = dialler

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check every address, dial. Raises `DestinationRefused`, `ConnectError` or
        `ConnectTimeout`.
        """
        try:
            async with asyncio.timeout(timeout):
                addresses = (await self._checked(host, port))[:MAX_DIALS]
                share = None if timeout is None else timeout / len(addresses)
                return await self._dial(addresses, port, share, local_address, socket_options)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error

    async def _checked(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = await self._resolver(host, port)
        # A name that the IDNA codec cannot encode raises UnicodeError.
        except (socket.gaierror, UnicodeError) as error:
            raise httpcore.ConnectError from error
        if not addresses:
            raise httpcore.ConnectError from socket.gaierror(f"{host} has no address")
        if any(refused(ip_address(address), self._allowed) for address in addresses):
            raise DestinationRefused("not_public")
        return addresses

    async def _dial(
        self,
        addresses: Sequence[str],
        port: int,
        share: float | None,
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        for address in addresses[:-1]:
            try:
                return await self._dialler.connect_tcp(
                    address, port, share, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._dialler.connect_tcp(
            addresses[-1], port, share, local_address, socket_options
        )


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over a pool that keeps no connection and opens only guarded ones."""

    # httpx offers no argument for a network backend. The base constructor is left out on purpose:
    # should the pool ever get another name, requests fail instead of passing by the guard.
    def __init__(
        self,
        backend: GuardedBackend,
        *,
        allowed: Sequence[Network],
        ssl_context: ssl.SSLContext,
    ) -> None:
        self._allowed = allowed
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context,
            max_connections=None,
            max_keepalive_connections=0,
            network_backend=backend,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        problem = destination_problem(
            scheme=request.url.scheme,
            userinfo=bool(request.url.userinfo),
            host=request.url.raw_host.decode("ascii"),
            port=request.url.port,
            allowed=self._allowed,
        )
        if problem is not None:
            raise DestinationRefused(problem)
        return await super().handle_async_request(request)


def guarded_client(
    *,
    allowed: Sequence[Network] = (),
    connect_timeout: float = CONNECT_TIMEOUT,
    total_timeout: float = TOTAL_TIMEOUT,
    ssl_context: ssl.SSLContext | None = None,
    resolver: Resolver = resolve,
    dialler: httpcore.AsyncNetworkBackend | None = None,
) -> httpx.AsyncClient:
    """A client for destinations that strangers choose; share one, and close it.

    `allowed` are the private networks that may be called all the same. The client alone limits the
    silence between two bytes to `total_timeout`; `exchange` limits the whole request.
    """
    backend = GuardedBackend(
        allowed=allowed, resolver=resolver, dialler=dialler or httpcore.AnyIOBackend()
    )
    return httpx.AsyncClient(
        transport=GuardedTransport(
            backend,
            allowed=allowed,
            ssl_context=ssl_context or httpx.create_ssl_context(trust_env=False),
        ),
        timeout=httpx.Timeout(total_timeout, connect=connect_timeout),
        follow_redirects=False,
        trust_env=False,
        # A receiver's cookie would otherwise be sent on with another tenant's request.
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        # Compressed bodies are not asked for: a few bytes could unpack to gigabytes.
        headers={"accept-encoding": "identity", "connection": "close"},
    )


async def exchange(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes,
    total_timeout: float = TOTAL_TIMEOUT,
    body_limit: int = BODY_LIMIT,
) -> Reply:
    """Send one request and read the response's first `body_limit` bytes.

    Raises `DestinationRefused`, `httpx.TimeoutException` after `total_timeout` seconds, and other
    kinds of `httpx.HTTPError` for whatever else went wrong on the way; nothing else.
    """
    try:
        async with (
            asyncio.timeout(total_timeout),
            client.stream(method, url, headers=headers, content=content) as response,
        ):
            body = await _read(response, body_limit)
            return Reply(status=response.status_code, headers=response.headers, body=body)
    except TimeoutError as error:
        raise httpx.ReadTimeout(f"no full response within {total_timeout} s") from error
    except (httpx.InvalidURL, UnicodeError) as error:  # UnicodeError: a malformed xn-- label
        raise DestinationRefused("url") from error
    except OSError as error:  # TLS alerts after the handshake reach us as they are
        raise httpx.ReadError("the connection broke") from error


async def _read(response: httpx.Response, limit: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) >= limit:
            break
    return bytes(body[:limit])
