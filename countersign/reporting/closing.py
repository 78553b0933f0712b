"""Closes a month: one package for each district, each in one transaction, each at most once.

Order within a district: the rows are written and flushed (so that the database's constraints have spoken), the folder
is put in place, the transaction commits. Killed before the folder is renamed, nothing is visible; killed between rename
and commit, the next run makes the same package again from the folder's own manifest and commits it when every byte
agrees, else moves the folder aside and closes afresh.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from countersign import audit
from countersign import delivered as folders
from countersign.errors import CountersignError, UsageError
from countersign.reporting import months
from countersign.reporting.book import Book, book
from countersign.reporting.columns import tables
from countersign.reporting.cover import cover_pdf
from countersign.reporting.facts import PackageFacts
from countersign.reporting.gather import districts, due, gather
from countersign.reporting.lines import LOOKED_THROUGH, about_to_be_paid, granted_in, is_looked_through
from countersign.reporting.package import Balance, PackageContents, Totals, build_package
from countersign.reporting.sheets import check_csv, csv_bytes, workbook_bytes
from countersign.reporting.withholding import SAID, examined
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import Package, PackageLine
from models.words import Recheck

FORMAT = "countersign-hr-package/1"
_POSTGRESQL_LOCK = 0x48_52_50_4B  # any number: "HRPK"


@dataclass(frozen=True, slots=True)
class PackageSummary:
    """One district's month in figures. `path` is relative to the workspace; `hours` and `money` (by currency code) are what
    this package adds on balance; `balances` opening, new, adjustments, reversals and closing by form and unit (money and all else).
    `withheld` counts the lines that stay out, by what stands against them, in words; `rechecked` how many micro-credentials were
    examined again for it, by what that came to (`Recheck`), None when nothing was looked up."""

    district: str
    month: str
    path: str
    already_closed: bool
    lines: int
    educators: int
    micro_credentials: int
    hours: Decimal
    money: dict[str, Decimal]
    adjusting: int
    held: int
    banked: int
    balances: tuple[Balance, ...]
    withheld: dict[str, int]
    rechecked: dict[str, int] | None

    @property
    def proofs(self) -> str:
        """What was examined again, in a sentence; empty when nothing was."""
        return examined(self.rechecked)


class PackagesIncomplete(CountersignError):
    """Some districts' packages could not be closed; the others, in `summaries`, are. `problems` has one for each."""

    def __init__(self, problems: Sequence[CountersignError], summaries: Sequence[PackageSummary]) -> None:
        others = ", ".join(s.district for s in summaries)
        super().__init__(
            "\n".join(str(p) for p in problems), f"Nothing stands in the way of: {others}." if others else ""
        )
        self.problems = tuple(problems)
        self.summaries = tuple(summaries)
        self.exit_code = max(p.exit_code for p in problems)

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(line for p in self.problems for line in (*p.lines, p.remedy) if line)


def districts_for(store: Store, rules: Sequence[Rules], month: str) -> list[str]:
    """The districts that get a package, by name: every employer of an agreement (an empty month still produces a cover),
    and the recognizer of every open line that leads to none of them (whose closing then says what is missing).

    Raises UsageError for a wrong month or agreements that contradict each other.
    """
    with store.reading() as session:
        return districts(session, book(rules), months.check_month(month))


def months_due(store: Store, rules: Sequence[Rules], now: datetime) -> list[str]:
    """The months that are over and lack a package in some district, first to last: what `close_month` is to be called
    for so that none is missed. See `gather.due` for where they begin. In a house whose agreements name no district, the months
    that were not looked through yet."""
    with store.reading() as session:
        return due(session, book(rules), now)


def cases_about_to_be_paid(store: Store, rules: Sequence[Rules], month: str) -> list[int]:
    """The cases that closing `month` would pay for, in every district that is not closed yet: what has to be looked at
    again before. Their number grows with the month's lines, not with the ledger.

    Raises UsageError for a wrong month or agreements that contradict each other.
    """
    rulebook = book(rules)
    month = months.check_month(month)
    with store.reading() as session:
        return sorted(set[int]().union(*(about_to_be_paid(session, rulebook, d, month) for d in rulebook.districts)))


