"""Open Badges 2.0 as data: an Assertion, its BadgeClass and its issuer's Profile read into values.

Source: Open Badges 2.0 (1EdTech), classes Assertion, IdentityObject, BadgeClass, Profile, VerificationObject. Open Badges 2.1 adds
an API for moving credentials between sites (Badge Connect) and leaves the data as it was: it is read here too, and is called 2.0.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from countersign.verification import alignments, reading
from countersign.verification.network import addresses
from countersign.verification.reading import Json, Malformed
from models.credentials import Achievement, Credential, Identity

CONTEXT = "https://w3id.org/openbadges/v2"
HOSTED = frozenset({"hosted", "HostedBadge"})
SIGNED = frozenset({"signed", "SignedBadge"})
TOLERATED = frozenset(
    {"identity__email", "identity__url", "identity__telephone", "identity__id", "expand", "v", "include_extra"}
)
"""Query parameters with which Badgr and its successors (Canvas Credentials, Parchment) serve the same assertion: whose it is shown
to be, and in how much detail. Its id has none of them."""

_EPOCH = re.compile(r"[1-9][0-9]{9}")


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion's own statements, those of Open Badges 1.x too (`ob1`). `badge` is the BadgeClass's address or the embedded
    BadgeClass, `creator` the address of the key that signed it, empty when it names none, `version` "1.0", "1.1" or "2.0".
    """

    id: str
    uid: str
    identity: Identity
    issued_on: datetime
    expires: datetime | None
    hosted: bool
    creator: str
    badge: str | Json
    evidence: tuple[str, ...]
    endorsements: tuple[str | Json, ...] = ()
    version: str = "2.0"


def contexts(body: Json) -> list[str]:
    """The vocabularies that an object names by their address."""
    listed: Any = body.get("@context")
    names = cast(list[Any], listed if isinstance(listed, list) else [listed])
    return [n for n in names if isinstance(n, str)]


def is_one(body: Json) -> bool:
    """Whether a JSON object presents itself as Open Badges 2.0. (`ob1.is_one` is asked first, for what is older.)"""
    return any("w3id.org/openbadges" in n for n in contexts(body)) or (
        "verify" in body and "badge" in body and "recipient" in body
    )


def assertion(body: Json) -> Assertion:
    """The assertion in a JSON object. Raises Malformed."""
    if CONTEXT not in contexts(body):
        raise Malformed(f'"@context" does not say {CONTEXT}.')
    reading.require_type(body, frozenset({"Assertion"}))
    identifier = reading.uri(body)
    verification = _verification(body)
    hosted = is_hosted(verification, "verification")
    if hosted and addresses.split(identifier) is None:
        raise Malformed('"id" is not a web address, though the assertion says it is hosted.')
    _check_extras(body)
    issued = moment(body, "issuedOn")
    if issued is None:
        raise Malformed('"issuedOn" is missing.')
    return Assertion(
        id=identifier,
        uid=reading.text(body, "uid", required=False),
        identity=identity(reading.part(body, "recipient")),
        issued_on=issued,
        expires=moment(body, "expires"),
        hosted=hosted,
        creator=_creator(verification),
        badge=reference(body, "badge"),
        evidence=evidence(body),
        endorsements=_links(body, "endorsement"),
    )


def _verification(body: Json) -> Json:
    """The VerificationObject, under its name or under the alias of the context, "verify"."""
    if "verify" not in body:
        return reading.part(body, "verification")
    if "verification" in body and body["verification"] != body["verify"]:
        raise Malformed('"verification" and its other name "verify" say two different things.')
    return reading.part(body, "verify")


def is_hosted(verification: Json, of: str) -> bool:
    """Whether a VerificationObject says "hosted" and not "signed". Raises Malformed when it says neither or both."""
    kinds = reading.types(verification, f"{of}.")
    if bool(kinds & HOSTED) == bool(kinds & SIGNED):
        raise Malformed(f'"{of}.type" says neither hosted nor signed.')
    return bool(kinds & HOSTED)


def _creator(verification: Json) -> str:
    """The key's address. Of a key that is brought along only its address counts."""
    named: Any = verification.get("creator")
    return (
        reading.uri(cast(Json, named), of="creator.")
        if isinstance(named, dict)
        else reading.text(verification, "creator", required=False)
    )


def epoch(value: object) -> datetime | None:
    """The moment that seconds since 1970 say, as a number or text of ten digits; None for anything else.

    Open Badges 1.1 has such dates, and backpacks that wrote 2.0 kept them.
    """
    if isinstance(value, bool) or not isinstance(value, int | str) or not _EPOCH.fullmatch(str(value)):
        return None
    return datetime.fromtimestamp(int(value), UTC)


def moment(body: Json, field: str) -> datetime | None:
    """The moment in a field, in UTC: RFC 3339, or seconds since 1970; None when the field is not there."""
    return epoch(body.get(field)) or reading.moment(body, field)


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


def identity(recipient: Json) -> Identity:
    """The recipient in an IdentityObject. Raises Malformed."""
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


def reference(body: Json, field: str) -> str | Json:
    """Another object's address, or that object itself. Raises Malformed."""
    value: Any = body.get(field)
    if isinstance(value, dict):
        return cast(Json, value)
    return reading.uri(body, field)


