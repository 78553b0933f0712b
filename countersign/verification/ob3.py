"""Open Badges 3.0 as data: an OpenBadgeCredential on either VC data model read into a value.

Source: Open Badges 3.0 (1EdTech), §B.1 AchievementCredential, AchievementSubject, Achievement, IdentityObject; VC Data Model
1.1 §4 and 2.0 §4.
"""

import re
from datetime import UTC, datetime
from typing import Any, cast

from countersign.verification import addresses, reading
from countersign.verification.reading import Json, Malformed
from models.credentials import Achievement, Credential, Identity

VC1 = "https://www.w3.org/2018/credentials/v1"
VC2 = "https://www.w3.org/ns/credentials/v2"
_OB3 = re.compile(r"https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.0\.\d+)?\.json")
_TYPES = frozenset({"OpenBadgeCredential", "AchievementCredential"})


class UnknownVocabulary(ValueError):
    """The credential uses words nobody here knows; `str()` names where they would be defined."""


def is_one(body: Json) -> bool:
    """Whether a JSON object presents itself as a verifiable credential."""
    names = _contexts(body)
    return VC1 in names or VC2 in names or "credentialSubject" in body


def check_context(body: Json) -> None:
    """The base context first, and Open Badges 3.0 among the others. Raises Malformed or UnknownVocabulary."""
    names = _contexts(body)
    if not names or names[0] not in (VC1, VC2):
        raise Malformed(f'"@context" does not begin with {VC2} or {VC1}.')
    if any(isinstance(n, str) and _OB3.fullmatch(n) for n in names):
        return
    others = [n for n in names[1:] if isinstance(n, str)]
    if others:
        raise UnknownVocabulary(f"It uses the vocabulary {others[0][:200]}, not a published one of Open Badges 3.0.")
    raise Malformed('"@context" does not name Open Badges 3.0.')


def credential(body: Json) -> Credential:
    """The credential in a JSON object whose context was checked. Raises Malformed, naming the field."""
    reading.require_type(body, frozenset({"VerifiableCredential"}))
    reading.require_type(body, _TYPES)
    subject = reading.part(body, "credentialSubject")
    reading.require_type(subject, frozenset({"AchievementSubject"}), "credentialSubject.")
    issued, until = validity(body)
    issuer_id, issuer_name = issuer(body)
    for entry in reading.parts(body, "evidence"):
        reading.require_type(entry, frozenset({"Evidence"}), "evidence.")
    return Credential(
        version="3.0",
        id=reading.uri(body),
        issuer_id=issuer_id,
        issuer_name=issuer_name,
        achievement=_achievement(reading.part(subject, "achievement", "credentialSubject.")),
        issued_on=issued,
        valid_until=until,
        identities=_identities(subject),
        evidence_urls=tuple(
            i for e in reading.parts(body, "evidence") if isinstance(i := e.get("id"), str) and addresses.split(i)
        ),
    )


def issuer(body: Json) -> tuple[str, str]:
    """The issuer's id and claimed name (empty when it gives only an id)."""
    value: Any = body.get("issuer")
    if isinstance(value, str):
        return reading.uri(body, "issuer"), ""
    profile = reading.part(body, "issuer")
    reading.require_type(profile, frozenset({"Profile"}), "issuer.")
    return reading.uri(profile, of="issuer."), reading.text(profile, "name", required=False)


def validity(body: Json) -> tuple[datetime, datetime | None]:
    """From when and until when it is valid, in either data model's words; the narrower when it uses both."""
    starts = [m for f in ("validFrom", "issuanceDate") if (m := reading.moment(body, f))]
    ends = [m for f in ("validUntil", "expirationDate") if (m := reading.moment(body, f))]
    if not starts:
        raise Malformed(f'"{"issuanceDate" if VC1 in _contexts(body) else "validFrom"}" is missing.')
    return max(starts), min(ends, default=None)


