"""The types that all schemas are made of."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from app.api.schemas import json_types
from app.api.schemas.examples import sample_text
from app.domain import ids
from app.domain.errors import Invalid
from app.domain.wall_clock import check_time_zone

METADATA_BYTES = 2048
_HTTP_URL = TypeAdapter(AnyHttpUrl)
FIRST_YEAR, LAST_YEAR = 1970, 2200
# RFC 3339, 5.6: full-date and date-time; wall-clock time is a date-time without offset.
_FULL_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_FULL_TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?"
_CLOCK_TIME = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
_DAY = re.compile(_FULL_DATE)
_INSTANT = re.compile(rf"{_FULL_DATE}[Tt]{_FULL_TIME}([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})")
_LOCAL = re.compile(rf"{_FULL_DATE}[Tt]({_FULL_TIME}|[0-9]{{2}}:[0-9]{{2}})([Zz+-].*)?")
# Nobody means control characters. Bytes that are no UTF-8 become U+FFFD: two ids would be one.
_PLAIN = r"[^\u0000-\u001f\u007f-\u009f\ufffd]+"
NOT_PLAIN = (
    "An external_id has no control characters, and no U+FFFD (from bytes that are no UTF-8)."
)


class Input(BaseModel):
    """What a caller sends: an unknown field is an error, not a surprise; `"1"` is no number."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        json_types.enforce(schema)
        return schema


class Output(BaseModel):
    """What a caller gets, read from rows and values by attribute."""

    model_config = ConfigDict(from_attributes=True)


@dataclass(frozen=True, slots=True)
class IdOf:
    """A UUID that is text of the form `grp_…` outside."""

    noun: str

    def __get_pydantic_core_schema__(
        self, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._parse,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: ids.encode(self.noun, value), when_used="json-unless-none"
            ),
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        prefix = ids.PREFIXES[self.noun]
        return {
            "type": "string",
            "pattern": f"^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$",
            "examples": [sample_text(self.noun)],
        }

    def _parse(self, value: Any) -> UUID:
        if isinstance(value, UUID):
            return value
        if not isinstance(value, str):
            raise PydanticCustomError("invalid_id", "is not an id")
        try:
            return ids.decode(self.noun, value)
        except Invalid as error:
            raise PydanticCustomError("invalid_id", "{detail}", {"detail": error.detail}) from error


WorkspaceId = Annotated[UUID, IdOf("workspace")]
ApiKeyId = Annotated[UUID, IdOf("api_key")]
PersonId = Annotated[UUID, IdOf("person")]
GroupId = Annotated[UUID, IdOf("group")]
MembershipId = Annotated[UUID, IdOf("membership")]
LeaveId = Annotated[UUID, IdOf("leave")]
MeetingId = Annotated[UUID, IdOf("meeting")]
GuestId = Annotated[UUID, IdOf("guest")]
HotSeatId = Annotated[UUID, IdOf("hot_seat")]
UrgentRequestId = Annotated[UUID, IdOf("urgent_request")]
CommitmentId = Annotated[UUID, IdOf("commitment")]
CheckInId = Annotated[UUID, IdOf("check_in")]
WebhookEndpointId = Annotated[UUID, IdOf("webhook_endpoint")]
EventId = Annotated[UUID, IdOf("event")]
DeliveryId = Annotated[UUID, IdOf("delivery")]
CalendarFeedId = Annotated[UUID, IdOf("calendar_feed")]
AuditEntryId = Annotated[UUID, IdOf("audit_entry")]
CalendarTargetId = Annotated[UUID, IdOf("calendar_target")]
ProposalId = Annotated[UUID, IdOf("proposal")]


def _zone(name: str) -> str:
    try:
        check_time_zone(name)
    except Invalid as error:
        raise PydanticCustomError(error.code, "{detail}", {"detail": error.detail}) from error
    return name


def _text_of(form: re.Pattern[str], what: str) -> BeforeValidator:
    """Refuse what Pydantic would take as well: numbers, a date for an instant, `20990604`."""

    def check(value: Any) -> Any:
        if isinstance(value, date) or (isinstance(value, str) and form.fullmatch(value)):
            return value
        raise PydanticCustomError("invalid_format", "must be {what}", {"what": what})

    return BeforeValidator(check)


