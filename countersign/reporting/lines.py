"""Which ledger lines a district's package of a month takes, and what waits beside them: the queries behind `gather`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from countersign.reporting import months
from countersign.reporting.book import Book
from countersign.reporting.chunked import by_ids
from countersign.reporting.withholding import to_be_looked_at
from models.tables import AuditEntry, DecisionRecord, Package, PackageLine, Posting
from models.words import DecisionOutcome, PostingKind

Award = tuple[int, str, str]
"""Educator, agreement, currency."""

LOOKED_THROUGH = "month looked through"
"""The audit's action for a month of a house without districts: its subject is "month:2026-10"."""


def open_until(month: str) -> Any:
    """Postings for `month` or before that HR has yet to hear of. A line that was taken back before it went out concerns nobody:
    neither it nor its reversal goes into any package."""
    back, original = aliased(Posting), aliased(Posting)
    taken_back = exists().where(col(back.reverses_id) == col(Posting.id))
    of_nothing = exists().where(col(original.id) == col(Posting.reverses_id), ~_sent(original))
    due = and_(col(Posting.pay_month) != "", col(Posting.pay_month) <= month)
    return and_(due, ~_sent(Posting), ~taken_back, ~of_nothing)


def _sent(posting: Any) -> Any:
    """That a posting went out in a package."""
    return exists().where(col(PackageLine.posting_id) == col(posting.id))


def postings_of(
    session: Session, agreements: tuple[str, ...], month: str
) -> tuple[list[Posting], dict[int, DecisionRecord]]:
    """The postings that go into the month's package, the grants and the reversals of what went out; and the decision behind each,
    by the posting's id."""
    mine = col(Posting.agreement).in_(agreements)
    grants = session.exec(
        select(Posting).where(mine, open_until(month), col(Posting.kind) == PostingKind.grant).order_by(col(Posting.id))
    ).all()
    original = aliased(Posting)
    reversals = session.exec(
        select(Posting, original.pay_month)
        .join(original, col(Posting.reverses_id) == col(original.id))
        .where(mine, ~_sent(Posting), col(Posting.kind) == PostingKind.reversal, _sent(original))
    ).all()
    due = [posting for posting, first_month in reversals if (posting.pay_month or first_month) <= month]
    postings = sorted([*grants, *due], key=lambda p: p.id)
    return postings, _behind(session, postings)


def _behind(session: Session, postings: Sequence[Posting]) -> dict[int, DecisionRecord]:
    """The decision behind each posting: the one that wrote it, or a newer revision that left a grant as it is and says anew why, and
    where it stands in its cap, because another award was taken back meanwhile."""
    cases = {p.case_id for p in postings}
    query = select(DecisionRecord).order_by(col(DecisionRecord.revision))
    found = list(by_ids(session, query, DecisionRecord.case_id, cases))
    wrote = {d.id: d for d in found}
    live = {(d.case_id, d.agreement, d.currency): d for d in found}
    behind: dict[int, DecisionRecord] = {}
    for p in postings:
        newest = live[p.case_id, p.agreement, p.currency]
        stands = p.kind == PostingKind.grant and _gives_the_same(newest, p)
        behind[p.id] = newest if stands else wrote[p.decision_id]
    return behind


def gave(session: Session, postings: Sequence[Posting]) -> dict[int, DecisionRecord]:
    """For each reversal among the postings, the decision that wrote the line it takes back."""
    backs = {p.reverses_id: p.id for p in postings if p.reverses_id is not None}
    query = select(Posting.id, DecisionRecord).join(DecisionRecord, col(DecisionRecord.id) == col(Posting.decision_id))
    return {backs[number]: decision for number, decision in by_ids(session, query, Posting.id, set(backs))}


def _gives_the_same(decision: DecisionRecord, posting: Posting) -> bool:
    given = (decision.educator_id, decision.quantity, decision.unit)
    return decision.outcome == DecisionOutcome.granted and given == (
        posting.educator_id,
        posting.quantity,
        posting.unit,
    )


def about_to_be_paid(session: Session, rules: Book, district: str, month: str) -> set[int]:
    """The cases that the district's package of the month would pay for: none when it is closed, or has no agreement."""
    closed = select(Package.id).where(col(Package.district) == district, col(Package.month) >= month)
    if district not in rules.districts or session.exec(closed.limit(1)).first() is not None:
        return set()
    postings = postings_of(session, rules.districts[district], month)[0]
    return to_be_looked_at(postings).union(*counted_with(session, postings).values())


