"""Who is calling: a key of a workspace, and perhaps a person on whose behalf it acts."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from app.domain.errors import Forbidden

Scope = Literal["read", "write", "admin", "text:read"]
SCOPES: tuple[Scope, ...] = ("read", "write", "admin", "text:read")


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller. Without `actor_id` the call acts as the app itself.

    Everything behind authentication knows callers, not keys: another proof of who somebody is, such
    as a member's own token, becomes one of these as well.
    """

    workspace_id: UUID
    api_key_id: UUID
    scopes: frozenset[str]
    require_if_match: bool
    actor_id: UUID | None = None

    def need(self, scope: Scope) -> None:
        """Raise Forbidden unless the key carries `scope`."""
        if scope not in self.scopes:
            raise Forbidden(
                f"This key lacks the scope “{scope}”. Use a key that has it.",
                code="missing_scope",
                facts={"required_scope": scope},
            )

    def need_app(self) -> None:
        """Raise Forbidden if the call acts for a person: a log of the workspace shows everybody's
        affairs, among them what one member alone is told.
        """
        if self.actor_id is not None:
            raise Forbidden(
                "The logs of a workspace are for the app itself: ask without Hotseat-Actor.",
                code="not_for_members",
            )
