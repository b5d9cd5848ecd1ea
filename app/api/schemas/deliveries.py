"""Deliveries of events to webhook endpoints, and the attempts at them."""

from datetime import datetime
from typing import Literal

from pydantic import AliasChoices, Field

from app.api.schemas.common import DeliveryId, EventId, Output, WebhookEndpointId

DeliveryState = Literal["pending", "succeeded", "failed", "expired"]


class AttemptRead(Output):
    """One try at a delivery: a status of the receiver, or an error on the way to it."""

    number: int
    at: datetime
    status: int | None
    duration_ms: int
    error: (
        Literal[
            "timeout", "dns", "connect", "tls", "refused_destination", "protocol", "disconnected"
        ]
        | None
    )
    response: str | None = Field(description="The first 20,000 bytes of the receiver's answer.")


class DeliveryRead(Output):
    """One event on its way to one endpoint."""

    id: DeliveryId
    endpoint_id: WebhookEndpointId
    event_id: EventId = Field(description="The `webhook-id` of every attempt.")
    event_type: str
    number: int = Field(
        description="Counts the endpoint's deliveries without a gap; `hotseat-delivery-number`."
    )
    status: DeliveryState = Field(validation_alias=AliasChoices("state", "status"))
    attempts: int = Field(description="Attempts begun.")
    next_attempt_at: datetime | None
    created_at: datetime
    finished_at: datetime | None


class DeliveryDetail(DeliveryRead):
    """A delivery with every attempt at it."""

    attempt_log: list[AttemptRead]
