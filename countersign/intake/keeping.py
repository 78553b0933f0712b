"""Something that arrived, kept: original bytes in the evidence store first, then one submission, however often it comes."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from countersign import audit, review
from countersign.intake.unpacked import Unpacked
from countersign.store import Store
from models.tables import Reading, SourceKey, Submission
from models.words import Owner, ReadingOutcome, Source

ACTOR = "nightly"
TRIES = 5

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One thing at a door. `key` is the door's own name for it; `name` is safe to print."""

    source: Source
    key: str
    name: str
    received_at: datetime


def repeat(attempt: Callable[[], T]) -> T:
    """`attempt`, again when another writer came between (a unique constraint says so); it then finds the work done."""
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except IntegrityError:
            continue
    return attempt()


def keep(
    store: Store, arrival: Arrival, content: bytes, now: datetime, also: Callable[[Session], None] | None = None
) -> int | None:
    """Store `content` as a submission; returns its id, or None when these bytes are known, and then only the key is remembered.

    `also` runs in the same transaction (the mailbox moves its mark there). Raises Outage when the disk is full.
    """
    sha256 = store.evidence.put(content)

    def write() -> int | None:
        with store.transaction() as session:
            made = _submission(session, arrival, sha256, len(content), now)
            if also is not None:
                also(session)
            return made

    return repeat(write)


def park(
    store: Store,
    arrival: Arrival,
    size: int,
    code: str,
    sentence: str,
    next_step: str,
    now: datetime,
    also: Callable[[Session], None] | None = None,
) -> int | None:
    """Keep a note of something that stays where it is because it cannot be taken in, and hold it for staff.

    The submission's evidence is the note itself (`notice`), so the same thing is noted once. Its reading is written at
    once, as `unreadable`. Returns the id of a new note, None when it was known.
    """
    sha256 = store.evidence.put(notice(arrival.key, code))

    def write() -> int | None:
        with store.transaction() as session:
            made = _submission(session, arrival, sha256, size, now)
            if made is not None:
                session.add(
                    Reading(submission_id=made, outcome=ReadingOutcome.unreadable, problems=[sentence], read_at=now)
                )
                review.hold(
                    session,
                    subject=f"submission:{made}",
                    code=code,
                    sentence=sentence,
                    next_step=next_step,
                    owner=Owner.staff,
                    now=now,
                )
            if also is not None:
                also(session)
            return made

    return repeat(write)


def unpark(session: Session, key: str, code: str, now: datetime) -> None:
    """Release what was parked under `key` and `code`, once it could be taken in after all."""
    sha256 = hashlib.sha256(notice(key, code)).hexdigest()
    known = session.exec(select(Submission.id).where(col(Submission.sha256) == sha256)).first()
    if known is not None:
        review.release(
            session,
            subject=f"submission:{known}",
            now=now,
            by=ACTOR,
            resolution="It could be read after all.",
            code=code,
        )


def notice(key: str, code: str) -> bytes:
    """The note kept in place of what could not be taken in."""
    return json.dumps({"countersign": "left where it is", "key": key, "code": code}, sort_keys=True).encode()


def _submission(session: Session, arrival: Arrival, sha256: str, size: int, now: datetime) -> int | None:
    """The id of a new submission, None when its bytes are known; the key is remembered either way."""
    known = session.exec(select(Submission.id).where(col(Submission.sha256) == sha256)).first()
    submission_id = _new(session, arrival, sha256, size, now) if known is None else known
    if session.get(SourceKey, arrival.key) is None:
        session.add(SourceKey(key=arrival.key, submission_id=submission_id))
        session.flush()
    return submission_id if known is None else None


def _new(session: Session, arrival: Arrival, sha256: str, size: int, now: datetime) -> int:
    submission = Submission(
        source=arrival.source,
        source_key=arrival.key,
        name=arrival.name,
        sha256=sha256,
        size=size,
        received_at=min(arrival.received_at, now),
        stored_at=now,
    )
    session.add(submission)
    session.flush()
    audit.record(
        session,
        at=now,
        actor=ACTOR,
        action="stored",
        subject=f"submission:{submission.id}",
        source=arrival.source.value,
        size=size,
        sha256=sha256,
    )
    return submission.id


def unreadable(sentence: str) -> Unpacked:
    """What is said of a submission whose bytes are not opened at all."""
    return Unpacked(ReadingOutcome.unreadable, problems=(sentence,), complete=False)
