"""`countersign ledger`: the ledger of one educator, or of one case, as statements that a person can read and add up."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from countersign.commandline import case_number
from countersign.errors import UsageError
from countersign.recognition.ledger import books
from countersign.recognition.statement import Account, Entry, Statement, Turn, faults, statements
from countersign.recognition.wording import CURRENCY_SAID
from countersign.store import Store
from models.agreement import is_money
from models.tables import Case, Educator, Posting
from models.words import Currency

_WIDTH = 52
_SAID = {Turn.new: "new", Turn.adjustment: "adjustment", Turn.reversal: "takes back"}


@dataclass(frozen=True, slots=True)
class EducatorLedger:
    """What the ledger has for one educator: of everything, or of one case (`case`, then every opening is 0 or the case's own).
    `differences` are sentences on what does not balance, in everything the educator has."""

    name: str
    member_number: str
    case: str
    statements: tuple[Statement, ...]
    differences: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "member_number": self.member_number,
            "name": self.name,
            "case": self.case or None,
            "statements": [s.as_json() for s in self.statements],
            "differences": list(self.differences),
        }


def educator_ledgers(store: Store, of: str) -> list[EducatorLedger]:
    """The ledger of an educator (a member number) or of a case (C-12): then of everybody who has a line for it, the one whose it
    is now first. Raises UsageError when there is no such educator or case."""
    with store.reading() as session:
        if of.upper().startswith("C-"):
            case = session.get(Case, case_number(of))
            if case is None:
                raise UsageError(f"There is no case {of}.", "`countersign review` and the summary of a run name them.")
            query = select(Posting.educator_id).where(col(Posting.case_id) == case.id).distinct()
            others = set(session.exec(query)) - {case.educator_id}
            whose = [number for number in (case.educator_id, *sorted(others)) if number is not None]
            return [_ledger(session, number, case) for number in whose]
        educator = session.exec(select(Educator.id).where(col(Educator.member_number) == of)).first()
        if educator is None:
            raise UsageError(f"Nobody on the roster has the member number {of}.", "A case is written as C-12.")
        return [_ledger(session, educator)]


def _ledger(session: Session, educator_id: int, case: Case | None = None) -> EducatorLedger:
    educator = session.get_one(Educator, educator_id)
    found = next(books(session, educator_id), None)
    lines = found[1] if found else []
    shown = [line for line in lines if case is None or line.case_id == case.id]
    return EducatorLedger(
        name=educator.name,
        member_number=educator.member_number,
        case=case.label if case else "",
        statements=statements(shown),
        differences=tuple(faults(found[1], found[2])) if found else (),
    )


def ledger_lines(ledger: EducatorLedger) -> Iterator[str]:
    """The ledger as lines of text, at most 80 characters wide where names are short."""
    yield f"{ledger.name} (member {ledger.member_number}){f', only {ledger.case}' if ledger.case else ''}"
    if not ledger.statements:
        yield "The ledger has no line."
    for statement in ledger.statements:
        places = _places(statement)
        yield ""
        yield f"{_account(statement.account)}: {statement.period or 'no period'}, in {statement.account.unit}"
        yield _row("opening", "", _figure(statement.opening, places))
        for entry in statement.entries:
            yield _row(_what(entry), _figure(entry.quantity, places), _figure(entry.balance, places))
        yield _row("closing", _figure(statement.moved, places), _figure(statement.closing, places))
        figures = (statement.opening, statement.new, statement.adjustments, statement.reversals, statement.closing)
        opening, new, adjusted, reversed_, closing = (_figure(figure, places) for figure in figures)
        yield f"  {opening} opening + {new} new + {adjusted} adjusted - {reversed_} reversed = {closing} closing"
    for sentence in ledger.differences:
        yield ""
        yield f"DOES NOT BALANCE: {sentence}"


def _account(of: Account) -> str:
    """`CUSD 200, college credit, granted`."""
    return f"{of.recognizer}, {CURRENCY_SAID[Currency(of.currency)]}, {of.side}"


def _what(entry: Entry) -> str:
    what = _SAID[entry.turn] + (f" line {entry.reverses}" if entry.reverses else "")
    paid = f", {entry.pay_month}" if entry.pay_month and not entry.reverses else ""
    return f"{entry.posted_at:%Y-%m-%d}  line {entry.line}  C-{entry.case}  {what}{paid}"


def _row(what: str, quantity: str, balance: str) -> str:
    return f"  {what:<{_WIDTH}}{quantity:>12}{balance:>14}"


def _places(statement: Statement) -> int:
    """How many decimals the figures need, so that they stand under each other; of money at least two."""
    figures = [statement.opening, *(e.quantity for e in statement.entries)]
    exact = (-int(f.normalize().as_tuple().exponent) for f in figures)
    return max(2 if is_money(statement.account.unit) else 0, *exact)


def _figure(value: Decimal, places: int) -> str:
    return f"{value:.{places}f}"
