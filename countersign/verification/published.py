"""What an issuer publishes of itself: its name for itself and its keys, read for a person to compare with the registry.

Nothing read here is trusted by being read. A profile (OB 2.0 Profile, OB 3.0 Profile), a JSON Web Key Set (RFC 7517 §5) or a DID
document (DID Core 1.0 §5) is asked for at an address that the operator names or registered; keys it links to are only asked for
at the same site.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from countersign.verification import keys
from countersign.verification.carriers.extraction import Payload
from countersign.verification.keys import KeyProblem, PublicKey
from countersign.verification.network import addresses, documents
from countersign.verification.network.documents import Missing
from countersign.verification.network.web import Fetcher
from countersign.verification.proofs import controllers, keyring
from countersign.verification.reading import Json, Malformed
from countersign.verification.trust import alike
from countersign.verification.trust.registry import Issuer

MOST = 20
"""Keys of one document that are looked at."""

_KID = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
"""The name of a key in a key set (RFC 7517 §4.5 allows any text): one word of letters that everybody can read."""


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A key as it was found. `id` is its name in credentials, `where` the document it was found in or linked from."""

    id: str
    public: PublicKey
    where: str


@dataclass(slots=True)
class Published:
    """What was found at one address or DID. `id` is what it calls itself, empty when it does not say; `kind` "profile", "jwks" or
    "did"; `types` what a profile says it is (type); `asked` the address asked and `origin` the site that answered in the end, both empty when there was nothing to ask;
    `problems` are sentences."""

    source: str
    kind: str
    id: str = ""
    name: str = ""
    asked: str = ""
    origin: str = ""
    keys: list[PublishedKey] = field(default_factory=list[PublishedKey])
    problems: list[str] = field(default_factory=list[str])
    types: tuple[str, ...] = ()

    @property
    def itself(self) -> bool:
        """Whether what answered calls itself as it was asked for (http and https are one here: only https is asked)."""
        return bool(self.id) and addresses.normal(addresses.to_fetch(self.id)) == addresses.normal(self.source)

    @property
    def moved(self) -> bool:
        """Whether another site answered than the one asked."""
        return self.origin != addresses.origin(self.asked)

    def take(self, name: str, read: Callable[[], PublicKey]) -> None:
        """Add the key that `read()` gives, or the sentence why it cannot be used.

        Credentials name a key by an address or a DID, or by its name in a key set. What is neither is somebody's text beside a
        fingerprint that a person is to compare: such a key is not taken.
        """
        if name and not addresses.is_uri(name) and not (self.kind == "jwks" and _KID.fullmatch(name)):
            self.problem(f"The key {alike.visible(name, 120)} was not taken: its name is no address and no DID.")
            return
        try:
            self.keys.append(PublishedKey(name, read(), self.source))
        except (KeyProblem, KeyError, TypeError, AttributeError) as error:
            why = error if isinstance(error, KeyProblem) else "is not laid out as a key"
            self.problem(f"The key {name[:200] or 'without a name'} {why}.")

    def problem(self, sentence: str) -> None:
        """Note a sentence on what is wrong, with whatever cannot be seen in it written out."""
        self.problems.append(alike.visible(sentence, 500))


def sources(issuer: Issuer) -> list[str]:
    """Where a registered issuer can be asked: its profile addresses, key sets and DIDs."""
    pages = [addresses.to_fetch(i) for i in sorted(issuer.ids) if addresses.origin(i)]
    return [*dict.fromkeys(pages), *issuer.jwks, *sorted(issuer.dids)]


def look(source: str, fetcher: Fetcher) -> Published:
    """What is published at a DID, a key set or a profile. Raises Missing when it is not to be had.

    Keys in an answer that came from another site than the one asked are not taken: who redirects is not who signs.
    """
    if source.startswith("did:"):
        found = of_did(source, fetcher)
    else:
        page = documents.read(fetcher, source, "The issuer's document")
        keys_only = isinstance(page.body.get("keys"), list) and "id" not in page.body
        found = _key_set(source, page) if keys_only else _profile(source, page, fetcher)
    if found.moved and found.keys:
        found.keys.clear()
        found.problem(f"The answer came from {found.origin}, so the keys in it were not taken.")
    return found


def of_did(did: str, fetcher: Fetcher) -> Published:
    """What a DID says; a method that cannot be looked up is a problem. Raises Missing."""
    found = Published(did, "did", id=did)
    own = {"did:key:": keys.from_did_key, "did:jwk:": keys.from_did_jwk}.get(did[:8])
    if own is not None:
        name = f"{did}#{did[8:]}" if did.startswith("did:key:") else f"{did}#0"
        found.take(name, partial(own, did))
        return found
    address = keyring.did_web_address(did) if did.startswith("did:web:") else ""
    if not address:
        found.problem(f"{did} is of a method that cannot be looked up here; did:web, did:key and did:jwk can.")
        return found
    page = documents.read(fetcher, address, f"The document of {did}")
    found.asked, found.origin, found.id = address, page.origin, _text(page.body, "id")
    found.name = _text(page.body, "name")
    _methods(found, page.body)
    return found


