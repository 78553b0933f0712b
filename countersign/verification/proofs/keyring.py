"""Where an issuer's keys come from: the registry, and the places that the registry lists for that issuer. Nowhere else.

A credential only names a key: by a `kid`, a verification method, or not at all. What it brings along (`jwk`, `jku`, `x5c`, a key in
the fragment of an address, a did:key that is not registered) is never looked at. Sources: did:web, did:key and did:jwk methods;
RFC 7517 §5; Controlled Identifiers 1.0 §3.3.
"""

import re
from collections.abc import Iterator
from typing import Any, cast

from countersign.verification.checks import ASK_WHETHER, FOR_STAFF, Finding, bad, unsure
from countersign.verification.network import addresses, documents
from countersign.verification.network.documents import Missing
from countersign.verification.network.web import Fetcher
from countersign.verification.proofs import controllers, keys
from countersign.verification.proofs.controllers import NotListed, NotThere
from countersign.verification.proofs.keys import KeyProblem
from countersign.verification.reading import Json
from countersign.verification.trust.registry import Issuer, RegisteredKey

MAX_KEYS = 100
_HOST = re.compile(r"([A-Za-z0-9.-]+)(?:%3[Aa](\d{1,5}))?", re.ASCII)
_SEGMENT = re.compile(r"[A-Za-z0-9._~-]*[A-Za-z0-9_~-][A-Za-z0-9._~-]*", re.ASCII)


class NoKey(Exception):
    """The key that is named is not to be had or not to be used; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.detail)
        self.finding = finding


def keys_for(issuer: Issuer, name: str, fetcher: Fetcher) -> Iterator[RegisteredKey]:
    """The keys of `issuer` that a credential may mean by `name` (a kid, a verification method, "" for none), the pinned first.

    Nothing is fetched while earlier ones serve. A key that is pinned keeps its registered dates wherever it is found. Raises NoKey
    on the way: an outage is held and never taken for "no key", and neither is a name at the issuer's own place that is not published
    there (any more), since keys are rotated.
    """
    # 1. pinned in the registry; whoever pins a key under that very name has said which it is
    pinned = [k for k in issuer.keys if not name or not k.id or k.id == name]
    yield from pinned
    if name and any(k.id == name for k in pinned):
        return
    found = False
    try:
        for key in _published(issuer, name, fetcher):
            found = True
            yield _dated(key, issuer)
    except Missing as missing:
        raise NoKey(missing.finding) from missing
    if not found and _lies_with(issuer, name):
        raise NoKey(not_published(name, issuer))


def not_published(name: str, issuer: Issuer) -> Finding:
    """The finding on a key that is named at the issuer's own place and is not there: it may be one that the issuer has replaced."""
    return unsure(
        f"Its key ({name[:100]}) would be one of {issuer.name}, but it is not published there now and not registered.",
        f"A person at the affiliate has to ask {issuer.name} whether it used this key then. If so, enter it in issuers.toml with the "
        "dates of its use (from, until); if not, this is a forgery.",
    )


def _lies_with(issuer: Issuer, name: str) -> bool:
    """Whether a name could only be that of a key of the issuer's: in its DID, at its address, or in its key set."""
    bare = name.partition("#")[0]
    if bare in issuer.dids:
        return not bare.startswith(("did:key:", "did:jwk:"))  # these are one key for ever
    if not bare:
        return bool(name) and any(did.startswith("did:web:") for did in issuer.dids)
    return addresses.normal(bare) in issuer.ids or _its_own(issuer, name) or bool(issuer.jwks and ":" not in name)


def _dated(key: RegisteredKey, issuer: Issuer) -> RegisteredKey:
    """A published key with its registered dates, if it is registered; what its publication says can only narrow them."""
    known = issuer.registered(key.public)
    if known is None:
        return key
    return RegisteredKey(
        id=key.id,
        public=key.public,
        starts=known.starts,
        until=min((d for d in (known.until, key.until) if d), default=None),
        compromised=min((d for d in (known.compromised, key.compromised) if d), default=None),
    )


def _published(issuer: Issuer, name: str, fetcher: Fetcher) -> Iterator[RegisteredKey]:
    # 2. a DID that is the key
    for did in sorted(issuer.dids):
        if did.startswith(("did:key:", "did:jwk:")) and (not name or name.partition("#")[0] == did):
            yield from _self_contained(name or did, issuer)
    # 3. did:web, for DIDs that are registered
    for did in sorted(issuer.dids):
        own = not name or name.startswith("#") or name.partition("#")[0] == did
        if own and did.startswith("did:web:"):
            yield from _in_controller(_did_document(did, fetcher), did, name, issuer)
    # 4. the registered key sets
    for address in issuer.jwks:
        served = documents.read(fetcher, address, f"The key set of {issuer.name}")
        if served.origin not in issuer.origins:
            raise NoKey(_moved(issuer, address))
        yield from _in_set(served.body, {name} if name else set(), issuer)
    # 5. an address of the issuer's own
    if _its_own(issuer, name):
        yield from _at_address(issuer, name, fetcher)