def cases_granted_in(store: Store, rules: Sequence[Rules], month: str) -> list[int]:
    """The cases for which something was granted in `month` under any agreement, paid for or not, while a district's package of
    the month is open: what is looked at again along with the others, for certificates rest on it. In a house whose agreements
    name no district, until the month was looked through.

    Raises UsageError for a wrong month or agreements that contradict each other.
    """
    rulebook = book(rules)
    month = months.check_month(month)
    with store.reading() as session:
        return sorted(granted_in(session, rulebook, month))


def check_closable(store: Store, workspace: Workspace, rules: Sequence[Rules], month: str, now: datetime) -> None:
    """Raises what `close_month` refuses a month with, before anything is looked up for it: UsageError for what is no month, one
    that is not over, or one before every district's first package."""
    _has_ended(book(rules), workspace, _names(store, rules, month), month, now)


def close_month(
    store: Store,
    workspace: Workspace,
    rules: Sequence[Rules],
    month: str,
    now: datetime,
    dry_run: bool = False,
    *,
    run_id: str = "",
    rechecked: Mapping[int, Recheck] | None = None,
) -> list[PackageSummary]:
    """Close `month` ("2026-10") for every district; a summary of each package, by district.

    A district whose first package is of a later month has no part in this one: its lines went out with that, as RETRO.
    A month can be closed from the first day after it, in each district's time zone. A district closed before comes back
    with `already_closed` once its folder was held against its manifest. `dry_run` writes nothing and takes any month.
    `run_id` stands in every line; made of the month and `now` when not given. `rechecked` are the cases that were looked at
    again before (`cases_about_to_be_paid`), with what that came to: lines of all others wait. None closes, or previews, without looking anything up;
    what is in doubt stays out either way. Where no agreement names a district there is no package, and the month is done once what
    was granted in it was looked at again.

    Raises UsageError (wrong month, month not over), PackagesIncomplete when a district could not be closed (the others
    are), Outage when the disk or the database does not take it.
    """
    rulebook = book(rules)
    names = _names(store, rules, month)
    if not dry_run:
        _has_ended(rulebook, workspace, names, month, now)
    run = run_id or f"monthly-{month}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    summaries: list[PackageSummary] = []
    problems: list[CountersignError] = []
    for district in names:
        closing = _Closing(workspace, rulebook, district, month, rechecked)
        try:
            summaries.append(closing.preview(store, now, run) if dry_run else closing.close(store, now, run))
        except CountersignError as error:
            problems.append(error)
    if problems:
        raise PackagesIncomplete(problems, summaries)
    if not rulebook.districts and rechecked is not None and not dry_run:
        _is_looked_through(store, month, now, len(rechecked), run)
    return summaries


def _is_looked_through(store: Store, month: str, now: datetime, looked_up: int, run: str) -> None:
    """Remember, where no package does, that the month is done."""
    with _alone(store) as session:
        if is_looked_through(session, month):
            return
        subject = f"month:{month}"
        audit.record(
            session, at=now, actor="monthly", action=LOOKED_THROUGH, subject=subject, looked_up=looked_up, run=run
        )


def _names(store: Store, rules: Sequence[Rules], month: str) -> list[str]:
    names = _without_latecomers(store, districts_for(store, rules, month), month)
    _no_shared_folders(names)
    return names


@contextmanager
def _alone(store: Store) -> Generator[Session]:
    """A transaction in which no other closing is under way. SQLite's writers are alone anyway; PostgreSQL's are told to
    wait, so that a folder in its place without a row can only be a crash's, not a neighbour's."""
    with store.transaction() as session:
        if store.engine.dialect.name == "postgresql":
            session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRESQL_LOCK})
        yield session


