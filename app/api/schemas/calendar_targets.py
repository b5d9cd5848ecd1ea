"""Calendar targets."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from app.api.schemas.common import CalendarTargetId, Input, Output, PersonId, absent
from app.api.schemas.mail_targets import MailChange, MailSettingsRead, MailTargetCreate

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
        description="The collection of one calendar on a CalDAV server. Leave it out if you send "
        "`server_url`.",
        examples=["https://cal.example.org/jack/mastermind/"],
    ),
]


ServerUrl = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000),
    Field(
        description="Where the account's calendars are looked for, if you do not know the "
        "calendar's `url`: the server's bare address will do.",
        examples=[None],
    ),
]
CalendarName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    Field(
        description="With `server_url`: the name or the URL of one of the account's calendars. "
        "Without it the only one is taken; of several one has to be chosen.",
        examples=[None],
    ),
]
CreateCalendar = Annotated[
    bool,
    Field(
        description="Make the calendar if there is none of its name, and again if it is deleted.",
        examples=[None],
    ),
]
Include = Annotated[
    list[Literal["meetings", "hot_seats", "commitments"]],
    Field(
        min_length=1,
        max_length=3,
        description="What is shown: meetings; own hot seats marked (alone: only the meetings that "
        "have one); own open promises as all-day entries. As in a person's feed.",
        examples=[["meetings", "hot_seats"]],
    ),
]


class CaldavSettings(Input):
    """One calendar on a CalDAV server, named by its URL or by its server, and the account that
    writes to it.
    """

    url: CollectionUrl | None = None
    server_url: ServerUrl | None = None
    calendar: CalendarName | None = None
    create_calendar: CreateCalendar = False
    username: Username
    password: Password
    include: Include = Field(["meetings", "hot_seats"])


class CaldavChange(Input):
    """What is absent stays. `calendar` chooses among those of a target that has none yet."""

    calendar: CalendarName = absent()
    create_calendar: CreateCalendar = absent()
    username: Username = absent()
    password: Password = absent()
    include: Include = absent()


class CaldavTargetCreate(Input):
    """A calendar of a person that their meetings are written to."""

    person_id: PersonId
    kind: Literal["caldav"]
    settings: CaldavSettings


def _kind(value: Any) -> str:
    """The tag of the variant that a body is checked as."""
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return "[email]" if kind == "email" else "[caldav]"


CalendarTargetCreate = Annotated[
    Annotated[CaldavTargetCreate, Tag("[caldav]")] | Annotated[MailTargetCreate, Tag("[email]")],
    Discriminator(_kind),
]


def _kind_of_change(value: Any) -> str:
    has_mail = "sends" in value if isinstance(value, dict) else isinstance(value, MailChange)
    return "[email]" if has_mail else "[caldav]"


class CalendarTargetUpdate(Input):
    """A merge patch. A target keeps its calendar: for another one, create another target."""

    state: Literal["enabled", "disabled"] = absent()
    settings: Annotated[
        Annotated[CaldavChange, Tag("[caldav]")] | Annotated[MailChange, Tag("[email]")],
        Discriminator(_kind_of_change),
    ] = absent()


class CaldavSettingsRead(Output):
    """The calendar and its account, without the password."""

    url: str | None = Field(None, description="Null until the calendar was found.")
    server_url: str | None = None
    calendar: str | None = None
    create_calendar: bool = False
    username: str
    include: list[str] = Field(["meetings", "hot_seats"])


class TargetError(Output):
    """Why a calendar could not be written to."""

    code: str = Field(
        description="An answer: `unauthorized`, `forbidden`, `calendar_not_found`, "
        "`not_a_calendar`, `redirected`, `rejected`, `uid_conflict`, `edit_conflict`, "
        "`too_many_requests`, `server_full`, `server_error`, `unexpected_answer`. While looking "
        "for a calendar: `choose_calendar`, `no_such_calendar`, `ambiguous_calendar`, "
        "`read_only`, `calendar_taken`, `not_a_caldav_server`, `no_calendar_home`, "
        "`redirected_elsewhere`, `linked_elsewhere`, `unreadable_answer`. No answer: `timeout`, "
        "`dns`, `connect`, `tls`, `refused_destination`, `protocol`, `disconnected`. Of mail: "
        "`recipient_refused`, `message_refused`, `smtputf8_unsupported`, and of everybody's mail "
        "`sender_refused`, `login_refused`.",
    )
    status: int | None = Field(
        description="The HTTP status, or that of SMTP, if there was an answer."
    )
    at: datetime


class AccountCalendar(Output):
    """A calendar of the account that takes events."""

    url: str
    name: str
    writable: bool


class CalendarTargetRead(Output):
    """A calendar that is written to."""

    id: CalendarTargetId
    person_id: PersonId
    kind: Literal["caldav", "email"]
    state: Literal["connecting", "choosing", "failed", "enabled", "disabled", "removing"] = Field(
        description="`connecting`: the calendar is being looked for. `choosing`: name one of "
        "`calendars`. `failed`: there is none, `last_error` says why. `removing`: what was "
        "written is being taken out."
    )
    disabled_reason: (
        Literal[
            "unauthorized",
            "forbidden",
            "failing",
            "opted_out",
            "recipient_refused",
            "message_refused",
            "smtputf8_unsupported",
        ]
        | None
    ) = Field(
        description="Why we disabled it; null if you did. `opted_out`: the person followed the "
        "link in a mail. The last three: what the mail server said of the address."
    )
    settings: CaldavSettingsRead | MailSettingsRead
    calendars: list[AccountCalendar] | None = Field(
        description="The account's calendars, as they were found last; null if nobody looked."
    )
    failing_since: datetime | None
    retry_at: datetime | None = Field(description="Nothing is written before.")
    last_error: TargetError | None
    last_success_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
