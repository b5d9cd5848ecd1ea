"""The machine: draws what to do, asks the model what must come of it, and calls the API."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.state_machine import commitments, hot_seats, meetings, memberships
from tests.state_machine.checks import Checks
from tests.state_machine.commitments import Commitment
from tests.state_machine.groups import Group
from tests.state_machine.meetings import Meeting
from tests.state_machine.memberships import Membership
from tests.state_machine.model import Model
from tests.state_machine.service import Service
from tests.state_machine.verdicts import DONE, MADE, STALE, Verdict

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
ZONE = "Atlantic/Reykjavik"  # whose clocks show UTC, all year
PEOPLE = 12

T = TypeVar("T")
picks = st.integers(0, 20)
days = st.integers(-2, 20)
matches = st.sampled_from(["none", "none", "current", "stale"])


class Life(RuleBasedStateMachine):
    """The life of two groups of a workspace."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.service = service
        self.model = Model(MONDAY)
        self.checks = Checks(service, self.model)
        service.begin(MONDAY)

    def teardown(self) -> None:
        self.checks.check_events()
        self.service.end()

    @initialize(members=st.sampled_from([0, 3, 4, 5, 8]), evenings=st.integers(0, 3))
    def found(self, members: int, evenings: int) -> None:
        for number in range(PEOPLE):
            body = {"name": f"Person {number}", "time_zone": ZONE}
            self.model.people.append(self._create("people", body, MADE)["id"])
        for _ in range(2):
            group = Group(self._create("groups", {"name": "A", "time_zone": ZONE}, MADE)["id"])
            self.model.groups[group.id] = group
        first = next(iter(self.model.groups))
        for person in range(members):
            self._join(first, person, None, None, None)
        self._group_verb(first, "activate", "none")
        for week in range(evenings):
            self._meet(first, timedelta(days=1 + 7 * week), backfill=False)

    @rule(pick=picks, verb=st.sampled_from(["activate", "resume", "close"]), match=matches)
    def ask_group(self, pick: int, verb: str, match: str) -> None:
        self._group_verb(_one(self.model.groups, pick).id, verb, match)

    @rule(pick=picks, first=days, last=st.none() | days, match=matches)
    def pause_group(self, pick: int, first: int, last: int | None, match: str) -> None:
        group = _one(self.model.groups, pick)
        first_on, last_on = self._day(first), None if last is None else self._day(last)
        body = {"from": _text(first_on), "until": _text(last_on)}
        stale, headers = self._expecting(group.id, match)
        verdict = stale or group.pause(first_on, last_on, self.model.today)
        self._ask("POST", f"groups/{group.id}/pause", verdict, headers=headers, json=body)
        if verdict.accepted:
            self.model.follow(group)

    @rule(
        pick=picks,
        person=picks,
        place=st.none() | st.integers(1, 8),
        starts=st.none() | days,
        ends=st.none() | days,
    )
    def join_group(
        self, pick: int, person: int, place: int | None, starts: int | None, ends: int | None
    ) -> None:
        self._join(_one(self.model.groups, pick).id, person, place, starts, ends)

    @precondition(lambda self: self.model.memberships)
    @rule(pick=picks, on=st.none() | days, match=matches)
    def end_membership(self, pick: int, on: int | None, match: str) -> None:
        membership = _one(self.model.memberships, pick)
        others = self.model.others(membership.group, membership)
        day = None if on is None else self._day(on)
        stale, headers = self._expecting(membership.id, match)
        verdict = stale or membership.end(day, others, self.model.today)
        path = f"memberships/{membership.id}/end"
        self._ask("POST", path, verdict, headers=headers, json={"ends_on": _text(day)})

    @precondition(lambda self: self.model.memberships)
    @rule(pick=picks, place=st.integers(1, 8), ends=st.none() | days, match=matches)
    def change_membership(self, pick: int, place: int, ends: int | None, match: str) -> None:
        membership = _one(self.model.memberships, pick)
        others = self.model.others(membership.group, membership)
        day = None if ends is None else self._day(ends)
        stale, headers = self._expecting(membership.id, match)
        verdict = stale or membership.change(place, day, others, self.model.today)
        body = {"place": place, "ends_on": _text(day)}
        self._ask("PATCH", f"memberships/{membership.id}", verdict, headers=headers, json=body)

    @rule(pick=picks, hours=st.sampled_from([-30, 1, 10, 34, 100, 300]), backfill=st.booleans())
    def plan_meeting(self, pick: int, hours: int, *, backfill: bool) -> None:
        self._meet(_one(self.model.groups, pick).id, timedelta(hours=hours), backfill=backfill)

    @precondition(lambda self: self.model.meetings)
    @rule(
        pick=picks,
        verb=st.sampled_from(["cancel", "start", "close", "close", "reopen", "record"]),
        match=matches,
    )
    def ask_meeting(self, pick: int, verb: str, match: str) -> None:
        self._meeting_verb(_one(self.model.meetings, pick), verb, match)

    @precondition(lambda self: self.model.meetings)
    @rule(pick=picks, hours=st.sampled_from([-48, 2, 50, 200]), match=matches)
    def reschedule_meeting(self, pick: int, hours: int, match: str) -> None:
        meeting = _one(self.model.meetings, pick)
        starts_at = self.model.now + timedelta(hours=hours)
        stale, headers = self._expecting(meeting.id, match)
        verdict = stale or meeting.reschedule(starts_at, self.model.now)
        body = {"starts_at": starts_at.isoformat()}
        path = f"meetings/{meeting.id}/reschedule"
        self._ask("POST", path, verdict, headers=headers, json=body)

    @precondition(lambda self: self.model.seats)
    @rule(
        pick=picks,
        verb=st.sampled_from(["start", "start", "finish", "skip", "pass", "unpass"]),
        match=matches,
    )
    def ask_hot_seat(self, pick: int, verb: str, match: str) -> None:
        seat = _one(self.model.seats, pick)
        stale, headers = self._expecting(seat.id, match)
        verdict = stale or {
            "start": lambda: seat.start(self.model.beside(seat)),
            "finish": seat.finish,
            "skip": seat.skip,
            "pass": lambda: seat.let_pass(self.model.now),
            "unpass": lambda: seat.unpass(self.model.now),
        }[verb]()
        body = {"because": "no_time"} if verb == "skip" else None
        path = f"hot_seats/{seat.id}/{verb}"
        answer = self._ask("POST", path, verdict, headers=headers, json=body)
        if verdict.accepted and verb != "unpass":
            assert answer["state"] in hot_seats.STATE_AFTER[verb]

    @precondition(lambda self: len(self.model.seats) > 1)
    @rule(pick=picks, other=picks, match=matches)
    def swap_hot_seats(self, pick: int, other: int, match: str) -> None:
        one, two = _one(self.model.seats, pick), _one(self.model.seats, other)
        stale, headers = self._expecting(one.id, match)
        verdict = stale or one.swap(two, list(self.model.seats.values()), self.model.now)
        body = {"with_hot_seat_id": two.id}
        answer = self._ask("POST", f"hot_seats/{one.id}/swap", verdict, headers=headers, json=body)
        if verdict.accepted:
            holder = one.holder if one.meeting is two.meeting else two.holder
            assert answer["membership_id"] == holder.id

    @precondition(lambda self: self.model.memberships)
    @rule(pick=picks, due=st.none() | days | st.tuples(picks))
    def promise(self, pick: int, due: int | tuple[int] | None) -> None:
        owner = _one(self.model.memberships, pick)
        wanted = self._due(due)
        body = {"membership_id": owner.id, "title": "Write a page", **_due_body(wanted)}
        verdict = commitments.make(owner, wanted, self.model.today)
        made = self._create("commitments", body, verdict)
        if verdict.accepted:
            found = self.checks.due_of(made)
            assert wanted in {None, found} if isinstance(wanted, date) else True
            self.model.commitments[made["id"]] = Commitment(
                made["id"], owner, self.model.today, found
            )

    @precondition(lambda self: self.model.commitments)
    @rule(
        pick=picks,
        verb=st.sampled_from(["keep", "miss", "withdraw", "reopen"]),
        on=st.integers(-3, 1),
        match=matches,
    )
    def ask_commitment(self, pick: int, verb: str, on: int, match: str) -> None:
        promise = _one(self.model.commitments, pick)
        day, today = self._day(on), self.model.today
        stale, headers = self._expecting(promise.id, match)
        verdict, body = {
            "keep": lambda: (promise.keep(day, today), {"kept_on": _text(day)}),
            "miss": lambda: (promise.end("miss"), None),
            "withdraw": lambda: (promise.end("withdraw"), {"reason": "It is obsolete"}),
            "reopen": lambda: (promise.reopen(), None),
        }[verb]() if stale is None else (stale, {"reason": "-"} if verb == "withdraw" else None)
        path = f"commitments/{promise.id}/{verb}"
        self._ask("POST", path, verdict, headers=headers, json=body)

    @precondition(lambda self: self.model.commitments)
    @rule(pick=picks, due=days | st.tuples(picks), match=matches)
    def renegotiate(self, pick: int, due: int | tuple[int], match: str) -> None:
        promise = _one(self.model.commitments, pick)
        wanted = self._due(due) or self._day(3)
        stale, headers = self._expecting(promise.id, match)
        verdict = stale or promise.renegotiate(wanted, self.model.today)
        body = {"reason": "It takes longer", **_due_body(wanted)}
        path = f"commitments/{promise.id}/renegotiate"
        self._ask("POST", path, verdict, headers=headers, json=body)

    @rule(hours=st.sampled_from([1, 13, 24, 24 * 4, 24 * 8]))
    def wait(self, hours: int) -> None:
        self._go(self.model.now + timedelta(hours=hours))

    @precondition(lambda self: self._next_meeting() is not None)
    @rule()
    def begin_the_next_evening(self) -> None:
        meeting = self._next_meeting()
        assert meeting is not None
        self._go(meeting.starts_at)
        self._meeting_verb(meeting, "start", "none")

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        self.checks.check()

    def _next_meeting(self) -> Meeting | None:
        ahead = [each for each in self.model.meetings.values() if each.is_ahead(self.model.now)]
        return min(ahead, key=lambda meeting: meeting.starts_at, default=None)

    def _go(self, to: datetime) -> None:
        self.service.move_clock(to)
        self.model.pass_time(to)
        self.service.counts["time goes by"] += 1

    def _join(
        self, group_id: str, person: int, place: int | None, starts: int | None, ends: int | None
    ) -> None:
        group = self.model.groups[group_id]
        person_id = self.model.people[person % PEOPLE]
        starts_on = self._day(starts or 0)
        ends_on = None if ends is None else self._day(ends)
        others = self.model.others(group)
        found: int | Verdict = memberships.place_for(
            person_id, (starts_on, ends_on), others, self.model.today, wanted=place
        )
        if group.state == "closed":
            found = Verdict(409, "group_closed")
        body = {
            "person_id": person_id,
            "place": place,
            "starts_on": _text(starts_on),
            "ends_on": _text(ends_on),
        }
        verdict = found if isinstance(found, Verdict) else MADE
        made = self._create(f"groups/{group_id}/memberships", body, verdict)
        if not isinstance(found, Verdict):
            self.model.memberships[made["id"]] = Membership(
                made["id"], group, person_id, found, starts_on, ends_on
            )

    def _group_verb(self, group_id: str, verb: str, match: str) -> None:
        group = self.model.groups[group_id]
        stale, headers = self._expecting(group_id, match)
        verdict = stale or {
            "activate": lambda: group.activate(self.model.members(group)),
            "resume": group.resume,
            "close": group.close,
        }[verb]()
        self._ask("POST", f"groups/{group_id}/{verb}", verdict, headers=headers)
        if verdict.accepted:
            self.model.follow(group)

    def _meet(self, group_id: str, ahead: timedelta, *, backfill: bool) -> None:
        group, starts_at = self.model.groups[group_id], self.model.now + ahead
        body = {
            "group_id": group_id,
            "starts_at": starts_at.isoformat(),
            "duration_minutes": int(meetings.LENGTH.total_seconds()) // 60,
            "backfill": backfill,
        }
        verdict = meetings.make(group, starts_at, self.model.now, backfill=backfill)
        made = self._create("meetings", body, verdict)
        if verdict.accepted:
            meeting = Meeting(made["id"], group, starts_at, backfill)
            meeting.enter("scheduled", self.model.now)
            self.model.meetings[meeting.id] = meeting

    def _meeting_verb(self, meeting: Meeting, verb: str, match: str) -> None:
        stale, headers = self._expecting(meeting.id, match)
        verdict = stale or {
            "cancel": meeting.cancel,
            "start": meeting.start,
            "close": meeting.close,
            "reopen": meeting.reopen,
            "record": meeting.record,
        }[verb](self.model.now)
        self._ask("POST", f"meetings/{meeting.id}/{verb}", verdict, headers=headers)

    def _expecting(self, id_: str, match: str) -> tuple[Verdict | None, dict[str, str]]:
        """The refusal of a stale If-Match, and the header."""
        version = self.checks.versions.get(id_, 1)
        if match == "stale":
            return STALE, {"If-Match": f'"{version - 1}"'}
        return None, {"If-Match": f'"{version}"'} if match == "current" else {}

    def _create(self, path: str, body: dict[str, Any], verdict: Verdict) -> Any:
        return self._ask("POST", path, verdict, json=body)

    def _ask(self, method: str, path: str, verdict: Verdict, **more: Any) -> Any:
        """What the API answers, which is as the verdict says."""
        answer = self.service.ask(method, path, **more)
        assert answer.status_code == verdict.status, (path, more, verdict, answer.text)
        body = answer.json()
        if verdict.accepted:
            self.checks.see(answer)
        else:
            assert body["code"] == verdict.code, (path, more, verdict, body)
        noun, *_, verb = path.split("/")
        what = f"{method} {noun}" + ("" if verb in {noun, *self.checks.versions} else f" {verb}")
        self.service.counts[f"{what}: {verdict.code or 'done'}"] += 1
        return body

    def _due(self, drawn: int | tuple[int] | None) -> commitments.Due | None:
        if isinstance(drawn, tuple):
            return _one(self.model.meetings, drawn[0]) if self.model.meetings else None
        return None if drawn is None else self._day(drawn)

    def _day(self, ahead: int) -> date:
        return self.model.today + timedelta(days=ahead)


def _one(things: dict[str, T], pick: int) -> T:
    return list(things.values())[pick % len(things)]


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _due_body(due: commitments.Due | None) -> dict[str, str]:
    if due is None:
        return {}
    if isinstance(due, date):
        return {"due_on": due.isoformat()}
    return {"due_meeting_id": due.id}
