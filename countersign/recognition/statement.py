"""The ledger as accounts that can be added up: opening + new + adjustments - reversals = closing, and what does not balance.

An account is what one educator has of one recognizer in one currency and unit, granted or banked. Its statement for a period of
the recognizer's opens with what the periods before closed with, so the last closing is all that stands.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import Any

from countersign.recognition.wording import amount
from models.tables import DecisionRecord, Posting
from models.words import MONTHS, PostingKind

ZERO = Decimal(0)
_SIDES = {PostingKind.grant: "granted", PostingKind.bank: "banked"}


class Turn(StrEnum):
    """What a line does: it adds, it stands in the place of one that was taken back, or it takes one back."""

    new = "new"
    adjustment = "adjustment"
    reversal = "reversal"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger. `quantity` is signed; `reverses` is the line that a reversal takes back; `balance` is what the
    account stands at with it."""

    line: int
    posted_at: datetime
    case: int
    agreement: str
    turn: Turn
    quantity: Decimal
    balance: Decimal
    pay_month: str = ""
    reverses: int | None = None


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """Whose, of whom, and what: `side` is "granted" or "banked"."""

    educator: int
    recognizer: str
    currency: str
    side: str
    unit: str

    def __str__(self) -> str:
        return f"{self.recognizer}, {self.currency.replace('_', ' ')}, {self.side}"


@dataclass(frozen=True, slots=True)
class Statement:
    """An account in one period ("2024-25"), in the account's unit. `reversals` is positive: what was taken back."""

    account: Account
    period: str
    opening: Decimal
    new: Decimal
    adjustments: Decimal
    reversals: Decimal
    entries: tuple[Entry, ...]

    @property
    def moved(self) -> Decimal:
        """What the period comes to by itself."""
        return self.new + self.adjustments - self.reversals

    @property
    def closing(self) -> Decimal:
        return self.opening + self.moved

    def as_json(self) -> dict[str, Any]:
        figures = ("opening", "new", "adjustments", "reversals", "closing")
        account = {name: getattr(self.account, name) for name in ("recognizer", "currency", "side", "unit")}
        lines = [
            {
                "line": e.line,
                "posted_at": e.posted_at.isoformat(),
                "case": f"C-{e.case}",
                "agreement": e.agreement,
                "turn": e.turn.value,
                "quantity": f"{e.quantity:f}",
                "balance": f"{e.balance:f}",
                "pay_month": e.pay_month,
                "reverses": e.reverses,
            }
            for e in self.entries
        ]
        return {
            **account,
            "period": self.period,
            **{name: f"{getattr(self, name):f}" for name in figures},
            "lines": lines,
        }


def statements(lines: Iterable[Posting]) -> tuple[Statement, ...]:
    """The statements of these lines, account by account, its periods in their order; the order of `lines` makes no difference."""
    ordered = sorted(lines, key=lambda line: line.id)
    turns = _turns(ordered)
    kinds = {line.id: line.kind for line in ordered}
    accounts: defaultdict[Account, defaultdict[str, list[Posting]]] = defaultdict(lambda: defaultdict(list))
    for line in ordered:
        kind = kinds.get(line.reverses_id or line.id, PostingKind.grant.value)
        accounts[_account(line, kind)][line.period].append(line)
    made: list[Statement] = []
    for account, periods in sorted(accounts.items(), key=lambda item: item[0]):
        opening = ZERO
        for period in sorted(periods, key=_when):
            made.append(_statement(account, period, opening, periods[period], turns))
            opening = made[-1].closing
    return tuple(made)


def faults(lines: Sequence[Posting], live: Sequence[DecisionRecord]) -> Iterator[str]:
    """What does not balance in one educator's ledger, a sentence each; nothing when all is well.

    `lines` are all the educator's postings and `live` the educator's decisions in force that grant or bank. Every statement must
    move by what those decisions come to, and every line must be in order by itself.
    """
    yield from _lines_out_of_order(lines)
    wanted: defaultdict[tuple[Account, str], list[DecisionRecord]] = defaultdict(list)
    for decision in live:
        if decision.quantity:  # what counted with another case is given there
            side = PostingKind.bank if decision.outcome == "banked" else PostingKind.grant
            wanted[_account(decision, side.value), decision.period].append(decision)
    for made in statements(lines):
        said = wanted.pop((made.account, made.period), [])
        if made.moved != sum((d.quantity for d in said), ZERO):
            yield f"{_said(made)}; {_decided(said, made.account.unit)}{_cases_apart(made, said)}."
    for (account, period), said in sorted(wanted.items(), key=lambda item: item[0]):
        cases = ", ".join(f"C-{d.case_id}" for d in said)
        yield f"Educator {account.educator}, {account}, {period}: {_decided(said, account.unit)} ({cases}), and the ledger has no line."
    yield from _pay_months_apart(lines, live)


def _account(row: Posting | DecisionRecord, kind: str) -> Account:
    return Account(row.educator_id, row.recognizer, row.currency, _SIDES[PostingKind(kind)], row.unit)


