"""Erasing a person: nothing personal stays, and nothing that others' figures rest on goes.

Ids, dates, states and numbers stay under the person's id, which by then names nobody. Fair shares
and accountability are made of those alone, so they are the same before and after.
"""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Event, Person
from app.db.queries import erasure as queries
from app.db.queries import groups, meetings, people
from app.domain import ids
from app.domain.membership import MembershipState
from app.domain.versions import ANY, Expected
from app.services.calendar_targets import delete_target
from app.services.events import emit
from app.services.facts import group_facts, person_facts
from app.services.group_clock import set_state
from app.services.membership_change import finish, open_membership

ERASED_NAME = "Erased person"
OWN_ID_NOUNS = {"person", "membership", "commitment", "check_in"}
"""Nouns whose events have the caller's id of something that is the person's own."""


async def erase_person(
    session: AsyncSession,
    workspace_id: UUID,
    person_id: UUID,
    expected: Expected,
    now: datetime,
) -> tuple[Person, dict[str, int]]:
    """Erase a person for good; with, by table, how many rows have changed. Once is enough: of
    somebody who was erased before, nothing changes.

    What was pushed to their calendars is taken out by the worker; only until then the calendar's
    address stays.
    """
    person = await people.load(session, workspace_id, person_id)
    expected.check(person.version)
    if person.erased_at is not None:
        return person, {}
    group_ids = await queries.groups_of(session, workspace_id, person_id)
    await groups.lock_all(session, workspace_id, group_ids)
    name = person.name
    changed = await queries.blank_texts(session, person, ERASED_NAME)
    _forget(person, now)
    await session.flush()
    changed["organizers"] = await _leave_offices(session, person, now)
    changed["places_ended"] = await _leave_groups(session, person, now)
    changed |= await _close_calendars(session, person, now)
    changed["reasons"] = await _unname(session, workspace_id, group_ids, name)
    changed["events"] = await _clean_events(session, person)
    changed["kept_answers"] = await queries.drop_answers(session, workspace_id)
    emit(session, "person.erased", workspace_id, person_facts(person), now)
    return person, {noun: count for noun, count in changed.items() if count}


def _forget(person: Person, now: datetime) -> None:
    person.name = ERASED_NAME
    person.email = person.external_id = None
    person.background, person.metadata_ = {}, {}
    person.time_zone, person.locale = "UTC", "en"
    person.erased_at = person.updated_at = now


async def _leave_offices(session: AsyncSession, person: Person, now: datetime) -> int:
    offices = await queries.offices(session, person.workspace_id, person.id)
    for office in offices:
        await session.delete(office)
    for group in await groups.lock_all(
        session, person.workspace_id, [office.group_id for office in offices]
    ):
        group.touch(now)
        await session.flush()
        data = group_facts(group)
        emit(session, "group.updated", group.workspace_id, data, now, group_id=group.id)
    return len(offices)


async def _leave_groups(session: AsyncSession, person: Person, now: datetime) -> int:
    places = await queries.open_places(session, person.workspace_id, person.id)
    for membership_id in places:
        opened = await open_membership(session, person.workspace_id, membership_id, ANY, now)
        membership = opened.membership
        if membership.state == "ended":
            continue
        met = await meetings.has_met_on(session, opened.group, opened.today)
        # Whoever may have been there today was a member today; else not even tonight.
        membership.ends_on = opened.today if met else opened.today - timedelta(days=1)
        set_state(membership, opened.group, MembershipState.ENDED)
        await finish(session, opened, "membership.ended", now)
    return len(places)


async def _close_calendars(session: AsyncSession, person: Person, now: datetime) -> dict[str, int]:
    workspace_id = person.workspace_id
    feeds = await queries.feeds(session, workspace_id, person.id)
    for feed in feeds:
        await session.delete(feed)
    untouched = await queries.drop_untouched_targets(session, workspace_id, person.id)
    targets = await queries.targets(session, workspace_id, person.id)
    for target in targets:
        await delete_target(session, workspace_id, target.id, ANY, now)
    await session.flush()
    return {"calendar_feeds": len(feeds), "calendar_targets": untouched + len(targets)}


async def _unname(
    session: AsyncSession, workspace_id: UUID, group_ids: Collection[UUID], name: str
) -> int:
    """Let the reasons of others' hot seats say who was away without the name."""
    seats = await queries.naming(session, workspace_id, group_ids, name)
    requests = await queries.decisions_of(session, workspace_id, group_ids, name)
    for seat in seats:
        seat.reason = without_name(seat.reason, name)
    for request in requests:
        request.decision = without_name(request.decision, name)
    await session.flush()
    return len(seats) + len(requests)


def without_name(value: Any, name: str) -> Any:
    """A JSON value whose texts have ERASED_NAME wherever a name stood as a word of its own."""
    if isinstance(value, str):
        return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", ERASED_NAME, value)
    if isinstance(value, dict):
        return {key: without_name(each, name) for key, each in value.items()}
    if isinstance(value, list):
        return [without_name(each, name) for each in value]
    return value


async def _clean_events(session: AsyncSession, person: Person) -> int:
    """The caller's own ids in the log may be anything, an e-mail too."""
    person_id = ids.encode("person", person.id)
    events = await queries.events_of(session, person.workspace_id, person_id)
    for event in events:
        event.data = _without_own_ids(event)
    await session.flush()
    return len(events)


def _without_own_ids(event: Event) -> dict[str, Any]:
    own = {"person_external_id", "membership_external_id"}
    if event.type.partition(".")[0] in OWN_ID_NOUNS:
        own.add("external_id")
    changed: dict[str, Any] = dict.fromkeys(own & set(event.data))
    if "person_time_zone" in event.data:
        changed["person_time_zone"] = "UTC"
    return {**event.data, **changed}
