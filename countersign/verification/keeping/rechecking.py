"""Looking again before money moves: what counts already is examined anew, with the present registry and the present web.

Each case is examined from its stored carriers. Still proven: its doubts are closed. Something speaks against it, or it could
not be looked up: a doubt is opened (`doubts`), and nothing of it is paid while that is open. One that expired after it was
handed in still counts: what was earned in time is not taken back because time went on.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, or_, select

from countersign import review
from countersign.errors import Busy, CountersignError
from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification.checks import ASK_ISSUER, FOR_STAFF
from countersign.verification.codes import DOUBTS, NOT_RECHECKED
from countersign.verification.examination import examine
from countersign.verification.keeping import doubts
from countersign.verification.keeping.holding import latest_verdict
from countersign.verification.keeping.writing import Kept, keep
from countersign.verification.network import documents
from countersign.verification.session import VerificationSession, open_session
from models.credentials import Carrier, CarrierKind, Check, CheckName, CheckOutcome, Examination, VerdictOutcome
from models.tables import CarrierRecord, Case, ReviewItem, VerdictRecord
from models.words import CaseState, Occasion

FRESH = timedelta(hours=24)
"""How long a proof counts as the present one, while the registry stays what it was."""

MAX_CARRIERS = 5
"""How many different files or links of one case are examined: the same credential may have come in several."""

ATTEMPTS = 5
_ENDED = frozenset({CaseState.rejected.value, CaseState.joined.value})


@dataclass(frozen=True, slots=True)
class Look:
    """What another look at a case came to: `against` is the check that speaks against it, None when it is still proven.
    `kept` is the examination behind it, None when there was nothing left to examine."""

    case_id: int
    against: Check | None
    kept: Kept | None


def recheck_cases(
    store: Store,
    workspace: Workspace,
    case_ids: Sequence[int],
    now: datetime,
    session: VerificationSession | None = None,
) -> None:
    """Examine these cases again and write down what came of it, all in one transaction. Repeating is harmless: what was
    proven within `FRESH` is not asked again.

    `session` is what the calls of one run share (`open_session`): a status list is fetched once for all who are on it.
    Raises UsageError or FileProblems when the registry of issuers cannot be read: without it nothing is proven.
    """
    run = session or open_session(workspace, now)
    registry = store.evidence.put(run.registry_text)
    looks: list[Look] = []
    for case_id in case_ids:
        with store.reading() as reading:
            case = reading.get(Case, case_id)
            if case is None or case.state in _ENDED or _is_fresh(reading, case, registry, now):
                continue
            carriers = _carriers(reading, case)
        looks.append(_look(store, run, case, carriers, registry, now))
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with store.transaction() as writing:
                cases = _locked(writing, [look.case_id for look in looks])
                for look in looks:
                    _write(writing, cases[look.case_id], look, now)
            break
        except IntegrityError:  # another worker opened the same item or audit entry in this moment
            if attempt == ATTEMPTS:
                raise


def unanswered_cases(store: Store, now: datetime) -> list[int]:
    """The cases that could not be looked up before they were to be paid, and whose next look has come."""
    query = select(ReviewItem.subject).where(
        col(ReviewItem.code) == NOT_RECHECKED,
        col(ReviewItem.closed_at).is_(None),
        or_(col(ReviewItem.look_again_at).is_(None), col(ReviewItem.look_again_at) <= now),
    )
    with store.reading() as session:
        return sorted(int(subject.removeprefix("case:")) for subject in session.exec(query))


def _is_fresh(session: Session, case: Case, registry: str, now: datetime) -> bool:
    """Whether the last proof still stands for the present: recent, under the same registry, and nobody doubts it."""
    if case.proven_at is None or case.proven_at <= now - FRESH:
        return False
    if any(review.is_open(session, subject=f"case:{case.id}", code=code) for code in DOUBTS):
        return False
    last = latest_verdict(session, case)
    return last is not None and last.outcome == VerdictOutcome.verified and last.registry_sha256 == registry


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
    """The worst of what those carriers say that still lead to this very credential; when none does, what the first one
    says."""
    if not carriers:
        return Look(case.id, _unsure("Nothing of what it came in is on record any more."), None)
    found: list[tuple[bool, Look]] = []
    for record in carriers:
        try:
            content = store.evidence.get(record.sha256) if record.sha256 else b""
            carrier = Carrier(name=record.name, kind=CarrierKind(record.kind), content=content, url=record.url)
            for examination in examine(carrier, run.registry, run.fetcher, now):
                kept = keep(store.evidence, examination, record.id, registry)
                same = _is_the_same(examination, case)
                found.append((same, Look(case.id, _against(examination, case, same=same), kept)))
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


def _is_the_same(examination: Examination, case: Case) -> bool:
    """Whether the examination proved who made the credential, and that it is the one of this case."""
    credential = examination.credential
    return (
        credential is not None
        and examination.key.startswith("credential:")
        and examination.issuer == case.issuer
        and documents.same(credential.id, case.credential_id)
    )


def _against(examination: Examination, case: Case, *, same: bool) -> Check | None:
    """The check that speaks against paying for the case: the first failed one, else the first that could not be carried
    out, else what the credential says otherwise than when it was counted."""
    checks = [c for c in examination.verdict.checks if not (c.name is CheckName.dates and _expired(examination, case))]
    for outcome in (CheckOutcome.failed, CheckOutcome.indeterminate):
        for check in checks:
            if check.outcome is outcome:
                return check
    credential = examination.credential
    if credential is None or not same:
        return _unsure("What it came in leads to another credential now than the one that was counted.")
    if [asdict(i) for i in credential.identities] != case.identities:
        return _changed(CheckName.recipient, "It names its recipient otherwise than when it was counted.")
    if not documents.same(credential.achievement.id, case.achievement_id):
        return _changed(CheckName.well_formed, "It is for another achievement than when it was counted.")
    return None


def _expired(examination: Examination, case: Case) -> bool:
    """Whether the credential was valid when it was handed in, and has only expired since."""
    until = examination.credential.valid_until if examination.credential else None
    return until is not None and until > case.received_at


def _unsure(detail: str, remedy: str = FOR_STAFF) -> Check:
    return Check(CheckName.extracted, CheckOutcome.indeterminate, detail, remedy)


def _changed(name: CheckName, detail: str) -> Check:
    return Check(name, CheckOutcome.failed, detail, ASK_ISSUER)


def _locked(session: Session, case_ids: Sequence[int]) -> dict[int, Case]:
    """The cases, all locked before anything is written, in one order: two workers never wait for each other in a ring."""
    query = select(Case).where(col(Case.id).in_(case_ids)).order_by(col(Case.id)).with_for_update()
    return {case.id: case for case in session.exec(query)}


def _write(session: Session, case: Case, look: Look, now: datetime) -> None:
    if case.state in _ENDED:
        return  # a person ended it meanwhile
    against, kept = look.against, look.kept
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
    elif against.outcome is CheckOutcome.failed:
        doubts.withdrawn(session, case, against, now)
    else:
        doubts.unanswered(session, case, against, now)


def _is_worth_a_row(session: Session, case: Case, kept: Kept, *, proven: bool) -> bool:
    """Whether a verdict's row would say anything that the last one does not: other checks or another registry, or what
    the web said now in favour of paying. The same trouble found again is not told again."""
    last = latest_verdict(session, case)
    if last is None or last.checks != kept.checks:
        return True
    return proven and (bool(kept.asked) or last.registry_sha256 != kept.registry_sha256)
