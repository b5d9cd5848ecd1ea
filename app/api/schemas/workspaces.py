"""The workspace as its own keys see it."""

from datetime import datetime

from pydantic import Field

from app.api.schemas.common import Input, Output, ShortText, WorkspaceId, absent


class WorkspaceUpdate(Input):
    """A merge patch: what is absent stays."""

    name: ShortText = absent()
    require_if_match: bool = absent()


class WorkspaceRead(Output):
    """One tenant: everything else belongs to it."""

    id: WorkspaceId
    name: str
    require_if_match: bool = Field(
        description="Whether changes of what exists (PATCH, PUT, DELETE, verbs) are refused (428) "
        "without If-Match."
    )
    version: int
    created_at: datetime
    updated_at: datetime
