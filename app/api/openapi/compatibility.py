"""What an integrator would trip over between two documents of the API.

Pure: two documents in, sentences out. A difference breaks a caller who was right before: something
is gone, an answer or an event shows less or other things, or a request is refused that was taken.
What is added to answers, and what may be left out of requests, breaks nobody who ignores what they
don't know.
"""

from collections.abc import Iterator

from app.api.openapi.schema_comparison import Comparison, Document, Schema, resolved

JSON = "application/json"
SCOPE = "x-required-scope"
METHODS = ("get", "post", "put", "patch", "delete")


def breaking_changes(old: Document, new: Document) -> list[str]:
    """What is in `old` and not kept by `new`, one sentence each; of a schema at its first place."""
    return list(_Gate(old, new).all())


def allows_breaking(old_version: str, new_version: str) -> bool:
    """Whether the new version says that it breaks: a higher major, or a higher minor under 1.0."""
    old, new = (tuple(map(int, version.split(".")[:2])) for version in (old_version, new_version))
    return new > old if old[0] == 0 else new[0] > old[0]


def refusals(old: Document, new: Document) -> list[str]:
    """The breaking changes that the versions of the documents don't announce."""
    if allows_breaking(old["info"]["version"], new["info"]["version"]):
        return []
    return breaking_changes(old, new)


class _Gate:
    """The two documents, and what is compared both ways: what callers send, what they are sent."""

    def __init__(self, old: Document, new: Document) -> None:
        self._old = old
        self._new = new
        self._sent = Comparison(old, new, sent=True)
        self._answered = Comparison(old, new, sent=False)

    def all(self) -> Iterator[str]:
        events = self._new.get("webhooks", {})
        for name, item in self._old.get("webhooks", {}).items():
            if name not in events:
                yield f"webhook {name} is gone"
            else:
                yield from self._webhook(f"webhook {name}", item["post"], events[name]["post"])
        for path in self._old["paths"]:
            yield from self._path(path)

    def _path(self, path: str) -> Iterator[str]:
        before, after = self._old["paths"][path], self._new["paths"].get(path)
        if after is None:
            yield f"{path} is gone"
            return
        for method in METHODS:
            if method not in before:
                continue
            where = f"{method.upper()} {path}"
            if method not in after:
                yield f"{where} is gone"
            else:
                yield from self._operation(where, before[method], after[method])

    def _operation(self, where: str, before: Schema, after: Schema) -> Iterator[str]:
        yield from _operation_id(where, before, after)
        # No scope includes another: a key that could call it may have only the old one.
        if before.get(SCOPE) != after.get(SCOPE):
            yield f"{where}: the scope was {before.get(SCOPE)}, is {after.get(SCOPE)}"
        yield from self._parameters(where, before, after)
        yield from self._request(where, before, after)
        yield from self._responses(where, before, after)

    def _webhook(self, where: str, before: Schema, after: Schema) -> Iterator[str]:
        """An event's request is the service's own: its headers and its body are answers."""
        yield from _operation_id(where, before, after)
        known, present = _by_name(before, self._old), _by_name(after, self._new)
        for key, header in known.items():
            label = f"{where}: header {key[1]}"
            if key not in present:
                yield f"{label} is gone"
                continue
            if header.get("required") and not present[key].get("required"):
                yield f"{label} can be missing now"
            yield from self._answered.schemas(label, header["schema"], present[key]["schema"])
        was, now = before.get("requestBody", {}), after.get("requestBody", {})
        yield from _contents(self._answered, where, was, now)

    def _parameters(self, where: str, before: Schema, after: Schema) -> Iterator[str]:
        known, present = _by_name(before, self._old), _by_name(after, self._new)
        for key, parameter in known.items():
            label = f"{where}: parameter {key[1]}"
            if key not in present:
                yield f"{label} is gone"
                continue
            if present[key].get("required") and not parameter.get("required"):
                yield f"{label} is required now"
            yield from self._sent.schemas(label, parameter["schema"], present[key]["schema"])
        for key, parameter in present.items():
            if key not in known and parameter.get("required"):
                yield f"{where}: parameter {key[1]} is new and required"

    def _request(self, where: str, before: Schema, after: Schema) -> Iterator[str]:
        was, now = before.get("requestBody"), after.get("requestBody")
        if now is None:
            if was is not None:
                yield f"{where}: the body is gone"
            return
        if now.get("required") and not (was or {}).get("required"):
            yield f"{where}: a body is required now"
        if was is not None:
            yield from _contents(self._sent, f"{where}: body", was, now)

    def _responses(self, where: str, before: Schema, after: Schema) -> Iterator[str]:
        """A problem's status may go, and stays a problem as long as it is there."""
        for status, response in before["responses"].items():
            if status in after["responses"]:
                was = resolved(response, self._old)
                now = resolved(after["responses"][status], self._new)
                yield from _contents(self._answered, f"{where}: {status}", was, now)
                for name in was.get("headers", {}).keys() - now.get("headers", {}).keys():
                    yield f"{where}: {status} has no header {name} any more"
            elif status.startswith("2"):
                yield f"{where}: answers no {status} any more"


def _operation_id(where: str, before: Schema, after: Schema) -> Iterator[str]:
    was, now = before.get("operationId"), after.get("operationId")
    if was != now:
        yield f"{where}: operationId was {was}, is {now}"


def _by_name(operation: Schema, document: Document) -> dict[tuple[str, str], Schema]:
    found = [resolved(each, document) for each in operation.get("parameters", ())]
    return {(each["in"], each["name"]): each for each in found}


def _contents(comparison: Comparison, where: str, before: Schema, after: Schema) -> Iterator[str]:
    """What breaks in any of the media types of a body."""
    present = after.get("content", {})
    for media_type, content in before.get("content", {}).items():
        label = where if media_type == JSON else f"{where} {media_type}"
        if media_type not in present:
            yield f"{where}: {media_type} is gone"
        else:
            now = present[media_type].get("schema", {})
            yield from comparison.schemas(label, content.get("schema", {}), now)
