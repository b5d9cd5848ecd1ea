"""JSON's types as they are: Pydantic would take `"1"` for a number, and `1` for a boolean.

Its strict mode is no help for a whole schema, since a parsed body has no dates or enumerations.
"""

from typing import Any, cast

from pydantic_core import CoreSchema, core_schema


def enforce(schema: CoreSchema) -> None:
    """Make all numbers and booleans within a schema strict, in place."""
    ahead: list[Any] = [schema]
    while ahead:
        part = ahead.pop()
        if isinstance(part, list | tuple):
            ahead += part
        elif isinstance(part, dict):
            if part.get("type") in {"float", "bool"}:
                part["strict"] = True
            elif part.get("type") == "int":
                _be_whole(part)
            else:
                ahead += (value for name, value in part.items() if name != "metadata")


def _be_whole(part: dict[str, Any]) -> None:
    """`1.0` is an integer too (JSON Schema 2020-12, validation, 6.1.1)."""
    if not part.get("strict"):
        strict = cast("CoreSchema", {**part, "strict": True})
        part.clear()
        part.update(core_schema.no_info_before_validator_function(_whole, strict))


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
