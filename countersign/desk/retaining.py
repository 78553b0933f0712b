"""`countersign retention`: what the retention setting lets go, what stays and why; and removing it.

First a row says for all time that the bytes are gone, and an entry of the audit chain how many; then the files go. A run that
dies between leaves files that the next one removes.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, insert, select

from countersign import audit, issuance, recognition
from countersign.desk.resting import names
from countersign.errors import Outage
from countersign.evidence import Evidence
from countersign.retention import Fate, Stays, setting_said, weigh
from countersign.settings import Retention, Workspace
from countersign.store import Store
from models.retention import KINDS_SAID, EvidenceKind
from models.tables import EvidenceGone

ACTOR = "retention"
SETTLES = timedelta(hours=1)
"""Who brings something puts the bytes first and writes the row that needs them then: what was put less than this before the run began,
or since, stays."""

_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Amount:
    """How many files, and their bytes."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Retained:
    """What a run found: `settings` by kind, `goes` what may go or went by setting, `stays` how many files by the reason, `next_on` the
    next day on which one is old enough, `left_over` the files that an earlier run had noted and not removed, `removed_before` how
    many named files earlier runs removed, and `lost` how many are not there although nobody removed them."""

    on: date
    dry_run: bool
    settings: Mapping[str, str]
    goes: Mapping[str, Amount]
    stays: Mapping[str, int]
    next_on: date | None
    left_over: int
    removed_before: int
    lost: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _File:
    """A file that may go: its setting in words, its turn, and size and time when it was looked at."""

    sha256: str
    setting: str
    turn: int
    size: int
    changed_ns: int


def retain(store: Store, workspace: Workspace, now: datetime, *, dry_run: bool) -> Retained:
    """Remove what the setting lets go, or with `dry_run` only say so. No other run may be under way. Raises LeaseTaken, FileProblems (an
    agreement cannot be read) and Outage (a file cannot be removed; the next run removes it)."""
    if dry_run:
        return _plan(store, workspace, now, dry_run=True)[0]
    with store.lease("nightly", "retention") as lease:
        found, files, left_over = _plan(store, workspace, now, dry_run=False)
        lease.renew()
        _note(store, found, files, now)
        lease.renew()
        _unlink(store.evidence, files, left_over)
    return found


def unfinished(session: Session, evidence: Evidence) -> list[str]:
    """The SHA-256 of what was noted as removed and lies there still, because the run died: not what came again since."""
    return sorted(
        sha256 for sha256, (_, at, _) in _gone(session).items() if _left(evidence.path(sha256), at) is not None
    )


def report_lines(found: Retained) -> Iterator[str]:
    """What staff read, line by line."""
    yield f"Evidence under [retention] of countersign.toml, on {found.on}:"
    for kind, length in found.settings.items():
        yield f"  {KINDS_SAID[EvidenceKind(kind)]} ({kind}): {f'kept {length}' if length else 'kept without end'}"
    yield ""
    yield "May go" if found.dry_run else "Removed"
    for setting, amount in found.goes.items():
        yield f"  {_files(amount.files)} ({amount.bytes:,} bytes), {setting}"
    if not found.goes:
        yield "  nothing"
    if found.left_over:
        done = "to be removed" if found.dry_run else "removed"
        yield f"  {_files(found.left_over)} that an earlier run had noted as gone when it was stopped, {done} now"
    yield "Stays"
    for why, number in found.stays.items():
        soon = f"; the next one is on {found.next_on}" if why == Stays.not_yet and found.next_on else ""
        yield f"  {_files(number)}: {why}{soon}"
    if not found.stays:
        yield "  nothing"
    if found.removed_before:
        yield f"Earlier runs removed {_files(found.removed_before)}."
    if found.lost:
        yield f"{_files(found.lost)} cannot be found and nobody removed them. See: countersign reconcile"


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number:,} files"


