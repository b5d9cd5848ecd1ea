"""What a call must be answered with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """A status, and for a refusal the code of its problem."""

    status: int
    code: str | None = None

    @property
    def accepted(self) -> bool:
        return self.code is None


DONE = Verdict(200)
MADE = Verdict(201)
STALE = Verdict(412, "stale_version")


def conflict(code: str) -> Verdict:
    return Verdict(409, code)


def invalid(code: str) -> Verdict:
    return Verdict(422, code)


OUT_OF_TURN = conflict("invalid_transition")
