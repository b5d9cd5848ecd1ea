from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.domain import rrule_dates
from app.domain.errors import Invalid
from app.domain.rrule import Rule, Weekday, parse_rrule
from app.domain.rrule_dates import rule_dates

at = datetime.fromisoformat

READ = [
    ("FREQ=WEEKLY", Rule("WEEKLY")),
    ("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", Rule("WEEKLY", 2, weekdays=frozenset({Weekday(1)}))),
    ("freq=monthly;byday=3we", Rule("MONTHLY", weekdays=frozenset({Weekday(2, 3)}))),
    (" FREQ=MONTHLY;BYDAY=-1FR\r\n", Rule("MONTHLY", weekdays=frozenset({Weekday(4, -1)}))),
    (
        "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1",
        Rule("MONTHLY", weekdays=frozenset({Weekday(0), Weekday(1)}), positions=(-1,)),
    ),
    ("FREQ=DAILY;COUNT=10;WKST=SU", Rule("DAILY", count=10, week_start=6)),
    ("FREQ=MONTHLY;BYMONTHDAY=-1,15,+1", Rule("MONTHLY", month_days=(-1, 1, 15))),
    ("FREQ=YEARLY;BYMONTH=9,3", Rule("YEARLY", months=(3, 9))),
    ("FREQ=DAILY;UNTIL=20261231", Rule("DAILY", until=at("2026-12-31T23:59:59"))),
    ("FREQ=DAILY;UNTIL=20261231T190000", Rule("DAILY", until=at("2026-12-31T19:00"))),
    (
        "FREQ=DAILY;UNTIL=20261231T190000Z",
        Rule("DAILY", until=datetime(2026, 12, 31, 19, tzinfo=UTC)),
    ),
]


@pytest.mark.parametrize(("text", "rule"), READ)
def test_a_rule_is_read(text: str, rule: Rule) -> None:
    assert parse_rrule(text) == rule


REFUSED = {
    "rrule_too_long": ["FREQ=WEEKLY;BYDAY=" + ",".join(["TU"] * 200), "x" * 1_000_000],
    "not_one_rrule": [
        "FREQ=DAILY\nFREQ=WEEKLY",
        "RRULE:FREQ=DAILY RRULE:FREQ=WEEKLY",
        "DTSTART:20261124T190000\nRRULE:FREQ=WEEKLY",
        "DTSTART;TZID=Europe/London:20261124T190000",
        "FREQ=WEEKLY\r\nEXDATE:20261124T190000",
        "EXRULE:FREQ=WEEKLY",
        "FREQ=WEEKLY; BYDAY=TU",
    ],
    "unsupported_rrule_frequency": ["FREQ=SECONDLY", "FREQ=MINUTELY;COUNT=1", "FREQ=HOURLY"],
    "unsupported_rrule_part": [
        "FREQ=DAILY;BYHOUR=1,2",
        "FREQ=DAILY;BYMINUTE=1",
        "FREQ=DAILY;BYSECOND=1",
        "FREQ=YEARLY;BYYEARDAY=100",
        "FREQ=YEARLY;BYWEEKNO=20",
        "FREQ=YEARLY;BYEASTER=0",
        "FREQ=DAILY;RSCALE=CHINESE",
        "FREQ=DAILY;DTSTART=20261124",
        "FREQ=DAILY;X-A=1",
    ],
    "rrule_number_too_large": [
        "FREQ=DAILY;INTERVAL=1001",
        "FREQ=DAILY;COUNT=5001",
        "FREQ=DAILY;COUNT=1000000000",
        "FREQ=DAILY;INTERVAL=" + "9" * 400,
    ],
    "invalid_rrule": [
        "",
        "   ",
        "FREQ",
        "FREQ=",
        "=DAILY",
        "FREQ=DAILY;",
        "FREQ=DAILY;;COUNT=1",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=FORTNIGHTLY",
        "FREQ=DAILY=WEEKLY",
        "BYDAY=TU",
        "INTERVAL=1",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=1.5",
        "FREQ=DAILY;INTERVAL=٣",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=ten",
        "FREQ=DAILY;COUNT=2;UNTIL=20261231",
        "FREQ=DAILY;UNTIL=2026-12-31",
        "FREQ=DAILY;UNTIL=20261331",
        "FREQ=DAILY;UNTIL=20261231T190000+0100",
        "FREQ=DAILY;UNTIL=20261231T250000Z",
        "FREQ=DAILY;UNTIL=TOMORROW",
        "FREQ=DAILY;WKST=XX",
        "FREQ=DAILY;WKST=1MO",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=TU,",
        "FREQ=WEEKLY;BYDAY=TU(+1)",
        "FREQ=WEEKLY;BYDAY=3TU",
        "FREQ=DAILY;BYDAY=1MO",
        "FREQ=MONTHLY;BYDAY=0MO",
        "FREQ=YEARLY;BYDAY=54MO",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=-32",
        "FREQ=MONTHLY;BYMONTHDAY=1,,2",
        "FREQ=YEARLY;BYMONTH=0",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=YEARLY;BYMONTH=-1",
        "FREQ=MONTHLY;BYSETPOS=1",
        "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=0",
        "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=367",
    ],
}


