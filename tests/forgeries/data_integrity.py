"""Forgeries of Open Badges 3.0 credentials with embedded proofs (Data Integrity): what the proof says, and what it covers."""

import base64
import copy
from collections.abc import Callable
from typing import Any

import base58

from models.credentials import CarrierKind
from tests.forgeries.actors import ACME_DID, BRIGHT_ID, BRIGHT_KEY, EXPIRED, EXPIRED_ID
from tests.forgeries.corpus import Scene, forgery
from tests.forgeries.publishing import DID_KEY_1, KEY, KEY_2, published
from tests.verification.making import EC, ED, OB3, THIEF, VC2, Json, multibase, ob3
from tests.verification.proving import proven

ALTERED = "Its signature does not match the registered key of Acme Learning"
INTEGRITY = "https://w3id.org/security/data-integrity/v2"
JCS = "eddsa-jcs-2022"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"

Change = Callable[[Json], object]


def document(content: Json | str, web: dict[str, Any] | None = None) -> Scene:
    return Scene(content, CarrierKind.json, web or {})


def after(change: Change, forged: bool, sound: Json | None = None, web: dict[str, Any] | None = None) -> Scene:
    """A sound credential (by default one with the usual proof), changed after it was signed."""
    made = copy.deepcopy(sound or proven())
    if forged:
        change(made)
    return document(made, web)


def own(forged: bool, body: Json, **changes: Any) -> Scene:
    """The issuer's own signature over the body; what is forged in it, no signature over statements could cover."""
    return document(proven(body, checked=not forged, **changes))


def evidence(**members: Any) -> list[Json]:
    return [{"id": "https://issuer.example/work/1", "type": ["Evidence"]} | members]


# What the proof says of itself


@forgery("proof-missing", "proof", "It carries no proof at all: anybody could have written it.")
def missing(forged: bool) -> Scene:
    """The proof was taken away."""
    return after(lambda b: b.pop("proof"), forged)


@forgery("proof-of-another-document", "proof", ALTERED)
def of_another_document(forged: bool) -> Scene:
    """The proof is that of another of the issuer's credentials."""
    other = proven(ob3(id="urn:uuid:7a3c0b52-0000-4000-8000-00000000000f", name="Nuclear Physics"))
    return after(lambda b: b.update(proof=other["proof"]), forged)


@forgery("proof-by-a-stranger-under-the-issuers-method", "proof", ALTERED)
def by_a_stranger(forged: bool) -> Scene:
    """Signed by a thief under the name of the issuer's key."""
    return document(proven(key=THIEF if forged else ED))


@forgery("proof-by-a-strangers-did-key", "proof", "It is signed with a key (did:key:z6Mk")
def by_a_strangers_did(forged: bool) -> Scene:
    """The verification method is a DID that is a key, and proves itself."""
    name = f"did:key:{multibase(THIEF)}"
    made = proven(key=THIEF, verificationMethod=f"{name}#{multibase(THIEF)}") if forged else proven()
    return document(made, published())


@forgery("proof-by-another-registered-issuer", "proof", f"It is signed with a key ({BRIGHT_ID}) that is not registered")
def by_another_issuer(forged: bool) -> Scene:
    """Signed by one registered issuer in the name of another."""
    return document(proven(key=BRIGHT_KEY, verificationMethod=BRIGHT_ID) if forged else proven(), published())


@forgery("proof-made-for-logging-in", "proof", "Its proof was made for another purpose")
def for_another_purpose(forged: bool) -> Scene:
    """The issuer's own signature, made for authentication and not for issuing."""
    return document(proven(proofPurpose="authentication" if forged else "assertionMethod"))


@forgery("proof-purpose-changed-to-issuing", "proof", ALTERED)
def purpose_changed(forged: bool) -> Scene:
    """A signature made for authentication, its purpose changed to issuing afterwards."""
    made = proven(proofPurpose="authentication") if forged else proven()
    made["proof"]["proofPurpose"] = "assertionMethod"
    return document(made)


@forgery("proof-verification-method-changed", "proof", ALTERED)
def method_changed(forged: bool) -> Scene:
    """The same key under another of its names than the one that was signed."""
    made = proven(verificationMethod=KEY if forged else DID_KEY_1)
    made["proof"]["verificationMethod"] = DID_KEY_1
    return document(made, published())


@forgery("proof-date-changed", "proof", ALTERED)
def date_changed(forged: bool) -> Scene:
    """The day of the proof was moved."""
    return after(lambda b: b["proof"].update(created="2026-05-02T12:00:00Z"), forged)


