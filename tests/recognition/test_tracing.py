"""The trace of a case: each clause tried, the dates and figures it looked at, limits before and after, and what would change the result."""

import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import col, select

from countersign.recognition import explain, recognise, traces_text
from countersign.recognition.core import decide
from countersign.recognition.tracing import BEHIND, DECIDES, Change, Trace, Tried, traced
from countersign.store import Store
from models.agreement import Agreement, Rules
from models.records import Approval, CaseRecord, EducatorRecord, Ruling, RulingKind
from models.tables import Case, DecisionRecord
from models.words import Currency, DecisionOutcome, Owner
from tests.recognition.builders import ALL, CUSD, TITLES, Rows, case, changed, chicago, teacher, vermonter, with_rate

AUGUST = chicago("2024-08-15 10:00")
NOW = chicago("2024-09-01 02:00")
STATE = EducatorRecord(1, "IL")


def seven() -> list[CaseRecord]:
    return [case(n, AUGUST.replace(minute=n), hours="6.5") for n in range(1, 8)]


def rules(*grants: dict[str, object], **more: object) -> Rules:
    terms = {
        "id": "any",
        "recognizer": "Any State",
        "title": "Any",
        "source": "Made up",
        "time_zone": "America/Chicago",
        "in_force": {"from": date(2020, 1, 1), "by": "submitted"},
        "year": {"starts": "07-01"},
        "applies_to": {"licence_state": "IL"},
        "eligibility": {"issuers": ["nea"]},
        "grants": [{"clause": "Hours", "currency": "state_cpd", "text": "Hours."} | grant for grant in grants],
    }
    return Rules(terms=Agreement.model_validate(terms | more), sha256="a" * 64, file="any.toml")


def one(traces: tuple[Trace, ...], currency: Currency) -> Tried:
    (found,) = [t for trace in traces for t in trace.clauses if t.currency is currency and t.decision]
    return found


def test_a_granted_one_shows_its_days_its_figure_and_the_limit_before_and_after() -> None:
    (trace,) = traced((with_rate(),), teacher(), seven(), NOW, 5)
    assert (trace.agreement, trace.day, trace.time_zone) == ("il-cusd200", date(2024, 8, 15), "America/Chicago")
    days = {looked.name.value: (looked.day, looked.decides) for looked in trace.days}
    assert days["earned"] == (date(2024, 8, 5), ("the approval before the work",))
    assert days["submitted"] == (date(2024, 8, 15), ("the version in force", "the employment", "“Compensation”"))
    pay = one((trace,), Currency.pay)
    (step,) = pay.steps
    assert (pay.stood, step.quantity, step.unit, step.last_day, step.missed) == (
        DECIDES,
        Decimal("250.00"),
        "USD",
        date(2024, 10, 1),
        False,
    )
    (limit,) = step.limits
    assert (limit.per, limit.use.before, limit.use.used, limit.use.after, limit.use.limit, limit.full) == (
        "year",
        4,
        1,
        5,
        5,
        False,
    )
    assert pay.decision
    assert (pay.decision.outcome, pay.decision.pay_month, pay.changes) == (DecisionOutcome.granted, "2024-11", ())


def test_a_banked_one_shows_both_years_and_from_when_it_counts() -> None:
    pay = one(traced((with_rate(),), teacher(), seven(), NOW, 6), Currency.pay)
    first, second = pay.steps
    assert (first.period, first.carried, first.limits[0].full, first.limits[0].use.before) == (
        "2024-25",
        False,
        True,
        5,
    )
    assert (second.period, second.day, second.carried) == ("2025-26", date(2025, 7, 1), True)
    assert (second.limits[0].full, second.limits[0].use.before, second.limits[0].use.after) == (False, 0, 1)
    (change,) = pay.changes
    assert change.on == date(2025, 7, 1)
    assert change.sentence.startswith("Nothing before July 1, 2025; from then on")


