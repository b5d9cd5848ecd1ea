"""The event catalogue: its examples fit its schemas, wherever they are shown."""

import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import jsonschema
import pytest

from app.adapters.webhooks.payload import body_of
from app.api.event_examples import example_data
from app.cli.document import document
from app.db.models import Group, Meeting
from app.domain.events import EVENT_TYPES
from app.domain.payloads import faults
from app.services.calendar_facts import with_calendar
from app.services.facts import meeting_facts
from tests.support.builders import made
from tests.support.catalogue import catalogue_text

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
MOST_BYTES = 20_000
NAMES = list(EVENT_TYPES)


@pytest.mark.parametrize("name", NAMES)
def test_the_facts_of_every_type_fit_its_schema_to_the_field(name: str) -> None:
    """`example_data` calls the functions that make events; one field more or less would fail."""
    kind = EVENT_TYPES[name]
    data = example_data(kind)
    assert faults(kind.fields, data) == []
    assert faults(kind.fields, {**data, "unknown": 1}) == ["unknown is not declared"]
    for field in data:
        rest = {key: value for key, value in data.items() if key != field}
        assert faults(kind.fields, rest) == [f"{field} is missing"]


async def test_the_catalogue_shows_schemas_that_its_examples_pass(
    client: httpx.AsyncClient,
) -> None:
    listed = made(await client.get("/v1/event_types"))["data"]
    assert [each["name"] for each in listed] == NAMES
    for each in listed:
        kind = EVENT_TYPES[each["name"]]
        assert (each["version"], each["calendar"], each["time_bound"]) == (
            kind.version,
            kind.calendar,
            kind.time_bound,
        )
        judge = jsonschema.Draft202012Validator(
            each["data_schema"], format_checker=jsonschema.FormatChecker()
        )
        judge.check_schema(each["data_schema"])
        judge.validate(each["example"])
        assert not judge.is_valid({**each["example"], "version": "one"})
        assert not judge.is_valid({**each["example"], "schema_version": None})


def test_the_document_shows_the_same_under_webhooks() -> None:
    whole = document()
    assert list(whole["webhooks"]) == NAMES
    for name, item in whole["webhooks"].items():
        content = item["post"]["requestBody"]["content"]["application/json"]
        schema: dict[str, Any] = {**content["schema"], "components": whole["components"]}
        judge = jsonschema.Draft202012Validator(schema)
        judge.validate(content["example"])
        assert content["example"]["data"] == example_data(EVENT_TYPES[name])
        assert not judge.is_valid({**content["example"], "type": "another.type"})
        assert not judge.is_valid({**content["example"], "data": {}})


@pytest.mark.parametrize("filling", ["\N{GRINNING FACE}", "\\", '"', "\x07", "é"])
def test_the_largest_meeting_in_any_zone_makes_less_than_20_kb(filling: str) -> None:
    """Every text as long as callers may make it, of what takes the most room."""
    begins = datetime(2026, 6, 4, 18, 30, tzinfo=UTC)
    number = UUID(int=7 << 76 | 2 << 62)
    group = Group(id=number, external_id=filling * 200, name=filling * 200, version=2**31)
    sizes = []
    for zone in sorted(zoneinfo.available_timezones() - {"localtime", "Factory"}):
        meeting = Meeting(
            id=number,
            external_id=filling * 200,
            state="scheduled",
            origin="cadence",
            starts_at=begins,
            ends_at=begins + timedelta(hours=24),
            local_start="2026-06-04T19:30:00",
            time_zone=zone,
            uid="u" * 200,
            sequence=2**31,
            created_at=begins,
            calendar_changed_at=begins,
            title=filling * 200,
            location=filling * 200,
            url="https://example.org/" + "a" * 1980,
            version=2**31,
        )
        facts = with_calendar(meeting_facts(meeting, group), meeting, group, "REQUEST")
        data = EVENT_TYPES["meeting.scheduled"].data(facts)
        sizes.append(len(body_of(type="meeting.scheduled", occurred_at=begins, data=data)))
    assert 2_000 < max(sizes) < MOST_BYTES


def test_the_page_has_the_catalogue() -> None:
    begin, end = "<!-- catalogue -->\n", "\n<!-- /catalogue -->"
    shown = PAGE.partition(begin)[2].partition(end)[0]
    assert shown == catalogue_text(), f"put this into docs/webhooks.md:\n{catalogue_text()}"
