"""Looking again before money moves: what counts already is examined anew, with the present registry and the present web.

Each case is examined from its stored carriers. Still proven: its doubts are closed. Something speaks against it, or it could
not be looked up: a doubt is opened (`doubts`), and nothing of it is paid while that is open. One that expired after it was
handed in still counts: what was earned in time is not taken back because time went on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, or_, select

from countersign.errors import Busy, CountersignError
from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification.codes import DOUBTS, NOT_RECHECKED, UNCLEAR
from countersign.verification.examination import examine
from countersign.verification.keeping import doubts
from countersign.verification.keeping.holding import latest_verdict
from countersign.verification.keeping.same import is_proven_to_be, said_otherwise, tells_of
from countersign.verification.keeping.writing import Kept, keep
from countersign.verification.session import VerificationSession, open_session
from models.credentials import Carrier, CarrierKind, Check, CheckName, CheckOutcome, Examination, VerdictOutcome
from models.tables import CarrierRecord, Case, ReviewItem, VerdictRecord
from models.words import CaseState, Occasion, Recheck

MAX_CARRIERS = 20
"""How many different files or links of one case are examined: the same credential may have come in several."""

_BY_HAND = "Ask the issuer whether this micro-credential still stands."

ATTEMPTS = 5
_ENDED = frozenset({CaseState.rejected.value, CaseState.joined.value})


@dataclass(frozen=True, slots=True)
class Look:
    """What another look at a case came to: `against` is the check that speaks against it, None when it is still proven.
    `kept` is the examination behind it, None when there was nothing left to examine."""

    case_id: int
    against: Check | None
    kept: Kept | None


@dataclass(frozen=True, slots=True)
class Known:
    """What stood against a case when a look at it began: the id of its last verdict, and the doubts that were open."""

    verdict: int
    doubts: frozenset[int]


def recheck_cases(
    store: Store,
    workspace: Workspace,
    case_ids: Sequence[int],
    now: datetime,
    session: VerificationSession | None = None,
) -> dict[int, Recheck]:
    """Examine these cases again and write down what came of it, all in one transaction; what it came to for each that was
    examined. Repeating is harmless.
    However recent the last proof is, each is asked again: an issuer may withdraw one in the hour after it came.

    `session` is what the calls of one run share (`open_session`): a status list is fetched once for all who are on it.
    Raises UsageError or FileProblems when the registry of issuers cannot be read: without it nothing is proven.
    """
    run = session or open_session(workspace, now)
    registry = store.evidence.put(run.registry_text)
    looks: list[tuple[Look, Known]] = []
    for case_id in case_ids:
        with store.reading() as reading:
            case = reading.get(Case, case_id)
            if case is None or case.state in _ENDED:
                continue
            carriers, known = _carriers(reading, case), _known(reading, case)
        looks.append((_look(store, run, case, carriers, registry, now), known))
    came_to: dict[int, Recheck] = {}
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with store.transaction() as writing:
                cases = _locked(writing, [look.case_id for look, _ in looks])
                written = [_write(writing, cases[look.case_id], look, known, now) for look, known in looks]
            came_to = {look.case_id: what for (look, _), what in zip(looks, written, strict=True) if what is not None}
            break
        except IntegrityError:  # another worker opened the same item or audit entry in this moment
            if attempt == ATTEMPTS:
                raise
    return came_to


def unanswered_cases(store: Store, now: datetime) -> list[int]:
    """The cases that could not be looked up, or not be told, before they were to be paid, and whose next look has come."""
    query = select(ReviewItem.subject).where(
        col(ReviewItem.code).in_([NOT_RECHECKED, UNCLEAR]),
        col(ReviewItem.closed_at).is_(None),
        or_(col(ReviewItem.look_again_at).is_(None), col(ReviewItem.look_again_at) <= now),
    )
    with store.reading() as session:
        return sorted(int(subject.removeprefix("case:")) for subject in session.exec(query))


def _open_doubts(session: Session, case: Case) -> frozenset[int]:
    query = select(ReviewItem.id).where(
        col(ReviewItem.subject) == f"case:{case.id}",
        col(ReviewItem.code).in_(DOUBTS),
        col(ReviewItem.closed_at).is_(None),
    )
    return frozenset(session.exec(query))


def _known(session: Session, case: Case) -> Known:
    last = latest_verdict(session, case)
    return Known(last.id if last is not None else 0, _open_doubts(session, case))


def _came_between(session: Session, case: Case, known: Known) -> bool:
    """Whether another run found something against the case while this one was looking."""
    newer = select(VerdictRecord.id).where(
        col(VerdictRecord.case_id) == case.id,
        col(VerdictRecord.id) > known.verdict,
        col(VerdictRecord.outcome) != VerdictOutcome.verified.value,
    )
    return session.exec(newer.limit(1)).first() is not None or not _open_doubts(session, case) <= known.doubts


def _carriers(session: Session, case: Case) -> list[CarrierRecord]:
    """What the case came in: the carrier of its latest verified verdict first, then each different one, oldest first."""
    query = select(CarrierRecord).where(col(CarrierRecord.case_id) == case.id).order_by(col(CarrierRecord.id))
    different: dict[tuple[str, str], CarrierRecord] = {}
    for record in session.exec(query):
        different.setdefault((record.sha256, record.url), record)
    proved = session.exec(
        select(CarrierRecord)
        .join(VerdictRecord, col(VerdictRecord.carrier_id) == col(CarrierRecord.id))
        .where(col(VerdictRecord.case_id) == case.id, col(VerdictRecord.outcome) == VerdictOutcome.verified.value)
        .order_by(col(VerdictRecord.id).desc())
        .limit(1)
    ).first()
    if proved is not None:
        different = {(proved.sha256, proved.url): proved, **different}
    return list(different.values())[:MAX_CARRIERS]


def _look(
    store: Store, run: VerificationSession, case: Case, carriers: Sequence[CarrierRecord], registry: str, now: datetime
) -> Look:
    """The worst of what those carriers say that tell of this very credential; when none does, what the first one says."""
    if not carriers:
        return Look(case.id, _unsure("Nothing of what it came in is on record any more."), None)
    found: list[tuple[bool, Look]] = []
    for record in carriers:
        try:
            content = store.evidence.get(record.sha256) if record.sha256 else b""
            carrier = Carrier(name=record.name, kind=CarrierKind(record.kind), content=content, url=record.url)
            for examination in examine(carrier, run.registry, run.fetcher, now):
                kept = keep(store.evidence, examination, record.id, registry)
                found.append((tells_of(examination, case), Look(case.id, _against(examination, case, now), kept)))
        except Busy:
            raise
        except CountersignError as error:
            found.append((False, Look(case.id, _unsure(error.what, error.remedy), None)))
        except Exception as error:  # noqa: BLE001  (third-party parsers on hostile input; the other cases must go on)
            said = f"Its examination broke down: an unexpected {type(error).__name__} came up."
            found.append((False, Look(case.id, _unsure(said), None)))
    theirs = [look for same, look in found if same]
    return min(theirs, key=_badness) if theirs else found[0][1]


def _badness(look: Look) -> int:
    if look.against is None:
        return 2
    return 0 if look.against.outcome is CheckOutcome.failed else 1


def _against(examination: Examination, case: Case, now: datetime) -> Check | None:
    """The check that speaks against paying for the case: the first failed one, else the first that could not be carried
    out, else what the credential says otherwise than when it was counted."""
    checks = [
        c
        for c in examination.verdict.checks
        if not (c.name is CheckName.dates and _only_expired(examination, case, now))
    ]
    for outcome in (CheckOutcome.failed, CheckOutcome.indeterminate):
        for check in checks:
            if check.outcome is outcome:
                return check
    if not is_proven_to_be(examination, case):
        return _unsure("What it came in leads to another credential now than the one that was counted.")
    return said_otherwise(examination, case)


def _only_expired(examination: Examination, case: Case, now: datetime) -> bool:
    """Whether all that is wrong with its dates is that it expired after it was handed in, when it was issued and valid."""
    credential = examination.credential
    if credential is None or credential.valid_until is None:
        return False
    return credential.issued_on <= case.received_at < credential.valid_until <= now


def _unsure(detail: str, remedy: str = _BY_HAND) -> Check:
    return Check(CheckName.extracted, CheckOutcome.indeterminate, detail, remedy)


def _locked(session: Session, case_ids: Sequence[int]) -> dict[int, Case]:
    """The cases, all locked before anything is written, in one order: two workers never wait for each other in a ring."""
    query = select(Case).where(col(Case.id).in_(case_ids)).order_by(col(Case.id)).with_for_update()
    return {case.id: case for case in session.exec(query)}


def _write(session: Session, case: Case, look: Look, known: Known, now: datetime) -> Recheck | None:
    """What the look came to; None when it counts for nothing any more."""
    if case.state in _ENDED:
        return None  # a person ended it meanwhile
    against, kept = look.against, look.kept
    if against is None and _came_between(session, case, known):
        return None  # what is newer stands, and this is looked up again before anything is paid
    if kept is not None and _is_worth_a_row(session, case, kept, proven=against is None):
        row = kept.row(case.id, Occasion.before_payment, now)
        if against is None and row.outcome != VerdictOutcome.verified:
            row.remarks.append("It expired after it was handed in: what was earned in time still counts.")
        session.add(row)
        session.flush()
    if against is None:
        case.proven_at = now
        session.add(case)
        doubts.release(session, case, now, "Looked up again: it is still proven.")
        return Recheck.proven if kept is None or kept.asked else Recheck.nothing_to_look_up
    if against.outcome is CheckOutcome.failed:
        doubts.withdrawn(session, case, against, now)
    elif against.retry:
        doubts.unanswered(session, case, against, now)
    else:
        doubts.unclear(session, case, against, now)
    return doubts.found(session, case)


def _is_worth_a_row(session: Session, case: Case, kept: Kept, *, proven: bool) -> bool:
    """Whether a verdict's row would say anything that the last one does not: other checks or another registry, or what
    the web said now in favour of paying. The same trouble found again is not told again."""
    last = latest_verdict(session, case)
    if last is None or last.checks != kept.checks:
        return True
    return proven and (bool(kept.asked) or last.registry_sha256 != kept.registry_sha256)
