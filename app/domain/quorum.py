"""Whether enough members are there. Without a quorum a meeting may run, and says so."""

from dataclasses import dataclass

from app.domain.rotation_reasons import Reason
from app.domain.wording.catalogue import evening_text


@dataclass(frozen=True, slots=True)
class Quorum:
    """`needed` by the charter, None if it says nothing; `there` are members who came or come."""

    needed: int | None
    there: int

    @property
    def met(self) -> bool | None:
        """None where the charter asks for none."""
        return None if self.needed is None else self.there >= self.needed

    @property
    def note(self) -> Reason | None:
        """What the meeting says where too few are there."""
        if self.met is not False:
            return None
        params = {"needed": self.needed or 0, "there": self.there}
        text = evening_text("below_quorum", **params)
        return Reason(code="below_quorum", params=params, text=text)
