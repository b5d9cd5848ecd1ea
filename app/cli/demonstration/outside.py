"""Who hears of it: an app by webhooks, and calendars by a feed."""

from pathlib import Path

from icalendar import Calendar

from app.cli.demonstration.ahead import WEEKS_AHEAD
from app.cli.demonstration.api import Api
from app.cli.demonstration.circle import Circle
from app.cli.demonstration.receiver import Receiver
from app.cli.demonstration.screen import Screen
from app.cli.errors import expect

WEBHOOK_SECONDS = 30.0


def hear(receiver: Receiver, screen: Screen) -> None:
    screen.step("What the app heard, every signature verified")
    heard = receiver.wait_for("commitment.kept", seconds=WEBHOOK_SECONDS)
    counts: dict[str, int] = {}
    for each in heard:
        counts[each.type] = counts.get(each.type, 0) + 1
    screen.table(("event", "deliveries"), counts.items())


def subscribe(api: Api, screen: Screen, circle: Circle, file: Path) -> None:
    screen.step("The group's calendar, for any calendar program")
    feed = api.post("/v1/calendar_feeds", {"group_id": circle.group_id})
    response = api.call("GET", feed["url"])
    again = api.call("GET", feed["url"], headers={"If-None-Match": response.headers["ETag"]})
    expect("304 for a calendar that has not changed", met=again.status_code == 304)
    events = Calendar.from_ical(response.content).walk("VEVENT")
    expect(f"more than {WEEKS_AHEAD} entries, not {len(events)}", met=len(events) > WEEKS_AHEAD)
    first, last = (events[place].decoded("DTSTART") for place in (0, -1))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(response.content)
    screen.say(f"{file} has {len(events)} entries, from {first:%d %b %Y} to {last:%d %b %Y}.")
    screen.say("Done.")
