"""A town's worth of awards: an educator, a proven case, and a decision, in one call."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any

import pytest
from sqlmodel import col, select

from countersign.issuance import awards_due, issue_certificates, withdraw_papers
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Agreement, Rules
from models.tables import (
    Address,
    Case,
    CaseSubmission,
    Certificate,
    DecisionRecord,
    Educator,
    Reading,
    ReviewItem,
    Submission,
    VerdictRecord,
)
from models.words import PaperState

AGREEMENT: dict[str, Any] = {
    "id": "vt-demo",
    "recognizer": "Demo Education Association",
    "title": "Micro-credentials for license renewal",
    "source": "Invented for the tests",
    "time_zone": "America/New_York",
    "in_force": {"from": "2020-01-01", "by": "submitted"},
    "year": {"starts": "07-01"},
    "applies_to": {"licence_state": "VT"},
    "eligibility": {"issuers": ["nea"]},
    "grants": [
        {
            "clause": "15-hour certificate",
            "currency": "state_cpd",
            "text": "Fifteen hours for each.",
            "value": {"flat": 15, "unit": "hour"},
            "certificate": {
                "template": "vermont",
                "purpose": "Vermont educator license renewal",
                "determined": "15 hours for each micro-credential, whatever time the work took",
                "next_step": "Upload it.",
                "provider": "Demo Provider",
                "provider_number": "P-0042",
                "approval": "approved until June 30, 2027",
            },
        },
        {
            "clause": "College credit",
            "currency": "graduate_credit",
            "text": "One credit for each.",
            "value": {"flat": 1, "unit": "credit"},
            "on_request": True,
            "credit_request": {
                "college": "Lakeview University (fictional)",
                "course": "EDU 590",
                "fees": [
                    {"amount": 95, "unit": "USD", "source": "Fee table 2025-26", "until": "2026-06-30"},
                    {"amount": 125, "unit": "USD", "source": "Fee table 2026-27", "from": "2026-07-01"},
                ],
            },
        },
    ],
}

SHA = "a" * 64
EARNED = datetime(2026, 9, 29, 3, 30, tzinfo=UTC)
"""Still September 28 in Vermont, half past eleven at night."""


def rules_of(agreement: dict[str, Any]) -> Rules:
    return Rules(terms=Agreement.model_validate(agreement), sha256=SHA, file="vt-demo.toml")


@pytest.fixture
def rules() -> tuple[Rules, ...]:
    return (rules_of(AGREEMENT),)


_numbers = count(1)

Grant = Callable[..., int]


def killed(*_: Any, **__: Any) -> Any:
    """In place of a function: the run is killed when it gets there."""
    raise KeyboardInterrupt


def grant_in(store: Store, **changes: Any) -> int:
    """Write an educator, a case and a granted decision; returns the decision's id.

    `changes` may set: currency, name (given, family), licence, title, description, criteria, assertion, quantity, unit,
    outcome, wishes, sender, address, verdict, issued_on, effective_on.
    """
    number = next(_numbers)
    given, family = changes.get("name", ("Alexandra", "Tremblay"))
    currency = changes.get("currency", "state_cpd")
    credit = currency == "graduate_credit"
    with store.transaction() as session:
        educator = Educator(
            member_number=f"M{number}",
            given_name=given,
            family_name=family,
            licence_state="VT",
            licence_number=changes.get("licence", "0456.7821"),
        )
        session.add(educator)
        session.flush()
        if changes.get("address", "alexandra@demo.example"):
            address = changes.get("address", "alexandra@demo.example")
            session.add(Address(educator_id=educator.id, address=address, folded=address.casefold()))
        submission = Submission(
            source="folder",
            source_key=f"k{number}",
            name="a.eml",
            sha256=store.evidence.put(f"mail {number}".encode()),
            size=6,
            received_at=EARNED,
            stored_at=EARNED,
        )
        session.add(submission)
        session.flush()
        session.add(
            Reading(
                submission_id=submission.id,
                outcome="carriers",
                sender=changes.get("sender", changes.get("address", "alexandra@demo.example")),
                wishes=changes.get("wishes", {}),
                read_at=EARNED,
            )
        )
        case = Case(
            key=f"credential:{number}",
            state="matched",
            opened_at=EARNED,
            received_at=EARNED,
            credential_id=changes.get("assertion", f"https://badges.nea.example/assertions/{number}"),
            issuer="nea",
            issuer_name="National Example Association",
            title=changes.get("title", "Creating a Classroom Culture of Belonging"),
            description=changes.get("description", "Educators examine the routines of their own classroom."),
            criteria=changes.get("criteria", ""),
            standards=changes.get("standards"),
            issued_on=changes.get("issued_on", EARNED),
            educator_id=educator.id,
        )
        session.add(case)
        session.flush()
        session.add(CaseSubmission(case_id=case.id, submission_id=submission.id))
        session.add(VerdictRecord(case_id=case.id, at=EARNED, outcome=changes.get("verdict", "verified"), checks=[]))
        decision = DecisionRecord(
            case_id=case.id,
            educator_id=educator.id,
            agreement="vt-demo",
            agreement_sha256=SHA,
            recognizer="Demo Education Association",
            clause="College credit" if credit else "15-hour certificate",
            currency=currency,
            revision=1,
            outcome=changes.get("outcome", "granted"),
            quantity=Decimal(changes.get("quantity", "1" if credit else "15")),
            unit=changes.get("unit", "credit" if credit else "hour"),
            effective_on=changes.get("effective_on"),
            decided_at=EARNED,
        )
        session.add(decision)
        session.flush()
        return decision.id


def decide_again(store: Store, decision_id: int, **changes: Any) -> int:
    """Write the next revision of a decision; returns its id."""
    if "quantity" in changes:
        changes["quantity"] = Decimal(changes["quantity"])
    with store.transaction() as session:
        old = session.get_one(DecisionRecord, decision_id).model_dump(exclude={"id"})
        new = DecisionRecord(**(old | {"revision": old["revision"] + 1} | changes))
        session.add(new)
        session.flush()
        return new.id


@pytest.fixture
def grant(store: Store) -> Grant:
    return partial(grant_in, store)


def certificates(store: Store) -> list[Certificate]:
    with store.reading() as session:
        return list(session.exec(select(Certificate).order_by(col(Certificate.id))))


def open_items(store: Store) -> list[ReviewItem]:
    with store.reading() as session:
        return list(session.exec(select(ReviewItem).where(col(ReviewItem.closed_at).is_(None))))


def night(store: Store, workspace: Workspace, rules: Sequence[Rules], now: datetime) -> list[int]:
    withdraw_papers(store, workspace, now)
    return issue_certificates(store, workspace, rules, awards_due(store, rules), now)


def certificates_undrawn(store: Store) -> list[int]:
    """Ids of the valid certificates that were planned and not drawn yet."""
    query = select(Certificate.id).where(col(Certificate.state) == PaperState.valid, col(Certificate.sha256) == "")
    with store.reading() as session:
        return list(session.exec(query.order_by(col(Certificate.id))))
