"""A verdict reached again from what was kept of it, offline: the same bytes, the registry as it was, the answers of that day.

Everything an examination looks at is given back to it, so the result must be the same; where a newer version of this program
comes to another one, the difference is named check by check.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from countersign.errors import CountersignError, UsageError
from countersign.evidence import Evidence
from countersign.store import Store
from countersign.tomlfile import FileProblems
from countersign.verification.examination import examine
from countersign.verification.keeping.same import names_another
from countersign.verification.keeping.writing import SOFTWARE, as_rows, described
from countersign.verification.network.web import Fetcher, Refused, Unreachable
from countersign.verification.session import VerificationSession
from countersign.verification.trust.registry import Registry, parse_registry
from models.credentials import Carrier, CarrierKind, CheckName, Examination, Fetched, Unanswered, VerdictOutcome
from models.tables import CarrierRecord, Case, VerdictRecord
from models.words import Occasion

LONGEST = 200
"""Characters of something that a case says and a difference quotes."""

NAMED = {
    "credential_id": "id",
    "issuer": "issuer",
    "issuer_name": "issuer's name",
    "achievement_id": "achievement",
    "title": "title",
    "description": "description",
    "criteria": "criteria",
    "standards": "standards",
    "issued_on": "date of issue",
    "valid_until": "end of validity",
    "version": "version of Open Badges",
}
"""What a case says of its credential, by the column's name, in words."""

WORDED_ANEW = frozenset({"issuer_name", "description", "criteria", "standards", "version"})
"""What may be put otherwise after a case was described, without its being another credential or another decision."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A check that came out otherwise, or something that the case says otherwise than its credential. `then` and `now` are the
    check's row (name, outcome, detail, remedy), or, for the case, its name and a sentence as `detail`."""

    name: str
    then: Mapping[str, Any]
    now: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Replay:
    """A kept verdict beside what comes out now.

    `examination` is None when it could not be repeated; `problem` then says why, as a sentence. `unrecorded` are the addresses
    that were asked for now and not then.
    """

    case: str
    verdict_id: int
    at: datetime
    occasion: str
    outcome: str
    checks: tuple[Mapping[str, Any], ...]
    software: str
    examination: Examination | None = None
    unrecorded: tuple[str, ...] = ()
    problem: str = ""
    software_now: str = SOFTWARE
    facts: tuple[Difference, ...] = ()

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The checks whose outcome or sentences are others than then, and what the case says otherwise than the credential that it
        was read in (`facts`); empty when the verdict could not be repeated."""
        if self.examination is None:
            return ()
        then = {c.get("name"): c for c in self.checks}
        now = {c["name"]: c for c in as_rows(self.examination.verdict)}
        checks = tuple(
            Difference(name, then.get(name, {}), now.get(name, {}))
            for name in map(str, CheckName)
            if then.get(name) != now.get(name)
        )
        return checks + self.facts

    @property
    def same(self) -> bool:
        """Whether it was repeated, every check came out as then, word for word, and the case says what its credential says."""
        return self.examination is not None and not self.differences


class ReplayFetcher:
    """Answers exactly what was recorded, outages and refusals included. `missing` collects what was asked beyond that."""

    def __init__(self, recorded: Mapping[str, Fetched | Unanswered]) -> None:
        self._recorded = recorded
        self.missing: list[str] = []

    def get(self, url: str) -> Fetched:
        answer = self._recorded.get(url)
        if answer is None:
            self.missing.append(url)
            raise Unreachable("it was not asked for when the verdict was reached, so there is no evidence of it")
        if isinstance(answer, Unanswered):
            raise (Refused if answer.refused else Unreachable)(answer.why)
        return answer


def recorded(evidence: Evidence, asked: Sequence[Mapping[str, Any]]) -> dict[str, Fetched | Unanswered]:
    """The answers behind a verdict by their address, from the row's `evidence`. Raises CountersignError when the bytes of
    one are gone or changed."""
    answers: dict[str, Fetched | Unanswered] = {}
    for entry in asked:
        url, at = str(entry["url"]), datetime.fromisoformat(entry["at"])
        if "sha256" not in entry:
            answers[url] = Unanswered(url, str(entry["why"]), bool(entry["refused"]), at)
            continue
        answers[url] = Fetched(
            url=url,
            final_url=str(entry["final_url"]),
            status=int(entry["status"]),
            headers=dict(entry["headers"]),
            content=evidence.get(entry["sha256"]),
            at=at,
        )
    return answers


def verdicts_of(store: Store, case_id: int) -> list[int]:
    """The ids of a case's verdicts, oldest first. Raises UsageError when there is no such case or no verdict on it."""
    with store.reading() as session:
        case = session.get(Case, case_id)
        if case is None:
            raise UsageError(f"There is no case C-{case_id}.", "See: countersign review")
        query = select(VerdictRecord.id).where(col(VerdictRecord.case_id) == case_id)
        found = list(session.exec(query.order_by(col(VerdictRecord.id))).all())
        if not found and case.joined_to is not None:
            raise UsageError(
                f"{case.label} joined C-{case.joined_to}: the verdict is there.",
                f"Repeat with: --case C-{case.joined_to}",
            )
    if not found:
        raise UsageError(f"C-{case_id} has no verdict yet.", "The next nightly run examines it.")
    return found


