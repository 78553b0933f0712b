"""ecdsa-sd-2023: a credential of which its holder discloses a part, each statement with a signature of its own.

Source: vc-di-ecdsa 1.0 §3.4.7 (createVerifyData), §3.5.8 (parse derived proof value) and §3.6.7 (verify derived proof). The issuer's key
signs a key made for this one credential, together with the statements that must always be shown; that key has signed each of the
others. What was withheld leaves no trace.
"""

import base64
import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast

from countersign.verification import keys
from countersign.verification.keys import KeyProblem, PublicKey
from countersign.verification.proofs.linked_data import Covered
from countersign.verification.proofs.rdf import Json

SUITE = "ecdsa-sd-2023"
MAX_VALUE = 200_000
_STATUS = "<https://www.w3.org/2018/credentials#credentialStatus>"
_END = frozenset(f"<https://www.w3.org/2018/credentials#{name}>" for name in ("validUntil", "expirationDate"))
_BASE, _DERIVED = b"\xd9\x5d\x00", b"\xd9\x5d\x01"  # the CBOR tags 0x5d00 and 0x5d01


class BadValue(ValueError):
    """The proof value is not a derived one that can be read; `str()` is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A derived proof value. `labels` gives the blank node _:c14nN the label at N; `mandatory` are positions of statements."""

    base_signature: bytes
    public_key: bytes
    signatures: tuple[bytes, ...]
    labels: tuple[str, ...]
    mandatory: frozenset[int]


def parse(value: object) -> Disclosure:
    """Read a derived proof value (§3.5.8). Raises BadValue."""
    # 1. multibase base64url, without padding; 2. the tag that says derived
    if not isinstance(value, str) or not value.startswith("u") or len(value) > MAX_VALUE:
        raise BadValue("Its proof value is not written as ecdsa-sd-2023 asks for.")
    try:
        raw = keys.base64url(value[1:])
    except KeyProblem as error:
        raise BadValue(f"Its proof value {error}.") from error
    if raw.startswith(_BASE):
        raise BadValue("It is the issuer's own copy, which is to be shown in part and not handed on (a base proof).")
    if not raw.startswith(_DERIVED):
        raise BadValue("Its proof value is not written as ecdsa-sd-2023 asks for.")
    # 3. five components
    parts = _components(raw[len(_DERIVED) :])
    base_signature, public_key, signatures, labels, mandatory = parts
    sound = (
        _is_bytes(base_signature, 64)
        and _is_bytes(public_key, 35)
        and _is_list(signatures)
        and all(_is_bytes(s, 64) for s in signatures)
        and isinstance(labels, dict)
        and _is_list(mandatory)
        and all(type(i) is int and i >= 0 for i in mandatory)
        and len(set(mandatory)) == len(mandatory)
    )
    if not sound:
        raise BadValue("Its proof value does not hold what ecdsa-sd-2023 asks for.")
    # 4. the compressed label map: blank nodes numbered from 0, each with a label of its own
    numbered = cast(dict[Any, Any], labels)
    order = range(len(numbered))
    if set(numbered) != set(order) or not all(_is_bytes(b, 32) for b in numbered.values()):
        raise BadValue("Its proof value names the parts of the credential in a way that cannot be followed.")
    named = tuple("u" + base64.urlsafe_b64encode(numbered[n]).rstrip(b"=").decode() for n in order)
    if len(set(named)) != len(named):
        raise BadValue("Its proof value gives two parts of the credential one name.")
    return Disclosure(base_signature, public_key, tuple(signatures), named, frozenset(mandatory))


def verifies(issuers: PublicKey, covered: Covered, proof: Json) -> bool:
    """Whether a derived proof holds under the issuer's key (§3.6.7). Raises BadValue, NotCovered and NotKnown."""
    disclosure = parse(proof.get("proofValue"))
    try:
        own = keys.from_multikey(disclosure.public_key)
    except KeyProblem as error:
        raise BadValue(f"The key within its proof value {error}.") from error
    # 1. the hash of the proof's configuration
    proof_hash = hashlib.sha256(covered.configuration(proof).encode()).digest()
    # 2. the statements under the issuer's labels, sorted; 3. parted into the mandatory and the others
    statements = covered.relabelled(disclosure.labels)
    if statements is None or any(i >= len(statements) for i in disclosure.mandatory):
        return False
    mandatory = [s for i, s in enumerate(statements) if i in disclosure.mandatory]
    others = [s for i, s in enumerate(statements) if i not in disclosure.mandatory]
    if len(others) != len(disclosure.signatures):
        return False
    # 4. the issuer's signature over the configuration, the credential's own key and the mandatory statements
    mandatory_hash = hashlib.sha256("".join(mandatory).encode()).digest()
    if not keys.verifies(issuers, disclosure.base_signature, proof_hash + disclosure.public_key + mandatory_hash):
        return False
    # 5. that key's signature over each other statement
    return all(
        keys.verifies(own, signature, statement.encode())
        for signature, statement in zip(disclosure.signatures, others, strict=True)
    )


def at_will(covered: Covered, proof: Json) -> bool:
    """Whether a derived proof that holds shows something of status or end of validity that its holder was free to leave out: a
    statement that leads to a status entry, is made about one or a part of one, or gives an end, and is not a mandatory one.

    An issuer whose mandatory pointers name these members makes everything beneath them mandatory (selectPaths, "deep copy"), so of
    its credentials this is never true. Nothing follows the other way round: a pointer may name one entry of several, or one member of
    an entry, and neither the pointers nor how much was withheld can be read from a derived proof.
    """
    disclosure = parse(proof.get("proofValue"))
    statements = [
        tuple(line.removesuffix(" .\n").split(" ", 2)) for line in covered.relabelled(disclosure.labels) or []
    ]
    entries, more = set[str](), {object_ for _, predicate, object_ in statements if predicate == _STATUS}
    while more:
        entries |= more
        more = {object_ for about, _, object_ in statements if about in entries} - entries
    return any(
        about in entries or predicate == _STATUS or predicate in _END
        for position, (about, predicate, _) in enumerate(statements)
        if position not in disclosure.mandatory
    )


def _components(payload: bytes) -> list[Any]:
    import cbor2

    try:
        stream = BytesIO(payload)
        value: Any = cbor2.CBORDecoder(stream).decode()
        again = cbor2.dumps(value)
    except Exception as error:  # whatever a decoder of hostile bytes may raise, they are not a proof value
        raise BadValue("Its proof value cannot be read (CBOR).") from error
    # Written again it is the same: nothing follows, nothing is tagged or of open length, no key stands twice.
    if again != payload or not _is_list(value) or len(value) != 5:
        raise BadValue("Its proof value is not five components in plain CBOR.")
    return value


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _is_bytes(value: object, length: int) -> bool:
    return isinstance(value, bytes) and len(value) == length
