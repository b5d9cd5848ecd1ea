"""Deliveries to webhook endpoints and to calendar targets, and the attempts at them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from app.api.redaction import CONFIDED, TEXT
from app.api.schemas.common import CalendarTargetId, DeliveryId, EventId, Output, WebhookEndpointId

DeliveryState = Literal["pending", "succeeded", "failed", "expired"]


class AttemptRead(Output):
    """One try at a delivery: a status of the receiver, or an error on the way to it."""

    number: int
    at: datetime
    status: int | None
    duration_ms: int
    error: str | None = Field(
        description="On the way: `timeout`, `dns`, `connect`, `tls`, `refused_destination`, "
        "`protocol`, `disconnected`. Of a calendar's server also what its answer means: the codes "
        "of a calendar target's `last_error`."
    )
    response: Annotated[str | None, CONFIDED] = Field(
        description="The first 20,000 bytes of the receiver's answer; of a calendar's server the "
        f"first 2,000 characters, and only of a refusal. It may quote what was sent. {TEXT}"
    )
    note: str | None = Field(
        description="Of a calendar: `overwrote_an_edit`, `overwrote_an_edit_and_kept_its_alarms`, "
        "`made_the_calendar`, `made_the_calendar_anew`."
    )


class DeliveryRead(Output):
    """One event on its way to one endpoint, or one piece of work on a calendar target."""

    id: DeliveryId
    endpoint_id: WebhookEndpointId | None = Field(description="Null if it is a calendar's.")
    event_id: EventId | None = Field(description="The `webhook-id` of every attempt.")
    event_type: str | None
    number: int | None = Field(
        description="Counts the endpoint's deliveries without a gap; `hotseat-delivery-number`."
    )
    target_id: CalendarTargetId | None = Field(description="Null if it is an endpoint's.")
    action: (
        Literal[
            "write",
            "remove",
            "test",
            "discover",
            "resync",
            "invite",
            "cancel",
            "remind",
            "owed",
        ]
        | None
    ) = Field(
        description="What is done to the calendar. A push sends the latest state of its object, "
        "however often that changed while it waited. The last four are mails."
    )
    uid: str | None = Field(description="The UID of the object that is written or removed.")
    status: DeliveryState = Field(validation_alias=AliasChoices("state", "status"))
    attempts: int = Field(description="Attempts begun.")
    next_attempt_at: datetime | None
    created_at: datetime
    finished_at: datetime | None


class DeliveryDetail(DeliveryRead):
    """A delivery with every attempt at it."""

    attempt_log: list[AttemptRead]
