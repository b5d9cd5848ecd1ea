"""Webhook endpoints: where events go."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.api.schemas.common import (
    GroupId,
    Input,
    Instant,
    LongText,
    Output,
    WebhookEndpointId,
    absent,
)

Url = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000),
    Field(
        description="An http or https URL on the public internet.",
        examples=["https://example.com/hooks/hotseat"],
    ),
]
EventTypes = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=64)]],
    Field(
        min_length=1,
        max_length=100,
        description="Types of events to hear of: names, `meeting.*` for a whole noun, `*` for all.",
        examples=[["meeting.*", "commitment.overdue"]],
    ),
]
GroupIds = Annotated[
    list[GroupId],
    Field(max_length=100, description="Hear of these groups only; empty: of everything."),
]


class WebhookEndpointCreate(Input):
    """A new endpoint."""

    url: Url
    description: LongText | None = Field(None, examples=["Our community app"])
    event_types: EventTypes = Field(default_factory=lambda: ["*"])
    group_ids: GroupIds = Field(default_factory=list)


class WebhookEndpointUpdate(Input):
    """A merge patch: what is absent stays, null clears."""

    url: Url = absent()
    description: LongText | None = Field(None, examples=["Our community app"])
    event_types: EventTypes = absent()
    group_ids: GroupIds = absent()


class WebhookEndpointRead(Output):
    """Where a workspace wants to hear of events."""

    id: WebhookEndpointId
    url: str
    description: str | None
    event_types: list[str]
    group_ids: list[GroupId]
    state: Literal["enabled", "paused", "disabled"] = Field(
        description="`paused` by you, `disabled` by the service; both keep their queue."
    )
    disabled_reason: Literal["gone", "failing"] | None = Field(
        description="`gone`: it answered 410. `failing`: nothing else for five days."
    )
    failing_since: datetime | None = Field(
        description="The first failed attempt since the last success; null while all is well."
    )
    held_until: datetime | None = Field(
        description="Nothing is sent before then: it answered 429, or not in time."
    )
    probe_due_at: datetime | None = Field(
        description="When the service looks whether a failing endpoint that it disabled is back."
    )
    previous_secret_until: datetime | None = Field(
        description="Until then the secret before the last rotation signs as well."
    )
    version: int
    created_at: datetime
    updated_at: datetime


class WebhookEndpointWithSecret(WebhookEndpointRead):
    """An endpoint with its new secret, which is never shown again."""

    secret: str = Field(
        description="Signs every delivery, by Standard Webhooks 1.0.0.",
        examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
    )


class Recovery(Input):
    """What to deliver again."""

    since: Instant = Field(
        description="Deliveries made since then that failed; at most 14 days back."
    )
