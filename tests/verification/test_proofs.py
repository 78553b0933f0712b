"""Data Integrity proofs of every kind: what verifies, what an attacker makes of it, and the W3C's published vectors."""

import copy
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from countersign.verification.trust.registry import Issuer
from tests.verification.making import (
    EC,
    ED,
    ISSUER,
    OB3,
    OTHER,
    THIEF,
    VC1,
    VC2,
    Json,
    Web,
    issuer,
    look,
    ob3,
    registered,
    registry,
    told,
)
from tests.verification.proving import ONCE, P384, Private, disclosed, multibase, proven
from tests.verification.unchecked import Unchecked
from tests.verification.world import fixtures

KEY = f"{ISSUER}#key-1"
UNVERSIONED = "https://purl.imsglobal.org/spec/ob/v3p0/context.json"


def who(key: Private, name: str = KEY) -> Issuer:
    return issuer(registered(key, name), selective=True)


def said(body: Json, key: Private = ED) -> str:
    return told(look(body, registry(who(key))))


def old(**changes: Any) -> Json:
    """A credential of data model 1.1 from before cryptosuites."""
    body = ob3(validFrom=None, issuanceDate="2026-05-01T12:00:00Z", name=None, **changes)
    return body | {"@context": [VC1, OB3.replace("3.0.3", "3.0.1"), "https://w3id.org/security/suites/ed25519-2020/v1"]}


SUITES: list[tuple[str, Private]] = [
    ("eddsa-rdfc-2022", ED),
    ("eddsa-2022", ED),
    ("ecdsa-rdfc-2019", EC),
    ("ecdsa-rdfc-2019", P384),
    ("eddsa-jcs-2022", ED),
    ("ecdsa-jcs-2019", EC),
    ("ecdsa-jcs-2019", P384),
    ("Ed25519Signature2020", ED),
    ("ecdsa-sd-2023", EC),
]


def signed(suite: str, key: Private, body: Json | None = None, **changes: Any) -> Json:
    if suite == "Ed25519Signature2020":
        return proven(old(), key, suite, **changes)
    if suite == "ecdsa-sd-2023":
        return disclosed(body, **changes)
    return proven(body, key, suite, **changes)


@pytest.mark.parametrize(("suite", "key"), SUITES)
def test_each_suite_verifies_under_the_registered_key_and_under_no_other(suite: str, key: Private) -> None:
    made = signed(suite, key)
    assert said(made, key).startswith("verified")
    other: Private = OTHER if key is ED else ONCE if key is EC else ED
    assert said(made, other).startswith("rejected proof: Its ")
    profile = Web({ISSUER: {"id": ISSUER, "type": "Profile"}})
    found = look(made, registry(who(other, "another")), profile)
    assert told(found).startswith(f"held proof: Its key ({KEY}) would be one of Acme Learning, but it is not published")


@pytest.mark.parametrize(("suite", "key"), SUITES)
def test_a_change_after_signing_is_noticed_in_every_suite(suite: str, key: Private) -> None:
    changes: list[Callable[[Json], object]] = [
        lambda b: b["credentialSubject"]["achievement"].update(name="Nuclear Physics"),
        lambda b: b.update(id="urn:uuid:7a3c0b52-0000-4000-8000-00000000000f"),
        lambda b: b["proof"].update(created="2026-05-01T12:00:01Z"),
        lambda b: b["credentialSubject"]["identifier"][0].update(salt="pepper"),
        lambda b: b.update(evidence=[{"id": "https://x.example", "type": ["Evidence"]}]),
    ]
    for change in changes:
        made = copy.deepcopy(signed(suite, key))
        change(made)
        assert said(made, key).startswith("rejected proof: Its signature does not match"), said(made, key)


@pytest.mark.parametrize(("suite", "key"), SUITES)
def test_the_options_of_a_proof_are_checked_in_every_suite(suite: str, key: Private) -> None:
    for changes, sentence in (
        ({"proofPurpose": "authentication"}, "rejected proof: Its proof was made for another purpose"),
        ({"expires": "2026-10-01T00:00:00Z"}, "rejected proof: Its proof has expired"),
        ({"created": "2027-01-01T00:00:00Z"}, "rejected proof: Its proof is dated in the future"),
        ({"created": "yesterday"}, "rejected proof: Its proof is not laid out"),
        ({"domain": "https://job.example"}, "held proof: Its proof was made for one occasion only"),
        ({"challenge": "abc"}, "held proof: Its proof was made for one occasion only"),
    ):
        made = signed(suite, key)
        made["proof"] |= changes
        assert said(made, key).startswith(sentence)
    assert said(signed(suite, key, expires="2027-01-01T00:00:00Z"), key).startswith("verified")