def test_a_held_one_shows_everything_that_stands_against_it_and_whose_move_it_is() -> None:
    record = teacher(approved=(), approvals=(Approval("CUSD 200", TITLES[0], date(2024, 8, 10)),))
    late = case(1, chicago("2024-10-02 00:01"), earned=chicago("2024-08-01 10:00"))
    pay = one(traced((with_rate(),), record, [late], NOW, 1), Currency.pay)
    (step,) = pay.steps
    assert (step.last_day, step.missed, step.quantity, step.limits) == (date(2024, 10, 1), True, None, ())
    assert [reason.code for reason in step.against] == ["preapproval_late", "after_deadline"]
    assert [change.owner for change in pay.changes][:2] == [Owner.hr, Owner.hr]


def test_a_clause_whose_condition_does_not_fit_says_which_line_with_what_is_there() -> None:
    made = rules(
        {"clause": "Long", "when": {"hours": {"at_least": 10}, "titles": ["Reading"]}, "value": {"flat": 20, "unit": "hour"}},
        {"clause": "Short", "when": {"hours": {"below": 10}}, "value": {"flat": 5, "unit": "hour"}},
        {"clause": "Any", "value": {"flat": 1, "unit": "hour"}},
    )  # fmt: skip
    (trace,) = traced((made,), STATE, [case(1, AUGUST, "Reading", hours="6.5")], NOW, 1)
    long, short, last = trace.clauses
    assert (long.stood, short.stood, last.stood) == ("its condition does not fit", DECIDES, BEHIND)
    title, hours = long.when
    assert (title.asked, title.there, title.met, title.why) == ("the title “Reading”", "“Reading”", True, "")
    assert (hours.asked, hours.there, hours.met) == ("hours of the log: at least 10", "6.5 hours", False)
    assert hours.why == "It shows 6.5 hours; the clause asks for at least 10."
    assert (long.steps, long.decision, last.when) == ((), None, ())


def test_a_refused_one_names_who_may_rule_and_the_last_day_to_appeal() -> None:
    made = rules(
        {"needs": {"hours": {"at_least": 10}}, "value": {"flat": 5, "unit": "hour"}},
        exceptions={
            "ruling_by": ["panel", "superintendent"],
            "appeal": {"within_days": 30, "to": "the review panel"},
        },
    )
    came = [case(1, AUGUST, "Reading", hours="6.5")]
    decided = {("any", Currency.state_cpd): chicago("2024-09-01 23:30")}
    hours = one(traced((made,), STATE, came, NOW, 1, decided), Currency.state_cpd)
    (need,) = hours.steps[0].needs
    assert (need.asked, need.there, need.met) == ("hours of the log: at least 10", "6.5 hours", False)
    assert hours.decision
    assert hours.decision.outcome is DecisionOutcome.refused
    assert hours.changes == (
        Change("A ruling by panel or superintendent, recorded with its reason.", Owner.hr),
        Change(
            "An appeal to the review panel within 30 days, until October 1, 2024.", Owner.educator, date(2024, 10, 1)
        ),
    )
    (undated,) = [
        c for c in one(traced((made,), STATE, came, NOW, 1), Currency.state_cpd).changes if "appeal" in c.sentence
    ]
    assert undated.sentence == "An appeal to the review panel within 30 days of the decision."


def test_a_ruling_is_shown_in_place_of_what_stood_against_it() -> None:
    made = rules(
        {"needs": {"hours": {"at_least": 10}}, "value": {"flat": 5, "unit": "hour"}}, exceptions={"ruling_by": "panel"}
    )
    ruling = Ruling(1, "any", RulingKind.counts, "panel", "R. Example", "It was close.", date(2024, 8, 20))
    record = EducatorRecord(1, "IL", rulings=(ruling,))
    hours = one(traced((made,), record, [case(1, AUGUST, hours="6.5")], NOW, 1), Currency.state_cpd)
    assert hours.steps[0].ruling == "R. Example, panel, decided on August 20, 2024: It was close."
    assert hours.steps[0].against == ()
    assert hours.decision
    assert hours.decision.quantity == 5


