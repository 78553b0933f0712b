"""Where an issuer's keys come from: the registry, and the places that the registry lists for that issuer. Nowhere else.

A credential only names a key: by a `kid`, a verification method, or not at all. What it brings along (`jwk`, `jku`, `x5c`, a key in
the fragment of an address, a did:key that is not registered) is never looked at. Sources: did:web, did:key and did:jwk methods;
RFC 7517 §5; Controlled Identifiers 1.0 §3.3.
"""

import re
from collections.abc import Iterator
from typing import Any, cast

from countersign.verification import keys
from countersign.verification.findings import (
    ASK_WHETHER,
    BY_ANOTHER_WAY,
    TELL_ISSUER,
    WHICH_KEY,
    WHOSE_SITE,
    Finding,
    bad,
    unsure,
)
from countersign.verification.keys import KeyProblem
from countersign.verification.network import addresses, documents
from countersign.verification.network.documents import Missing
from countersign.verification.network.web import Fetcher
from countersign.verification.proofs import controllers, screening
from countersign.verification.proofs.controllers import NotListed, NotThere
from countersign.verification.reading import Json
from countersign.verification.trust.registry import Issuer, RegisteredKey

MAX_KEYS = 100
_FOR_ISSUING = ("assertionMethod", "publicKey")
_HOST = re.compile(r"([A-Za-z0-9.-]+)(?:%3[Aa](\d{1,5}))?", re.ASCII)
_SEGMENT = re.compile(r"[A-Za-z0-9._~-]*[A-Za-z0-9_~-][A-Za-z0-9._~-]*", re.ASCII)


class NoKey(Exception):
    """The key that is named is not to be had or not to be used; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.detail)
        self.finding = finding


def keys_for(issuer: Issuer, name: str, fetcher: Fetcher) -> Iterator[RegisteredKey]:
    """The keys of `issuer` that a credential may mean by `name` (a kid, a verification method, "" for none), the pinned first.

    Nothing is fetched while earlier ones serve. Their dates are those of the place they are found in; what is registered of the very
    key besides, `key_on_date` knows. Raises NoKey on the way: an outage is held and never taken for "no key". Raises it in the end for
    a name at the issuer's own place that is published at none of them (any more), since keys are rotated.
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
            yield key
    except Missing as missing:
        raise NoKey(missing.finding) from missing
    if not found and _lies_with(issuer, name):
        raise NoKey(not_published(name, issuer))


def not_published(name: str, issuer: Issuer) -> Finding:
    """The finding on a key that is named at the issuer's own place and is not there: it may be one that the issuer has replaced."""
    return unsure(
        f"Its key ({name[:100]}) would be one of {issuer.name}, but it is not published there now and not registered.",
        f"Ask {issuer.name}, {BY_ANOTHER_WAY}, whether it used this key then. If so, enter the key that it gives you "
        f"with the dates of its use: countersign issuer pin {issuer.id} --key-file FILE --name KEY --from DATE --until DATE --by NAME. "
        "If not, this is a forgery.",
    )


def _lies_with(issuer: Issuer, name: str) -> bool:
    """Whether a name could only be that of a key of the issuer's: in its DID, at its address, or in its key set."""
    bare = name.partition("#")[0]
    if bare in issuer.dids:
        return not bare.startswith(("did:key:", "did:jwk:"))  # these are one key for ever
    if not bare:
        return bool(name) and any(did.startswith("did:web:") for did in issuer.dids)
    return addresses.normal(bare) in issuer.ids or _its_own(issuer, name) or bool(issuer.jwks and ":" not in name)


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
        bare, _, fragment = name.partition("#")
        yield from _in_set(served.body, {name, fragment if documents.same(bare, address) else name} - {""}, issuer)
    # 5. the profile at a registered address, or a key that it lists
    if _its_own(issuer, name) and not any(documents.same(name.partition("#")[0], address) for address in issuer.jwks):
        yield from _by_profile(issuer, name, fetcher)


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
        raise NoKey(
            unsure(f"The registered {did[:100]} is not spelled as did:web asks for.", "Correct it in issuers.toml.")
        )
    served = documents.read(fetcher, address, f"The document of {did}")
    if served.origin != addresses.origin(address):
        raise NoKey(unsure(f"The document of {did} is served from another site ({served.origin}).", WHOSE_SITE))
    return served.body


def _in_controller(document: Json, identity: str, name: str, issuer: Issuer) -> Iterator[RegisteredKey]:
    try:
        yield from controllers.keys_of(document, identity, name)
    except NotThere:
        return  # another place of the issuer's may have it
    except NotListed as error:
        raise NoKey(bad(f"Its key ({name[:100]}) {error}.", ASK_WHETHER)) from error
    except KeyProblem as error:
        raise NoKey(_unusable(name, issuer, error)) from error


