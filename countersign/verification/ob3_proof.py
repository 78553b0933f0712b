"""Open Badges 3.0 proven: a VC-JWT by its signature, a JSON credential by its Data Integrity proof.

Sources: OB 3.0 §8.2 (JWT), §8.3 (embedded proofs); VC Data Integrity 1.0 §4; vc-di-eddsa 1.0 §3.2. The key always comes from
the registry: what the credential brings along is only compared with it.
"""

from datetime import datetime

from countersign.verification import jose, keys, linked_data, reading
from countersign.verification.checks import FOR_STAFF, SEND_AGAIN, Finding, bad, key_on_date, ok, unsupported, unsure
from countersign.verification.reading import Json, Malformed
from countersign.verification.registry import Issuer, RegisteredKey
from countersign.verification.web import Fetcher

SUITE = "eddsa-rdfc-2022"
MAX_PROOFS = 8
_KNOWN_TYPES = frozenset({"DataIntegrityProof", "Ed25519Signature2020", "Ed25519Signature2018"})


def of_token(token: jose.Token, issuer: Issuer, issued: datetime, fetcher: Fetcher) -> Finding:  # noqa: ARG001
    """Whether a registered key of `issuer` made the token's signature, and was in use when it was issued."""
    if token.unsupported:
        return unsupported(token.unsupported)
    named = list(issuer.keys_named(token.kid))
    for key in named:
        if token.signed_by(key.public):
            return _in_use(key, issuer, issued)
    return _no_key(issuer, token.kid, named)


def of_document(body: Json, issuer: Issuer, issued: datetime, now: datetime, fetcher: Fetcher) -> Finding:  # noqa: ARG001
    """Whether a registered key of `issuer` made one of the document's proofs, and none of its keys contradicts.

    Every proof in the set that can be checked is; an unknown kind of proof holds the credential.
    """
    try:
        proofs = reading.parts(body, "proof")
    except Malformed as error:
        return bad(str(error))
    if not proofs:
        return bad("It carries no proof at all: anybody could have written it.", SEND_AGAIN)
    if len(proofs) > MAX_PROOFS:
        return unsure(f"It carries {len(proofs)} proofs, more than are examined.", FOR_STAFF)
    findings = [_one(body, proof, issuer, issued, now) for proof in proofs]
    for finding in findings:
        if finding.outcome == "failed":
            return finding
    strange = [p for p in proofs if p.get("type") not in _KNOWN_TYPES]
    if strange:
        return unsure(f"It carries a proof of an unknown kind ({str(strange[0].get('type'))[:60]!r}).", FOR_STAFF)
    return next((f for f in findings if f.passed), findings[0])


def _one(body: Json, proof: Json, issuer: Issuer, issued: datetime, now: datetime) -> Finding:
    kind, suite = proof.get("type"), proof.get("cryptosuite")
    if kind != "DataIntegrityProof" or suite != SUITE:
        name = suite if kind == "DataIntegrityProof" else kind
        return unsure(f"It is proven by {str(name)[:60]}, which cannot be checked here yet.", FOR_STAFF)
    if "previousProof" in proof:
        return unsure("Its proof builds on another one (a proof chain), which cannot be checked here yet.", FOR_STAFF)
    if proof.get("proofPurpose") != "assertionMethod":
        return bad("Its proof was made for another purpose than to issue a credential (proofPurpose).")
    if "@context" in proof and proof["@context"] != body.get("@context"):
        return unsure(
            "Its proof uses another vocabulary than the credential, which cannot be checked here yet.", FOR_STAFF
        )
    method, value = proof.get("verificationMethod"), proof.get("proofValue")
    signature = keys.base58btc(value) if isinstance(value, str) else None
    if not isinstance(method, str) or signature is None or len(signature) != 64:
        return bad("Its proof is not laid out as Data Integrity asks for.", SEND_AGAIN)
    try:
        created, expires = reading.moment(proof, "created"), reading.moment(proof, "expires")
    except Malformed as error:
        return bad(f"Its proof is not laid out as Data Integrity asks for: {error}", SEND_AGAIN)
    if expires is not None and expires <= now:
        return bad("Its proof has expired.")
    named = [k for k in issuer.keys_named(method) if keys.algorithm(k.public) == "EdDSA"]
    if not named:
        return _no_key(issuer, method, named)
    clean = {k: v for k, v in proof.items() if k != "@context"}
    try:
        linked_data.screen(body)
        message = linked_data.signed_bytes(body, clean)
    except linked_data.NotCovered as error:
        return bad(str(error), SEND_AGAIN)
    except linked_data.NotKnown as error:
        return unsure(str(error), FOR_STAFF)
    for key in named:
        if keys.verifies(key.public, signature, message):
            first = _in_use(key, issuer, issued)
            return first if not first.passed or created is None else _in_use(key, issuer, created)
    return _no_key(issuer, method, named)


def _in_use(key: RegisteredKey, issuer: Issuer, when: datetime) -> Finding:
    found = key_on_date(key, issuer, when)
    return ok(f"Signed with a registered key of {issuer.name}.") if found.passed else found


def _no_key(issuer: Issuer, name: str, tried: list[RegisteredKey]) -> Finding:
    """The sentence for a signature that no registered key made."""
    if tried:
        return bad(
            f"Its signature does not match the registered key of {issuer.name}: it was altered or forged.", SEND_AGAIN
        )
    did = name.partition("#")[0]
    if did in issuer.dids and not did.startswith("did:key:"):
        return unsure(f"The keys of {did} would have to be looked up, which is not possible here yet.", FOR_STAFF)
    if not issuer.keys and not issuer.dids:
        return unsure(f"No key is registered for {issuer.name}, so its signature cannot be checked.", FOR_STAFF)
    shown = f" ({name[:100]})" if name else ""
    return bad(f"It is signed with a key{shown} that is not registered for {issuer.name}.", FOR_STAFF)
