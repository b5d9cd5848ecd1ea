"""The event log: no position is missing, and the version of a thing only rises."""

from tests.simulation.diary import Diary
from tests.simulation.seen import Json, Seen

OWN_ID = {
    noun: f"{noun}_id"
    for noun in ("person", "group", "membership", "meeting", "hot_seat", "urgent_request")
} | {
    "attendance": "meeting_id",
    "slot": "meeting_id",
    "commitment": "commitment_id",
    "check_in": "commitment_id",
}
"""Whose version the data of each noun's events carries."""


def positions_have_no_gap(diary: Diary, seen: Seen) -> None:
    for event in seen.new_events:
        assert event["position"] == diary.log.position + 1, event
        diary.log.position = event["position"]


def versions_only_rise(diary: Diary, seen: Seen) -> None:
    for event in seen.new_events:
        data: Json = event["data"]
        own_id = OWN_ID.get(event["type"].partition(".")[0])
        if own_id is not None:
            thing = data[own_id]
            assert data["version"] >= diary.log.versions.get(thing, 0), event
            diary.log.versions[thing] = data["version"]


def calendars_only_go_forward(diary: Diary, seen: Seen) -> None:
    for event in seen.new_events:
        if "calendar" in event["data"]:
            told = event["data"]["calendar"]
            assert told["sequence"] >= diary.log.sequences.get(told["uid"], 0), event
            diary.log.sequences[told["uid"]] = told["sequence"]


CHECKS = (positions_have_no_gap, versions_only_rise, calendars_only_go_forward)
