"""What lies ahead: meetings with agendas, and whose turn it is."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from app.cli.demonstration.api import Api
from app.cli.demonstration.circle import ZONE, Circle
from app.cli.demonstration.screen import Screen, clock_of
from app.cli.errors import expect

EVENING, MINUTES = time(19, 30), 90
WEEKS_AHEAD, PLANNED = 13, 12


def meet(api: Api, screen: Screen, circle: Circle, first: date) -> list[dict[str, Any]]:
    screen.step("Thursday evenings in Oxford")
    api.put(
        f"/v1/groups/{circle.group_id}/cadence",
        {
            "rrule": "FREQ=WEEKLY;BYDAY=TH",
            "local_start": datetime.combine(first, EVENING).isoformat(),
            "duration_minutes": MINUTES,
        },
    )
    found = api.get("/v1/meetings", group_id=circle.group_id, state="scheduled", limit=100)
    meetings: list[dict[str, Any]] = found["data"]
    expect(f"{WEEKS_AHEAD} meetings ahead, not {len(meetings)}", met=len(meetings) == WEEKS_AHEAD)
    screen.say(f"{len(meetings)} meetings are in the calendar.")
    show_agenda(api, screen, meetings[0])
    return meetings


def plan(api: Api, screen: Screen, circle: Circle, meetings: Sequence[dict[str, Any]]) -> list[str]:
    """The memberships that have the next meeting's hot seats."""
    screen.step(f"Hot seats for the next {PLANNED} meetings")
    plan = api.get(f"/v1/groups/{circle.group_id}/rotation")["plan"]
    planned = {each["meeting_id"]: each["hot_seats"] for each in plan if each["hot_seats"]}
    expect(f"hot seats in {PLANNED} meetings, not in {len(planned)}", met=len(planned) == PLANNED)
    screen.table(
        ("meeting", "hot seats"),
        (
            (
                clock_of(meeting["starts_at"], ZONE),
                ", ".join(
                    circle.names[seat["membership_id"]] for seat in planned.get(meeting["id"], ())
                )
                or "not planned yet",
            )
            for meeting in meetings
        ),
    )
    return [seat["membership_id"] for seat in planned[meetings[0]["id"]]]


def look_ahead(
    api: Api, screen: Screen, circle: Circle, meeting: dict[str, Any], before: Sequence[str]
) -> None:
    screen.step("The next meeting: the rotation moved on, and what is owed")
    rotation = api.get(f"/v1/groups/{circle.group_id}/rotation")
    seats = next(each for each in rotation["plan"] if each["meeting_id"] == meeting["id"])
    after = [seat["membership_id"] for seat in seats["hot_seats"]]
    expect("other hot seats than before the meeting was held", met=set(after) != set(before))
    screen.table(
        ("name", "credit", "due", "got"),
        (
            (
                circle.names[line["membership_id"]],
                f"{line['credit']:+.2f}",
                f"{line['due']:.2f}",
                line["got"],
            )
            for line in rotation["ledger"]
        ),
    )
    screen.say("Before: " + ", ".join(circle.names[each] for each in before))
    for seat in seats["hot_seats"]:
        reason = seat["reason"]["text"] if seat["reason"] else ""
        screen.say(f"Now: {circle.names[seat['membership_id']]} ({reason})")
    agenda = api.get(f"/v1/meetings/{meeting['id']}/agenda")
    owed = [each for segment in agenda["segments"] for each in segment["owed"] or ()]
    owing = [each for each in owed if each["commitments"]]
    expect("commitments on the agenda of the next meeting", met=bool(owing))
    screen.table(
        ("owes", "what"),
        ((each["name"], promise["title"]) for each in owing for promise in each["commitments"]),
    )


def show_agenda(api: Api, screen: Screen, meeting: dict[str, Any]) -> None:
    agenda = api.get(f"/v1/meetings/{meeting['id']}/agenda")
    screen.say(f"The agenda of {clock_of(meeting['starts_at'], ZONE)}:")
    screen.table(
        ("from", "to", "segment", "who"),
        (
            (
                clock_of(segment["planned_start"], ZONE)[-5:],
                clock_of(segment["planned_end"], ZONE)[-5:],
                segment["title"],
                ", ".join(slot["name"] for slot in segment["slots"] if slot["name"]),
            )
            for segment in agenda["segments"]
        ),
    )
