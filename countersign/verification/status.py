"""Whether an Open Badges 3.0 credential was withdrawn: 1EdTechRevocationList and BitstringStatusListEntry.

Sources: 1EdTech Revocation List Status Method 1.0; W3C Bitstring Status List 1.0 §3.2 (validate algorithm). A kind of status that is
not known here holds the credential: it may well be withdrawn.
"""

import zlib
from datetime import datetime
from typing import Any, cast

from countersign.verification import addresses, documents, extraction, jose, keys, ob3, ob3_proof, reading, strictjson
from countersign.verification.checks import ASK_ISSUER, FOR_STAFF, Finding, bad, later, ok, unsure
from countersign.verification.documents import Missing
from countersign.verification.reading import Json, Malformed
from countersign.verification.registry import Issuer
from countersign.verification.web import Fetcher
from models.credentials import Credential

MAX_ENTRIES = 8
MIN_BITS = 131_072
MAX_LIST_BYTES = 16_000_000


def check(body: Json, credential: Credential, issuer: Issuer, fetcher: Fetcher, now: datetime) -> Finding:
    """The finding on every status entry of a proven credential; the worst one counts."""
    try:
        entries = reading.parts(body, "credentialStatus")
    except Malformed as error:
        return unsure(str(error), FOR_STAFF)
    if not entries:
        return ok(f"{issuer.name} gave no way to withdraw it.")
    if len(entries) > MAX_ENTRIES:
        return unsure(f"It names {len(entries)} status lists, more than are examined.", FOR_STAFF)
    findings = [_entry(e, credential, issuer, fetcher, now) for e in entries]
    findings.sort(key=lambda f: ("failed", "indeterminate", "passed").index(f.outcome.value))
    return findings[0]


def _entry(entry: Json, credential: Credential, issuer: Issuer, fetcher: Fetcher, now: datetime) -> Finding:
    try:
        kinds = reading.types(entry, "credentialStatus.")
        if kinds == frozenset({"1EdTechRevocationList"}):
            return _revocation_list(entry, credential, issuer, fetcher)
        if kinds == frozenset({"BitstringStatusListEntry"}):
            return _bitstring(entry, issuer, fetcher, now)
    except Missing as missing:
        return missing.finding
    except Malformed as error:
        return unsure(f"The list of withdrawn credentials cannot be understood: {error}", FOR_STAFF)
    return unsure(
        f"Its status is kept as {', '.join(sorted(kinds))[:80]}, which cannot be checked here yet.", FOR_STAFF
    )


def _revocation_list(entry: Json, credential: Credential, issuer: Issuer, fetcher: Fetcher) -> Finding:
    """A served list of the ids of withdrawn credentials; its address is part of what the issuer signed."""
    served = documents.read(
        fetcher, reading.uri(entry, of="credentialStatus."), "The list of withdrawn credentials"
    ).body
    owner = served.get("issuer")
    owner = cast(Json, owner).get("id") if isinstance(owner, dict) else owner
    if owner is not None and not documents.same(owner, credential.issuer_id):
        return unsure("The list of withdrawn credentials belongs to another issuer.", FOR_STAFF)
    listed: Any = served.get("revokedCredentials", served.get("revokedCredential"))
    if not isinstance(listed, list):
        raise Malformed('"revokedCredentials" is missing or not a list.')
    for one in cast(list[Any], listed):
        members = cast(Json, one) if isinstance(one, dict) else {"id": one}
        if documents.same(members.get("id"), credential.id):
            reason = members.get("revocationReason", members.get("reason"))
            said = f" (its reason: {reason[:200]})" if isinstance(reason, str) and reason else ""
            return bad(f"The issuer has withdrawn this credential{said}.", ASK_ISSUER)
    return ok(f"It is not on the list of credentials that {issuer.name} has withdrawn.")


