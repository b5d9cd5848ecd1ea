"""Several resources in one call."""

from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from app.api.schemas.commitments import CommitmentCreate, CommitmentRead
from app.api.schemas.common import Input, Output
from app.api.schemas.memberships import MembershipCreate, MembershipRead
from app.api.schemas.people import PersonCreate, PersonRead

MOST = 100
T = TypeVar("T", bound=BaseModel)
R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Faulty:
    """An item that is not valid in itself: what Pydantic says of it."""

    errors: list[Any]


def _kept(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """One faulty item does not decide for the others: the batch says what becomes of it."""
    try:
        return handler(value)
    except ValidationError as error:
        return Faulty(list(error.errors()))


class Batch(Input, Generic[T]):
    """Up to 100 items, written in one transaction."""

    items: Annotated[list[Annotated[T, WrapValidator(_kept)]], Field(min_length=1, max_length=MOST)]
    mode: Literal["create", "upsert"] = Field(
        "create",
        description="`upsert`: an item whose `external_id` is known changes that resource by what "
        "it sends; others are created.",
    )
    atomic: bool = Field(
        True,
        description="All or nothing: one refused item refuses the call. `false`: what can be "
        "written is written, and `results` says of each item what became of it.",
        examples=[True],
    )


class PersonBatch(Batch[PersonCreate]):
    """People to add or to change."""


class MembershipBatch(Batch[MembershipCreate]):
    """Places to give, or to change, in one group."""


class CommitmentBatch(Batch[CommitmentCreate]):
    """Promises to record or to change."""


class ItemFault(Output):
    """One thing that is wrong with an item."""

    pointer: str = Field(description="Where, in the body.", examples=["/items/3/email"])
    code: str
    detail: str


class ItemProblem(Output):
    """Why an item was refused: what a call for it alone would be answered."""

    status: int
    code: str
    detail: str
    errors: list[ItemFault]


class ItemResult(Output, Generic[R]):
    """What became of one item."""

    index: int = Field(description="Its place among `items`, from 0.")
    status: int = Field(
        description="201 created, 200 changed or as it was, 4xx refused.", examples=[201]
    )
    resource: R | None = Field(description="As it is now; null for a refused item.")
    problem: ItemProblem | None = Field(description="Null unless the item was refused.")


class BatchResult(Output, Generic[R]):
    """What became of each item, in their order."""

    created: int
    updated: int = Field(description="Items whose resource was known, changed or not.")
    refused: int = Field(description="0 for an atomic batch.")
    results: list[ItemResult[R]]


class PeopleWritten(BatchResult[PersonRead]):
    """What became of each person."""


class MembershipsWritten(BatchResult[MembershipRead]):
    """What became of each place."""


class CommitmentsWritten(BatchResult[CommitmentRead]):
    """What became of each promise, without the histories."""