def test_a_gathered_one_shows_the_sum_before_and_after_and_what_makes_a_whole() -> None:
    made = rules(
        {
            "value": {"up_to": 10, "by": "log_of_hours", "unit": "hour"},
            "each": {"amount": 15, "gives": 1, "unit": "credit", "remainder": "kept"},
        }
    )
    came = [case(n, AUGUST.replace(minute=n), f"Title {n}") for n in (1, 2)]
    first, second = (one(traced((made,), STATE, came, NOW, n), Currency.state_cpd) for n in (1, 2))
    looked = first.steps[0].gathered, second.steps[0].gathered
    assert [(g.before, g.sum, g.left, g.each, g.unit) for g in looked if g] == [
        (0, 8, 8, 15, "hour"),
        (8, 16, 1, 15, "hour"),
    ]
    assert first.decision
    assert (first.decision.outcome, first.decision.quantity, first.decision.reasons[0].code) == (
        DecisionOutcome.granted,
        0,
        "counted_with",
    )


def test_one_of_an_open_stack_says_what_is_still_to_come() -> None:
    made = rules(
        {"stack": "Reading", "value": {"flat": 15, "unit": "hour"}},
        stacks=[{"name": "Reading", "titles": ["One", "Two", "Three"]}],
    )
    tried = one(traced((made,), STATE, [case(1, AUGUST, "One")], NOW, 1), Currency.state_cpd)
    assert tried.decision
    assert (tried.decision.outcome, tried.decision.reasons[0].code) == (DecisionOutcome.banked, "stack_open")
    assert [change.sentence for change in tried.changes] == [
        "It counts as soon as the stack is complete, without being sent again."
    ]


def test_an_agreement_that_says_nothing_says_why_and_tries_no_clause() -> None:
    traces = traced(ALL, vermonter(), [case(1, AUGUST)], NOW, 1)
    silent = {trace.agreement: trace.silent for trace in traces if trace.silent}
    assert silent["il-cusd200"].startswith("It applies to educators who work for CUSD 200")
    asked = next(t for trace in traces for t in trace.clauses if t.currency is Currency.graduate_credit)
    assert (asked.stood, asked.decision) == ("given on request, and nobody asked", None)


def test_the_decisions_of_the_trace_are_the_decisions() -> None:
    cases = seven()
    decided = decide(ALL, teacher(), cases, NOW)
    for number in range(1, 8):
        found = {
            t.decision for trace in traced(ALL, teacher(), cases, NOW, number) for t in trace.clauses if t.decision
        }
        assert found == {d for d in decided if d.case_id == number}


def test_a_case_that_is_not_the_educators_has_no_trace() -> None:
    with pytest.raises(LookupError, match="C-9 is not among the cases"):
        traced(ALL, teacher(), seven(), NOW, 9)


def test_explain_carries_the_trace_as_json_and_prints_it_whole(store: Store) -> None:
    with store.transaction() as session:
        rows = Rows(session)
        educator = rows.educator(teacher())
        for number in range(1, 7):
            rows.case(educator, case(number, AUGUST.replace(minute=number), hours="6.5"))
    recognise(store, (with_rate(),), [educator], NOW)
    found = explain(store, 6, (with_rate(),), NOW)
    document = json.loads(json.dumps(asdict(found), default=str))
    pay = document["traces"][0]["clauses"][1]
    assert pay["steps"][0]["limits"][0]["use"]["before"] == "5"
    assert pay["changes"][0]["on"] == "2025-07-01"
    assert found.moved_on == ()
    assert traces_text(found) == GOLDEN


