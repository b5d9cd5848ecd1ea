"""The demo's view of the API: plain HTTP, with an end of the demo where a call fails."""

from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from app.cli.errors import CommandError

TIMEOUT_SECONDS = 30


class Api:
    """Calls with a key; a call that does not succeed raises CommandError and says why."""

    def __init__(self, base_url: str, key: str) -> None:
        self._client = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=TIMEOUT_SECONDS,
            # The service is the one that was named: proxies of the environment have no part in it.
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, path: str, **query: str | int) -> Any:
        return self.call("GET", path, params=query).json()

    def post(self, path: str, body: Any = None) -> Any:
        """A POST that could be repeated safely."""
        headers = {"Idempotency-Key": str(uuid4())}
        return self.call("POST", path, json=body, headers=headers).json()

    def put(self, path: str, body: Any) -> Any:
        return self.call("PUT", path, json=body).json()

    def delete(self, path: str) -> None:
        self.call("DELETE", path)

    def call(self, method: str, path: str, **how: Any) -> httpx.Response:
        """Any call; a 304 counts as a success."""
        try:
            response = self._client.request(method, path, **how)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CommandError(f"the service does not answer {method} {path}: {error}") from error
        if response.is_success or response.status_code == httpx.codes.NOT_MODIFIED:
            return response
        raise CommandError(f"{method} {path} was answered {response.status_code}: {_why(response)}")


def _why(response: httpx.Response) -> str:
    try:
        problem = response.json()
        faults = "; ".join(f"{each['pointer']} {each['detail']}" for each in problem["errors"])
    except (ValueError, KeyError, TypeError):
        return "not by Hotseat, it seems"
    return f"{problem['detail']} {faults}".strip()
