"""What waits to be put on paper, asked of the database: its cost grows with what waits, not with what was ever decided.

While a doubt about a case is open (`models.words.Doubt`), no paper is made of it: it waits until a person or another look ends that.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import String, and_, cast, exists, literal, literal_column, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from countersign.store import Store
from models.agreement import Grant, Rules
from models.tables import Certificate, CreditEvent, CreditRequest, DecisionRecord, ReviewItem
from models.words import DecisionOutcome, Doubt, PaperState


def awards_due(store: Store, rules: Sequence[Rules]) -> list[int]:
    """Ids of the live granted decisions whose award has no certificate yet, or one that was planned and not drawn. Where a person
    revoked the last one, another is a person's to issue (`life.reissue`)."""
    certified = _clauses(rules, "certificate")
    if not certified:
        return []
    drawn = exists().where(
        col(Certificate.case_id) == DecisionRecord.case_id,
        col(Certificate.state) == literal_column("'valid'"),
        col(Certificate.award) == award_of(DecisionRecord),
        col(Certificate.sha256) != "",
    )
    return _due(store, certified, and_(~drawn, ~_revoked(DecisionRecord)))


def credit_requests_due(store: Store, rules: Sequence[Rules]) -> list[int]:
    """Ids of the live granted decisions whose case has no drawn request for this agreement's college credit, unless a person took
    the last one back for good."""
    requested = _clauses(rules, "credit_request")
    if not requested:
        return []
    drawn = exists().where(
        col(CreditRequest.case_id) == DecisionRecord.case_id,
        col(CreditRequest.agreement) == DecisionRecord.agreement,
        col(CreditRequest.state) != literal_column("'withdrawn'"),
        col(CreditRequest.sha256) != "",
    )
    return _due(store, requested, ~or_(drawn, given_up(DecisionRecord)))


def given_up(decision: Any) -> Any:
    """The condition that the last withdrawal of a request for a decision's case and agreement asked for no other one, as SQL."""
    ended, asked = aliased(CreditEvent), aliased(CreditEvent)
    of_ended, of_asked = aliased(CreditRequest), aliased(CreditRequest)

    def withdrawals(event: Any, request: Any, *, again: bool) -> Any:
        return (
            select(event.id)
            .join(request, request.id == event.request_id)
            .where(
                request.case_id == decision.case_id,
                request.agreement == decision.agreement,
                event.state == literal_column("'withdrawn'"),
                event.again.is_(again),
            )
        )

    later = withdrawals(asked, of_asked, again=True).where(asked.id > ended.id)
    return exists(withdrawals(ended, of_ended, again=False).where(~exists(later)))


def award_of(decision: Any) -> Any:
    """`Certificate.award` of a decision, as SQL."""
    return literal("case:") + cast(decision.case_id, String) + "/" + decision.agreement + "/" + decision.currency


def later_than(decision: Any) -> tuple[Any, Any]:
    """An alias of the decision table and the condition that it holds a later decision on the same."""
    later = aliased(DecisionRecord)
    same = and_(
        col(later.case_id) == decision.case_id,
        col(later.agreement) == decision.agreement,
        col(later.currency) == decision.currency,
        col(later.revision) > decision.revision,
    )
    return later, same


def in_doubt(decision: Any) -> Any:
    """The condition that a doubt about the decision's case is open, as SQL."""
    return exists().where(
        col(ReviewItem.subject) == literal("case:") + cast(decision.case_id, String),
        col(ReviewItem.code).in_([doubt.value for doubt in Doubt]),
        col(ReviewItem.closed_at).is_(None),
    )


def is_doubted(session: Session, decision: DecisionRecord) -> bool:
    """Whether a doubt about the decision's case is open."""
    query = select(DecisionRecord.id).where(col(DecisionRecord.id) == decision.id, in_doubt(DecisionRecord))
    return session.exec(query).first() is not None


def _revoked(decision: Any) -> Any:
    """The condition that the last certificate of the decision's award, for its educator, was revoked, as SQL."""
    last, later = aliased(Certificate), aliased(Certificate)
    newer = exists().where(
        col(later.award) == last.award, col(later.educator_id) == last.educator_id, col(later.id) > last.id
    )
    return exists().where(
        col(last.case_id) == decision.case_id,
        col(last.educator_id) == decision.educator_id,
        col(last.award) == award_of(decision),
        col(last.state) == PaperState.revoked.value,
        ~newer,
    )


def is_revoked(session: Session, decision: DecisionRecord) -> bool:
    """Whether a person revoked the last certificate of the decision's award."""
    query = select(DecisionRecord.id).where(col(DecisionRecord.id) == decision.id, _revoked(DecisionRecord))
    return session.exec(query).first() is not None


def is_given_up(session: Session, decision: DecisionRecord) -> bool:
    """Whether a person took the last request of the decision's case and agreement back for good."""
    query = select(DecisionRecord.id).where(col(DecisionRecord.id) == decision.id, given_up(DecisionRecord))
    return session.exec(query).first() is not None


def is_live(session: Session, decision: DecisionRecord) -> bool:
    """True when no later decision on the same exists."""
    later, same = later_than(decision)
    return session.exec(select(later.id).where(same).limit(1)).first() is None


def terms_of(rules: Sequence[Rules], decision: DecisionRecord) -> tuple[Rules, Grant] | None:
    """The rules and the clause a decision was made under: the very version, else the newest one with the same clause."""
    able = [
        (rule, grant)
        for rule in rules
        if rule.terms.id == decision.agreement
        for grant in rule.terms.grants
        if grant.clause == decision.clause
    ]
    exact = [pair for pair in able if pair[0].sha256 == decision.agreement_sha256]
    return max(exact or able, key=lambda pair: pair[0].terms.in_force.from_, default=None)


def _clauses(rules: Sequence[Rules], paper: str) -> set[tuple[str, str]]:
    return {(rule.terms.id, g.clause) for rule in rules for g in rule.terms.grants if getattr(g, paper) is not None}


def _due(store: Store, clauses: set[tuple[str, str]], not_drawn: Any) -> list[int]:
    later, same = later_than(DecisionRecord)
    query = (
        select(DecisionRecord.id)
        .where(
            col(DecisionRecord.outcome) == DecisionOutcome.granted,
            col(DecisionRecord.quantity) != Decimal(0),  # what counted with another case is on that one's paper
            or_(
                *(
                    and_(col(DecisionRecord.agreement) == agreement, col(DecisionRecord.clause) == clause)
                    for agreement, clause in sorted(clauses)
                )
            ),
            not_drawn,
            ~in_doubt(DecisionRecord),
            ~exists(select(later.id).where(same)),
        )
        .order_by(col(DecisionRecord.id))
    )
    with store.reading() as session:
        return list(session.exec(query))
