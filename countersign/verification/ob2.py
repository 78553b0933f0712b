"""Open Badges 2.0 as data: an Assertion, its BadgeClass and its issuer's Profile read into values.

Source: Open Badges 2.0 (1EdTech), classes Assertion, IdentityObject, BadgeClass, Profile, VerificationObject.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from countersign.verification import addresses, reading
from countersign.verification.reading import Json, Malformed
from models.credentials import Achievement, Credential, Identity

CONTEXT = "https://w3id.org/openbadges/v2"
HOSTED = frozenset({"hosted", "HostedBadge"})
SIGNED = frozenset({"signed", "SignedBadge"})


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion's own statements. `badge` is the BadgeClass's address or the embedded BadgeClass."""

    id: str
    uid: str
    identity: Identity
    issued_on: datetime
    expires: datetime | None
    hosted: bool
    creator: str
    badge: str | Json
    evidence: tuple[str, ...]


def is_one(body: Json) -> bool:
    """Whether a JSON object presents itself as Open Badges 2.0 or older."""
    listed: Any = body.get("@context")
    names = cast(list[Any], listed if isinstance(listed, list) else [listed])
    return any(isinstance(n, str) and "w3id.org/openbadges" in n for n in names) or (
        "verify" in body and "badge" in body and "recipient" in body
    )


def assertion(body: Json) -> Assertion:
    """The assertion in a JSON object. Raises Malformed."""
    listed: Any = body.get("@context")
    names = cast(list[Any], listed if isinstance(listed, list) else [listed])
    if CONTEXT not in names:
        raise Malformed(f'"@context" does not say {CONTEXT}.')
    reading.require_type(body, frozenset({"Assertion"}))
    identifier = reading.uri(body)
    verification = reading.part(body, "verification")
    kinds = reading.types(verification, "verification.")
    if not kinds & (HOSTED | SIGNED) or (kinds & HOSTED and kinds & SIGNED):
        raise Malformed('"verification.type" says neither hosted nor signed.')
    hosted = bool(kinds & HOSTED)
    if hosted and addresses.split(identifier) is None:
        raise Malformed('"id" is not a web address, though the assertion says it is hosted.')
    _check_extras(body)
    issued = reading.moment(body, "issuedOn")
    if issued is None:
        raise Malformed('"issuedOn" is missing.')
    return Assertion(
        id=identifier,
        uid=reading.text(body, "uid", required=False),
        identity=_identity(reading.part(body, "recipient")),
        issued_on=issued,
        expires=reading.moment(body, "expires"),
        hosted=hosted,
        creator=reading.text(verification, "creator", required=False),
        badge=_reference(body, "badge"),
        evidence=_evidence(body),
    )


def _check_extras(body: Json) -> None:
    """Parts no decision reads, but whose faults say that the assertion is none: its picture and its extensions."""
    image: Any = body.get("image")
    image = cast(Json, image).get("id") if isinstance(image, dict) else image
    if isinstance(image, str) and addresses.split(image) is None:
        raise Malformed('"image" is not a web address.')
    for key in body:
        if key.startswith("extensions:"):
            extension = reading.part(body, key)
            reading.require_type(extension, frozenset({"Extension"}), f"{key}.")
            if "@context" not in extension:
                raise Malformed(f'"{key}.@context" is missing.')


def _identity(recipient: Json) -> Identity:
    value = reading.text(recipient, "identity")
    hashed = recipient.get("hashed")
    if hashed is not None and not isinstance(hashed, bool):
        raise Malformed('"recipient.hashed" is neither true nor false.')
    salt = recipient.get("salt")
    if salt is not None and not isinstance(salt, str):
        raise Malformed('"recipient.salt" is not text.')
    kind = recipient.get("type")
    if not isinstance(kind, str) or not kind:
        raise Malformed('"recipient.type" is missing.')
    if hashed is None:
        hashed = value.lower().startswith(("sha256$", "md5$"))
    return Identity(kind=kind, value=value, hashed=hashed, salt=salt or "")


def _reference(body: Json, field: str) -> str | Json:
    value: Any = body.get(field)
    if isinstance(value, dict):
        return cast(Json, value)
    return reading.uri(body, field)


def _evidence(body: Json) -> tuple[str, ...]:
    value: Any = body.get("evidence")
    values = cast(list[Any], value if isinstance(value, list) else [value])
    found = [cast(Json, v).get("id") if isinstance(v, dict) else v for v in values]
    return tuple(v for v in found if isinstance(v, str) and addresses.split(v))


@dataclass(frozen=True, slots=True)
class BadgeClass:
    """What was earned, and who says so. `issuer` is the profile's address or the embedded profile's id."""

    achievement: Achievement
    issuer: str