def counted_with(session: Session, postings: Sequence[Posting]) -> dict[Award, set[int]]:
    """What the grants among these postings may rest on besides their own cases: the same person's cases that count with another one,
    in a whole that was gathered or a stack. They have no line of their own."""
    awards = {_award(p) for p in postings if p.kind == PostingKind.grant}
    newer = aliased(DecisionRecord)
    replaced = exists().where(
        col(newer.case_id) == col(DecisionRecord.case_id),
        col(newer.agreement) == col(DecisionRecord.agreement),
        col(newer.currency) == col(DecisionRecord.currency),
        col(newer.revision) > col(DecisionRecord.revision),
    )
    granted = col(DecisionRecord.outcome) == DecisionOutcome.granted
    query = select(DecisionRecord).where(granted, col(DecisionRecord.quantity) == Decimal(0), ~replaced)
    found: dict[Award, set[int]] = defaultdict(set)
    for decision in by_ids(session, query, DecisionRecord.educator_id, {educator for educator, _, _ in awards}):
        if _award(decision) in awards:
            found[_award(decision)].add(decision.case_id)
    return found


def rests_on(posting: Posting, decision: DecisionRecord, counted: Mapping[Award, set[int]]) -> set[int]:
    """The cases beside its own that a posting may rest on: none, unless its decision gathered a whole or completed a stack."""
    whole = any(reason.get("code") in ("gathered", "stack") for reason in decision.reasons)
    return counted.get(_award(posting), set()) if whole and posting.kind == PostingKind.grant else set()


def _award(row: Posting | DecisionRecord) -> Award:
    return row.educator_id, row.agreement, row.currency


def granted_in(session: Session, rules: Book, month: str) -> set[int]:
    """The cases for which something was granted during the month (in UTC) and not taken back, under any agreement, whether it is
    paid for or not: certificates rest on it too. None once every district's month is closed or, in a house without districts,
    looked through."""
    closed = select(Package.district).where(col(Package.month) >= month).distinct()
    if rules.districts and not set(rules.districts) - set(session.exec(closed)):
        return set()
    if not rules.districts and is_looked_through(session, month):
        return set()
    first, after = (datetime.combine(months.first_day(m), time(), UTC) for m in (month, months.next_month(month)))
    back = aliased(Posting)
    query = select(Posting).where(
        col(Posting.kind) == PostingKind.grant,
        col(Posting.posted_at) >= first,
        col(Posting.posted_at) < after,
        ~exists().where(col(back.reverses_id) == col(Posting.id)),
    )
    granted = session.exec(query).all()
    return {p.case_id for p in granted}.union(*counted_with(session, granted).values())


def is_looked_through(session: Session, month: str) -> bool:
    """Whether what was granted in the month was looked at again, in a house whose agreements name no district."""
    query = select(AuditEntry.id).where(
        col(AuditEntry.action) == LOOKED_THROUGH, col(AuditEntry.subject) == f"month:{month}"
    )
    return session.exec(query.limit(1)).first() is not None


def to_look_through(session: Session, rules: Book, now: datetime) -> list[str]:
    """The months a house without districts has to look through: those that are over, since the first in which something was
    granted, at most a year back. Its certificates rest on what was granted as a district's packages do."""
    first = session.exec(select(func.min(Posting.posted_at)).where(col(Posting.kind) == PostingKind.grant)).first()
    if first is None or not rules.newest:
        return []
    over = min(months.month_before(now, zone) for zone in rules.zones)
    month = max(f"{first.astimezone(UTC):%Y-%m}", months.earlier(over, 11))
    found: list[str] = []
    while month <= over:
        found += [] if is_looked_through(session, month) else [month]
        month = months.next_month(month)
    return found


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
    """For each grant, the latest earlier one that HR heard of, to the same educator in the same case, agreement and currency."""
    awards: dict[tuple[int, str, str, int], list[int]] = defaultdict(list)
    query = select(Posting).where(col(Posting.kind) == PostingKind.grant, _sent(Posting)).order_by(col(Posting.id))
    for p in by_ids(session, query, Posting.case_id, {p.case_id for p in postings}):
        awards[p.case_id, p.agreement, p.currency, p.educator_id].append(p.id)
    found: dict[int, int] = {}
    for p in postings:
        earlier = [i for i in awards[p.case_id, p.agreement, p.currency, p.educator_id] if i < p.id]
        if p.kind == PostingKind.grant and earlier:
            found[p.id] = max(earlier)
    return found
