"""What operations of the document share: problems, parameters, headers, tags."""

from typing import Any

from app.api.authentication import ACTOR_HEADER
from app.api.idempotency import HEADER as IDEMPOTENCY_HEADER
from app.api.idempotency import MAX_KEY_LENGTH
from app.api.openapi.problems import (
    LIMITS,
    PROBLEM_EXAMPLES,
    PROBLEM_RESPONSES,
    shared_headers,
)
from app.domain.ids import PREFIXES
from app.domain.payloads import CALENDAR, IN_CALENDAR, schema_of

DESCRIPTION = """\
Four to eight peers meet regularly; each gets the group's whole attention in a hot seat, and each
leaves with commitments that the group holds them to. Hotseat knows who is a member when, plans
meetings, agendas, hot seats and speaking orders, keeps promises in mind, and tells calendars and
webhooks what has changed.

**Calling.** Send your key as `Authorization: Bearer hs_live_…`. Ids are texts such as `grp_…`;
another workspace's id is answered like one that does not exist. Lists come in pages: pass
`next_cursor` as `cursor`. Changes are merge patches (RFC 7396). A POST with an `Idempotency-Key`
can be repeated safely. An `ETag` goes back as `If-Match` before a change, as `If-None-Match` before
a repeated read. Every error is problem+json (RFC 9457) with a stable `code`.

**Trying.** Every example works as it stands in the sample workspace that
`hotseat serve --with-sample` (`make run`) makes: alone, or one after another in the order of this
document. The answers shown were given there, with lists cut to two items and secrets left out.
"""

TAGS = {
    "workspace": "Your own tenant: everything else belongs to it.",
    "people": "Those who are known to the workspace.",
    "groups": "Four to eight people with a purpose, and when they meet.",
    "organizers": "Those who answer for a group, members or not.",
    "memberships": "Places in groups, with the days on which they begin and end.",
    "leaves": "Times when a member is away and keeps the place.",
    "agendas": "How an evening's minutes are spent.",
    "meetings": "Evenings: scheduled, live, held, cancelled or lapsed.",
    "attendance": "Who is coming, and who came.",
    "rotation": "Whose turn it is, and why.",
    "hot_seats": "One member's turn at the whole group's attention.",
    "urgent_requests": "Wishes for a hot seat before one's turn.",
    "commitments": "Promises, and what became of them.",
    "check_ins": "Dated notes of progress.",
    "accountability": "Figures about attendance and promises, each with its numerator and count.",
    "proposals": "Facts and offers to a member who does not meet a term of the charter.",
    "webhook_endpoints": "Where your app hears of events.",
    "deliveries": "What went to endpoints and calendar targets, with every attempt.",
    "calendar_feeds": "Secret `.ics` addresses of a group or a person.",
    "calendar_targets": "Calendars that Hotseat writes to.",
    "events": "Everything that happened, in order, for 90 days.",
    "api_keys": "Keys to the workspace.",
    "audit": "Who did what, when, to what.",
    "webhooks": "What endpoints are sent.",
}


RESPONSES = {
    "NotModified": {
        "description": "You have the present state already.",
        "headers": shared_headers(["ETag", *LIMITS]),
    },
    **PROBLEM_RESPONSES,
}

