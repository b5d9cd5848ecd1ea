"""What the document says can come next does: each link is followed, in the sample workspace."""

import re
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.contract.test_examples import Sample, client, made  # noqa: F401 - fixtures
from tests.support.declared import doc, resolved
from tests.support.operations import Call, calls

BY_NAME = {call.name: call for call in calls()}
LAST = re.compile("^(delete|remove|revoke|erase|close|end|cancel)_")
"""What follows these would find nothing any more, or nothing that can be changed."""


NEED_NOT_BE = {"get_cadence"}
"""Of a group that has not said yet when it meets."""


@dataclass(frozen=True)
class Source:
    """An operation whose answer leads further, with its links by the name of what follows."""

    name: str
    status: str
    links: dict[str, dict[str, str]]

    def in_order(self) -> list[Call]:
        """What makes a part of the resource, reads, everything else, and what ends it."""
        return sorted((BY_NAME[name] for name in self.links), key=_rank)


def _rank(call: Call) -> int:
    if LAST.match(call.name):
        return 3
    return {"PUT": 0, "GET": 1}.get(call.method, 2)


def sources() -> list[Source]:
    return [
        Source(
            operation["operationId"],
            status,
            {link["operationId"]: link["parameters"] for link in response["links"].values()},
        )
        for item in doc()["paths"].values()
        for operation in item.values()
        for status, response in operation["responses"].items()
        if "links" in resolved(response)
    ]


SOURCES = sources()


def value_of(expression: str, sent: Call, body: Any) -> str:
    """A runtime expression of OpenAPI: of the path that was called, or of the answer."""
    if expression.startswith("$request.path."):
        return sent.ids[expression.removeprefix("$request.path.")]
    found = body
    for step in expression.removeprefix("$response.body#/").split("/"):
        found = found[int(step)] if isinstance(found, list) else found[step]
    return str(found)


@pytest.mark.parametrize(
    "source",
    [each for each in SOURCES if each.status != "201" or "put_" not in each.name],
    ids=lambda source: source.name,
)
async def test_each_link_leads_to_what_is_there(
    client: httpx.AsyncClient,  # noqa: F811 - the fixture
    source: Source,
) -> None:
    sent = BY_NAME[source.name]
    answer = await sent.send(client)
    assert answer.is_success, answer.text
    body = answer.json()
    if body.get("data") == []:
        pytest.fail("the sample has nothing to list")
    for target in source.in_order():
        links = source.links[target.name]
        ids = {name: value_of(each, sent, body) for name, each in links.items()}
        following = await client.request(target.method, target.path.format(**ids), json=target.body)
        if target.is_read and target.name not in NEED_NOT_BE:
            assert following.is_success, (target.name, following.text)
        if target.name not in NEED_NOT_BE:
            # Not everything can be done to what is new; but it is there.
            assert following.status_code not in {404, 405}, (target.name, following.text)
        if LAST.match(target.name) and following.is_success:
            break


def test_every_creation_leads_somewhere() -> None:
    creations = {
        operation["operationId"]
        for item in doc()["paths"].values()
        for operation in item.values()
        if "201" in operation["responses"]
    }
    # A format has no id but its name, which the caller chose. A rotated key has been led to.
    lead_nowhere = creations - {source.name for source in SOURCES}
    assert lead_nowhere <= {"rotate_api_key", "put_group_format"}
    groups = next(each for each in SOURCES if each.name == "create_group")
    assert {"create_membership", "put_cadence", "activate_group"} <= set(groups.links)