@pytest.mark.parametrize(
    ("code", "text"), [(code, text) for code, texts in REFUSED.items() for text in texts]
)
def test_a_rule_is_refused_with_its_code(code: str, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_rrule(text)
    assert (refused.value.code, refused.value.pointer) == (code, "/rrule")
    assert len(refused.value.detail) < 200


@given(st.text(max_size=60) | st.text("FREQ=DAILYWEKM;BYTUSP,0123-:", max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    with suppress(Invalid):
        assert isinstance(parse_rrule(text), Rule)


# The examples of RFC 5545, section 3.8.5.3, with the dates that it lists.
RFC_5545 = [
    ("FREQ=DAILY;COUNT=10", "19970902", "0902 0903 0904 0905 0906 0907 0908 0909 0910 0911"),
    ("FREQ=WEEKLY;COUNT=4", "19970902", "0902 0909 0916 0923"),
    (
        "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        "19970902",
        "0902 0904 0916 0918 0930 1002 1014 1016",
    ),
    ("FREQ=MONTHLY;COUNT=5;BYDAY=1FR", "19970905", "0905 1003 1107 1205 0102"),
    (
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "19970907",
        "0907 0928 1102 1130 0104 0125 0301 0329 0503 0531",
    ),
    ("FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "19970922", "0922 1020 1117 1222 0119 0216"),
    ("FREQ=MONTHLY;BYMONTHDAY=-3", "19970928", "0928 1029 1128 1229 0129 0226"),
    (
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "19970930",
        "0930 1001 1031 1101 1130 1201 1231 0101 0131 0201",
    ),
    (
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "19970910",
        "0910 0911 0912 0913 0914 0915 0310 0311 0312 0313",
    ),
    ("FREQ=YEARLY;COUNT=4;BYMONTH=6,7", "19970610", "0610 0710 0610 0710"),
    ("FREQ=YEARLY;BYDAY=20MO", "19970519", "0519 0518 0517"),
    ("FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "19970313", "0313 0320 0327 0305 0312 0319 0326 0304"),
    ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "19970902", "0213 0313 1113 0813 1013"),
    ("FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "19970913", "0913 1011 1108 1213"),
    (
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "19961105",
        "1105 1107 1102",
    ),
    ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "19970904", "0904 1007 1106"),
    (
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "19970929",
        "0929 1030 1127 1230 0129 0226 0330",
    ),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "19970805", "0805 0810 0819 0824"),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "19970805", "0805 0817 0819 0831"),
    ("FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "20070115", "0115 0130 0215 0315 0330"),
    # Not in the standard: what people of a group ask for.
    ("FREQ=MONTHLY;BYDAY=3WE", "20261124", "1216 0120 0217 0317"),
    ("FREQ=MONTHLY;BYDAY=-1MO,-1TU,-1WE,-1TH,-1FR;BYSETPOS=-1", "20261124", "1130 1231 0129"),
    ("FREQ=YEARLY", "20240229", "0229 0229"),
    ("FREQ=MONTHLY", "20270131", "0131 0331 0531"),
    # Plain and counted days are joined: every Monday, and the first Thursday.
    ("FREQ=MONTHLY;BYDAY=MO,1TH", "20261201", "1203 1207 1214 1221 1228 0104 0107"),
    # The set of a week holds the days before the start, so that its first day is none of ours.
    ("FREQ=WEEKLY;BYDAY=MO,WE;BYSETPOS=1", "20261125", "1130 1207"),
]


@pytest.mark.parametrize(("text", "start", "expected"), RFC_5545)
def test_the_dates_of_a_rule(text: str, start: str, expected: str) -> None:
    begin = date.fromisoformat(start)
    found = _dates(text, begin, begin, begin + timedelta(days=3000))
    wanted = expected.split()
    assert [f"{day:%m%d}" for day in found[: len(wanted)]] == wanted
    if "COUNT" in text:
        assert len(found) == len(wanted)


def _dates(text: str, start: date, first: date, last: date) -> list[date]:
    return list(rule_dates(parse_rrule(text), start, first, last))


WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 5))}"]
    days = st.sampled_from(WEEKDAYS)
    if frequency in {"MONTHLY", "YEARLY"} and draw(st.booleans()):
        days = st.builds("{}{}".format, st.sampled_from([1, 2, 3, 4, 5, -1, -2]), days)
    choices = {
        "BYDAY": st.lists(days, min_size=1, max_size=4),
        "BYMONTH": st.lists(st.integers(1, 12), min_size=1, max_size=6),
        "BYMONTHDAY": st.lists(
            st.integers(-31, 31).filter(bool),
            min_size=1,
            max_size=12,
        ),
        "BYSETPOS": st.lists(st.sampled_from([1, 2, 3, -1, -2]), min_size=1, max_size=2),
    }
    if frequency == "WEEKLY":
        # dateutil cuts the first week at the start before it picks; the table has that case.
        del choices["BYMONTHDAY"], choices["BYSETPOS"]
    chosen = draw(st.sets(st.sampled_from(sorted(choices))))
    assume("BYSETPOS" not in chosen or len(chosen) > 1)
    parts += [f"{name}={','.join(map(str, draw(choices[name])))}" for name in sorted(chosen)]
    parts += draw(st.sampled_from([[], ["WKST=SU"], ["WKST=WE"]]))
    parts += draw(st.sampled_from([[], ["COUNT=7"]]))
    return ";".join(parts)


