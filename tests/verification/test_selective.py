"""Selective disclosure, ecdsa-sd-2023: what a holder may show, and what it may not make of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from countersign.verification import Registry, keys
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


STATUS = f"{SITE}/status/1"
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


def always(line: str) -> bool:
    """The statements that an issuer makes mandatory by /issuer, /validUntil and /credentialStatus."""
    return any(word in line for word in ("#issuer>", "#validUntil>", "#credentialStatus>", "/status", f"<{STATUS}#"))


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
        made, other = disclosed(), disclosed(ob3(validUntil="2040-01-01T00:00:00Z"), mandatory=always)
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
        made = disclosed(body, mandatory=always)
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


REVOCATION: Json = {
    "id": f"{STATUS}#7",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "7",
    "statusListCredential": STATUS,
}
SUSPENSION = REVOCATION | {"id": f"{STATUS}#8", "statusPurpose": "suspension"}
END = "2040-01-01T00:00:00Z"
BOTH: Json = {"validUntil": END, "credentialStatus": REVOCATION}
SHOWN: list[Json] = [
    {},
    {"validUntil": END},
    {"credentialStatus": REVOCATION},
    BOTH,
    BOTH | {"credentialStatus": list[Json]()},
]
CHOSEN = "held status: Its holder shows a part of it, and was free to leave out"
UNKNOWN = "held status: Its holder shows a part of it. Whether"


class TestWhatMayBeWithheld:
    """What the issuer did not make mandatory, the holder can leave out: a status, a part of one, an end."""

    def look(
        self,
        known: Registry = WARY,
        web: Json | None = None,
        mandatory: Callable[[str], bool] = always,
        **changes: Any,
    ) -> Examination:
        return look(
            disclosed(ob3(**changes), mandatory=mandatory),
            known,
            Web({STATUS: with_proof(web or status_list(bits()), verificationMethod=f"{ISSUER}#list")}),
        )

    @pytest.mark.parametrize("shown", SHOWN)
    def test_whatever_is_shown_more_may_be_withheld_unless_the_operator_knows_better(self, shown: Json) -> None:
        """Even a mandatory entry tells nothing of a second one: the issuer's pointers cannot be read from the proof."""
        found = self.look(**shown)
        assert told(found).startswith(UNKNOWN)
        assert "selective = true" in found.verdict.decisive.remedy
        assert not found.verdict.decisive.retry
        assert told(self.look(VOUCHED_WITH_LIST, **shown)).startswith("verified")

    @pytest.mark.parametrize(
        "left_to_the_holder",
        ["#credentialStatus>", "#validUntil>", "#statusPurpose>", "#statusListIndex>", f"<{STATUS}#7>", "Entry>"],
    )
    def test_the_operators_word_is_held_against_the_proof(self, left_to_the_holder: str) -> None:
        """A suspension, a second list, the size and the messages of an entry, the earlier of two ends: any of them can be missing
        where what is shown of that kind was the holder's to show."""

        def mandatory(line: str) -> bool:
            return always(line) and left_to_the_holder not in line

        assert told(self.look(VOUCHED_WITH_LIST, mandatory=mandatory, **BOTH)).startswith(CHOSEN)
        assert told(self.look(mandatory=mandatory, **BOTH)).startswith(UNKNOWN)

    def test_members_of_an_entry_are_followed_to_their_end(self) -> None:
        messages = [{"status": "0x0", "message": "valid"}, {"status": "0x1", "message": "withdrawn"}]
        sized: Json = BOTH | {"credentialStatus": REVOCATION | {"statusSize": 1, "statusMessage": messages}}
        web = status_list(bits())
        made = disclosed(ob3(**sized), mandatory=lambda line: True)
        pages = {STATUS: with_proof(web, verificationMethod=f"{ISSUER}#list")}
        assert told(look(made, VOUCHED_WITH_LIST, Web(dict(pages)))).startswith("verified")
        made = disclosed(ob3(**sized), mandatory=lambda line: '"withdrawn"' not in line)
        assert told(look(made, VOUCHED_WITH_LIST, Web(dict(pages)))).startswith(CHOSEN)

    def test_several_mandatory_entries_are_each_looked_up(self) -> None:
        several: Json = BOTH | {"credentialStatus": [REVOCATION, SUSPENSION | {"statusPurpose": "revocation"}]}
        assert told(self.look(VOUCHED_WITH_LIST, **several)).startswith("verified")
        assert told(self.look(VOUCHED_WITH_LIST, status_list(bits(7)), **several)).startswith("rejected status")

    def test_an_expired_or_withdrawn_one_cannot_hide_behind_it(self) -> None:
        past = "2026-09-01T00:00:00Z"
        for known in (WARY, VOUCHED_WITH_LIST):
            assert told(self.look(known, status_list(bits(7)), **BOTH)).startswith(
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
        expiring = disclosed(status_list(bits()) | {"validUntil": END})
        body = vc_jwt(ob3(credentialStatus=REVOCATION), kid=f"{ISSUER}#list")
        found = look(body, WARY, Web({STATUS: listed}))
        assert told(found).startswith("held status: The status list itself is not proven: Signed with a registered key")
        assert told(look(body, VOUCHED_WITH_LIST, Web({STATUS: listed}))).startswith("verified")
        assert told(look(body, VOUCHED_WITH_LIST, Web({STATUS: expiring}))).startswith("held status: The status list")


def _named(name: str, public: keys.PublicKey) -> Any:
    from countersign.verification.trust.registry import RegisteredKey

    return RegisteredKey(id=name, public=public)
