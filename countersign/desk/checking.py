"""`countersign verify`: prove files or addresses as they are, without a store and without writing anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from countersign import clock
from countersign.errors import UsageError
from countersign.intake import carriers_of_file
from countersign.settings import open_workspace
from countersign.verification import examine, fetcher_for, read_registry
from models.credentials import (
    Carrier,
    CarrierKind,
    Check,
    CheckName,
    CheckOutcome,
    Credential,
    Verdict,
)

MAX_BYTES = 30_000_000


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on one credential of one input."""

    input: str
    verdict: Verdict
    credential: Credential | None

    def as_json(self) -> dict[str, Any]:
        """The document of the command line's contract; the recipient's identity never stands in it, only its kind."""
        found = self.credential
        return {
            "input": self.input,
            "verdict": self.verdict.outcome.value,
            "checks": [
                {"name": c.name.value, "outcome": c.outcome.value, "detail": c.detail, "remedy": c.remedy}
                for c in self.verdict.checks
            ],
            "credential": found
            and {
                "id": found.id,
                "version": found.version,
                "issuer": found.issuer_name,
                "achievement": found.achievement.name,
                "issued_on": found.issued_on.isoformat(),
                "valid_until": found.valid_until.isoformat() if found.valid_until else None,
                "recipient_kind": found.recipient_kind,
            },
        }


def check_inputs(
    inputs: Sequence[str], folder: Path | None, recipient: str | None, offline: bool, at: str | None
) -> list[Report]:
    """A report for each credential in each input, in order. Raises UsageError for an input that cannot be read."""
    workspace = open_workspace(folder)
    registry = read_registry(workspace.issuers_file)
    now = _moment(at)
    fetcher = fetcher_for(workspace, now, offline=offline)
    reports: list[Report] = []
    for name in inputs:
        carriers = _carriers(name)
        found = [e for carrier in carriers for e in examine(carrier, registry, fetcher, now, recipient)]
        if found:
            reports += [Report(name, e.verdict, e.credential) for e in found]
        else:
            reports.append(Report(name, _nothing(name), None))
    return reports


def _carriers(name: str) -> Sequence[Carrier]:
    if "://" in name:
        return [Carrier(name=name, kind=CarrierKind.url, url=name)]
    path = Path(name)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.", "Name a file, or an https address.") from error
    if len(content) > MAX_BYTES:
        raise UsageError(f"{name} is larger than {MAX_BYTES // 1_000_000} MB.", "A credential is much smaller.")
    return carriers_of_file(content, path.name)


def _nothing(name: str) -> Verdict:
    what = f"No credential was found in {Path(name).name}."
    remedy = "Send the file the issuer gave you: the picture with the credential inside, or its JSON or JWT."
    rest = [Check(n, CheckOutcome.indeterminate, "Not reached.") for n in list(CheckName)[1:]]
    return Verdict((Check(CheckName.extracted, CheckOutcome.failed, what, remedy), *rest))


def _moment(at: str | None) -> datetime:
    if at is None:
        return clock.now()
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise UsageError(f"--at {at!r} is not a date.", "Write it as 2026-10-01.") from error
    return (
        moment
        if moment.tzinfo
        else moment.replace(hour=12, tzinfo=UTC)
        if len(at) == 10
        else moment.replace(tzinfo=UTC)
    )
