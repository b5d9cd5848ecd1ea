"""Every good answer in JSON has an example in the document: one that was given, and no secret."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from app.api.openapi.operations import ANSWERS
from tests.support.declared import doc

SECRET = re.compile(r"hs_live_\w|/calendars/[\w-]")
LONGEST = 2


def answers() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The content of each answer in JSON, by operation and status."""
    for item in doc()["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {}).get("application/json")
                if status.startswith("2") and content is not None:
                    yield operation["operationId"], status, content


def lists(value: Any) -> Iterator[list[Any]]:
    if isinstance(value, list):
        yield value
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            yield from lists(each)


ALL = list(answers())


def test_every_answer_has_an_example_and_none_is_left_over() -> None:
    assert [(name, status) for name, status, content in ALL if "example" not in content] == []
    shown = {(name, status) for name, by_status in ANSWERS.items() for status in by_status}
    assert shown == {(name, status) for name, status, _ in ALL}


@pytest.mark.parametrize("case", ALL, ids=lambda case: "-".join(case[:2]))
def test_the_example_is_what_its_schema_says(case: tuple[str, str, dict[str, Any]]) -> None:
    content = case[2]
    judge = jsonschema.Draft202012Validator(
        {**content["schema"], "components": doc()["components"]},
        format_checker=jsonschema.FormatChecker(),
    )
    assert [error.message for error in judge.iter_errors(content["example"])] == []


def test_examples_are_short_and_tell_no_secret() -> None:
    text = json.dumps(ANSWERS, ensure_ascii=False)
    assert not SECRET.search(text)
    secrets = re.findall(r"whsec_[^\"]+", text)
    assert secrets
    assert set(secrets) == {
        doc()["components"]["schemas"]["WebhookEndpointWithSecret"]["properties"]["secret"][
            "examples"
        ][0]
    }
    assert all(len(each) <= LONGEST for each in lists(ANSWERS))