PARAMETERS = {
    "IdempotencyKey": {
        "name": IDEMPOTENCY_HEADER,
        "in": "header",
        "description": "Any text of yours. A repetition with the same key, body and "
        f"`{ACTOR_HEADER}` gets the first answer again, for 24 hours, and has no second effect.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The `ETag` that you read; the change is refused (412) if it is outdated, "
        "or if there is nothing to change yet.",
        "schema": {"type": "string"},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` that you have; answered with 304 if it is still right.",
        "schema": {"type": "string"},
    },
    "IfNoneMatchToCreate": {
        "name": "If-None-Match",
        "in": "header",
        "description": "`*`: create it, and refuse (412) if it exists.",
        "schema": {"type": "string"},
    },
    "HotseatActor": {
        "name": ACTOR_HEADER,
        "in": "header",
        "description": "The id of the person on whose behalf you call. Without it the call acts as "
        "the app itself, within its key's scopes: a key can act as anyone of its workspace.",
        "schema": {
            "type": "string",
            "pattern": f"^{PREFIXES['person']}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$",
        },
    },
}

HEADERS = {
    "ETag": {"description": "The version of what is shown.", "schema": {"type": "string"}},
    "Location": {"description": "Where the new resource is.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    "RateLimit": {
        "description": "What is left of the budget: `r` calls for the next `t` seconds. Absent "
        "where an operator has set no limit.",
        "schema": {"type": "string"},
        "example": '"key";r=5999;t=60',
    },
    "RateLimit-Policy": {
        "description": "The budget: `q` calls in `w` seconds. `key` counts a key's calls, "
        "`failed-auth` what one address gets wrong.",
        "schema": {"type": "string"},
        "example": '"key";q=6000;w=60',
    },
}

PROBLEM_SCHEMA = {
    "type": "object",
    "title": "Problem",
    "description": "An error (RFC 9457).",
    "required": ["type", "title", "status", "code", "detail", "request_id", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "`code` as a URN."},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable, for programs."},
        "detail": {"type": "string", "description": "For people: what to do."},
        "request_id": {"type": ["string", "null"], "description": "Quote it when you ask us."},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemError"}},
        "facts": {
            "type": "object",
            "additionalProperties": True,
            "description": "Numbers and ids that help a program to react.",
        },
    },
    "examples": [
        {
            "type": "urn:hotseat:problem:group_full",
            "title": "Conflict",
            "status": 409,
            "code": "group_full",
            "detail": "All eight places are taken.",
            "request_id": "0198f2d57c8a7d7fa4f0b7ce3f3f4f55",
            "errors": [],
        }
    ],
}
PROBLEM_ERROR_SCHEMA = {
    "type": "object",
    "title": "ProblemError",
    "description": "One fault of the input.",
    "required": ["pointer", "code", "detail"],
    "properties": {
        "pointer": {
            "type": "string",
            "description": "JSON pointer into the body, or `#query/…`, `#path/…`, `#header/…`.",
            "examples": ["/time_zone"],
        },
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
}

SECURITY_SCHEMES = {
    "api_key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "hs_live_…",
        "description": "An API key of your workspace. The required scope is in `x-required-scope`.",
    },
    "webhook_signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "How you know that a webhook is ours: Standard Webhooks 1.0.0, HMAC-SHA256 "
        "with the endpoint's secret over `webhook-id.webhook-timestamp.body`.",
    },
}

WEBHOOK_EVENT_SCHEMA = {
    "type": "object",
    "title": "WebhookEvent",
    "description": "What an endpoint is sent, under 20 KB: ids and facts, never a note or a topic.",
    "required": ["type", "timestamp", "data"],
    "properties": {
        "type": {"type": "string"},
        "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
        "data": {
            "type": "object",
            "required": ["schema_version", "version"],
            "additionalProperties": True,
            "description": "By the type. Fields may be added within a `schema_version`: leave "
            "alone what you don't know.",
        },
    },
}
EVENT_CALENDAR_SCHEMA = {
    **schema_of(CALENDAR),
    "title": "EventCalendar",
    "description": IN_CALENDAR.description,
}

COMPONENTS: dict[str, dict[str, Any]] = {
    "schemas": {
        "Problem": PROBLEM_SCHEMA,
        "ProblemError": PROBLEM_ERROR_SCHEMA,
        "WebhookEvent": WEBHOOK_EVENT_SCHEMA,
        "EventCalendar": EVENT_CALENDAR_SCHEMA,
    },
    "examples": PROBLEM_EXAMPLES,
    "responses": RESPONSES,
    "parameters": PARAMETERS,
    "headers": HEADERS,
    "securitySchemes": SECURITY_SCHEMES,
}
