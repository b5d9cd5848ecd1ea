"""What endpoints are sent: every event type of the catalogue, with an example."""

from typing import Any

from app.api.event_examples import example_data
from app.api.schemas.examples import sample_text
from app.domain.events import EVENT_TYPES, EventType

TIMESTAMP = "2099-06-04T20:00:00Z"
HEADERS = (
    (
        "webhook-id",
        "The event's id: the same at every attempt, so that you can drop repetitions.",
        sample_text("event"),
    ),
    (
        "webhook-timestamp",
        "Unix time of this attempt; refuse what is five minutes off.",
        "4084286400",
    ),
    (
        "webhook-signature",
        "`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`; several while a secret rotates.",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        "hotseat-delivery-number",
        "Counts this endpoint's deliveries; a gap shows a loss.",
        "42",
    ),
)


def webhooks() -> dict[str, Any]:
    """The `webhooks` of the document."""
    return {kind.name: {"post": _operation(kind)} for kind in EVENT_TYPES.values()}


def _operation(kind: EventType) -> dict[str, Any]:
    return {
        "operationId": "on_" + kind.name.replace(".", "_"),
        "summary": kind.name,
        "description": _description(kind),
        "tags": ["webhooks"],
        "security": [{"webhook_signature": []}],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": description,
                "schema": {"type": "string"},
                "example": example,
            }
            for name, description, example in HEADERS
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": _schema(kind),
                    "example": {
                        "type": kind.name,
                        "timestamp": TIMESTAMP,
                        "data": example_data(kind),
                    },
                }
            },
        },
        "responses": {
            "2XX": {"description": "Received. Answer within 15 seconds, and work afterwards."},
            "410": {"description": "Send nothing here any more: the endpoint is disabled."},
            "default": {"description": "Not received: it is sent again, for about three days."},
        },
    }


def _description(kind: EventType) -> str:
    until = " It is of use for a time only, and not sent after it." if kind.time_bound else ""
    return f"{kind.description}{until} Version {kind.version} of its schema."


def _schema(kind: EventType) -> dict[str, Any]:
    return {
        "allOf": [{"$ref": "#/components/schemas/WebhookEvent"}],
        "properties": {"type": {"const": kind.name}, "data": kind.schema()},
    }
