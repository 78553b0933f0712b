"""Papers that the ledger no longer stands behind are taken back: certificates, and requests for college credit.

What is on paper and in people's hands stays as it was issued, and so does its copy in the evidence store. The row says that it
does not count any more, and the file moves into the folder `withdrawn` beside the others, where nobody takes it for a valid one.
"""

import errno
import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, exists, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from countersign import audit, review
from countersign.errors import CountersignError, Outage
from countersign.evidence import write_whole
from countersign.issuance import certificates, credit
from countersign.issuance.credential.issuing import place as picture_place
from countersign.issuance.credit_life import Said, record_step
from countersign.issuance.credit_steps import Step
from countersign.issuance.due import later_than
from countersign.issuance.shelf import VOID, Kind, place
from countersign.render import figure
from countersign.settings import Workspace
from countersign.store import Store
from models.tables import Certificate, CreditRequest, DecisionRecord, ReviewItem
from models.words import CreditState, DecisionOutcome, Owner, PaperState

FOLDER = "withdrawn"

NOT_ASIDE = "paper_not_set_aside"
"""The review item's code, on the paper itself: it is void, and staff have to see to its file."""

OTHERWISE = "credit_decided_otherwise"
"""The review item's code, on a credit request: the college has answered it, and its credit is decided otherwise since."""

ANSWERED = (CreditState.refused.value, CreditState.transcript_issued.value, CreditState.district_notified.value)
"""The states in which the college's answer is on record: such a request is a person's to withdraw, and with it its transcript."""

_NO_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}
"""What is wrong with the whole disk; everything else is wrong with one paper's file."""


def withdraw_papers(store: Store, workspace: Workspace, now: datetime) -> list[str]:
    """Take back the papers that the ledger no longer stands behind; returns their numbers. Repeating finds the work done.

    When the award's live decision grants nothing any more, or grants it to another educator, the paper is `withdrawn`. When it
    grants something else (other hours, or of a certificate another clause), a certificate is `replaced` and a credit request
    `withdrawn`, and the next `issue_certificates` or `issue_credit_requests` prints another. A request that the college has
    answered stays as it is, and is put before staff. A file that cannot be put aside is staff's to see to: the
    paper is void all the same, the others go on, and every run tries again. So are those put aside that an earlier version left
    among the valid ones. Raises Outage when the disk takes nothing.
    """
    taken: list[str] = []
    for kind, table, valid in (
        (certificates.KIND, Certificate, col(Certificate.state) == PaperState.valid.value),
        (credit.KIND, CreditRequest, col(CreditRequest.state).not_in((*VOID, *ANSWERED))),
    ):
        with store.reading() as session:
            unfounded = [(paper.id, _fate(paper, live)) for paper, live in _unfounded(session, table, valid)]
            found = [*unfounded, *_astray(session, table)]
        for paper_id, fate in found:
            with store.transaction() as session:
                paper = session.get_one(table, paper_id, with_for_update=True)
                if paper.state not in (*VOID, *ANSWERED) and fate is not None:
                    _end(session, workspace, kind, paper, fate, now)
                    taken.append(paper.number)
                    problem = _set_aside(store, workspace, kind, paper)
                    _put_before_staff(session, kind, paper, problem, now)
                elif is_astray(paper):
                    _tidy(session, store, workspace, kind, paper, now)
    with store.transaction() as session:
        _hold_answered(session, now)
    return taken


def put_aside(
    store: Store,
    workspace: Workspace,
    paper_id: int,
    now: datetime,
    by: str = "nightly",
    table: type[Certificate] | type[CreditRequest] = Certificate,
) -> bool:
    """Put the file of a certificate, or of a credit request, that does not count any more with the others of its kind; whether it is there now. Where it
    cannot be, staff find that in the review queue, and every night tries again. Repeating does nothing. Raises Outage."""
    with store.transaction() as session:
        paper = session.get_one(table, paper_id, with_for_update=True)
        if paper.state in VOID and (is_astray(paper) or not paper.path):
            _tidy(session, store, workspace, certificates.KIND if table is Certificate else credit.KIND, paper, now, by)
        return not is_astray(paper)


def _end(
    session: Session,
    workspace: Workspace,
    kind: Kind,
    paper: Certificate | CreditRequest,
    fate: PaperState,
    now: datetime,
) -> None:
    """A paper does not count any more, because the ledger says something else."""
    if isinstance(paper, CreditRequest):
        on = now.astimezone(ZoneInfo(workspace.settings.time_zone)).date()
        step = Step(CreditState.withdrawn, on, note="What it asked for is not granted any more.", again=True)
        record_step(session, paper, step, Said("nightly", now, "countersign nightly"))
        return
    paper.state = fate.value
    paper.ended_at, paper.ended_by = now, "nightly"
    paper.ended_reason = (
        "Something else is granted now."
        if fate is PaperState.replaced
        else "What it certified is not granted any more."
    )
    session.add(paper)
    audit.record(
        session,
        at=now,
        actor="nightly",
        action=f"{kind.name} {fate.value}",
        subject=f"{kind.subject}:{paper.id}",
        **_about(paper),
    )


