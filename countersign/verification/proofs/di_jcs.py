"""Data Integrity over the JSON text itself: eddsa-jcs-2022 and ecdsa-jcs-2019.

Sources: vc-di-eddsa 1.0 §3.3, vc-di-ecdsa 1.0 §3.3; RFC 8785 (JSON Canonicalization Scheme). The signature covers every member
as it stands, except that contexts may have been added behind those that the proof names (§3.3.2 step 4); that no key stands twice,
strictjson has seen to.
"""

import hashlib
import json
import re
from collections.abc import Sequence

from countersign.verification.proofs.rdf import Json, NotCovered
from countersign.verification.proofs.screening import listed

_PLAIN = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
)
_NOT_PLAIN = re.compile(rb'(?:":|[\[,])[-0-9]|[\xf0-\xf4]')
"""Where that encoder and RFC 8785 may part: at a number (§3.2.2.3), and in the order of keys beyond U+FFFF, which sort by UTF-16
(§3.2.3). Found in some texts too, which costs a little time and nothing else."""


def under_contexts(document: Json, proof: Json) -> bool:
    """Whether a document's contexts begin with those that its proof names, in the same order (§3.3.2 step 4.1)."""
    of_proof = listed(proof["@context"])
    return bool(of_proof) and listed(document.get("@context"))[: len(of_proof)] == of_proof


def signed_bytes(document: Json, proof: Json, hash_name: str, previous: Sequence[Json] = ()) -> bytes:
    """What the jcs suites sign: the hash of the proof's configuration, then of the document without its proof and under the contexts
    of its proof (§3.3.2 step 4.2), in which a proof chain puts back the proofs in `previous`. Raises NotCovered for JSON that has no
    canonical form."""
    configuration = {k: v for k, v in proof.items() if k != "proofValue"}
    unsecured = {k: v for k, v in document.items() if k != "proof"} | ({"proof": list(previous)} if previous else {})
    if "@context" in proof:
        unsecured["@context"] = proof["@context"]
    return b"".join(hashlib.new(hash_name, canonical(part)).digest() for part in (configuration, unsecured))


def canonical(value: Json) -> bytes:
    """The canonical UTF-8 text of a JSON object (RFC 8785). Raises NotCovered, for numbers beyond those of I-JSON."""
    try:
        plain = _PLAIN.encode(value).encode()
        if not _NOT_PLAIN.search(plain):
            return plain
    except ValueError:
        pass  # infinity, or half a character: refused below, by name
    import rfc8785

    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotCovered("The credential has a number or a text that its kind of signature cannot cover.") from error
