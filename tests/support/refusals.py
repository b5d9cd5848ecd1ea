"""What each operation can refuse, read from the code: which `raise` its handler can reach.

A reading, not a run: whatever a function names it may call, and a method's name stands for every
method of that name in the domain and the services. So nothing is forgotten; what is found although
it can't happen is narrowed by `ONLY`, with the reason.
"""

import ast
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.routing import APIRoute

from app.api.openapi.problems import (
    ALWAYS,
    OF_CREATING_PUTS,
    OF_POSTS,
    OF_VERSIONS,
    OF_WRITES,
)
from app.api.routes import ALL_ROUTES
from app.cli.document import document

APP = Path(__file__).parents[2] / "app"
OF_KINDS = {*ALWAYS, *OF_WRITES, *OF_POSTS, *OF_VERSIONS, *OF_CREATING_PUTS} | {
    "not_found",
    "invalid_id",
    "version_not_checked",
}
"""Told of operations by their kind; what is no id is a fault among `validation_failed`'s."""
BATCHES = {
    "batch_people": {"batch_refused", "external_id_taken", "email_taken"},
    "batch_memberships": {"batch_refused", "external_id_taken", "already_member", "place_taken"}
    | {"group_closed"},
    "batch_commitments": {"batch_refused", "external_id_taken"},
}
"""What refuses an item stands in `errors` of `batch_refused`; the rest refuses the whole."""
_WITH_DURATION = {"create_meeting", "put_meeting", "reschedule_meeting", "put_cadence"}
_WITH_DURATION |= {"put_agenda_template"}
_OF_HISTORY = {"record_meeting", "correct_meeting"}
ONLY: dict[str, set[str]] = {
    # An agenda that is stored fits, and so does a duration that is stored.
    "no_template_fits": _WITH_DURATION,
    "too_many_hot_seats": set(),
    # Who is named as present and who had a hot seat comes from callers here alone.
    "seated_absent": _OF_HISTORY,
    "role_absent": set(),
    # The planner's checks of what the service itself gives it.
    "pinned_absent": set(),
    "pinned_twice": set(),
    "price_negative": set(),
    "seated_twice": set(),
    "seats_negative": set(),
    "spoke_twice": set(),
    "too_many_pinned": set(),
    "unknown_member": set(),
    "weight_not_positive": set(),
    # The service moves and carries promises by itself, and looks before it does.
    "already_carried": set(),
    "due_arrived": set(),
    "not_overdue": set(),
    # Closing resumes what is paused, and nothing else.
    "meeting_not_paused": {"resume_meeting"},
    # A promise of a batch of one is new.
    "commitment_fixed": {"put_commitment_by_external_id"},
    # `receive` of a body, which a stream does not read; `check` of a batch's items.
    "body_too_slow": set(),
    "external_id_taken": set(),
}
"""Codes that the reading finds too often, and where they can happen."""
NOWHERE = 99
ROOTS = ("DomainError", "RequestError")
UNSEEN = {"get", "add", "of", "items", "values", "keys", "update", "pop", "append"}
"""Methods of Python's own collections: their names say nothing about whose they are."""


@dataclass
class Place:
    """A function, method, class or constant: what it names, and what it refuses by itself."""

    names: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)


@dataclass
class Module:
    name: str
    tree: ast.Module
    imports: dict[str, str] = field(default_factory=dict)

    def resolve(self, node: ast.expr) -> str | None:
        """The full dotted name of what a name or an attribute of a module stands for."""
        if isinstance(node, ast.Name):
            return self.imports.get(node.id, f"{self.name}.{node.id}")
        if isinstance(node, ast.Attribute) and (owner := self.resolve(node.value)):
            return f"{owner}.{node.attr}"
        return None


@dataclass
class Helper:
    """Where a function's arguments have the code, and which it is if they have none."""

    position: int
    name: str
    default: str


