"""The table behind all enumerations: no route is left out, and what is excepted has a reason."""

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.api.methods import CONVERTER
from tests.contract.test_enumeration_methods import BESIDE, beside
from tests.support.operations import Call, calls

CALLS = calls()


def test_every_route_is_in_the_table(app: FastAPI) -> None:
    """A route of the API by itself; one beside it has to be written down."""
    routes = list(iter_route_contexts(app.routes))
    of_the_api = {
        (method, CONVERTER.sub("}", str(route.path)))
        for route in routes
        if route.include_in_schema
        for method in route.methods or ()
    }
    assert of_the_api == {(call.method, call.path) for call in CALLS}
    assert set(beside(app)) == set(BESIDE)


def test_every_operation_can_be_called_as_it_stands() -> None:
    """So that each refusal speaks of the one fault that was put in."""
    incomplete = [call.name for call in CALLS if not is_complete(call)]
    assert incomplete == []


def is_complete(call: Call) -> bool:
    """Whether it has an example for each part of its path and for its body."""
    has_body = call.schema is None or call.body is not None
    return has_body and "{" not in call.url and "None" not in call.ids.values()


def test_what_is_incomplete_is_found() -> None:
    call = next(call for call in CALLS if call.schema is not None)
    assert is_complete(call)
    assert not is_complete(Call(call.name, "POST", "/v1/x", operation=call.operation))
