"""Many writes in one call: all or nothing, or each item with its own result."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel

from app.api import auditing
from app.api.errors import RequestError, fault, status_of
from app.api.schemas.batches import Batch, BatchResult, Faulty, ItemFault, ItemProblem, ItemResult
from app.api.schemas.common import patch_of
from app.domain import ids
from app.domain.errors import DomainError
from app.services.batches import Item, Outcome, Written

A = TypeVar("A", bound=BatchResult[Any])
Outcomes = Sequence[Outcome[Any]]
Write = Callable[[Sequence[Item]], Awaitable[Outcomes]]
CREATED, CHANGED, INVALID = 201, 200, 422


async def run(
    request: Request,
    batch: Batch[Any],
    write: Write,
    *,
    noun: str,
    read: type[BaseModel],
    answer: type[A],
) -> A:
    """Write a batch's items, and say what became of each.

    Raises RequestError `batch_refused`, with what is wrong with all items, where the batch is
    atomic and one is refused: the transaction is rolled back then.
    """
    valid = [item for item in batch.items if not isinstance(item, Faulty)]
    outcomes = iter(await write([Item(item.model_dump(), patch_of(item)) for item in valid]))
    results = [
        _refused(index, _of_faults(index, item))
        if isinstance(item, Faulty)
        else _result(index, next(outcomes), read)
        for index, item in enumerate(batch.items)
    ]
    refused = [result.problem for result in results if result.problem is not None]
    if batch.atomic and refused:
        raise _all_refused(refused, len(results))
    written = [result.resource for result in results if result.resource is not None]
    auditing.concerns(request, [ids.encode(noun, each.id) for each in written])
    return answer(
        created=sum(result.status == CREATED for result in results),
        updated=sum(result.status == CHANGED for result in results),
        refused=len(refused),
        results=results,
    )


def _result(index: int, outcome: Outcome[Any], read: type[BaseModel]) -> ItemResult[Any]:
    if isinstance(outcome, Written):
        status = CREATED if outcome.is_new else CHANGED
        resource = read.model_validate(outcome.row)
        return ItemResult(index=index, status=status, resource=resource, problem=None)
    return _refused(index, _of_error(index, outcome))


def _refused(index: int, problem: ItemProblem) -> ItemResult[Any]:
    return ItemResult(index=index, status=problem.status, resource=None, problem=problem)


def _of_faults(index: int, item: Faulty) -> ItemProblem:
    """Pydantic's locations begin within the item."""
    located = [{**error, "loc": ("body", "items", index, *error["loc"])} for error in item.errors]
    return ItemProblem(
        status=INVALID,
        code="validation_failed",
        detail="The item is not valid; `errors` says where and why.",
        errors=[ItemFault(**fault(error)) for error in located],
    )


def _of_error(index: int, error: DomainError) -> ItemProblem:
    pointer = f"/items/{index}{error.pointer or ''}"
    return ItemProblem(
        status=status_of(error),
        code=error.code,
        detail=error.detail,
        errors=[ItemFault(pointer=pointer, code=error.code, detail=error.detail)],
    )


def _all_refused(problems: Sequence[ItemProblem], items: int) -> RequestError:
    status = INVALID if any(each.status == INVALID for each in problems) else problems[0].status
    return RequestError(
        status,
        "batch_refused",
        f"Nothing was written: {len(problems)} of {items} items were refused. `errors` says which "
        "and why.",
        errors=[each.model_dump() for problem in problems for each in problem.errors],
    )
