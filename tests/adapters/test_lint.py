"""Each rule of the linter finds what breaks it, at its line, and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.calendars.lint import lint
from app.adapters.calendars.lint_revisions import lint_revisions

SOUND = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Hotseat//Hotseat//EN
NAME:Circle\\; London
BEGIN:VTIMEZONE
TZID:Asia/Tokyo
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0900
TZOFFSETTO:+0900
TZNAME:JST
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:mtg_1@hotseat
SEQUENCE:2
DTSTAMP:20261120T180507Z
CREATED:20261101T093000Z
LAST-MODIFIED:20261120T180507Z
DTSTART;TZID=Asia/Tokyo:20261124T190000
DTEND;TZID=Asia/Tokyo:20261124T203000
STATUS:CONFIRMED
SUMMARY:Peers\\, partners
URL:https://hotseat.example/m/1
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT15M
DESCRIPTION:Peers
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:mtg_2@hotseat
SEQUENCE:0
DTSTAMP:20261120T180507Z
CREATED:20261101T093000Z
LAST-MODIFIED:20261120T180507Z
DTSTART:20261125T190000Z
DTEND:20261125T203000Z
STATUS:CANCELLED
SUMMARY:Circle
END:VEVENT
BEGIN:VTODO
UID:cmt_1@hotseat
SEQUENCE:0
DTSTAMP:20261120T180507Z
CREATED:20261101T093000Z
LAST-MODIFIED:20261120T180507Z
DUE;VALUE=DATE:20261130
STATUS:NEEDS-ACTION
SUMMARY:Call three customers
END:VTODO
END:VCALENDAR
"""


