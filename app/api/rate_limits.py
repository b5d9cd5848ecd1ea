"""How often a key may call, and an address may guess keys: counted in this process, per minute.

Several API processes count on their own; the storage of the `limits` library is the place to share
it. Answers carry the fields of draft-ietf-httpapi-ratelimit-headers.
"""

import time
from dataclasses import dataclass
from math import ceil

from fastapi import FastAPI, Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from app.api.errors import RequestError
from app.settings import Settings

WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Budget:
    """So many calls in each window of a minute, for each of those that are counted."""

    name: str
    calls: int
    counter: FixedWindowRateLimiter

    def spend(self, who: str) -> bool:
        """Count one; whether it was still within the budget."""
        return self.counter.hit(self._item, self.name, who)

    def left(self, who: str) -> int:
        """How many are left in this window."""
        return self._window(who)[0]

    def show(self, request: Request, who: str) -> None:
        """Have the answer say what is left, and for how many seconds."""
        remaining, reset = self._window(who)
        request.state.rate_limit = {
            "RateLimit-Policy": f'"{self.name}";q={self.calls};w={WINDOW_SECONDS}',
            "RateLimit": f'"{self.name}";r={remaining};t={reset}',
        }

    def refusal(self, request: Request, who: str, detail: str) -> RequestError:
        """What refuses a request past the budget."""
        self.show(request, who)
        seconds = self._window(who)[1]
        return RequestError(
            429,
            "too_many_requests",
            f"{detail} Wait {seconds} seconds.",
            headers={"Retry-After": str(seconds)},
        )

    @property
    def _item(self) -> RateLimitItemPerMinute:
        return RateLimitItemPerMinute(self.calls)

    def _window(self, who: str) -> tuple[int, int]:
        stats = self.counter.get_window_stats(self._item, self.name, who)
        return stats.remaining, max(1, ceil(stats.reset_time - time.time()))


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The budgets of one process; None where there is no limit."""

    calls: Budget | None
    guesses: Budget | None

    @classmethod
    def of(cls, settings: Settings) -> "RateLimits":
        counter = FixedWindowRateLimiter(MemoryStorage())
        calls, guesses = settings.calls_per_minute, settings.failed_auth_per_minute
        return cls(
            calls=Budget("key", calls, counter) if calls else None,
            guesses=Budget("failed-auth", guesses, counter) if guesses else None,
        )

    def count_call(self, request: Request, key_id: str) -> None:
        """Count a call of a key; refuse it past the budget."""
        if self.calls is None:
            return
        if not self.calls.spend(key_id):
            detail = "This API key has spent its calls of the minute."
            raise self.calls.refusal(request, key_id, detail)
        self.calls.show(request, key_id)


def install(app: FastAPI) -> None:
    """Start counting."""
    app.state.rate_limits = RateLimits.of(app.state.runtime.settings)


def of(request: Request) -> RateLimits:
    """The process's budgets."""
    limits: RateLimits = request.app.state.rate_limits
    return limits


def address_of(request: Request) -> str:
    """Where a request came from: behind trusted proxies, their caller."""
    return request.client.host if request.client else ""
