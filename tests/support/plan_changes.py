"""Calls that tell what they do to the plan: rehearsed, made, and compared with what is seen."""

import json
from typing import Any

from tests.support.builders import made
from tests.support.rotation import Rotation

Seat = tuple[str, str]
"""A meeting and a member."""


async def rehearse(
    rotation: Rotation, method: str, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The answer of a call, which tells the same in its dry run and says the truth.

    What a call creates has another id each time.
    """
    before, versions = await _seen(rotation), await rotation.versions()
    shown = made(await rotation.client.request(method, path, params={"dry_run": "true"}, json=body))
    assert await rotation.versions() == versions, "a dry run changes nothing"
    assert await _seen(rotation) == before
    done: dict[str, Any] = made(await rotation.client.request(method, path, json=body))
    told = json.dumps(shown["plan_change"])
    if "id" in shown:
        told = told.replace(shown["id"], done["id"])
    assert done["plan_change"] == json.loads(told)
    check(done["plan_change"], before, await _seen(rotation))
    return done


def check(change: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> None:
    """The lines of the change turn the plan of before into that of after, and so with credits."""
    seats = dict(before["open"])
    for line in change["seats"]:
        if line["before"] is not None:
            where = line["before"]
            assert seats.pop((where["meeting_id"], line["membership_id"])) == where["position"]
    for line in change["seats"]:
        if line["after"] is not None:
            seats[line["after"]["meeting_id"], line["membership_id"]] = line["after"]["position"]
        assert line["reason"]["text"]
        assert line["name"]
    assert {key: place for key, place in seats.items() if key not in after["done"]} == after["open"]
    told = {line["membership_id"]: line["now"] for line in change["credits"]}
    for member, credit in after["credits"].items():
        stood = before["credits"].get(member, 0.0)
        assert told.get(member, {"before": stood, "after": stood}) == {
            "before": stood,
            "after": credit,
        }


def moves(answer: dict[str, Any]) -> dict[str, str]:
    """By member, what became of their hot seat; of several the last."""
    return {line["membership_id"]: line["change"] for line in answer["plan_change"]["seats"]}


def reasons(answer: dict[str, Any], change: str = "taken") -> set[str]:
    """The codes of the reasons of this kind of change."""
    lines = answer["plan_change"]["seats"]
    return {line["reason"]["code"] for line in lines if line["change"] == change}


NOTHING: dict[str, Any] = {"planned_until": None, "seats": [], "credits": []}


async def _seen(rotation: Rotation) -> dict[str, Any]:
    """Open hot seats with their places, those that took place, and credits, as one reads them."""
    seats = await rotation.seats()
    path = f"/v1/groups/{rotation.group_id}/rotation"
    ledger = made(await rotation.client.get(path))["ledger"]
    return {
        "open": {
            (seat["meeting_id"], seat["membership_id"]): seat["position"]
            for seat in seats
            if seat["state"] in {"planned", "announced", "live"}
        },
        "done": {
            (seat["meeting_id"], seat["membership_id"]) for seat in seats if seat["state"] == "done"
        },
        "credits": {line["membership_id"]: line["credit"] for line in ledger},
    }
