"""Open Badges 3.0 as data: an OpenBadgeCredential on either VC data model read into a value.

Source: Open Badges 3.0 (1EdTech), §B.1 AchievementCredential, AchievementSubject, Achievement, IdentityObject; VC Data Model
1.1 §4 and 2.0 §4.
"""

import re
from typing import Any

from countersign.verification import alignments, reading
from countersign.verification.network import addresses
from countersign.verification.open_badges_3 import schema
from countersign.verification.proofs import contexts
from countersign.verification.reading import Json, Malformed
from countersign.verification.vc import vcdm
from countersign.verification.vc.vcdm import VC1, VC2
from models.credentials import Achievement, Credential, Identity

_OB3 = re.compile(r"https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.0\.\d+)?\.json")
_TYPES = frozenset({"OpenBadgeCredential", "AchievementCredential"})


class UnknownVocabulary(ValueError):
    """The credential uses words nobody here knows; `str()` names where they would be defined."""


def is_one(body: Json) -> bool:
    """Whether a JSON object presents itself as a verifiable credential."""
    names = vcdm.contexts(body)
    return VC1 in names or VC2 in names or "credentialSubject" in body


def check_context(body: Json) -> None:
    """The base context first, and Open Badges 3.0 among the others. Raises Malformed or UnknownVocabulary."""
    names = vcdm.contexts(body)
    if not names or names[0] not in (VC1, VC2):
        raise Malformed(f'"@context" does not begin with {VC2} or {VC1}.')
    if any(isinstance(n, str) and _OB3.fullmatch(n) for n in names):
        return
    others = [n for n in names[1:] if isinstance(n, str)]
    if others:
        raise UnknownVocabulary(f"It uses the vocabulary {others[0][:200]}, not a published one of Open Badges 3.0.")
    raise Malformed('"@context" does not name Open Badges 3.0.')


def vocabularies(body: Json) -> list[str]:
    """The vocabularies beside the standard's own that it names, of which nothing here reads a word."""
    named = [n for n in vcdm.contexts(body)[1:] if isinstance(n, str)]
    return [n[:200] for n in named if not _OB3.fullmatch(n) and n not in contexts.FILES]


def conforming(body: Json) -> Credential:
    """The credential in a JSON object that conforms to the specification (Open Badges 3.0 §9.1 step 1): its vocabularies, the
    fields that decisions read, then the published schema. Raises Malformed or UnknownVocabulary."""
    check_context(body)
    found = credential(body)
    schema.check(body)
    return found


def credential(body: Json) -> Credential:
    """The credential in a JSON object whose context was checked. Raises Malformed, naming the field."""
    reading.require_type(body, frozenset({"VerifiableCredential"}))
    reading.require_type(body, _TYPES)
    subject = _subject(body)
    reading.require_type(subject, frozenset({"AchievementSubject"}), "credentialSubject.")
    issued, until = vcdm.validity(body)
    issuer_id, issuer_name = issuer(body)
    evidence = reading.parts(body, "evidence")
    for entry in evidence:
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
        evidence_urls=tuple([i for e in evidence if isinstance(i := e.get("id"), str) and addresses.split(i)]),
    )


def _subject(body: Json) -> Json:
    """The one recipient (Open Badges 3.0 §1.5: "a single Credential Subject"); a list of one is one."""
    subjects = reading.parts(body, "credentialSubject")
    if len(subjects) > 1:
        raise Malformed(
            f"It is awarded to {len(subjects)} recipients at once (credentialSubject); Open Badges has one credential for each."
        )
    if not subjects:
        raise Malformed('"credentialSubject" is missing.')
    return subjects[0]


def issuer(body: Json) -> tuple[str, str]:
    """The issuer's id and claimed name (empty when it gives only an id)."""
    value: Any = body.get("issuer")
    if isinstance(value, str):
        return reading.uri(body, "issuer"), ""
    profile = reading.part(body, "issuer")
    reading.require_type(profile, frozenset({"Profile"}), "issuer.")
    return reading.uri(profile, of="issuer."), reading.text(profile, "name", required=False)


def _achievement(body: Json) -> Achievement:
    where = "credentialSubject.achievement."
    reading.require_type(body, frozenset({"Achievement"}), where)
    criteria = reading.part(body, "criteria", where)
    return Achievement(
        id=reading.uri(body, of=where),
        name=reading.text(body, "name", where),
        description=reading.text(body, "description", where),
        criteria=reading.text(criteria, "narrative", f"{where}criteria.", required=False)
        or reading.text(criteria, "id", f"{where}criteria.", required=False),
        standards=alignments.standards(body),
    )


def _identities(subject: Json) -> tuple[Identity, ...]:
    """E-mail addresses first, then other identities, then the subject's own id."""
    found: list[Identity] = []
    where = "credentialSubject.identifier."
    for entry in reading.parts(subject, "identifier", "credentialSubject."):
        reading.require_type(entry, frozenset({"IdentityObject"}), where)
        hashed = entry.get("hashed", False)
        if not isinstance(hashed, bool):
            raise Malformed(f'"{where}hashed" is neither true nor false.')
        value = reading.text(entry, "identityHash", where)
        found.append(
            Identity(
                kind=reading.text(entry, "identityType", where),
                value=value,
                hashed=hashed or value.lower().startswith(("sha256$", "md5$")),
                salt=reading.text(entry, "salt", where, required=False),
            )
        )
    found.sort(key=lambda i: i.kind != "emailAddress")
    if subject.get("id") is not None:
        found.append(Identity(kind="id", value=reading.uri(subject, of="credentialSubject.")))
    return tuple(found)