def test_a_decision_made_before_the_file_was_edited_is_traced_by_the_version_kept_then(store: Store) -> None:
    with store.transaction() as session:
        rows = Rows(session)
        educator = rows.educator(teacher())
        rows.case(educator, case(1, AUGUST, hours="6.5"))
    recognise(store, (CUSD,), [educator], NOW)
    edited = changed(CUSD, sha256="d" * 64, district_pd={"value": {"flat": Decimal(2), "unit": "hour"}})
    found = explain(store, 1, (edited,), NOW)
    assert (found.traces[0].sha256, found.moved_on) == (CUSD.sha256, ())
    hours = one(found.traces, Currency.district_pd)
    assert hours.decision
    assert hours.decision.quantity == Decimal("6.5")


def test_a_decision_that_the_facts_no_longer_come_to_is_said_to_wait_for_the_next_run(store: Store) -> None:
    with store.transaction() as session:
        rows = Rows(session)
        educator = rows.educator(teacher(approved=()))
        rows.case(educator, case(1, AUGUST, hours="6.5"))
    recognise(store, (CUSD,), [educator], NOW)
    with store.transaction() as session:
        Rows(session).approval(educator, Approval("CUSD 200", TITLES[0], date(2024, 7, 1)))
        assert session.exec(select(DecisionRecord.outcome).where(col(DecisionRecord.case_id) == 1)).all()
    found = explain(store, 1, (CUSD,), NOW)
    assert found.moved_on[0] == (
        "CUSD 200, PD hours: held on 2024-09-01, and by the facts on record it comes to granted now. The next run decides it again."
    )
    assert "Moved on      CUSD 200, PD hours: held on 2024-09-01" in traces_text(found)


def test_a_case_that_belongs_to_nobody_has_no_trace_and_says_so(store: Store) -> None:
    with store.transaction() as session:
        session.add(Case(key="document:x", state="held", opened_at=NOW, received_at=NOW))
    found = explain(store, 1, (CUSD,), NOW)
    assert found.traces == ()
    assert traces_text(found).endswith("No agreement looks at it: its state is held. See: countersign explain C-1")


GOLDEN = """\
C-6  Supporting English Learners: how it is decided, clause by clause
================================================================================
CUSD 200 (il-cusd200, version ffffffffffff)
--------------------------------------------------------------------------------
In force      from July 1, 2023 until June 30, 2027; it goes by the day it was
              submitted, August 15, 2024
Days          earned: August 5, 2024, looked at by the approval before the work
              submitted: August 15, 2024, looked at by the version in force, the
              employment and “Compensation”
              pre-approved: July 1, 2024, looked at by the approval before the
              work and the approved list
Time zone     America/Chicago

1. PD hours (district professional development hours): decides
Counts on     August 15, 2024, in 2024-25
Shown         a log of hours: 6.5 hours
Worth         6.5 hours.
Outcome       GRANTED 6.5 hours, in 2024-25
Because       The log shows 6.5 hours, within the 8 hours of the clause. [log]
              It is processed in August 2024. [month]
Takes effect  August 15, 2024
Pay month     August 2024
Would change  Nothing that is still to come, as the agreement stands.

2. Compensation (pay): decides
Step          as submitted August 15, 2024, in 2024-25, by the version from July
              1, 2023
Deadline      October 1, 2024: met
Worth         250.00 USD. The clause gives 250.00 USD for each micro-credential.
Limit         5 before + 0 used = 5 of at most 5 micro-credentials in 2024-25;
              counted over a year by the day it was submitted; there is no room
              for it
Step          moved to July 1, 2025, in 2025-26, by the version from July 1,
              2023
Deadline      October 1, 2025: met
Worth         250.00 USD. The clause gives 250.00 USD for each micro-credential.
Limit         0 before + 1 used = 1 of at most 5 micro-credentials in 2025-26;
              counted over a year by the day it was submitted
Outcome       BANKED 1 micro-credential, in 2025-26
Because       5 of at most 5 micro-credentials already count in 2024-25. It is
              banked and can be submitted from July 1, 2025; it counts in
              2025-26, to be paid in November 2025. [banked]
Takes effect  July 1, 2025
Pay month     November 2025
Would change  Nothing before July 1, 2025; from then on it comes before what is
              submitted later, without being sent again."""
