"""The audit log as it is shown."""

from datetime import datetime

from pydantic import Field

from app.api.schemas.common import ApiKeyId, AuditEntryId, Output, PersonId


class AuditEntryRead(Output):
    """One write: who did what, when, to what. It names fields and never shows their values."""

    id: AuditEntryId
    at: datetime
    operation: str = Field(description="The operationId.", examples=["create_person"])
    path: str = Field(examples=["/v1/people"])
    resource_id: str | None = Field(
        description="What the call made, or else named first.",
        examples=["per_01k00000000e0800000000002z"],
    )
    fields: list[str] = Field(description="Fields of the body.", examples=[["name", "time_zone"]])
    status: int = Field(examples=[201])
    api_key_id: ApiKeyId
    actor_id: PersonId | None = Field(
        description="The person whom the call named in `Hotseat-Actor`; null: the app itself."
    )
    request_id: str = Field(description="`X-Request-Id` of the answer.")
