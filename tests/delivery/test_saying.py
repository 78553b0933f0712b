"""What the educator reads of everything an agreement can say: decided by the engine, worded by delivery."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from countersign.delivery import saying, wording
from countersign.delivery.letters import Item, Told, item
from countersign.recognition.core import decide
from countersign.recognition.ledger import as_row
from models.agreement import Agreement, Rules
from models.records import CaseRecord, EducatorRecord, Funds, Ruling, RulingKind, Work
from models.records import Span as Days
from models.tables import Case, DecisionRecord
from models.words import Currency

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2025, 3, 1, 9, tzinfo=CHICAGO)
MAYA = EducatorRecord(1, "IL", (Work("Any SD (fictional)", "Teacher", Days(date(2015, 8, 1))),))
TITLES = ("Formative Assessment", "Peer Feedback", "Family Engagement", "Arts Integration")
COUNT = {"per": "year", "counted_by": "submitted", "order": "submitted"}
FLAT = {"value": {"flat": 8, "unit": "hour"}}


def rules(*grants: dict[str, Any], **more: Any) -> Rules:
    terms = {
        "id": "any",
        "recognizer": "Any SD",
        "title": "Any",
        "source": "Made up",
        "time_zone": "America/Chicago",
        "in_force": {"from": "2020-01-01", "by": "submitted"},
        "year": {"starts": "07-01"},
        "applies_to": {"employer": "Any SD (fictional)", "employed_on": "submitted"},
        "eligibility": {"issuers": ["nea"]},
        "grants": [{"clause": "Hours", "currency": "district_pd", "text": "x"} | grant for grant in grants],
    }
    return Rules(terms=Agreement.model_validate(terms | more), sha256="a" * 64, file="any.toml")


def came(*hours: str) -> list[CaseRecord]:
    """Cases, one a day from January 10, 2025 on, with these hours on their logs."""
    first = datetime(2025, 1, 10, 9, tzinfo=CHICAGO)
    return [
        CaseRecord(n, "nea", TITLES[n - 1], first - timedelta(days=9), first + timedelta(days=n), Decimal(shown))
        for n, shown in enumerate(hours, 1)
    ]


def letter(
    made: Rules, cases: Sequence[CaseRecord], number: int, educator: EducatorRecord = MAYA, now: datetime = NOW
) -> Item:
    """The item of one of the cases in the results mail, as the engine decided it that night."""
    rows = [
        DecisionRecord(**as_row(d), educator_id=1, revision=1, decided_at=now)
        for d in decide((made,), educator, cases, now)
        if d.case_id == number
    ]
    told = Told(
        case=Case(id=number, key="k", state="matched", opened_at=now, received_at=now, title=TITLES[number - 1]),
        decisions=[(row, made, made.terms.clause(row.clause)) for row in rows],
        titles={case.case_id: case.title for case in cases if case.case_id != number},
    )
    return item(told, now.date())


GATHERED = rules(
    {
        "clause": "Credit",
        "value": {"up_to": 10, "by": "log_of_hours", "unit": "hour"},
        "each": {"amount": 15, "gives": 1, "unit": "credit", "remainder": "kept"},
    }
)


def test_one_that_is_gathered_says_how_much_there_is_and_how_much_is_missing() -> None:
    made = letter(GATHERED, came("10"), 1)
    assert (made.outcome, made.headline) == (
        "accepted and banked",
        "Accepted and banked: it counts toward the next credit, together with others still to come.",
    )
    assert made.counts == [
        "Any SD, Credit: Each 15 hours give 1 credit; with this one 10 hours are gathered, and 5 hours are still missing. The log "
        "shows 10 hours, within the 10 hours of the clause."
    ]


def test_one_that_completes_a_whole_says_what_it_gave_and_what_stays() -> None:
    made = letter(GATHERED, came("10", "9"), 2)
    assert made.headline == "Accepted. It counts for 1 credit of district professional development (Any SD)."
    assert (
        "With it 19 hours are gathered; each 15 hours give 1 credit, and 4 hours stay for the next." in made.counts[0]
    )


def test_one_that_counted_with_another_names_that_one_by_its_title_and_never_says_zero() -> None:
    made = letter(GATHERED, came("10", "9"), 1)
    assert made.headline == "Accepted. It counts together with “Peer Feedback”."
    assert made.counts[0].startswith(
        "Any SD, Credit: Its 10 hours went into the credit that “Peer Feedback” completed, and count there."
    )
    assert "0 credit" not in f"{made.headline} {made.counts}"


STACKED = rules(
    {"clause": "Reading stack", "stack": "Reading", "value": {"flat": 15, "unit": "hour"}},
    stacks=[{"name": "Reading", "titles": list(TITLES[:2])}],
)


def test_one_of_an_open_stack_counts_when_the_stack_is_complete() -> None:
    made = letter(STACKED, came("8"), 1)
    assert made.headline == "Accepted and banked: it counts as soon as the stack “Reading” is complete."
    assert made.counts == [
        "Any SD, Reading stack: It belongs to the stack “Reading”, of which 1 of 2 are here; still to come: Peer Feedback."
    ]
    assert made.dates == []


def test_the_one_that_completes_a_stack_names_the_others_and_they_name_it() -> None:
    completed = letter(STACKED, came("8", "8"), 2)
    assert (
        "It completes the stack “Reading” together with “Formative Assessment”; the stack is given once."
        in completed.counts[0]
    )
    assert letter(STACKED, came("8", "8"), 1).headline == "Accepted. It counts together with “Peer Feedback”."


def test_what_is_cut_at_a_limit_says_how_much_is_lost_and_that_none_is_left() -> None:
    limit = COUNT | {"amount": 12, "last": "part", "overflow": "lost"}
    made = letter(rules(FLAT | {"cap": limit}), came("8", "8"), 2)
    assert made.headline == "Accepted. It counts for 4 hours of district professional development (Any SD)."
    assert made.counts == [
        "Any SD, Hours: The clause gives 8 hours for each micro-credential. 4 hours of it did not fit under the limit and are lost. "
        "Used in 2024-25: 12 of at most 12 hours; none left."
    ]


FUNDED = rules(
    {
        "clause": "Stipend",
        "currency": "pay",
        "value": {"flat": 250, "unit": "USD"},
        "cap": COUNT | {"amount": 250, "last": "whole", "overflow": "bank_if_funds"},
        "paid": {"after_months": 2},
    }
)


def test_what_waits_for_word_on_funds_says_who_answers_that() -> None:
    made = letter(FUNDED, came("8", "8"), 2)
    assert (made.outcome, made.counts) == ("proven, not decided yet", [])
    (waits,) = made.waits
    assert "250.00 USD of at most 250.00 USD are already given in 2024-25." in waits
    assert "More counts if there are funds, and nobody has said so yet for 2024-25." in waits
    assert waits.endswith("This is for Any SD to answer; you need not do anything now.")
    word = Funds("any", "2024-25", True, "L. Example", date(2025, 2, 1))
    paid = letter(FUNDED, came("8", "8"), 2, replace(MAYA, funds=(word,)))
    assert paid.headline == "Accepted. It counts for $250.00 of pay (Any SD)."
    assert paid.counts[0].endswith("Used in 2024-25: $250.00 of at most $250.00; none left.")


def test_a_choice_is_asked_for_with_the_names_of_the_clauses() -> None:
    made = letter(
        rules(
            {"clause": "Stipend", "currency": "pay", "election": "way", "value": {"flat": 250, "unit": "USD"}, "processed": "monthly"},
            {"clause": "Lane", "currency": "pay", "election": "way", "value": {"flat": 1, "unit": "lane"}, "processed": "monthly"},
        ),
        came("8"),
        1,
    )  # fmt: skip
    assert made.waits[0].endswith(
        "The agreement leaves a choice between “Stipend” and “Lane”, and none has been made. What we need from you: choose "
        "between “Stipend” and “Lane”, and answer this mail with your choice."
    )


@pytest.mark.parametrize(
    ("currency", "unit", "quantity", "said"),
    [
        ("state_cpd", "PDP", 10, "10 PDPs for your license"),
        ("district_pd", "CEU", 2, "2 CEUs of district professional development"),
        ("pay", "percent", 3, "3 percent of pay"),
        ("pay", "step", 2, "2 steps on the salary schedule"),
        ("pay", "lane", 1, "1 lane on the salary schedule"),
        ("pay", "credit", 2, "2 credits toward the salary schedule"),
        ("pay", "USD", 250, "$250.00 of pay"),
        ("state_cpd", "hour", 15, "15 hours of professional development for your license"),
        ("advisory_role", "micro-credential", 1, "1 micro-credential towards an advisory role"),
    ],
)
def test_every_unit_reads_as_people_say_it(currency: str, unit: str, quantity: int, said: str) -> None:
    assert wording.granted("Any SD", Currency(currency), Decimal(quantity), unit) == f"{said} (Any SD)"


def test_a_factor_and_a_ruling_are_said_with_their_grounds() -> None:
    staged = FLAT["value"] | {
        "factors": [{"text": "For teachers", "factor": Decimal("1.5"), "when": {"roles": ["Teacher"]}}],
        "rounding": {"to": 1, "how": "down"},
    }
    assert "For teachers: × 1.5." in letter(rules({"value": staged}), came("8"), 1).counts[0]
    ruling = Ruling(1, "any", RulingKind.counts, "panel", "R. Example", "It was close.", date(2025, 2, 1))
    made = letter(
        rules(FLAT | {"needs": {"hours": {"at_least": 10}}}, exceptions={"ruling_by": "panel"}),
        came("8"),
        1,
        replace(MAYA, rulings=(ruling,)),
    )
    assert "R. Example, panel, decided on February 1, 2025: It was close." in made.counts[0]


def test_what_is_refused_or_held_names_the_last_day_to_appeal_and_to_whom() -> None:
    appeal = {"appeal": {"within_days": 30, "to": "the review panel"}}
    made = letter(rules(FLAT | {"needs": {"hours": {"at_least": 10}}}, exceptions=appeal), came("8"), 1)
    assert made.not_counts == ["Any SD, Hours: It shows 8 hours; the clause asks for at least 10."]
    assert made.dates == [(date(2025, 3, 31), "the last day to appeal to the review panel about Hours (Any SD).")]
    assert letter(rules(FLAT, exceptions=appeal), came("8"), 1).dates == []


def test_an_appeal_whose_last_day_is_over_is_not_offered_any_more() -> None:
    made = rules(
        FLAT | {"needs": {"hours": {"at_least": 10}}},
        exceptions={"appeal": {"within_days": 30, "to": "the review panel"}},
    )
    row = DecisionRecord(**as_row(decide((made,), MAYA, came("8"), NOW)[0]), educator_id=1, revision=1, decided_at=NOW)
    assert saying.dates(row, made, made.terms.grants[0], date(2025, 3, 31))
    assert saying.dates(row, made, made.terms.grants[0], date(2025, 4, 1)) == []


@pytest.mark.parametrize(
    ("of", "said"),
    [("submitted", "to submit"), ("earned", "to earn one"), ("transcript", "for a transcript to arrive")],
)
def test_the_next_deadline_says_what_has_to_happen_by_then(of: str, said: str) -> None:
    made = letter(rules(FLAT | {"deadline": {"on": "04-30", "of": of}}), came("8"), 1)
    assert made.dates == [(date(2025, 4, 30), f"the next last day {said} for Hours (Any SD).")]


def test_a_limit_for_all_time_is_said_without_a_period() -> None:
    cap = {"limit": "2", "after": "1", "unit": "micro-credential", "period": "all time"}
    assert wording.cap_left(cap) == "Used in all: 1 of at most 2; 1 left."


@pytest.mark.parametrize(
    ("engine", "mail"),
    [
        ("The roster does not say the educator's band.", "The roster does not say your band."),
        ("It has on record for the educator.", "It has on record for you."),
        ("It came before, as case C-2, and C-9.", "It came before, as case “Peer Feedback”, and C-9."),
        ("The educator says which one.", "The educator says which one."),
    ],
)
def test_the_engine_speaks_about_the_educator_and_the_mail_to_them(engine: str, mail: str) -> None:
    assert saying.to_you(engine, {2: "Peer Feedback"}) == mail