def _tidy(
    session: Session,
    store: Store,
    workspace: Workspace,
    kind: Kind,
    paper: Certificate | CreditRequest,
    now: datetime,
    by: str = "nightly",
) -> None:
    """Put aside the file of a paper that is void already."""
    was_astray = is_astray(paper)
    _put_before_staff(session, kind, paper, _set_aside(store, workspace, kind, paper), now)
    session.add(paper)
    if was_astray and not is_astray(paper):
        audit.record(
            session,
            at=now,
            actor=by,
            action=f"{kind.name} set aside",
            subject=f"{kind.subject}:{paper.id}",
            **_about(paper),
        )


def is_astray(paper: Certificate | CreditRequest) -> bool:
    """Whether a paper is void and its row says that its file lies among the valid ones."""
    return paper.state in VOID and paper.path != "" and Path(paper.path).parent.name != FOLDER


def _astray(session: Session, table: Any) -> list[tuple[int, None]]:
    query = select(table.id).where(table.state.in_(VOID), table.path != "", table.path.not_like(f"%/{FOLDER}/%"))
    return [(paper_id, None) for paper_id in session.exec(query.order_by(table.id))]


def _unfounded(session: Session, table: Any, valid: Any) -> list[tuple[Any, DecisionRecord]]:
    """The valid papers of a table whose award is another now, or none, with the live decision. The clause stands on certificates only."""
    decided = aliased(DecisionRecord)
    later, same = later_than(decided)
    newest, newer = later_than(later)
    differs = or_(
        col(later.outcome) != DecisionOutcome.granted,
        col(later.educator_id) != table.educator_id,
        col(later.quantity) != decided.quantity,
        col(later.unit) != decided.unit,
        *((col(later.clause) != decided.clause,) if table is Certificate else ()),
    )
    query = (
        select(table, later)
        .join(decided, col(decided.id) == table.decision_id)
        .join(later, and_(same, ~exists(select(newest.id).where(newer))))
        .where(valid, differs)
        .order_by(col(table.id))
    )
    return list(session.exec(query).all())


def _hold_answered(session: Session, now: datetime) -> None:
    """Put before staff what the college has answered and the ledger decides otherwise now; close what is in order again."""
    found: dict[str, tuple[str, str]] = {}
    for request, live in _unfounded(session, CreditRequest, col(CreditRequest.state).in_(ANSWERED)):
        if request.state != CreditState.refused:
            found[f"credit_request:{request.id}"] = _of_transcript(request, live)
        elif live.outcome == DecisionOutcome.granted:  # else nobody asks for anything any more
            found[f"credit_request:{request.id}"] = _of_refused(request, live)
    query = select(ReviewItem.subject).where(col(ReviewItem.code) == OTHERWISE, col(ReviewItem.closed_at).is_(None))
    for subject in session.exec(query).all():
        if subject not in found:
            said = "Request and ledger say the same again, or the request was withdrawn."
            review.release(session, subject=subject, code=OTHERWISE, now=now, by="nightly", resolution=said)
    for subject, (sentence, next_step) in found.items():
        review.hold(
            session,
            subject=subject,
            code=OTHERWISE,
            sentence=sentence,
            next_step=next_step,
            owner=Owner.staff,
            now=now,
            unless_settled=True,
        )


def _of_transcript(request: CreditRequest, live: DecisionRecord) -> tuple[str, str]:
    return (
        f"Credit request {request.number} of C-{request.case_id} has its transcript, and since then {_now(request, live)}.",
        "Ask the college whether its transcript stands. If it does not, this takes request and transcript back: countersign credit "
        f"withdraw {request.number} --reason … --by NAME. If it does, dismiss this item.",
    )


def _of_refused(request: CreditRequest, live: DecisionRecord) -> tuple[str, str]:
    return (
        f"The college refused credit request {request.number} of C-{request.case_id}, and since then {_now(request, live)}.",
        f"If it is to be asked anew: countersign credit withdraw {request.number} --again --reason … --by NAME. If not, dismiss this "
        "item.",
    )


def _now(request: CreditRequest, live: DecisionRecord) -> str:
    """What is decided now, in words."""
    if live.outcome != DecisionOutcome.granted:
        return "what it asked for is not granted any more"
    if live.educator_id != request.educator_id:
        return "what it asked for is granted to another educator"
    return f"{figure(live.quantity)} {live.unit}{'' if live.quantity == 1 else 's'} are granted"


def _fate(paper: Certificate | CreditRequest, live: DecisionRecord) -> PaperState:
    granted = live.outcome == DecisionOutcome.granted and live.educator_id == paper.educator_id
    return PaperState.replaced if granted and isinstance(paper, Certificate) else PaperState.withdrawn


