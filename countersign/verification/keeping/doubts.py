"""Doubts about what was already granted: what opens one, what it says, and what a person decides.

Three kinds (`models.words.Doubt`): its issuer has withdrawn it, or it fails another check; it is unclear whether it is genuine;
or it could not be looked up. One is open at a time, the graver one.

Nothing that was granted is taken back by itself. As long as a doubt is open, the case's lines stay out of HR's packages
(`reporting`); a person keeps it, and they go out with the next one, or withdraws it, and the ledger takes back what was
given. What a person has kept is not asked again as long as nothing else is found.
"""

from datetime import datetime

from sqlmodel import Session, col, exists, or_, select

from countersign import audit, review
from countersign.errors import UsageError
from countersign.store import Store
from countersign.verification.codes import DOUBTS, NOT_RECHECKED, REVOKED_LATER, TWO_CONTENTS, UNCLEAR
from countersign.verification.findings import in_words
from countersign.verification.keeping.holding import next_look
from models.credentials import Check, CheckName, CheckOutcome, VerdictOutcome
from models.tables import Case, Certificate, CreditRequest, PackageLine, Posting, ReviewItem, VerdictRecord
from models.words import CaseState, CreditState, Owner, PaperState, PostingKind, Recheck

ACTOR = "verification"
LISTED = 3
"""How many probable corrections and papers a sentence names."""


def withdrawn(session: Session, case: Case, check: Check, now: datetime) -> None:
    """Put before a person that `check` speaks against a case that counts."""
    subject = f"case:{case.id}"
    sentence = _sentence(session, case, check)
    _make_way(session, case, now, UNCLEAR, NOT_RECHECKED)
    if _kept(session, case, REVOKED_LATER, sentence):
        return
    if not review.is_open(session, subject=subject, code=REVOKED_LATER):
        audit.record(session, at=now, actor=ACTOR, action="case in doubt", subject=subject, check=check.name.value)
    review.hold(
        session,
        subject=subject,
        code=REVOKED_LATER,
        sentence=sentence,
        next_step=_next_step(session, case, check),
        owner=Owner.staff,
        now=now,
    )


def unclear(session: Session, case: Case, check: Check, now: datetime) -> None:
    """Put before a person that `check` could not be carried out on a case that counts, and that time alone will not change
    that: it was looked at, and a person has to find out whether it is genuine."""
    subject = f"case:{case.id}"
    if review.is_open(session, subject=subject, code=REVOKED_LATER):
        return  # it waits for a person anyway
    sentence = f'{case.label}, "{case.title}", was counted, and is in doubt now. {check.detail}'
    if _kept(session, case, UNCLEAR, sentence):
        release(session, case, now, "A person decided that it counts.")
        return
    _make_way(session, case, now, NOT_RECHECKED)
    item = _open(session, case, UNCLEAR)
    again = next_look(item.opened_at if item else now, now, retry=False)
    if item is None:
        audit.record(session, at=now, actor=ACTOR, action="case in doubt", subject=subject, check=check.name.value)
    review.hold(
        session,
        subject=subject,
        code=UNCLEAR,
        sentence=sentence,
        next_step=_next_step(session, case, check),
        owner=Owner.staff,
        now=now,
        look_again_at=again,
    )


def unanswered(session: Session, case: Case, check: Check, now: datetime) -> None:
    """Note that a case which counts could not be looked up again, and that time may heal that. What a person has kept although
    its issuer withdrew it does not wait for a site."""
    subject = f"case:{case.id}"
    if any(review.is_open(session, subject=subject, code=code) for code in (REVOKED_LATER, UNCLEAR)):
        return  # it waits for a person anyway
    to_hr = goes_to_hr(session, case.id)
    before = " before it is paid" if to_hr else ""
    sentence = f'{case.label}, "{case.title}", could not be looked up again{before}. {check.detail}'
    if _kept(session, case, NOT_RECHECKED, sentence) or _kept(session, case, REVOKED_LATER):
        release(session, case, now, "A person decided that it counts.")
        return
    out = "what HR has not had of it goes" if _went_to_hr(session, case.id) else "goes"
    item = _open(session, case, NOT_RECHECKED)
    again = next_look(item.opened_at if item else now, now, retry=True)
    if item is not None and item.sentence == sentence and again <= now:
        return  # every run looks, and nothing is different: nothing to tell
    if item is None:
        audit.record(session, at=now, actor=ACTOR, action="case not looked up", subject=subject, check=check.name.value)
    review.hold(
        session,
        subject=subject,
        code=NOT_RECHECKED,
        sentence=sentence,
        next_step=(
            f"Nothing to do: it is tried again by itself{f', and {out} out with the next package once it is proven' if to_hr else ''}. "
            f"If the issuer's site is gone for good,{' agree with HR:' if to_hr else ''} {_choice(session, case)}"
        ),
        owner=Owner.nobody,
        now=now,
        look_again_at=again,
    )


