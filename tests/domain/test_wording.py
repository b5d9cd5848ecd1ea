"""What mail says, and how another language is added."""

import string
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.wording import catalogue
from app.domain.wording.catalogue import words
from app.domain.wording.english import ENGLISH
from app.domain.wording.mails import (
    MOST_LISTED,
    Change,
    Letterhead,
    MeetingShown,
    Owed,
    Told,
    change_of,
    change_text,
    check_text,
    owed_text,
    reminder_text,
)

START = datetime(2026, 11, 26, 19, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HEAD = Letterhead("Jack", "https://h.test/opt_out/x")
SHOWN = MeetingShown(
    title="Supper",
    group="The Inklings",
    starts_at=START,
    ends_at=START + 2 * HOUR,
    location="The Bird",
    url="https://meet.example.org/a",
    has_seat=False,
)
TOLD = Told(stands=True, starts_at=START, ends_at=START + 2 * HOUR, has_seat=False)
LONDON = words("en", "Europe/London")


@pytest.mark.parametrize(
    ("told", "cancelled", "expected", "change"),
    [
        (None, False, True, "invited"),
        (TOLD, False, True, "updated"),
        (replace(TOLD, stands=False), False, True, "restored"),
        (replace(TOLD, starts_at=START - HOUR), False, True, "moved"),
        (replace(TOLD, ends_at=START + HOUR), False, True, "moved"),
        (TOLD, True, True, "cancelled"),
        (TOLD, True, False, "cancelled"),
        (TOLD, False, False, "left"),
    ],
)
def test_what_has_happened_since(
    told: Told | None, *, cancelled: bool, expected: bool, change: Change
) -> None:
    assert change_of(told, SHOWN, cancelled=cancelled, expected=expected) == change


@pytest.mark.parametrize("change", ["invited", "restored", "moved", "updated", "cancelled", "left"])
def test_every_change_has_its_words(change: Change) -> None:
    told = None if change == "invited" else replace(TOLD, starts_at=START - HOUR)
    subject, text = change_text(LONDON, HEAD, change, SHOWN, told, "https://h.test/a")
    when = "Thursday 26 November 2026, 19:00 (Europe/London)"
    assert subject.code == f"mail.{change}.subject"
    assert subject.params == {"title": "Supper", "when": when}
    assert when in subject.text
    assert "The Inklings" in text
    assert when in text
    assert text.startswith("Hello Jack,\n\n")
    assert text.endswith(HEAD.opt_out_url)
    tells_more = change not in {"cancelled", "left"}
    for detail in ("120 minutes", "Where: The Bird", "Join: https://meet", "Agenda: https://h"):
        assert (detail in text) is tells_more
    assert ("18:00" in text) is (change == "moved")


@pytest.mark.parametrize(
    ("had", "has", "line"),
    [
        (False, True, "You have the hot seat."),
        (True, False, "not yours any more"),
        (True, True, "You have"),
    ],
)
def test_a_hot_seat_that_comes_and_goes(*, had: bool, has: bool, line: str) -> None:
    shown, told = replace(SHOWN, has_seat=has), replace(TOLD, has_seat=had)
    assert line in change_text(LONDON, HEAD, "updated", shown, told, "")[1]
    plain = change_text(LONDON, HEAD, "updated", SHOWN, TOLD, "")[1]
    assert "hot seat" not in plain


def test_a_reminder_says_what_the_person_does_there() -> None:
    shown = replace(SHOWN, has_seat=True)
    _, text = reminder_text(LONDON, HEAD, shown, ["scribe", "facilitator"], "https://h.test/a")
    lines = text.splitlines()
    assert lines[3:6] == [
        "You are the facilitator.",
        "You are the scribe.",
        "It lasts 120 minutes.",
    ]
    assert "You have the hot seat." in lines


def test_promises_are_listed_as_they_are() -> None:
    owed = [
        Owed("Late {x}", date(2026, 11, 20), None, overdue=True),
        Owed("Carried", None, START - 240 * HOUR, overdue=True),
        Owed("Day", date(2026, 11, 27), None, overdue=False),
        Owed("Meeting", None, START, overdue=False),
    ]
    _, text = owed_text(LONDON, HEAD, owed)
    assert text.splitlines()[2:7] == [
        "You have promised your group:",
        "- Late {x} (overdue since Friday 20 November 2026)",
        "- Carried (overdue)",
        "- Day (due on Friday 27 November 2026)",
        "- Meeting (due at the meeting on Thursday 26 November 2026, 19:00 (Europe/London))",
    ]
    _, many = owed_text(LONDON, HEAD, [owed[2]] * (MOST_LISTED + 3))
    assert many.count("- Day") == MOST_LISTED
    assert "… and 3 more." in many


def test_another_language_is_one_more_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    german = replace(
        ENGLISH,
        weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
        months=(*ENGLISH.months[:10], "November", "Dezember"),
        day="{weekday}, {day}. {month} {year}",
        moment="{day} um {hour:02}.{minute:02} Uhr ({zone})",
        texts={"mail.test.subject": "Ein Test von Hotseat"},
    )
    monkeypatch.setitem(catalogue.CATALOGUES, "de", german)
    for locale in ("de", "de-AT", "de_CH", "DE"):
        told = words(locale, "Europe/Vienna")
        assert told.moment(START) == "Donnerstag, 26. November 2026 um 20.00 Uhr (Europe/Vienna)"
        assert check_text(told, HEAD)[0].text == "Ein Test von Hotseat"
        # What the language does not have yet is said in English.
        assert "This is the test" in check_text(told, HEAD)[1]
    assert words("fr", "Europe/Vienna").catalogue is ENGLISH


def test_every_text_of_the_catalogue_can_be_filled_in() -> None:
    for code, pattern in ENGLISH.texts.items():
        names = {name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None}
        said = LONDON.say(code, **dict.fromkeys(names, "{x}"))
        assert "{x}" in said.text or not names