class Reading:
    """All of `app`, read once."""

    def __init__(self) -> None:
        self.modules = {module.name: module for module in _modules()}
        self.errors = self._errors()
        self.helpers: dict[str, Helper] = {}
        self.helpers = self._helpers()
        self.places: dict[str, Place] = {}
        self.methods: dict[str, set[str]] = defaultdict(set)
        for module in self.modules.values():
            self._read(module)

    def codes(self, start: str) -> set[str]:
        """The codes that can be reached from a function of the app."""
        found: set[str] = set()
        seen: set[str] = set()
        ahead = [start]
        while ahead:
            name = ahead.pop()
            if name in seen or name not in self.places:
                continue
            seen.add(name)
            place = self.places[name]
            found |= place.codes
            ahead += place.names
            for method in place.methods:
                ahead += self.methods[method]
        return found

    def _errors(self) -> dict[str, str]:
        """By the name of each class of errors, the code that it has unless told otherwise."""
        found: dict[str, str] = {}
        classes = [
            (module, node)
            for module in self.modules.values()
            for node in module.tree.body
            if isinstance(node, ast.ClassDef)
        ]
        grown = True
        while grown:
            grown = False
            for module, node in classes:
                name = f"{module.name}.{node.name}"
                bases = [module.resolve(base) or "" for base in node.bases]
                parent = next((base for base in bases if base in found), None)
                if name in found or not (parent or node.name in ROOTS):
                    continue
                found[name] = _code_of(node) or found.get(parent or "", "")
                grown = True
        return found

    def _helpers(self) -> dict[str, "Helper"]:
        """Functions that make an error of a code that they are given."""
        found = {}
        for module in self.modules.values():
            for node in module.tree.body:
                if not isinstance(node, ast.FunctionDef):
                    continue
                given = [each.arg for each in (*node.args.args, *node.args.kwonlyargs)]
                for call in _calls(node):
                    code = self._code_argument(module, call)
                    if isinstance(code, ast.Name) and code.id in given:
                        found[f"{module.name}.{node.name}"] = Helper(
                            given.index(code.id), code.id, _default(node, code.id)
                        )
        return found

    def _code_argument(self, module: Module, call: ast.Call) -> ast.expr | None:
        """The code of the error that a call makes; None for a call that makes none."""
        callee = module.resolve(call.func) or ""
        helper = self.helpers.get(callee)
        if callee in self.errors:
            position = 1 if callee.endswith(".RequestError") else NOWHERE
            helper = Helper(position, "code", self.errors[callee])
        if helper is None:
            return None
        for keyword in call.keywords:
            if keyword.arg == helper.name:
                return keyword.value
        if len(call.args) > helper.position:
            return call.args[helper.position]
        return ast.Constant(helper.default)

    def _read(self, module: Module) -> None:
        for node in module.tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._place(module, node.name, node)
            elif isinstance(node, ast.ClassDef):
                self._class(module, node)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        self._place(module, target.id, node)

    def _class(self, module: Module, node: ast.ClassDef) -> None:
        name = f"{module.name}.{node.name}"
        if name in self.errors:
            self.places[name] = Place()
            return
        whole = self._place(module, node.name, node, deep=False)
        for part in node.body:
            if not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                self._note(module, whole, part)
                continue
            self._place(module, f"{node.name}.{part.name}", part)
            self.methods[part.name].add(f"{name}.{part.name}")
            if part.name.startswith("__") or part.decorator_list:
                whole.names.add(f"{name}.{part.name}")

    def _place(self, module: Module, name: str, node: ast.stmt, *, deep: bool = True) -> Place:
        place = self.places[f"{module.name}.{name}"] = Place()
        if deep:
            self._note(module, place, node)
        else:
            for base in getattr(node, "bases", []):
                self._note(module, place, base)
        return place

    def _note(self, module: Module, place: Place, root: ast.AST) -> None:
        for node in ast.walk(root):
            if isinstance(node, ast.Call):
                code = self._code_argument(module, node)
                if isinstance(code, ast.Constant) and code.value:
                    place.codes.add(code.value)
            if isinstance(node, ast.Name | ast.Attribute) and (name := module.resolve(node)):
                place.names.add(name)
            if isinstance(node, ast.Attribute) and node.attr not in UNSEEN:
                place.methods.add(node.attr)


def _modules() -> Iterator[Module]:
    for path in APP.rglob("*.py"):
        parts = path.relative_to(APP.parent).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        if ".cli" in name or ".worker" in name:
            continue
        module = Module(name, ast.parse(path.read_text()))
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    module.imports[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        yield module


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))


def _code_of(node: ast.ClassDef) -> str | None:
    """The code in the body of a class of errors."""
    for part in node.body:
        named = [getattr(each, "id", "") for each in getattr(part, "targets", ())]
        if named == ["code"] and isinstance(part, ast.Assign):
            return str(ast.literal_eval(part.value))
    return None


def _default(node: ast.FunctionDef, name: str) -> str:
    given = [each.arg for each in node.args.args]
    values = dict(zip(reversed(given), reversed(node.args.defaults), strict=False))
    value = values.get(name)
    return str(value.value) if isinstance(value, ast.Constant) else ""


@cache
def reading() -> Reading:
    return Reading()


@cache
def _document() -> dict[str, Any]:
    return document()


def codes_of(route: APIRoute, operation: Mapping[str, Any]) -> set[str]:
    """The codes that the rules of an operation can answer with, beside those of its kind."""
    if route.name in BATCHES:
        return BATCHES[route.name]
    endpoint = route.endpoint
    found = reading().codes(f"{endpoint.__module__}.{endpoint.__name__}")
    possible = {code for code in found if route.name in ONLY.get(code, {route.name})}
    return possible | set(_of_constraints(route, operation))


def _of_constraints(route: APIRoute, operation: Mapping[str, Any]) -> Iterator[str]:
    """What only the database can know, since another caller may be faster."""
    fields = _fields(operation)
    if "external_id" in fields:
        yield "external_id_taken"
    if "email" in fields and operation["tags"] == ["people"]:
        yield "email_taken"
    if route.name in {"create_calendar_target", "update_calendar_target"}:
        yield "calendar_taken"
    if route.name == "preview_group_rotation":
        yield from ("unknown_meeting", "unknown_membership")


def _fields(operation: Mapping[str, Any]) -> set[str]:
    """What the path of a write names, and its body."""
    named = {each["name"] for each in operation.get("parameters", ()) if each.get("in") == "path"}
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    reference = body.get("schema", {}).get("$ref", "").rpartition("/")[2]
    schema = _document()["components"]["schemas"].get(reference, {})
    return named | set(schema.get("properties", ()))


def table() -> dict[str, list[str]]:
    """The codes of every operation's own rules."""
    paths = _document()["paths"]
    found = {}
    for routes in ALL_ROUTES:
        for route in routes.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                (method,) = route.methods
                operation = paths["/v1" + route.path_format][method.lower()]
                found[route.name] = sorted(codes_of(route, operation) - OF_KINDS)
    return {name: found[name] for name in sorted(found)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(table(), indent=1) + "\n")
