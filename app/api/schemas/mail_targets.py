"""Mail as a calendar target: what is sent to whom."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.schemas.common import Input, Output, PersonId, absent
from app.api.schemas.people import Email

Sends = Annotated[
    list[Literal["invitations", "reminders", "owed"]],
    Field(
        min_length=1,
        max_length=3,
        description="`invitations`: meetings with every change of them, for the calendar. "
        "`reminders`: a day before a meeting. `owed`: own promises that fall due.",
        examples=[["invitations", "reminders", "owed"]],
    ),
]


class MailSettings(Input):
    """What is sent, and to which address: the person's, unless another one is given."""

    address: Email | None = None
    sends: Sends = Field(["invitations", "reminders", "owed"])


class MailTargetCreate(Input):
    """Mail to a person, who has to have agreed: every mail has a link that stops it."""

    person_id: PersonId
    kind: Literal["email"]
    settings: MailSettings = Field(default_factory=MailSettings)


class MailChange(Input):
    """What is absent stays."""

    sends: Sends = absent()


class MailSettingsRead(Output):
    """What is sent, and where to."""

    address: str
    sends: list[str]
