"""What the educator was told of a case before, held against what the ledger says now: what of it falls, how, and what is as before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from countersign.delivery import wording
from models.tables import DecisionRecord, Message, PackageLine, Posting, Telling
from models.words import Currency, DecisionOutcome, PostingKind


@dataclass(frozen=True, slots=True)
class Before:
    """What earlier mails said and nothing stands behind any more, as amounts ("8 hours"): `taken_back` is what the affiliate or a state
    gave; `unreported` and `reported` what a district would pay or count, by its name, before and after HR heard of it;
    `requests` the college credits that were asked for. `on` is the day of the newest mail that told what is another now, None when nothing was told;
    `same` whether every decision says what was told."""

    taken_back: tuple[str, ...] = ()
    unreported: tuple[tuple[str, tuple[str, ...]], ...] = ()
    reported: tuple[tuple[str, tuple[str, ...]], ...] = ()
    requests: tuple[str, ...] = ()
    on: date | None = None
    same: bool = False

    @property
    def falls(self) -> bool:
        """Whether anything that was told is gone, or is less."""
        return bool(self.taken_back or self.unreported or self.reported or self.requests)


NOTHING = Before()
"""Nothing was told of it before."""


def before(session: Session, case_id: int, educator_id: int, live: Sequence[DecisionRecord], zone: ZoneInfo) -> Before:
    """What earlier mails said to this educator of the case. `live` are its live decisions for them now."""
    query = select(DecisionRecord).where(
        col(DecisionRecord.case_id) == case_id, col(DecisionRecord.educator_id) == educator_id
    )
    decisions = {f"decision:{d.id}": d for d in session.exec(query.order_by(col(DecisionRecord.revision)))}
    mails = select(Telling.fact, Message.written_at).join(Message, col(Message.id) == col(Telling.message_id))
    written = dict(session.exec(mails.where(col(Telling.fact).in_(decisions))).all())
    told = {(d.agreement, d.currency): d for fact, d in decisions.items() if fact in written}
    now = {(d.agreement, d.currency): d for d in live}
    moved = [key for key, d in told.items() if key not in now or _says(now[key]) != _says(d)]
    days = [written[f"decision:{told[key].id}"].astimezone(zone).date() for key in moved or told]
    taken_back: list[str] = []
    requests: list[str] = []
    districts: dict[bool, dict[str, list[str]]] = {False: {}, True: {}}
    for key, decision in sorted(told.items()):
        gone = _given(decision) - _given(now.get(key), decision.unit)
        if gone <= 0:
            continue
        if decision.currency == Currency.graduate_credit:
            requests.append(wording.credits_said(gone))
        elif decision.pay_month:
            sent = _reported(session, decision)
            districts[sent].setdefault(decision.recognizer, []).append(wording.amount(gone, decision.unit))
        else:
            taken_back.append(wording.amount(gone, decision.unit))
    return Before(
        taken_back=tuple(taken_back),
        unreported=tuple((name, tuple(amounts)) for name, amounts in districts[False].items()),
        reported=tuple((name, tuple(amounts)) for name, amounts in districts[True].items()),
        requests=tuple(requests),
        on=max(days, default=None),
        same=bool(told) and not moved and told.keys() == now.keys(),
    )


def _given(decision: DecisionRecord | None, unit: str = "") -> Decimal:
    granted = decision is not None and decision.outcome == DecisionOutcome.granted and unit in ("", decision.unit)
    return decision.quantity if decision is not None and granted else Decimal(0)


def _reported(session: Session, decision: DecisionRecord) -> bool:
    """Whether the ledger's line behind a grant is in a package that was delivered. A revision that left the award as it was wrote no
    line of its own: an earlier one did."""
    query = (
        select(Posting.id)
        .join(DecisionRecord, col(DecisionRecord.id) == col(Posting.decision_id))
        .where(
            col(DecisionRecord.case_id) == decision.case_id,
            col(DecisionRecord.agreement) == decision.agreement,
            col(DecisionRecord.currency) == decision.currency,
            col(DecisionRecord.revision) <= decision.revision,
            col(Posting.kind) == PostingKind.grant.value,
        )
        .order_by(col(DecisionRecord.revision).desc())
        .limit(1)
    )
    line = session.exec(query).first()
    sent = select(PackageLine.id).where(col(PackageLine.posting_id) == line)
    return line is not None and session.exec(sent).first() is not None


def _says(decision: DecisionRecord) -> tuple[Any, ...]:
    """What of a decision is news when it changes. Where it stands in a cap, and why, moves with what else was awarded."""
    asked = [(reason.get("code"), reason.get("change")) for reason in decision.reasons]
    amount = (decision.unit, decision.period, decision.pay_month, decision.submit_from) if decision.quantity else ()
    return decision.outcome, decision.quantity, amount, asked
