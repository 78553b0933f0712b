"""A term's requests go to a college in a batch: a folder with its cover, its table and the requests themselves, made once.

A delivered batch never changes. What is requested later goes into the next delivery of the term, and so does the word that a request
sent before is withdrawn. The rows are written and flushed, the folder is put in its place, the transaction commits: killed before
the folder is renamed, nothing is visible; killed between rename and commit, the next run makes the same batch again and commits it
when every byte agrees, else moves the folder aside and makes one afresh.
"""

from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import exists, text
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from countersign import audit, delivered
from countersign.errors import Busy, CountersignError, UsageError
from countersign.issuance.credit_life import fee_of, standing_of
from countersign.issuance.credit_sheet import Batch, Entry, entries_in, files_of, totals
from countersign.issuance.due import in_doubt, terms_of
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import CreditBatch, CreditBatchLine, CreditRequest, DecisionRecord
from models.text import folded
from models.words import CreditState

REQUEST, WITHDRAWN = "request", "withdrawn"
_POSTGRESQL_LOCK = 0x43_52_45_44  # any number: "CRED"


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """A batch in figures. `delivery` 0: there was nothing new for this college and term. `path` is relative to the workspace;
    `in_doubt` are the numbers of requests that wait because their micro-credential is in doubt, `payer_unknown` of those with a fee of
    which nobody said who pays it."""

    college: str
    term: str
    delivery: int
    path: str
    totals: dict[str, Any]
    in_doubt: tuple[str, ...] = ()
    payer_unknown: tuple[str, ...] = ()
    dry_run: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


ATTEMPTS = 5
"""How often a batch is drawn anew because what it is made of changed meanwhile."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A batch with its files, made before anything is locked. `left` says what lay in its folder: None nothing, True the same that a
    killed run had made, False something else."""

    batch: Batch
    path: str
    folder: Path
    files: Mapping[str, bytes]
    left: bool | None = None

    @property
    def stands(self) -> bool:
        """Whether the folder is still there, or still is not."""
        return self.folder.exists() == (self.left is not None)


@dataclass(slots=True)
class _Due:
    """What one college is to get for a term, under the college's and the term's names as they are written there."""

    college: str
    term: str
    requests: list[CreditRequest]
    withdrawn: list[CreditRequest]
    in_doubt: list[str]
    deliveries: int = 0


def deliver_batches(
    store: Store,
    workspace: Workspace,
    rules: Sequence[Rules],
    term: str,
    now: datetime,
    by: str,
    *,
    college: str = "",
    dry_run: bool = False,
) -> list[BatchSummary]:
    """Make the batches of `term`, one for each college (or only for `college`) with something new; a summary of each college's.

    Raises UsageError when nobody asked for that term, and Outage when the disk or the database does not take it.
    """
    with store.reading() as session:
        found = _due(session, rules, term, college)
        if not found:
            raise _nothing(session, rules, term, college)
    summaries: list[BatchSummary] = []
    for name in found:
        for _ in range(ATTEMPTS):
            with store.reading() as session:
                due = _due(session, rules, term, name).get(name)
                if due is None:
                    break  # what was new for it a moment ago has been withdrawn
                batch = _batch(session, workspace, due, by, now)
            path = _path(due, batch.delivery) if batch.entries else ""
            if dry_run or not batch.entries:
                delivery = batch.delivery if batch.entries else 0
                summaries.append(_summary(batch, due, delivery, path, dry_run=dry_run))
                break
            drawn = _drawn(store, workspace, batch, path)
            with _alone(store) as session:
                still = _due(session, rules, term, name).get(name)
                if still is not None and _batch(session, workspace, still, by, now) == batch and drawn.stands:
                    summaries.append(_deliver(session, due, drawn, now, by))
                    break
        else:
            raise Busy(
                f"What {found[name].college} is to get kept changing while its batch was made.",
                "Repeat the command; what is delivered stays.",
            )
    return summaries


def term_of(session: Session, rules: Sequence[Rules], request: CreditRequest) -> str:
    """The term of a request: what its paper says, else what the agreement says now for the day on which it was made; empty where
    neither does."""
    if request.printed["term"]:
        return str(request.printed["term"])
    found = terms_of(rules, session.get_one(DecisionRecord, request.decision_id))
    terms = found[1].credit_request if found else None
    return terms.term_on(request.requested_on) if terms else ""


