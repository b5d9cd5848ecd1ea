"""What must hold after every step: the lists are the model's, versions rise, tenants are apart."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import httpx

from tests.state_machine.commitments import Commitment, Due
from tests.state_machine.hot_seats import OPEN, Seat
from tests.state_machine.model import Model
from tests.state_machine.service import Service

Body = Mapping[str, Any]
WHOLE, SMALL = 100, 2
FINAL = {"done", "interrupted"}
LISTS = ("groups", "memberships", "meetings", "hot_seats", "commitments")


class Checks:
    """`versions`: those of everything that was ever read."""

    def __init__(self, service: Service, model: Model) -> None:
        self._service, self._model = service, model
        self._steps = 0
        self._seen: dict[str, Body] = {}
        self.versions: dict[str, int] = {}

    def see(self, answer: httpx.Response) -> None:
        """A resource's answer has its version in the ETag, and that never falls."""
        body = answer.json()
        if "id" in body and "version" in body:
            assert answer.headers["ETag"] == f'"{body["version"]}"'
            assert body["version"] >= self.versions.get(body["id"], 1)
            self.versions[body["id"]] = body["version"]

    def check(self) -> None:
        if not self._model.groups:
            return
        self._steps += 1
        rows = {name: self._read(name) for name in LISTS}
        for each in (row for found in rows.values() for row in found):
            self._check_version(each)
        self._check_groups(rows["groups"])
        self._check_memberships(rows["memberships"])
        self._check_meetings(rows["meetings"])
        self._check_hot_seats(rows["hot_seats"])
        self._check_commitments(rows["commitments"])
        self._check_walls(rows)

    def check_events(self) -> None:
        """The log counts from 1 without a gap, however long its pages are."""
        for limit in (WHOLE, 7):
            found: list[dict[str, Any]] = []
            after: dict[str, str] = {}
            while True:
                params = {**after, "limit": str(limit)}
                page = self._service.ask("GET", "events", params=params).json()
                found += page["data"]
                if page["next_cursor"] is None:
                    break
                after = {"after": page["next_cursor"]}
            assert [event["position"] for event in found] == list(range(1, len(found) + 1))

    def due_of(self, body: Body) -> Due:
        if body["due_on"] is not None:
            return date.fromisoformat(body["due_on"])
        return self._model.meetings[body["due_meeting_id"]]

    def _read(self, name: str) -> list[dict[str, Any]]:
        """A whole list; each in its turn by pages of two."""
        limit = SMALL if self._steps % len(LISTS) == LISTS.index(name) else WHOLE
        paths = [name]
        if name == "memberships":
            paths = [f"groups/{group_id}/memberships" for group_id in self._model.groups]
        return [row for path in paths for row in self._service.all(path, limit=limit)]

    def _check_version(self, body: Body) -> None:
        """A version never falls, and what a version looks like never changes."""
        before = self._seen.get(body["id"])
        if before is not None:
            assert body["version"] >= before["version"], (before, body)
            if body["version"] == before["version"]:
                assert body == before
        self._seen[body["id"]] = body
        self.versions[body["id"]] = body["version"]

    def _check_groups(self, rows: Iterable[Body]) -> None:
        model = self._model
        assert {
            row["id"]: (row["state"], row["paused_from"], row["paused_until"], row["members"])
            for row in rows
        } == {
            group.id: (
                group.state,
                group.paused_from and group.paused_from.isoformat(),
                group.paused_until and group.paused_until.isoformat(),
                model.members(group),
            )
            for group in model.groups.values()
        }

    def _check_memberships(self, rows: Iterable[Body]) -> None:
        found = {
            row["id"]: (row["state"], row["place"], row["starts_on"], row["ends_on"])
            for row in rows
        }
        assert found == {
            each.id: (
                each.state(self._model.today),
                each.place,
                each.starts_on.isoformat(),
                each.ends_on and each.ends_on.isoformat(),
            )
            for each in self._model.memberships.values()
        }
        held = [
            (each.group.id, state, each.place)
            for each in self._model.memberships.values()
            if (state := found[each.id][0]) != "ended"
        ]
        assert len(set(held)) == len(held), "two holders of a place"
        assert all(1 <= place <= 8 for _, _, place in held)

    def _check_meetings(self, rows: Iterable[Body]) -> None:
        found = {
            row["id"]: (row["state"], datetime.fromisoformat(row["starts_at"])) for row in rows
        }
        model = {each.id: (each.state, each.starts_at) for each in self._model.meetings.values()}
        assert found == model

    def _check_hot_seats(self, rows: Iterable[Body]) -> None:
        """One a member and meeting; only members, where there is an evening; what was, stays."""
        model = self._model
        before = model.seats
        model.seats = {
            row["id"]: Seat(
                row["id"],
                model.meetings[row["meeting_id"]],
                model.memberships[row["membership_id"]],
                row["state"],
            )
            for row in rows
        }
        seats = model.seats.values()
        assert len({(seat.meeting.id, seat.holder.id) for seat in seats}) == len(seats)
        for seat in seats:
            _check_seat(seat)
        live = [seat.meeting.id for seat in seats if seat.state == "live"]
        assert len(set(live)) == len(live), "two hot seats at once"
        for seat in before.values():
            if seat.state in FINAL:
                assert model.seats[seat.id].state == seat.state

    def _check_commitments(self, rows: Iterable[Body]) -> None:
        found = {row["id"]: row for row in rows}
        assert found.keys() == self._model.commitments.keys(), "none vanishes"
        for commitment in self._model.commitments.values():
            row = found[commitment.id]
            commitment.due = self.due_of(row)
            kept_on = commitment.kept_on and commitment.kept_on.isoformat()
            assert (row["state"], row["kept_on"]) == (commitment.state, kept_on)
            assert row["membership_id"] == commitment.owner.id
            _check_due(commitment, row, self._model.today)

    def _check_walls(self, rows: Mapping[str, list[dict[str, Any]]]) -> None:
        """Another tenant sees nothing: neither in a list, nor by an id."""
        name = LISTS[self._steps % len(LISTS)]
        if rows[name]:
            id_ = rows[name][self._steps % len(rows[name])]["id"]
            hidden = self._service.ask_as_another(f"{name}/{id_}")
            assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")
        if name != "memberships":
            assert self._service.ask_as_another(name).json()["data"] == []


def _check_seat(seat: Seat) -> None:
    assert seat.holder.group is seat.meeting.group
    if seat.state in OPEN:
        assert seat.meeting.state in {"scheduled", "live"}, seat
    if seat.state == "live":
        assert seat.meeting.state == "live", seat


def _check_due(commitment: Commitment, row: Body, today: date) -> None:
    """Nothing is due at a meeting that is off; what is overdue is open, and its due has come."""
    due = commitment.due
    if isinstance(due, date):
        assert row["overdue"] == (commitment.state == "open" and due < today), row
    else:
        assert due.state not in {"cancelled", "lapsed"}, row
        if row["overdue"]:
            assert commitment.state == "open"
            assert due.state in {"held", "live"}