def _set_aside(
    store: Store, workspace: Workspace, kind: Kind, paper: Certificate | CreditRequest
) -> CountersignError | None:
    """Move the paper's file away from the valid ones; what went wrong with it, if anything did. One that was never filed has
    none, unless a run was killed over it. The row's `path` follows once the file is where it belongs."""
    year = paper.issued_on.year if isinstance(paper, Certificate) else paper.requested_on.year
    before = Path(paper.path) if paper.path else place(kind, year, paper.number)
    after = before.parent / FOLDER / before.name
    what = f"{kind.name.capitalize()} {paper.number} of C-{paper.case_id} is void"
    content, damage = _content(store, workspace, paper, (before, after)) if paper.path else (b"", None)
    if content:
        try:
            write_whole(workspace.root / after, content)
        except Outage as outage:
            problem = CountersignError(
                f"{what}, and its file cannot be put aside: {_of_one_file(outage)}.",
                f"Clear the way for {after}; the next night tries again.",
            )
            if damage is None:  # else the only sound copy is the one that lies there
                _remove(workspace.root / before)
            return problem
    stuck = _remove(workspace.root / before)
    if stuck:
        return CountersignError(
            f"{what}, and {before} cannot be removed: {stuck}.", "Remove it by hand; the next night looks again."
        )
    if isinstance(paper, Certificate) and (stuck := _picture_aside(workspace, paper)):
        return CountersignError(  # the row's path stays, so that the next night comes back
            f"{what}, and the picture with its credential cannot be put aside: {stuck}.",
            f"Clear the way for {picture_place(paper)}; the next night tries again.",
        )
    if content is None:
        return CountersignError(
            f"{what}, and no sound copy of it is left. {damage.what if damage else ''}",
            f"Restore var/evidence from a backup; the next night then puts a copy into {after.parent}.",
        )
    if paper.path:
        paper.path = after.as_posix()
    if damage is not None:
        return CountersignError(f"{what} and put aside. {damage.what}", f"{damage.remedy} Then dismiss this item.")
    return None


def _content(
    store: Store, workspace: Workspace, paper: Certificate | CreditRequest, places: Sequence[Path]
) -> tuple[bytes | None, CountersignError | None]:
    """The bytes as they were issued, from the evidence or else from one of `places`; and what is wrong with the evidence."""
    try:
        return store.evidence.get(paper.sha256), None
    except CountersignError as damage:
        for path in (workspace.root / p for p in places):
            try:
                content = path.read_bytes()
            except OSError:
                continue  # nothing of it is here; the damage is told either way
            if hashlib.sha256(content).hexdigest() == paper.sha256:
                return content, damage
        return None, damage


def _picture_aside(workspace: Workspace, certificate: Certificate) -> str:
    """Move the picture with the certificate's credential, if there is one; what stood in the way, empty when nothing did. Raises
    Outage."""
    after = workspace.root / picture_place(certificate)
    before = after.parent.parent / after.name
    try:
        if before.exists():
            after.parent.mkdir(parents=True, exist_ok=True)
            before.replace(after)
    except OSError as error:
        if error.errno in _NO_DISK:
            raise Outage(f"{before} cannot be moved: {error.strerror}.", "Check the disk and repeat.") from error
        return error.strerror or "unknown reason"
    return ""


def _remove(path: Path) -> str:
    """Remove a file; what stood in the way, empty when nothing did. Raises Outage."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        if error.errno in _NO_DISK:
            raise Outage(f"{path} cannot be removed: {error.strerror}.", "Check the disk and repeat.") from error
        return error.strerror or "unknown reason"
    return ""


def _of_one_file(outage: Outage) -> str:
    """What stood in the way of writing one file. Raises the outage itself when the disk takes no other file either."""
    cause = outage.__cause__
    if not isinstance(cause, OSError) or cause.errno in _NO_DISK:
        raise outage
    return cause.strerror or "unknown reason"


def _put_before_staff(
    session: Session, kind: Kind, paper: Certificate | CreditRequest, problem: CountersignError | None, now: datetime
) -> None:
    """Open the review item of a paper whose file is not in order, or close it. What a person has dismissed stays dismissed."""
    subject = f"{kind.subject}:{paper.id}"
    if problem is None:
        said = f"The file of {paper.number} is put aside."
        review.release(session, subject=subject, code=NOT_ASIDE, now=now, by="nightly", resolution=said)
    else:
        review.hold(
            session,
            subject=subject,
            code=NOT_ASIDE,
            sentence=problem.what,
            next_step=problem.remedy,
            owner=Owner.staff,
            now=now,
            unless_settled=True,
        )


def _about(paper: Certificate | CreditRequest) -> dict[str, str | int]:
    if isinstance(paper, Certificate):
        return {"award": paper.award}
    return {"case": paper.case_id, "agreement": paper.agreement}
