"""What is proved of every operation: refusals that are asked for, compared and counted."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.support.operations import Call

PROPERTY = "enumerated"
PROBLEM_KEYS = {"type", "title", "status", "code", "detail", "request_id", "errors"}


@dataclass(frozen=True)
class Refusal:
    """How a request must be refused; `pointers` are where, or what that lies within."""

    status: int
    code: str
    pointers: Sequence[str] = ()


Case = tuple[Call, Refusal]
Cases = Callable[[Call], Iterator[Case]]


@dataclass
class Tally:
    """What was checked for one behaviour, and what was not as it should be."""

    behaviour: str
    operations: set[str] = field(default_factory=set)
    checks: int = 0
    failures: list[str] = field(default_factory=list)

    def check(self, call: Call, found: object, expected: object, note: object = "") -> None:
        """One check of one operation."""
        self.operations.add(call.name)
        self.checks += 1
        if found != expected:
            self.failures.append(f"{call.name} {note}: {found!r} instead of {expected!r}")

    def refused(self, call: Call, answer: httpx.Response, refusal: Refusal) -> None:
        """A request must have been refused like this, in the form of all refusals."""
        self.check(call, faults_of(call, answer, refusal), [], note_of(call))
        self.checks += max(0, len(refusal.pointers) - 1)


@dataclass(frozen=True)
class Behaviour:
    """Requests that every operation refuses alike; `of` says which operations have the matter."""

    name: str
    cases: Cases
    of: Callable[[Call], bool] = lambda _: True


async def enumerate_all(
    client: httpx.AsyncClient, behaviour: Behaviour, calls: Iterable[Call]
) -> Tally:
    """Ask every operation all that a behaviour has for it."""
    tally = Tally(behaviour.name)
    for call in filter(behaviour.of, calls):
        asked = tally.checks
        for variant, refusal in behaviour.cases(call):
            tally.refused(variant, await variant.send(client), refusal)
        if tally.checks == asked:
            tally.failures.append(f"{call.name}: nothing was asked")
    return tally


def count(record: Callable[[str, object], None], behaviour: str, call: Call) -> None:
    """Keep one check for the summary, of a test that fails by itself."""
    record(PROPERTY, (behaviour, [call.name], 1))


def settle(tally: Tally, record: Callable[[str, object], None]) -> None:
    """Keep the counts for the summary; fail if anything was not as it should be."""
    record(PROPERTY, (tally.behaviour, sorted(tally.operations), tally.checks))
    assert tally.checks > 0
    assert tally.failures == [], "\n".join(tally.failures)


def faults_of(call: Call, answer: httpx.Response, refusal: Refusal) -> list[str]:
    """What is wrong with a refusal."""
    if answer.status_code != refusal.status:
        return [f"{answer.status_code} {answer.text[:200]}, not {refusal.status} {refusal.code}"]
    body: dict[str, Any] = answer.json()
    facts = [
        (answer.headers["content-type"] == "application/problem+json", "no problem+json"),
        (set(body) - {"facts"} == PROBLEM_KEYS, f"keys {sorted(body)}"),
        (body["code"] == refusal.code, f"code {body['code']}, not {refusal.code}"),
        (body["status"] == refusal.status, "another status within"),
        (body["type"] == f"urn:hotseat:problem:{body['code']}", "another type"),
        (body["request_id"] == answer.headers["x-request-id"], "another request_id"),
        (str(refusal.status) in call.operation["responses"], "status not in the document"),
        (not _unnamed(refusal, body), f"{body['errors']} without {_unnamed(refusal, body)}"),
    ]
    return [fault for is_fine, fault in facts if not is_fine]


def _unnamed(refusal: Refusal, body: dict[str, Any]) -> list[str]:
    """The places of faults that a refusal does not tell of."""
    told = [f"{each['pointer']}/" for each in body["errors"]]
    return [
        pointer
        for pointer in refusal.pointers
        if not any(each.startswith(f"{pointer}/") for each in told)
    ]


def note_of(call: Call) -> str:
    """What a request had that others do not."""
    sent = call.raw[:60] if call.raw is not None else call.body
    return f"[{call.method} {call.url} {call.query} {str(sent)[:300]}]"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was enumerated in this run."""
    found: list[tuple[str, list[str], int]] = [
        value
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if name == PROPERTY
    ]
    if not found:
        return
    terminalreporter.section("enumerated")
    for behaviour in sorted({name for name, _, _ in found}):
        named = {each for name, names, _ in found if name == behaviour for each in names}
        checks = sum(each for name, _, each in found if name == behaviour)
        terminalreporter.line(f"{behaviour:<40} {len(named):>4} operations {checks:>7} checks")
    operations = {each for _, names, _ in found for each in names}
    behaviours = {name for name, _, _ in found}
    terminalreporter.line(
        f"{len(operations)} operations x {len(behaviours)} behaviours"
        f" = {sum(checks for _, _, checks in found)} checks"
    )
