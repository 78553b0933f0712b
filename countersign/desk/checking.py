"""`countersign verify`: prove files or addresses as they are, and reach kept verdicts again. Nothing is written.

Files and addresses need no store. A case's verdicts are replayed from the store's evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countersign import clock
from countersign.desk.report import AGAIN, NOT_OFFLINE, SWITCH_ON, Report
from countersign.errors import CountersignError, UsageError
from countersign.intake import carriers_of_file
from countersign.settings import Workspace, open_workspace
from countersign.verification import examine, fetcher_for, read_registry
from models.credentials import (
    NOT_REACHED,
    Carrier,
    CarrierKind,
    Check,
    CheckName,
    CheckOutcome,
    Examination,
    Unanswered,
    Verdict,
)

if TYPE_CHECKING:
    from countersign.store import Store
    from countersign.verification import Replay

MAX_BYTES = 30_000_000


@dataclass(frozen=True, slots=True)
class Checked:
    """The reports on every input that could be read, in order, and the errors of the others."""

    reports: tuple[Report, ...]
    problems: tuple[CountersignError, ...]

    @property
    def exit_code(self) -> int:
        """The command line's contract: the worst of all inputs."""
        refused = int(any(r.verdict.outcome != "verified" for r in self.reports))
        return max(refused, *(p.exit_code for p in self.problems), 0)


@dataclass(frozen=True, slots=True)
class Repeated:
    """A kept verdict, replayed, and what would come out today if that was asked."""

    replay: "Replay"
    today: "Replay | None"
    report: Report

    @property
    def same(self) -> bool:
        return self.replay.same and (self.today is None or self.today.same)

    def as_json(self) -> dict[str, Any]:
        """The verdict by the contract, with `replay` and `today` beside it."""
        today = {"today": _beside(self.today)} if self.today else {}
        return self.report.as_json() | {"replay": _beside(self.replay)} | today


def check_inputs(
    inputs: Sequence[str], folder: Path | None, recipient: str | None, offline: bool, at: str | None
) -> Checked:
    """A report for each credential in each input. An input that cannot be read does not hide the others.

    Raises UsageError when there is no workspace, no readable registry, `at` is no date or `recipient` no e-mail address.
    """
    workspace = open_workspace(folder)
    registry = read_registry(workspace.issuers_file)
    now = _moment(at)
    _require_address(recipient)
    fetcher = fetcher_for(workspace, clock.now(), offline=offline)  # evidence is of the day it was fetched on
    reports: list[Report] = []
    problems: list[CountersignError] = []
    for name in inputs:
        try:
            carriers = _carriers(name)
            own = _certificate(carriers, workspace)
            found = [] if own else [e for c in carriers for e in examine(c, registry, fetcher, now, recipient)]
            reports += [
                replace(_report(name, e, workspace), as_of=now if at else None, again=_again(e, workspace, offline))
                for e in found
            ] or [Report(name, _none(*own) if own else _nothing(name), None)]
        except CountersignError as problem:
            problems.append(problem)
        except Exception as error:  # noqa: BLE001  (hostile input through third-party parsers; the others must go on)
            problems.append(CountersignError(f"{_plain(name)} could not be examined: {type(error).__name__}."))
    return Checked(tuple(reports), tuple(problems))


def repeat_verdicts(
    store: "Store", workspace: Workspace, case_id: int, verdict_id: int | None, every: bool, today: bool
) -> list[Repeated]:
    """A case's latest verdict replayed, or the one named, or `every` one from the oldest on; with `today`, also what the
    present registry and web say. Raises UsageError when the case or verdict does not exist."""
    from countersign.verification import open_session, replay, replay_today, verdicts_of

    now = clock.now()
    run = open_session(workspace, now) if today else None
    wanted = verdicts_of(store, case_id) if every else [verdict_id]
    found: list[Repeated] = []
    for number in wanted:
        again = replay(store, case_id, number)
        present = replay_today(store, run, case_id, now, number) if run else None
        found.append(Repeated(again, present, _replayed(again, workspace)))
    return found


def _again(found: Examination, workspace: Workspace, offline: bool) -> str:
    """What to do about what could not be carried out now: fetch, when that was switched off and something was missing."""
    if any(isinstance(a, Unanswered) and not a.refused for a in found.fetched):
        if offline:
            return NOT_OFFLINE
        if workspace.settings.network.offline:
            return SWITCH_ON
    return AGAIN