def batch_damage(workspace: Workspace, batch: CreditBatch) -> list[str]:
    """What is wrong with a delivered batch's folder: sentences, none when it is as it was delivered."""
    return delivered.damage(workspace.root / batch.path, batch.manifest_sha256)


def _due(session: Session, rules: Sequence[Rules], term: str, college: str) -> dict[str, _Due]:
    """What is new for the term, by the college's folded name; also the colleges that had a batch of it and get nothing new."""
    found: dict[str, _Due] = {}

    def of(name: str, term_name: str) -> _Due:
        return found.setdefault(folded(name), _Due(name, term_name, [], [], []))

    def wanted(name: str, term_name: str) -> bool:
        return folded(term_name) == folded(term) and (not college or folded(name) == folded(college))

    before = session.exec(select(CreditBatch).order_by(col(CreditBatch.id))).all()
    for batch in before:
        if wanted(batch.college, batch.term):
            due = of(batch.college, batch.term)
            due.deliveries = max(due.deliveries, batch.delivery)
    line = aliased(CreditBatchLine)
    sent = exists().where(col(line.request_id) == CreditRequest.id, col(line.what) == REQUEST)
    told = exists().where(col(line.request_id) == CreditRequest.id, col(line.what) == WITHDRAWN)
    doubted = set(session.exec(select(CreditRequest.id).where(in_doubt(CreditRequest))))
    new = select(CreditRequest).where(
        col(CreditRequest.state) == CreditState.requested.value, col(CreditRequest.sha256) != "", ~sent
    )
    for request in session.exec(new.order_by(col(CreditRequest.number))):
        name, term_name = str(request.printed["college"]), term_of(session, rules, request)
        if wanted(name, term_name):
            due = of(name, term_name)
            if request.id in doubted:
                due.in_doubt.append(request.number)
            else:
                due.requests.append(request)
    gone = (
        select(CreditRequest, CreditBatch)
        .join(CreditBatchLine, col(CreditBatchLine.request_id) == CreditRequest.id)
        .join(CreditBatch, col(CreditBatch.id) == CreditBatchLine.batch_id)
        .where(col(CreditRequest.state) == CreditState.withdrawn.value, col(CreditBatchLine.what) == REQUEST, ~told)
    )
    for request, batch in session.exec(gone.order_by(col(CreditRequest.number))):
        if wanted(batch.college, batch.term):
            of(batch.college, batch.term).withdrawn.append(request)
    return dict(sorted(found.items()))


def _nothing(session: Session, rules: Sequence[Rules], term: str, college: str) -> UsageError:
    """Why there is no batch: the terms that are asked for, and the requests that name none."""
    waiting: defaultdict[str, int] = defaultdict(int)
    query = select(CreditRequest).where(col(CreditRequest.state) == CreditState.requested.value)
    for request in session.exec(query):
        waiting[term_of(session, rules, request)] += 1
    unnamed = waiting.pop("", 0)
    what = f"No college has a request for the term “{term}”" + (f" at {college}." if college else ".")
    said = [f"Requests that wait are for: {', '.join(sorted(waiting))}."] if waiting else []
    if unnamed:
        said.append(
            f"{unnamed:,} {'names' if unnamed == 1 else 'name'} no term: give [[grants.credit_request.terms]] in the agreement."
        )
    return UsageError(what, " ".join(said) or "List the requests with: countersign credit list")


def _batch(session: Session, workspace: Workspace, due: _Due, by: str, now: datetime) -> Batch:
    """The batch without the files of its requests."""
    entries: list[Entry] = []
    for request in (*due.requests, *due.withdrawn):
        entry = Entry(request.id, request.number, request.requested_on, request.printed, request.sha256)
        if request.state == CreditState.withdrawn:
            ended = standing_of(session, request).steps[CreditState.withdrawn]
            entry = replace(entry, withdrawn=True, withdrawn_on=ended.on, note=ended.note)
        entries.append(entry)
    ordered = tuple(sorted(entries, key=lambda e: (e.withdrawn, e.number)))
    zone = workspace.settings.time_zone
    return Batch(due.college, due.term, due.deliveries + 1, ordered, by, now, zone)


