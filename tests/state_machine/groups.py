"""Groups: forming, active and paused by turns, closed for good. Verbs change what they accept."""

from dataclasses import dataclass
from datetime import date

from tests.state_machine.verdicts import DONE, OUT_OF_TURN, Verdict, conflict, invalid

FEWEST = 4


@dataclass
class Group:
    """Days are inclusive; a pause that lies ahead leaves the group active until it begins."""

    id: str
    state: str = "forming"
    paused_from: date | None = None
    paused_until: date | None = None

    def rests_on(self, day: date) -> bool:
        if self.state == "closed":
            return True
        if self.paused_from is None or day < self.paused_from:
            return False
        return self.paused_until is None or day <= self.paused_until

    def activate(self, members: int) -> Verdict:
        if self.state != "forming":
            return OUT_OF_TURN
        if members < FEWEST:
            return conflict("too_few_members")
        self.state = "active"
        return DONE

    def pause(self, first: date, last: date | None, today: date) -> Verdict:
        if self.state != "active":
            return OUT_OF_TURN
        if last is not None and last < max(first, today):
            return invalid("pause_ends_too_early")
        self.paused_from, self.paused_until = first, last
        if first <= today:
            self.state = "paused"
        return DONE

    def resume(self) -> Verdict:
        if self.state != "paused" and not (self.state == "active" and self.paused_from):
            return OUT_OF_TURN
        self.state = "active"
        self.paused_from = self.paused_until = None
        return DONE

    def close(self) -> Verdict:
        if self.state == "closed":
            return OUT_OF_TURN
        self.state = "closed"
        self.paused_from = self.paused_until = None
        return DONE

    def pass_time(self, today: date) -> None:
        """A pause begins and ends by itself."""
        if self.state == "active" and self.paused_from is not None and self.paused_from <= today:
            self.state = "paused"
        if self.state == "paused" and self.paused_until is not None and self.paused_until < today:
            self.resume()