def _links(body: Json, field: str) -> tuple[str | Json, ...]:
    """The addresses and objects in a field that may have several, other things left out."""
    value: Any = body.get(field)
    values = cast(list[Any], value if isinstance(value, list) else [value])
    return tuple(cast("str | Json", v) for v in values if isinstance(v, str | dict))


def evidence(body: Json) -> tuple[str, ...]:
    """The web addresses of the work behind an assertion."""
    value: Any = body.get("evidence")
    values = cast(list[Any], value if isinstance(value, list) else [value])
    found = [cast(Json, v).get("id") if isinstance(v, dict) else v for v in values]
    return tuple(v for v in found if isinstance(v, str) and addresses.split(v))


def is_at(own: str, address: str) -> bool:
    """Whether an assertion that calls itself `own` is the one asked for at `address`: the same identifier, read over https either
    way, where the address may have query parameters of the short list `TOLERATED` and nothing else besides."""
    mine, asked = addresses.normal(addresses.to_fetch(own)), addresses.to_fetch(address)
    return bool(own) and (mine == addresses.normal(asked) or mine == addresses.normal(plain(asked)))


def plain(address: str) -> str:
    """An address without its query when that has nothing but `TOLERATED` parameters, else as it is."""
    bare, mark, query = address.partition("#")[0].partition("?")
    names = {part.partition("=")[0] for part in query.split("&")}
    return bare if mark and ";" not in query and names <= TOLERATED else address


@dataclass(frozen=True, slots=True)
class BadgeClass:
    """What was earned, and who says so. `issuer` is the profile's address or the embedded profile's id; `id` is what it calls itself,
    empty when it does not."""

    achievement: Achievement
    issuer: str
    id: str = ""
    embedded: Json | None = None
    endorsements: tuple[str | Json, ...] = ()


def badge_class(body: Json, address: str) -> BadgeClass:
    """The BadgeClass in a JSON object that was found at `address` (or embedded: its id). Raises Malformed."""
    reading.require_type(body, frozenset({"BadgeClass"}), "badge.")
    issuer = reference(body, "issuer")
    own = body.get("id")
    criteria: Any = body.get("criteria")
    if isinstance(criteria, dict):
        criteria = cast(Json, criteria).get("narrative") or cast(Json, criteria).get("id") or ""
    return BadgeClass(
        achievement=Achievement(
            id=address,
            name=reading.text(body, "name"),
            description=reading.text(body, "description", required=False),
            criteria=criteria if isinstance(criteria, str) else "",
            standards=alignments.standards(body),
        ),
        issuer=reading.uri(issuer, of="badge.issuer.") if isinstance(issuer, dict) else issuer,
        id=own if isinstance(own, str) else "",
        embedded=issuer if isinstance(issuer, dict) else None,
        endorsements=_links(body, "endorsement"),
    )


@dataclass(frozen=True, slots=True)
class Profile:
    """An issuer's own page: its name, where it lists revoked assertions, which hosted addresses it stands for, and its keys, each by
    address or as it is."""

    id: str
    name: str
    revocation_list: str
    starts_with: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    public_keys: tuple[str | Json, ...] = ()
    endorsements: tuple[str | Json, ...] = ()


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
        public_keys=_links(body, "publicKey"),
        endorsements=_links(body, "endorsement"),
    )


def stands_for(issuer: Profile, at: str, address: str) -> bool:
    """Whether the issuer's profile, found at `at`, stands for a hosted assertion's address (VerificationObject:
    `startsWith`, else `allowedOrigins`, else the profile's own host). A profile without a web address and without such rules
    excludes nothing by itself: then the registry alone says where its issuer hosts."""
    if issuer.starts_with and not any(_begins(address, prefix) for prefix in issuer.starts_with):
        return False
    own = addresses.origin(at)
    if not issuer.allowed_origins and (issuer.starts_with or not own):
        return True
    hosts = {re.sub(r"^https?://", "", h.lower()) for h in issuer.allowed_origins or (own,)}
    return addresses.origin(address).removeprefix("https://") in hosts - {""}


def _begins(address: str, prefix: str) -> bool:
    """`startsWith` on whole origins: "https://a.example" must not stand for "https://a.example.net"."""
    own, given = addresses.normal(address), addresses.normal(prefix)
    one_site = bool(addresses.origin(given)) and addresses.origin(own) == addresses.origin(given)
    # An address whose path climbs ("/a/../b") has no `path`: it begins otherwise than where it leads.
    return one_site and bool(addresses.path(own)) and own.startswith(given)


def credential(found: Assertion, badge: BadgeClass, issuer_name: str) -> Credential:
    """The assertion, its BadgeClass and its issuer as one credential."""
    return Credential(
        version=found.version,
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
        version=found.version,
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


def withdrawn(body: Json) -> str | None:
    """The reason when an assertion says itself that it is revoked, empty when it gives none; None when it does not say so."""
    if body.get("revoked", False) is False:
        return None
    reason = body.get("revocationReason")
    return reason if isinstance(reason, str) else ""


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
        if members.get("revoked") is False:
            continue
        named = {str(members.get("id", "")), str(members.get("uid", ""))} - {""}
        if addresses.normal(found.id) in {addresses.normal(n) for n in named} or (found.uid and found.uid in named):
            reason = members.get("revocationReason")
            return reason if isinstance(reason, str) else ""
    return None