def test_a_proof_cannot_pass_for_one_of_another_suite() -> None:
    suites_of = {
        "eddsa-rdfc-2022",
        "eddsa-2022",
        "eddsa-jcs-2022",
        "ecdsa-rdfc-2019",
        "ecdsa-jcs-2019",
        "ecdsa-sd-2023",
    }
    for suite in suites_of:
        for other in suites_of - {suite}:
            key: Private = ED if suite.startswith("eddsa") else EC
            made = signed(suite, key)
            made["proof"]["cryptosuite"] = other
            assert said(made, key).startswith("rejected proof: "), (suite, other)


@pytest.mark.parametrize("value", ["", "z", "zzz", "f00ff", "z0OIl", 7, None, "z" + "1" * 88, "u2V0A", "u2V0B", "u!"])
def test_a_proof_value_that_is_none_is_refused(value: object) -> None:
    for suite, key in SUITES:
        made = signed(suite, key)
        made["proof"]["proofValue"] = value
        assert said(made, key).startswith("rejected proof: It"), (suite, value)


def test_an_unknown_suite_holds_and_is_named() -> None:
    for change in ({"cryptosuite": "bbs-2023"}, {"cryptosuite": ["eddsa-rdfc-2022"]}, {"type": "RsaSignature2018"}):
        made = proven()
        made["proof"] |= change
        assert "held proof: It is proven by " in said(made)
    assert "It is proven by bbs-2023" in said(proven() | {"proof": proven()["proof"] | {"cryptosuite": "bbs-2023"}})


def test_an_unknown_vocabulary_holds_a_proof_over_json_too() -> None:
    body = ob3()
    body["@context"] = [VC2, OB3, "https://x.example/context"]
    assert "uses the vocabulary https://x.example/context" in said(proven(body, suite="eddsa-jcs-2022"))
    body["@context"] = [VC2, OB3, {"validUntil": "https://x.example/never"}]
    assert said(proven(body, suite="eddsa-jcs-2022")).startswith("held proof: The credential defines words of its own")


MULTIKEY = "https://w3id.org/security/multikey/v1"


def test_the_contexts_of_a_proof_over_json_are_those_with_which_the_documents_begin() -> None:
    """vc-di-eddsa and vc-di-ecdsa 1.0 §3.3.2 step 4: whoever hands it on may add one behind them, and nowhere else."""
    for suite, key in (("eddsa-jcs-2022", ED), ("ecdsa-jcs-2019", EC)):
        own: Json = {"@context": [VC2, OB3]}
        made = proven(key=key, suite=suite, **own)
        assert said(made, key).startswith("verified")
        for named in ([VC2, OB3, MULTIKEY], [VC2, OB3, "https://w3id.org/security/data-integrity/v2", MULTIKEY]):
            assert said(made | {"@context": named}, key).startswith("verified")
        strange = [VC2, OB3, "https://x.example"]
        assert "uses the vocabulary https://x.example" in said(made | {"@context": strange}, key)
        older = OB3.replace("3.0.3", "3.0.1")
        for named in ([VC2, older], [VC2, older, OB3]):
            assert said(made | {"@context": named}, key).startswith(
                "rejected proof: Its proof was made under other vocabularies (@context) than it names"
            )
        for of_proof in ([VC2], [OB3], [], None, [VC2, OB3, MULTIKEY]):
            changed = made | {"proof": made["proof"] | {"@context": of_proof}}
            assert said(changed, key).startswith("rejected proof: Its ")
        for body in (made | {"name": "Nuclear Physics"}, made | {"@context": [VC2, OB3, MULTIKEY], "name": "x"}):
            assert said(body, key).startswith("rejected proof: Its signature does not match")


def test_a_context_in_a_proof_over_statements_must_be_the_documents() -> None:
    own: Json = {"@context": [VC2, OB3]}
    made = proven(**own)
    assert said(made).startswith("verified")
    made["@context"] = [VC2, OB3, MULTIKEY]
    assert said(made).startswith("held proof: Its proof uses another vocabulary")


def test_what_a_signature_over_json_cannot_cover_is_refused() -> None:
    body = ob3()
    body["credentialSubject"]["creditsEarned"] = 2**60
    made = ob3() | {"proof": proven(suite="eddsa-jcs-2022")["proof"]}
    made["credentialSubject"]["creditsEarned"] = 2**60
    assert "has a number or a text that its kind of signature cannot cover" in said(made)