def _self_contained(name: str, issuer: Issuer) -> Iterator[RegisteredKey]:
    try:
        public = keys.from_did_key(name) if name.startswith("did:key:") else keys.from_did_jwk(name)
    except keys.NotForSignatures as error:
        raise NoKey(_unusable(name, issuer, error)) from error
    except KeyProblem:
        return  # a fragment that is not the DID's own
    yield RegisteredKey(id=name, public=public)


def did_web_address(did: str) -> str:
    """Where the document of a did:web is (did:web method §2.5.2); empty for one that is spelled unsoundly."""
    host, *path = did.removeprefix("did:web:").split(":")
    found = _HOST.fullmatch(host)
    if not did.startswith("did:web:") or found is None or not all(_SEGMENT.fullmatch(p) for p in path):
        return ""
    port = f":{found[2]}" if found[2] else ""
    address = f"https://{found[1].lower()}{port}/{'/'.join(path) if path else '.well-known'}/did.json"
    return address if addresses.split(address) is not None else ""


def _did_document(did: str, fetcher: Fetcher) -> Json:
    address = did_web_address(did)
    if not address:
        raise NoKey(unsure(f"The registered {did[:100]} is not spelled as did:web asks for.", FOR_STAFF))
    served = documents.read(fetcher, address, f"The document of {did}")
    if served.origin != addresses.origin(address):
        raise NoKey(unsure(f"The document of {did} is served from another site ({served.origin}).", FOR_STAFF))
    return served.body


def _in_controller(document: Json, identity: str, name: str, issuer: Issuer) -> Iterator[RegisteredKey]:
    try:
        yield from controllers.keys_of(document, identity, name)
    except NotThere as error:
        raise NoKey(not_published(name, issuer)) from error
    except NotListed as error:
        raise NoKey(bad(f"Its key ({name[:100]}) {error}.", ASK_WHETHER)) from error
    except KeyProblem as error:
        raise NoKey(_unusable(name, issuer, error)) from error


def _in_set(served: Json, names: set[str], issuer: Issuer) -> Iterator[RegisteredKey]:
    """The keys of a JSON Web Key Set with one of `names` as their kid, exactly; every usable one when nothing is named."""
    listed: Any = served.get("keys")
    if not isinstance(listed, list) or len(cast(list[Any], listed)) > MAX_KEYS:
        raise NoKey(unsure(f"The key set of {issuer.name} is not one that can be read.", FOR_STAFF))
    found: list[RegisteredKey] = []
    for one in cast(list[Any], listed):
        jwk = cast(Json, one) if isinstance(one, dict) else {}
        kid: Any = jwk.get("kid")
        called = kid if isinstance(kid, str) else ""
        if names and called not in names:
            continue
        try:
            found.append(RegisteredKey(id=called, public=keys.for_signatures(jwk)))
        except KeyProblem as error:
            if names:
                raise NoKey(_unusable(called, issuer, error)) from error
    # One name may stand for keys of several kinds (RFC 7517 §4.5), not for two of one kind: which is meant, nobody could tell
    if names and len({(k.id, keys.algorithm(k.public)) for k in found}) != len(found):
        raise NoKey(
            unsure(
                f"The key set of {issuer.name} has more than one key called {found[0].id[:100]}, and only one of them can be meant.",
                f"A person at the affiliate has to ask {issuer.name} which key is its own, and register that one.",
            )
        )
    yield from found


def _its_own(issuer: Issuer, name: str) -> bool:
    """Whether an address is one at which nobody but the issuer can put something, as far as the registry says."""
    bare = name.partition("#")[0]
    if addresses.origin(bare) not in issuer.origins or "?" in bare:
        return False
    return issuer.hosts(bare) or addresses.normal(bare) in issuer.ids


def _at_address(issuer: Issuer, name: str, fetcher: Fetcher) -> Iterator[RegisteredKey]:
    """The key at an address: a JWK, one of a key set, or one of a controller document."""
    address, _, fragment = name.partition("#")
    served = documents.read(fetcher, address, f"The key of {issuer.name}")
    if served.origin not in issuer.origins:
        raise NoKey(_moved(issuer, address))
    names = {name, fragment} - {""}
    if "keys" in served.body:
        yield from _in_set(served.body, names, issuer)
    elif "kty" in served.body:
        if str(served.body.get("kid", name)) in names:
            yield from _in_set({"keys": [served.body | {"kid": name}]}, names, issuer)
    else:
        yield from _in_controller(served.body, address, name, issuer)


def _moved(issuer: Issuer, address: str) -> Finding:
    return unsure(
        f"{addresses.origin(address)} refers to another site for the keys of {issuer.name}, one that is not registered.",
        FOR_STAFF,
    )


def _unusable(name: str, issuer: Issuer, error: KeyProblem) -> Finding:
    sentence = f"The key {name[:100]} of {issuer.name} {error}."
    return bad(sentence) if isinstance(error, keys.NotForSignatures) else unsure(sentence, FOR_STAFF)
