"""The machine: draws what to do, asks the model what must come of it, and calls the API."""

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from tests.state_machine import commitments, hot_seats
from tests.state_machine.acts import PEOPLE, Acts, due_body, one, text
from tests.state_machine.commitments import Commitment
from tests.state_machine.groups import Group
from tests.state_machine.verdicts import MADE

ZONE = "Atlantic/Reykjavik"  # whose clocks show UTC, all year

picks = st.integers(0, 20)
days = st.integers(-2, 20)
matches = st.sampled_from(["none", "none", "current", "stale"])


class Life(Acts):
    """The life of two groups of a workspace."""

    @initialize(members=st.sampled_from([0, 3, 4, 5, 8]), evenings=st.integers(0, 3))
    def found(self, members: int, evenings: int) -> None:
        for number in range(PEOPLE):
            body = {"name": f"Person {number}", "time_zone": ZONE}
            self.model.people.append(self.create("people", body, MADE)["id"])
        for _ in range(2):
            group = Group(self.create("groups", {"name": "A", "time_zone": ZONE}, MADE)["id"])
            self.model.groups[group.id] = group
        first = next(iter(self.model.groups))
        for person in range(members):
            self.join(first, person, None, None, None)
        self.group_verb(first, "activate", "none")
        for week in range(evenings):
            self.meet(first, timedelta(days=1 + 7 * week), backfill=False)

    @rule(pick=picks, verb=st.sampled_from(["activate", "resume", "close"]), match=matches)
    def ask_group(self, pick: int, verb: str, match: str) -> None:
        self.group_verb(one(self.model.groups, pick).id, verb, match)

    @rule(pick=picks, first=days, last=st.none() | days, match=matches)
    def pause_group(self, pick: int, first: int, last: int | None, match: str) -> None:
        group = one(self.model.groups, pick)
        first_on, last_on = self.day(first), None if last is None else self.day(last)
        body = {"from": text(first_on), "until": text(last_on)}
        stale, headers = self.expecting(group.id, match)
        verdict = stale or group.pause(first_on, last_on, self.model.today)
        self.ask("POST", f"groups/{group.id}/pause", verdict, headers=headers, json=body)
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
        self.join(one(self.model.groups, pick).id, person, place, starts, ends)

    @precondition(lambda self: self.model.memberships)
    @rule(pick=picks, on=st.none() | days, match=matches)
    def end_membership(self, pick: int, on: int | None, match: str) -> None:
        membership = one(self.model.memberships, pick)
        others = self.model.others(membership.group, membership)
        day = None if on is None else self.day(on)
        stale, headers = self.expecting(membership.id, match)
        verdict = stale or membership.end(day, others, self.model.today)
        path = f"memberships/{membership.id}/end"
        self.ask("POST", path, verdict, headers=headers, json={"ends_on": text(day)})

    @precondition(lambda self: self.model.memberships)
    @rule(pick=picks, place=st.integers(1, 8), ends=st.none() | days, match=matches)
    def change_membership(self, pick: int, place: int, ends: int | None, match: str) -> None:
        membership = one(self.model.memberships, pick)
        others = self.model.others(membership.group, membership)
        day = None if ends is None else self.day(ends)
        stale, headers = self.expecting(membership.id, match)
        verdict = stale or membership.change(place, day, others, self.model.today)
        body = {"place": place, "ends_on": text(day)}
        self.ask("PATCH", f"memberships/{membership.id}", verdict, headers=headers, json=body)

    @rule(pick=picks, hours=st.sampled_from([-30, 1, 10, 34, 100, 300]), backfill=st.booleans())
    def plan_meeting(self, pick: int, hours: int, *, backfill: bool) -> None:
        self.meet(one(self.model.groups, pick).id, timedelta(hours=hours), backfill=backfill)

    @precondition(lambda self: self.model.meetings)
    @rule(
        pick=picks,
        verb=st.sampled_from(["cancel", "start", "close", "close", "reopen", "record"]),
        match=matches,
    )
    def ask_meeting(self, pick: int, verb: str, match: str) -> None:
        self.meeting_verb(one(self.model.meetings, pick), verb, match)

    @precondition(lambda self: self.model.meetings)
    @rule(pick=picks, hours=st.sampled_from([-48, 2, 50, 200]), match=matches)
    def reschedule_meeting(self, pick: int, hours: int, match: str) -> None:
        meeting = one(self.model.meetings, pick)
        starts_at = self.model.now + timedelta(hours=hours)
        stale, headers = self.expecting(meeting.id, match)
        verdict = stale or meeting.reschedule(starts_at, self.model.now)
        body = {"starts_at": starts_at.isoformat()}
        path = f"meetings/{meeting.id}/reschedule"
        self.ask("POST", path, verdict, headers=headers, json=body)

    @precondition(lambda self: self.model.seats)
    @rule(
        pick=picks,
        verb=st.sampled_from(["start", "start", "finish", "skip", "pass", "unpass"]),
        match=matches,
    )
    def ask_hot_seat(self, pick: int, verb: str, match: str) -> None:
        seat = one(self.model.seats, pick)
        stale, headers = self.expecting(seat.id, match)
        verdict = (
            stale
            or {
                "start": lambda: seat.start(self.model.beside(seat)),
                "finish": seat.finish,
                "skip": seat.skip,
                "pass": lambda: seat.let_pass(self.model.now),
                "unpass": lambda: seat.unpass(self.model.now),
            }[verb]()
        )
        body = {"because": "no_time"} if verb == "skip" else None
        path = f"hot_seats/{seat.id}/{verb}"
        answer = self.ask("POST", path, verdict, headers=headers, json=body)
        if verdict.accepted and verb != "unpass":
            assert answer["state"] in hot_seats.STATE_AFTER[verb]

    @precondition(lambda self: len(self.model.seats) > 1)
    @rule(pick=picks, other=picks, match=matches)
    def swap_hot_seats(self, pick: int, other: int, match: str) -> None:
        seat, partner = one(self.model.seats, pick), one(self.model.seats, other)
        stale, headers = self.expecting(seat.id, match)
        verdict = stale or seat.swap(partner, list(self.model.seats.values()), self.model.now)
        body = {"with_hot_seat_id": partner.id}
        answer = self.ask("POST", f"hot_seats/{seat.id}/swap", verdict, headers=headers, json=body)
        if verdict.accepted:
            holder = seat.holder if seat.meeting is partner.meeting else partner.holder
            assert answer["membership_id"] == holder.id

    @precondition(lambda self: self.model.memberships)
    @rule(pick=picks, due=st.none() | days | st.tuples(picks))
    def promise(self, pick: int, due: int | tuple[int] | None) -> None:
        owner = one(self.model.memberships, pick)
        wanted = self.due(due)
        body = {"membership_id": owner.id, "title": "Write a page", **due_body(wanted)}
        verdict = commitments.make(owner, wanted, self.model.today)
        made = self.create("commitments", body, verdict)
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
        promise = one(self.model.commitments, pick)
        day, today = self.day(on), self.model.today
        stale, headers = self.expecting(promise.id, match)
        verdict, body = (
            {
                "keep": lambda: (promise.keep(day, today), {"kept_on": text(day)}),
                "miss": lambda: (promise.end("miss"), None),
                "withdraw": lambda: (promise.end("withdraw"), {"reason": "It is obsolete"}),
                "reopen": lambda: (promise.reopen(), None),
            }[verb]()
            if stale is None
            else (stale, {"reason": "-"} if verb == "withdraw" else None)
        )
        path = f"commitments/{promise.id}/{verb}"
        self.ask("POST", path, verdict, headers=headers, json=body)

    @precondition(lambda self: self.model.commitments)
    @rule(pick=picks, due=days | st.tuples(picks), match=matches)
    def renegotiate(self, pick: int, due: int | tuple[int], match: str) -> None:
        promise = one(self.model.commitments, pick)
        wanted = self.due(due) or self.day(3)
        stale, headers = self.expecting(promise.id, match)
        verdict = stale or promise.renegotiate(wanted, self.model.today)
        body = {"reason": "It takes longer", **due_body(wanted)}
        path = f"commitments/{promise.id}/renegotiate"
        self.ask("POST", path, verdict, headers=headers, json=body)

    @rule(hours=st.sampled_from([1, 13, 24, 24 * 4, 24 * 8]))
    def wait(self, hours: int) -> None:
        self.go(self.model.now + timedelta(hours=hours))

    @precondition(lambda self: self.next_meeting() is not None)
    @rule()
    def begin_the_next_evening(self) -> None:
        meeting = self.next_meeting()
        assert meeting is not None
        self.go(meeting.starts_at)
        self.meeting_verb(meeting, "start", "none")

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        self.checks.check()
