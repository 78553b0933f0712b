"""What lies in a certificate's file besides the page: the micro-credential as its issuer gave it out, and the verdict on it.

Whoever gets the paper can check both without asking us. The verdict always lies in it. The micro-credential does unless it
is too large for a portal that takes small files, or says what must not go round with a licence file: a birth date, a
national number, words about the work handed in, which may be about students. A signed credential cannot be shortened
without breaking its signature, so then it is left out whole; the verdict names its SHA-256 and says why.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, cast

from sqlmodel import col, select

from countersign.embedded import Embedded
from countersign.store import Store
from models.credentials import VerdictOutcome
from models.tables import Case, VerdictRecord

LARGEST = 256 * 1024
CREDENTIAL, VERDICT = "micro-credential", "verdict.json"
CREDENTIAL_SAID = "The micro-credential as its issuer gave it out"
VERDICT_SAID = "How the micro-credential was verified before this certificate was issued"

_BORN = frozenset({"dateofbirth", "birthdate", "birthday", "dob"})
_NUMBERED = frozenset({"ssn", "socialsecuritynumber", "nationalidentitynumber", "nationalid"})
_SSN = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
_TOKEN = re.compile(rb"\s*[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\s*\Z")


def enclose(store: Store, case: Case) -> list[dict[str, str]]:
    """What is to be embedded in the certificate of `case`, kept in the evidence store: rows of `printed["embedded"]`, each
    {name, sha256, media_type, relationship, description, modified}. Empty when there is no verdict on the case.

    Raises CountersignError when the credential was changed on disk, and Outage.
    """
    verdict = _verdict(store, case.id)
    if verdict is None:
        return []
    held = case.document_sha256
    document = store.evidence.get(held) if held and store.evidence.path(held).exists() else None
    media_type, why_not = judged(document)
    rows: list[dict[str, str]] = []
    if document is not None and not why_not:
        name = f"{CREDENTIAL}.{'jwt' if media_type == 'application/jwt' else 'json'}"
        rows.append(_row(name, held, media_type, "Source", CREDENTIAL_SAID, case.received_at))
    said = verdict_file(case, verdict, rows[0]["name"] if rows else "", why_not)
    rows.append(_row(VERDICT, store.evidence.put(said), "application/json", "Supplement", VERDICT_SAID, verdict.at))
    return rows


def enclosed(store: Store, printed: Mapping[str, Any]) -> tuple[Embedded, ...]:
    """The files that `printed` names, read from the evidence store. Raises CountersignError when one is gone or damaged."""
    rows: Sequence[Mapping[str, Any]] = printed.get("embedded", ())
    return tuple(
        Embedded(
            name=row["name"],
            content=store.evidence.get(row["sha256"]),
            media_type=row["media_type"],
            relationship=row["relationship"],
            description=row["description"],
            modified=date.fromisoformat(row["modified"]),
        )
        for row in rows
    )


def verdict_file(case: Case, verdict: VerdictRecord, embedded_as: str, why_not: str) -> bytes:
    """`verdict.json`: what was examined, by which checks, when, with which registry of issuers, and which documents were
    looked up. The same rows give the same bytes. No identity of the educator is in it."""
    looked_up = [{k: e[k] for k in ("url", "sha256", "at") if k in e} for e in verdict.evidence if "sha256" in e]
    credential = {"id": case.credential_id, "version": case.version, "sha256": case.document_sha256}
    credential |= {"embedded_as": embedded_as} if embedded_as else {"not_embedded_because": why_not}
    said = {
        "micro_credential": credential,
        "issuer": {"registry_id": case.issuer, "name": case.issuer_name},
        "outcome": verdict.outcome,
        "examined_at": verdict.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "checks": [{k: c.get(k, "") for k in ("name", "outcome", "detail")} for c in verdict.checks],
        "remarks": list(verdict.remarks),
        "looked_up": looked_up,
        "registry_sha256": verdict.registry_sha256,
        "software": f"Countersign {verdict.software.removeprefix('countersign ')}".strip(),
    }
    return (json.dumps(said, ensure_ascii=False, indent=2) + "\n").encode()


def judged(document: bytes | None) -> tuple[str, str]:
    """The media type of a credential, and why it is not embedded: a clause for people, empty when it is."""
    if document is None:
        return "", "its original is not kept"
    if len(document) > LARGEST:
        return "", f"it has {len(document):,} bytes, more than {LARGEST:,}"
    token = _TOKEN.match(document)
    try:
        body: Any = json.loads(_unpacked(token.group(1)) if token else document)
    except (ValueError, RecursionError):
        return "", "it is neither JSON nor a signed token"
    return "application/jwt" if token else "application/json", next(_private(body), "")


def _unpacked(text: bytes) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def _private(body: Any) -> Iterator[str]:
    """Why a credential with this content must not go round, for each place that says so."""
    waiting: list[tuple[str, Any, str]] = [("", body, "")]
    while waiting:
        name, value, within = waiting.pop()
        if isinstance(value, dict):
            below = "evidence" if "evidence" in (name, within) else name
            members = cast("dict[str, Any]", value)
            waiting.extend((re.split(r"[:/#]", key)[-1].casefold(), one, below) for key, one in members.items())
        elif isinstance(value, list):
            waiting.extend((name, one, within) for one in cast("list[Any]", value))
        elif value:
            yield from _said(name, str(value), within)


def _said(name: str, value: str, within: str) -> Iterator[str]:
    if name in _BORN:
        yield "it gives a date of birth"
    if name in _NUMBERED or value.casefold() in _NUMBERED or _SSN.search(value):
        yield "it gives a national identity number"
    words = name == "narrative" and within != "criteria"
    if words or ("evidence" in (name, within) and (name == "description" or value.startswith("data:"))):
        yield "it tells of the work that was handed in, which may be about students"


def _row(name: str, sha256: str, media_type: str, relationship: str, description: str, at: datetime) -> dict[str, str]:
    return {
        "name": name,
        "sha256": sha256,
        "media_type": media_type,
        "relationship": relationship,
        "description": description,
        "modified": at.astimezone(UTC).date().isoformat(),
    }


def _verdict(store: Store, case_id: int) -> VerdictRecord | None:
    """The last verdict that proved the case; the last of all when none did and a person let it count."""
    query = select(VerdictRecord).where(col(VerdictRecord.case_id) == case_id).order_by(col(VerdictRecord.id).desc())
    with store.reading() as session:
        proven = session.exec(query.where(col(VerdictRecord.outcome) == VerdictOutcome.verified).limit(1)).first()
        return proven or session.exec(query.limit(1)).first()
