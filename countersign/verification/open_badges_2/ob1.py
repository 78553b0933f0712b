"""Open Badges 1.0 and 1.1, as the issuers of 2011 to 2016 wrote them, read into the values of 2.0.

1.0 carries everything inline: the badge, and in it the issuer, who is nothing but a site (`origin`) and a name; its own address is
where it is read from (published as "0.5", and written with version "0.5.0" or "1.0.0"). Then came assertions that link to their
BadgeClass, which links to its IssuerOrganization, with `uid` and `verify`: called 1.0 too without a context, 1.1 with one.

Sources: Open Badges Assertion Specification 1.0 (Mozilla) and 1.1 (Badge Alliance); the JSON schemas 0.5, 1.0 and 1.1 of the
1EdTech openbadges-specification.
"""

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import quote

from countersign.verification import alignments, reading
from countersign.verification.network import addresses
from countersign.verification.open_badges_2 import ob2
from countersign.verification.reading import Json, Malformed
from models.credentials import Achievement, Identity

CONTEXTS = frozenset(
    {
        "https://w3id.org/openbadges/v1",
        "http://standard.openbadges.org/1.1/context.json",
        "https://standard.openbadges.org/1.1/context.json",
    }
)
_TYPES = {"BadgeClass": frozenset({"badgeclass"}), "Issuer": frozenset({"issuer", "issuerorg", "profile"})}
_HASH = re.compile(r"[A-Za-z0-9]{1,10}\$[0-9A-Fa-f]+")
_WHEN = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,12})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)


def is_one(body: Json) -> bool:
    """Whether a JSON object presents itself as Open Badges 1.x. (Context 2.0 and `verification` are 2.0's.)"""
    if not {"badge", "recipient"} <= body.keys() or "verification" in body:
        return False
    named = ob2.contexts(body)
    if any(n in CONTEXTS for n in named):
        return True
    return "@context" not in body and ("verify" in body or _is_inline(body))


def _is_inline(body: Json) -> bool:
    return isinstance(body["badge"], dict)


def named(body: Json) -> str:
    """The address that a hosted assertion gives itself; empty when it gives none."""
    verify: Any = body.get("verify")
    for part, field in ((verify, "url"), (body, "id")):
        value = cast(Json, part).get(field) if isinstance(part, dict) else None
        if isinstance(value, str) and addresses.split(value):
            return value
    return ""


def assertion(body: Json, address: str) -> ob2.Assertion:
    """The assertion in a JSON object that was read from `address` (empty when it was sent in). Raises Malformed.

    Its `id` is the hosted address, empty when nobody knows it. A signed one is `urn:openbadges:HOST:UID`, unless it has an
    `id`: a `uid` is unique on its site only, and the site is that of its key, as the Mozilla backpack told them apart.
    """
    inline = _is_inline(body)
    verify = reading.part(body, "verify") if "verify" in body or not inline else {"type": "hosted"}
    hosted = ob2.is_hosted(verify, "verify")
    url = reading.text(verify, "url", required=False)
    uid = _uid(body)
    if url and addresses.split(url) is None:
        raise Malformed('"verify.url" is not a web address.')
    if not hosted and not url:
        raise Malformed('"verify.url" is missing; it must say where the key is.')
    if not hosted and not uid:
        raise Malformed('"uid" is missing.')
    issued = when(body, "issued_on" if "issued_on" in body else "issuedOn")
    if issued is None:
        raise Malformed('"issuedOn" is missing.')
    return ob2.Assertion(
        id=(named(body) or ob2.plain(address).partition("#")[0]) if hosted else _signed_id(body, url, uid),
        uid=uid,
        identity=_identity(body),
        issued_on=issued,
        expires=when(body, "expires"),
        hosted=hosted,
        creator="" if hosted else url,
        badge=ob2.reference(body, "badge"),
        evidence=ob2.evidence(body),
        version="1.1" if any(n in CONTEXTS for n in ob2.contexts(body)) else "1.0",
    )


