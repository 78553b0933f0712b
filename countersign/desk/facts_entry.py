"""The ways in for facts: a file of them, one by a command, and the taking back of one."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from countersign import audit
from countersign.desk.facts import Desk, From, Written
from countersign.desk.facts_read import columns_of, kind_named
from countersign.errors import FileProblem, UsageError
from countersign.matching.sheet import open_sheet, squash
from countersign.matching.staging import Problems
from countersign.matching.whose import WHO
from countersign.settings import Workspace
from countersign.store import Store
from models.facts import KINDS
from models.tables import FactRecord

WHAT = ("kind", "case", *WHO, "title")
COLUMNS = (*WHAT, *dict.fromkeys(column for kind in KINDS for column in columns_of(kind)))
MAX_EVIDENCE = 50_000_000
"""Bytes of a file kept with a fact: a scanned transcript has far fewer."""


@dataclass(frozen=True, slots=True)
class FactChange:
    """What was recorded (or, `dry_run`, would be): `kinds` counts new facts by kind, `known` those on record before, `facts` are the
    numbers of the new ones, `ignored_columns` the headers that say nothing of a fact."""

    source: str
    dry_run: bool
    rows: int
    known: int
    kinds: dict[str, int] = field(default_factory=dict[str, int])
    facts: tuple[int, ...] = ()
    ignored_columns: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def sentences(self) -> list[str]:
        """The change in words for a person, one sentence each."""
        said = [self._recorded()]
        if self.ignored_columns:
            said.append(f"Columns not used: {', '.join(self.ignored_columns)}.")
        if self.dry_run:
            return [*said, "Nothing was changed: this was a dry run."]
        if self.kinds.get("appeal"):
            said.append("An appeal waits in the review queue until a person decides it and records a ruling.")
        if set(self.kinds) - {"appeal"}:
            said.append("The next nightly run decides anew where that makes a difference.")
        return said

    def _recorded(self) -> str:
        """`Recorded: transcript (fact 1).`, or of several how many of each kind."""
        new = sum(self.kinds.values())
        known = f"{self.known:,} {'is' if self.known == 1 else 'are'} on record already"
        if not new:
            return f"Nothing new: {known}."
        said = "Would be recorded" if self.dry_run else "Recorded"
        names = {kind: kind.replace("_", " ") for kind in sorted(self.kinds)}
        what = next(iter(names.values()))
        if new > 1:
            what = f"{new:,} facts ({', '.join(f'{self.kinds[kind]:,} {name}' for kind, name in names.items())})"
        number = f" (fact {self.facts[0]})" if len(self.facts) == 1 else ""
        return f"{said}: {what}{number}{f'; {known}' if self.known else ''}."


def import_facts(
    store: Store,
    workspace: Workspace,
    path: Path,
    now: datetime,
    by: str,
    *,
    kind: str = "",
    agreement: str = "",
    district: str = "",
    dry_run: bool = False,
) -> FactChange:
    """Record the facts in the CSV or XLSX file at `path`, a row each.

    `kind` and `agreement` are those of every row of a file without such a column, `district` whose employee ids it names. Raises
    FileProblems (every problem with its line, nothing changed), FileProblem or UsageError.
    """
    kind = _kind(kind) if kind else ""
    problems = Problems(path.name)
    with open_sheet(path, COLUMNS, ("on",)) as sheet:
        places = {c: sheet.columns.index(squash(c)) for c in COLUMNS if squash(c) in sheet.columns}
        if "kind" not in places and not kind:
            raise FileProblem(sheet.name, 1, "the column kind is missing.", f"Name it with --kind: {', '.join(KINDS)}.")
        ignored = tuple(
            h for h, c in zip(sheet.headers, sheet.columns, strict=True) if h and c not in map(squash, places)
        )
        content = file_bytes(path)
        source = From(by, now, path.name, hashlib.sha256(content).hexdigest())
        rows = 0
        with store.reading() if dry_run else store.transaction() as session:
            desk = Desk(session, workspace, source, district)
            for line, cells in sheet.rows:
                rows += 1
                row = {c: cells[place] for c, place in places.items() if cells[place]}
                one = kind_named(row.pop("kind", kind))
                if agreement and one in KINDS and "agreement" in columns_of(one):
                    row.setdefault("agreement", agreement)
                try:
                    desk.take(one, row, line)
                except FileProblem:
                    raise  # an agreement's file is wrong, not this row
                except UsageError as error:
                    problems.add(line, error.what.rstrip("."), error.remedy)
            problems.raise_if_any()
            written = desk.would()
            if written.kinds and not dry_run:
                store.evidence.put(content)
                written = desk.write()
                subject = f"facts:{source.sha256[:16]}"
                audit.record(
                    session, at=now, actor=by, action="facts imported", subject=subject, rows=rows, **_counts(written)
                )
    return _change(path.name, written, rows, dry_run, ignored)


def add_fact(
    store: Store,
    workspace: Workspace,
    kind: str,
    cells: Mapping[str, str],
    now: datetime,
    by: str,
    *,
    file: Path | None = None,
    dry_run: bool = False,
) -> FactChange:
    """Record one fact; `file` is kept in the evidence with it. Raises UsageError."""
    content = file_bytes(file) if file is not None else None
    sha256 = hashlib.sha256(content).hexdigest() if content is not None else ""
    source = From(by, now, file.name if file is not None else "countersign fact add", sha256)
    with store.reading() if dry_run else store.transaction() as session:
        desk = Desk(session, workspace, source)
        try:
            desk.take(kind, {column: text for column, text in cells.items() if text})
        except FileProblem:
            raise  # an agreement's file is wrong, and says so itself
        except UsageError as error:
            raise UsageError(_sentence(error.what), error.remedy) from error
        written = desk.would()
        if written.kinds and not dry_run:
            if content is not None:
                store.evidence.put(content)
            written = desk.write()
            (number,) = written.numbers
            audit.record(session, at=now, actor=by, action="fact recorded", subject=f"fact:{number}", kind=kind)
    return _change(kind.replace("_", " "), written, 1, dry_run)


def withdraw_fact(store: Store, workspace: Workspace, number: int, now: datetime, by: str, reason: str) -> str:
    """Take a fact back; returns what to tell the person. Raises UsageError."""
    if not reason.strip():
        raise UsageError("--reason may not be empty.", "It is kept with the fact.")
    with store.transaction() as session:
        desk = Desk(session, workspace, From(by, now, "countersign fact withdraw"))
        row: FactRecord = desk.withdraw(number, reason)
        audit.record(session, at=now, actor=by, action="fact taken back", subject=f"fact:{number}", kind=row.kind)
    then = (
        "Its item in the review queue is closed."
        if row.kind == "appeal"
        else "The next nightly run decides anew where that makes a difference."
    )
    return f"Fact {number} ({row.kind.replace('_', ' ')}) no longer counts. {then}"


def _sentence(text: str) -> str:
    """What is said of a row, as a sentence that stands alone."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _kind(text: str) -> str:
    kind = kind_named(text)
    if kind not in KINDS:
        raise UsageError(f"{text!r} is no kind of fact.", f"There are {', '.join([*KINDS, 'preapproval'])}.")
    return kind


def file_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_EVIDENCE + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_EVIDENCE:
        raise FileProblem(path.name, 0, f"is larger than {MAX_EVIDENCE:,} bytes.", "Import it in parts.")
    return content


def _counts(written: Written) -> dict[str, Any]:
    return {"added": len(written.numbers), "known": written.known, "kinds": dict(sorted(written.kinds.items()))}


def _change(source: str, written: Written, rows: int, dry_run: bool, ignored: tuple[str, ...] = ()) -> FactChange:
    numbers = () if dry_run else tuple(written.numbers)
    return FactChange(source, dry_run, rows, written.known, dict(sorted(written.kinds.items())), numbers, ignored)
