"""The recipient is compared as a set of identities: neither their order nor a part of them is a contradiction."""

import json
from dataclasses import replace
from typing import Any

import pytest

from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification.keeping.same import names_another
from models.credentials import Credential, Examination, Identity
from models.tables import Case
from tests.verification.making import Json, look, ob3, registry, with_proof
from tests.verification.night import Bring, holds, verify
from tests.verification.test_rechecking import LATER, Counted, counted, item, recheck

__all__ = ["counted"]

PAT = ("pat@school.example", "pat@home.example")


def naming(*addresses: str) -> Json:
    body = ob3()
    body["credentialSubject"]["identifier"] = [
        {"type": "IdentityObject", "hashed": False, "identityHash": a, "identityType": "emailAddress"}
        for a in addresses
    ]
    return body


def test_a_copy_in_another_order_neither_contradicts_nor_stops_the_pay(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring
) -> None:
    document = with_proof(naming(*PAT))
    counted(json.dumps(document).encode())
    turned = json.loads(json.dumps(document))
    turned["credentialSubject"]["identifier"].reverse()
    bring(turned)
    verify(any_store, workspace)
    recheck(any_store, workspace)
    assert holds(any_store) == []


def test_another_recipient_under_the_same_id_is_a_contradiction(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring
) -> None:
    counted(json.dumps(with_proof(naming(*PAT))).encode())
    bring(with_proof(naming(PAT[0])))
    verify(any_store, workspace)
    assert item(any_store).code == "same_id_differs"
    recheck(any_store, workspace, LATER)
    assert "case:1 revoked_later" in holds(any_store)


A, B, C = (Identity("emailAddress", f"{n}@school.example") for n in "abc")


def case(*identities: Identity) -> Case:
    rows: list[dict[str, Any]] = [
        {"kind": i.kind, "value": i.value, "hashed": i.hashed, "salt": i.salt} for i in identities
    ]
    return Case(key="k", identities=rows)  # pyright: ignore[reportCallIssue]


def shown(*identities: Identity, suite: str = "ecdsa-sd-2023") -> Examination:
    found = look(with_proof(), registry())
    assert isinstance(found.credential, Credential)
    return replace(
        found,
        credential=replace(found.credential, identities=identities),
        body={"proof": [{"type": "DataIntegrityProof", "cryptosuite": suite}]},
    )


@pytest.mark.parametrize(
    ("counted_as", "now", "in_part", "whole"),
    [
        ((A, B), (A, B), False, False),
        ((A, B), (B, A), False, False),
        ((A, B), (A,), False, True),
        ((A,), (A, B), False, True),
        ((A, B), (A, C), True, True),
        ((A,), (B,), True, True),
        ((A,), (), True, True),
    ],
)
def test_of_one_that_is_shown_in_part_fewer_or_more_contradict_nothing(
    counted_as: tuple[Identity, ...], now: tuple[Identity, ...], *, in_part: bool, whole: bool
) -> None:
    assert names_another(shown(*now), case(*counted_as)) is in_part
    assert names_another(shown(*now, suite="eddsa-rdfc-2022"), case(*counted_as)) is whole
