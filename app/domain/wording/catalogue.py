"""What the service says to people, in their language.

A language is one `Catalogue`: write a module like `english.py` and enter it in `CATALOGUES`. A text
that a catalogue does not have is said in English.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from app.domain.wall_clock import local_time
from app.domain.wording.english import ENGLISH
from app.domain.wording.language import Catalogue

Param = str | int | float | bool | None
CATALOGUES: dict[str, Catalogue] = {"en": ENGLISH}
"""By language tag, in lower case (`de`, `pt-br`)."""


@dataclass(frozen=True, slots=True)
class Said:
    """Words of the service: a code and parameters for programs, the text for people."""

    code: str
    params: Mapping[str, Param]
    text: str

    def as_dict(self) -> dict[str, object]:
        return {"code": self.code, "params": dict(self.params), "text": self.text}


@dataclass(frozen=True, slots=True)
class Words:
    """A person's language and time zone."""

    catalogue: Catalogue
    time_zone: str

    def say(self, code: str, **params: Param) -> Said:
        """The text of a code. Parameters are values: braces in them mean nothing."""
        pattern = self.catalogue.texts.get(code) or ENGLISH.texts[code]
        return Said(code, params, pattern.format(**params))

    def text(self, code: str, **params: Param) -> str:
        return self.say(code, **params).text

    def day(self, day: date) -> str:
        """A date as people write it."""
        return self.catalogue.day.format(
            weekday=self.catalogue.weekdays[day.weekday()],
            day=day.day,
            month=self.catalogue.months[day.month - 1],
            year=day.year,
        )

    def moment(self, instant: datetime) -> str:
        """An instant by the person's clocks, with the name of their zone."""
        local = local_time(instant, self.time_zone)
        return self.catalogue.moment.format(
            day=self.day(local.date()),
            hour=local.hour,
            minute=local.minute,
            zone=self.time_zone.replace("_", " "),
        )


def words(locale: str, time_zone: str) -> Words:
    """The words for a locale (`de-AT`, `de_AT`): its own, those of its language, or English."""
    tag = locale.replace("_", "-").lower()
    found = CATALOGUES.get(tag) or CATALOGUES.get(tag.partition("-")[0]) or ENGLISH
    return Words(found, time_zone)


def evening_text(code: str, **params: Param) -> str:
    """What is said to the evening as a whole, whose members may speak several languages: English.

    Whoever shows it in another one words its code and params anew.
    """
    return ENGLISH.texts[f"evening.{code}"].format(**params)
