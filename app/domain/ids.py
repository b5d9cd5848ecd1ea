"""Identifiers: UUIDv7 inside, TypeID text (`grp_01jx…`, typeid 0.3) outside."""

from uuid import UUID

from typeid import TypeID
from typeid.codecs import base32
from typeid.errors import TypeIDException

from app.domain.errors import Invalid

PREFIXES = {
    "workspace": "wsp",
    "api_key": "key",
    "person": "per",
    "group": "grp",
    "membership": "mbr",
    "leave": "lve",
    "meeting": "mtg",
    "guest": "gst",
    "hot_seat": "hst",
    "urgent_request": "urg",
    "commitment": "cmt",
    "check_in": "chk",
    "webhook_endpoint": "whe",
    "event": "evt",
    "delivery": "dlv",
    "calendar_feed": "fed",
    "calendar_target": "tgt",
    "audit_entry": "aud",
    "proposal": "prp",
}


def encode(noun: str, value: UUID) -> str:
    """The outside text of an id of `noun`."""
    return f"{PREFIXES[noun]}_{base32.encode(value.bytes)}"


def decode(noun: str, text: str) -> UUID:
    """The id inside `text`; Invalid("invalid_id") if it is not an id of `noun`."""
    prefix = PREFIXES[noun]
    try:
        parsed = TypeID.from_string(text)
    except TypeIDException as error:
        raise Invalid(f"is not an id; expected {prefix}_…", code="invalid_id") from error
    if parsed.prefix != prefix:
        raise Invalid(f"is not the id of a {noun}; expected {prefix}_…", code="invalid_id")
    return UUID(bytes=parsed.uuid_bytes)
