"""Selective disclosure, ecdsa-sd-2023: what a holder may show, and what it may not make of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from countersign.verification import Registry
from countersign.verification.proofs import keys
from models.credentials import Examination, VerdictOutcome
from tests.verification.making import (
    EC,
    ED,
    ISSUER,
    SITE,
    THIEF,
    Json,
    Web,
    issuer,
    look,
    ob3,
    registered,
    registry,
    told,
    vc_jwt,
    with_proof,
)
from tests.verification.proving import disclosed, multikey
from tests.verification.test_status import bits, status_list
from tests.verification.world import fixtures

KEY = f"{ISSUER}#key-1"


WARY = registry(issuer(registered(EC, KEY), registered(ED, f"{ISSUER}#list")))
VOUCHED_WITH_LIST = registry(issuer(registered(EC, KEY), registered(ED, f"{ISSUER}#list"), selective=True))
VOUCHED = registry(issuer(registered(EC, KEY), selective=True))
"""An issuer of which the operator has said that status and expiry are always shown."""


def said(body: Json) -> str:
    return told(look(body, VOUCHED))


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
            found = look(disclosed(mandatory=mandatory), VOUCHED)
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
            _named(name, keys.from_multibase(name.partition("#")[2])),
            ids=("https://1edtech.edu/issuers/565049",),
            selective=True,
        )
        assert told(look(body, registry(own))).startswith("verified")
        body["credentialSubject"]["achievement"]["name"] = "Leadership"
        assert told(look(body, registry(own))).startswith("rejected proof: Its signature does not match")


STATUS = f"{SITE}/status/1"
REVOCATION: Json = {
    "id": f"{STATUS}#7",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "7",
    "statusListCredential": STATUS,
}
END = "2040-01-01T00:00:00Z"


class TestWhatMayBeWithheld:
    """What the issuer did not make mandatory, the holder can leave out: a status, an expiry."""

    def look(self, known: Registry = WARY, web: Json | None = None, **changes: Any) -> Examination:
        return look(
            disclosed(ob3(**changes)),
            known,
            Web({STATUS: with_proof(web or status_list(bits()), verificationMethod=f"{ISSUER}#list")}),
        )

    def test_what_shows_neither_status_nor_end_is_held(self) -> None:
        found = self.look()
        assert told(found).startswith(
            "held status: Its holder shows a part of it, without an end of validity or a way to"
        )
        assert "selective = true" in found.verdict.decisive.remedy
        assert not found.verdict.decisive.retry

    def test_what_shows_both_verifies(self) -> None:
        assert told(self.look(validUntil=END, credentialStatus=REVOCATION)).startswith("verified")
        assert told(
            self.look(validUntil=END, credentialStatus=[REVOCATION, {**REVOCATION, "id": f"{STATUS}#8"}])
        ).startswith("verified")

    @pytest.mark.parametrize(
        "shown",
        [
            {"validUntil": END},
            {"credentialStatus": REVOCATION},
            {"validUntil": END, "credentialStatus": REVOCATION | {"statusPurpose": "refresh"}},
            {"validUntil": END, "credentialStatus": []},
        ],
    )
    def test_one_of_the_two_is_not_enough_and_news_of_newer_versions_is_no_status(self, shown: Json) -> None:
        assert told(self.look(**shown)).startswith("held status: Its holder shows a part of it")
        assert told(self.look(VOUCHED_WITH_LIST, **shown)).startswith("verified")

    def test_an_expired_or_withdrawn_one_cannot_hide_behind_it(self) -> None:
        past = "2026-09-01T00:00:00Z"
        for known in (WARY, VOUCHED_WITH_LIST):
            assert told(self.look(known, status_list(bits(7)), validUntil=END, credentialStatus=REVOCATION)).startswith(
                "rejected status: The issuer has withdrawn"
            )
            assert self.look(known, validUntil=past, credentialStatus=REVOCATION).verdict.outcome == "rejected"
        # its twin: the same expired credential whose holder left the end out
        assert told(self.look(credentialStatus=REVOCATION)).startswith("held status")

    def test_with_a_second_proof_over_the_whole_nothing_can_have_been_withheld(self) -> None:
        shown = disclosed(ob3())
        whole = with_proof(ob3(), verificationMethod=f"{ISSUER}#list")
        assert told(look(shown | {"proof": [shown["proof"], whole["proof"]]}, WARY)).startswith("verified")
        stolen = with_proof(ob3(), THIEF, verificationMethod="did:example:thief")
        assert told(look(shown | {"proof": [shown["proof"], stolen["proof"]]}, WARY)).startswith("held status")

    def test_a_status_list_that_is_shown_in_part_clears_nothing(self) -> None:
        listed = disclosed(status_list(bits()))
        body = vc_jwt(ob3(credentialStatus=REVOCATION), kid=f"{ISSUER}#list")
        found = look(body, WARY, Web({STATUS: listed}))
        assert told(found).startswith("held status: The status list itself is not proven: Signed with a registered key")
        assert told(look(body, VOUCHED_WITH_LIST, Web({STATUS: listed}))).startswith("verified")


def _named(name: str, public: keys.PublicKey) -> Any:
    from countersign.verification.trust.registry import RegisteredKey

    return RegisteredKey(id=name, public=public)