def _turns(ordered: Sequence[Posting]) -> Mapping[int, Turn]:
    """A line is an adjustment when the same person had one of its kind for the same case, agreement and currency before."""
    seen: set[tuple[Any, ...]] = set()
    turns: dict[int, Turn] = {}
    for line in ordered:
        key = (line.educator_id, line.case_id, line.agreement, line.currency, line.kind)
        if line.kind == PostingKind.reversal:
            turns[line.id] = Turn.reversal
        else:
            turns[line.id] = Turn.adjustment if key in seen else Turn.new
        seen.add(key)
    return turns


def _statement(
    account: Account, period: str, opening: Decimal, lines: Sequence[Posting], turns: Mapping[int, Turn]
) -> Statement:
    entries: list[Entry] = []
    sums: defaultdict[Turn, Decimal] = defaultdict(Decimal)
    balance = opening
    for line in lines:
        balance += line.quantity
        turn = turns[line.id]
        sums[turn] += line.quantity
        entries.append(
            Entry(
                line=line.id,
                posted_at=line.posted_at,
                case=line.case_id,
                agreement=line.agreement,
                turn=turn,
                quantity=line.quantity,
                balance=balance,
                pay_month=line.pay_month,
                reverses=line.reverses_id,
            )
        )
    return Statement(
        account, period, opening, sums[Turn.new], sums[Turn.adjustment], -sums[Turn.reversal], tuple(entries)
    )


def _when(period: str) -> tuple[str, int, str]:
    """Years, windows and months in the order of the calendar; what names no year ("all time") comes last."""
    year = re.search(r"\d{4}", period)
    month = next((n for n, name in enumerate(MONTHS, 1) if name in period), 0)
    return (year.group() if year else "~", month, period)


def _lines_out_of_order(lines: Sequence[Posting]) -> Iterator[str]:
    """What the database refuses to let in, looked for all the same: a file can be changed past it."""
    by_id = {line.id: line for line in lines}
    backs: defaultdict[int | None, list[int]] = defaultdict(list)
    for line in lines:
        if line.kind == PostingKind.reversal:
            backs[line.reverses_id].append(line.id)
            original = by_id.get(line.reverses_id or 0)
            if original is None or original.kind == PostingKind.reversal:
                yield f"Line {line.id} of C-{line.case_id} takes back line {line.reverses_id}, which is no line of this educator."
            elif _all_but_kind(line) != _all_but_kind(original, -1):
                yield f"Line {line.id} of C-{line.case_id} is not the exact negative of line {original.id}, which it takes back."
        elif line.quantity <= 0:
            yield f"Line {line.id} of C-{line.case_id} gives {amount(line.quantity, line.unit)}."
    for reversed_, by in backs.items():
        if len(by) > 1:
            yield f"Line {reversed_} is taken back {len(by)} times."
    for (case, agreement, currency), several in groupby(sorted(_open(lines), key=_key), key=_key):
        numbers = [line.id for line in several]
        if len(numbers) > 1:
            yield f"C-{case}, {agreement}, {currency}: {len(numbers)} lines are open at once ({', '.join(map(str, sorted(numbers)))})."


def _key(row: Posting | DecisionRecord) -> tuple[int, str, str]:
    return row.case_id, row.agreement, row.currency


def _open(lines: Sequence[Posting]) -> list[Posting]:
    """The grant and bank lines that nothing takes back."""
    back = {line.reverses_id for line in lines}
    return [line for line in lines if line.kind != PostingKind.reversal and line.id not in back]


def _all_but_kind(line: Posting, sign: int = 1) -> tuple[Any, ...]:
    return *_key(line), line.educator_id, line.recognizer, line.unit, line.period, line.pay_month, line.quantity * sign


def _pay_months_apart(lines: Sequence[Posting], live: Sequence[DecisionRecord]) -> Iterator[str]:
    decided = {_key(d): d for d in live}
    for line in _open(lines):
        decision = decided.get(_key(line))
        if decision is not None and line.kind == PostingKind.grant and line.pay_month != decision.pay_month:
            yield (
                f"C-{line.case_id}, {line.agreement}, {line.currency}: line {line.id} stands in the month "
                f"{line.pay_month or 'none'}, and the decision in force says {decision.pay_month or 'none'}."
            )


def _said(made: Statement) -> str:
    unit = made.account.unit
    parts = (
        f"opening {amount(made.opening, unit)}",
        f"new {amount(made.new, unit)}",
        f"adjustments {amount(made.adjustments, unit)}",
        f"reversals {amount(made.reversals, unit)}",
        f"closing {amount(made.closing, unit)}",
    )
    return f"Educator {made.account.educator}, {made.account}, {made.period}: {', '.join(parts)}"


def _decided(said: Sequence[DecisionRecord], unit: str) -> str:
    return f"the decisions in force come to {amount(sum((d.quantity for d in said), ZERO), unit)} in this period"


def _cases_apart(made: Statement, said: Sequence[DecisionRecord]) -> str:
    """The cases that make the difference."""
    apart: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for entry in made.entries:
        apart[entry.case, entry.agreement] += entry.quantity
    for decision in said:
        apart[decision.case_id, decision.agreement] -= decision.quantity
    cases = sorted({case for (case, _), by in apart.items() if by})
    return f" (apart in {', '.join(f'C-{case}' for case in cases)})" if cases else ""
