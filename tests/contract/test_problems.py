"""The problems that operations declare are those that they can give, each with an example."""

import pytest

from app.api.openapi.problem_examples import EXAMPLES
from app.api.openapi.problems import CODES, FURTHER_STATUSES
from tests.support.declared import declared, doc, resolved
from tests.support.refusals import Reading, table

PROBLEM = "application/problem+json"


def test_the_codes_of_rules_are_those_that_the_code_can_raise() -> None:
    """Refresh with `make openapi`."""
    assert table() == CODES


def test_every_example_belongs_to_an_operation() -> None:
    used = {code for found in declared().values() for _, code in found}
    assert set(EXAMPLES) == used


@pytest.mark.parametrize("name", sorted(declared()))
def test_each_response_shows_each_of_its_codes(name: str) -> None:
    for status, code in declared()[name]:
        assert status in {EXAMPLES[code].status, *FURTHER_STATUSES.get(code, ())}
    assert {"unauthenticated", "missing_scope", "database_busy"} <= {
        code for _, code in declared()[name]
    }


def test_examples_are_whole_problems() -> None:
    schema = doc()["components"]["schemas"]["Problem"]
    for code, shown in doc()["components"]["examples"].items():
        body = shown["value"]
        assert set(schema["required"]) <= set(body)
        assert (body["code"], body["type"]) == (code, f"urn:hotseat:problem:{code}")
        assert body["detail"]
    refused = doc()["paths"]["/v1/people/batch"]["post"]["responses"]["409"]
    assert (
        resolved(refused)["content"][PROBLEM]["examples"]["batch_refused"]["value"]["status"] == 409
    )


def test_the_reading_finds_what_a_route_can_raise() -> None:
    """By a helper with a code given, by its default, by a method, by a class."""
    found = Reading().codes("app.api.routes.cadences.put_cadence")
    assert {"rrule_too_long", "invalid_rrule", "stale_version", "unknown_time_zone"} <= found
    assert "too_few_members" not in found
