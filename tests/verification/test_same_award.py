"""Before a micro-credential is paid: it states what it stated when it was counted, and nothing that speaks against it is lost.

None of this depends on the kind of database.
"""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import select

from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification import withdraw_case
from countersign.verification.keeping import rechecking
from models.credentials import CarrierKind
from models.tables import CarrierRecord, Case, ReviewItem
from tests.verification.making import NOW, SITE, Json, assertion, badge_class, jws, multibase, ob3, vc_jwt
from tests.verification.night import REGISTRY, Bring, cases, holds, publish, states, verify
from tests.verification.test_doubts import other_title, withdraw_on_the_list
from tests.verification.test_rechecking import LATER, Counted, award, counted, item, recheck

__all__ = ["counted"]

pytestmark = pytest.mark.parametrize("any_store", ["sqlite"], indirect=True)

EXPIRES = "2026-10-15T00:00:00Z"
"""After the submission, before `LATER`."""


def at_its_site(workspace: Workspace, **changes: object) -> None:
    publish(workspace, **{"assertions/1.json": assertion(**changes)})


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"issuedOn": "2029-01-01T12:00:00Z"}, "dated January 1, 2029, which has not come yet"),
        ({"issuedOn": "2026-10-10T12:00:00Z", "expires": EXPIRES}, "It expired on October 15, 2026."),
        ({"issuedOn": "2026-10-20T12:00:00Z", "expires": EXPIRES}, "before it was issued"),
        ({"issuedOn": "2029-01-01T12:00:00Z", "expires": "2030-01-01T00:00:00Z"}, "which has not come yet"),
    ],
)
def test_one_that_is_dated_anew_is_not_taken_for_one_that_has_only_expired(
    any_store: Store, workspace: Workspace, counted: Counted, stated: dict[str, Any], said: str
) -> None:
    at_its_site(workspace, expires=EXPIRES)
    counted(assertion(expires=EXPIRES), CarrierKind.json)
    at_its_site(workspace, **({"expires": EXPIRES} | stated))
    recheck(any_store, workspace)
    assert item(any_store).code == "revoked_later"
    assert said in item(any_store).sentence


def test_one_that_expires_in_the_very_moment_of_its_submission_was_not_valid_then(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted(vc_jwt(award(validUntil=EXPIRES)))
    for received, doubts in (("2026-10-14T23:59:59Z", []), (EXPIRES, ["case:1 revoked_later"])):
        with any_store.transaction() as session:
            session.get_one(Case, 1).received_at = NOW.fromisoformat(received)
        recheck(any_store, workspace)
        assert holds(any_store) == doubts


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"issuedOn": "2026-05-02T12:00:00Z"}, "Its date of issue is another one than when it was counted."),
        ({"expires": "2031-01-01T00:00:00Z"}, "Its end of validity is another one than when it was counted."),
        ({"badge": f"{SITE}/classes/2.json"}, "It is for another achievement than when it was counted."),
    ],
)
def test_what_a_site_states_otherwise_now_is_not_paid(
    any_store: Store, workspace: Workspace, counted: Counted, changes: dict[str, Any], said: str
) -> None:
    publish(workspace, **{"classes/2.json": badge_class(id=f"{SITE}/classes/2.json")})
    at_its_site(workspace)
    counted(assertion(), CarrierKind.json)
    recheck(any_store, workspace, LATER)
    assert holds(any_store) == []
    at_its_site(workspace, **changes)
    recheck(any_store, workspace, LATER + timedelta(days=1))
    assert said in item(any_store).sentence


def titled(title: str) -> Json:
    body = award()
    body["credentialSubject"]["achievement"]["name"] = title
    return body


CONTENTS = [
    (titled("Another Title"), "Its title is another one"),
    (award(validFrom="2026-05-02T12:00:00Z"), "Its date of issue is another one"),
    (award(validUntil="2031-01-01T00:00:00Z"), "Its end of validity is another one"),
]