def replay(store: Store, case_id: int, verdict_id: int | None = None) -> Replay:
    """A verdict of a case (its latest unless `verdict_id` names another) reached again without a network.

    What cannot be repeated is said in `Replay.problem`. Raises UsageError when the case or the verdict does not exist.
    """
    record = _record(store, case_id, verdict_id)
    try:
        carrier, evidence = _carrier(store, record), store.evidence
        registry = _registry(evidence, record)
        fetcher = ReplayFetcher(recorded(evidence, record.evidence))
    except CountersignError as problem:
        return _beside(record, problem=str(problem))
    examination = _examined(store, record, carrier, registry, fetcher, record.at)
    facts = _facts(store, record, examination, registry)
    return _beside(record, examination, tuple(dict.fromkeys(fetcher.missing)), facts=facts)


def replay_today(
    store: Store, run: VerificationSession, case_id: int, now: datetime, verdict_id: int | None = None
) -> Replay:
    """The same bytes examined at `now` with the present registry and the present web, beside the verdict that was kept.

    Nothing is written. Raises UsageError as `replay` does.
    """
    record = _record(store, case_id, verdict_id)
    try:
        carrier = _carrier(store, record)
    except CountersignError as problem:
        return _beside(record, problem=str(problem))
    return _beside(record, _examined(store, record, carrier, run.registry, run.fetcher, now))


def _record(store: Store, case_id: int, verdict_id: int | None) -> VerdictRecord:
    known = verdicts_of(store, case_id)
    if verdict_id is not None and verdict_id not in known:
        raise UsageError(f"C-{case_id} has no verdict {verdict_id}.", f"Its verdicts: {', '.join(map(str, known))}.")
    with store.reading() as session:
        return session.get_one(VerdictRecord, verdict_id or known[-1])


def _carrier(store: Store, record: VerdictRecord) -> Carrier:
    """What was examined, byte for byte. Raises CountersignError."""
    with store.reading() as session:
        found = session.get(CarrierRecord, record.carrier_id) if record.carrier_id is not None else None
    if found is None:
        raise CountersignError(
            "It was reached by a version of Countersign that did not keep yet which file a verdict is about."
        )
    content = store.evidence.get(found.sha256) if found.sha256 else b""
    return Carrier(name=found.name, kind=CarrierKind(found.kind), content=content, url=found.url)


def _registry(evidence: Evidence, record: VerdictRecord) -> Registry:
    """The registry as it was. Raises CountersignError."""
    if not record.registry_sha256:
        raise CountersignError("The registry of issuers as it was then was not kept with it.")
    try:
        return parse_registry(evidence.get(record.registry_sha256), "the registry of then")
    except FileProblems as problem:
        raise CountersignError(f"This version does not understand the registry as it was then. {problem}") from problem


def _examined(
    store: Store, record: VerdictRecord, carrier: Carrier, registry: Registry, fetcher: Fetcher, now: datetime
) -> Examination:
    """The examination that stands for this verdict, of those the carrier gives."""
    found = examine(carrier, registry, fetcher, now)
    with store.reading() as session:
        key = session.get_one(Case, record.case_id).key
    return min(found, key=lambda e: (as_rows(e.verdict) != record.checks, e.key != key))


def _facts(store: Store, record: VerdictRecord, examination: Examination, registry: Registry) -> tuple[Difference, ...]:
    """What the case says otherwise than the credential behind this verdict does.

    The verdict that the case was described from must agree in everything. One reached later need only agree in what a decision rests
    on: an issuer may describe an achievement anew, and change its own name.
    """
    with store.reading() as session:
        case = session.get_one(Case, record.case_id)
        rows = session.exec(
            select(VerdictRecord.id, VerdictRecord.outcome)
            .where(
                col(VerdictRecord.case_id) == case.id,
                col(VerdictRecord.occasion) != Occasion.before_payment.value,
            )
            .order_by(col(VerdictRecord.id))
        ).all()
    proven = [number for number, outcome in rows if outcome == VerdictOutcome.verified.value]
    origin = proven[0] if proven else rows[-1][0] if rows else record.id
    read = described(examination, registry)
    if not read or (record.id != origin and record.outcome != VerdictOutcome.verified.value):
        return ()
    words = NAMED if record.id == origin else {name: word for name, word in NAMED.items() if name not in WORDED_ANEW}
    unread = {"standards"} if case.standards is None else set[str]()  # the version of then did not look for them
    found = [
        _otherwise(words[n], _said(getattr(case, n)), _said(read[n]))
        for n in words
        if n not in unread and getattr(case, n) != read[n]
    ]
    if names_another(examination, case):
        found.append(_otherwise("recipient", "another than the credential names", _recipient_kind(examination)))
    if case.key != examination.key and case.joined_to is None:
        found.append(_otherwise("key", case.key, examination.key))
    return tuple(found)


def _recipient_kind(examination: Examination) -> str:
    """How the credential names its recipient, never whom."""
    return examination.credential.recipient_kind if examination.credential else "none"


def _otherwise(name: str, kept: str, read: str) -> Difference:
    return Difference(
        f"case, {name}",
        {"name": name, "detail": f"The case says: {kept}"},
        {"name": name, "detail": f"The credential says: {read}"},
    )


def _said(value: object) -> str:
    text = value.isoformat() if isinstance(value, datetime) else str(value or "nothing")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _beside(
    record: VerdictRecord,
    examination: Examination | None = None,
    missing: tuple[str, ...] = (),
    problem: str = "",
    facts: tuple[Difference, ...] = (),
) -> Replay:
    return Replay(
        case=f"C-{record.case_id}",
        verdict_id=record.id,
        at=record.at,
        occasion=record.occasion,
        outcome=record.outcome,
        checks=tuple(record.checks),
        software=record.software,
        examination=examination,
        unrecorded=missing,
        problem=problem,
        facts=facts,
    )
