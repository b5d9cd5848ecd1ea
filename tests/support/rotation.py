"""A group with meetings ahead of it, and what the rotation has made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from app.db.base import new_id
from app.db.models import Attendance, HotSeat, Meeting
from app.db.queries import groups, planning
from app.db.session import Database
from app.domain import ids
from app.domain.versions import ANY
from app.services.meeting_day import close_meeting, start_meeting
from app.services.planning import replan
from tests.support.builders import made, make_group
from tests.support.clock import ManualClock
from tests.support.tenants import Tenant

A_WEEK = timedelta(weeks=1)
LENGTH = timedelta(minutes=90)


@dataclass
class Rotation:
    """A group's rotation; ids are texts as the API has them, `meetings` in order of time."""

    client: httpx.AsyncClient
    database: Database
    tenant: Tenant
    clock: ManualClock
    group_id: str
    members: list[str]
    meetings: list[str]

    async def add_meetings(self, *starts: datetime) -> list[str]:
        """Meetings of 90 minutes, planned at once."""
        group_id = ids.decode("group", self.group_id)
        rows = [_meeting(self.tenant.workspace_id, group_id, start) for start in starts]
        async with self.database.transaction() as session:
            session.add_all(rows)
            await session.flush()
            await replan(session, self.tenant.workspace_id, group_id, self.clock.now())
        added = [ids.encode("meeting", row.id) for row in rows]
        self.meetings += added
        return added

    async def replan(self) -> None:
        async with self.database.transaction() as session:
            group_id = ids.decode("group", self.group_id)
            await replan(session, self.tenant.workspace_id, group_id, self.clock.now())

    async def seats(self, *meetings: str, **filters: str) -> list[dict[str, Any]]:
        """Hot seats in the order of time; those of `meetings`, if any are named."""
        params = {"group_id": self.group_id, "limit": "100", **filters}
        found = made(await self.client.get("/v1/hot_seats", params=params))["data"]
        return [seat for seat in found if not meetings or seat["meeting_id"] in meetings]

    async def plan(self) -> list[list[str]]:
        """Holders of open hot seats, meeting by meeting."""
        seats = await self.seats()
        return [
            [
                seat["membership_id"]
                for seat in seats
                if seat["meeting_id"] == meeting and seat["state"] in {"planned", "announced"}
            ]
            for meeting in self.meetings
        ]

    async def absent(self, meeting: str, member: str, status: str = "absent") -> None:
        """Somebody says that they will not come; nothing is planned yet."""
        now = self.clock.now()
        async with self.database.transaction() as session:
            session.add(
                Attendance(
                    workspace_id=self.tenant.workspace_id,
                    meeting_id=ids.decode("meeting", meeting),
                    membership_id=ids.decode("membership", member),
                    status=status,
                    announced_at=now,
                    updated_at=now,
                )
            )

    async def start(self, meeting: str) -> None:
        """Go to the start of the meeting, and let it begin."""
        meeting_id = ids.decode("meeting", meeting)
        async with self.database.transaction() as session:
            key = (self.tenant.workspace_id, meeting_id)
            row = await session.get_one(Meeting, key)
            self.clock.set(row.starts_at)
            await start_meeting(session, *key, ANY, self.clock.now())

    async def hold(self, meeting: str) -> None:
        """Let a meeting take place as it is planned."""
        await self.start(meeting)
        for seat in await self.seats(meeting):
            if seat["state"] == "announced":
                await self.do(seat["id"], "start")
                self.clock.advance(timedelta(minutes=20))
                await self.do(seat["id"], "finish")
        await self.close(meeting)

    async def close(self, meeting: str) -> None:
        meeting_id = ids.decode("meeting", meeting)
        async with self.database.transaction() as session:
            await close_meeting(
                session, self.tenant.workspace_id, meeting_id, ANY, self.clock.now()
            )

    async def do(self, hot_seat: str, verb: str, **body: Any) -> Any:
        """The hot seat after the verb, which must succeed."""
        return made(await self.ask(hot_seat, verb, **body))

    async def ask(self, hot_seat: str, verb: str, **body: Any) -> httpx.Response:
        """The answer to a verb."""
        return await self.client.post(f"/v1/hot_seats/{hot_seat}/{verb}", json=body or None)

    async def rows(self) -> Sequence[HotSeat]:
        """All hot seats as the database has them, in no order."""
        async with self.database.transaction() as session:
            meeting_ids = [ids.decode("meeting", meeting) for meeting in self.meetings]
            return await planning.hot_seats(session, self.tenant.workspace_id, meeting_ids)

    async def versions(self) -> dict[UUID, int]:
        """The versions of the group, its meetings and its hot seats."""
        workspace_id = self.tenant.workspace_id
        group_id = ids.decode("group", self.group_id)
        seats = await self.rows()
        async with self.database.transaction() as session:
            group = await groups.load(session, workspace_id, group_id)
            meetings = [
                await session.get_one(Meeting, (workspace_id, ids.decode("meeting", meeting)))
                for meeting in self.meetings
            ]
            return {row.id: row.version for row in (group, *meetings, *seats)}


async def make_rotation(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    clock: ManualClock,
    *,
    members: int = 6,
    weeks: int = 14,
    seats: int = 2,
) -> Rotation:
    """A group that meets weekly from tomorrow evening on, with `seats` hot seats each time."""
    group = await make_group(client, members, rotation={"hot_seats_per_meeting": seats})
    rotation = Rotation(
        client, database, tenant, clock, group["id"], group["memberships"], meetings=[]
    )
    first = clock.now() + timedelta(hours=33)
    if weeks:
        await rotation.add_meetings(*(first + week * A_WEEK for week in range(weeks)))
    return rotation


def _meeting(workspace_id: UUID, group_id: UUID, starts_at: datetime) -> Meeting:
    meeting_id = new_id()
    return Meeting(
        id=meeting_id,
        workspace_id=workspace_id,
        group_id=group_id,
        origin="ad_hoc",
        local_start=starts_at.replace(tzinfo=None).isoformat(timespec="minutes"),
        time_zone="Europe/London",
        starts_at=starts_at,
        ends_at=starts_at + LENGTH,
        uid=f"{meeting_id}@hotseat",
        calendar_changed_at=starts_at,
        created_at=starts_at,
        updated_at=starts_at,
    )
