"""The district's list of pre-approvals: each row one educator, one title, one day. All of it or nothing."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from countersign import audit
from countersign.errors import FileProblem, UsageError
from countersign.matching import fields
from countersign.matching.sheet import open_sheet, squash
from countersign.matching.staging import Problems
from countersign.matching.whose import WHO, whose
from countersign.store import Store
from models.tables import PreApproval

COLUMNS = (*WHO, "title", "approved_on")


@dataclass(frozen=True, slots=True)
class PreApprovalChange:
    """What an import did (or, `dry_run`, would do), in pre-approvals."""

    file: str
    recognizer: str
    dry_run: bool
    rows: int
    added: int
    changed: int
    unchanged: int

    def __str__(self) -> str:
        return "\n".join(self.sentences())

    def sentences(self) -> list[str]:
        """The change in words for a person, one sentence each."""
        verb = "would be" if self.dry_run else "were"
        said = [
            f"{self.file}: {self.rows:,} rows for {self.recognizer}.",
            f"{self.added:,} pre-approvals {verb} added, {self.changed:,} changed, {self.unchanged:,} unchanged.",
        ]
        return [*said, "Nothing was changed: this was a dry run."] if self.dry_run else said


def import_preapprovals(
    store: Store, path: Path, recognizer: str, now: datetime, actor: str, dry_run: bool = False
) -> PreApprovalChange:
    """Record the pre-approvals of `recognizer` in the CSV or XLSX file at `path`.

    A row names the educator by member number, else by the district's employee id, else by e-mail address. The same
    educator and title again with another day replaces the day, and the audit keeps both. Raises FileProblems
    (every problem with its line, nothing changed), FileProblem or UsageError.
    """
    if not recognizer.strip():
        raise UsageError("Pre-approvals need the recognizer who gave them.", 'Say for example --recognizer "CUSD 200".')
    problems = Problems(path.name)
    with open_sheet(path, COLUMNS, ("title", "approved_on")) as sheet:
        places = {c: sheet.columns.index(squash(c)) for c in COLUMNS if squash(c) in sheet.columns}
        if not any(c in places for c in WHO):
            raise FileProblem(
                sheet.name, 1, f"none of the columns {', '.join(WHO)} is there.", "One must say whose it is."
            )
        with store.reading() if dry_run else store.transaction() as session:
            stated: dict[tuple[int, str], tuple[date, int]] = {}
            rows = 0
            for line, cells in sheet.rows:
                rows += 1
                row = {c: cells[places[c]] if c in places else "" for c in COLUMNS}
                try:
                    educator_id, title, approved_on = _row(session, row, recognizer, now)
                except ValueError as error:
                    problems.add(line, str(error))
                    continue
                earlier = stated.setdefault((educator_id, title), (approved_on, line))
                if earlier[0] != approved_on:
                    problems.add(
                        line, f'"{title}" was approved on another day for the same educator on line {earlier[1]}'
                    )
            problems.raise_if_any()
            counts = _apply(session, stated, recognizer, now, actor, write=not dry_run)
            if not dry_run and (counts["added"] or counts["changed"]):
                sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
                subject = f"preapprovals:{sha256[:16]}"
                audit.record(
                    session, at=now, actor=actor, action="pre-approvals imported", subject=subject, rows=rows, **counts
                )
    return PreApprovalChange(path.name, recognizer, dry_run, rows, **counts)


def _row(session: Session, row: dict[str, str], recognizer: str, now: datetime) -> tuple[int, str, date]:
    """Educator id, title and day of one row. Raises ValueError with a sentence."""
    title = fields.as_text(row["title"], "title")
    if not title:
        raise ValueError("title is empty")
    approved_on = fields.as_date(row["approved_on"])
    if approved_on is None:
        raise ValueError("approved_on is empty")
    if approved_on > now.date() + timedelta(days=1):  # a day's grace: it may be tomorrow already where they are
        raise ValueError(f"approved_on {approved_on} lies in the future")
    return whose(session, row, recognizer), title, approved_on


def _apply(
    session: Session,
    stated: dict[tuple[int, str], tuple[date, int]],
    recognizer: str,
    now: datetime,
    actor: str,
    *,
    write: bool,
) -> dict[str, int]:
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    for (educator_id, title), (approved_on, _) in stated.items():
        known = session.exec(
            select(PreApproval).where(
                col(PreApproval.educator_id) == educator_id,
                col(PreApproval.recognizer) == recognizer,
                col(PreApproval.title) == title,
            )
        ).first()
        if known is not None and known.approved_on == approved_on:
            counts["unchanged"] += 1
            continue
        counts["added" if known is None else "changed"] += 1
        if not write:
            continue
        if known is None:
            known = PreApproval(
                educator_id=educator_id,
                recognizer=recognizer,
                title=title,
                approved_on=approved_on,
                recorded_by=actor,
                recorded_at=now,
            )
        else:
            audit.record(
                session,
                at=now,
                actor=actor,
                action="pre-approval changed",
                subject=f"preapproval:{known.id}",
                before=known.approved_on.isoformat(),
                after=approved_on.isoformat(),
            )
            known.approved_on, known.recorded_by, known.recorded_at = approved_on, actor, now
        session.add(known)
    session.flush()
    return counts
