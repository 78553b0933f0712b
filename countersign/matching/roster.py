"""The roster import: what the file says becomes what is known, all of it or nothing.

A cell replaces what was known, an empty one too. A column that is not in the file, and an educator, membership or
employment that is not, is left alone. Without the column other_emails the earlier addresses stay known, so that a
micro-credential sent to an address of years ago still finds its educator; with it the list is exactly what it says.
A former name is never forgotten, and a changed name becomes one: former names only help to propose.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert
from sqlmodel import Session, col, select, update

from countersign import audit
from countersign.matching.codes import CODES
from countersign.matching.renaming import former_names, propose_reissues
from countersign.matching.staging import LICENCE, Problems, Staged, Wanted, staged
from countersign.store import Store
from models.tables import Address, Educator, Employment, FormerName, Membership, ReviewItem

CHUNK = 2000
"""Educators handled with one set of queries; SQLite takes at most 32,766 values in one."""


NAMED = 10
"""How many certificates the report names; the review queue has them all."""


@dataclass(frozen=True, slots=True)
class RosterChange:
    """What an import did (or, `dry_run`, would do). Counts are of educators, `rows` of rows; `fields` says how many
    educators had that part changed; `absent` are on the roster and not in the file, and were left alone. `former_names` are the
    numbers of the certificates that count and carry a name that this file changed, oldest first."""

    file: str
    dry_run: bool
    rows: int
    added: int
    changed: int
    unchanged: int
    absent: int
    without_address: int
    fields: dict[str, int] = field(default_factory=dict[str, int])
    ignored_columns: tuple[str, ...] = ()
    note: str = ""
    former_names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join(self.sentences())

    def sentences(self) -> list[str]:
        """The change in words for a person, one sentence each."""
        verb = "would be" if self.dry_run else "were"
        parts = "; ".join(f"{name} of {count:,}" for name, count in self.fields.items())
        said = [
            f"{self.file}: {self.rows:,} rows.",
            f"Educators: {self.added:,} {verb} added, {self.changed:,} changed{f' ({parts})' if parts else ''},"
            f" {self.unchanged:,} unchanged.",
        ]
        if self.absent:
            said.append(f"On the roster and not in the file, left alone: {self.absent:,}.")
        if self.without_address:
            said.append(
                f"In the file without an e-mail address, so that no mail can reach them: {self.without_address:,}."
            )
        if self.ignored_columns:
            said.append(f"Columns not used: {', '.join(self.ignored_columns)}.")
        if self.note:
            said.append(self.note)
        if self.former_names:
            one = len(self.former_names) == 1
            said.append(
                f"{len(self.former_names):,} {'certificate that counts carries' if one else 'certificates that count carry'} a name "
                f"that this file changes: {', '.join(self.former_names[:NAMED])}{' …' if len(self.former_names) > NAMED else ''}. "
                'Where the educator wants a new one: countersign certificate reissue NUMBER --by NAME --reason "…"'
            )
        if self.dry_run:
            said.append("Nothing was changed: this was a dry run.")
        return said


@dataclass(slots=True)
class _Tally:
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    without_address: int = 0
    fields: Counter[str] = field(default_factory=Counter[str])
    renamed: dict[int, str] = field(default_factory=dict[int, str])


@dataclass(slots=True)
class _Known:
    """What the store knows of the educators of one chunk, by educator id."""

    educators: dict[str, Educator]
    addresses: dict[int, list[Address]]
    former: dict[int, set[str]]
    memberships: dict[int, dict[date, Membership]]
    employments: dict[int, dict[tuple[str, date], Employment]]


def import_roster(store: Store, path: Path, now: datetime, actor: str, dry_run: bool = False) -> RosterChange:
    """Bring the roster up to date with the CSV or XLSX file at `path`; `actor` is who asked for it, for the audit.

    Raises FileProblems (every problem with its line, nothing changed), FileProblem or UsageError.
    """
    problems = Problems(path.name)
    tally = _Tally()
    with staged(path, problems) as rows, store.reading() if dry_run else store.transaction() as session:
        before = session.exec(select(func.count()).select_from(Educator)).one()
        wanted = rows.educators(problems)
        while chunk := list(islice(wanted, CHUNK)):
            _check_employee_ids(session, chunk, rows, problems)
            _apply(session, chunk, rows.columns, tally, write=not dry_run and not problems.count)
        problems.raise_if_any()
        former = former_names(session, tally.renamed)
        change = RosterChange(
            path.name,
            dry_run,
            rows.rows,
            tally.added,
            tally.changed,
            tally.unchanged,
            absent=before - tally.changed - tally.unchanged,
            without_address=tally.without_address,
            fields=dict(sorted(tally.fields.items())),
            ignored_columns=rows.ignored,
            note=rows.note,
            former_names=tuple(number for numbers in former.values() for number in numbers),
        )
        if not dry_run and tally.renamed:
            propose_reissues(session, tally.renamed, former, now)
        if not dry_run and (change.added or change.changed):
            _record(session, path, change, actor, now)
    return change


def _record(session: Session, path: Path, change: RosterChange, actor: str, now: datetime) -> None:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    audit.record(
        session,
        at=now,
        actor=actor,
        action="roster imported",
        subject=f"roster:{sha256[:16]}",
        rows=change.rows,
        added=change.added,
        changed=change.changed,
        fields=change.fields,
    )
    # Whoever could not be found may be on the roster now: the next run looks again.
    session.exec(
        update(ReviewItem)
        .where(col(ReviewItem.closed_at).is_(None), col(ReviewItem.code).in_(CODES))
        .values(look_again_at=now)
    )


def _check_employee_ids(session: Session, chunk: list[Wanted], rows: Staged, problems: Problems) -> None:
    """An employee id that the store gives to another educator of the same district is a problem, unless the file
    corrects that educator too."""
    stated = {(k[0], w.employee_id): (who, w.line) for who in chunk for k, w in who.employments.items()}
    for ids in _slices(sorted({employee_id for _, employee_id in stated})):
        taken = session.exec(
            select(Employment, Educator.member_number)
            .join(Educator, col(Educator.id) == col(Employment.educator_id))
            .where(col(Employment.employee_id).in_(ids))
        )
        for work, member_number in taken:
            district, employee_id = work.district, work.employee_id
            who, line = stated.get((district, employee_id), (None, 0))
            if (
                who is not None
                and who.member_number != member_number
                and not rows.covers(member_number, district, work.starts)
            ):
                problems.add(
                    line,
                    f"employee id {employee_id} of {district} belongs to member {member_number} on the roster already",
                    "Find out whose it is and correct the other one.",
                )


def _apply(session: Session, chunk: list[Wanted], columns: frozenset[str], tally: _Tally, *, write: bool) -> None:
    numbers = [w.member_number for w in chunk]
    known = _known(session, numbers)
    new = [w for w in chunk if w.member_number not in known.educators]
    if write and new:
        session.exec(insert(Educator), params=[_educator(w) for w in new])
    ids = {e.member_number: e.id for e in known.educators.values()}
    if write and new:
        query = select(Educator.member_number, Educator.id).where(col(Educator.member_number).in_(numbers))
        ids = dict(session.exec(query).all())
    inserts: dict[type[Any], list[dict[str, Any]]] = {Address: [], FormerName: [], Membership: [], Employment: []}
    for wanted in chunk:
        existing = known.educators.get(wanted.member_number)
        educator_id = ids.get(wanted.member_number, 0)  # 0 only in a dry run, for one who would be new
        changed: set[str] = set()
        if existing is not None:
            changed |= _update_person(existing, wanted, columns, inserts, known)
            if "name" in changed:
                tally.renamed[existing.id] = existing.name
        changed |= _update_addresses(session, educator_id, wanted, columns, known, inserts)
        changed |= _update_spans(educator_id, wanted, columns, known, inserts)
        for name in wanted.former:
            if name not in known.former.setdefault(educator_id, set()):
                known.former[educator_id].add(name)
                inserts[FormerName].append({"educator_id": educator_id, "name": name})
                changed.add("former names")
        if educator_id == 0:
            for by_educator in (known.addresses, known.former, known.memberships, known.employments):
                by_educator.pop(0, None)
        if existing is None:
            tally.added += 1
        elif changed:
            tally.changed += 1
            tally.fields.update(changed)
        else:
            tally.unchanged += 1
        if not wanted.addresses and not known.addresses.get(educator_id):
            tally.without_address += 1
    if write:
        session.flush()
        for table, values in inserts.items():
            if values:
                session.exec(insert(table), params=values)
    session.expunge_all()


def _known(session: Session, numbers: list[str]) -> _Known:
    educators = session.exec(select(Educator).where(col(Educator.member_number).in_(numbers))).all()
    ids = [e.id for e in educators]
    known = _Known({e.member_number: e for e in educators}, {}, {}, {}, {})
    if not ids:
        return known
    for address in session.exec(select(Address).where(col(Address.educator_id).in_(ids)).order_by(col(Address.rank))):
        known.addresses.setdefault(address.educator_id, []).append(address)
    for name in session.exec(select(FormerName).where(col(FormerName.educator_id).in_(ids))):
        known.former.setdefault(name.educator_id, set()).add(name.name)
    for membership in session.exec(select(Membership).where(col(Membership.educator_id).in_(ids))):
        known.memberships.setdefault(membership.educator_id, {})[membership.starts] = membership
    for work in session.exec(select(Employment).where(col(Employment.educator_id).in_(ids))):
        known.employments.setdefault(work.educator_id, {})[work.district, work.starts] = work
    return known


def _educator(wanted: Wanted) -> dict[str, Any]:
    given, family, suffix = wanted.names
    return {
        "member_number": wanted.member_number,
        "given_name": given,
        "family_name": family,
        "suffix": suffix,
        **dict(zip(LICENCE, wanted.licence, strict=True)),
    }


def _update_person(
    existing: Educator,
    wanted: Wanted,
    columns: frozenset[str],
    inserts: dict[type[Any], list[dict[str, Any]]],
    known: _Known,
) -> set[str]:
    changed: set[str] = set()
    before = existing.name
    for name, value in _educator(wanted).items():
        if name in columns and getattr(existing, name) != value:
            setattr(existing, name, value)
            changed.add("license" if name.startswith("licence") else "name")
    former = known.former.setdefault(existing.id, set())
    if "name" in changed and before not in former:
        former.add(before)
        inserts[FormerName].append({"educator_id": existing.id, "name": before})
    return changed


def _update_addresses(
    session: Session,
    educator_id: int,
    wanted: Wanted,
    columns: frozenset[str],
    known: _Known,
    inserts: dict[type[Any], list[dict[str, Any]]],
) -> set[str]:
    existing = known.addresses.get(educator_id, [])
    listed = {a.casefold(): a for a in wanted.addresses}
    if "other_emails" not in columns or not wanted.addresses:
        for address in existing:
            listed.setdefault(address.folded, address.address)
    changed: set[str] = set()
    by_folded = {a.folded: a for a in existing}
    for rank, (folded, written) in enumerate(listed.items()):
        address = by_folded.pop(folded, None)
        if address is None:
            inserts[Address].append({"educator_id": educator_id, "address": written, "folded": folded, "rank": rank})
            changed.add("addresses")
        elif (address.address, address.rank) != (written, rank):
            address.address, address.rank = written, rank
            changed.add("addresses")
    for address in by_folded.values():
        session.delete(address)
        changed.add("addresses")
    return changed


def _update_spans(
    educator_id: int,
    wanted: Wanted,
    columns: frozenset[str],
    known: _Known,
    inserts: dict[type[Any], list[dict[str, Any]]],
) -> set[str]:
    changed: set[str] = set()
    memberships = known.memberships.get(educator_id, {})
    for starts, ends in wanted.memberships.items():
        membership = memberships.get(starts)
        if membership is None:
            inserts[Membership].append({"educator_id": educator_id, "starts": starts, "ends": ends})
        elif membership.ends != ends and "member_until" in columns:
            membership.ends = ends
        else:
            continue
        changed.add("memberships")
    employments = known.employments.get(educator_id, {})
    for (district, starts), work in wanted.employments.items():
        values = {
            "employee_id": work.employee_id,
            "role": work.role,
            "band": work.band,
            "bargaining_unit": work.bargaining_unit,
            "location": work.location,
            "fte": work.fte,
            "ends": work.ends,
        }
        employment = employments.get((district, starts))
        if employment is None:
            inserts[Employment].append({"educator_id": educator_id, "district": district, "starts": starts, **values})
            changed.add("employments")
            continue
        for name, value in values.items():
            if getattr(employment, name) != value and ("employed_until" if name == "ends" else name) in columns:
                setattr(employment, name, value)
                changed.add("employments")
    return changed


def _slices(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
