"""Calendar targets."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.api.schemas.common import CalendarTargetId, Input, Output, PersonId, absent

# RFC 7617: a user name has no colon, and neither part a control character.
Username = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^:\x00-\x1f\x7f]+$"),
    Field(examples=["jack"]),
]
Password = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$"),
    Field(
        description="Write-only, and encrypted at rest. Use an app password where the server "
        "has them.",
        examples=["correct horse battery staple"],
    ),
]
CollectionUrl = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000),
    Field(
        description="The collection of one calendar on a CalDAV server.",
        examples=["https://cal.example.org/jack/mastermind/"],
    ),
]


class CaldavSettings(Input):
    """One calendar on a CalDAV server, and the account that writes to it."""

    url: CollectionUrl
    username: Username
    password: Password


class CaldavAccount(Input):
    """The account that writes: what is absent stays."""

    username: Username = absent()
    password: Password = absent()


class CalendarTargetCreate(Input):
    """A calendar of a person that their meetings are written to."""

    person_id: PersonId
    kind: Literal["caldav"]
    settings: CaldavSettings


class CalendarTargetUpdate(Input):
    """A merge patch. A target keeps its calendar: for another one, create another target."""

    state: Literal["enabled", "disabled"] = absent()
    settings: CaldavAccount = absent()


class CaldavSettingsRead(Output):
    """The calendar and its account, without the password."""

    url: str
    username: str


class TargetError(Output):
    """Why a calendar could not be written to."""

    code: str = Field(
        description="`unauthorized`, `forbidden`, `calendar_not_found`, `not_a_calendar`, "
        "`redirected`, `rejected`, `uid_conflict`, `edit_conflict`, `too_many_requests`, "
        "`server_full`, `server_error`, `unexpected_answer`, or without an answer `timeout`, "
        "`dns`, `connect`, `tls`, `refused_destination`, `protocol`, `disconnected`.",
    )
    status: int | None = Field(description="The HTTP status, if there was an answer.")
    at: datetime


class TargetTest(Output):
    """The outcome of the latest test."""

    state: Literal["pending", "succeeded", "failed"]
    requested_at: datetime
    finished_at: datetime | None
    error: TargetError | None


class CalendarTargetRead(Output):
    """A calendar that is written to."""

    id: CalendarTargetId
    person_id: PersonId
    kind: Literal["caldav"]
    state: Literal["enabled", "disabled", "removing"] = Field(
        description="`disabled` by you, or after five days of failures. `removing`: what was "
        "written is being taken out."
    )
    settings: CaldavSettingsRead
    failing_since: datetime | None
    retry_at: datetime | None = Field(description="Nothing is sent before.")
    last_error: TargetError | None
    last_success_at: datetime | None
    last_test: TargetTest | None
    version: int
    created_at: datetime
    updated_at: datetime
