"""What `explain` tells staff, and how it reads on a terminal."""

import hashlib
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from countersign.errors import UsageError
from countersign.recognition import explain, explanation_text, recognise
from countersign.store import Store
from models.tables import AgreementVersion, Case, VerdictRecord
from models.words import Currency, DecisionOutcome, Owner
from tests.recognition.builders import ALL, CUSD, Rows, case, changed, chicago, teacher, vermonter, with_rate

AUGUST = chicago("2024-08-15 10:00")
NOW = chicago("2024-09-01 02:00")


def test_a_banked_one_says_when_and_under_which_cap(store: Store) -> None:
    with store.transaction() as session:
        rows = Rows(session)
        educator = rows.educator(teacher())
        for number in range(1, 7):
            rows.case(educator, case(number, AUGUST.replace(minute=number), hours="6.5"))
        checks = [{"name": name, "outcome": "passed", "detail": ""} for name in ("extracted", "well_formed", "proof")]
        session.add(VerdictRecord(case_id=6, at=NOW, outcome="verified", checks=checks))
    rules = (with_rate(), *ALL[1:])
    recognise(store, rules, [educator], NOW)
    found = explain(store, 6, rules)
    assert found.verdict == "verified: 3 of 3 checks passed on 2024-09-01 07:00 UTC."
    assert found.match == "It belongs to Pat Example (member M-1): e-mail address."
    hours, pay = found.decisions
    assert (hours.currency, hours.outcome, hours.quantity) == (
        Currency.district_pd,
        DecisionOutcome.granted,
        Decimal("6.5"),
    )
    assert hours.clause_text.startswith("Up to 8 professional development hours")
    assert (pay.outcome, pay.pay_month, pay.current) == (DecisionOutcome.banked, "2025-11", True)
    assert pay.cap
    assert (pay.cap.before, pay.cap.used, pay.cap.after, pay.cap.limit) == (5, 0, 5, 5)
    assert len(found.silent) == 3
    text = explanation_text(found)
    assert max(map(len, text.splitlines())) <= 80
    for piece in (
        "C-6  Supporting English Learners",
        "CUSD 200, PD hours: GRANTED 6.5 hours",
        "CUSD 200, Compensation: BANKED 1 micro-credential",
        "Cap           5 before + 0 used = 5 of 5 micro-credentials in 2024-25",
        "Submit from   July 1, 2025",
        "Pay month     November 2025",
        "Would change  Nothing before July 1, 2025",
        "Silent on it\n- Lakeview SD (fictional) (demo-lakeview): It is in force",
    ):
        assert piece in text


def test_a_held_one_says_whose_move_it_is(store: Store) -> None:
    with store.transaction() as session:
        rows = Rows(session)
        educator = rows.educator(vermonter())
        rows.case(educator, case(1, AUGUST, credit=True))
    recognise(store, ALL, [educator], NOW)
    found = explain(store, 1, ALL)
    held = next(d for d in found.decisions if d.currency is Currency.graduate_credit)
    assert (held.reasons[0].code, held.reasons[0].owner) == ("two_fees", Owner.staff)
    text = explanation_text(found)
    assert "Vermont-NEA, College credit: HELD\n" in text
    assert "Next move: affiliate staff." in " ".join(text.split())
    assert "125.00 USD" in text
    assert "Vermont-NEA, 15-hour certificate: GRANTED 15 hours" in text


def test_an_educator_no_agreement_applies_to_is_said_so(store: Store) -> None:
    with store.transaction() as session:
        rows = Rows(session)
        educator = rows.educator(teacher(employments=()))
        rows.case(educator, case(1, AUGUST))
    recognise(store, (CUSD,), [educator], NOW)
    text = explanation_text(explain(store, 1, (CUSD,)))
    assert "No agreement applies to this educator" in text
    assert "the roster does not say so" in " ".join(text.split())