def badge_class(body: Json, address: str) -> BadgeClass:
    """The BadgeClass in a JSON object that was found at `address` (or embedded: its id). Raises Malformed."""
    reading.require_type(body, frozenset({"BadgeClass"}), "badge.")
    issuer = _reference(body, "issuer")
    criteria: Any = body.get("criteria")
    if isinstance(criteria, dict):
        criteria = cast(Json, criteria).get("narrative") or cast(Json, criteria).get("id") or ""
    return BadgeClass(
        achievement=Achievement(
            id=address,
            name=reading.text(body, "name"),
            description=reading.text(body, "description", required=False),
            criteria=criteria if isinstance(criteria, str) else "",
        ),
        issuer=reading.uri(issuer, of="badge.issuer.") if isinstance(issuer, dict) else issuer,
    )


@dataclass(frozen=True, slots=True)
class Profile:
    """An issuer's own page: its name, where it lists revoked assertions, and which hosted addresses it stands for."""

    id: str
    name: str
    revocation_list: str
    starts_with: tuple[str, ...]
    allowed_origins: tuple[str, ...]


def profile(body: Json) -> Profile:
    """The issuer's Profile in a JSON object. Raises Malformed."""
    reading.require_type(body, frozenset({"Issuer", "Profile"}), "issuer.")
    rules = reading.parts(body, "verification", "issuer.")
    lists = body.get("revocationList")
    if lists is not None and not addresses.is_uri(lists):
        raise Malformed('"issuer.revocationList" is not a web address.')
    return Profile(
        id=reading.uri(body, of="issuer."),
        name=reading.text(body, "name"),
        revocation_list=lists or "",
        starts_with=tuple(t for r in rules for t in reading.texts(r, "startsWith")),
        allowed_origins=tuple(t for r in rules for t in reading.texts(r, "allowedOrigins")),
    )


def stands_for(issuer: Profile, at: str, address: str) -> bool:
    """Whether the issuer's profile, found at `at`, stands for a hosted assertion's address (VerificationObject:
    `startsWith`, else `allowedOrigins`, else the profile's own host)."""
    host = addresses.origin(address).removeprefix("https://")
    hosts = {h.lower().removeprefix("https://") for h in issuer.allowed_origins} or {
        addresses.origin(at).removeprefix("https://")
    }
    if issuer.starts_with and not any(_begins(address, prefix) for prefix in issuer.starts_with):
        return False
    if issuer.starts_with and not issuer.allowed_origins:
        return True
    return bool(host) and host in hosts


def _begins(address: str, prefix: str) -> bool:
    """`startsWith` on whole origins: "https://a.example" must not stand for "https://a.example.net"."""
    own, given = addresses.normal(address), addresses.normal(prefix)
    return bool(addresses.origin(prefix)) and addresses.origin(own) == addresses.origin(given) and own.startswith(given)


def credential(found: Assertion, badge: BadgeClass, issuer_name: str) -> Credential:
    """The assertion, its BadgeClass and its issuer as one credential."""
    return Credential(
        version="2.0",
        id=found.id,
        issuer_id=badge.issuer,
        issuer_name=issuer_name,
        achievement=badge.achievement,
        issued_on=found.issued_on,
        valid_until=found.expires,
        identities=(found.identity,),
        evidence_urls=found.evidence,
    )


def claimed(found: Assertion) -> Credential:
    """What an unproven assertion says of itself, as far as it can be told without fetching anything."""
    embedded = found.badge if isinstance(found.badge, dict) else {}
    issuer: Any = embedded.get("issuer")
    profile = cast(Json, issuer) if isinstance(issuer, dict) else {"id": issuer}

    def said(body: Json, field: str) -> str:
        value = body.get(field)
        return value[:500] if isinstance(value, str) else ""

    return Credential(
        version="2.0",
        id=found.id,
        issuer_id=said(profile, "id"),
        issuer_name=said(profile, "name"),
        achievement=Achievement(
            id=found.badge if isinstance(found.badge, str) else said(embedded, "id"), name=said(embedded, "name")
        ),
        issued_on=found.issued_on,
        valid_until=found.expires,
        identities=(found.identity,),
        evidence_urls=found.evidence,
    )


def revoked(body: Json, found: Assertion) -> str | None:
    """The reason when a RevocationList names the assertion by id or uid (OB 2.0 RevocationList); None when it does not.

    Raises Malformed when it is no such list.
    """
    reading.require_type(body, frozenset({"RevocationList"}), "revocationList.")
    entries: Any = body.get("revokedAssertions")
    if not isinstance(entries, list):
        raise Malformed('"revokedAssertions" is missing or not a list.')
    for entry in cast(list[Any], entries):
        members = cast(Json, entry) if isinstance(entry, dict) else {"id": entry}
        named = {str(members.get("id", "")), str(members.get("uid", ""))} - {""}
        if addresses.normal(found.id) in {addresses.normal(n) for n in named} or (found.uid and found.uid in named):
            reason = members.get("revocationReason")
            return reason if isinstance(reason, str) else ""
    return None