def _in_set(served: Json, names: set[str], issuer: Issuer) -> Iterator[RegisteredKey]:
    """The keys of a JSON Web Key Set with one of `names` as their kid, exactly; every usable one when nothing is named."""
    listed: Any = served.get("keys")
    if not isinstance(listed, list) or len(cast(list[Any], listed)) > MAX_KEYS:
        raise NoKey(unsure(f"The key set of {issuer.name} is not one that can be read.", TELL_ISSUER))
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
                WHICH_KEY,
            )
        )
    yield from found


def _its_own(issuer: Issuer, name: str) -> bool:
    """Whether an address is one of the issuer's own, as far as the registry says. That a key lies there proves nothing yet."""
    bare = name.partition("#")[0]
    if addresses.origin(bare) not in issuer.origins or "?" in bare:
        return False
    return issuer.hosts(bare) or addresses.normal(bare) in issuer.ids


def _by_profile(issuer: Issuer, name: str, fetcher: Fetcher) -> Iterator[RegisteredKey]:
    """The key of that name which a registered profile holds or lists (Controlled Identifiers 1.0 §3.3: "both ways").

    A site has places where others can leave a file: uploads, portfolios, pages of its members. So a key at any other address of the
    site is held until the issuer says that it is its own.
    """
    address = name.partition("#")[0]
    own = [address] if addresses.normal(address) in issuer.ids else sorted(issuer.ids)
    for profile in (p for p in own if addresses.origin(p) in issuer.origins):
        try:
            served = _document(issuer, profile, fetcher, f"The profile of {issuer.name}")
        except Missing as missing:
            if profile == address or (missing.finding.retry and missing.status not in (404, 410)):
                raise
            continue  # a page for people, or nothing at all: it lists no key
        if profile == address:
            yield from _in_document(served, profile, name, issuer)
        elif documents.same(served.get("id"), profile) and _lists(served, name):
            yield from _listed(issuer, served, name, fetcher)
        else:
            continue
        return
    raise NoKey(_unlisted(name, issuer))


def _lists(profile: Json, name: str) -> bool:
    """Whether a profile says that the key of that name, or all at its address, are for issuing: `publicKey` is Open Badges 2.0's word."""
    for entry in (e for f in _FOR_ISSUING for e in screening.listed(profile.get(f))):
        called = screening.members_of(entry).get("id", entry)
        if documents.same(called, name) or documents.same(called, name.partition("#")[0]):
            return True
    return False


def _listed(issuer: Issuer, profile: Json, name: str, fetcher: Fetcher) -> Iterator[RegisteredKey]:
    held = [m for f in ("verificationMethod", "assertionMethod") for m in screening.listed(profile.get(f))]
    if any(screening.members_of(method).get("id") == name and len(method) > 1 for method in held):
        yield from _in_controller(profile, str(profile["id"]), name, issuer)
        return
    address = name.partition("#")[0]
    served = _document(issuer, address, fetcher, f"The key of {issuer.name}")
    if "controller" in served:  # a method by itself, which must name the profile as its own
        alone = {"id": profile["id"], "verificationMethod": served, "assertionMethod": name}
        yield from _in_controller(alone, str(profile["id"]), name, issuer)
    else:
        yield from _in_document(served, address, name, issuer)


def _document(issuer: Issuer, address: str, fetcher: Fetcher, what: str) -> Json:
    served = documents.read(fetcher, address, what)
    if served.origin not in issuer.origins:
        raise NoKey(_moved(issuer, address))
    return served.body


def _in_document(served: Json, address: str, name: str, issuer: Issuer) -> Iterator[RegisteredKey]:
    """The key in what an address serves: a JWK, one of a key set, or one of a controller document."""
    names = {name, name.partition("#")[2]} - {""}
    if "keys" in served:
        yield from _in_set(served, names, issuer)
    elif "kty" in served:
        if str(served.get("kid", name)) in names:
            yield from _in_set({"keys": [served | {"kid": name}]}, names, issuer)
    else:
        yield from _in_controller(served, address, name, issuer)


def _unlisted(name: str, issuer: Issuer) -> Finding:
    return unsure(
        f"Its key ({name[:100]}) would lie on the site of {issuer.name}, where others may be able to leave files too; the issuer lists "
        "it nowhere that is registered.",
        f"Ask {issuer.name}, by a telephone number or address that you know from elsewhere, whether this key is its own. If so, pin it "
        "in issuers.toml with the dates of its use (countersign issuer pin); if not, this is a forgery.",
    )


def _moved(issuer: Issuer, address: str) -> Finding:
    return unsure(
        f"{addresses.origin(address)} refers to another site for the keys of {issuer.name}, one that is not registered.",
        WHOSE_SITE,
    )


def _unusable(name: str, issuer: Issuer, error: KeyProblem) -> Finding:
    sentence = f"The key {name[:100]} of {issuer.name} {error}."
    return bad(sentence) if isinstance(error, keys.NotForSignatures) else unsure(sentence, TELL_ISSUER)