def test_an_employer_without_an_agreement_is_said_and_what_others_give_is_granted(store: Store) -> None:
    with store.transaction() as session:
        rows = Rows(session)
        educator = rows.educator(vermonter())
        rows.case(educator, case(1, AUGUST))
    recognise(store, ALL, [educator], NOW)
    explained = explain(store, 1, ALL)
    assert {d.currency: d.outcome for d in explained.decisions}[Currency.state_cpd] is DecisionOutcome.granted
    assert explained.no_agreement == (
        "Held, no agreement: we have none on micro-credentials with Maple Union SD. What this employer pays or counts for it is not "
        "decided.",
    )
    text = explanation_text(explained)
    assert "Held, no agreement: we have none on micro-credentials with Maple Union SD." in text
    assert "Would change  Put the district's agreement into agreements/" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_decision_under_a_version_no_longer_on_file_says_so(store: Store) -> None:
    with store.transaction() as session:
        rows = Rows(session)
        educator = rows.educator(teacher())
        rows.case(educator, case(1, AUGUST))
    recognise(store, (CUSD,), [educator], NOW)
    found = explain(store, 1, (changed(CUSD, sha256="d" * 64),))
    assert {(d.current, d.source != "") for d in found.decisions} == {(False, True)}
    assert found.decisions[0].clause_text.startswith("Up to 8 professional development hours")
    assert "replaced since; kept as it was then" in " ".join(explanation_text(found).split())


def test_the_text_that_decided_is_kept_once_with_its_list_and_cannot_be_changed(store: Store) -> None:
    with store.transaction() as session:
        rows = Rows(session)
        educators = [rows.educator(teacher(educator_id=n)) for n in (1, 2)]
        for number, educator in enumerate(educators, 1):
            rows.case(educator, case(number, AUGUST))
    recognise(store, ALL, educators, NOW)
    with store.reading() as session:
        (kept,) = session.exec(select(AgreementVersion)).all()
    assert (kept.agreement, kept.sha256, kept.file) == ("il-cusd200", CUSD.sha256, CUSD.file)
    content = kept.text.encode() + b"\0" + kept.approved.encode()
    assert hashlib.sha256(content).hexdigest() == kept.sha256
    with pytest.raises(DBAPIError, match="append only"), store.transaction() as session:
        session.exec(update(AgreementVersion).values(text=""))


def test_a_decision_whose_text_was_never_kept_says_so(store: Store) -> None:
    with store.transaction() as session:
        rows = Rows(session)
        educator = rows.educator(teacher())
        rows.case(educator, case(1, AUGUST))
    recognise(store, (CUSD.model_copy(update={"text": ""}),), [educator], NOW)
    found = explain(store, 1, (changed(CUSD, sha256="d" * 64),))
    assert {(d.current, d.clause_text, d.source != "") for d in found.decisions} == {(False, "", True)}
    assert "no longer on file" in explanation_text(found)


def test_a_rejected_case_shows_the_check_that_failed_and_hostile_text_is_made_harmless(store: Store) -> None:
    with store.transaction() as session:
        at = NOW - timedelta(days=1)
        session.add(
            Case(key="document:x", state="rejected", opened_at=at, received_at=at, title="Red \x1b[31m\u202etitle")
        )
        session.flush()
        checks = [
            {"name": "proof", "outcome": "failed", "detail": "The signature does not fit.", "remedy": "Ask the issuer."}
        ]
        session.add(VerdictRecord(case_id=1, at=at, outcome="rejected", checks=checks))
    text = explanation_text(explain(store, 1, ALL))
    assert "proof failed: The signature does not fit. Ask the issuer." in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "It is not proven, so whose it is has not been asked." in text


def test_a_proven_case_of_nobody_is_said_to_be_nobodys(store: Store) -> None:
    with store.transaction() as session:
        session.add(Case(key="document:x", state="held", opened_at=NOW, received_at=NOW, proven_at=NOW))
    assert explain(store, 1, ALL).match == "It belongs to nobody on the roster yet."


def test_a_case_that_does_not_exist_is_a_clear_error(store: Store) -> None:
    with pytest.raises(UsageError, match="There is no case C-99"):
        explain(store, 99, ALL)
