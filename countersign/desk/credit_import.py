"""The registrar's file: each row says where one request stands. All of it or nothing, every mistake with its line; told twice, taken once.

It is the batch's `requests.csv` with its last columns filled in, or any table with the columns in `HEADERS`. The order of its rows
does not matter: the steps of a request are taken in the order of its life. A row that is still as it was sent ("requested") says nothing,
and one with only a note is shown to the person who imports it. A row about another name, title, fee or number of credits than the
request's is refused (`credit_claims`).
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from countersign import audit
from countersign.desk.credit import Ledger
from countersign.desk.credit_claims import CLAIMS, contradictions
from countersign.desk.facts_entry import file_bytes
from countersign.errors import FileProblem, UsageError
from countersign.issuance.credit_sheet import COLUMNS
from countersign.issuance.credit_steps import RANK, SAID, Step
from countersign.issuance.numbering import read_number
from countersign.matching import fields
from countersign.matching.sheet import Sheet, open_sheet, squash
from countersign.matching.staging import Problems
from countersign.settings import Workspace
from countersign.store import Store
from models.words import CreditState

HEADERS: Mapping[str, tuple[str, ...]] = {
    "number": ("request_number", "request", "number", "request_no", "credit_request", "credit_request_number"),
    "state": ("state", "status"),
    "date": ("date", "on", "state_date", "status_date", "as_of", "effective_date"),
    "course": ("course_section", "section", "course_and_section", "course_number_section"),
    "credits": ("credits", "credits_awarded", "credit_hours"),
    "transcript_date": ("transcript_date", "transcript_issued_on", "transcript_issued", "date_of_transcript"),
    "note": ("note", "notes", "comment", "comments", "remarks"),
}
"""What is read, and the names it goes by; case, spaces and punctuation do not matter."""

STATES: Mapping[str, CreditState] = {
    squash(word): state
    for state, words in {
        CreditState.requested: ("requested", "pending", "received", "in review"),
        CreditState.accepted: ("accepted", "approved"),
        CreditState.paid: ("paid", "fee paid", "fee received", "payment received"),
        CreditState.registered: ("registered", "enrolled"),
        CreditState.transcript_issued: ("transcript issued", "transcripted", "transcript sent", "posted to transcript"),
        CreditState.refused: ("refused", "rejected", "denied", "declined"),
        CreditState.withdrawn: ("withdrawn",),
    }.items()
    for word in words
}
"""What a registrar may call a state. That the district was told is not the registrar's to say."""

MAX_NOTE = 500


@dataclass(frozen=True, slots=True)
class CreditChange:
    """What an import did (or, `dry_run`, would do): `moved` counts requests by the state that they came to, `corrected` are the numbers of
    those whose transcript was corrected, `known` the rows that say what is on record, `unanswered` those as they were sent, `notes` what rows with only a note
    say, with their lines."""

    source: str
    dry_run: bool
    rows: int
    known: int
    unanswered: int
    moved: dict[str, int] = field(default_factory=dict[str, int])
    corrected: tuple[str, ...] = ()
    ignored_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def sentences(self) -> list[str]:
        """The change in words for a person, one sentence each."""
        moved = ", ".join(f"{n:,} {SAID[CreditState(s)]}" for s, n in self.moved.items())
        said = [f"{'Would be moved' if self.dry_run else 'Moved'}: {moved}." if moved else "Nothing new."]
        if self.corrected:
            said.append(f"Transcripts corrected: {', '.join(self.corrected)}.")
        if self.known:
            said.append(f"{self.known:,} {'row says' if self.known == 1 else 'rows say'} what is on record already.")
        if self.unanswered:
            said.append(f"{self.unanswered:,} {'row is' if self.unanswered == 1 else 'rows are'} not answered yet.")
        if self.notes:
            said.append(f"Only a note, which moves nothing: {'; '.join(self.notes)}.")
        if self.ignored_columns:
            said.append(f"Columns not used: {', '.join(self.ignored_columns)}.")
        if self.dry_run:
            said.append("Nothing was changed: this was a dry run.")
        elif CreditState.transcript_issued in self.moved or self.corrected:
            said.append("The next nightly run decides what waited for a transcript.")
        return said


@dataclass(frozen=True, slots=True)
class _Row:
    """One row that says something: whose request, which step, on which line."""

    number: str
    step: Step
    line: int
    claims: Mapping[str, str] = field(default_factory=dict[str, str])


