"""Keys of signed Open Badges 2.0 that the issuer publishes itself, with the ownership proven both ways.

The profile at the issuer's registered address lists the key, and the key's document at a registered site of the issuer names that
profile as its owner (OB 2.0 CryptographicKey: "a two-way connection"; SignedBadge, steps 4 to 6). What the assertion says of a
key is only a name to look for. A key that is registered as well keeps its registered dates, wherever it is found.
"""

from typing import Any

from countersign.verification import keys, reading
from countersign.verification.findings import (
    ASK_ISSUER,
    ASK_WHETHER,
    SEND_AGAIN,
    WHICH_KEY,
    Finding,
    bad,
    clause,
    ok,
    unsure,
)
from countersign.verification.judging import key_on_date
from countersign.verification.network import addresses, documents
from countersign.verification.network.documents import Missing
from countersign.verification.network.web import Fetcher
from countersign.verification.open_badges_2.ob2 import Assertion
from countersign.verification.open_badges_2.ob2_chain import Chain, shown
from countersign.verification.proofs import jose
from countersign.verification.proofs.keyring import not_published
from countersign.verification.reading import Json, Malformed
from countersign.verification.trust.registry import RegisteredKey
from models.credentials import CheckOutcome

MOST = 5
"""Keys of one profile that are tried when the assertion names none."""

_TYPES = frozenset({"CryptographicKey", "Key", "sec:Key", "https://w3id.org/security#Key"})


class _Unusable(Exception):
    """A key that cannot be used; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.detail)
        self.finding = finding


def proof(token: jose.Token, found: Assertion, chain: Chain, fetcher: Fetcher) -> Finding:
    """Whether a key that the issuer's profile lists signed the token: the one the assertion names, else any of the profile's."""
    issuer, creator = chain.issuer, found.creator
    if not chain.own_word:
        return unsure(
            f"The signature is not by a registered key of {issuer.name}, and the issuer has no web address at which it could "
            "say which keys are its own.",
            WHICH_KEY,
        )
    # A key that is named at the issuer's own place, and that its profile does not list (any more), may have been replaced since.
    own = bool(creator) and issuer.hosts(creator)
    if not chain.profile.public_keys:
        if issuer.keys and own:
            return _unlisted(creator, chain, fetcher)
        if issuer.keys:
            return bad(
                f"It is not signed with a registered key of {issuer.name}: it was altered or forged.", SEND_AGAIN
            )
        return unsure(
            f"No key is registered for {issuer.name} and its profile lists none, so the signature cannot be checked.",
            WHICH_KEY,
        )
    entries = [e for e in chain.profile.public_keys if not creator or documents.same(_id(e), creator)]
    if not entries and own:
        return _unlisted(creator, chain, fetcher)
    if not entries:
        return bad(
            f"It says it is signed with the key {shown(creator)}, which the profile of {issuer.name} does not list: anybody "
            "can name a key.",
            SEND_AGAIN,
        )
    tried = [_tried(token, entry, found, chain, fetcher) for entry in entries[:MOST]]
    for finding in tried:
        if finding.passed:
            return finding
    if len(entries) > MOST:
        return unsure(
            f"The profile of {issuer.name} lists more keys than are tried, and the credential names none.", WHICH_KEY
        )
    # A key that could not be read may have been the right one: that stays open.
    return min(tried, key=lambda finding: (not finding.retry, finding.outcome is CheckOutcome.failed))


def _unlisted(creator: str, chain: Chain, fetcher: Fetcher) -> Finding:
    """The finding on a key at the issuer's own place that its profile does not list: what is known of it there, else that it may have
    been replaced."""
    try:
        _key(creator, chain, fetcher)
    except _Unusable as error:
        return error.finding
    except Missing as missing:
        if missing.status not in (404, 410):
            return missing.finding
    return not_published(shown(creator), chain.issuer)


def _tried(token: jose.Token, entry: str | Json, found: Assertion, chain: Chain, fetcher: Fetcher) -> Finding:
    issuer = chain.issuer
    try:
        public, name = _key(entry, chain, fetcher)
    except _Unusable as error:
        return error.finding
    except Missing as missing:
        return missing.finding
    if not token.signed_by(public):
        return bad(
            f"Its signature does not match the key {name} of {issuer.name}: it was altered or forged.", SEND_AGAIN
        )
    in_use = key_on_date(RegisteredKey(id=name, public=public), issuer, found.issued_on)
    if not in_use.passed:
        return in_use
    return ok(
        f"Signed with the key {name}, which the profile of {issuer.name} lists and which names that profile as its owner."
    )


def _key(entry: str | Json, chain: Chain, fetcher: Fetcher) -> tuple[keys.PublicKey, str]:
    """The public key of one entry in the profile, and its name for sentences. Raises _Unusable or Missing."""
    issuer, address = chain.issuer, _id(entry)
    name = shown(address) or "in its profile"
    if isinstance(entry, dict) and _has_material(entry):
        # The profile itself holds the key: it was read from the issuer's registered address, which proves whose it is.
        return _material(_owned(entry, chain, name, required=False), name, issuer.name), name
    if addresses.origin(address) not in issuer.origins:
        raise _Unusable(
            bad(
                f"The key {name} is kept on another site than those registered for {issuer.name}; it proves nothing.",
                ASK_WHETHER,
            )
        )
    page = documents.read(fetcher, address, f"The key of {issuer.name}")
    if page.origin not in issuer.origins:
        raise _Unusable(
            bad(f"The key {name} is served from {page.origin}, which is not registered for {issuer.name}.", ASK_WHETHER)
        )
    if not documents.same(page.body.get("id"), address):
        raise _Unusable(bad(f"The address of the key {name} serves another key.", ASK_ISSUER))
    return _material(_owned(page.body, chain, name, required=True), name, issuer.name), name


def _owned(body: Json, chain: Chain, name: str, *, required: bool) -> Json:
    """`body` when it says that the issuer's profile owns it. Raises _Unusable."""
    owner: Any = body.get("owner")
    if owner is None and not required:
        return body
    if not documents.same(owner, chain.profile.id):
        said = shown(owner) if isinstance(owner, str) and owner else "nobody"
        raise _Unusable(
            bad(
                f"The key {name} says that it belongs to {said}, not to {chain.issuer.name}; what it signed is not proven.",
                ASK_ISSUER,
            )
        )
    return body


def _material(body: Json, name: str, issuer: str) -> keys.PublicKey:
    """The key in a CryptographicKey: `publicKeyPem`, or `publicKeyJwk` as some issuers write. Raises _Unusable."""
    try:
        if body.get("type") is not None:
            reading.require_type(body, _TYPES, "publicKey.")
        if isinstance(jwk := body.get("publicKeyJwk"), dict) and "publicKeyPem" not in body:
            return keys.from_jwk(jwk)  # pyright: ignore[reportUnknownArgumentType]
        return keys.from_pem(reading.text(body, "publicKeyPem"))
    except keys.KeyProblem as error:
        raise _Unusable(bad(f"The key {name} of {issuer} {error}.", ASK_ISSUER)) from error
    except Malformed as error:
        raise _Unusable(
            bad(f"The key {name} of {issuer} is no key that can be used: {clause(str(error))}", ASK_ISSUER)
        ) from error


def _has_material(entry: Json) -> bool:
    return "publicKeyPem" in entry or "publicKeyJwk" in entry


def _id(entry: str | Json) -> str:
    value = entry.get("id", "") if isinstance(entry, dict) else entry
    return value if isinstance(value, str) else ""
