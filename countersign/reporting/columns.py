"""The columns of every table in a package: their key in the CSV, their label in the workbook, and what stands in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from countersign.cells import clean
from countersign.reporting.facts import CapFact
from countersign.reporting.package import HeldLine, Line, PackageContents
from models.agreement import is_money

T = TypeVar("T")
Cell = str | Decimal | int | date | None


class Kind(StrEnum):
    """How a column's cells are written: as text, a date, a whole number, a number as it is, or money with its cents."""

    text = "text"
    day = "day"
    whole = "whole"
    number = "number"
    money = "money"


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column over rows of `T`. `width` is in characters, for the workbook."""

    key: str
    label: str
    kind: Kind
    width: int
    value: Callable[[T], Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """A table ready to be written: cells in the columns' order. `sheet` is its name in the workbook, `file` its CSV."""

    sheet: str
    file: str
    keys: tuple[str, ...]
    labels: tuple[str, ...]
    kinds: tuple[Kind, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[Cell, ...], ...]


def _amount(line: Line) -> Decimal | None:
    return line.fact.quantity if is_money(line.fact.unit) else None


def _quantity(line: Line) -> Decimal:
    """Of money: the number of micro-credentials it is paid for, so that quantity x rate = amount."""
    return Decimal(line.count) if is_money(line.fact.unit) else line.fact.quantity


def _rate(line: Line) -> Decimal | None:
    return line.fact.quantity / line.count if is_money(line.fact.unit) else None


_WHICH: tuple[Column[Line], ...] = (
    Column("line", "Line", Kind.text, 16, lambda r: r.line),
    Column("transaction", "Transaction", Kind.text, 12, lambda r: r.transaction.value),
    Column("changes_line", "Changes line", Kind.text, 16, lambda r: r.changes_line),
    Column("changes_month", "Changes month", Kind.text, 10, lambda r: r.changes_month),
)
_WHO: tuple[Column[Line], ...] = (
    Column("employee_id", "Employee id", Kind.text, 13, lambda r: r.employee_id),
    Column("name", "Name", Kind.text, 24, lambda r: r.fact.award.name),
)
_WHERE: tuple[Column[Line], ...] = (
    Column("location", "Location", Kind.text, 22, lambda r: r.employment.location if r.employment else ""),
    Column("position", "Position", Kind.text, 18, lambda r: r.employment.position if r.employment else ""),
    Column("fte", "FTE", Kind.number, 7, lambda r: r.employment.fte if r.employment else None),
)
_WHAT: tuple[Column[Line], ...] = (
    Column("title", "Micro-credential", Kind.text, 38, lambda r: r.fact.award.title),
    Column("count", "Count", Kind.whole, 7, lambda r: r.count),
    Column("case", "Case", Kind.text, 9, lambda r: f"C-{r.fact.award.case}"),
    Column("assertion_id", "Assertion id", Kind.text, 34, lambda r: r.fact.award.assertion_id),
    Column("issuer", "Issuer", Kind.text, 22, lambda r: r.fact.award.issuer),
    Column("earned_on", "Earned", Kind.day, 11, lambda r: r.fact.award.earned_on),
    Column("received_on", "Received", Kind.day, 11, lambda r: r.fact.award.received_on),
    Column("submitted_on", "Submitted", Kind.day, 11, lambda r: r.fact.award.submitted_on),
    Column("proven_on", "Proven", Kind.day, 11, lambda r: r.fact.award.proven_on),
    Column("pre_approval", "Pre-approval", Kind.text, 20, lambda r: r.fact.award.pre_approval),
    Column("clause", "Clause", Kind.text, 18, lambda r: r.fact.terms.clause),
    Column("agreement", "Agreement", Kind.text, 18, lambda r: r.fact.terms.agreement),
    Column("agreement_version", "Agreement version", Kind.text, 15, lambda r: r.fact.terms.sha256[:12]),
    Column("form", "Form", Kind.text, 15, lambda r: r.form),
)
_MONEY: tuple[Column[Line], ...] = (
    Column("quantity", "Quantity", Kind.number, 9, _quantity),
    Column("rate", "Rate", Kind.money, 11, _rate),
    Column("amount", "Amount", Kind.money, 12, _amount),
    Column("unit", "Unit", Kind.text, 9, lambda r: r.fact.unit),
)
_HOURS: tuple[Column[Line], ...] = (Column("hours", "Hours", Kind.number, 9, lambda r: r.fact.quantity),)


def _cap(pick: Callable[[T], CapFact]) -> tuple[Column[T], ...]:
    return (
        Column("cap_limit", "Cap", Kind.number, 8, lambda r: pick(r).limit),
        Column("cap_before", "Cap before", Kind.number, 8, lambda r: pick(r).before),
        Column("cap_used", "Cap used", Kind.number, 8, lambda r: pick(r).used),
        Column("cap_after", "Cap after", Kind.number, 8, lambda r: pick(r).after),
        Column("cap_unit", "Cap unit", Kind.text, 16, lambda r: pick(r).unit),
    )


def _look_again(row: HeldLine) -> Cell:
    return "at every run" if row.fact.every_run else row.fact.look_again_on


