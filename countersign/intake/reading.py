"""Submissions opened: each one's bytes unpacked, and what was found written down, in one transaction per submission."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from countersign import audit, review
from countersign.errors import CountersignError, Outage
from countersign.intake.keeping import ACTOR, repeat, unreadable
from countersign.intake.labels import plain
from countersign.intake.opening import too_large, unpack
from countersign.intake.ours import without_ours
from countersign.intake.unpacked import MAX_BYTES, Unpacked
from countersign.store import Store
from models.tables import Address, CarrierRecord, HoursLog, Reading, Submission
from models.words import Owner, ReadingOutcome


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a submission waits, for whom, and what they can do."""

    code: str
    sentence: str
    next_step: str
    owner: Owner = Owner.staff


def unopened(store: Store) -> list[int]:
    """The ids of submissions that nobody has opened yet, oldest first."""
    with store.reading() as session:
        query = (
            select(Submission.id)
            .join(Reading, col(Reading.submission_id) == col(Submission.id), isouter=True)
            .where(col(Reading.id).is_(None))
            .order_by(col(Submission.id))
        )
        return list(session.exec(query))


def open_submissions(store: Store, submission_ids: Sequence[int], now: datetime) -> None:
    """Open each of the submissions that is not opened yet. Repeating is harmless; an id that does not exist is passed over.

    One whose original bytes are damaged is held for staff and tried again next time. Raises Outage when the store cannot be written.
    """
    for submission_id in submission_ids:
        _open(store, submission_id, now)


def _open(store: Store, submission_id: int, now: datetime) -> None:
    with store.reading() as session:
        submission = session.get(Submission, submission_id)
        if submission is None or _is_read(session, submission_id):
            return
    if submission.size > MAX_BYTES:
        found = unreadable(too_large(submission.name))
    else:
        try:
            found = unpack(store.evidence.get(submission.sha256), submission.name)
        except Outage:
            raise
        except CountersignError as error:
            _hold(store, submission_id, Hold("evidence_damaged", error.what, error.remedy), now)
            return
    kept = [store.evidence.put(carrier.content) if not carrier.url else "" for carrier in found.carriers]
    logs = [store.evidence.put(log.content) for log in found.logs]
    with store.reading() as session:
        found, kept = without_ours(session, found, kept)

    def write() -> None:
        with store.transaction() as session:
            if not _is_read(session, submission_id):
                _write(session, submission_id, found, kept, logs, now)

    repeat(write)


def _write(
    session: Session, submission_id: int, found: Unpacked, carriers: list[str], logs: list[str], now: datetime
) -> None:
    session.add(
        Reading(
            submission_id=submission_id,
            outcome=found.outcome,
            sender=found.sender,
            sender_name=found.sender_name,
            subject=found.subject,
            wishes=found.wishes,
            problems=list(found.problems),
            read_at=now,
        )
    )
    for position, (carrier, sha256) in enumerate(zip(found.carriers, carriers, strict=True), 1):
        session.add(
            CarrierRecord(
                submission_id=submission_id,
                position=position,
                name=carrier.name,
                kind=carrier.kind,
                sha256=sha256,
                url=carrier.url,
            )
        )
    for log, sha256 in zip(found.logs, logs, strict=True):
        session.add(
            HoursLog(
                submission_id=submission_id,
                name=log.name,
                sha256=sha256,
                rows_sha256=log.rows_sha256,
                title=log.title,
                hours="" if log.hours is None else f"{log.hours:f}",
                problem=log.problem,
                days={day.isoformat(): f"{log.days[day].normalize():f}" for day in sorted(log.days)},
                spans={day.isoformat(): [list(span) for span in sorted(log.spans[day])] for day in sorted(log.spans)},
            )
        )
    subject = f"submission:{submission_id}"
    review.release(session, subject=subject, now=now, by=ACTOR, resolution="It was opened.", code="evidence_damaged")
    name = session.exec(select(Submission.name).where(col(Submission.id) == submission_id)).one()
    reason = hold_for(found, name, is_member=_is_member(session, found.sender))
    if reason is not None:
        _hold_in(session, subject, reason, now)
    audit.record(
        session,
        at=now,
        actor=ACTOR,
        action="opened",
        subject=subject,
        outcome=found.outcome.value,
        carriers=len(found.carriers),
        logs=len(found.logs),
        problems=len(found.problems),
    )


def hold_for(found: Unpacked, name: str, *, is_member: bool) -> Hold | None:
    """Why somebody should look at what was found; None when there is nothing to do.

    `name` is the submission's, and `is_member` whether its sender's address is on the roster: members are told by mail what
    was missing, so that what carries nothing is theirs to send again.
    """
    said = " ".join(found.problems)
    asks = found.wishes.get("transcript") is True
    if found.outcome is ReadingOutcome.nothing:
        if asks and is_member and not said:
            return None  # it is answered with the transcript
        sentence = f"{_which(found, name)} holds nothing that carries a micro-credential. {said}".strip()
        if is_member:
            return Hold("nothing", sentence, "They are told by mail how to send it.", Owner.educator)
        if asks:
            return Hold(
                "nothing",
                f"{_which(found, name)} asks for a transcript, and the address is not on the roster: nobody was answered. {said}".strip(),
                "Find out who asks. For a member: countersign transcript MEMBER --mail, which writes to the roster's address.",
            )
        return Hold(
            "nothing",
            sentence,
            "Ask the sender to forward the award e-mail as an attachment, or to upload the original file.",
        )
    if found.outcome is ReadingOutcome.unreadable:
        return Hold(
            "unreadable",
            f"It could not be read. {said}".strip(),
            "Look at the original; ask the sender for the award e-mail or the original file.",
        )
    if found.outcome is ReadingOutcome.automatic:
        step = "Look at the original; when an educator meant it, ask them to forward the award e-mail themselves."
        return None if found.complete else Hold("automatic", said, step)
    if not found.complete:
        step = "Look at the original; the part may hold a further micro-credential. What was found is being worked on."
        return Hold("partly_read", said, step)
    return None


def _which(found: Unpacked, name: str) -> str:
    """The submission as staff can find it: `"Question" from h.b@school.example (21-question.eml)`."""
    if not found.sender:
        return name
    subject = plain(found.subject, 60).replace('"', "'")
    mail = f'"{subject}"' if subject else "A mail"
    return f"{mail} from {plain(found.sender, 80)} ({name})"


def _is_member(session: Session, sender: str) -> bool:
    if not sender:
        return False
    known = select(Address.id).where(col(Address.folded) == sender.casefold())
    return session.exec(known.limit(1)).first() is not None


def _hold(store: Store, submission_id: int, reason: Hold, now: datetime) -> None:
    def write() -> None:
        with store.transaction() as session:
            _hold_in(session, f"submission:{submission_id}", reason, now)

    repeat(write)


def _hold_in(session: Session, subject: str, reason: Hold, now: datetime) -> None:
    review.hold(
        session,
        subject=subject,
        code=reason.code,
        sentence=reason.sentence,
        next_step=reason.next_step,
        owner=reason.owner,
        now=now,
    )


def _is_read(session: Session, submission_id: int) -> bool:
    return session.exec(select(Reading.id).where(col(Reading.submission_id) == submission_id)).first() is not None
