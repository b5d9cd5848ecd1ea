"""What a language has to bring."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language, as patterns of `str.format`.

    `weekdays` begin on Monday. `day` knows `weekday`, `day`, `month` and `year`; `moment` knows
    `day` (as written by `day`), `hour`, `minute` and `zone`. Every text knows the parameters that
    the English one of its code names.
    """

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    day: str
    moment: str
    texts: Mapping[str, str]