@forgery("proof-dated-in-the-future", "proof", "Its proof is dated in the future")
def date_in_the_future(forged: bool) -> Scene:
    """The proof says that it will be made."""
    return document(proven(created="2027-01-01T00:00:00Z" if forged else "2026-05-02T00:00:00Z"))


@forgery("proof-made-after-its-key-had-ended", "proof", "used until December 31, 2020 only")
def made_after_the_end(forged: bool) -> Scene:
    """Dated when the key was in use, and proven, by the proof's own word, years after it had ended."""
    body, made = ob3(validFrom="2020-05-01T12:00:00Z"), f"{2026 if forged else 2020}-05-01T12:00:00Z"
    return document(proven(body, EXPIRED, verificationMethod=EXPIRED_ID, created=made))


@forgery("proof-expired", "proof", "Its proof has expired")
def expired(forged: bool) -> Scene:
    """The proof has an end of its own, and it is past."""
    return document(proven(expires=f"{2026 if forged else 2027}-06-01T00:00:00Z"))


@forgery("proof-end-taken-away", "proof", ALTERED)
def end_taken_away(forged: bool) -> Scene:
    """The end of an expired proof was taken out of it."""
    made = proven(expires="2026-06-01T00:00:00Z") if forged else proven()
    made["proof"].pop("expires", None)
    return document(made)


@forgery("proof-value-truncated", "proof", "Its proof is not laid out as the standard asks for (Data Integrity)")
def value_truncated(forged: bool) -> Scene:
    """The signature lacks its last byte."""
    return after(lambda b: _value(b, lambda raw: "z" + base58.b58encode(raw[:-1]).decode()), forged)


@forgery(
    "proof-value-in-another-encoding", "proof", "Its proof is not laid out as the standard asks for (Data Integrity)"
)
def value_in_another_encoding(forged: bool) -> Scene:
    """The same signature in another multibase: a second text for one proof, which the suite does not allow."""
    return after(lambda b: _value(b, lambda raw: "u" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()), forged)


def _value(body: Json, spelled: Callable[[bytes], str]) -> None:
    body["proof"]["proofValue"] = spelled(base58.b58decode(body["proof"]["proofValue"][1:]))


@forgery("proof-says-more-than-its-vocabulary-knows", "proof", '"level" is not covered by the signature')
def says_more(forged: bool) -> Scene:
    """The proof has a member that JSON-LD drops before signing, so that anybody can write it in."""
    return own(forged, ob3(), **({"level": "high"} if forged else {}))


@forgery("proof-made-for-one-occasion", "proof", "Its proof was made for one occasion only", "held")
def for_one_occasion(forged: bool) -> Scene:
    """The proof was made for being shown to one site at one time (challenge, domain)."""
    occasion: Json = {"domain": "https://jobs.example", "challenge": "a7"} if forged else {}
    return document(proven(**occasion))


@forgery("proof-with-a-vocabulary-of-its-own", "proof", "Its proof uses another vocabulary than the credential", "held")
def vocabulary_of_its_own(forged: bool) -> Scene:
    """The proof names other contexts than the credential, which would give its members another meaning."""
    same: Json = {"@context": [VC2, OB3]}
    return after(lambda b: b["proof"].update({"@context": [VC2]}), forged, proven(**same))


@forgery("json-proof-under-other-vocabularies", "proof", "Its proof was made under other vocabularies (@context)")
def json_under_other_vocabularies(forged: bool) -> Scene:
    """The context under which the proof over JSON text was made was exchanged for another edition."""
    same: Json = {"@context": [VC2, OB3]}
    other = [VC2, OB3.replace("3.0.3", "3.0.1")]
    return after(lambda b: b.update({"@context": other}), forged, proven(suite=JCS, **same))


@forgery("json-proof-under-fewer-vocabularies-than-were-signed", "proof", ALTERED)
def json_under_fewer_vocabularies(forged: bool) -> Scene:
    """One of the contexts under which a proof over JSON text was made was taken out of the proof, so that it is hashed without it."""
    same: Json = {"@context": [VC2, OB3]}
    return after(lambda b: b["proof"].update({"@context": [VC2]}), forged, proven(suite=JCS, **same))


@forgery("proof-by-an-unknown-suite", "proof", "It is proven by bbs-2023, which cannot be checked here yet", "held")
def unknown_suite(forged: bool) -> Scene:
    """A way of signing that is not known here is no reason to refuse, and none to accept."""
    return after(lambda b: b["proof"].update(cryptosuite="bbs-2023"), forged)


@forgery("proof-of-another-suite", "proof", ALTERED)
def of_another_suite(forged: bool) -> Scene:
    """A proof over JSON text passed off as one over statements."""
    return after(lambda b: b["proof"].update(cryptosuite="eddsa-rdfc-2022"), forged, proven(suite=JCS))


