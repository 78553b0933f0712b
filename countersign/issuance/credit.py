"""Requests for college credit: one that counts for a case and an agreement, planned, drawn and filed like a certificate."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from countersign.errors import CountersignError
from countersign.issuance.credit_life import fee_of
from countersign.issuance.drawing import draw_credit_request
from countersign.issuance.due import is_given_up
from countersign.issuance.numbering import new_number
from countersign.issuance.planning import plan_credit_request
from countersign.issuance.registration import Workplace, credit_registration
from countersign.issuance.shelf import Kind, code_of, coverage, file_paper, hold, read_award
from countersign.render import GlyphsMissing
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.credentials import VerdictOutcome
from models.tables import Address, CaseSubmission, CreditRequest, DecisionRecord, Employment, Reading, VerdictRecord
from models.words import CreditState, PaperCode

KIND = Kind(
    name="credit request",
    subject="credit_request",
    folder="credit-requests",
    codes=(
        PaperCode.credit_glyphs_missing,
        PaperCode.credit_request_stopped,
        PaperCode.fee_uncertain,
        PaperCode.credit_incomplete,
    ),
)


def issue_credit_requests(
    store: Store, workspace: Workspace, rules: Sequence[Rules], decision_ids: Sequence[int], now: datetime
) -> list[int]:
    """Make the requests of these decisions (`credit_requests_due`); returns the ids of those drawn now, in order.

    One that cannot be printed (no fee in force, two fees in force, a missing glyph) is held for staff. Repeating finds
    the work done. Raises Outage.
    """
    made: list[int] = []
    for decision_id in decision_ids:
        try:
            request = _plan(store, workspace, rules, decision_id, now)
            if request is None or request.sha256:
                continue
            _draw(store, workspace, request, now)
            made.append(request.id)
        except CountersignError as problem:
            hold(store, decision_id, "request for college credit", problem, _code(problem), now)
    return made


def _code(problem: CountersignError) -> PaperCode:
    """The review item's code: never one a certificate uses, because printing the certificate would close it."""
    if isinstance(problem, GlyphsMissing):
        return PaperCode.credit_glyphs_missing
    code = code_of(problem, PaperCode.credit_request_stopped)
    return PaperCode.credit_incomplete if code is PaperCode.paper_incomplete else code


def _plan(
    store: Store, workspace: Workspace, rules: Sequence[Rules], decision_id: int, now: datetime
) -> CreditRequest | None:
    with store.reading() as session:
        decision = session.get_one(DecisionRecord, decision_id)
    try:
        with store.transaction() as session:
            award = read_award(session, rules, decision_id)
            if award is None:
                return None
            found = _request(session, award.decision.case_id, award.decision.agreement)
            if found is not None:
                return found
            if is_given_up(session, award.decision):
                return None
            day = award.day_of(now)
            number = new_number(f"CR-{award.prefix}", day.year)
            payer = _payer(session, award.decision.case_id, award.decision.educator_id)
            printed = plan_credit_request(
                award,
                workspace.settings,
                number=number,
                contact=contact_of(session, award.educator.id),
                payer=payer,
                verified_at=_verified_at(session, award.decision.case_id),
                uncovered=coverage(workspace),
                now=now,
            )
            if payer == "district" and fee_of(printed) is not None:
                workplaces = workplaces_of(session, award.educator.id, day)
                form = credit_registration(workplaces, award.agreement, printed["fee"], to=printed["college"])
                printed |= {"registration": form}
            request = CreditRequest(
                number=number,
                case_id=award.decision.case_id,
                educator_id=award.decision.educator_id,
                decision_id=decision_id,
                agreement=award.decision.agreement,
                state=CreditState.requested.value,
                requested_on=day,
                printed=printed,
            )
            session.add(request)
    except IntegrityError:
        with store.reading() as session:
            return _request(session, decision.case_id, decision.agreement)
    return request


def _draw(store: Store, workspace: Workspace, request: CreditRequest, now: datetime) -> None:
    content = draw_credit_request(request.printed, workspace.template_folders)
    year = request.requested_on.year
    file_paper(store, workspace, KIND, request, year, content, now, case=request.case_id, agreement=request.agreement)


def _request(session: Session, case_id: int, agreement: str) -> CreditRequest | None:
    query = select(CreditRequest).where(
        col(CreditRequest.case_id) == case_id,
        col(CreditRequest.agreement) == agreement,
        col(CreditRequest.state) != CreditState.withdrawn.value,
    )
    return session.exec(query).first()


def contact_of(session: Session, educator_id: int) -> str:
    """The address where the educator's mail goes; empty when the roster has none, and the form leaves a line."""
    query = select(Address.address).where(col(Address.educator_id) == educator_id).order_by(col(Address.rank))
    return session.exec(query.limit(1)).first() or ""


def workplaces_of(session: Session, educator_id: int, on: date) -> list[Workplace]:
    """Where the educator works on the day, as the roster has it; the form leaves a line where it has nothing."""
    query = (
        select(Employment)
        .where(
            col(Employment.educator_id) == educator_id,
            col(Employment.starts) <= on,
            or_(col(Employment.ends).is_(None), col(Employment.ends) >= on),
        )
        .order_by(col(Employment.district), col(Employment.location), col(Employment.id))
    )
    return [Workplace(row.district, row.location, row.role) for row in session.exec(query)]


def _payer(session: Session, case_id: int, educator_id: int) -> str:
    """Who pays, as the educator wrote from an address of theirs: "self" or "district"; empty when not said, or said both
    ways. What anybody else wrote with the same credential does not count."""
    query = (
        select(Reading)
        .join(CaseSubmission, col(CaseSubmission.submission_id) == Reading.submission_id)
        .join(Address, col(Address.folded) == col(Reading.sender))
        .where(col(CaseSubmission.case_id) == case_id, col(Address.educator_id) == educator_id)
    )
    said = {str(reading.wishes.get("payer", "")) for reading in session.exec(query)} & {"self", "district"}
    return said.pop() if len(said) == 1 else ""


def _verified_at(session: Session, case_id: int) -> datetime | None:
    """When the last look at the credential proved it; None when the last look did not."""
    query = select(VerdictRecord).where(col(VerdictRecord.case_id) == case_id).order_by(col(VerdictRecord.id).desc())
    last = session.exec(query.limit(1)).first()
    return last.at if last and last.outcome == VerdictOutcome.verified else None