@given(
    text=rules(),
    start=st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    ahead=st.integers(0, 2000),
    length=st.integers(0, 800),
)
@settings(max_examples=200, deadline=None)
def test_the_dates_are_those_that_dateutil_finds(
    text: str, start: date, ahead: int, length: int
) -> None:
    first = start + timedelta(days=ahead)
    last = first + timedelta(days=length)
    # dateutil searches to the year 9999 for what never matches.
    endless = text.removesuffix(";COUNT=7")
    later = rule_dates(parse_rrule(endless), start, last + timedelta(days=1), date(2100, 1, 1))
    assume(next(later, None))

    rule = rrulestr(text, dtstart=datetime.fromisoformat(start.isoformat()))
    theirs = [day.date() for day in takewhile(lambda day: day.date() <= last, rule)]

    assert _dates(text, start, first, last) == [day for day in theirs if day >= first]


NEVER = [
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5000",
    "FREQ=MONTHLY;BYDAY=6MO",
    "FREQ=MONTHLY;BYDAY=" + ",".join(f"{n}{day}" for n in range(6, 16) for day in WEEKDAYS),
    "FREQ=YEARLY;BYDAY=MO;BYSETPOS=300",
    "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=3",
]


@pytest.mark.parametrize("text", NEVER)
@pytest.mark.parametrize("interval", [1, 2, 1000])
def test_a_rule_that_never_matches_looks_at_each_day_once_at_most(
    text: str, interval: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = _count_days(monkeypatch)
    rule = replace(parse_rrule(text), interval=interval)
    start = date(2026, 11, 24)

    assert list(rule_dates(rule, start, start, start + timedelta(days=1000))) == []

    assert len(looked_at) == len(set(looked_at)) <= 1000 + 2 * 366


@pytest.mark.parametrize("frequency", ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
def test_a_rule_without_count_does_not_walk_from_its_start(
    frequency: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = _count_days(monkeypatch)
    first = date(2090, 6, 1)

    assert _dates(f"FREQ={frequency}", date(1970, 6, 1), first, first + timedelta(days=30))

    assert len(looked_at) <= 366


def test_a_spent_count_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = _count_days(monkeypatch)
    start = date(2026, 11, 24)
    assert len(_dates("FREQ=DAILY;COUNT=3", start, start, date(2190, 1, 1))) == 3
    assert len(looked_at) == 3


def _count_days(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    looked_at: list[date] = []
    matches = rrule_dates._matches

    def counting(rule: Rule, day: date) -> bool:
        looked_at.append(day)
        return matches(rule, day)

    monkeypatch.setattr(rrule_dates, "_matches", counting)
    return looked_at
