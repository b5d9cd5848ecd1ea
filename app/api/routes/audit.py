"""The audit log: it needs the scope `admin`, as it shows what everybody did."""

from typing import Annotated

from fastapi import Query

from app.api.deps import CallerDep, ReaderDep
from app.api.pagination import Page
from app.api.route import ADMIN, router
from app.api.schemas.audit import AuditEntryRead
from app.api.schemas.common import ApiKeyId, Instant, PersonId
from app.api.sorting import SortedPaging, sorted_by
from app.db.queries import audit as queries

routes = router("audit")


@routes.get("/audit_entries", openapi_extra=ADMIN)
async def list_audit_entries(
    caller: CallerDep,
    reader: ReaderDep,
    paging: Annotated[SortedPaging, sorted_by(queries.SORTS)],
    actor_id: Annotated[PersonId | None, Query()] = None,
    api_key_id: Annotated[ApiKeyId | None, Query()] = None,
    resource_id: Annotated[
        str | None, Query(max_length=64, description="Writes to one resource, by its id.")
    ] = None,
    operation: Annotated[str | None, Query(max_length=64, description="An operationId.")] = None,
    since: Annotated[Instant | None, Query(alias="at[gte]")] = None,
    until: Annotated[Instant | None, Query(alias="at[lt]")] = None,
) -> Page[AuditEntryRead]:
    """Who did what, when, to what: each write that succeeded, the newest first unless `sort`
    says otherwise.

    An entry is written in the transaction of its change. It holds the names of the body's fields,
    not their values. With `Hotseat-Actor` it is refused.
    """
    caller.need_app()
    rows = await queries.listed(
        reader,
        caller.workspace_id,
        paging.window,
        since=since,
        until=until,
        actor_id=actor_id,
        api_key_id=api_key_id,
        resource_id=resource_id,
        operation=operation,
    )
    return paging.page(rows, AuditEntryRead.model_validate)