def _report(name: str, found: Examination, workspace: Workspace) -> Report:
    folders = frozenset(workspace.settings.network.mirror)
    return Report(
        name, found.verdict, found.credential, found.endorsements, found.remarks, found.fetched, folders=folders
    )


def _replayed(again: "Replay", workspace: Workspace) -> Report:
    """The report of a replay; where it could not be repeated, of the verdict as it was kept."""
    if again.examination is not None:
        return _report(again.case, again.examination, workspace)
    kept = [
        Check(CheckName(c["name"]), CheckOutcome(c["outcome"]), str(c["detail"]), str(c["remedy"]))
        for c in again.checks
    ]
    return Report(again.case, Verdict(tuple(kept)), None)


def _beside(found: "Replay") -> dict[str, Any]:
    result = "impossible" if found.examination is None else "same" if found.same else "different"
    return {
        "result": result,
        "problem": found.problem,
        "verdict_id": found.verdict_id,
        "at": found.at.isoformat(),
        "occasion": found.occasion,
        "verdict_then": found.outcome,
        "software_then": found.software,
        "software_now": found.software_now,
        "differences": [{"name": d.name, "then": dict(d.then), "now": dict(d.now)} for d in found.differences],
        "unrecorded": list(found.unrecorded),
    }


def _carriers(name: str) -> Sequence[Carrier]:
    if "://" in name:
        return [Carrier(name=name, kind=CarrierKind.url, url=name)]
    path = Path(name)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        if isinstance(error, IsADirectoryError):
            raise UsageError(
                f"{_plain(name)} is a folder.", f"Name the files in it: {_plain(name).rstrip('/')}/*"
            ) from error
        why = error.strerror if isinstance(error, OSError) else "it is no file name"
        raise UsageError(f"{_plain(name)} cannot be read: {why}.", "Name a file, or an https address.") from error
    if len(content) > MAX_BYTES:
        raise UsageError(f"{_plain(name)} is larger than {MAX_BYTES // 1_000_000} MB.", "A credential is much smaller.")
    return carriers_of_file(content, path.name)


def _plain(name: str) -> str:
    """A name as it may be written on a terminal."""
    return "".join(c if c.isprintable() else "�" for c in name)


def _certificate(carriers: Sequence[Carrier], workspace: Workspace) -> tuple[str, str] | None:
    """The sentence and the next step when all there is in a file is the link on one of our certificates."""
    place = workspace.settings.affiliate.check_url
    if not carriers or not all(c.url.startswith(place) for c in carriers):
        return None
    from countersign.issuance import read_number

    numbers = [read_number(c.url.removeprefix(place)) for c in carriers]
    if None in numbers:
        return None
    return (
        f"It is one of our own certificates ({numbers[0]}), which says what was granted; it is no badge, and carries no credential.",
        f"Verify the badge for which it was issued. What the certificate says: countersign certificate show {numbers[0]}",
    )


def _nothing(name: str) -> Verdict:
    return _none(
        f"No credential was found in {Path(name).name}.",
        "Send the file the issuer gave you: the picture with the credential inside, or its JSON or JWT.",
    )


def _none(what: str, remedy: str) -> Verdict:
    """The verdict on something that holds no credential."""
    rest = [Check(n, CheckOutcome.indeterminate, f"{NOT_REACHED}.") for n in list(CheckName)[1:]]
    return Verdict((Check(CheckName.extracted, CheckOutcome.failed, what, remedy), *rest))


def _require_address(recipient: str | None) -> None:
    """Raises UsageError for a recipient that nobody could have been awarded anything at."""
    local, _, domain = (recipient or "").strip().rpartition("@")
    if recipient is not None and not (local and domain and len(recipient.split()) == 1):
        raise UsageError(
            f"--recipient {_plain(recipient)!r} is not an e-mail address.", "Write it as pat@school.example."
        )


def _moment(at: str | None) -> datetime:
    if at is None:
        return clock.now()
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise UsageError(f"--at {at!r} is not a date.", "Write it as 2026-10-01.") from error
    if moment.tzinfo:
        return moment
    return moment.replace(hour=12, tzinfo=UTC) if len(at) <= 10 else moment.replace(tzinfo=UTC)