def test_a_signature_under_the_unversioned_vocabulary_counts_when_it_fits_and_is_no_forgery_when_not() -> None:
    body = old()
    body["@context"][1] = UNVERSIONED
    made = proven(body, suite="Ed25519Signature2020")
    assert said(made).startswith("verified")
    made["credentialSubject"]["achievement"]["name"] = "Nuclear Physics"
    assert said(made).startswith(
        "held proof: Its signature does not match. It was altered, or signed under another text"
    )
    # both spellings that this vocabulary has for one thing are not one more thing to sign
    twice = proven(body, suite="Ed25519Signature2020")
    twice["credentialSubject"]["Achievement"] = twice["credentialSubject"]["achievement"]
    assert '"credentialSubject.achievement" is not covered' in said(twice)


class TestSetsAndChains:
    """VC Data Integrity 1.0 §4.5."""

    def test_every_proof_in_a_set_is_checked(self) -> None:
        first, second = proven()["proof"], proven(suite="eddsa-jcs-2022", created="2026-05-02T00:00:00Z")["proof"]
        assert said(ob3() | {"proof": [first, second]}).startswith("verified")
        for broken in (first | {"created": "2026-05-03T00:00:00Z"}, second | {"created": "2026-05-03T00:00:00Z"}):
            assert said(ob3() | {"proof": [first, second, broken]}).startswith("rejected proof: Its signature")
        assert said(ob3() | {"proof": [first, {"type": "SomethingElse"}]}).startswith(
            "held proof: It is proven by Some"
        )
        assert said(ob3() | {"proof": [first] * 9}).startswith("held proof: It carries 9 proofs")

    def test_proofs_by_others_neither_help_nor_harm(self) -> None:
        own = proven()["proof"]
        foreign = proven(key=THIEF, verificationMethod=f"did:key:{multibase(THIEF)}")["proof"]
        assert said(ob3() | {"proof": [foreign, own]}).startswith("verified")
        assert said(ob3() | {"proof": [foreign]}).startswith("rejected proof: It is signed with a key (did:key:")
        assert said(ob3() | {"proof": [foreign | {"verificationMethod": KEY}, own]}).startswith(
            "rejected proof: Its sig"
        )

    @pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
    def test_a_chained_proof_covers_those_before_it(self, suite: str) -> None:
        first = proven(suite=suite, id="urn:uuid:1")["proof"]
        second = proven(suite=suite, previous=[first], previousProof="urn:uuid:1", id="urn:uuid:2")["proof"]
        third = proven(suite=suite, previous=[first, second], previousProof=["urn:uuid:1", "urn:uuid:2"])["proof"]
        assert said(ob3() | {"proof": [first, second, third]}).startswith("verified")
        again = proven(suite=suite, id="urn:uuid:1", created="2026-05-03T00:00:00Z")["proof"]
        assert said(ob3() | {"proof": [again, second]}).startswith("rejected proof: Its signature does not match")

    def test_a_chain_with_a_link_missing_doubled_or_closed_is_refused(self) -> None:
        first = proven(id="urn:uuid:1")["proof"]
        for named in ("urn:uuid:9", ["urn:uuid:1", "urn:uuid:9"], [], 7, ["urn:uuid:1", "urn:uuid:1"]):
            second = proven(previous=[first], id="urn:uuid:2")["proof"] | {"previousProof": named}
            assert "builds on another one (previousProof) that is not there" in said(ob3() | {"proof": [first, second]})
        second = proven(previous=[first], previousProof="urn:uuid:1", id="urn:uuid:2")["proof"]
        assert "that is not there" in said(ob3() | {"proof": [first, first, second]})
        itself = proven(id="urn:uuid:3")["proof"] | {"previousProof": "urn:uuid:3"}
        assert "that is not there" in said(ob3() | {"proof": [first, itself]})


def test_eight_proofs_over_a_poison_graph_take_no_longer_than_one() -> None:
    twins = [{"type": ["Alignment"], "targetName": "x", "targetUrl": "https://x.example"} for _ in range(9)]
    made = proven()
    made["credentialSubject"]["result"] = [{"type": ["Result"], "alignment": twins} for _ in range(2)]
    made["proof"] = [made["proof"] | {"created": f"2026-05-0{n}T00:00:00Z"} for n in range(1, 9)]
    start = time.thread_time()
    assert "would take for ever" in said(made)
    assert time.thread_time() - start < 5


def test_remembered_contexts_change_nothing() -> None:
    """The same statements come out of a processor that remembers and one that has just begun."""
    folder = fixtures() / "1edtech-ob30"
    seen = 0
    for path in sorted(Path(folder).glob("*.json")):
        body: Json = json.loads(path.read_text())
        try:
            fresh = Unchecked(body, {"urn:fresh": {}}).nquads()
        except ValueError:
            continue
        assert Unchecked(body).nquads() == fresh
        seen += 1
    assert seen > 20