@forgery("proof-of-a-suite-the-key-is-not-for", "proof", "is of a kind for which Acme Learning has no key")
def of_a_suite_without_a_key(forged: bool) -> Scene:
    """The suite is one for P-256 keys, the key that is named an Ed25519 key."""
    return after(lambda b: b["proof"].update(cryptosuite="ecdsa-rdfc-2019"), forged)


@forgery("proof-ecdsa-in-der", "proof", "Its proof is not laid out as the standard asks for (Data Integrity)")
def ecdsa_in_der(forged: bool) -> Scene:
    """An ECDSA signature in the form that certificates use: a second text for one proof."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    def der(raw: bytes) -> str:
        pair = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        return "z" + base58.b58encode(pair).decode()

    return after(lambda b: _value(b, der), forged, proven(key=EC, verificationMethod=KEY_2))


# Several proofs


@forgery("proofs-one-good-one-of-an-unknown-kind", "proof", "It is proven by SomethingElse2031", "held")
def one_unknown(forged: bool) -> Scene:
    """Beside the issuer's proof there is one of a kind that is not known here: it might say anything."""
    first = proven()["proof"]
    return document(ob3() | {"proof": [first, {"type": "SomethingElse2031"}] if forged else [first]})


@forgery("proofs-one-good-one-of-the-issuers-fails", "proof", ALTERED)
def one_fails(forged: bool) -> Scene:
    """Of two proofs by the issuer's key one does not fit."""
    first, second = proven()["proof"], proven(suite=JCS, created="2026-05-02T00:00:00Z")["proof"]
    changed = second | {"created": "2026-05-03T00:00:00Z"} if forged else second
    return document(ob3() | {"proof": [first, changed]})


@forgery("proofs-more-than-anybody-needs", "proof", "It carries 9 proofs, more than are examined", "held")
def too_many(forged: bool) -> Scene:
    """So many proofs that checking them is the attack."""
    return document(ob3() | {"proof": [proven()["proof"]] * (9 if forged else 1)})


def _chained(first: Json) -> Json:
    return proven(previous=[first], previousProof="urn:uuid:1", id="urn:uuid:2", created="2026-05-02T00:00:00Z")[
        "proof"
    ]


@forgery("proof-chain-without-its-first", "proof", "Its proof builds on another one (previousProof) that is not there")
def chain_without_its_first(forged: bool) -> Scene:
    """A proof that builds on another was kept, the other one taken away."""
    first = proven(id="urn:uuid:1")["proof"]
    return document(ob3() | {"proof": [_chained(first)] if forged else [first, _chained(first)]})


@forgery("proof-chain-with-another-first", "proof", ALTERED)
def chain_with_another_first(forged: bool) -> Scene:
    """The proof on which another builds was exchanged for a second one of the issuer's."""
    first = proven(id="urn:uuid:1")["proof"]
    again = proven(id="urn:uuid:1", created="2026-05-03T00:00:00Z")["proof"]
    return document(ob3() | {"proof": [again if forged else first, _chained(first)]})


# Numbers under a proof over JSON text


@forgery("json-number-beyond-doubles", "proof", "has a number or a text that its kind of signature cannot cover")
def number_beyond_doubles(forged: bool) -> Scene:
    """One more than 2 to the 53rd, which many readers take for 2 to the 53rd: JCS writes both the same (RFC 8785 §3.2.2.3)."""
    body = ob3()
    body["credentialSubject"]["creditsEarned"] = 9007199254740992.0
    change: Change = lambda b: b["credentialSubject"].update(creditsEarned=9007199254740993)  # noqa: E731
    return after(change, forged, proven(body, suite=JCS))


@forgery("json-one-letter-changed", "proof", ALTERED)
def one_letter_of_json(forged: bool) -> Scene:
    """One letter was changed under a proof over JSON text."""
    return after(lambda b: b.update(name="Formative Assessmemt"), forged, proven(suite=JCS))


@forgery("json-word-added", "proof", ALTERED)
def word_added_to_json(forged: bool) -> Scene:
    """A word was written in under a proof over JSON text."""
    return after(lambda b: b.update(honours="summa cum laude"), forged, proven(suite=JCS))


@forgery("json-of-a-did-that-is-not-the-issuers", "proof", "It is signed with a key (did:web:thief.example#key-1)")
def did_of_a_stranger(forged: bool) -> Scene:
    """Signed by a stranger's DID under a proof over JSON text."""
    name = "did:web:thief.example#key-1" if forged else f"{ACME_DID}#key-1"
    made = proven(key=THIEF if forged else ED, suite=JCS, verificationMethod=name)
    return document(made, published())
