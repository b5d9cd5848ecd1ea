"""People as they come and go."""

from datetime import datetime
from typing import Annotated

from pydantic import AliasChoices, EmailStr, Field, StringConstraints

from app.api.redaction import CONFIDED, TEXT
from app.api.schemas.common import (
    ExternalId,
    Input,
    LongText,
    Metadata,
    Output,
    PersonId,
    ShortText,
    TimeZone,
    absent,
)

Locale = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35),
    Field(description="BCP 47 language tag.", examples=["en-GB"]),
]
Email = Annotated[EmailStr, Field(max_length=254, examples=["c.s.lewis@example.org"])]


class Background(Input):
    """What a person brings: groups live from differences."""

    industry: ShortText | None = Field(None, examples=["Publishing"])
    role: ShortText | None = Field(None, examples=["Author"])
    goals: Annotated[LongText | None, CONFIDED] = Field(
        None, description=TEXT, examples=["Finish the trilogy"]
    )


class PersonFields(Input):
    """The fields that creating and replacing a person share."""

    name: ShortText = Field(examples=["Clive Lewis"])
    email: Email | None = None
    time_zone: TimeZone
    locale: Locale = "en"
    background: Background = Background()
    metadata: Metadata = Field(default_factory=dict)


class PersonCreate(PersonFields):
    """A new person."""

    external_id: ExternalId | None = None


class PersonUpdate(Input):
    """A merge patch: what is absent stays, null clears."""

    name: ShortText = absent()
    email: Email | None = None
    time_zone: TimeZone = absent()
    locale: Locale = absent()
    background: Background = absent()
    external_id: ExternalId | None = None
    metadata: Metadata = absent()


class PersonRead(Output):
    """Somebody known to the workspace."""

    id: PersonId
    name: str
    email: str | None
    time_zone: str
    locale: str
    background: Background
    external_id: str | None
    metadata: dict[str, object] = Field(validation_alias=AliasChoices("metadata_", "metadata"))
    erased_at: datetime | None = Field(
        description="Since when nothing personal is known of them; null for everybody else."
    )
    version: int
    created_at: datetime
    updated_at: datetime


class PersonErased(PersonRead):
    """Who was somebody, and where nothing of them is left."""

    changed: dict[str, int] = Field(
        description="How many rows of each kind have lost what was personal, or are gone.",
        examples=[{"memberships": 1, "hot_seats": 12, "commitments": 3, "calendar_feeds": 1}],
    )
