"""An evening that is over: what was done there, and what was promised."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from app.cli.demonstration.ahead import EVENING, MINUTES
from app.cli.demonstration.api import Api
from app.cli.demonstration.circle import Circle
from app.cli.demonstration.screen import Screen
from app.cli.errors import expect

ABSENT = "Hugo Dyson"
PROMISES = (
    "Bring the next chapter",
    "Send two chapters to Barfield",
    "Finish the essay on metaphor",
)


def hold(
    api: Api,
    screen: Screen,
    circle: Circle,
    day: date,
    following: dict[str, Any],
    seated: Sequence[str],
) -> list[dict[str, Any]]:
    """The commitments made at last Thursday's meeting, which nobody ran with the service."""
    screen.step("Last Thursday's meeting is recorded")
    meeting = api.post(
        "/v1/meetings",
        {
            "group_id": circle.group_id,
            "local_start": datetime.combine(day, EVENING).isoformat(),
            "duration_minutes": MINUTES,
            "location": "The Eagle and Child",
            "backfill": True,
        },
    )
    absent = next(each for each, name in circle.names.items() if name == ABSENT)
    present = [each for each in circle.names if each != absent]
    taken = [each for each in seated if each != absent] or present[:1]
    promises = [
        {
            "membership_id": each,
            "title": title,
            "due_meeting_id": following["id"],
        }
        for each, title in zip(present, PROMISES, strict=False)
    ]
    record = {
        "attendance": [{"membership_id": absent, "status": "absent"}],
        "hot_seats": [{"membership_id": each, "state": "done"} for each in taken],
        "commitments": promises,
    }
    held = api.post(f"/v1/meetings/{meeting['id']}/record", record)
    expect(f"a meeting held, not {held['state']}", met=held["state"] == "held")
    attendance = api.get(f"/v1/meetings/{meeting['id']}/attendance")["data"]
    screen.table(
        ("name", "attendance", "hot seat"),
        (
            (each["name"], each["status"], "done" if each["membership_id"] in taken else "")
            for each in attendance
        ),
    )
    made: list[dict[str, Any]] = api.get("/v1/commitments", group_id=circle.group_id)["data"]
    expect(f"{len(promises)} commitments, not {len(made)}", met=len(made) == len(promises))
    screen.say(f"{len(made)} commitments were made: " + "; ".join(each["title"] for each in made))
    return made


def keep(api: Api, screen: Screen, promised: Sequence[dict[str, Any]]) -> None:
    screen.step("One promise is on its way, and then kept")
    path = f"/v1/commitments/{promised[0]['id']}"
    note = api.post(f"{path}/check_ins", {"note": "Read to Warnie on Sunday", "percent": 80})
    kept = api.post(f"{path}/keep")
    expect(f"a commitment kept, not {kept['state']}", met=kept["state"] == "kept")
    screen.say(f"{kept['title']}: {note['percent']} % on the way, then {kept['state']}.")
