"""Which step of a credit request may follow on which: the whole table, the days, and that order does not matter."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.issuance.credit_steps import ORDER, RANK, Standing, Step, StepRefused, after, corrects
from models.words import CreditState as S

REQUESTED = date(2026, 9, 1)
TODAY = date(2026, 12, 31)


def at(days: int) -> date:
    return REQUESTED + timedelta(days=days)


def came_to(state: S, *, has_fee: bool = True) -> Standing:
    """A request that came to `state`, a step every ten days."""
    standing = Standing(REQUESTED, has_fee)
    way = ORDER[1 : RANK[state] + 1] if state in RANK else (S.accepted, state)
    for number, one in enumerate(way, 1):
        standing = after(standing, Step(one, at(10 * number), note="why"), TODAY)
    return standing


def moves(standing: Standing, to: S) -> str:
    """Where one more step leads, or the beginning of the reason why not."""
    try:
        return after(standing, Step(to, at(80), note="why"), TODAY).state.value
    except StepRefused as refused:
        return f"refused: {refused.what}"


TABLE = {
    # from: to accepted, paid, registered, transcript issued, district notified, refused, withdrawn; "-" may not be
    S.requested: ("accepted", "paid", "-", "-", "-", "refused", "withdrawn"),
    S.accepted: ("-", "paid", "-", "-", "-", "refused", "withdrawn"),
    S.paid: ("-", "-", "registered", "transcript_issued", "-", "refused", "withdrawn"),
    S.registered: ("-", "-", "-", "transcript_issued", "-", "refused", "withdrawn"),
    S.transcript_issued: ("-", "-", "-", "transcript_issued", "district_notified", "-", "withdrawn"),
    S.district_notified: ("-", "-", "-", "transcript_issued", "-", "-", "withdrawn"),
    S.refused: ("-", "-", "-", "-", "-", "-", "withdrawn"),
    S.withdrawn: ("-", "-", "-", "-", "-", "-", "-"),
}
ACTS = (S.accepted, S.paid, S.registered, S.transcript_issued, S.district_notified, S.refused, S.withdrawn)


@pytest.mark.parametrize(
    ("state", "act", "leads_to"),
    [(state, act, to) for state, row in TABLE.items() for act, to in zip(ACTS, row, strict=True)],
    ids=str,
)
def test_every_state_and_every_act(state: S, act: S, leads_to: str) -> None:
    came = moves(came_to(state), act)
    assert came.startswith("refused: ") if leads_to == "-" else came == leads_to


def test_without_a_fee_paid_is_passed_over_and_with_one_it_is_not() -> None:
    for_free = Standing(REQUESTED, has_fee=False)
    assert after(for_free, Step(S.registered, at(3)), TODAY).state is S.registered
    assert after(for_free, Step(S.transcript_issued, at(3)), TODAY).state is S.transcript_issued
    with pytest.raises(StepRefused, match="its fee is not recorded as paid") as refused:
        after(Standing(REQUESTED, has_fee=True), Step(S.registered, at(3)), TODAY)
    assert "countersign credit pay NUMBER" in refused.value.remedy


def test_a_step_that_was_passed_over_may_be_told_later_and_changes_no_state() -> None:
    paid = after(Standing(REQUESTED, has_fee=True), Step(S.paid, at(5)), TODAY)
    both = after(paid, Step(S.accepted, at(4)), TODAY)
    assert (both.state, both.steps[S.accepted].on) == (S.paid, at(4))
    with pytest.raises(StepRefused, match=r"September 7, 2026 lies after it was paid on September 6, 2026"):
        after(paid, Step(S.accepted, at(6)), TODAY)


@pytest.mark.parametrize(
    ("on", "sentence"),
    [
        (REQUESTED - timedelta(days=1), "August 31, 2026 lies before September 1, 2026, the day of the request"),
        (TODAY + timedelta(days=1), "January 1, 2027 lies in the future"),
    ],
)
def test_a_day_before_the_request_or_in_the_future_is_refused(on: date, sentence: str) -> None:
    with pytest.raises(StepRefused, match=sentence):
        after(Standing(REQUESTED, has_fee=True), Step(S.accepted, on), TODAY)


@pytest.mark.parametrize("on", [REQUESTED, TODAY])
def test_the_day_of_the_request_and_today_are_taken(on: date) -> None:
    assert after(Standing(REQUESTED, has_fee=True), Step(S.accepted, on), TODAY).since == on


def test_days_do_not_run_backwards() -> None:
    with pytest.raises(StepRefused, match=r"September 5, 2026 lies before it was accepted on September 11, 2026"):
        after(came_to(S.accepted), Step(S.paid, at(4)), TODAY)
    with pytest.raises(StepRefused, match="lies before it was accepted on"):
        after(came_to(S.accepted), Step(S.refused, at(4), note="why"), TODAY)


@pytest.mark.parametrize("state", [s for s in S if s is not S.requested], ids=str)
def test_the_same_step_again_changes_nothing(state: S) -> None:
    standing = came_to(state)
    assert after(standing, standing.steps[state], TODAY) is standing


def test_the_same_state_on_another_day_is_refused_and_names_the_first() -> None:
    with pytest.raises(StepRefused, match=r"it was accepted on September 11, 2026 already, and this says September 12"):
        after(came_to(S.accepted), Step(S.accepted, at(11)), TODAY)


def test_what_was_left_open_may_be_added_and_what_was_said_may_not_be_changed() -> None:
    standing = came_to(S.registered)
    known = after(standing, Step(S.registered, at(30), course="EDU 590-02"), TODAY)
    assert known.steps[S.registered].course == "EDU 590-02"
    assert after(known, Step(S.registered, at(30)), TODAY) is known
    with pytest.raises(StepRefused, match=r"\(EDU 590-02\) already, and this says October 1, 2026 \(EDU 600\)"):
        after(known, Step(S.registered, at(30), course="EDU 600"), TODAY)


def test_a_corrected_transcript_has_to_be_told_to_the_district_again() -> None:
    told = came_to(S.district_notified)
    step = Step(S.transcript_issued, at(45))
    assert corrects(told, step)
    corrected = after(told, step, TODAY)
    assert (corrected.state, corrected.since) == (S.transcript_issued, at(45))
    assert after(corrected, Step(S.district_notified, at(60)), TODAY).state is S.district_notified
    assert not corrects(told, told.steps[S.transcript_issued])


def test_credits_that_were_not_said_are_added_and_others_correct() -> None:
    issued = came_to(S.transcript_issued)
    three = Step(S.transcript_issued, at(40), credits=Decimal(3))
    assert not corrects(issued, three)
    known = after(issued, three, TODAY)
    assert corrects(known, Step(S.transcript_issued, at(40), credits=Decimal(1)))


def test_a_request_that_ended_can_only_be_asked_for_anew() -> None:
    refused = came_to(S.refused)
    with pytest.raises(StepRefused, match="it was refused on September 21, 2026, and that ended it") as why:
        after(refused, Step(S.accepted, at(50)), TODAY)
    assert "--again" in why.value.remedy
    gone = after(refused, Step(S.withdrawn, at(50), note="why"), TODAY)
    again = after(gone, Step(S.withdrawn, at(51), note="why", again=True), TODAY)
    assert (again.state, again.steps[S.withdrawn].again) == (S.withdrawn, True)


def in_order(way: Sequence[S]) -> list[S]:
    return sorted(way, key=lambda state: RANK[state])


WAYS = st.lists(st.sampled_from(ORDER[1:]), min_size=1, max_size=5, unique=True).map(in_order)


@given(WAYS, st.booleans(), st.data())
def test_steps_that_may_be_come_to_the_same_end_in_any_order(
    way: Sequence[S], has_fee: bool, data: st.DataObject
) -> None:
    """Of a file's rows, sorted or told one file after the other: where every step is taken, the end is the same."""
    steps = [Step(state, at(10 * RANK[state])) for state in way]
    ends: set[tuple[S, frozenset[tuple[S, date]]]] = set()
    for order in data.draw(st.lists(st.permutations(steps), min_size=2, max_size=6)):
        standing = Standing(REQUESTED, has_fee)
        try:
            for step in order:
                standing = after(standing, step, TODAY)
                assert after(standing, step, TODAY) is standing
        except StepRefused:
            continue  # an order in which something is missing yet is refused as a whole
        ends.add((standing.state, frozenset((s, one.on) for s, one in standing.steps.items())))
    assert len(ends) <= 1


