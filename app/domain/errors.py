"""The ways a rule of the domain can refuse, as values that know nothing of HTTP.

A rule raises one of the four kinds below, or a subclass of its own that lives beside the rule.
`code` is stable and machine-readable (`group_full`); `detail` says to a person what to do;
`pointer` is a JSON pointer into the input where one field is to blame;
`facts` are numbers and ids that help a program to react (JSON values only).
"""

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """A rule refused. Raise one of the kinds below, never this class itself."""

    code = "domain_error"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        pointer: str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.pointer = pointer
        self.facts = dict(facts or {})


class Invalid(DomainError):
    """The input can never be right as it stands (422)."""

    code = "invalid"


class Conflict(DomainError):
    """The input is fine, the present state does not allow it (409)."""

    code = "conflict"


class NotFound(DomainError):
    """No such thing in this workspace (404); says nothing about other workspaces."""

    code = "not_found"


class Forbidden(DomainError):
    """The caller is known and may not do this (403)."""

    code = "forbidden"
