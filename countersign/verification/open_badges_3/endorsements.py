"""What others say of a proven credential, of its micro-credential and of its issuer: examined and reported, never decisive.

Sources: Open Badges 3.0 §9.1 step 6, §9.2, §B.2 EndorsementCredential. An endorsement counts as proven only when its endorser is in the
registry and a key of theirs signed it. Whatever is wrong in one is told in its own line and nowhere else.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from countersign.verification import reading
from countersign.verification.findings import Finding, bad, clause, ok, unsure
from countersign.verification.judging import dates
from countersign.verification.network import documents
from countersign.verification.network.documents import Missing
from countersign.verification.network.web import Fetcher
from countersign.verification.open_badges_3 import schema
from countersign.verification.reading import Json, Malformed
from countersign.verification.trust.registry import Registry
from countersign.verification.vc import served, vcdm
from countersign.verification.withdrawal import status
from models.credentials import Achievement, Credential, Endorsement

MAX_ENDORSEMENTS = 12
"""So many are examined; a credential that carries more says so in a remark."""

KIND = "EndorsementCredential"


def examined(
    body: Json, credential: Credential, registry: Registry, fetcher: Fetcher, now: datetime
) -> tuple[list[Endorsement], list[str]]:
    """The endorsements within a proven credential, and remarks."""
    found = list(_within(body))
    made = [_one(e, credential, registry, fetcher, now) for e in found[:MAX_ENDORSEMENTS]]
    left = len(found) - len(made)
    return made, [f"It carries {left} more endorsements than are examined."] if left else []


def _within(body: Json) -> Iterator[object]:
    """Every endorsement of the credential, its achievement and its issuer's profile: objects and compact tokens."""
    holders = [body, reading.part(reading.part(body, "credentialSubject"), "achievement")]
    if not isinstance(body.get("issuer"), str):
        holders.append(reading.part(body, "issuer"))
    for holder in holders:
        for member in ("endorsement", "endorsementJwt"):
            value: Any = holder.get(member)
            if value is not None:
                yield from cast(list[Any], value) if isinstance(value, list) else [value]


def _one(found: object, credential: Credential, registry: Registry, fetcher: Fetcher, now: datetime) -> Endorsement:
    """One endorsement, by the steps of §9.2."""
    by_id, by_name, of = "", "", "something else"
    try:
        one = _read(found, now)
        by_id, by_name = one.owner[:500], _name(one.body)
        of = _endorsed(one.body, credential)
        finding = _finding(one, of, credential, registry, fetcher, now)
    except Malformed as error:
        finding = bad(f"It cannot be understood: {clause(str(error))}")
    except Missing as missing:
        finding = missing.finding
    if (issuer := registry.issuer_for(by_id)) is not None and finding.passed:
        by_name = issuer.name
    return Endorsement(by_id, by_name, of or "something else", finding.outcome, finding.detail)


def _read(found: object, now: datetime) -> served.Served:
    if isinstance(found, str):
        return served.read(found, now)
    if isinstance(found, dict):
        return served.Served(cast(Json, found), None)
    raise Malformed("it is neither an object nor a token.")


def _finding(
    one: served.Served, of: str, credential: Credential, registry: Registry, fetcher: Fetcher, now: datetime
) -> Finding:
    body = one.body
    # 1. It conforms
    reading.require_type(body, frozenset({KIND}))
    schema.check_endorsement(body)
    begins, ends = vcdm.validity(body)
    if not of:
        return bad("It endorses something else than this credential, its micro-credential or its issuer.")
    # 2. Its proof, by a registered endorser only
    issuer = registry.issuer_for(one.owner)
    if issuer is None:
        return unsure("Its endorser is not in the affiliate's registry, so that it is only their claim.", "")
    if not one.signed:
        return bad("It is not signed: anybody could have written it.")
    proof = one.proof(issuer, begins, now, fetcher)
    if not proof.passed:
        return proof
    # 4. Its dates and its status
    itself = _as_credential(body, begins, ends, credential)
    for finding in (dates(itself, now), status.check(body, itself, issuer, fetcher, now)):
        if not finding.passed:
            return finding
    return ok(f"{issuer.name} endorses {of}.")


def _name(body: Json) -> str:
    named: Any = body.get("issuer")
    name: Any = cast(Json, named).get("name") if isinstance(named, dict) else ""
    return name[:200] if isinstance(name, str) else ""


def _endorsed(body: Json, credential: Credential) -> str:
    """What it is about, by the id of its subject; empty when it is about something else."""
    named = reading.part(body, "credentialSubject").get("id")
    for identifier, words in (
        (credential.id, "the award"),
        (credential.achievement.id, "the micro-credential"),
        (credential.issuer_id, "the issuer"),
    ):
        if documents.same(named, identifier):
            return words
    return ""


def _as_credential(body: Json, begins: datetime, ends: datetime | None, endorsed: Credential) -> Credential:
    """The endorsement's own id and dates, for the checks that every credential undergoes."""
    return Credential(
        version=endorsed.version,
        id=reading.uri(body),
        issuer_id=served.Served(body, None).owner,
        issuer_name="",
        achievement=Achievement(id="", name=""),
        issued_on=begins,
        valid_until=ends,
        identities=(),
    )