_CAP: tuple[Column[Line], ...] = _cap(lambda r: r.fact.cap)
_WHEN: tuple[Column[Line], ...] = (
    Column("effective_on", "Effective", Kind.day, 11, lambda r: r.fact.effective_on),
    Column("pay_month", "Pay month", Kind.text, 10, lambda r: r.fact.pay_month),
    Column("service_period", "Service period", Kind.text, 12, lambda r: r.fact.terms.period),
    Column("fiscal_year", "Fiscal year", Kind.text, 10, lambda r: r.fact.fiscal_year),
)
_DISTRICT: tuple[Column[Line], ...] = (
    Column("account_code", "Account code (district)", Kind.text, 14, lambda _: ""),
    Column("pensionable", "Pensionable (district)", Kind.text, 13, lambda _: ""),
)
_WHY: tuple[Column[Line], ...] = (
    Column("reason", "Reason", Kind.text, 60, lambda r: r.fact.reason),
    Column("attention", "Attention", Kind.text, 50, lambda r: r.attention),
)

_HELD: tuple[Column[HeldLine], ...] = (
    Column("case", "Case", Kind.text, 9, lambda r: f"C-{r.fact.award.case}"),
    Column("outcome", "State", Kind.text, 10, lambda r: r.fact.outcome),
    Column("employee_id", "Employee id", Kind.text, 13, lambda r: r.employee_id),
    Column("name", "Name", Kind.text, 24, lambda r: r.fact.award.name),
    Column("location", "Location", Kind.text, 22, lambda r: r.employment.location if r.employment else ""),
    Column("position", "Position", Kind.text, 18, lambda r: r.employment.position if r.employment else ""),
    Column("title", "Micro-credential", Kind.text, 38, lambda r: r.fact.award.title),
    Column("assertion_id", "Assertion id", Kind.text, 34, lambda r: r.fact.award.assertion_id),
    Column("issuer", "Issuer", Kind.text, 22, lambda r: r.fact.award.issuer),
    Column("earned_on", "Earned", Kind.day, 11, lambda r: r.fact.award.earned_on),
    Column("submitted_on", "Submitted", Kind.day, 11, lambda r: r.fact.award.submitted_on),
    Column("pre_approval", "Pre-approval", Kind.text, 20, lambda r: r.fact.award.pre_approval),
    Column("clause", "Clause", Kind.text, 18, lambda r: r.fact.terms.clause),
    Column("agreement", "Agreement", Kind.text, 18, lambda r: r.fact.terms.agreement),
    Column("agreement_version", "Agreement version", Kind.text, 15, lambda r: r.fact.terms.sha256[:12]),
    Column("quantity", "Quantity", Kind.number, 9, lambda r: r.fact.quantity or None),
    Column("unit", "Unit", Kind.text, 12, lambda r: r.fact.unit),
    Column("reason", "Reason", Kind.text, 70, lambda r: r.fact.reason),
    Column("change", "What would change it", Kind.text, 50, lambda r: r.fact.change),
    Column("owner", "Whose move", Kind.text, 12, lambda r: r.fact.owner),
    Column("look_again_on", "Looked at again", Kind.day, 13, _look_again),
    Column("submit_from", "May be submitted from", Kind.day, 13, lambda r: r.fact.submit_from),
    Column("pay_month", "Pay month", Kind.text, 10, lambda r: r.fact.pay_month),
    *_cap(lambda r: r.fact.cap),
    Column("service_period", "Service period", Kind.text, 12, lambda r: r.fact.terms.period),
)


def tables(contents: PackageContents) -> tuple[Table, ...]:
    """The tables of a package: compensation, PD hours, adjustments, held; and lane changes where an agreement gives lanes."""
    run: Column[Line] = Column("run_id", "Run", Kind.text, 26, lambda _: contents.facts.run_id)
    lines = (*_WHICH, *_WHO, *_WHERE, *_WHAT)
    tail = (*_CAP, *_WHEN)
    adjustment = (*_WHICH, *_WHO, *(c for c in _WHAT if c.key in ("title", "count", "case", "clause", "form")), *_MONEY)
    moved = (*_WHICH, *_WHO, *_WHERE, *_WHAT, *(c for c in _MONEY if c.key in ("quantity", "unit")), *tail, *_WHY, run)
    lanes = () if contents.lanes is None else (_table("Lane changes", "lane_changes.csv", moved, contents.lanes),)
    return (
        _table("Compensation", "compensation.csv", (*lines, *_MONEY, *tail, *_DISTRICT, *_WHY, run), contents.pay),
        _table("PD hours", "pd_hours.csv", (*lines, *_HOURS, *tail, *_WHY, run), contents.hours),
        *lanes,
        _table("Adjustments", "adjustments.csv", (*adjustment, *_WHEN, *_WHY, run), contents.adjusting),
        _table("Held", "held.csv", _HELD, contents.held),
    )


def _table(sheet: str, file: str, columns: Sequence[Column[T]], rows: Sequence[T]) -> Table:
    return Table(
        sheet=sheet,
        file=file,
        keys=tuple(c.key for c in columns),
        labels=tuple(c.label for c in columns),
        kinds=tuple(c.kind for c in columns),
        widths=tuple(c.width for c in columns),
        rows=tuple(tuple(_cell(c.value(row)) for c in columns) for row in rows),
    )


def _cell(value: Cell) -> Cell:
    return clean(value) if isinstance(value, str) else value
