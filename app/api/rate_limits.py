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

    def is_spent(self, who: str) -> bool:
        return not self.counter.test(self._item, self.name, who)

    def fields(self, who: str) -> dict[str, str]:
        """What is left, and for how many seconds."""
        remaining, reset = self._left(who)
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.calls};w={WINDOW_SECONDS}',
            "RateLimit": f'"{self.name}";r={remaining};t={reset}',
        }

    def refusal(self, who: str, detail: str) -> RequestError:
        seconds = self._left(who)[1]
        return RequestError(
            429,
            "too_many_requests",
            f"{detail} Wait {seconds} seconds.",
            headers={"Retry-After": str(seconds)},
        )

    @property
    def _item(self) -> RateLimitItemPerMinute:
        return RateLimitItemPerMinute(self.calls)

    def _left(self, who: str) -> tuple[int, int]:
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

    def check_guesses(self, request: Request) -> None:
        """Refuse an address that has sent too many wrong keys, before its next is looked up."""
        who = _address(request)
        if self.guesses and self.guesses.is_spent(who):
            raise self.guesses.refusal(who, "Too many wrong API keys came from this address.")

    def count_guess(self, request: Request) -> None:
        """A key was wrong."""
        if self.guesses:
            self.guesses.spend(_address(request))

    def count_call(self, request: Request, key_id: str) -> None:
        """Count a call of a key; refuse it past the budget."""
        if self.calls is None:
            return
        within = self.calls.spend(key_id)
        request.state.rate_limit = self.calls.fields(key_id)
        if not within:
            raise self.calls.refusal(key_id, "This API key has spent its calls of the minute.")


def install(app: FastAPI) -> None:
    """Start counting."""
    app.state.rate_limits = RateLimits.of(app.state.runtime.settings)


def of(request: Request) -> RateLimits:
    """The process's budgets."""
    limits: RateLimits = request.app.state.rate_limits
    return limits


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
