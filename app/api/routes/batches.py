"""Up to 100 people, memberships or commitments in one call."""

from collections.abc import Sequence

from fastapi import Request

from app.api import batches
from app.api.deps import DRY_RUN, CallerDep, NowDep, SessionDep, WorkspaceDep
from app.api.route import router
from app.api.schemas.batches import (
    CommitmentBatch,
    CommitmentsWritten,
    MembershipBatch,
    MembershipsWritten,
    PeopleWritten,
    PersonBatch,
)
from app.api.schemas.commitments import CommitmentRead
from app.api.schemas.common import GroupId
from app.api.schemas.memberships import MembershipRead
from app.api.schemas.people import PersonRead
from app.services.batches import Item
from app.services.commitment_batch import write_commitments
from app.services.membership_batch import write_memberships
from app.services.people_batch import write_people

of_people = router("people")
of_memberships = router("memberships")
of_commitments = router("commitments")


@of_people.post("/people/batch", dependencies=[DRY_RUN])
async def batch_people(
    body: PersonBatch,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    now: NowDep,
    request: Request,
) -> PeopleWritten:
    """Add up to 100 people, or with `mode: upsert` change those whose `external_id` is known.

    All or nothing (`batch_refused`, with a pointer to each fault), unless `atomic` is false.
    """

    async def write(items: Sequence[Item]) -> batches.Outcomes:
        return await write_people(session, workspace_id, items, now, upsert=body.mode == "upsert")

    return await batches.run(
        request, body, write, noun="person", read=PersonRead, answer=PeopleWritten
    )


@of_memberships.post("/groups/{group_id}/memberships/batch", dependencies=[DRY_RUN])
async def batch_memberships(
    group_id: GroupId,
    body: MembershipBatch,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    now: NowDep,
    request: Request,
) -> MembershipsWritten:
    """Give up to 100 people places in a group, or with `mode: upsert` change memberships whose
    `external_id` is known. The coming meetings are planned once.

    All or nothing (`batch_refused`, with a pointer to each fault), unless `atomic` is false.
    """

    async def write(items: Sequence[Item]) -> batches.Outcomes:
        return await write_memberships(
            session, workspace_id, group_id, items, now, upsert=body.mode == "upsert"
        )

    return await batches.run(
        request, body, write, noun="membership", read=MembershipRead, answer=MembershipsWritten
    )


@of_commitments.post("/commitments/batch", dependencies=[DRY_RUN])
async def batch_commitments(
    body: CommitmentBatch,
    caller: CallerDep,
    session: SessionDep,
    now: NowDep,
    request: Request,
) -> CommitmentsWritten:
    """Record up to 100 promises of any groups, or with `mode: upsert` change those whose
    `external_id` is known; their dues move only by `renegotiate`.

    All or nothing (`batch_refused`, with a pointer to each fault), unless `atomic` is false.
    """

    async def write(items: Sequence[Item]) -> batches.Outcomes:
        return await write_commitments(
            session,
            caller.workspace_id,
            items,
            now,
            upsert=body.mode == "upsert",
            actor_id=caller.actor_id,
        )

    return await batches.run(
        request, body, write, noun="commitment", read=CommitmentRead, answer=CommitmentsWritten
    )
