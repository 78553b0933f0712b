"""Which ledger lines a district's package of a month takes, and what waits beside them: the queries behind `gather`."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, exists, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from countersign.reporting.book import Book
from countersign.reporting.chunked import by_ids
from countersign.reporting.withholding import to_be_looked_at
from models.tables import DecisionRecord, Package, PackageLine, Posting
from models.words import DecisionOutcome, PostingKind


def open_until(month: str) -> Any:
    """Postings for `month` or before that went to HR in no package yet."""
    sent = exists().where(col(PackageLine.posting_id) == col(Posting.id))
    return and_(col(Posting.pay_month) != "", col(Posting.pay_month) <= month, ~sent)


def postings_of(
    session: Session, agreements: tuple[str, ...], month: str
) -> tuple[list[Posting], dict[int, DecisionRecord]]:
    """The postings that go into the month's package, with their decisions.

    A reversal goes once its original went or goes along with it: never before it, and never a month after an original
    that HR has not seen yet.
    """
    sent = exists().where(col(PackageLine.posting_id) == col(Posting.id))
    mine = col(Posting.agreement).in_(agreements)
    grants = session.exec(
        select(Posting).where(mine, open_until(month), col(Posting.kind) == PostingKind.grant).order_by(col(Posting.id))
    ).all()
    original = aliased(Posting)
    going = {p.id for p in grants}
    gone = exists().where(col(PackageLine.posting_id) == col(original.id))
    reversals: list[Posting] = []
    for posting, first, reported in session.exec(
        select(Posting, original, gone)
        .join(original, col(Posting.reverses_id) == col(original.id))
        .where(mine, ~sent, col(Posting.kind) == PostingKind.reversal, col(original.kind) == PostingKind.grant)
        .where(col(original.pay_month) != "")
        .order_by(col(Posting.id))
    ):
        due = (posting.pay_month or first.pay_month) <= month
        if first.id in going or (reported and due):
            reversals.append(posting)
    postings = sorted([*grants, *reversals], key=lambda p: p.id)
    ids = {p.decision_id for p in postings}
    found = by_ids(session, select(DecisionRecord), DecisionRecord.id, ids)
    return postings, {d.id: d for d in found}


def about_to_be_paid(session: Session, rules: Book, district: str, month: str) -> set[int]:
    """The cases that the district's package of the month would pay for: none when it is closed, or has no agreement."""
    closed = select(Package.id).where(col(Package.district) == district, col(Package.month) >= month)
    if district not in rules.districts or session.exec(closed.limit(1)).first() is not None:
        return set()
    return to_be_looked_at(postings_of(session, rules.districts[district], month)[0])


def live_decisions(session: Session, agreements: tuple[str, ...]) -> list[DecisionRecord]:
    """The newest decision of each case, agreement and currency, where it is held or banked."""
    newer = aliased(DecisionRecord)
    replaced = exists().where(
        col(newer.case_id) == col(DecisionRecord.case_id),
        col(newer.agreement) == col(DecisionRecord.agreement),
        col(newer.currency) == col(DecisionRecord.currency),
        col(newer.revision) > col(DecisionRecord.revision),
    )
    return list(
        session.exec(
            select(DecisionRecord)
            .where(col(DecisionRecord.agreement).in_(agreements), ~replaced)
            .where(or_(*(col(DecisionRecord.outcome) == o for o in (DecisionOutcome.held, DecisionOutcome.banked))))
            .order_by(col(DecisionRecord.id))
        )
    )


def followed(session: Session, postings: Sequence[Posting]) -> dict[int, int]:
    """For each grant, the latest earlier one to the same educator in the same case, agreement and currency, if any."""
    awards: dict[tuple[int, str, str, int], list[int]] = defaultdict(list)
    query = select(Posting).where(col(Posting.kind) == PostingKind.grant).order_by(col(Posting.id))
    for p in by_ids(session, query, Posting.case_id, {p.case_id for p in postings}):
        awards[p.case_id, p.agreement, p.currency, p.educator_id].append(p.id)
    found: dict[int, int] = {}
    for p in postings:
        earlier = [i for i in awards[p.case_id, p.agreement, p.currency, p.educator_id] if i < p.id]
        if p.kind == PostingKind.grant and earlier:
            found[p.id] = max(earlier)
    return found
