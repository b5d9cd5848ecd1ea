"""Every operation of the API, as its document shows it: calls that work in the sample workspace."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import httpx

from app.api.schemas.examples import sample_text
from app.cli.document import document
from app.domain import ids

NOUNS = {prefix: noun for noun, prefix in ids.PREFIXES.items()}
ID = re.compile(rf"\b({'|'.join(NOUNS)})_[0-7][0-9a-hjkmnp-tv-z]{{25}}")
LONGEST_PAGE = 100


@dataclass(frozen=True)
class Call:
    """One request. `filters` are the query parameters that take an id, with the nouns of those."""

    name: str
    method: str
    path: str
    ids: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    filters: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    operation: dict[str, Any] = field(default_factory=dict)

    @property
    def is_read(self) -> bool:
        return self.method == "GET"

    @property
    def scope(self) -> str:
        return str(self.operation["x-required-scope"])

    @property
    def url(self) -> str:
        return self.path.format(**self.ids)

    def takes(self, parameter: str) -> bool:
        """Whether it has one of the parameters that many operations share, such as `IfMatch`."""
        reference = {"$ref": f"#/components/parameters/{parameter}"}
        return reference in self.operation["parameters"]

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """The schemas of its query parameters."""
        return {
            each["name"]: each["schema"]
            for each in self.operation["parameters"]
            if each.get("in") == "query"
        }

    @property
    def schema(self) -> dict[str, Any] | None:
        """Of its body, if it takes one."""
        content = self.operation.get("requestBody", {}).get("content", {})
        schema: dict[str, Any] | None = content.get("application/json", {}).get("schema")
        return schema

    @property
    def answer_schema(self) -> dict[str, Any]:
        """Of what it answers when all is well."""
        answers = self.operation["responses"].items()
        shown = next(each for status, each in answers if status.startswith("2"))
        schema: dict[str, Any] = (
            shown.get("content", {}).get("application/json", {}).get("schema", {})
        )
        return schema

    def filtered(self) -> "Iterator[Call]":
        """The call as it is, and with each filter alone, by what the sample has."""
        yield self
        for name, noun in self.filters.items():
            query = {**self.query, name: sample_text(noun)}
            yield replace(self, name=f"{self.name}[{name}]", query=query)

    async def send(self, client: httpx.AsyncClient) -> httpx.Response:
        """Ask it. `raw` is sent instead of the body, as it stands."""
        sent: Any = {"json": self.body} if self.raw is None else {"content": self.raw}
        return await client.request(
            self.method, self.url, params=self.query, headers=self.headers, **sent
        )


def calls() -> list[Call]:
    """One call of each operation, with the longest page of a list."""
    return [
        _call(path, method, operation)
        for path, item in document()["paths"].items()
        for method, operation in item.items()
    ]


def _call(path: str, method: str, operation: dict[str, Any]) -> Call:
    parameters = [each for each in operation["parameters"] if "name" in each]
    in_query = {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}
    content = operation.get("requestBody", {}).get("content", {})
    return Call(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        ids={each["name"]: str(each["example"]) for each in parameters if each["in"] == "path"},
        query={"limit": str(LONGEST_PAGE)} if "limit" in in_query else {},
        body=content.get("application/json", {}).get("example"),
        filters={name: noun for name, schema in in_query.items() if (noun := _noun(schema))},
        operation=operation,
    )


def _noun(schema: dict[str, Any]) -> str | None:
    """The noun whose id a parameter takes."""
    for variant in schema.get("anyOf", [schema]):
        prefix = variant.get("pattern", "").removeprefix("^").partition("_")[0]
        if prefix in NOUNS:
            return NOUNS[prefix]
    return None


def noun_of(text: str) -> str | None:
    """The noun of an id; None for what is no id."""
    match = ID.fullmatch(text)
    return NOUNS[match[1]] if match else None


Put = Callable[[str], Any]


def places(value: Any) -> Iterator[tuple[str, Put]]:
    """Each id within a body: its noun, and what makes the body with another id in its place."""
    if isinstance(value, str):
        noun = noun_of(value)
        if noun is not None:
            yield noun, lambda other: other
        return
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        items = value.items()
    if isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        for noun, put in places(item):
            yield noun, partial(_put, value, key, put)


def _put(value: Any, key: Any, put: Put, other: str) -> Any:
    copy = value.copy()
    copy[key] = put(other)
    return copy