def _achievement(body: Json) -> Achievement:
    where = "credentialSubject.achievement."
    reading.require_type(body, frozenset({"Achievement"}), where)
    criteria = reading.part(body, "criteria", where)
    return Achievement(
        id=reading.uri(body, of=where),
        name=reading.text(body, "name"),
        description=reading.text(body, "description"),
        criteria=reading.text(criteria, "narrative", required=False) or reading.text(criteria, "id", required=False),
    )


def _identities(subject: Json) -> tuple[Identity, ...]:
    """E-mail addresses first, then other identities, then the subject's own id."""
    found: list[Identity] = []
    for entry in reading.parts(subject, "identifier", "credentialSubject."):
        reading.require_type(entry, frozenset({"IdentityObject"}), "credentialSubject.identifier.")
        hashed = entry.get("hashed", False)
        if not isinstance(hashed, bool):
            raise Malformed('"credentialSubject.identifier.hashed" is neither true nor false.')
        value = reading.text(entry, "identityHash")
        found.append(
            Identity(
                kind=reading.text(entry, "identityType"),
                value=value,
                hashed=hashed or value.lower().startswith(("sha256$", "md5$")),
                salt=reading.text(entry, "salt", required=False),
            )
        )
    found.sort(key=lambda i: i.kind != "emailAddress")
    if subject.get("id") is not None:
        found.append(Identity(kind="id", value=reading.uri(subject, of="credentialSubject.")))
    return tuple(found)


def _contexts(body: Json) -> list[Any]:
    value: Any = body.get("@context")
    return cast(list[Any], value if isinstance(value, list) else [value])


def from_claims(claims: Json) -> Json:
    """The credential in a JWT's claims: the `vc` claim (VC Data Model 1.1 §6.3.1) or the claims themselves (OB 3.0 §8.2.4).

    What the registered claims say must be what the credential says; what the credential leaves out they supply. Raises Malformed.
    """
    body = dict(claims)
    if "vc" in claims:
        if not isinstance(claims["vc"], dict):
            raise Malformed('"vc" is not an object.')
        if "@context" in claims or "credentialSubject" in claims:
            raise Malformed("The token holds two credentials, one in “vc” and one beside it.")
        body = dict(cast(Json, claims["vc"]))
    _same(claims, "jti", body, "id")
    if "iss" in claims:
        issuer_field: Any = body.get("issuer")
        if isinstance(issuer_field, dict):
            _same(claims, "iss", cast(Json, issuer_field), "id", "issuer.")
        else:
            _same(claims, "iss", body, "issuer")
    subject: Any = body.get("credentialSubject")
    if "sub" in claims and isinstance(subject, dict):
        inner = dict(cast(Json, subject))
        _same(claims, "sub", inner, "id", "credentialSubject.")
        body["credentialSubject"] = inner
    model_1 = VC1 in _contexts(body)
    _same_moment(claims, "nbf", body, ("issuanceDate", "validFrom") if model_1 else ("validFrom", "issuanceDate"))
    _same_moment(claims, "exp", body, ("expirationDate", "validUntil") if model_1 else ("validUntil", "expirationDate"))
    return body


def _same(claims: Json, claim: str, body: Json, field: str, of: str = "") -> None:
    if claim not in claims:
        return
    if not isinstance(claims[claim], str):
        raise Malformed(f'"{claim}" is not text.')
    if body.setdefault(field, claims[claim]) != claims[claim]:
        raise Malformed(f'The token says one thing in "{claim}" and its credential another in "{of}{field}".')


def _same_moment(claims: Json, claim: str, body: Json, fields: tuple[str, str]) -> None:
    """A NumericDate claim (RFC 7519 §2) against the body's dates, compared to the second; supplied when it has none."""
    if claim not in claims:
        return
    value: Any = claims[claim]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 253402300800:
        raise Malformed(f'"{claim}" is not a date.')
    said = [(f, m) for f in fields if (m := reading.moment(body, f))]
    for field, found in said:
        if int(found.timestamp()) != int(value):
            raise Malformed(f'The token says one date in "{claim}" and its credential another in "{field}".')
    if not said:
        body[fields[0]] = datetime.fromtimestamp(int(value), UTC).isoformat().replace("+00:00", "Z")