def _path(due: _Due, delivery: int) -> str:
    college = delivered.slug(due.college, "college", by_words=True)
    if college.isdigit():
        college = f"college-{college}"  # the folders of years lie beside it
    term = delivered.slug(due.term, "term", by_words=True)
    return f"outbox/credit-requests/{college}/{term}{f'-delivery-{delivery}' if delivery > 1 else ''}"


def _drawn(store: Store, workspace: Workspace, batch: Batch, path: str) -> _Drawn:
    """The batch with its files, or the one that a killed run left in its place when that comes out the same. Raises CountersignError
    when the evidence of a request is lost."""
    get = store.evidence.get
    entries = tuple(e if e.withdrawn else replace(e, content=get(e.sha256)) for e in batch.entries)
    batch, folder = replace(batch, entries=entries), workspace.root / path
    there = folder.exists()
    if there and (left := _left_behind(batch, workspace, path)):
        return _Drawn(left[0], path, folder, left[1], left=True)
    files = files_of(batch, workspace.settings.affiliate, workspace.template_folders)
    return _Drawn(batch, path, folder, files, left=False if there else None)


def _deliver(session: Session, due: _Due, drawn: _Drawn, now: datetime, by: str) -> BatchSummary:
    batch, path, files = drawn.batch, drawn.path, drawn.files
    _not_anothers(session, path, batch)
    if drawn.left is False:
        delivered.set_aside(drawn.folder)
    sha256 = delivered.sha256(files[delivered.MANIFEST])
    row = CreditBatch(
        college=batch.college,
        term=batch.term,
        delivery=batch.delivery,
        path=path,
        manifest_sha256=sha256,
        totals=totals(batch),
        made_by=batch.made_by,
        made_at=batch.made_at,
    )
    session.add(row)
    session.flush()
    session.add_all(
        CreditBatchLine(batch_id=row.id, request_id=e.request_id, what=WITHDRAWN if e.withdrawn else REQUEST)
        for e in batch.entries
    )
    session.flush()
    audit.record(
        session,
        at=now,
        actor=by,
        action="credit batch delivered",
        subject=f"credit_batch:{row.id}",
        path=path,
        manifest=sha256,
        requests=len(batch.requests),
        withdrawn=len(batch.withdrawn),
    )
    if not drawn.left:
        delivered.place(drawn.folder, files)
    return _summary(batch, due, batch.delivery, path)


def _summary(batch: Batch, due: _Due, delivery: int, path: str, *, dry_run: bool = False) -> BatchSummary:
    unknown = tuple(e.number for e in batch.requests if not e.printed["payer"] and fee_of(e.printed) is not None)
    return BatchSummary(
        batch.college, batch.term, delivery, path, totals(batch), tuple(due.in_doubt), unknown, dry_run=dry_run
    )


def _not_anothers(session: Session, path: str, batch: Batch) -> None:
    other = session.exec(select(CreditBatch).where(col(CreditBatch.path) == path)).first()
    if other is not None:
        raise UsageError(
            f"{batch.college}, {batch.term}, and {other.college}, {other.term}, would share the folder {path}.",
            "Spell the college and the term of their agreements alike when they are one, and clearly apart when they are two.",
        )


def _left_behind(batch: Batch, workspace: Workspace, path: str) -> tuple[Batch, dict[str, bytes]] | None:
    """The batch that a run killed before its commit has left in its place, made again from what its manifest says; None when it
    comes out differently now."""
    folder = workspace.root / path
    manifest = delivered.read_manifest(folder)
    if manifest is None:
        return None
    try:
        numbers, made_at, by = entries_in(manifest)
        entries = tuple(e for e in batch.entries if e.number in numbers)
        again = replace(batch, entries=entries, made_by=by, made_at=made_at)
        files = files_of(again, workspace.settings.affiliate, workspace.template_folders)
    except (CountersignError, KeyError, TypeError, ValueError):
        return None  # not one of ours, or of facts that hold no longer
    return (again, files) if delivered.matches(folder, files) else None


@contextmanager
def _alone(store: Store) -> Generator[Session]:
    """A transaction in which no other batch is made. SQLite's writers are alone anyway; PostgreSQL's are told to wait."""
    with store.transaction() as session:
        if store.engine.dialect.name == "postgresql":
            session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRESQL_LOCK})
        yield session