@pytest.mark.parametrize(("other", "said"), CONTENTS)
def test_another_content_under_the_same_id_is_told_when_it_comes_and_again_before_it_is_paid(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring, other: Json, said: str
) -> None:
    counted()
    bring(vc_jwt(other), CarrierKind.jwt)
    verify(any_store, workspace)
    assert holds(any_store) == ["case:1 same_id_differs"]
    assert said in item(any_store).sentence
    recheck(any_store, workspace)
    assert holds(any_store) == ["case:1 revoked_later", "case:1 same_id_differs"]
    with any_store.reading() as session:
        doubt = session.exec(select(ReviewItem).where(ReviewItem.code == "revoked_later")).one()
    assert said in doubt.sentence


def test_the_same_content_in_another_spelling_is_told_to_nobody(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring
) -> None:
    counted()
    bring(vc_jwt(award(validFrom="2026-05-01T14:00:00+02:00")), CarrierKind.jwt)
    verify(any_store, workspace)
    recheck(any_store, workspace)
    assert holds(any_store) == []


def test_withdrawing_closes_the_question_which_of_two_contents_is_right(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring
) -> None:
    counted()
    bring(vc_jwt(CONTENTS[0][0]), CarrierKind.jwt)
    verify(any_store, workspace)
    recheck(any_store, workspace)
    withdraw_case(any_store, 1, "Robin", "The issuer signed two.", LATER)
    assert holds(any_store) == []


def test_of_two_files_that_disagree_the_one_that_speaks_against_it_counts_wherever_it_stands(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring
) -> None:
    """The first names no list, and by itself is proven for ever; the second names the list it was withdrawn on."""
    counted(vc_jwt(ob3(id="urn:uuid:1")))
    bring(vc_jwt(award()), CarrierKind.jwt)
    verify(any_store, workspace)
    recheck(any_store, workspace)
    assert holds(any_store) == []
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace, LATER + timedelta(days=1))
    assert holds(any_store) == ["case:1 revoked_later"]


def test_the_same_id_under_another_registered_issuer_is_another_credential(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    key, other = Ed25519PrivateKey.generate(), "https://other.example/issuers/1"
    second = f"""
[[issuers]]
id = "other"
name = "Other Learning"
ids = ["{other}"]
accepted = {{ from = 2020-01-01 }}
vetted = {{ by = "Joint committee", on = 2026-01-01 }}

[[issuers.keys]]
id = "{other}#key-1"
multibase = "{multibase(key)}"
"""
    workspace.issuers_file.write_text(REGISTRY + second, encoding="utf-8")
    issuer = award()["issuer"]
    theirs = ob3(id="urn:uuid:1", issuer=issuer | {"id": other} if isinstance(issuer, dict) else other)
    with any_store.transaction() as session:
        record = session.get_one(CarrierRecord, 1)
        record.sha256 = any_store.evidence.put(
            jws(theirs | {"iss": other, "jti": "urn:uuid:1"}, key, kid=f"{other}#key-1").encode()
        )
    recheck(any_store, workspace)
    assert "leads to another credential now" in item(any_store).sentence


def test_what_a_person_ends_while_it_is_being_looked_at_stays_as_they_left_it(
    any_store: Store, workspace: Workspace, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted()
    withdraw_on_the_list(workspace, 1)
    examine = rechecking.examine

    def ended_meanwhile(*args: Any) -> object:
        with any_store.transaction() as session:
            session.get_one(Case, 1).state = "rejected"
        return examine(*args)

    monkeypatch.setattr(rechecking, "examine", ended_meanwhile)
    recheck(any_store, workspace)
    assert (states(any_store), holds(any_store)) == (["rejected"], [])
    assert cases(any_store)[0].proven_at == NOW


def test_what_another_issuer_awarded_is_no_correction(any_store: Store, workspace: Workspace, counted: Counted) -> None:
    counted()
    counted(other_title(2, "09-20"))
    with any_store.transaction() as session:
        session.get_one(Case, 2).issuer = "other"
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace, LATER, 1)
    assert "correction" not in item(any_store).sentence


def test_what_was_never_proven_is_no_correction(any_store: Store, workspace: Workspace, counted: Counted) -> None:
    """It says of itself all that a correction says, but waits for its proof."""
    case = counted()
    with any_store.transaction() as session:
        claimed = Case(**case.model_dump(exclude={"id", "key", "state"}), key="document:2", state="held")
        session.add(claimed)
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace, LATER, 1)
    assert "correction" not in item(any_store).sentence