def _key_set(source: str, page: documents.Document) -> Published:
    found = Published(source, "jwks", asked=source, origin=page.origin)
    for entry in _objects(page.body.get("keys")):
        if entry.get("use", "sig") == "sig":
            found.take(_text(entry, "kid"), partial(keys.for_signatures, entry))
    return found


def _profile(source: str, page: documents.Document, fetcher: Fetcher) -> Published:
    found = Published(source, "profile", _text(page.body, "id"), _text(page.body, "name"), source, page.origin)
    found.types = tuple(t[:200] for t in _listed(page.body.get("type", page.body.get("@type"))) if isinstance(t, str))
    for entry in _listed(page.body.get("publicKey")):
        _linked(found, entry, fetcher)
    _methods(found, page.body)
    return found


def _linked(found: Published, entry: Any, fetcher: Fetcher) -> None:
    """A key of OB 2.0 (CryptographicKey), embedded or at an address of the same site, which must name its owner."""
    body: Json = cast(Json, entry) if isinstance(entry, dict) else {"id": entry}
    name = _text(body, "id")
    if "publicKeyPem" not in body and "publicKeyJwk" not in body:
        if addresses.origin(name) != addresses.origin(found.source):
            found.problem(f"The key {name[:200]} is kept at another site, which was not asked.")
            return
        try:
            page = documents.read(fetcher, name, f"The key {name}")
        except Missing as missing:
            found.problem(missing.finding.detail)
            return
        body = page.body
        if page.origin != addresses.origin(name):
            found.problem(f"The key {name[:200]} is served from {page.origin}, another site.")
            return
        if not documents.same(body.get("owner"), found.id):
            found.problem(f"The key {name[:200]} does not name this profile as its owner.")
            return
    found.take(name, partial(_material, body))


def _methods(found: Published, body: Json) -> None:
    """Verification methods that would count for credentials: read as verification itself reads them."""
    if "verificationMethod" not in body and "assertionMethod" not in body:
        return
    try:
        counting = list(controllers.keys_of(body, found.id, ""))
    except controllers.NotListed as error:
        found.problem(f"A key {error}.")
        return
    except (KeyProblem, Malformed) as error:
        found.problem(f"A key of {found.source} {error}.")
        return
    for key in counting[:MOST]:
        if key.compromised is not None:
            found.problem(f"The key {key.id[:200]} was revoked by the issuer ({key.compromised}).")
        else:
            found.take(key.id, partial(_same, key.public))
    if not counting:
        found.problem(f"{found.source} lists no key that could be used for issuing (assertionMethod).")


def _same(public: PublicKey) -> PublicKey:
    return public


def _material(body: Json) -> PublicKey:
    """The key in one of the forms in which documents write it. Raises KeyProblem, KeyError or TypeError."""
    if "publicKeyJwk" in body:
        return keys.from_jwk(body["publicKeyJwk"])
    return keys.from_pem(body["publicKeyPem"])


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    return value[:2000] if isinstance(value, str) else ""


def _listed(value: Any) -> list[Any]:
    values = cast(list[Any], value if isinstance(value, list) else [] if value is None else [value])
    return values[:MOST]


def _objects(value: Any) -> Iterator[Json]:
    return (cast(Json, v) for v in _listed(value) if isinstance(v, dict))


def issuer_of(payload: Payload, fetcher: Fetcher) -> str:
    """Whom a credential names as its issuer (an address or a DID): in its own text, or in the documents that it names, the credential
    behind a link and the description of what was earned, which are asked for. Empty when it names nobody. Raises Missing.

    For `issuer add`, which then asks there: what a credential says of its issuer proves nothing.
    """
    from countersign.verification.proofs import jose

    body = payload.json
    if payload.url:
        body = documents.read(fetcher, payload.url, "The credential behind the link").body
    elif payload.jws:
        try:
            body = jose.parse(payload.jws).payload
        except jose.BadToken:
            return ""
    inner: Any = body.get("vc")
    if isinstance(inner, dict):
        body = {"issuer": body.get("iss")} | cast(Json, inner)
    badge: Any = body.get("badge")
    if isinstance(badge, str) and addresses.split(badge) is not None:
        badge = documents.read(fetcher, badge, "The description of what was earned").body
    named: Any = cast(Json, badge).get("issuer") if isinstance(badge, dict) else body.get("issuer")
    if isinstance(named, dict):
        named = cast(Json, named).get("id")
    return named if isinstance(named, str) and addresses.is_uri(named) else ""
