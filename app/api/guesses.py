"""How many wrong keys and secret addresses may come from one address: counted per minute.

A look-up takes a place before it is made: there are never more under way than may still be wrong.
So no more get through however many come at a time, and a right one costs nothing: it gives its
place back, and who finds none waits for that. Only when the budget is spent are all refused.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request

from app.api.rate_limits import Budget, address_of


class Guess:
    """One look-up: `settle` it as soon as it is known whether the secret was right."""

    def __init__(self, counted: "Guesses | None", who: str) -> None:
        self._counted = counted
        self._who = who

    def settle(self, *, right: bool) -> None:
        if self._counted is not None:
            self._counted.end(self._who, right=right)
            self._counted = None


class Guesses:
    """The look-ups of one process, by address."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._under_way: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    async def begin(self, request: Request, who: str) -> None:
        """Take a place, and wait for it if need be; RequestError 429 if the budget is spent."""
        try:
            while (left := self._budget.left(who)) <= self._under_way[who]:
                await self._turn(request, who, left)
        except BaseException:
            # Whoever waits behind may have been called in its place.
            self._wake(who)
            raise
        self._under_way[who] += 1

    def end(self, who: str, *, right: bool) -> None:
        """Give a place back; a wrong secret has used it up until the minute is over."""
        if not right:
            self._budget.spend(who)
        self._under_way[who] -= 1
        if not self._under_way[who]:
            del self._under_way[who]
        self._wake(who)

    async def _turn(self, request: Request, who: str, left: int) -> None:
        if not left:
            detail = "Too many wrong API keys or secret addresses came from this address."
            raise self._budget.refusal(request, who, detail)
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(who, deque()).append(turn)
        await turn

    def _wake(self, who: str) -> None:
        """Call as many as there are places, or all to be refused where there will be none."""
        if not (waiting := self._waiting.get(who)):
            return
        left = self._budget.left(who)
        room = left - self._under_way[who] if left else len(waiting)
        while waiting and room > 0:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                room -= 1
        if not waiting:
            del self._waiting[who]


def install(app: FastAPI) -> None:
    """Start counting, if the settings set a limit."""
    budget = app.state.rate_limits.guesses
    app.state.guesses = Guesses(budget) if budget else None


@asynccontextmanager
async def guess(request: Request) -> AsyncIterator[Guess]:
    """Around a look-up by a secret, before a connection is taken for it.

    What ends without being settled is not counted.
    """
    guesses: Guesses | None = request.app.state.guesses
    who = address_of(request)
    if guesses is not None:
        await guesses.begin(request, who)
    one = Guess(guesses, who)
    try:
        yield one
    finally:
        one.settle(right=True)
