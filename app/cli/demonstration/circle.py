"""Six people, their group, and an app that hears of it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from app.cli.demonstration.api import Api
from app.cli.demonstration.receiver import Receiver
from app.cli.demonstration.screen import Screen
from app.cli.errors import CommandError

ZONE = "Europe/London"
INKLINGS = (
    ("C. S. Lewis", "Author", "Finish the trilogy"),
    ("J. R. R. Tolkien", "Professor", "Send the first chapters to a publisher"),
    ("Owen Barfield", "Solicitor", "Write one essay a month"),
    ("Charles Williams", "Editor", "Give the lectures that he has promised"),
    ("Hugo Dyson", "Lecturer", "Say less, and write it down"),
    ("Warren Lewis", "Historian", "Bring the family papers in order"),
)


@dataclass(frozen=True, slots=True)
class Circle:
    """The group, and the names of its members by membership id."""

    group_id: str
    names: dict[str, str]


def found_circle(api: Api, screen: Screen, *, joined_on: date) -> Circle:
    screen.step("Six people, a group, a place for each")
    run = uuid4().hex[:8]
    people = [
        api.post(
            "/v1/people",
            {
                "name": name,
                "time_zone": ZONE,
                "background": {"role": role, "goals": goals},
                "external_id": f"demo-{run}-{number}",
            },
        )
        for number, (name, role, goals) in enumerate(INKLINGS, start=1)
    ]
    group = api.post(
        "/v1/groups",
        {
            "name": "The Inklings",
            "purpose": "Read to one another what we are writing, and finish it",
            "time_zone": ZONE,
            "charter": {"ground_rules": ["What is said here stays here", "We begin on time"]},
            "rotation": {"hot_seats_per_meeting": 2},
            "external_id": f"demo-{run}",
        },
    )
    path = f"/v1/groups/{group['id']}"
    joined = {"starts_on": joined_on.isoformat()}
    members = [
        api.post(f"{path}/memberships", {"person_id": person["id"], **joined}) for person in people
    ]
    group = api.post(f"{path}/activate")
    screen.table(
        ("place", "name", "role", "goals"),
        ((member["place"], *inkling) for member, inkling in zip(members, INKLINGS, strict=True)),
    )
    screen.say(f"{group['name']} is {group['state']}, with {group['members']} members.")
    names = {m["id"]: person["name"] for m, person in zip(members, people, strict=True)}
    return Circle(group["id"], names)


@contextmanager
def listening(api: Api, receiver: Receiver, screen: Screen, circle: Circle) -> Iterator[None]:
    """Let the receiver hear of all that happens in the group meanwhile."""
    screen.step("An app asks to hear of everything in this group")
    body = {"url": receiver.url, "description": "hotseat demo", "group_ids": [circle.group_id]}
    endpoint = api.post("/v1/webhook_endpoints", body)
    receiver.trust(endpoint["secret"])
    screen.say(f"{receiver.url} verifies every signature with the endpoint's secret.")
    try:
        yield
    finally:
        # What has failed before is the better message.
        with suppress(CommandError):
            api.delete(f"/v1/webhook_endpoints/{endpoint['id']}")