def _no_shared_folders(names: Sequence[str]) -> None:
    taken: dict[str, str] = {}
    for name in names:
        other = taken.setdefault(folders.slug(name), name)
        if other != name:
            raise UsageError(
                f'The districts "{other}" and "{name}" would share the folder {folders.slug(name)}.',
                "Spell the employer of their agreements alike when they are one, and clearly apart when they are two.",
            )


def _without_latecomers(store: Store, names: Sequence[str], month: str) -> list[str]:
    """The districts whose packages do not begin after `month`. Raises UsageError when all of them do."""
    with store.reading() as session:
        query = select(Package.district, func.min(Package.month)).group_by(col(Package.district))
        first: dict[str, str] = dict(session.exec(query).all())
    kept = [name for name in names if first.get(name, month) <= month]
    if names and not kept:
        raise UsageError(
            f"{months.said(month)} lies before the first package of every district.",
            "Its lines went out with that package, or go out with the next one, marked RETRO.",
        )
    return kept


def _has_ended(rulebook: Book, workspace: Workspace, names: Sequence[str], month: str, now: datetime) -> None:
    for name in names:
        zone = rulebook.time_zone(name) if name in rulebook.districts else workspace.settings.time_zone
        if not months.has_ended(month, now, zone):
            day = months.first_day(months.next_month(month))
            raise UsageError(
                f"{months.said(month)} is not over yet for {name} ({zone}).",
                f"Close it on {day} or later; --dry-run shows what its package would hold now.",
            )
    for zone in () if names else rulebook.zones:
        if not months.has_ended(month, now, zone):
            day = months.first_day(months.next_month(month))
            raise UsageError(f"{months.said(month)} is not over yet ({zone}).", f"Repeat on {day} or later.")


@dataclass(frozen=True, slots=True)
class _Closing:
    """The closing of one district's month."""

    workspace: Workspace
    rules: Book
    district: str
    month: str
    rechecked: Mapping[int, Recheck] | None

    @property
    def path(self) -> str:
        return f"outbox/hr/{folders.slug(self.district)}/{self.month}"

    @property
    def folder(self) -> Path:
        return self.workspace.outbox / "hr" / folders.slug(self.district) / self.month

    def preview(self, store: Store, now: datetime, run: str) -> PackageSummary:
        with store.reading() as session:
            closed = self._closed(session)
            if closed is not None:
                return closed
            self._in_order(session)
            return self._summary(build_package(self._facts(session, now, run)).totals)

    def close(self, store: Store, now: datetime, run: str) -> PackageSummary:
        with _alone(store) as session:
            closed = self._closed(session)
            if closed is not None:
                return closed
            self._in_order(session)
            contents, files = self._interrupted(session) or self._made(session, now, run)
            self._record(session, contents, files, now)
            if not self.folder.exists():
                folders.place(self.folder, files)
            return self._summary(contents.totals)

    def _closed(self, session: Session) -> PackageSummary | None:
        package = session.exec(
            select(Package).where(col(Package.district) == self.district, col(Package.month) == self.month)
        ).first()
        if package is None:
            return None
        what = f"{self.district}, {months.said(self.month)}"
        folders.verify(self.workspace.root / package.path, package.manifest_sha256, what=what)
        return self._summary(Totals.from_json(package.totals), already_closed=True)

    def _in_order(self, session: Session) -> None:
        later = session.exec(
            select(Package.month)
            .where(col(Package.district) == self.district, col(Package.month) > self.month)
            .order_by(col(Package.month))
        ).first()
        if later is not None:
            raise UsageError(
                f"{self.district}: {months.said(later)} is closed already, so {months.said(self.month)} cannot be closed any more.",
                "Its lines went out with the later package, or go out with the next one, marked RETRO.",
            )

    def _made(
        self, session: Session, now: datetime, run: str, only: frozenset[int] | None = None
    ) -> tuple[PackageContents, dict[str, bytes]]:
        contents = build_package(self._facts(session, now, run, only))
        return contents, package_files(contents, self.workspace)

    def _facts(self, session: Session, now: datetime, run: str, only: frozenset[int] | None = None) -> PackageFacts:
        return gather(session, self.rules, self.district, self.month, now, run, only, self.rechecked)

    def _interrupted(self, session: Session) -> tuple[PackageContents, dict[str, bytes]] | None:
        """The package that a crash left in its place before it was committed, made again from what its manifest says;
        None when there is none, or when it comes out differently now: then it is moved aside."""
        if not self.folder.exists():
            return None
        made = None
        manifest = folders.read_manifest(self.folder)
        try:
            if manifest is not None:
                only = frozenset(int(line["posting"]) for line in manifest["lines"])
                closed_at = datetime.fromisoformat(manifest["closed_at"])
                made = self._made(session, closed_at, str(manifest["run_id"]), only)
        except (CountersignError, KeyError, TypeError, ValueError):
            made = None  # not one of ours, or of facts that hold no longer
        if made is not None and folders.matches(self.folder, made[1]):
            return made
        folders.set_aside(self.folder)
        return None

    def _record(self, session: Session, contents: PackageContents, files: Mapping[str, bytes], now: datetime) -> None:
        sha256 = folders.sha256(files[folders.MANIFEST])
        package = Package(
            district=self.district,
            month=self.month,
            path=self.path,
            manifest_sha256=sha256,
            totals=contents.totals.as_json(),
            closed_at=contents.facts.closed_at,
        )
        session.add(package)
        session.flush()
        session.add_all(
            PackageLine(package_id=package.id, line=line.line, posting_id=line.fact.posting) for line in contents.lines
        )
        audit.record(
            session,
            at=now,
            actor="monthly",
            action="package closed",
            subject=f"package:{folders.slug(self.district)}/{self.month}",
            manifest=sha256,
            lines=contents.totals.lines,
            held=contents.totals.held,
            banked=contents.totals.banked,
            withheld=sum(contents.totals.withheld.values()),
            run=contents.facts.run_id,
        )

    def _summary(self, totals: Totals, *, already_closed: bool = False) -> PackageSummary:
        return PackageSummary(
            district=self.district,
            month=self.month,
            path=self.path,
            already_closed=already_closed,
            lines=totals.lines,
            educators=totals.educators,
            micro_credentials=totals.micro_credentials,
            hours=totals.hours,
            money=totals.money,
            adjusting=totals.adjusting,
            held=totals.held,
            banked=totals.banked,
            balances=totals.balances,
            withheld={words: totals.withheld[why] for why, words in SAID.items() if totals.withheld.get(why)},
            rechecked=None if totals.rechecked is None else dict(totals.rechecked),
        )


