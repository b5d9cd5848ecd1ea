"""When a charter's term is breached, and who hears of it, when."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.charter import (
    Breach,
    CharterTerm,
    ExpectedMeeting,
    Terms,
    asks_anything,
    breaches,
    months_after,
    terms_of,
)
from app.domain.errors import Conflict, Invalid
from app.domain.figures import AttendanceMark
from app.domain.proposals import (
    LIVE,
    OFFERS,
    Decision,
    Proposal,
    ProposalStatus,
    check_live,
    check_offer,
    offers,
    reason,
    reconsider,
    review,
)

ATTENDANCE, NOTICE, TRIAL = CharterTerm
FIRST = dt.date(2030, 1, 3)
MARKS = {
    "p": AttendanceMark.PRESENT,
    "l": AttendanceMark.LATE,
    "e": AttendanceMark.LEFT_EARLY,
    "n": AttendanceMark.NO_SHOW,
}
"""A letter a meeting; `a` and `A` are absences 2 and 48 hours ahead, `?` one nobody knows of when.
"""
HOURS = {"a": 2, "A": 48, "?": None}


def meeting_id(number: int) -> uuid.UUID:
    return uuid.UUID(int=number)


def meetings(letters: str) -> list[ExpectedMeeting]:
    found = []
    for number, letter in enumerate(letters):
        hours = HOURS.get(letter)
        found.append(
            ExpectedMeeting(
                meeting_id(number),
                FIRST + dt.timedelta(weeks=number),
                MARKS.get(letter, AttendanceMark.ABSENT),
                None if hours is None else dt.timedelta(hours=hours),
            )
        )
    return found


def find(
    terms: Terms, letters: str, *, starts_on: dt.date = FIRST, newcomer: bool = True
) -> Mapping[CharterTerm, Breach]:
    return breaches(terms, meetings(letters), starts_on=starts_on, newcomer=newcomer)


@pytest.mark.parametrize(
    ("threshold", "letters", "wanted"),
    [
        (0.75, "pppp", None),
        (0.75, "pppn", None),
        (0.75, "ppnn", (2, 3)),
        (0.75, "nnpp", (2, 1)),
        (0.75, "nnppp", None),
        (0.75, "lenA", (2, 3)),
        (0.75, "nnn", None),
        (0.75, "", None),
        (1, "nppp", (3, 0)),
        (0, "nnnn", None),
        (None, "nnnn", None),
    ],
)
def test_attendance_over_the_last_four(
    threshold: float | None, letters: str, wanted: tuple[int, int] | None
) -> None:
    found = find(Terms(attendance_threshold=threshold, lookback=4), letters).get(ATTENDANCE)
    if wanted is None:
        assert found is None
    else:
        assert found == Breach(ATTENDANCE, wanted[0], 4, threshold or 0, meeting_id(wanted[1]))


def test_a_threshold_is_taken_as_it_is_written() -> None:
    """0.7 × 10 is 7.000000000000001 for a float, and 0.55 × 20 is 11.000000000000002."""
    for threshold, n, enough in ((0.7, 10, 7), (0.55, 20, 11), (0.29, 100, 29)):
        terms = Terms(attendance_threshold=threshold, lookback=n)
        assert not find(terms, "p" * enough + "n" * (n - enough))
        assert find(terms, "p" * (enough - 1) + "n" * (n - enough + 1))


@pytest.mark.parametrize(
    ("hours", "letters", "wanted"),
    [
        (24, "pppp", None),
        (24, "pA", None),
        (24, "pa", (0, 1, 1)),
        (2, "pa", None),
        (24, "Aan", (1, 3, 2)),
        (24, "anA", (1, 3, 1)),
        (24, "n?pp", (0, 1, 0)),
        (24, "??", None),
        (24, "apppp", None),
        (0, "a", None),
        (0, "n", (0, 1, 0)),
        (None, "n", None),
    ],
)
def test_notice_over_the_last_four(
    hours: int | None, letters: str, wanted: tuple[int, int, int] | None
) -> None:
    found = find(Terms(notice_hours=hours, lookback=4), letters).get(NOTICE)
    if wanted is None:
        assert found is None
    else:
        in_time, absences, last = wanted
        assert found == Breach(NOTICE, in_time, absences, hours or 0, meeting_id(last))


@pytest.mark.parametrize(
    ("months", "letters", "wanted"),
    [
        (1, "ppnpp", None),  # 3 to 31 January: over on 3 February
        (1, "ppnppp", (4, 5, 5)),
        (1, "ppnpppppp", (4, 5, 8)),
        (1, "ppnppppppp", None),
        (0, "pppppp", None),
        (None, "pppppp", None),
    ],
)
def test_a_trial_is_over(
    months: int | None, letters: str, wanted: tuple[int, int, int] | None
) -> None:
    terms = Terms(trial_months=months, lookback=4)
    found = find(terms, letters).get(TRIAL)
    if wanted is None:
        assert found is None
    else:
        assert found == Breach(TRIAL, wanted[0], wanted[1], months or 0, meeting_id(wanted[2]))
    assert find(terms, letters, newcomer=False) == {}


@pytest.mark.parametrize(
    ("day", "months", "wanted"),
    [
        ("2030-01-31", 1, "2030-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2030-11-15", 2, "2031-01-15"),
        ("2030-12-31", 24, "2032-12-31"),
    ],
)
def test_months(day: str, months: int, wanted: str) -> None:
    assert months_after(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(wanted)


def test_terms_are_data() -> None:
    assert terms_of({}) == Terms()
    assert not asks_anything(terms_of({"quorum": 4, "lookback_meetings": 3}))
    terms = terms_of({"attendance_threshold": 0.0, "lookback_meetings": 5})
    assert (terms.lookback, asks_anything(terms)) == (5, True)


# What members live through: after each letter, which proposals stand, and who has just heard.
LIVES = {
    "one miss, then better": ("n p p p p", "open open open open withdrawn"),
    "it goes on at the next": ("n n", "open escalated"),
    "it goes on later": ("n p n", "open open escalated"),
    "once for the same thing": ("n dismiss p p", "open dismissed dismissed dismissed"),
    "taken, then again": ("n accept n", "open accepted open"),
    "taken, and again, and again": ("n accept n n", "open accepted open escalated"),
    "dismissed, and it goes on": ("n dismiss n", "open dismissed escalated"),
    "dismissed long ago": ("n dismiss p p p p n", "open dismissed" + " dismissed" * 4 + " open"),
    "the organizers heard, then again": (
        "n n dismiss n n",
        "open escalated dismissed open escalated",
    ),
}


def live_through(life: str) -> list[str]:
    terms = Terms(notice_hours=24, lookback=4)
    letters, proposals, states = "", list[Proposal](), []
    for number, step in enumerate(life.split()):
        if step in {"accept", "dismiss"}:
            status = ProposalStatus(f"{step}ed")
            proposals[-1] = settled(proposals[-1], status)
        else:
            letters += step
            held = meetings(letters)
            found = breaches(terms, held, starts_on=FIRST, newcomer=True)
            for decision in review(found, proposals, [m.id for m in held], lookback=4):
                proposals = apply(proposals, decision, uuid.UUID(int=1000 + number))
        states.append(proposals[-1].status.value)
    return states


def settled(proposal: Proposal, status: ProposalStatus) -> Proposal:
    assert proposal.status in LIVE
    return Proposal(
        proposal.id,
        proposal.term,
        status,
        proposal.since_meeting_id,
        proposal.last_meeting_id,
        proposal.was_escalated,
    )


def apply(proposals: list[Proposal], decision: Decision, new_id: uuid.UUID) -> list[Proposal]:
    """The proposals after a decision, as the tables would hold them."""
    old, breach = decision.proposal, decision.breach
    others = [each for each in proposals if old is None or each.id != old.id]
    assert breach is not None or old is not None
    made = Proposal(
        old.id if old else new_id,
        breach.term if breach else old.term,  # type: ignore[union-attr]
        decision.status,
        decision.since_meeting_id,
        breach.meeting_id if breach else old.last_meeting_id,  # type: ignore[union-attr]
        decision.status is ProposalStatus.ESCALATED
        or (breach is None and old is not None and old.was_escalated),
    )
    return [*others, made]


@pytest.mark.parametrize("life", LIVES)
def test_the_member_first_the_organizers_later(life: str) -> None:
    steps, states = LIVES[life]
    assert live_through(steps) == states.split()


def test_a_correction_takes_back_what_rested_on_it() -> None:
    terms = Terms(notice_hours=24, lookback=4)
    proposal = Proposal(
        uuid.UUID(int=1000), NOTICE, ProposalStatus.ESCALATED, meeting_id(0), meeting_id(1), True
    )
    for letters, wanted in (("np", "open"), ("pp", "withdrawn"), ("nn", "escalated")):
        held = meetings(letters)
        found = breaches(terms, held, starts_on=FIRST, newcomer=True)
        (decision,) = review(found, [proposal], [each.id for each in held], lookback=4)
        assert decision.status == wanted


RECONSIDERED = {
    "the ground is gone": ("pp", "open", "withdrawn"),
    "it still stands": ("np", "open", "open"),
    "a second meeting counts now: not without another meeting": ("nn", "open", None),
    "the organizers have heard": ("nn", "escalated", "escalated"),
    "the organizers heard of more than there is": ("np", "escalated", "open"),
    "it was settled": ("pp", "dismissed", None),
}


@pytest.mark.parametrize("case", RECONSIDERED)
def test_a_change_of_terms_only_takes_back(case: str) -> None:
    letters, status, wanted = RECONSIDERED[case]
    first, last = meeting_id(0), meeting_id(len(letters) - 1)
    proposal = Proposal(uuid.UUID(int=1000), NOTICE, ProposalStatus(status), first, last)
    held = meetings(letters)
    found = breaches(Terms(notice_hours=24, lookback=4), held, starts_on=FIRST, newcomer=True)
    decisions = reconsider(found, [proposal], [each.id for each in held])
    assert [each.status.value for each in decisions] == ([wanted] if wanted else [])
    assert reconsider(found, [], [each.id for each in held]) == [], "nothing is raised"


def test_a_trial_is_asked_about_once() -> None:
    breach = Breach(TRIAL, 3, 4, 1, meeting_id(1))
    order = [meeting_id(0), meeting_id(1)]
    for status, asked in (("accepted", 0), ("dismissed", 0), ("withdrawn", 1)):
        before = Proposal(
            uuid.UUID(int=9), TRIAL, ProposalStatus(status), meeting_id(0), meeting_id(0)
        )
        assert len(review({TRIAL: breach}, [before], order, lookback=4)) == asked


@settings(max_examples=200, deadline=None)
@given(letters=st.text("plenaA?", max_size=14), cut=st.integers(1, 6))
def test_review_is_idempotent_and_keeps_its_promises(letters: str, cut: int) -> None:
    """One live proposal a term; escalated after two misses only; a second look changes nothing."""
    terms = Terms(attendance_threshold=0.6, notice_hours=24, lookback=cut)
    proposals: list[Proposal] = []
    for number in range(1, len(letters) + 1):
        held = meetings(letters[:number])
        order = [each.id for each in held]
        found = breaches(terms, held, starts_on=FIRST, newcomer=False)
        first = review(found, proposals, order, lookback=cut)
        for index, decision in enumerate(first):
            proposals = apply(proposals, decision, uuid.UUID(int=1000 + 10 * number + index))
        live = [each for each in proposals if each.status in LIVE]
        assert {each.term for each in live} == set(found)
        assert len(live) == len(found)
        for decision in review(found, proposals, order, lookback=cut):
            assert decision.proposal is not None
            assert decision.proposal.status is decision.status
        for each in live:
            heard, last = order.index(each.since_meeting_id), order.index(each.last_meeting_id)
            assert (each.status is ProposalStatus.ESCALATED) == (last > heard)
            assert held[last].mark in {AttendanceMark.ABSENT, AttendanceMark.NO_SHOW}
        recount(terms, held, found)


def recount(
    terms: Terms, held: Sequence[ExpectedMeeting], found: Mapping[CharterTerm, Breach]
) -> None:
    """The facts again, counted meeting by meeting."""
    recent = held[max(0, len(held) - terms.lookback) :]
    there = sum(m.mark in {"present", "late", "left_early"} for m in recent)
    below = len(recent) == terms.lookback and Fraction(there, len(recent)) < Fraction(6, 10)
    assert (ATTENDANCE in found) == below
    if below:
        assert (found[ATTENDANCE].numerator, found[ATTENDANCE].denominator) == (there, len(recent))
    known = [m for m in recent if m.mark == "no_show" or (m.mark == "absent" and m.notice)]
    in_time = [m for m in known if m.notice and m.notice >= dt.timedelta(hours=24)]
    assert (NOTICE in found) == (len(in_time) < len(known))
    if NOTICE in found:
        counted = (found[NOTICE].numerator, found[NOTICE].denominator)
        assert counted == (len(in_time), len(known))


def test_what_waits_for_an_answer_gets_one_of_its_offers() -> None:
    for status in ProposalStatus:
        if status in LIVE:
            check_live(status, 1)
        else:
            with pytest.raises(Conflict):
                check_live(status, 1)
    for term in CharterTerm:
        for offer in offers(term):
            check_offer(term, offer.code)
        with pytest.raises(Invalid) as refused:
            check_offer(term, "expel")
        assert refused.value.facts["offers"] == list(OFFERS[term])
    assert {"leave", "buddy", "smaller_promise"} == set(OFFERS[ATTENDANCE])


def test_facts_in_words() -> None:
    assert reason(ATTENDANCE, 5, 8, 0.75).text == (
        "there at 5 of the last 8 meetings; the charter asks for a share of 0.75"
    )
    assert reason(NOTICE, 1, 2, 24).params == {"numerator": 1, "denominator": 2, "required": 24}
    assert "trial of 3 months is over" in reason(TRIAL, 9, 11, 3).text
