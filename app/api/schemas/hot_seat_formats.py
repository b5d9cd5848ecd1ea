"""Hot-seat formats: phases, minutes and the warning before each ends, as data."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints

from app.api.schemas.common import Input, LongText, Output, ShortText
from app.domain.hot_seat_formats import HOT_SEAT_FORMATS, FormatPhase, HotSeatFormat

FormatName = Annotated[str, StringConstraints(min_length=1, max_length=40)]


class PhaseFields(Input):
    """One phase. In a hot seat of another length it keeps its proportion."""

    name: FormatName = Field(description="A slug, unique in the format.", examples=["present"])
    minutes: Annotated[int, Field(ge=1, le=240, examples=[5])]
    guidance: LongText = Field(
        description="What happens in it, for the facilitator.",
        examples=["The member says what is to be decided."],
    )


class FormatPut(Input):
    """A way to run a hot seat."""

    title: ShortText = Field(examples=["Decision hot seat"])
    phases: list[PhaseFields] = Field(
        min_length=1,
        max_length=12,
        examples=[
            [
                {
                    "name": "present",
                    "minutes": 5,
                    "guidance": "The member says what is to be decided.",
                },
                {"name": "advise", "minutes": 10, "guidance": "One opinion each, in turn."},
                {"name": "commit", "minutes": 3, "guidance": "The member decides, and by when."},
            ]
        ],
    )
    warning_seconds: Annotated[int, Field(ge=0, le=600)] = Field(
        60,
        description="How long before the end of each phase the timekeeper speaks up; 0: not.",
        examples=[60],
    )
    source: LongText | None = Field(None, description="Where it comes from.")

    def to_format(self, name: str) -> HotSeatFormat:
        return HotSeatFormat(
            name=name,
            title=self.title,
            phases=tuple(FormatPhase(**dict(phase)) for phase in self.phases),
            source=self.source or "",
            warning_seconds=self.warning_seconds,
        )


class FormatPhaseRead(Output):
    """One phase of a format."""

    name: str
    minutes: int
    guidance: str


class FormatRead(Output):
    """A way to run a hot seat; `name` is what a segment's `format` says."""

    name: str
    title: str
    shipped: bool = Field(description="Whether it comes with the service.")
    minutes: int = Field(description="Its natural length; it fits into any.")
    warning_seconds: int
    phases: list[FormatPhaseRead]
    source: str

    @classmethod
    def of(cls, format_: HotSeatFormat) -> Self:
        return cls(
            name=format_.name,
            title=format_.title,
            shipped=format_.name in HOT_SEAT_FORMATS,
            minutes=format_.minutes,
            warning_seconds=format_.warning_seconds,
            phases=[FormatPhaseRead.model_validate(phase) for phase in format_.phases],
            source=format_.source,
        )


class FormatList(Output):
    """Hot-seat formats."""

    data: list[FormatRead]
