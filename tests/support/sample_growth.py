"""The sample workspace with more of everything, put into the tables row by row.

Whatever an example of the document names gets company of every kind, so that an operation whose
work grows with its data has something to grow with.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.schemas.examples import (
    UNUSED,
    SampleCommitment,
    SampleEndpoint,
    SampleGroup,
    SampleMeeting,
    SamplePerson,
    sample_id,
)
from app.db.base import Base, new_id
from app.db.models import (
    ApiKey,
    Attempt,
    Attendance,
    CalendarFeed,
    CalendarPush,
    CalendarTarget,
    CheckIn,
    Commitment,
    CommitmentEvent,
    Delivery,
    Event,
    EventCounter,
    Group,
    Guest,
    HotSeat,
    Leave,
    Meeting,
    MeetingRole,
    Membership,
    Organizer,
    Person,
    Proposal,
    Slot,
    UrgentRequest,
    WebhookEndpoint,
)
from app.db.models.meetings import ROLES
from app.db.queries import groups
from app.domain.feed_options import OF_GROUP, PARTS
from app.domain.feed_tokens import SECRET_BYTES, make_token, token_hash
from app.services.history import refold
from app.services.planning import replan

LONDON = "Europe/London"
LENGTH = timedelta(minutes=90)
A_WEEK = timedelta(weeks=1)
LONG_AGO = date(2020, 1, 1)
FORMER = {"state": "ended", "ends_on": LONG_AGO}
LAST_DAY = date(2199, 1, 1)
SUMMER = datetime(2099, 7, 2, 18, 30, tzinfo=UTC)
"""A Thursday after all meetings that the sample has ahead."""
WITH_HISTORY = [which for which in SampleGroup if which is not SampleGroup.FORMING]
"""A group that has held no meeting can still be told the credits that it begins with."""
ELSEWHERE = {
    SampleMeeting.LAPSED: SampleGroup.PAST,
    SampleMeeting.HELD: SampleGroup.PAST,
    SampleMeeting.EARLIER: SampleGroup.PAST,
    SampleMeeting.MISSED: SampleGroup.TONIGHT,
    SampleMeeting.CALLED_OFF: SampleGroup.FORMING,
}
"""The groups of the meetings that are not called like them."""
BUSY_PEOPLE = (1, *SamplePerson)
"""Those whom the examples name."""


@dataclass
class SampleGrowth:
    """How much there is of everything by now; `tokens` of the feeds of a group and a person."""

    workspace_id: UUID
    now: datetime
    size: int = 0
    members: dict[SampleGroup, list[UUID]] = field(default_factory=dict)
    tokens: dict[str, str] = field(init=False)
    session: AsyncSession = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = {
            of: make_token(self.workspace_id, os.urandom(SECRET_BYTES))
            for of in ("group", "person")
        }

    async def grow(self, session: AsyncSession, size: int, members: int) -> None:
        """Let there be `size` of everything more than the sample has, and `members` in a group."""
        self.session = session
        await self._fill_groups(members)
        if not self.size:
            session.add_all(self._feeds())
        for index in range(self.size, size):
            for rows in self._rows(index):
                self.session.add_all(rows)
                await self.session.flush()
        self.size = size
        await self._plan()
        await self._number()

    async def _plan(self) -> None:
        """Plan all groups by their new history; the hot seats that examples name stay."""
        named = HotSeat.meeting_id.in_([sample_id("meeting", each) for each in SampleMeeting])
        of_sample = update(HotSeat).where(HotSeat.workspace_id == self.workspace_id, named)
        await self.session.execute(of_sample.values(pinned=True))
        for which in SampleGroup:
            group = await groups.load(self.session, self.workspace_id, sample_id("group", which))
            await refold(self.session, group, since=datetime.combine(LONG_AGO, time(), UTC))
            await replan(self.session, self.workspace_id, group.id, self.now)
        await self.session.flush()
        await self.session.execute(of_sample.values(pinned=False))

    async def _fill_groups(self, wanted: int) -> None:
        of_workspace = Group.workspace_id == self.workspace_id
        await self.session.execute(
            update(Group).where(of_workspace).values(charter={"notice_hours": 24})
        )
        query = (
            select(Membership.group_id, Membership.id)
            .where(Membership.workspace_id == self.workspace_id, Membership.state == "current")
            .order_by(Membership.place)
        )
        rows = (await self.session.execute(query)).all()
        for which in SampleGroup:
            group_id = sample_id("group", which)
            present = [row.id for row in rows if row.group_id == group_id]
            newcomers = [self._person() for _ in range(wanted - len(present))]
            self.session.add_all(newcomers)
            await self.session.flush()
            places = [
                self._membership(group_id, who.id, place=place)
                for place, who in enumerate(newcomers, start=len(present) + 1)
            ]
            self.session.add_all(places)
            self.members[which] = [*present, *(place.id for place in places)]
        # They have been there for as long as anything happened.
        await self.session.flush()
        in_workspace = Membership.workspace_id == self.workspace_id
        await self.session.execute(
            update(Membership).where(in_workspace).values(starts_on=LONG_AGO)
        )
        # Examples let somebody join later.
        joined = (SampleGroup.AHEAD, SampleGroup.FORMING, SampleGroup.PAUSED)
        last = Membership.id.in_([self.members[which][-1] for which in joined])
        await self.session.execute(
            update(Membership).where(in_workspace, last).values(ends_on=LAST_DAY)
        )

    def _rows(self, index: int) -> Iterator[Sequence[Base]]:
        """One more of everything, in the order of references."""
        people = [self._person() for _ in SampleGroup]
        busy_group = self._make(
            Group, name=f"Group {index}", time_zone=LONDON, state="active", **self._stamps()
        )
        yield [*people, busy_group, *self._keys(index), *self._endpoints(index)]
        busy = self._membership(busy_group.id, sample_id("person", 1), place=1)
        former = [
            self._membership(sample_id("group", which), who.id, place=1, **FORMER)
            for which, who in zip(SampleGroup, people, strict=True)
        ]
        held = {which: self._held(which, index) for which in WITH_HISTORY}
        ahead = [self._ahead(which, index) for which in SampleGroup]
        soon = self._meeting(busy_group.id, self.now + timedelta(days=2, hours=index))
        yield [busy, *former, *held.values(), *ahead, soon]
        yield [
            self._seat(busy_group.id, soon.id, busy.id, 1, state="announced"),
            *(row for which, meeting in held.items() for row in self._evening(which, meeting)),
            *self._of_groups(index, people),
            *self._of_sample_meetings(index),
        ]
        promises = list(self._promises(index))
        yield promises
        yield [self._made(promise) for promise in promises]
        yield [*self._of_sample_commitments(index), *self._outside(index)]

    def _feeds(self) -> Iterator[Base]:
        of_group = {"group_id": sample_id("group")}
        of_person = {"person_id": sample_id("person", 1)}
        for whose, token in zip((of_group, of_person), self.tokens.values(), strict=True):
            yield self._make(
                CalendarFeed,
                token_hash=token_hash(token),
                include=[*PARTS],
                **whose,
                **self._stamps(),
            )

    def _keys(self, index: int) -> Iterator[Base]:
        yield ApiKey(
            id=new_id(),
            workspace_id=self.workspace_id,
            name=f"key {index}",
            key_hash=f"nobody has it: {index}",
            hint="hs_l",
            scopes=["read"],
            **self._stamps(),
        )

    def _endpoints(self, index: int) -> Iterator[Base]:
        yield self._make(
            WebhookEndpoint,
            url=f"http://127.0.0.1:9/more/{index}",
            event_types=["*"],
            secret=b"",
            **self._stamps(),
        )

    def _of_groups(self, index: int, people: Sequence[Person]) -> Iterator[Base]:
        day = date(2100, 1, 1) + timedelta(days=2 * index)
        for which, person in zip(SampleGroup, people, strict=True):
            group_id = sample_id("group", which)
            yield self._make(Organizer, group_id=group_id, person_id=person.id, created_at=self.now)
            yield self._make(
                Leave,
                membership_id=self.members[which][0],
                first_on=day,
                last_on=day,
                created_at=self.now,
            )

    def _held(self, which: SampleGroup, index: int) -> Meeting:
        """Those of the group that only looks back lie behind the sample's, the others before."""
        start = self.now - (index + 4) * A_WEEK
        if which is SampleGroup.PAST:
            start = self.now - timedelta(days=6) + index * timedelta(hours=2)
        return self._meeting(
            sample_id("group", which),
            start,
            state="held",
            started_at=start,
            closed_at=start + LENGTH,
            speaking_order=[who.hex for who in self.members[which]],
        )

    def _ahead(self, which: SampleGroup, index: int) -> Meeting:
        start = SUMMER + index * A_WEEK
        more: dict[str, Any] = {}
        if which is SampleGroup.PAUSED:
            more = {"state": "cancelled", "cancelled_by": "group"}
        if which is SampleGroup.AHEAD:
            local = (start + timedelta(hours=1)).replace(tzinfo=None).isoformat(timespec="minutes")
            more = {"origin": "cadence", "occurrence": local, "local_start": local}
        return self._meeting(sample_id("group", which), start, **more)

    def _evening(self, which: SampleGroup, meeting: Meeting) -> Iterator[Base]:
        members = self.members[which]
        for number, who in enumerate(members):
            yield self._make(
                Attendance,
                meeting_id=meeting.id,
                membership_id=who,
                status="present" if number else "absent",
                updated_at=self.now,
            )
        for position, who in enumerate(members[1:3], start=1):
            yield self._seat(meeting.group_id, meeting.id, who, position, state="done")
            yield self._make(
                Slot,
                meeting_id=meeting.id,
                segment_id="hot_seats",
                position=position,
                kind="hot_seat",
                membership_id=who,
                planned_start=meeting.starts_at,
                planned_end=meeting.ends_at,
            )
        for role, who in zip(ROLES, members, strict=False):
            yield self._make(MeetingRole, meeting_id=meeting.id, role=role, membership_id=who)
        yield self._make(
            Proposal,
            group_id=meeting.group_id,
            membership_id=members[0],
            term="notice",
            status="dismissed",
            numerator=0,
            denominator=1,
            required=24,
            since_meeting_id=meeting.id,
            last_meeting_id=meeting.id,
            **self._stamps(),
        )

    def _of_sample_meetings(self, index: int) -> Iterator[Base]:
        for number in SampleMeeting:
            meeting_id, members = sample_id("meeting", number), self.members[_group_of(number)]
            yield self._make(
                Guest, meeting_id=meeting_id, name=f"Guest {index}", created_at=self.now
            )
            yield self._make(
                UrgentRequest,
                meeting_id=meeting_id,
                membership_id=members[index % len(members)],
                state="withdrawn",
                **self._stamps(),
            )

    def _promises(self, index: int) -> Iterator[Commitment]:
        """Open ones of the first two members, on a day and at each meeting of the sample."""
        on_a_day = {"due_on": date(2099, 7, 3)}
        for which in SampleGroup:
            yield self._promise(which, index % 2, **on_a_day)
        for number in SampleMeeting:
            at_the_meeting = {"due_meeting_id": sample_id("meeting", number)}
            yield self._promise(_group_of(number), index % 2, **at_the_meeting)

    def _promise(self, which: SampleGroup, member: int, **due: Any) -> Commitment:
        return self._make(
            Commitment,
            group_id=sample_id("group", which),
            membership_id=self.members[which][member],
            person_id=sample_id("person", member + 1),
            title="One more",
            time_zone=LONDON,
            made_at=self.now,
            **due,
            **self._stamps(),
        )

    def _made(self, promise: Commitment) -> CommitmentEvent:
        return self._make(
            CommitmentEvent,
            commitment_id=promise.id,
            number=1,
            kind="made",
            at=self.now,
            due_on=promise.due_on,
            due_meeting_id=promise.due_meeting_id,
            time_zone=promise.time_zone,
        )

    def _of_sample_commitments(self, index: int) -> Iterator[Base]:
        due = {"due_on": date(2099, 6, 11), "time_zone": LONDON}
        kept = SampleCommitment.KEPT
        happened: list[tuple[SampleCommitment, int, str, dict[str, Any]]] = [
            (each, index + 2, "renegotiated", due) for each in SampleCommitment if each is not kept
        ]
        happened.append((kept, 2 * index + 3, "reopened", {}))
        happened.append((kept, 2 * index + 4, "kept", {"kept_on": self.now.date()}))
        for which, number, kind, more in happened:
            yield self._make(
                CommitmentEvent,
                commitment_id=sample_id("commitment", which),
                number=number,
                kind=kind,
                at=self.now,
                **more,
            )
        for which in SampleCommitment:
            yield self._make(
                CheckIn,
                commitment_id=sample_id("commitment", which),
                at=self.now,
                note=f"Still at it: {index}",
                created_at=self.now,
            )

    def _outside(self, index: int) -> Iterator[Base]:
        yield self._make(
            Attempt,
            delivery_id=sample_id("delivery"),
            number=index + 2,
            at=self.now,
            duration_ms=1,
            error="connect",
        )
        event = sample_id("event")
        for endpoint in SampleEndpoint:
            for state, number in (("failed", 2), ("pending", 3), ("succeeded", 4)):
                yield self._make(
                    Delivery,
                    endpoint_id=sample_id("webhook_endpoint", endpoint),
                    event_id=event,
                    number=4 * index + number,
                    state=state,
                    attempts=1,
                    created_at=self.now,
                )
        yield self._make(
            CalendarFeed,
            group_id=sample_id("group"),
            token_hash=f"of the group {index}",
            include=[*OF_GROUP],
            **self._stamps(),
        )
        for number in BUSY_PEOPLE:
            person_id = sample_id("person", number)
            yield self._make(
                CalendarFeed,
                person_id=person_id,
                token_hash=f"of {number}: {index}",
                include=[*PARTS],
                **self._stamps(),
            )
            yield self._make(
                CalendarTarget,
                person_id=person_id,
                kind="caldav",
                address=f"http://127.0.0.1:9/{number}/{index}/",
                settings={"url": f"http://127.0.0.1:9/{number}/{index}/", "username": "somebody"},
                **self._stamps(),
            )
        for number in (1, UNUSED):
            yield self._make(
                CalendarPush,
                target_id=sample_id("calendar_target", number),
                uid=f"{index}@elsewhere",
                requested=1,
            )

    async def _number(self) -> None:
        """As the relay does after each commit, and the endpoints as it would have."""
        of_workspace = WebhookEndpoint.workspace_id == self.workspace_id
        next_number = 4 * self.size + 1
        await self.session.execute(
            update(WebhookEndpoint).where(of_workspace).values(next_number=next_number)
        )
        query = select(Event).where(Event.workspace_id == self.workspace_id).order_by(Event.id)
        events = (await self.session.execute(query)).scalars().all()
        for position, event in enumerate(events, start=1):
            event.position = position
        counter = await self.session.get_one(EventCounter, self.workspace_id)
        counter.next_position = len(events) + 1

    def _person(self) -> Person:
        return self._make(Person, name="Somebody", time_zone=LONDON, **self._stamps())

    def _membership(self, group_id: UUID, person_id: UUID, **more: Any) -> Membership:
        return self._make(
            Membership,
            group_id=group_id,
            person_id=person_id,
            **{"state": "current", "starts_on": LONG_AGO, **self._stamps(), **more},
        )

    def _meeting(self, group_id: UUID, starts_at: datetime, **more: Any) -> Meeting:
        meeting_id = new_id()
        local_start = starts_at.replace(tzinfo=None).isoformat(timespec="minutes")
        return self._make(
            Meeting,
            id=meeting_id,
            group_id=group_id,
            time_zone=LONDON,
            starts_at=starts_at,
            ends_at=starts_at + LENGTH,
            uid=f"{meeting_id}@hotseat",
            calendar_changed_at=self.now,
            **{
                "origin": "ad_hoc",
                "state": "scheduled",
                "local_start": local_start,
                **self._stamps(),
                **more,
            },
        )

    def _seat(
        self, group_id: UUID, meeting_id: UUID, membership_id: UUID, position: int, **more: Any
    ) -> HotSeat:
        return self._make(
            HotSeat,
            group_id=group_id,
            meeting_id=meeting_id,
            membership_id=membership_id,
            position=position,
            **self._stamps(),
            **more,
        )

    def _stamps(self) -> dict[str, datetime]:
        return {"created_at": self.now, "updated_at": self.now}

    def _make(self, model: Any, **values: Any) -> Any:
        return model(workspace_id=self.workspace_id, **values)


def _group_of(number: SampleMeeting) -> SampleGroup:
    if number <= SampleMeeting.THIRD:
        return SampleGroup.AHEAD
    return ELSEWHERE[number] if number in ELSEWHERE else SampleGroup[number.name]