def octets(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def changed(old: str, new: str) -> bytes:
    """The sound object with its first `old` replaced."""
    assert old in SOUND
    return octets(SOUND.replace(old, new, 1))


def rules(data: bytes, **wanted: str) -> list[tuple[str, int]]:
    return [(each.rule, each.line) for each in lint(data, **wanted)]  # type: ignore[arg-type]


def test_a_sound_object_passes() -> None:
    assert lint(octets(SOUND)) == []


ZONE = SOUND[SOUND.index("BEGIN:VTIMEZONE") : SOUND.index("BEGIN:VEVENT")]
OBSERVANCE = ZONE[ZONE.index("BEGIN:STANDARD") : ZONE.index("END:VTIMEZONE")]

BROKEN = [
    # rule, line, what is replaced, by what
    ("not_a_line", 2, "VERSION:2.0", "VERSION 2.0"),
    ("not_a_line", 15, "UID:mtg_1", ":mtg_1"),
    ("control_character", 23, "Peers\\,", "Peers\x07\\,"),
    ("unbalanced", 12, "END:STANDARD\nEND:VTIMEZONE", "END:VTIMEZONE"),
    ("calendar_property", 1, "PRODID:-//Hotseat//Hotseat//EN\n", ""),
    ("calendar_property", 1, "VERSION:2.0", "VERSION:1.0"),
    ("calendar_property", 1, "VERSION:2.0\n", "VERSION:2.0\nVERSION:2.0\n"),
    ("method_forbidden", 3, "VERSION:2.0\n", "VERSION:2.0\nMETHOD:PUBLISH\n"),
    ("undeclared_zone", 20, "DTSTART;TZID=Asia/Tokyo", "DTSTART;TZID=Asia/Seoul"),
    ("zone_incomplete", 7, "TZOFFSETTO:+0900\n", ""),
    ("zone_incomplete", 7, "TZOFFSETTO:+0900", "TZOFFSETTO:0900"),
    ("zone_incomplete", 7, "DTSTART:19700101T000000", "DTSTART:19700101T000000Z"),
    ("zone_incomplete", 5, OBSERVANCE, ""),
    ("uid_twice", 31, "mtg_2", "mtg_1"),
    ("property_missing", 14, "UID:mtg_1@hotseat\n", ""),
    ("property_missing", 14, "SEQUENCE:2\n", ""),
    ("property_missing", 14, "DTSTAMP:20261120T180507Z\n", ""),
    ("property_missing", 14, "LAST-MODIFIED:20261120T180507Z\n", ""),
    ("property_missing", 14, "SUMMARY:Peers\\, partners\n", ""),
    ("property_missing", 31, "DTSTART:20261125T190000Z\n", ""),
    ("property_twice", 17, "SEQUENCE:2\n", "SEQUENCE:2\nSEQUENCE:2\n"),
    ("property_twice", 23, "STATUS:CONFIRMED\n", "STATUS:CONFIRMED\nSTATUS:CANCELLED\n"),
    ("not_utc", 18, "CREATED:20261101T093000Z", "CREATED:20261101T093000"),
    ("stamp_differs", 17, "DTSTAMP:20261120T180507Z", "DTSTAMP:20261120T180508Z"),
    ("floating_time", 37, "DTSTART:20261125T190000Z", "DTSTART:20261125T190000"),
    ("zoned_utc", 20, "Asia/Tokyo:20261124T190000", "Asia/Tokyo:20261124T190000Z"),
    ("bad_value", 20, "Asia/Tokyo:20261124T190000", "Asia/Tokyo:2026-11-24T19:00"),
    ("bad_value", 48, "DATE:20261130", "DATE:20261130T100000"),
    ("bad_value", 16, "SEQUENCE:2", "SEQUENCE:-2"),
    ("bad_value", 22, "STATUS:CONFIRMED", "STATUS:NEEDS-ACTION"),
    ("bad_value", 24, "hotseat.example/m", "hotseat.example/m é"),
    ("ends_before_start", 21, "20261124T203000", "20261124T190000"),
    ("unescaped_text", 4, "Circle\\; London", "Circle; London"),
    ("unescaped_text", 23, "Peers\\, partners", "Peers, partners"),
    ("unescaped_text", 23, "Peers\\, partners", "C:\\Peers"),
    ("unescaped_text", 23, "Peers\\, partners", "Peers\\\\, partners"),
    ("unescaped_text", 28, "DESCRIPTION:Peers", "DESCRIPTION:a;b"),
    ("invites", 16, "SEQUENCE:2\n", "ORGANIZER:mailto:a@b.example\nSEQUENCE:2\n"),
    ("invites", 16, "SEQUENCE:2\n", "ATTENDEE:mailto:a@b.example\nSEQUENCE:2\n"),
    ("alarm_incomplete", 25, "TRIGGER:-PT15M\n", ""),
    ("alarm_incomplete", 25, "DESCRIPTION:Peers\n", ""),
]


@pytest.mark.parametrize(("rule", "line", "old", "new"), BROKEN)
def test_a_broken_rule_is_found_at_its_line(rule: str, line: int, old: str, new: str) -> None:
    found = rules(changed(old, new))
    if rule not in {"unbalanced", "not_a_line"}:  # something is missing then, or misplaced
        assert found == [(rule, line)]
    assert (rule, line) in found


LONG = "SUMMARY:" + "x" * 68
"""One octet too long."""

BROKEN_BYTES = [
    ("crlf", 1, octets(SOUND).replace(b"\r\n", b"\n", 1)),
    ("crlf", 1, octets(SOUND).replace(b"\r\n", b"\r", 1)),
    ("crlf", 52, octets(SOUND)[:-2]),
    ("line_too_long", 23, changed("SUMMARY:Peers\\, partners", LONG)),
    ("line_too_long", 24, changed("SUMMARY:Peers\\, partners", f"SUMMARY:\n {'y' * 75}")),
    (
        "split_character",
        24,
        changed("Peers\\, ", "Peers \n X").replace(b" \r\n X", b"\xc3\r\n \xa9"),
    ),
    ("not_utf8", 23, changed("Peers\\, ", "Peers X").replace(b"X", b"\xff", 1)),
    ("zone_twice", 14, octets(SOUND.replace("BEGIN:VEVENT", f"{ZONE}BEGIN:VEVENT", 1))),
]


@pytest.mark.parametrize(("rule", "line", "data"), BROKEN_BYTES)
def test_broken_bytes_are_found(rule: str, line: int, data: bytes) -> None:
    assert rules(data) == [(rule, line)]


@pytest.mark.parametrize(
    "data", [b"", b"\r\n", b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", octets(SOUND) * 2]
)
def test_an_object_is_one_calendar(data: bytes) -> None:
    assert "not_one_calendar" in {rule for rule, _ in rules(data)}


def test_a_line_of_75_octets_is_not_too_long() -> None:
    assert lint(changed("SUMMARY:Peers\\, partners", LONG[:-1])) == []


def test_what_is_mailed_says_its_method_and_its_organizer() -> None:
    mailed = SOUND.replace("VERSION:2.0", "VERSION:2.0\nMETHOD:REQUEST").replace(
        "SEQUENCE", "ORGANIZER:mailto:a@b.example\nSEQUENCE"
    )
    later = mailed.replace("DTSTAMP:20261120", "DTSTAMP:20261121")
    earlier = mailed.replace("DTSTAMP:20261120", "DTSTAMP:20261119")
    assert rules(octets(mailed), method="REQUEST") == []
    assert rules(octets(later), method="REQUEST") == []
    assert {rule for rule, _ in rules(octets(earlier), method="REQUEST")} == {"stamp_differs"}
    assert {rule for rule, _ in rules(octets(mailed), method="CANCEL")} == {"method_missing"}
    found = {rule for rule, _ in rules(octets(SOUND), method="REQUEST")}
    assert found == {"method_missing", "property_missing"}


def test_an_object_for_caldav_is_of_one_uid() -> None:
    assert [each.rule for each in lint(octets(SOUND), single=True)] == ["not_single"]
    second = SOUND.index("BEGIN:VEVENT\nUID:mtg_2")
    one = f"{SOUND[:second]}END:VCALENDAR\n"
    assert lint(octets(one), single=True) == []


MOVED = ("20261124T190000", "20261124T180000")
RISEN = ("SEQUENCE:2", "SEQUENCE:3")
MODIFIED = ("20261120T180507Z", "20261121T080000Z")
RENAMED = ("Peers", "Friends")
REVISIONS = [
    ([], []),
    ([MODIFIED], []),
    ([RENAMED, MODIFIED], []),
    ([RENAMED, RISEN], []),
    ([MOVED, RISEN, MODIFIED], []),
    ([("mtg_1", "mtg_3"), MOVED], []),
    ([RENAMED], ["changed_unsaid"]),
    ([("-PT15M", "-PT5M")], ["changed_unsaid"]),
    ([MOVED], ["sequence_stayed"]),
    ([MOVED, MODIFIED], ["sequence_stayed"]),
    ([("CONFIRMED", "CANCELLED"), MODIFIED], ["sequence_stayed"]),
    ([("SEQUENCE:2", "SEQUENCE:1")], ["sequence_fell"]),
    ([("20261120T180507Z", "20261120T180506Z"), RISEN], ["modified_fell"]),
]


@pytest.mark.parametrize(("changes", "found"), REVISIONS)
def test_one_state_may_follow_another(changes: list[tuple[str, str]], found: list[str]) -> None:
    after = SOUND
    for old, new in changes:
        first, separator, rest = after.partition("END:VEVENT")
        after = first.replace(old, new) + separator + rest
    assert [each.rule for each in lint_revisions(octets(SOUND), octets(after))] == found


@given(st.binary(max_size=400) | st.text(alphabet='BEGIN:VEVENTDUR;="\\,\r\n \t', max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_answered(noise: bytes | str) -> None:
    data = noise.encode() if isinstance(noise, str) else noise
    lint(data)
    lint_revisions(octets(SOUND), octets(SOUND).replace(b"SEQUENCE:2", data))