def found(session: Session, case: Case) -> Recheck:
    """What a look that did not prove the case came to, after it was written down."""
    codes = {code for code in DOUBTS if review.is_open(session, subject=f"case:{case.id}", code=code)}
    if not codes:
        return Recheck.kept
    return Recheck.not_looked_up if codes == {NOT_RECHECKED} else Recheck.in_doubt


def goes_to_hr(session: Session, case_id: int) -> bool:
    """Whether anything that was granted for the case goes, or went, to a district's HR."""
    return session.exec(
        select(
            exists().where(
                col(Posting.case_id) == case_id,
                col(Posting.kind) == PostingKind.grant.value,
                col(Posting.pay_month) != "",
            )
        )
    ).one()


def _went_to_hr(session: Session, case_id: int) -> bool:
    """Whether something of the case was reported to a district's HR already, in an earlier month."""
    went = exists().where(col(PackageLine.posting_id) == col(Posting.id), col(Posting.case_id) == case_id)
    return session.exec(select(went)).one()


def release(session: Session, case: Case, now: datetime, resolution: str) -> None:
    """Close the open doubts about a case: it was proven again."""
    for code in DOUBTS:
        review.release(session, subject=f"case:{case.id}", now=now, by=ACTOR, resolution=resolution, code=code)


def keep_case(store: Store, case_id: int, by: str, reason: str, now: datetime) -> None:
    """A person keeps what is in doubt: it counts as it did, and the same finding does not open a doubt again.

    Raises UsageError when nothing about the case is in doubt.
    """
    with store.transaction() as session:
        case = _in_doubt(session, case_id, by, reason)
        for code in DOUBTS:
            review.release(session, subject=f"case:{case.id}", now=now, by=by, resolution=f"Kept: {reason}", code=code)
        audit.record(session, at=now, actor=by, action="case kept", subject=f"case:{case.id}")


def withdraw_case(store: Store, case_id: int, by: str, reason: str, now: datetime) -> None:
    """A person ends a case that is in doubt: rejected for good. The next nightly run refuses what was granted for it, takes
    it back in the ledger and revokes its certificates. Raises UsageError when nothing about the case is in doubt."""
    with store.transaction() as session:
        case = _in_doubt(session, case_id, by, reason)
        case.state, case.look_again_at = CaseState.rejected.value, None
        session.add(case)
        for code in (*DOUBTS, TWO_CONTENTS):
            resolution = f"Withdrawn: {reason}"
            review.release(session, subject=f"case:{case.id}", now=now, by=by, resolution=resolution, code=code)
        audit.record(session, at=now, actor=by, action="case withdrawn", subject=f"case:{case.id}")


def _in_doubt(session: Session, case_id: int, by: str, reason: str) -> Case:
    if not by.strip() or not reason.strip():
        raise UsageError("A decision needs who made it and why.", "Give --by NAME and --reason TEXT.")
    case = session.get(Case, case_id, with_for_update=True)
    if case is None:
        raise UsageError(f"There is no case C-{case_id}.", "See: countersign review")
    if not any(review.is_open(session, subject=f"case:{case_id}", code=code) for code in DOUBTS):
        raise UsageError(
            f"Nothing about {case.label} is in doubt: it is {case.state}.", f"See: countersign explain {case.label}"
        )
    return case


def _kept(session: Session, case: Case, code: str, sentence: str | None = None) -> bool:
    """Whether a person has kept the case in the face of this, and it was not proven again since."""
    return review.settled(session, subject=f"case:{case.id}", code=code, sentence=sentence, since=case.proven_at)


