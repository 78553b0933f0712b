"""Selective disclosure, ecdsa-sd-2023: what a holder may show, and what it may not make of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from countersign.verification import keys
from models.credentials import VerdictOutcome
from tests.verification.making import EC, ISSUER, Json, issuer, look, ob3, registered, registry, told
from tests.verification.proving import disclosed, multikey
from tests.verification.world import fixtures

KEY = f"{ISSUER}#key-1"


def said(body: Json) -> str:
    return told(look(body, registry(issuer(registered(EC, KEY)))))


Change = Callable[[list[Any]], object]
MEDDLED: list[Change] = [
    lambda p: p[2].pop(),
    lambda p: p[2].append(p[2][0]),
    lambda p: p[2].reverse(),
    lambda p: p[4].pop(),
    lambda p: p[4].append(10_000),
    lambda p: p[4].append(0 if 0 not in p[4] else 1),
    lambda p: p.__setitem__(1, multikey(EC)),
    lambda p: p.__setitem__(0, b"\x01" * 64),
    lambda p: p[3].update({0: b"\x07" * 32}),
    lambda p: p[3].pop(len(p[3]) - 1),
    lambda p: p[3].update({0: p[3][1], 1: p[3][0]}),
]
UNSOUND: list[tuple[Change, str]] = [
    (lambda p: p.append(b""), "not five components in plain CBOR"),
    (lambda p: p.pop(), "not five components in plain CBOR"),
    (
        lambda p: p.__setitem__(1, b"\x80\x24" + b"\x00" * 33),
        "The key within its proof value is not a valid key",
    ),
    (lambda p: p.__setitem__(1, b"\x00" * 35), "The key within its proof value is of a kind"),
    (lambda p: p.__setitem__(2, b""), "does not hold what"),
    (lambda p: p[2].append(b"short"), "does not hold what"),
    (lambda p: p[4].extend([3, 3]), "does not hold what"),
    (lambda p: p[4].append(-1), "does not hold what"),
    (lambda p: p[4].append(True), "does not hold what"),
    (lambda p: p[3].update({99: b"\x01" * 32}), "cannot be followed"),
    (lambda p: p[3].update({0: b"\x01"}), "cannot be followed"),
    (lambda p: p[3].update({0: p[3][1]}), "two parts of the credential one name"),
]


class TestSelectiveDisclosure:
    """vc-di-ecdsa 1.0 §3.6.7, with the sound twin first."""

    def test_a_derived_proof_verifies_and_says_that_something_may_be_withheld(self) -> None:
        choices: list[Callable[[str], bool]] = [lambda _: False, lambda _: True, lambda line: "#issuer>" in line]
        for mandatory in choices:
            found = look(disclosed(mandatory=mandatory), registry(issuer(registered(EC, KEY))))
            assert found.verdict.outcome is VerdictOutcome.verified, told(found)
            assert "whether something was withheld cannot be told" in str(found.verdict.checks)

    def test_a_base_proof_is_not_handed_on(self) -> None:
        assert "is the issuer's own copy" in said(disclosed(tag=b"\xd9\x5d\x00"))

    @pytest.mark.parametrize("change", MEDDLED)
    def test_a_meddled_proof_value_does_not_verify(self, change: Change) -> None:
        assert said(disclosed(change=change)).startswith("rejected proof: Its signature does not match")

    @pytest.mark.parametrize(("change", "part"), UNSOUND)
    def test_an_unsound_proof_value_is_refused(self, change: Change, part: str) -> None:
        sentence = said(disclosed(change=change))
        assert sentence.startswith("rejected proof: ")
        assert part in sentence

    def test_a_statement_of_another_credential_cannot_be_slipped_in(self) -> None:
        made, other = disclosed(), disclosed(ob3(validUntil="2040-01-01T00:00:00Z"))
        made["validUntil"] = other["validUntil"]
        assert said(made).startswith("rejected proof: Its signature does not match")
        made["proof"]["proofValue"] = other["proof"]["proofValue"]
        assert said(made).startswith("verified")  # which is the other one, whole

    def test_unsigned_words_and_moved_statements_are_refused_here_too(self) -> None:
        assert '"honours" is not covered' in said(disclosed() | {"honours": "summa"})
        body = ob3(
            evidence=[{"type": ["Evidence", "VerifiableCredential"], "id": ob3()["id"]}],
            validUntil="2040-01-01T00:00:00Z",
        )
        made = disclosed(body)
        assert said(made).startswith("verified")
        made["evidence"][0]["validUntil"] = made.pop("validUntil")
        assert "a second time" in said(made)

    def test_the_publishers_derived_credential_verifies_once_its_issuer_is_registered(self) -> None:
        body = json.loads((fixtures() / "1edtech-ob30" / "sd" / "derivedcredential.json").read_text())
        name: str = body["proof"][0]["verificationMethod"]
        own = issuer(
            _named(name, keys.from_multibase(name.partition("#")[2])), ids=("https://1edtech.edu/issuers/565049",)
        )
        assert told(look(body, registry(own))).startswith("verified")
        body["credentialSubject"]["achievement"]["name"] = "Leadership"
        assert told(look(body, registry(own))).startswith("rejected proof: Its signature does not match")


def _named(name: str, public: keys.PublicKey) -> Any:
    from countersign.verification.registry import RegisteredKey

    return RegisteredKey(id=name, public=public)
