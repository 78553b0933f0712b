"""Decisions and postings as rows: which are live, what changed, and the lines that a change writes. Nothing is edited."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from countersign import audit
from models.records import Decision, Reason
from models.tables import DecisionRecord, Posting
from models.words import Currency, DecisionOutcome, PostingKind

Key = tuple[int, str, str]
"""Case, agreement, currency: one live decision each."""

KINDS = {DecisionOutcome.granted.value: PostingKind.grant, DecisionOutcome.banked.value: PostingKind.bank}


def key_of(row: DecisionRecord | Posting) -> Key:
    return row.case_id, row.agreement, row.currency


def live_decisions(session: Session, case_ids: Iterable[int]) -> dict[Key, DecisionRecord]:
    """The decision of the highest revision for each case, agreement and currency."""
    query = select(DecisionRecord).where(col(DecisionRecord.case_id).in_(sorted(case_ids)))
    rows = session.exec(query.order_by(col(DecisionRecord.revision))).all()
    return {key_of(row): row for row in rows}


def open_postings(session: Session, case_ids: Iterable[int]) -> dict[Key, Posting]:
    """The grant or bank line that no reversal has undone: at most one for each case, agreement and currency."""
    rows = session.exec(select(Posting).where(col(Posting.case_id).in_(sorted(case_ids)))).all()
    undone = {row.reverses_id for row in rows}
    return {key_of(row): row for row in rows if row.kind != PostingKind.reversal and row.id not in undone}


def as_row(decision: Decision) -> dict[str, Any]:
    """The decision's columns, without what only its writing adds (revision, educator, moment)."""
    cap = decision.cap
    return {
        "case_id": decision.case_id,
        "agreement": decision.agreement,
        "agreement_sha256": decision.agreement_sha256,
        "recognizer": decision.recognizer,
        "clause": decision.clause,
        "currency": decision.currency.value,
        "outcome": decision.outcome.value,
        "quantity": decision.quantity,
        "unit": decision.unit,
        "period": decision.period,
        "effective_on": decision.effective_on,
        "pay_month": decision.pay_month,
        "submit_from": decision.submit_from,
        "cap": {k: f"{v:f}" if isinstance(v, Decimal) else v for k, v in asdict(cap).items()} if cap else {},
        "reasons": [_reason(reason) for reason in decision.reasons],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    again = reason.look_again_on
    return asdict(reason) | {"owner": reason.owner.value, "look_again_on": again.isoformat() if again else None}


def says_the_same(live: DecisionRecord, decision: Decision, educator_id: int) -> bool:
    """Whether the live row already says this. The agreement's hash alone makes no difference: a comment corrected in the
    file, or a figure supplied for another case, must not rewrite every decision and tell every educator again; the row
    keeps the hash of the file it was made under. Nor does the unit of nothing (held or refused), and a cap whose figures
    matter stands in the reasons too."""
    columns = as_row(decision)
    del columns["agreement_sha256"], columns["cap"]
    if not live.quantity and not decision.quantity:
        del columns["unit"]
    return live.educator_id == educator_id and all(getattr(live, name) == value for name, value in columns.items())


def withdrawn(live: DecisionRecord, code: str, sentence: str) -> Decision:
    """The decision that takes the place of a live one which no agreement stands behind any more."""
    return Decision(
        case_id=live.case_id,
        agreement=live.agreement,
        agreement_sha256=live.agreement_sha256,
        recognizer=live.recognizer,
        clause=live.clause,
        currency=Currency(live.currency),
        outcome=DecisionOutcome.refused,
        quantity=Decimal(0),
        unit=live.unit,
        reasons=(Reason(live.clause, code, sentence),),
        period=live.period,
    )


def write(
    session: Session,
    decision: Decision,
    educator_id: int,
    live: DecisionRecord | None,
    posting: Posting | None,
    now: datetime,
) -> None:
    """Add the decision as the next revision, and to the ledger what it changes there: a reversal of the open line, then
    the new one. Where quantity, unit, period, month and educator stay what they were, the open line stands."""
    row = DecisionRecord(
        **as_row(decision), educator_id=educator_id, revision=live.revision + 1 if live else 1, decided_at=now
    )
    session.add(row)
    session.flush()
    wanted = _posting(row, now)
    if not (posting and wanted and _line(posting) == _line(wanted)):
        if posting is not None:
            session.add(_reversal(posting, row, now))
            session.flush()
        if wanted is not None:
            session.add(wanted)
    audit.record(
        session,
        at=now,
        actor="nightly",
        action="decided",
        subject=f"case:{row.case_id}",
        decision=row.id,
        agreement=row.agreement,
        currency=row.currency,
        revision=row.revision,
        outcome=row.outcome,
        quantity=f"{row.quantity:f}",
        unit=row.unit,
    )


def _posting(row: DecisionRecord, now: datetime) -> Posting | None:
    kind = KINDS.get(row.outcome)
    if kind is None or not row.quantity:  # what counted with another case is given there
        return None
    return Posting(
        decision_id=row.id,
        case_id=row.case_id,
        educator_id=row.educator_id,
        recognizer=row.recognizer,
        agreement=row.agreement,
        currency=row.currency,
        kind=kind.value,
        quantity=row.quantity,
        unit=row.unit,
        period=row.period,
        pay_month=row.pay_month if kind is PostingKind.grant else "",  # what is banked stands in no month's package
        posted_at=now,
    )


def _reversal(posting: Posting, row: DecisionRecord, now: datetime) -> Posting:
    return Posting(
        decision_id=row.id,
        case_id=posting.case_id,
        educator_id=posting.educator_id,
        recognizer=posting.recognizer,
        agreement=posting.agreement,
        currency=posting.currency,
        kind=PostingKind.reversal.value,
        quantity=-posting.quantity,
        unit=posting.unit,
        period=posting.period,
        pay_month=posting.pay_month,
        reverses_id=posting.id,
        posted_at=now,
    )


def _line(posting: Posting) -> Mapping[str, Any]:
    return posting.model_dump(include={"educator_id", "recognizer", "kind", "quantity", "unit", "period", "pay_month"})


def books(
    session: Session, educator_id: int | None = None
) -> Iterator[tuple[int, list[Posting], list[DecisionRecord]]]:
    """(educator, all postings, the decisions in force that grant or bank), by educator, for those who have any; only for
    `educator_id` when given. Streams: memory does not grow with the number of educators."""
    newer = aliased(DecisionRecord)
    replaced = exists().where(
        col(newer.case_id) == col(DecisionRecord.case_id),
        col(newer.agreement) == col(DecisionRecord.agreement),
        col(newer.currency) == col(DecisionRecord.currency),
        col(newer.revision) > col(DecisionRecord.revision),
    )
    decisions = select(DecisionRecord).where(col(DecisionRecord.outcome).in_(KINDS), ~replaced)
    lines = select(Posting)
    if educator_id is not None:
        lines = lines.where(col(Posting.educator_id) == educator_id)
        decisions = decisions.where(col(DecisionRecord.educator_id) == educator_id)
    lines = lines.order_by(col(Posting.educator_id), col(Posting.id))
    decisions = decisions.order_by(col(DecisionRecord.educator_id), col(DecisionRecord.id))
    rows: Iterator[Posting | DecisionRecord] = heapq.merge(
        session.exec(lines.execution_options(yield_per=1000)),
        session.exec(decisions.execution_options(yield_per=1000)),
        key=lambda row: row.educator_id,
    )
    for educator, mine in groupby(rows, key=lambda row: row.educator_id):
        both = list(mine)
        yield (
            educator,
            [row for row in both if isinstance(row, Posting)],
            [row for row in both if isinstance(row, DecisionRecord)],
        )
