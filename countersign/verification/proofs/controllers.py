"""Keys in a controller document: a DID document, or the same thing at an https address.

Source: Controlled Identifiers 1.0 §3.3 (retrieve verification method), DID Core 1.0 §5.2 and §5.3. A key counts only when the document
says that it is its own, and that it is meant for issuing (`assertionMethod`).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, cast

from countersign.verification import keys, reading
from countersign.verification.keys import KeyProblem
from countersign.verification.network import documents
from countersign.verification.reading import Json, Malformed
from countersign.verification.trust.registry import RegisteredKey

MAX_METHODS = 100
_BY_MULTIBASE = frozenset({"Multikey", "Ed25519VerificationKey2020"})
_BY_JWK = frozenset({"JsonWebKey", "JsonWebKey2020"})


class NotListed(ValueError):
    """The document does not offer the key for issuing; `str()` says why, as the end of a sentence about the key."""


class NotThere(NotListed):
    """The document knows no key of that name, or does not know it any more."""


def keys_of(document: Json, identity: str, name: str) -> Iterator[RegisteredKey]:
    """The keys that the controller document of `identity` offers for issuing: the one called `name`, or every one for "".

    Their dates are those that the document gives. Raises NotListed, and KeyProblem for a key that cannot be used.
    """
    # 1. the document is the one of the identity
    if not documents.same(document.get("id"), identity):
        raise NotListed("is not published where it says: the document there is about somebody else")
    # 2. the methods of that name: exactly one may have it
    issuing = list(_entries(document, "assertionMethod"))
    methods = [m for m in (*_entries(document, "verificationMethod"), *issuing) if isinstance(m, dict)]
    if len(methods) + len(issuing) > MAX_METHODS:
        raise NotListed(f"stands among more than {MAX_METHODS} others, which are not looked through")
    listed = {_full(_name_of(entry), identity) for entry in issuing}
    wanted = [m for m in methods if not name or _full(_name_of(m), identity) == _full(name, identity)]
    if name and not wanted:
        raise NotThere("is not in the document that the issuer publishes")
    if name and len(wanted) > 1:
        raise NotListed("stands in the issuer's document more than once")
    for method in wanted:
        called = _full(_name_of(method), identity)
        # 3. the key is the identity's own, 4. and meant for issuing
        if not documents.same(method.get("controller"), identity):
            problem = "belongs to somebody else, as the issuer's document says (controller)"
        elif called not in listed:
            problem = "is not listed for issuing credentials (assertionMethod)"
        else:
            # 5. its material and its time
            try:
                yield _key(method, called)
            except KeyProblem:
                if name:
                    raise
            continue
        if name:
            raise NotListed(problem)


def _entries(document: Json, field: str) -> Iterator[str | Json]:
    """References and embedded methods of a relationship."""
    value: Any = document.get(field)
    for entry in cast(list[Any], value if isinstance(value, list) else [] if value is None else [value]):
        if isinstance(entry, str | dict):
            yield cast(str | Json, entry)


def _name_of(entry: str | Json) -> str:
    name = entry if isinstance(entry, str) else entry.get("id")
    return name if isinstance(name, str) else ""


def _full(name: str, identity: str) -> str:
    """A method's whole id; a mere fragment is one of the document's own (DID Core §3.2, "relative DID URLs")."""
    return identity + name if name.startswith("#") else name


def _key(method: Json, name: str) -> RegisteredKey:
    kind, given = method.get("type"), [f for f in ("publicKeyMultibase", "publicKeyJwk") if f in method]
    if len(given) > 1:
        raise KeyProblem("is published in two forms at once, which may be two keys")
    material: Any = method.get(given[0]) if len(given) == 1 else None
    if kind in _BY_MULTIBASE and given == ["publicKeyMultibase"] and isinstance(material, str):
        public = keys.from_multibase(material)
    elif kind in _BY_JWK and given == ["publicKeyJwk"] and isinstance(material, dict):
        public = keys.for_signatures(cast(Json, material))
    else:
        raise KeyProblem(f"is of a kind that is not supported ({str(kind)[:60]})")
    if kind == "Ed25519VerificationKey2020" and keys.algorithm(public) != "EdDSA":
        raise KeyProblem("is not the Ed25519 key that its type says")
    # Why a key was revoked is not said there, so the worst is taken to be true.
    return RegisteredKey(id=name, public=public, until=_day(method, "expires"), compromised=_day(method, "revoked"))


def _day(method: Json, field: str) -> date | None:
    try:
        moment = reading.moment(method, field)
    except Malformed as error:
        raise KeyProblem(f"has a date that cannot be read: {error}") from error
    return moment.date() if moment else None