def _utc(value: datetime) -> datetime:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise PydanticCustomError("out_of_range", "must lie between 1970 and 2200")
    return value.astimezone(UTC)


def _date(value: date) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise PydanticCustomError("out_of_range", "must lie between 1970 and 2200")
    return value


def _local(value: datetime) -> datetime:
    if value.tzinfo is not None:
        raise PydanticCustomError("not_local", "is wall-clock time: send it without an offset")
    return datetime.combine(_date(value.date()), value.time().replace(microsecond=0))


def _http_url(value: str) -> str:
    try:
        return str(_HTTP_URL.validate_python(value))
    except ValidationError as error:
        raise PydanticCustomError("invalid_url", "is not an http or https URL") from error


def is_plain(external_id: str) -> bool:
    """Whether a caller's id has only characters that can be meant."""
    return re.fullmatch(_PLAIN, external_id) is not None


def _plain(value: str) -> str:
    if not is_plain(value):
        raise PydanticCustomError("invalid_characters", NOT_PLAIN)
    return value


def _small(value: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(value, ensure_ascii=False).encode()) > METADATA_BYTES:
        raise PydanticCustomError("too_large", "must be at most 2 KB of JSON")
    return value


Instant = Annotated[
    AwareDatetime,
    _text_of(_INSTANT, "an RFC 3339 date-time with an offset, such as 2099-06-04T18:30:00Z"),
    AfterValidator(_utc),
    Field(description="RFC 3339 with an offset.", examples=["2199-06-06T18:30:00Z"]),
]
LocalTime = Annotated[
    datetime,
    _text_of(_LOCAL, "a date and a time of day, such as 2099-06-04T19:30:00"),
    AfterValidator(_local),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time-local",
            "description": "Wall-clock time, no offset.",
            "examples": ["2199-06-06T19:30:00"],
        }
    ),
]
ClockTime = Annotated[
    time,
    _text_of(re.compile(_CLOCK_TIME), "a time of day, such as 21:00"),
    WithJsonSchema({"type": "string", "pattern": f"^{_CLOCK_TIME}$"}),
]
Day = Annotated[
    date,
    _text_of(_DAY, "an RFC 3339 full-date, such as 2099-06-04"),
    AfterValidator(_date),
    Field(examples=["2199-06-06"]),
]
TimeZone = Annotated[
    str,
    AfterValidator(_zone),
    Field(description="IANA time zone.", max_length=64, examples=["Europe/London"]),
]
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
HttpLink = Annotated[str, AfterValidator(_http_url), Field(max_length=2000)]
UncheckedExternalId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        description="Your own id; unique per workspace and noun.",
        examples=["crm-1041"],
        json_schema_extra={"pattern": f"^{_PLAIN}$"},
    ),
]
"""As the document shows it; whoever takes it says what is wrong with its characters."""
ExternalId = Annotated[UncheckedExternalId, AfterValidator(_plain)]
Metadata = Annotated[
    dict[str, Any],
    AfterValidator(_small),
    Field(description="Anything of yours, up to 2 KB.", examples=[{"cohort": "2199-spring"}]),
]


_URL: TypeAdapter[AnyHttpUrl] = TypeAdapter(AnyHttpUrl)


def _url(value: str) -> str:
    return str(_URL.validate_python(value))


WebUrl = Annotated[
    str,
    AfterValidator(_url),
    Field(max_length=2000, json_schema_extra={"format": "uri"}),
]


def absent() -> Any:
    """The default of a field of a merge patch that may be left out but not be null."""
    return Field(default=None, json_schema_extra=_without_default)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class Reason(Output):
    """Words of the service: a code and parameters for programs, the text for people."""

    code: str
    params: dict[str, str | int | float | bool | None]
    text: str


def patch_of(model: Input) -> dict[str, Any]:
    """The fields that a merge patch names, as Python values."""
    return model.model_dump(exclude_unset=True)
