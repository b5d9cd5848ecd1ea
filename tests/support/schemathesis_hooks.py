"""What the calls of Schemathesis carry, and what another tenant is told who makes the same calls.

The command-line tool reads it as a module of hooks. A call carries an actor who is known, an
`Idempotency-Key` of its own, and an `If-Match` that is right, stale or missing. The names of those
who call are those of `tests.support.schemathesis_run`.
"""

import json
import os
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

import requests
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import UseAfterFree

from app.api.schemas.examples import sample_text
from tests.support.operations import ID

OWNER = "owner"
OTHER_KEY = "HOTSEAT_TESTS_OTHER_KEY"
"""The variable with the key of the tenant who has made nothing that is there at the start."""
CROSSINGS = "crossings.json"
"""The file with the number of calls on another tenant's ids, by operation."""
OWN_KEY_ID = "HOTSEAT_TESTS_OWN_KEY_ID"
"""The variable with the id of the owner's key: who revokes it is told nothing more."""
ORGANIZER = sample_text("person", 1)
TAGS = (None, "*", '"1"', None, "*", '"4711"')
CATALOGUE = "GET /v1/event_types"
"""It is the same for all, with the ids of the sample in its examples."""
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
OURS = {"Hotseat-Actor", "Idempotency-Key", "If-Match"}
"""Headers that fuzzing would only spoil."""
calls = count()
actors: list[str | None] = [None, ORGANIZER]


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Headers of ours on what is meant to be right; what is meant to be wrong stays wrong."""
    if (case.path_parameters or {}).get("key_id") == os.environ[OWN_KEY_ID]:
        case.path_parameters = {**case.path_parameters, "key_id": sample_text("api_key")}
    if case.meta is not None and not case.meta.generation.mode.is_positive:
        return
    turn = next(calls)
    headers = {name: value for name, value in (case.headers or {}).items() if name not in OURS}
    sent = {
        "Hotseat-Actor": actors[turn % len(actors)] if case.auth_identity == OWNER else None,
        "Idempotency-Key": f"schemathesis-{turn}" if case.method == "POST" else None,
        "If-Match": TAGS[turn % len(TAGS)] if case.method in WRITES else None,
    }
    case.headers = {**headers, **{name: value for name, value in sent.items() if value}}


@schemathesis.hook
def filter_failure(_context: Any, failure: Any, _case: Any, response: Any) -> bool:
    """Not a failure: a batch that is not atomic refuses each wrong item within its answer, and a
    deleted calendar target can be read until what it wrote is out of the calendar.
    """
    if isinstance(failure, AcceptedNegativeData):
        is_batch = response.request.url.partition("?")[0].endswith("/batch")
        return not (is_batch and response.json()["refused"])
    if isinstance(failure, UseAfterFree):
        return bool(response.json().get("state") != "removing")
    return True


@schemathesis.check
class AnotherTenant:
    """Whatever the owner of the data was granted, another tenant asks for to the letter.

    An id in the path is absent for them, in reads and in writes; elsewhere their answer shows none
    of the owner's ids. Each address is tried once by each method.
    """

    def __init__(self) -> None:
        self._session = requests.Session()
        self._tried: set[tuple[str, str]] = set()
        self._refused: Counter[str] = Counter()

    def after_response(self, _context: Any, response: Any, case: Any) -> None:
        """Ask again with the other's key."""
        if response.status_code == requests.codes.forbidden and "bad_actor" in response.text:
            # Deleted in the meantime: from now on all calls are the app's own.
            actors[:] = [None]
        address = (case.method, response.request.url.partition("?")[0])
        if case.auth_identity != OWNER or response.status_code >= 300 or address in self._tried:
            return
        if case.method == "OPTIONS":  # it tells of methods, to anybody
            return
        self._tried.add(address)
        request = response.request.copy()
        request.headers["Authorization"] = f"Bearer {os.environ[OTHER_KEY]}"
        request.headers.pop("Hotseat-Actor", None)
        answer = self._session.send(request, timeout=120)
        if ID.search(address[1]):
            assert _is_absent(answer), f"{address}: {answer.status_code} {answer.text[:500]}"
            self._refused[case.operation.label] += 1
        elif answer.ok and case.operation.label != CATALOGUE:
            shown = _ids(answer.text) & _ids(response.text)
            assert not shown, f"{address} shows {sorted(shown)}"

    def after_run(self, _context: Any) -> None:
        """Keep the counts."""
        Path(CROSSINGS).write_text(json.dumps(self._refused))


def _is_absent(answer: requests.Response) -> bool:
    return answer.status_code == requests.codes.not_found and answer.json()["code"] == "not_found"


def _ids(text: str) -> set[str]:
    return {match.group() for match in ID.finditer(text)}