class _DryRun(Exception):
    """Takes back what a dry run has written in its transaction."""


def import_answers(
    store: Store,
    workspace: Workspace,
    path: Path,
    now: datetime,
    by: str,
    *,
    fees_paid: bool = False,
    dry_run: bool = False,
) -> CreditChange:
    """Move requests as the registrar's CSV or XLSX file at `path` says.

    `fees_paid`: the college registers only what is paid, so that a registered request whose fee is not recorded as paid was paid by
    that day. Raises FileProblems (every problem with its line, nothing changed), FileProblem or UsageError.
    """
    problems = Problems(path.name)
    unanswered, notes = 0, list[str]()
    rows: list[_Row] = []
    content = file_bytes(path)
    with open_sheet(path, _OURS, ()) as sheet:
        places, ignored = _places(sheet)
        count = 0
        for line, cells in sheet.rows:
            count += 1
            said = {what: cells[place] for what, place in places.items()}
            if _only_a_note(said):
                notes.append(f"line {line}: “{said['note'].rstrip('.')[:MAX_NOTE]}”")
                continue
            try:
                row = _row(said, line)
            except ValueError as error:
                problems.add(line, str(error).rstrip("."))
                continue
            if row is None:
                unanswered += 1
            else:
                rows.append(row)
    sha256 = hashlib.sha256(content).hexdigest()
    change = CreditChange(path.name, dry_run, count, 0, unanswered, ignored_columns=ignored, notes=tuple(notes))
    with suppress(_DryRun), store.transaction() as session:
        ledger = Ledger(session, workspace, by, now)
        change = _take(ledger, rows, change, problems, sha256, fees_paid=fees_paid)
        problems.raise_if_any()
        if change.moved:
            if not dry_run:
                store.evidence.put(content)
            ledger.write()
            subject = f"credit_answers:{sha256[:16]}"
            audit.record(session, at=now, actor=by, action="registrar's answers imported", subject=subject, rows=count)
        if dry_run:
            raise _DryRun
    return change


_OURS = tuple(name for names in (*HEADERS.values(), *CLAIMS.values()) for name in names)


def _places(sheet: Sheet) -> tuple[dict[str, int], tuple[str, ...]]:
    """Where each thing stands, and the headers that say nothing here. Raises FileProblem."""
    places: dict[str, int] = {}
    for what, names in (*HEADERS.items(), *CLAIMS.items()):
        at = [sheet.columns.index(squash(name)) for name in names if squash(name) in sheet.columns]
        if len(at) > 1:
            both = " and ".join(f'"{sheet.headers[place]}"' for place in sorted(at)[:2])
            raise FileProblem(sheet.name, 1, f"the columns {both} both say the {what.replace('_', ' ')}.", "Keep one.")
        if at:
            places[what] = at[0]
    for what, name in (("number", "request_number"), ("state", "state"), ("date", "date")):
        if what not in places:
            found = ", ".join(h for h in sheet.headers if h) or "nothing"
            raise FileProblem(
                sheet.name,
                1,
                f"the column {name} is missing.",
                f"The first row names the columns; it names: {found[:300]}.",
            )
    ours = {squash(name) for name in COLUMNS}  # the rest of the file that was sent out
    unused = (h for n, h in enumerate(sheet.headers) if h and n not in places.values() and squash(h) not in ours)
    return places, tuple(unused)


def _only_a_note(cells: Mapping[str, str]) -> bool:
    """Whether a row has a note and moves nothing: its state is empty or as it was sent, nothing else is filled in. It may lack a number,
    as a remark below the table does."""
    answers = ("date", "transcript_date", "course", "credits")
    as_sent = STATES.get(squash(cells["state"]), CreditState.requested) is CreditState.requested
    as_sent &= squash(cells["state"]) in STATES or not cells["state"].strip()
    named = cells["number"] or not any(cells.get(what) for what in CLAIMS)
    return bool(cells.get("note") and named) and as_sent and not any(cells.get(what) for what in answers)


