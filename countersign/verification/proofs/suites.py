"""The cryptosuites of Data Integrity that can be checked: by which keys each signs, and what.

Sources: vc-di-eddsa 1.0 §3, vc-di-ecdsa 1.0 §3; Ed25519Signature2020 (the same, before it was called a cryptosuite: vc-di-eddsa
Appendix B), eddsa-2022 (the first name of eddsa-rdfc-2022).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from countersign.verification import keys
from countersign.verification.proofs import di_jcs, selective
from countersign.verification.proofs.linked_data import Covered
from countersign.verification.proofs.rdf import Json

_HASHES = {"EdDSA": "sha256", "ES256": "sha256", "ES384": "sha384"}
_EDDSA, _ECDSA = frozenset({"EdDSA"}), frozenset({"ES256", "ES384"})

Message = Callable[[Covered, Json, str, Sequence[Json]], bytes]


@dataclass(frozen=True, slots=True)
class Suite:
    """One cryptosuite. `algorithms` are those of the keys it signs with; `message` gives what is signed, None for a suite that
    signs statement by statement. `over_rdf` says whether the words of the vocabulary take part in it."""

    name: str
    algorithms: frozenset[str]
    message: Message | None
    over_rdf: bool = True

    def is_laid_out(self, value: object) -> bool:
        """Whether a proof value has the form the suite asks for. Raises selective.BadValue, which says more."""
        if self.message is None:
            selective.parse(value)
            return True
        signature = keys.base58btc(value) if isinstance(value, str) else None
        return signature is not None and len(signature) in (64, 96)

    def verifies(self, key: keys.PublicKey, covered: Covered, proof: Json, previous: Sequence[Json]) -> bool:
        """Whether `key` made the proof over the document. Raises NotCovered, NotKnown and selective.BadValue."""
        if self.message is None:
            return not previous and selective.verifies(key, covered, proof)
        message = self.message(covered, proof, _HASHES[keys.algorithm(key)], previous)
        signature = keys.base58btc(str(proof["proofValue"]))
        return signature is not None and keys.verifies(key, signature, message)


def _rdfc(covered: Covered, proof: Json, hash_name: str, previous: Sequence[Json]) -> bytes:
    return covered.signed_bytes(proof, hash_name, previous)


def _jcs(covered: Covered, proof: Json, hash_name: str, previous: Sequence[Json]) -> bytes:
    return di_jcs.signed_bytes(covered.document, proof, hash_name, previous)


_SUITES = {
    s.name: s
    for s in (
        Suite("eddsa-rdfc-2022", _EDDSA, _rdfc),
        Suite("eddsa-2022", _EDDSA, _rdfc),
        Suite("ecdsa-rdfc-2019", _ECDSA, _rdfc),
        Suite("eddsa-jcs-2022", _EDDSA, _jcs, over_rdf=False),
        Suite("ecdsa-jcs-2019", _ECDSA, _jcs, over_rdf=False),
        Suite(selective.SUITE, frozenset({"ES256"}), None),
    )
}
_LEGACY = {"Ed25519Signature2020": Suite("Ed25519Signature2020", _EDDSA, _rdfc)}


def name_of(proof: Json) -> str:
    """What a proof calls the way it was made, for sentences: its cryptosuite, else its type."""
    named = proof.get("cryptosuite") if proof.get("type") == "DataIntegrityProof" else proof.get("type")
    return str(named)[:60]


def of(proof: Json) -> Suite | None:
    """The suite of a proof; None for one that is not known."""
    kind, suite = proof.get("type"), proof.get("cryptosuite")
    if kind == "DataIntegrityProof":
        return _SUITES.get(suite) if isinstance(suite, str) else None
    return _LEGACY.get(kind) if isinstance(kind, str) and suite is None else None
