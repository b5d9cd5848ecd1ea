"""The bytes of an iCalendar object as content lines and components: RFC 5545 section 3.1.

Nothing is repaired on the way: what is wrong with the bytes is listed, and the rest is read as far
as it can be.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_OCTETS = 75
_BREAK = re.compile(rb"\r\n|\r|\n")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)')
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, by which rule, and at which line of the file, counted from 1."""

    rule: str
    line: int
    detail: str

    def __str__(self) -> str:
        return f"{self.line}: {self.rule}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Line:
    """One unfolded content line; `number` is that of its first line in the file."""

    number: int
    name: str
    parameters: dict[str, str]
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Component:
    """What stands between BEGIN and END."""

    name: str
    number: int
    lines: list[Line] = field(default_factory=list)
    parts: list["Component"] = field(default_factory=list)

    def all(self, name: str) -> list[Line]:
        """The lines of one property."""
        return [line for line in self.lines if line.name == name]

    def value(self, name: str) -> str | None:
        """The value of a property's first line."""
        return next((line.value for line in self.lines if line.name == name), None)

    def parts_named(self, *names: str) -> list["Component"]:
        """The components directly inside that have one of these names."""
        return [part for part in self.parts if part.name in names]


def read_lines(data: bytes, findings: list[Finding]) -> list[Line]:
    """The content lines; what is wrong with the bytes is added to `findings`."""
    lines = []
    for number, octets in _unfolded(data, findings):
        try:
            text = octets.decode()
        except UnicodeDecodeError:
            findings.append(Finding("not_utf8", number, "the line is not UTF-8"))
            text = octets.decode(errors="replace")
        line = _line(number, text, findings)
        if line is not None:
            lines.append(line)
    return lines


def _unfolded(data: bytes, findings: list[Finding]) -> Iterator[tuple[int, bytes]]:
    begun, whole = 0, b""
    for number, (octets, ending) in enumerate(_physical(data), 1):
        _check_physical(number, octets, ending, findings)
        if octets[:1] in {b" ", b"\t"} and begun:
            whole += octets[1:]
            continue
        if begun:
            yield begun, whole
        begun, whole = number, octets
    if begun:
        yield begun, whole


def _physical(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each line of the file with what ends it, which is empty if nothing does."""
    begin = 0
    for match in _BREAK.finditer(data):
        yield data[begin : match.start()], match.group()
        begin = match.end()
    if begin < len(data):
        yield data[begin:], b""


def _check_physical(number: int, octets: bytes, ending: bytes, findings: list[Finding]) -> None:
    if ending != b"\r\n":
        findings.append(Finding("crlf", number, "the line does not end with CR LF"))
    if len(octets) > MAX_OCTETS:
        detail = f"{len(octets)} octets; fold it after {MAX_OCTETS}"
        findings.append(Finding("line_too_long", number, detail))
    if octets.lstrip(b" \t")[:1] and octets.lstrip(b" \t")[0] & 0b1100_0000 == 0b1000_0000:
        findings.append(Finding("split_character", number, "a fold cuts a character in two"))


def _line(number: int, text: str, findings: list[Finding]) -> Line | None:
    name = _NAME.match(text)
    end = name.end() if name else 0
    parameters = {}
    while match := _PARAMETER.match(text, end):
        parameters[match[1].upper()] = match[2].strip('"')
        end = match.end()
    if name is None or text[end : end + 1] != ":":
        findings.append(Finding("not_a_line", number, "write NAME;PARAMETER=value:value"))
        return None
    if _CONTROL.search(text):
        findings.append(Finding("control_character", number, "take control characters out"))
    return Line(number, name.group().upper(), parameters, text[end + 1 :], text)


def read_components(lines: list[Line], findings: list[Finding]) -> list[Component]:
    """The outermost components; lines outside, and ends that do not match, are findings."""
    root = Component("", 0)
    path = [root]
    for line in lines:
        if line.name == "BEGIN":
            part = Component(line.value.upper(), line.number)
            path[-1].parts.append(part)
            path.append(part)
        elif line.name == "END":
            if len(path) == 1 or path[-1].name != line.value.upper():
                findings.append(Finding("unbalanced", line.number, f"{line.text} ends nothing"))
            else:
                path.pop()
        elif len(path) == 1:
            findings.append(Finding("unbalanced", line.number, "the line is in no component"))
        else:
            path[-1].lines.append(line)
    findings += [Finding("unbalanced", part.number, f"{part.name} has no END") for part in path[1:]]
    return root.parts
