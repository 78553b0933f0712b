"""One award that came hosted and signed: what its issuer's site says of it today counts, whichever form is still proven."""

import json
from datetime import timedelta

import pytest

from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification import VerificationSession, open_session, recheck_cases, verify_carriers
from models.credentials import CarrierKind
from tests.verification.making import ED, ISSUER, NOW, OB2, SITE, Json, Web, assertion, itxt, jws, ob3, png, vc_jwt
from tests.verification.night import Bring, cases, holds, states, submissions, verify
from tests.verification.test_rechecking import LATER, Counted, counted, item, recheck

__all__ = ["counted"]

HOSTED = f"{SITE}/assertions/1.json"
WITHDRAWN = {"@context": OB2, "id": HOSTED, "type": "Assertion", "revoked": True, "revocationReason": "Another's work."}


def signed(**changes: object) -> str:
    """The same award as `assertion()`, under the same id, with the issuer's signature."""
    return jws(assertion(verification={"type": "signed", "creator": f"{ISSUER}#key-1"}, **changes), ED)


def serve(workspace: Workspace, body: Json | None) -> None:
    """What the issuer's site has at the award's address now; None: nothing."""
    path = workspace.root / "web" / "assertions" / "1.json"
    path.unlink(missing_ok=True)
    if body is not None:
        path.write_text(json.dumps(body), encoding="utf-8")


@pytest.fixture
def in_two_forms(any_store: Store, workspace: Workspace, counted: Counted, bring: Bring) -> None:
    counted(assertion(), CarrierKind.json)
    bring(signed(), CarrierKind.jwt)
    verify(any_store, workspace)
    assert states(any_store) == ["matched"]


@pytest.mark.usefixtures("in_two_forms")
def test_while_both_forms_are_proven_it_is_paid(any_store: Store, workspace: Workspace) -> None:
    recheck(any_store, workspace)
    assert holds(any_store) == []
    assert cases(any_store)[0].proven_at == LATER


@pytest.mark.usefixtures("in_two_forms")
def test_a_withdrawal_at_its_address_speaks_against_the_signed_copy_too(any_store: Store, workspace: Workspace) -> None:
    serve(workspace, WITHDRAWN)
    recheck(any_store, workspace)
    assert holds(any_store) == ["case:1 revoked_later"]
    assert "Another's work." in item(any_store).sentence
    assert cases(any_store)[0].proven_at == NOW
    serve(workspace, assertion())
    recheck(any_store, workspace, LATER + timedelta(days=1))
    assert holds(any_store) == []


@pytest.mark.usefixtures("in_two_forms")
def test_what_is_not_to_be_had_at_its_address_waits_though_the_signed_copy_is_proven(
    any_store: Store, workspace: Workspace
) -> None:
    serve(workspace, None)
    recheck(any_store, workspace)
    assert holds(any_store) == ["case:1 not_rechecked"]
    assert "issuer.example: it is not there" in item(any_store).sentence


@pytest.mark.usefixtures("in_two_forms")
def test_another_credential_at_its_address_speaks_against_it(any_store: Store, workspace: Workspace) -> None:
    serve(workspace, assertion(id=f"{SITE}/assertions/2.json"))
    recheck(any_store, workspace)
    assert holds(any_store) == ["case:1 revoked_later"]
    assert "Its address serves a different credential" in item(any_store).sentence


def test_a_signed_one_alone_does_not_ask_at_its_address(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted(signed())
    serve(workspace, None)
    recheck(any_store, workspace)
    assert holds(any_store) == []


def test_more_pictures_of_the_signed_copy_do_not_hide_the_hosted_one(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring
) -> None:
    counted(signed())
    for number in range(6):
        bring(png(itxt(signed(), b"openbadges"), itxt(str(number), b"comment")), CarrierKind.png)
    bring(assertion())
    verify(any_store, workspace)
    assert states(any_store) == ["matched"]
    serve(workspace, WITHDRAWN)
    recheck(any_store, workspace)
    assert holds(any_store) == ["case:1 revoked_later"]


@pytest.mark.parametrize("how", ["file", "link", "link over http", "link with a fragment"])
def test_a_withdrawn_hosted_copy_that_comes_by_night_puts_the_counted_signed_one_in_doubt(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring, how: str
) -> None:
    counted(signed())
    serve(workspace, WITHDRAWN)
    links = {
        "link": HOSTED,
        "link over http": HOSTED.replace("https", "http"),
        "link with a fragment": f"{HOSTED}#again",
    }
    bring(*((b"", CarrierKind.url) if how in links else (assertion(),)), url=links.get(how, ""))
    verify(any_store, workspace, now=LATER)
    assert states(any_store) == ["matched"]
    assert holds(any_store) == ["case:1 revoked_later"]
    assert submissions(any_store, 1) == [1, 2]
    recheck_cases(any_store, workspace, [1], LATER + timedelta(days=1))
    assert holds(any_store) == ["case:1 revoked_later"]


def test_the_parameters_that_sites_add_for_the_reader_hide_no_withdrawal(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring
) -> None:
    counted(signed())
    asked = f"{HOSTED}?identity__email=pat%40school.example"
    opened = open_session(workspace, LATER)
    run = VerificationSession(opened.registry, Web({asked: 410}), opened.registry_text)
    verify_carriers(any_store, workspace, [bring(b"", CarrierKind.url, url=asked)], LATER, run)
    assert (states(any_store), holds(any_store)) == (["matched"], ["case:1 revoked_later"])


def test_a_hosted_copy_that_waited_and_is_withdrawn_then_joins_the_counted_one_as_a_doubt(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring
) -> None:
    counted(signed())
    serve(workspace, None)
    bring(assertion())
    verify(any_store, workspace)
    assert states(any_store) == ["matched", "held"]
    serve(workspace, WITHDRAWN)
    verify(any_store, workspace, now=NOW + timedelta(days=1))
    assert states(any_store) == ["matched", "joined"]
    assert holds(any_store) == ["case:1 revoked_later"]


def test_the_withdrawal_of_another_award_is_none_of_its_business(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring
) -> None:
    counted(signed())
    counted(vc_jwt(ob3()))
    serve(workspace, WITHDRAWN | {"id": f"{SITE}/assertions/2.json"})
    (workspace.root / "web" / "assertions" / "1.json").rename(workspace.root / "web" / "assertions" / "2.json")
    bring(assertion(id=f"{SITE}/assertions/2.json"))
    verify(any_store, workspace, now=LATER)
    assert states(any_store) == ["matched", "matched", "rejected"]
    assert holds(any_store) == []
