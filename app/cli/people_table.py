"""A table of people as a spreadsheet saves it (CSV), read into the fields of people."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from pydantic import ValidationError

from app.api.schemas.people import PersonUpdate

COLUMNS = (
    "name",
    "email",
    "time_zone",
    "locale",
    "external_id",
    "industry",
    "role",
    "goals",
)
BACKGROUND = ("industry", "role", "goals")
DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: lines count from 1; without a column it is the whole line."""

    line: int
    column: str | None
    detail: str

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", {self.column}" if self.column else "")
        return f"{where}: {self.detail}"


class FaultyTableError(Exception):
    """Rows that cannot be read; nothing must be imported."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person's fields, without those whose cells are empty, and the line they stand in."""

    line: int
    fields: dict[str, Any]


def read_people(content: bytes) -> list[PersonRow]:
    """The rows of a table in UTF-8 with a header; FaultyTableError with all that is wrong.

    Columns come in any order, separated by commas, semicolons or tabs. Each row needs an
    external_id or an e-mail, and no two rows the same.
    """
    lines = _lines(content)
    header_line, names = next(lines, (1, []))
    header = [name.lower() for name in names]
    _check_header(header_line, header)
    faults: list[Fault] = []
    rows: list[PersonRow] = []
    for line, cells in lines:
        try:
            rows.append(_person(line, _by_column(line, header, cells)))
        except FaultyTableError as error:
            faults += error.faults
    faults += _repeated(rows)
    if faults:
        raise FaultyTableError(sorted(faults, key=lambda fault: fault.line))
    return rows


def _lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each begins; empty ones are passed over."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FaultyTableError(
            [Fault(line, None, "is not UTF-8: save the table as UTF-8")]
        ) from error
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise FaultyTableError([Fault(line, None, f"cannot be read: {error}")]) from error


def _check_header(line: int, header: Sequence[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    twice = sorted({name for name in header if header.count(name) > 1})
    known = f"columns are {', '.join(COLUMNS)}"
    if unknown:
        raise FaultyTableError([Fault(line, name or "(empty)", known) for name in unknown])
    if twice:
        raise FaultyTableError([Fault(line, name, "stands there twice") for name in twice])
    if not {"external_id", "email"} & set(header):
        raise FaultyTableError([Fault(line, None, "needs a column external_id or email")])


def _by_column(line: int, header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if any(cells[len(header) :]):
        detail = f"has {len(cells)} cells, the header {len(header)}"
        raise FaultyTableError([Fault(line, None, detail)])
    return {name: cell for name, cell in zip(header, cells, strict=False) if cell}


def _person(line: int, cells: Mapping[str, str]) -> PersonRow:
    if not {"external_id", "email"} & cells.keys():
        detail = "needs an external_id or an e-mail, to be found again by the next import"
        raise FaultyTableError([Fault(line, None, detail)])
    fields: dict[str, Any] = {k: v for k, v in cells.items() if k not in BACKGROUND}
    background = {name: cells[name] for name in BACKGROUND if name in cells}
    if background:
        fields["background"] = background
    try:
        checked = PersonUpdate.model_validate(fields)
    except ValidationError as error:
        raise FaultyTableError(
            [Fault(line, str(item["loc"][-1]), item["msg"]) for item in error.errors()]
        ) from error
    return PersonRow(line, checked.model_dump(exclude_unset=True))


def _repeated(rows: Iterable[PersonRow]) -> Iterator[Fault]:
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        for column in ("external_id", "email"):
            value = row.fields.get(column)
            if value is None:
                continue
            key = column, value.lower() if column == "email" else value
            if key in seen:
                yield Fault(row.line, column, f"stands in line {seen[key]} already")
            seen.setdefault(key, row.line)