def award(found: ob2.Assertion, badge: ob2.BadgeClass) -> str:
    """The identifier of a hosted assertion that has no address of its own: who was awarded what, by which site, when.

    The address at which it was read is only how its sender spelled it, and a site may serve it at many (`?`, `?a=1`, `%31`, a slash).
    By any of those it is the same award, as a person's decision on it must be.
    """
    who, what = found.identity, badge.achievement
    told = [who.kind, who.value, who.salt, found.issued_on.isoformat(), what.name, what.criteria]
    digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    return f"urn:openbadges:{quote(badge.issuer.removeprefix('https://'), safe='')}:sha256:{digest}"


def _uid(body: Json) -> str:
    value = body.get("uid")
    return (
        str(value)
        if isinstance(value, int) and not isinstance(value, bool)
        else reading.text(body, "uid", required=False)
    )


def _signed_id(body: Json, key: str, uid: str) -> str:
    own = body.get("id")
    if isinstance(own, str) and addresses.is_uri(own):
        return own
    return f"urn:openbadges:{quote(addresses.origin(key).removeprefix('https://'), safe='')}:{quote(uid, safe='')}"


def _identity(body: Json) -> Identity:
    """The recipient: plain text or a hash with the salt beside it (1.0), or an object as in 2.0, whose `hashed` may be a word."""
    given: Any = body["recipient"]
    if isinstance(given, str):
        salt = body.get("salt")
        value = reading.text(body, "recipient")
        return Identity("email", value, bool(_HASH.fullmatch(value)), salt if isinstance(salt, str) else "")
    members = reading.part(body, "recipient")
    word = {"true": True, "false": False}.get(str(members.get("hashed")).lower(), members.get("hashed"))
    return ob2.identity({"type": "email"} | members | {"hashed": word})


def when(body: Json, field: str) -> datetime | None:
    """The moment in a field, in UTC: seconds since 1970, or ISO 8601, where a day is its beginning and a missing zone is UTC.

    None when the field is not there. Raises Malformed.
    """
    value = body.get(field)
    if value is None or value == "":
        return None
    seconds = ob2.epoch(value)
    if seconds is not None:
        return seconds
    if not isinstance(value, str) or not _WHEN.fullmatch(value):
        raise Malformed(f'"{field}" is not a date.')
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Malformed(f'"{field}" is not a date that exists.') from error


def badge_class(body: Json, address: str) -> ob2.BadgeClass:
    """The badge that was found at `address`, or is inline there: its issuer is then the site it names. Raises Malformed."""
    issuer: Any = body.get("issuer")
    members = cast(Json, issuer) if isinstance(issuer, dict) else {}
    if "origin" not in members:
        return ob2.badge_class(_typed(body, "BadgeClass", address), address)
    site = addresses.origin(reading.text(members, "origin"))
    if not site:
        raise Malformed('"badge.issuer.origin" is not the address of a site.')
    criteria = body.get("criteria")
    return ob2.BadgeClass(
        achievement=Achievement(
            id=criteria if isinstance(criteria, str) and addresses.split(criteria) else address,
            name=reading.text(body, "name"),
            description=reading.text(body, "description", required=False),
            criteria=criteria if isinstance(criteria, str) else "",
            standards=alignments.standards(body),
        ),
        issuer=site,
        embedded=members,
    )


def profile(body: Json, address: str) -> ob2.Profile:
    """The IssuerOrganization that was found at `address`, which is its id unless it has one. Raises Malformed."""
    return ob2.profile(_typed(body, "Issuer", address))


def _typed(body: Json, kind: str, address: str) -> Json:
    """A document with the `type` and `id` that 2.0 asks for and 1.x need not have. Raises Malformed when it is of another kind."""
    said = reading.types({"type": body.get("type", body.get("@type", kind))})
    if not {t.lower() for t in said} & _TYPES[kind]:
        raise Malformed(f'"type" of the document at {address[:200]} does not say {kind}.')
    return {"id": body.get("@id", address)} | body | {"type": kind}


def revoked(body: Json, found: ob2.Assertion) -> str | None:
    """The reason when a list names the assertion: an object of `uid` and reason (1.x), or a RevocationList of 2.0. None when not.

    Raises Malformed when it is neither.
    """
    if "revokedAssertions" in body or "type" in body:
        return ob2.revoked(body, found)
    if not all(isinstance(reason, str) for key, reason in body.items() if not key.startswith("@")):
        raise Malformed("it is not an object of identifiers and reasons.")
    return next((str(body[key]) for key in (found.uid, found.id) if key and key in body), None)