def _bitstring(entry: Json, issuer: Issuer, fetcher: Fetcher, now: datetime) -> Finding:
    """One bit in a compressed list, which is itself a credential that the same issuer must have signed."""
    purpose = reading.text(entry, "statusPurpose")
    if purpose not in ("revocation", "suspension"):
        return unsure(f"Its status serves the purpose {purpose[:40]!r}, which is not known here.", FOR_STAFF)
    if entry.get("statusSize", 1) != 1 or isinstance(entry.get("statusSize"), bool):
        return unsure("Its status takes more than one bit, which cannot be checked here yet.", FOR_STAFF)
    index = _index(entry.get("statusListIndex"))
    address = reading.uri(entry, "statusListCredential", "credentialStatus.")
    answer = documents.fetch(fetcher, address, "The status list")
    subject, finding = _proven_list(answer.content, address, issuer, fetcher, now)
    if not finding.passed:
        return finding
    purposes = reading.texts(subject, "statusPurpose")
    if purpose not in purposes:
        raise Malformed('"statusPurpose" of the list is not that of the credential.')
    bits = _unpacked(subject)
    if index >= len(bits) * 8:
        raise Malformed('"statusListIndex" lies beyond the list.')
    if bits[index // 8] >> (7 - index % 8) & 1:
        word = "withdrawn" if purpose == "revocation" else "suspended"
        return bad(f"The issuer has {word} this credential.", ASK_ISSUER)
    return ok(f"It is not marked as withdrawn on the status list of {issuer.name}.")


def _proven_list(content: bytes, address: str, issuer: Issuer, fetcher: Fetcher, now: datetime) -> tuple[Json, Finding]:
    """The subject of a BitstringStatusListCredential, and whether the list is the issuer's own, proven and in force."""
    try:
        text = content.decode("utf-8").strip()
        if extraction.COMPACT_JWS.fullmatch(text):
            token = jose.parse(text)
            body = ob3.from_claims(token.payload)
        else:
            token, body = None, strictjson.parse_object(content)
    except (UnicodeDecodeError, strictjson.JsonProblem, jose.BadToken) as error:
        raise Malformed("it is neither a JSON credential nor a token that can be checked.") from error
    reading.require_type(body, frozenset({"BitstringStatusListCredential"}), "list.")
    owner: Any = body.get("issuer")
    owner = cast(Json, owner).get("id") if isinstance(owner, dict) else owner
    if not isinstance(owner, str) or addresses.normal(owner) not in issuer.ids | issuer.dids:
        return {}, unsure(f"The status list is not one of {issuer.name}.", FOR_STAFF)
    if body.get("id") is not None and not documents.same(body.get("id"), address):
        return {}, unsure("The address of the status list serves another list.", FOR_STAFF)
    issued, until = ob3.validity(body)
    if issued > now or (until is not None and until <= now):
        return {}, later("The status list is out of date.")
    proof = (
        ob3_proof.of_token(token, issuer, issued, fetcher)
        if token
        else ob3_proof.of_document(body, issuer, issued, now, fetcher)
    )
    if not proof.passed:
        return {}, unsure(f"The status list itself is not proven: {proof.detail}", FOR_STAFF)
    subject = reading.part(body, "credentialSubject", "list.")
    reading.require_type(subject, frozenset({"BitstringStatusList"}), "list.credentialSubject.")
    return subject, proof


def _index(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise Malformed('"statusListIndex" is not a number.')


def _unpacked(subject: Json) -> bytes:
    """The list's bytes: multibase base64url of gzip, bounded while it opens (§4.2)."""
    encoded = subject.get("encodedList")
    if not isinstance(encoded, str) or not encoded.startswith("u"):
        raise Malformed('"encodedList" is not multibase base64url.')
    try:
        inflater = zlib.decompressobj(wbits=31)
        bits = inflater.decompress(keys.base64url(encoded[1:].rstrip("=")), MAX_LIST_BYTES + 1)
    except (keys.KeyProblem, zlib.error) as error:
        raise Malformed('"encodedList" cannot be unpacked.') from error
    if len(bits) > MAX_LIST_BYTES or not inflater.eof:
        raise Malformed('"encodedList" is too large or cut off.')
    if len(bits) * 8 < MIN_BITS:
        raise Malformed(f'"encodedList" has fewer than {MIN_BITS:,} entries.')
    return bits