def _make_way(session: Session, case: Case, now: datetime, *codes: str) -> None:
    """Close the doubts that a graver one takes the place of."""
    said = "Looked up again; see the new item."
    for code in codes:
        review.release(session, subject=f"case:{case.id}", code=code, now=now, by=ACTOR, resolution=said)


def _open(session: Session, case: Case, code: str) -> ReviewItem | None:
    query = select(ReviewItem).where(
        col(ReviewItem.subject) == f"case:{case.id}", col(ReviewItem.code) == code, col(ReviewItem.closed_at).is_(None)
    )
    return session.exec(query).first()


def _sentence(session: Session, case: Case, check: Check) -> str:
    """What speaks against it, and what may have taken its place. The same finding is told in the same words every time."""
    what = (
        "its issuer has withdrawn it since"
        if check.name is CheckName.status
        else "it does not pass its verification any more"
    )
    said = f'{case.label}, "{case.title}", was counted, and {what}. {check.detail}'
    for other in _corrections(session, case)[:LISTED]:
        title = "of the same title," if other.title == case.title else f'"{other.title}",'
        issued = f" issued on {in_words(other.issued_on)}," if other.issued_on else ""
        said += f" {other.label} {title}{issued} is probably its correction (issuers rename by revoking and awarding again)."
    return said


def _next_step(session: Session, case: Case, check: Check) -> str:
    """What the check itself asks for, then the decision, what either answer means, and what stays out of HR's packages meanwhile."""
    to_hr = goes_to_hr(session, case.id)
    with_hr = to_hr and check.outcome is CheckOutcome.failed  # what is only unclear is cleared with the issuer first
    more = " more" if _went_to_hr(session, case.id) else ""
    withheld = f" Until then nothing{more} of it goes into HR's packages." if to_hr else ""
    return f"{check.remedy} Then {'agree with HR' if with_hr else 'decide'}: {_choice(session, case)}{withheld}".strip()


def _choice(session: Session, case: Case) -> str:
    """The two answers, and what would follow from each."""
    papers = _papers(session, case)
    named = papers[:LISTED] + ([f"{len(papers) - LISTED} more"] if len(papers) > LISTED else [])
    *others, last = named or [""]
    listed = f"{', '.join(others)} and {last}" if others else last
    gone = f", and {listed} {'are' if others else 'is'} withdrawn with it" if listed else ""
    return f"keep it, and it counts all the same, or withdraw it, and then what was granted is taken back{gone}."


def _papers(session: Session, case: Case) -> list[str]:
    """The certificates and credit requests that rest on the case and stand."""
    certificates = session.exec(
        select(Certificate.number)
        .where(col(Certificate.case_id) == case.id, col(Certificate.state) == PaperState.valid.value)
        .order_by(col(Certificate.id))
    )
    requests = session.exec(
        select(CreditRequest.number)
        .where(col(CreditRequest.case_id) == case.id, col(CreditRequest.state) != CreditState.withdrawn.value)
        .order_by(col(CreditRequest.id))
    )
    return [*(f"certificate {n}" for n in certificates), *(f"credit request {n}" for n in requests)]


def _corrections(session: Session, case: Case) -> list[Case]:
    """Other proven cases of the same issuer, achievement and recipient that were issued on the same moment or later, the
    first one first: what an issuer awards again after it revoked."""
    if not case.achievement_id or case.issued_on is None:
        return []
    proven = select(VerdictRecord.case_id).where(col(VerdictRecord.outcome) == VerdictOutcome.verified.value)
    query = select(Case).where(
        col(Case.id) != case.id,
        col(Case.issuer) == case.issuer,
        col(Case.achievement_id) == case.achievement_id,
        col(Case.issued_on) >= case.issued_on,
        col(Case.state).in_([CaseState.verified.value, CaseState.matched.value, CaseState.held.value]),
        col(Case.id).in_(proven),
    )
    if case.educator_id is not None:
        query = query.where(or_(col(Case.educator_id) == case.educator_id, col(Case.educator_id).is_(None)))
    found = session.exec(query.order_by(col(Case.issued_on), col(Case.id)))
    return [other for other in found if _same_recipient(case, other)]


def _same_recipient(case: Case, other: Case) -> bool:
    if case.educator_id is not None and other.educator_id == case.educator_id:
        return True
    return any(identity in other.identities for identity in case.identities)
