"""A replay holds the case against its credential too: title, recipient, dates, issuer and key, and what certificates print."""

from datetime import timedelta

import pytest

from countersign.desk.report import repeated
from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification import replay, verdicts_of
from models.credentials import CarrierKind
from models.tables import Case
from tests.verification.making import NOW, assertion, badge_class
from tests.verification.night import UNKNOWN_STATUS, Bring, publish, verify
from tests.verification.test_rechecking import LATER, Counted, counted, recheck

__all__ = ["counted"]

THIEF = [{"kind": "email", "value": "thief@school.example", "hashed": False, "salt": ""}]


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [
        ("title", "Doctorate", "title"),
        ("identities", THIEF, "recipient"),
        ("issued_on", NOW - timedelta(days=900), "date of issue"),
        ("valid_until", NOW + timedelta(days=900), "end of validity"),
        ("issuer", "nea", "issuer"),
        ("issuer_name", "National Example Association", "issuer's name"),
        ("achievement_id", "https://issuer.example/other", "achievement"),
        ("description", "Much more.", "description"),
        ("standards", [{"name": "Invented", "framework": "", "code": "", "url": ""}], "standards"),
        ("credential_id", "urn:uuid:9", "id"),
        ("key", "credential:0", "key"),
    ],
)
def test_what_somebody_changed_in_the_database_is_named(
    any_store: Store, workspace: Workspace, counted: Counted, column: str, value: object, name: str
) -> None:
    counted(assertion(), CarrierKind.json)
    assert replay(any_store, 1).same
    with any_store.transaction() as session:
        setattr(session.get_one(Case, 1), column, value)
    again = replay(any_store, 1)
    assert not again.same
    assert [d.name for d in again.differences] == [f"case, {name}"]


def test_a_case_whose_standards_no_version_has_read_is_the_same(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted(assertion(), CarrierKind.json)
    with any_store.transaction() as session:
        session.get_one(Case, 1).standards = None
    assert replay(any_store, 1).same


def test_the_report_says_that_the_case_differs_and_names_nobody(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted(assertion(), CarrierKind.json)
    with any_store.transaction() as session:
        row = session.get_one(Case, 1)
        row.title, row.identities = "Doctorate", THIEF
    said = " ".join(line.text for line in repeated(replay(any_store, 1), 200))
    assert "the checks come out the same, but the case says otherwise than the credential in verdict 1" in said
    assert "The case says: Doctorate" in said
    assert "The credential says: Formative Assessment" in said
    assert "@" not in said


def test_a_description_that_the_issuer_words_anew_is_no_difference_and_another_recipient_is(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted(assertion(), CarrierKind.json)
    publish(workspace, **{"badge.json": badge_class(description="Plans, uses and reviews formative assessment.")})
    recheck(any_store, workspace)
    first, second = verdicts_of(any_store, 1)
    assert replay(any_store, 1, first).same
    assert replay(any_store, 1, second).same
    with any_store.transaction() as session:
        row = session.get_one(Case, 1)
        row.identities, row.title = THIEF, "Doctorate"
    assert [d.name for d in replay(any_store, 1).differences] == ["case, title", "case, recipient"]


def test_one_that_was_withdrawn_or_held_is_still_the_same(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring
) -> None:
    counted(assertion(), CarrierKind.json)
    (workspace.root / "web" / "assertions" / "1.json").unlink()
    recheck(any_store, workspace, LATER)
    bring(UNKNOWN_STATUS, CarrierKind.jwt)
    verify(any_store, workspace)
    assert all(replay(any_store, 1, n).same for n in verdicts_of(any_store, 1))
    assert replay(any_store, 2).same