def _row(cells: Mapping[str, str], line: int) -> _Row | None:
    """What a row says; None for one that is as it was sent. Raises ValueError with a sentence."""
    number = cells["number"].removeprefix("'")
    if not number:
        raise ValueError("the request's number is missing")
    wanted = read_number(number)
    if wanted is None:
        raise ValueError(f'"{number[:60]}" is not the number of a credit request; copy it from the paper')
    said = squash(cells["state"])
    transcript = _day("transcript_date", cells.get("transcript_date", ""))
    on = _day("date", cells["date"])
    if not said and not (on or transcript):
        return None
    state = STATES.get(said)
    if state is None:
        what = f'"{cells["state"][:60]}" is no state of a request' if said else "the state is missing"
        known = ", ".join(SAID[s] for s in dict.fromkeys(STATES.values()))
        raise ValueError(f"{what}; write one of {known}")
    if state is CreditState.requested and on is None and transcript is None:
        return None
    if transcript is not None:
        if state is not CreditState.transcript_issued:
            raise ValueError(f'there is a transcript date, but the state is "{SAID[state]}"; write transcript issued')
        on = transcript
    if state is CreditState.requested:
        return None
    if on is None:
        raise ValueError("the date is missing")
    note = fields.as_text(cells.get("note", "")[:MAX_NOTE], "note") if cells.get("note") else ""
    if state in (CreditState.refused, CreditState.withdrawn) and not note:
        raise ValueError(f"why it was {SAID[state]} is missing; write it under note: the educator reads it")
    course = fields.as_text(cells.get("course", ""), "course_section")
    return _Row(wanted, Step(state, on, course, as_credits(cells.get("credits", "")), note), line, cells)


def _day(what: str, text: str) -> date | None:
    try:
        return fields.as_date(text)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from error


def as_credits(text: str) -> Decimal | None:
    """The credits that a person or a registrar wrote; None when empty. Raises ValueError."""
    if not text:
        return None
    if not fields.is_figure(text):
        raise ValueError(f'credits "{text[:40]}" is not a number; write one such as 3 or 1.5')
    value = Decimal(text)
    if not 0 < value <= 100 or value != value.quantize(Decimal("0.01")):
        raise ValueError(f'credits "{text[:40]}" is not between 0 and 100 with at most two decimal places')
    return value


def _take(
    ledger: Ledger, rows: list[_Row], change: CreditChange, problems: Problems, sha256: str, *, fees_paid: bool
) -> CreditChange:
    """Take every row: by number, so that requests are locked in one order, and within a request in the order of its life."""
    by_number: defaultdict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        by_number[row.number].append(row)
    known, moved, corrected = 0, defaultdict[str, int](int), list[str]()
    for number, same in sorted(by_number.items()):
        ordered = sorted(same, key=lambda r: (RANK.get(r.step.state, len(RANK)), r.step.state, r.line))
        _one_word(ordered, problems)
        try:
            request = ledger.open(number)
        except UsageError as error:
            problems.add(ordered[0].line, error.what.rstrip("."), error.remedy)
            continue
        for row in ordered:
            for contradiction in contradictions(request.printed, row.claims):
                problems.add(
                    row.line,
                    f"{number}: {contradiction}",
                    "Look whether the rows have slipped; copy the row from the file that was sent, or ask the registrar.",
                )
        news = False
        state = ""
        for row in ordered:
            try:
                if fees_paid:
                    ledger.pay_if_due(request, row.step, change.source, sha256, row.line)
                said = ledger.take(request, row.step, change.source, sha256, row.line)
            except UsageError as error:
                problems.add(row.line, f"{number}: {error.what.rstrip('.')}", error.remedy.replace("NUMBER", number))
                continue
            news, state, known = news or said.new, said.state, known + (not said.new)
            corrected += [number] if said.corrected else []
        if news:
            moved[state] += 1
    in_order = {s.value: moved[s.value] for s in CreditState if moved[s.value]}
    return replace(change, known=known, moved=in_order, corrected=tuple(corrected))


def _one_word(rows: list[_Row], problems: Problems) -> None:
    """That a file does not say two things of one step of a request."""
    first: dict[CreditState, _Row] = {}
    for row in rows:
        other = first.setdefault(row.step.state, row)
        same = other.step.on == row.step.on
        same &= "" in (other.step.course, row.step.course) or other.step.course == row.step.course
        same &= None in (other.step.credits, row.step.credits) or other.step.credits == row.step.credits
        if not same:
            problems.add(row.line, f"line {other.line} says otherwise of {row.number}, {SAID[row.step.state]}")