@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 120), st.booleans()), max_size=12))
def test_whatever_is_tried_the_days_of_what_holds_run_forwards(tried: list[tuple[S, int, bool]]) -> None:
    standing, kept = Standing(REQUESTED, has_fee=True), list[Step]()
    for state, days, again in tried:
        step = Step(state, at(days), note="why", again=again and state is S.withdrawn)
        try:
            came = after(standing, step, TODAY)
        except StepRefused:
            continue
        kept += [step] if came is not standing else []
        standing = came
    steps = [one for state, one in sorted(standing.steps.items(), key=lambda s: RANK.get(s[0], 99)) if state in RANK]
    assert [s.on for s in steps] == sorted(s.on for s in steps)
    assert reduce(Standing.with_, kept, Standing(REQUESTED, True)) == standing
    if S.district_notified in standing.steps:
        assert S.transcript_issued in standing.steps
    if RANK.get(standing.state, 0) > RANK[S.paid]:
        assert S.paid in standing.steps


def test_all_orders_of_a_whole_life_that_are_taken_end_the_same() -> None:
    whole = [Step(state, at(10 * RANK[state])) for state in ORDER[1:]]
    taken = 0
    for order in permutations(whole):
        standing = Standing(REQUESTED, has_fee=True)
        try:
            for step in order:
                standing = after(standing, step, TODAY)
        except StepRefused:
            continue
        taken += 1
        assert (standing.state, len(standing.steps)) == (S.district_notified, 5)
    assert taken > 1