def package_files(contents: PackageContents, workspace: Workspace) -> dict[str, bytes]:
    """Every file of the package by name, the manifest last. Raises CountersignError when the files do not add up."""
    facts = contents.facts
    made = tables(contents)
    files = {table.file: csv_bytes(table) for table in made}
    check_csv(files, contents.totals, what=f"{facts.district}, {months.said(facts.month)}")
    files = {"compensation.xlsx": workbook_bytes(contents, made), **files}
    hashes = {name: folders.sha256(content) for name, content in files.items()}
    files["cover.pdf"] = cover_pdf(contents, hashes, workspace.settings.affiliate, workspace.template_folders)
    files[folders.MANIFEST] = folders.manifest_bytes(_manifest(contents, files))
    return files


def _manifest(contents: PackageContents, files: Mapping[str, bytes]) -> dict[str, Any]:
    facts: PackageFacts = contents.facts
    return {
        "format": FORMAT,
        "district": facts.district,
        "month": facts.month,
        "time_zone": facts.time_zone,
        "closed_at": facts.closed_at.astimezone(UTC).isoformat(),
        "run_id": facts.run_id,
        "agreements": [
            {"id": a.id, "title": a.title, "source": a.source, "sha256": a.sha256} for a in contents.agreements
        ],
        "totals": contents.totals.as_json(),
        "lines": [
            {"line": line.line, "posting": line.fact.posting, "transaction": line.transaction.value}
            for line in contents.lines
        ],
        "files": {name: {"sha256": folders.sha256(c), "bytes": len(c)} for name, c in sorted(files.items())},
    }
