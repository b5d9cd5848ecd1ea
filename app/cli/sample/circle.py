"""The sample's people, and the groups that they form."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.api.schemas.examples import SampleGroup, member, sample_id
from app.domain.group_days import day_of
from app.domain.hot_seat_formats import FormatPhase, HotSeatFormat
from app.domain.versions import ANY
from app.services.group_verbs import activate_group, pause_group
from app.services.groups import create_group
from app.services.hot_seat_formats import put_format
from app.services.leaves import create_leave
from app.services.memberships import create_membership
from app.services.organizers import add_organizer
from app.services.people import create_person

LONDON = "Europe/London"
HORIZON = timedelta(weeks=13)
JOINED_BEFORE = timedelta(days=90)
PEOPLE = (
    ("C. S. Lewis", "Author", "Finish the trilogy"),
    ("J. R. R. Tolkien", "Professor", "Send the first chapters to a publisher"),
    ("Owen Barfield", "Solicitor", "Write one essay a month"),
    ("Charles Williams", "Editor", "Give the lectures that he has promised"),
    ("Hugo Dyson", "Lecturer", "Say less, and write it down"),
    ("Warren Lewis", "Historian", "Bring the family papers in order"),
    ("Nevill Coghill", "Director", "Find a stage"),
    ("Adam Fox", "Dean", "Finish the long poem"),
    ("Gervase Mathew", "Historian", "Read fewer manuscripts"),
)
GROUPS = {
    SampleGroup.AHEAD: ("The Inklings", 6),
    SampleGroup.FORMING: ("The Coalbiters", 4),
    SampleGroup.PAUSED: ("The Cave", 4),
    SampleGroup.PAST: ("The Kolbítar", 4),
    SampleGroup.TONIGHT: ("The Socratic Club", 4),
    SampleGroup.RUNNING: ("The Tuesday Table", 4),
    SampleGroup.SEATED: ("The Martlets", 4),
    SampleGroup.INTERRUPTED: ("The Bird and Baby", 4),
    SampleGroup.ENDING: ("The Kilns", 4),
    SampleGroup.PAUSING: ("The Mitre", 4),
    SampleGroup.BEGINNING: ("The Eastgate", 4),
    SampleGroup.CLOSING: ("The Monday Club", 4),
}
DECISION = HotSeatFormat(
    name="decision",
    title="Decision hot seat",
    phases=(
        FormatPhase("present", 5, "The member says what is to be decided."),
        FormatPhase("advise", 10, "One opinion each, in turn."),
        FormatPhase("commit", 3, "The member decides, and by when."),
    ),
    source="Of the group's own.",
)


async def make_people(session: AsyncSession, workspace_id: UUID, now: datetime) -> None:
    """The nine; the last three have no place in a group."""
    for number, (name, role, goals) in enumerate(PEOPLE, start=1):
        surname = name.split()[-1].lower()
        fields = {
            "id": sample_id("person", number),
            "name": name,
            "email": f"{name[0].lower()}.{surname}@inklings.example",
            "time_zone": LONDON,
            "background": {"industry": "Letters", "role": role, "goals": goals},
            "external_id": f"inkling-{number}",
        }
        await create_person(session, workspace_id, fields, now)


async def make_groups(session: AsyncSession, workspace_id: UUID, now: datetime) -> None:
    """The groups with their members, an organizer and a leave."""
    for group, (name, members) in GROUPS.items():
        await _make_group(session, workspace_id, group, name, members, now)
    ahead, lewis = sample_id("group", SampleGroup.AHEAD), sample_id("person", 1)
    await add_organizer(session, workspace_id, ahead, lewis, now)
    fields = {"first_on": date(2099, 8, 1), "last_on": date(2099, 8, 31), "reason": "On the river"}
    await put_format(session, workspace_id, ahead, DECISION, ANY, now)
    on_leave = sample_id("membership", member(SampleGroup.AHEAD, 1))
    await create_leave(session, workspace_id, on_leave, {"id": sample_id("leave"), **fields}, now)


async def _make_group(
    session: AsyncSession,
    workspace_id: UUID,
    group: SampleGroup,
    name: str,
    members: int,
    now: datetime,
) -> None:
    group_id = sample_id("group", group)
    fields = {
        "id": group_id,
        "name": name,
        "purpose": "Read to one another what we are writing, and finish it",
        "time_zone": LONDON,
        "charter": {"ground_rules": ["What is said here stays here", "We begin on time"]},
        "rotation": {"hot_seats_per_meeting": 2},
        "external_id": f"sample-group-{group.value}",
    }
    await create_group(session, workspace_id, fields, now)
    for place in range(1, members + 1):
        place_of_person = {
            "id": sample_id("membership", member(group, place)),
            "person_id": sample_id("person", place),
            "starts_on": day_of(now - JOINED_BEFORE, LONDON),
        }
        await create_membership(session, workspace_id, group_id, place_of_person, now)
    if group is not SampleGroup.FORMING:
        await activate_group(session, workspace_id, group_id, ANY, now, HORIZON)
    if group is SampleGroup.PAUSED:
        await pause_group(session, workspace_id, group_id, None, None, ANY, now)
