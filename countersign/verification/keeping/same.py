"""Whether what was examined now is what stands in a case already: the same credential, the same recipient, the same award.

A proven credential is found by its key. What its issuer has taken from its address proves nothing any more and has no such key,
yet it is certain which one it was: the registered site itself calls that address withdrawn.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, cast

from sqlmodel import Session, col, or_, select

from countersign.identity import plain
from countersign.verification.examination import PROVEN, key_of
from countersign.verification.findings import ASK_ISSUER
from countersign.verification.keeping.holding import ended_by_person
from countersign.verification.network import addresses, documents
from countersign.verification.open_badges_2 import ob2
from countersign.verification.proofs import selective
from countersign.verification.trust.registry import Registry
from models.credentials import Check, CheckName, CheckOutcome, Credential, Examination, Fetched, Identity
from models.tables import Case
from models.words import CaseState


def tells_of(examination: Examination, case: Case) -> bool:
    """Whether the examination of a carrier of the case says anything of its credential.

    It does when it proved that very credential, when it found one withdrawn, and when it asked for this one at the address where
    it is hosted, whatever came of that: what the issuer's site says today is its present word. A file that merely proves nothing
    any more, beside another one that does, says nothing.
    """
    if examination.key.startswith(PROVEN):
        return is_proven_to_be(examination, case)
    if examination.verdict[CheckName.status].outcome is CheckOutcome.failed:
        return True
    return any(ob2.is_at(case.credential_id, answer.url) for answer in examination.fetched)


def is_proven_to_be(examination: Examination, case: Case) -> bool:
    """Whether the examination proved who made the credential, and that it is the one of this case."""
    credential = examination.credential
    return (
        credential is not None
        and examination.key.startswith(PROVEN)
        and examination.issuer == case.issuer
        and documents.same(credential.id, case.credential_id)
    )


def withdrawn_case(session: Session, examination: Examination, registry: Registry) -> Case | None:
    """The case of a credential that its issuer's site called withdrawn when it was read there, so that it proved nothing else.

    None when the examination found no such thing, or no case stands for that address.
    """
    status = examination.verdict[CheckName.status].outcome
    if examination.key.startswith(PROVEN) or status is not CheckOutcome.failed:
        return None
    last = examination.fetched[-1] if examination.fetched else None
    named = [examination.credential.id] if examination.credential else []
    named += [last.url, last.final_url] if isinstance(last, Fetched) else []
    places = {plainly for name in named for plainly in (addresses.to_fetch(name), ob2.plain(addresses.to_fetch(name)))}
    keys = {
        key_of(issuer.id, spelled)
        for issuer in registry.issuers
        for place in places
        if issuer.hosts(place)
        for spelled in (place, place.replace("https://", "http://", 1))
    }
    found = session.exec(select(Case).where(col(Case.key).in_(keys)).order_by(col(Case.id)).limit(1)).first()
    return session.get_one(Case, found.joined_to) if found is not None and found.joined_to is not None else found


def said_otherwise(examination: Examination, case: Case) -> Check | None:
    """The failed check that says what a decision rests on and the credential states otherwise than the case does: its recipient,
    achievement, title, date of issue or end of validity. None when it states all of it as the case does, or could not be read."""
    credential = examination.credential
    if credential is None:
        return None
    achievement = credential.achievement
    for name, differs, detail in (
        (CheckName.recipient, names_another(examination, case), "It names its recipient otherwise"),
        (
            CheckName.well_formed,
            not documents.same(achievement.id, case.achievement_id),
            "It is for another achievement",
        ),
        (CheckName.well_formed, achievement.name != case.title, "Its title is another one"),
        (CheckName.dates, credential.issued_on != case.issued_on, "Its date of issue is another one"),
        (CheckName.dates, credential.valid_until != case.valid_until, "Its end of validity is another one"),
    ):
        if differs:
            return Check(name, CheckOutcome.failed, f"{detail} than when it was counted.", ASK_ISSUER)
    return None


def names_another(examination: Examination, case: Case) -> bool:
    """Whether the credential names its recipient otherwise than the case does.

    Identities are a set: no signature over JSON-LD covers their order. Of one that its holder shows in part, fewer of them, or more
    than before, contradict nothing.
    """
    shown = _identities(asdict(i) for i in examination.credential.identities) if examination.credential else set[Any]()
    known = _identities(case.identities)
    if shown == known:
        return False
    return not (_in_part(examination.body) and shown and (shown <= known or known <= shown))


def ended_award(session: Session, credential: Credential, issuer: str) -> Case | None:
    """The case that a person ended and that is the same award: the same issuer's, the same achievement, to the same recipient.

    A person's word is about the award, not about the spelling of an id: under another one it has another key.
    """
    query = (
        select(Case)
        .where(
            col(Case.state) == CaseState.rejected.value,
            col(Case.issuer) == issuer,
            or_(
                col(Case.title) == credential.achievement.name,
                (col(Case.achievement_id) == credential.achievement.id) & (col(Case.achievement_id) != ""),
            ),
        )
        .order_by(col(Case.id))
    )
    mine = {_folded(i) for i in credential.identities}
    for case in session.exec(query):
        if mine & {_folded(Identity(**i)) for i in case.identities} and ended_by_person(session, case):
            return case
    return None


def _identities(rows: Iterable[Mapping[str, Any]]) -> set[tuple[tuple[str, Any], ...]]:
    return {tuple(sorted(row.items())) for row in rows}


def _folded(identity: Identity) -> tuple[str, str]:
    """An identity as it is compared with another one: a plain one without regard to case, a hashed one with its salt."""
    return (identity.value.casefold(), identity.salt) if identity.hashed else (plain(identity), "")


def _in_part(body: Mapping[str, Any]) -> bool:
    """Whether the credential is one of which its holder shows what they choose (ecdsa-sd-2023)."""
    proofs: Any = body.get("proof")
    for proof in cast("list[Any]", proofs if isinstance(proofs, list) else [proofs]):
        if isinstance(proof, dict) and cast("dict[str, Any]", proof).get("cryptosuite") == selective.SUITE:
            return True
    return False
