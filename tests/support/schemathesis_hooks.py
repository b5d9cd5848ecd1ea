"""What the calls of Schemathesis carry: an actor who is known, an `Idempotency-Key` of their own,
and an `If-Match` that is right, stale or missing.

The command-line tool reads it as a module of hooks. The names of those who call are those of
`tests.support.schemathesis_run`.
"""

from itertools import count
from typing import Any

import schemathesis

from app.api.schemas.examples import sample_text

OWNER = "owner"
ACTORS = (None, sample_text("person"))
TAGS = (None, "*", '"1"', '"4711"')
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
calls = count()


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Headers of ours on what is meant to be right; what is meant to be wrong stays wrong."""
    if case.meta is not None and not case.meta.generation.mode.is_positive:
        return
    turn = next(calls)
    headers = {name: value for name, value in (case.headers or {}).items() if name not in OURS}
    sent = {
        "Hotseat-Actor": ACTORS[turn % len(ACTORS)] if case.auth_identity == OWNER else None,
        "Idempotency-Key": f"schemathesis-{turn}" if case.method == "POST" else None,
        "If-Match": TAGS[turn % len(TAGS)] if case.method in WRITES else None,
    }
    case.headers = {**headers, **{name: value for name, value in sent.items() if value}}


OURS = {"Hotseat-Actor", "Idempotency-Key", "If-Match"}
