"""What no stack needs and no limit has room for is said so, and does not wait for ever."""

from datetime import date
from decimal import Decimal

from countersign.recognition.core import decide
from models.agreement import Agreement, Rules
from models.records import EducatorRecord
from models.words import Currency, DecisionOutcome, Owner
from tests.recognition.builders import case, chicago, codes, of

NOW = chicago("2025-03-01 10:00")
AT = chicago("2025-01-10 10:00")


def rules(grant: dict[str, object], stacks: list[dict[str, object]] | None = None) -> Rules:
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
        "stacks": stacks or [],
        "grants": [{"clause": "Hours", "currency": "state_cpd", "text": "Hours."} | grant],
    }
    return Rules(terms=Agreement.model_validate(terms), sha256="a" * 64, file="any.toml")


def test_one_that_is_larger_than_a_whole_limit_is_held_and_does_not_wait_for_a_year_that_never_comes() -> None:
    limit = {
        "amount": Decimal(8), "last": "whole", "per": "year", "counted_by": "submitted", "order": "submitted", "overflow": "bank"
    }  # fmt: skip
    made = rules({"value": {"flat": Decimal(10), "unit": "hour"}, "cap": limit})
    held = of(decide((made,), EducatorRecord(1, "IL"), [case(1, AT)], NOW), 1, Currency.state_cpd)
    assert (held.outcome, codes(held), held.reasons[0].owner) == (
        DecisionOutcome.held,
        ["larger_than_limit"],
        Owner.hr,
    )
    assert held.reasons[0].sentence == (
        "It comes to 10 hours; the limit is 8 hours in 2024-25, and only what fits whole counts or is banked. The agreement does "
        "not say what becomes of one that fits nowhere."
    )


def test_one_that_a_stack_does_not_need_is_refused_and_does_not_wait_for_it() -> None:
    made = rules(
        {"stack": "Reading", "value": {"flat": Decimal(15), "unit": "hour"}},
        [{"name": "Reading", "titles": ["One", "Two", "Three"], "any_of": 2}],
    )
    came = [case(n, AT.replace(minute=n), title) for n, title in enumerate(("One", "Two", "Three", "Other"), 1)]
    decided = decide((made,), EducatorRecord(1, "IL"), came, NOW)
    assert [(d.outcome.value, d.reasons[0].code) for d in decided] == [
        ("granted", "counted_with"),
        ("granted", "flat"),
        ("refused", "stack_complete"),
        ("refused", "stack_complete"),
    ]
    assert decided[2].reasons[0].sentence == (
        "The stack “Reading” is complete without it: C-2 completed it, and it is given once."
    )
    (open_,) = decide((made,), EducatorRecord(1, "IL"), came[3:], NOW)
    assert open_.reasons[0].sentence == "“Other” does not belong to the stack “Reading”."