def _plan(
    store: Store, workspace: Workspace, now: datetime, *, dry_run: bool
) -> tuple[Retained, list[_File], list[tuple[Path, int]]]:
    """What may go; the files to remove; and those that an earlier run was to remove, with the time (ns) when they were last put."""
    retention, evidence = workspace.settings.retention, store.evidence
    zone = workspace.settings.time_zone
    today = now.astimezone(ZoneInfo(zone)).date()
    rules = recognition.load_rules(workspace.agreements)
    due = {*issuance.awards_due(store, rules), *issuance.credit_requests_due(store, rules)}
    settled = (now - SETTLES).timestamp()
    with store.reading() as session:
        fates = weigh(names(session, zone, due), retention, today)
        gone = _gone(session)
    left_over = [
        (path, put)
        for sha256, (_, at, _) in sorted(gone.items())
        if (put := _left(path := evidence.path(sha256), at)) is not None
    ]
    files: list[_File] = []
    stays: Counter[Stays] = Counter()
    lost = before = 0
    soonest: date | None = None
    for sha256 in sorted(fates):
        fate, path, noted = fates[sha256], evidence.path(sha256), gone.get(sha256)
        if not path.exists():
            before += noted is not None
            lost += noted is None and bool(fate.kinds)  # other columns may name what never lay here
            continue
        seen = path.stat()
        if noted is not None:
            if _left(path, noted[1]) is not None:
                continue
            fate = _anew(fate, retention, datetime.fromtimestamp(seen.st_mtime, ZoneInfo(zone)).date(), today)
        if fate.stays is None and seen.st_mtime >= settled:
            fate = replace(fate, stays=Stays.just_came)
        if fate.stays is None:
            turn = noted[0] + 1 if noted else 0
            files.append(_File(sha256, setting_said(fate.kinds, retention), turn, seen.st_size, seen.st_mtime_ns))
            continue
        stays[fate.stays] += 1
        if fate.stays is Stays.not_yet and fate.old_enough_on is not None:
            soonest = min(soonest or date.max, fate.old_enough_on)
    goes: dict[str, Amount] = {}
    for file in files:
        known = goes.get(file.setting, Amount(0, 0))
        goes[file.setting] = Amount(known.files + 1, known.bytes + file.size)
    found = Retained(
        on=today,
        dry_run=dry_run,
        settings={kind.value: str(retention.of(kind) or "") for kind in EvidenceKind},
        goes=dict(sorted(goes.items())),
        stays={why.value: stays[why] for why in Stays if stays[why]},
        next_on=soonest,
        left_over=len(left_over),
        removed_before=before,
        lost=lost,
    )
    return found, files, left_over


def _anew(fate: Fate, retention: Retention, came: date, today: date) -> Fate:
    """The fate of what was removed and came again on the day `came`: its time begins on that day."""
    kept = [length for kind in fate.kinds if (length := retention.of(kind)) is not None]
    if fate.stays not in (None, Stays.not_yet) or not kept:
        return fate
    on = max(length.over(came) for length in kept)
    return Fate(Stays.not_yet if on > today else fate.stays, on, fate.kinds)


def _gone(session: Session) -> dict[str, tuple[int, datetime, str]]:
    """SHA-256 → turn, moment and setting of the last removal."""
    query = select(EvidenceGone.sha256, EvidenceGone.turn, EvidenceGone.gone_at, EvidenceGone.setting)
    rows = session.exec(query.order_by(col(EvidenceGone.turn)))
    return {sha256: (turn, at, setting) for sha256, turn, at, setting in rows}


def _left(path: Path, gone_at: datetime) -> int | None:
    """When (ns) the file that was noted as gone was put; None when it is not there, or the same bytes came again since."""
    try:
        put = path.stat()
    except FileNotFoundError:
        return None
    return put.st_mtime_ns if put.st_mtime <= gone_at.timestamp() else None


def _note(store: Store, found: Retained, files: list[_File], now: datetime) -> None:
    with store.transaction() as session:
        for start in range(0, len(files), _CHUNK):
            rows = [
                {"sha256": file.sha256, "turn": file.turn, "setting": file.setting, "gone_at": now}
                for file in files[start : start + _CHUNK]
            ]
            session.exec(insert(EvidenceGone), params=rows)
        audit.record(
            session,
            at=now,
            actor=ACTOR,
            action="evidence removed",
            subject="evidence",
            settings=dict(found.settings),
            removed={setting: amount.files for setting, amount in found.goes.items()},
            left_over=found.left_over,
            stays=dict(found.stays),
        )


def _unlink(evidence: Evidence, files: list[_File], left_over: list[tuple[Path, int]]) -> None:
    failed: list[str] = []
    for path, put in [*left_over, *((evidence.path(f.sha256), f.changed_ns) for f in files)]:
        try:
            if path.stat().st_mtime_ns == put:  # else it came again in this moment
                path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            failed.append(error.strerror or "it is not known why")
    if failed:
        raise Outage(
            f"{_files(len(failed))} of the evidence cannot be removed: {failed[0]}.",
            "It is on record that they are gone. See that var/evidence may be written, and repeat: countersign retention",
        )
