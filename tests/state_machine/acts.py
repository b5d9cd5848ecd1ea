"""What the rules of the machine are made of: calls whose answers are as the model says."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from hypothesis.stateful import RuleBasedStateMachine

from tests.state_machine import commitments, meetings, memberships
from tests.state_machine.checks import Checks
from tests.state_machine.meetings import Meeting
from tests.state_machine.memberships import Membership
from tests.state_machine.model import Model
from tests.state_machine.service import Service
from tests.state_machine.verdicts import MADE, STALE, Verdict

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
PEOPLE = 12
ID = re.compile(r"/[a-z]+_[0-9a-z]{26}")

T = TypeVar("T")


class Acts(RuleBasedStateMachine):
    """A machine without rules."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.service = service
        self.model = Model(MONDAY)
        self.checks = Checks(service, self.model)
        service.begin(MONDAY)

    def teardown(self) -> None:
        self.checks.check_events()
        self.service.end()

    def next_meeting(self) -> Meeting | None:
        ahead = [each for each in self.model.meetings.values() if each.is_ahead(self.model.now)]
        return min(ahead, key=lambda meeting: meeting.starts_at, default=None)

    def go(self, to: datetime) -> None:
        self.service.move_clock(to)
        self.model.pass_time(to)
        self.service.counts["time goes by"] += 1

    def join(
        self, group_id: str, person: int, place: int | None, starts: int | None, ends: int | None
    ) -> None:
        group = self.model.groups[group_id]
        person_id = self.model.people[person % PEOPLE]
        starts_on = self.day(starts or 0)
        ends_on = None if ends is None else self.day(ends)
        others = self.model.others(group)
        found: int | Verdict = memberships.place_for(
            person_id, (starts_on, ends_on), others, self.model.today, wanted=place
        )
        if group.state == "closed":
            found = Verdict(409, "group_closed")
        body = {
            "person_id": person_id,
            "place": place,
            "starts_on": text(starts_on),
            "ends_on": text(ends_on),
        }
        verdict = found if isinstance(found, Verdict) else MADE
        made = self.create(f"groups/{group_id}/memberships", body, verdict)
        if not isinstance(found, Verdict):
            self.model.memberships[made["id"]] = Membership(
                made["id"], group, person_id, found, starts_on, ends_on
            )

    def group_verb(self, group_id: str, verb: str, match: str) -> None:
        group = self.model.groups[group_id]
        stale, headers = self.expecting(group_id, match)
        verdict = (
            stale
            or {
                "activate": lambda: group.activate(self.model.members(group)),
                "resume": group.resume,
                "close": group.close,
            }[verb]()
        )
        self.ask("POST", f"groups/{group_id}/{verb}", verdict, headers=headers)
        if verdict.accepted:
            self.model.follow(group)

    def meet(self, group_id: str, ahead: timedelta, *, backfill: bool) -> None:
        group, starts_at = self.model.groups[group_id], self.model.now + ahead
        body = {
            "group_id": group_id,
            "starts_at": starts_at.isoformat(),
            "duration_minutes": int(meetings.LENGTH.total_seconds()) // 60,
            "backfill": backfill,
        }
        verdict = meetings.make(group, starts_at, self.model.now, backfill=backfill)
        made = self.create("meetings", body, verdict)
        if verdict.accepted:
            meeting = Meeting(made["id"], group, starts_at, backfill)
            meeting.enter("scheduled", self.model.now)
            self.model.meetings[meeting.id] = meeting

    def meeting_verb(self, meeting: Meeting, verb: str, match: str) -> None:
        stale, headers = self.expecting(meeting.id, match)
        verdict = stale or {
            "cancel": meeting.cancel,
            "start": meeting.start,
            "close": meeting.close,
            "reopen": meeting.reopen,
            "record": meeting.record,
        }[verb](self.model.now)
        self.ask("POST", f"meetings/{meeting.id}/{verb}", verdict, headers=headers)
        self.model.count_present()

    def expecting(self, id_: str, match: str) -> tuple[Verdict | None, dict[str, str]]:
        """The refusal of a stale If-Match, and the header."""
        version = self.checks.versions.get(id_, 1)
        if match == "stale":
            return STALE, {"If-Match": f'"{version - 1}"'}
        return None, {"If-Match": f'"{version}"'} if match == "current" else {}

    def create(self, path: str, body: dict[str, Any], verdict: Verdict) -> Any:
        return self.ask("POST", path, verdict, json=body)

    def ask(self, method: str, path: str, verdict: Verdict, **more: Any) -> Any:
        """What the API answers, which is as the verdict says."""
        answer = self.service.ask(method, path, **more)
        assert answer.status_code == verdict.status, (path, more, verdict, answer.text)
        body = answer.json()
        if verdict.accepted:
            self.checks.see(answer)
        else:
            assert body["code"] == verdict.code, (path, more, verdict, body)
        self.service.counts[f"{method} {ID.sub('/{id}', path)}: {verdict.code or 'done'}"] += 1
        return body

    def due(self, drawn: int | tuple[int] | None) -> commitments.Due | None:
        if isinstance(drawn, tuple):
            return one(self.model.meetings, drawn[0]) if self.model.meetings else None
        return None if drawn is None else self.day(drawn)

    def day(self, ahead: int) -> date:
        return self.model.today + timedelta(days=ahead)


def one(things: dict[str, T], pick: int) -> T:
    return list(things.values())[pick % len(things)]


def text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def due_body(due: commitments.Due | None) -> dict[str, str]:
    if due is None:
        return {}
    if isinstance(due, date):
        return {"due_on": due.isoformat()}
    return {"due_meeting_id": due.id}
