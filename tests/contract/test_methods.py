"""HEAD, OPTIONS and 405, for every path of the document."""

from typing import Any

import httpx
import pytest

from app.cli.document import document
from tests.contract.conftest import Stage
from tests.support.operations import Call, calls

PATHS: dict[str, dict[str, Any]] = document()["paths"]
CALLS = calls()
READS = [call for call in CALLS if call.is_read and not call.path.endswith("/stream")]
A_METHOD_OF_NOBODY = "PROPFIND"


def filled(path: str) -> str:
    """The path with ids that may be absent: a method is refused before anything is looked up."""
    return next(call.path.format(**call.ids) for call in CALLS if call.path == path)


@pytest.mark.parametrize("path", list(PATHS))
async def test_allow_lists_every_method_of_a_path(stage: Stage, path: str) -> None:
    known = {method.upper() for method in PATHS[path]} | {"OPTIONS"}
    known |= {"HEAD"} if "GET" in known else set()
    anonymous = {"Authorization": ""}

    options = await stage.client.options(filled(path), headers=anonymous)
    assert (options.status_code, options.content) == (204, b"")
    assert set(options.headers["Allow"].split(", ")) == known

    refused = await stage.client.request(A_METHOD_OF_NOBODY, filled(path), headers=anonymous)
    assert refused.status_code == 405
    assert refused.json()["code"] == "method_not_allowed"
    assert set(refused.headers["Allow"].split(", ")) == known


@pytest.mark.parametrize("call", READS, ids=lambda call: call.name)
async def test_head_answers_as_get_does_without_a_body(stage: Stage, call: Call) -> None:
    path = call.path.format(**call.ids)
    get = await stage.client.get(path, params=call.query)
    head = await stage.client.head(path, params=call.query)
    assert (head.status_code, head.content) == (get.status_code, b"")
    own = {"x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in own} == {
        k: v for k, v in get.headers.items() if k not in own
    }


@pytest.mark.parametrize("path", list(PATHS))
async def test_a_trailing_slash_is_another_path(stage: Stage, path: str) -> None:
    answer = await stage.client.options(filled(path) + "/")
    assert answer.status_code in {404, 405}, "and no redirect"
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_what_is_not_in_the_document_refuses_too(stage: Stage) -> None:
    refused: httpx.Response = await stage.client.post("/livez")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET")
    assert (await stage.client.options("/v1/nowhere")).status_code == 404
