"""The review queue: what is held, why, whose move it is. Rooms open and close items; the console and `review` show them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from countersign.errors import UsageError
from models.tables import ReviewItem
from models.words import Owner

HOUSE = ("nightly", "monthly", "verification")
"""The names under which runs close items; every other `closed_by` is a person."""


def person(by: str, reason: str) -> tuple[str, str]:
    """Who decided and why, as they are kept. Raises UsageError when one is empty, or a run's name is given."""
    by, reason = by.strip(), " ".join(reason.split())
    if not by or not reason:
        raise UsageError("--by and --reason may not be empty.", "They are kept with the decision.")
    if by.casefold() in HOUSE:
        raise UsageError(f"{by!r} is the name of a run.", "Give the name of the person who decided.")
    return by, reason


def hold(
    session: Session,
    *,
    subject: str,
    code: str,
    sentence: str,
    next_step: str,
    owner: Owner,
    now: datetime,
    look_again_at: datetime | None = None,
    proposals: Sequence[dict[str, Any]] = (),
    unless_settled: bool = False,
) -> ReviewItem | None:
    """Open an item, or bring the open one with this subject and code up to date.

    `subject` is "case:12" or "submission:4"; `code` a short stable word ("unreachable", "unknown_person"). With `unless_settled`
    what a person has closed stays closed as long as it says the same: None then.
    """
    if unless_settled and settled(session, subject=subject, code=code, sentence=sentence):
        return None
    item = session.exec(_open(subject, code)).first()
    if item is None:
        item = ReviewItem(
            subject=subject, code=code, sentence="", next_step="", owner=owner, opened_at=now, proposals=[]
        )
    item.sentence, item.next_step, item.owner = sentence, next_step, owner.value
    item.look_again_at, item.proposals = look_again_at, list(proposals)
    session.add(item)
    session.flush()
    return item


def release(session: Session, *, subject: str, now: datetime, by: str, resolution: str, code: str | None = None) -> int:
    """Close the subject's open items (only those with `code` when given); returns how many there were."""
    items = session.exec(_open(subject, code)).all()
    for item in items:
        item.closed_at, item.closed_by, item.resolution = now, by, resolution
        session.add(item)
    session.flush()
    return len(items)


def settled(
    session: Session, *, subject: str, code: str, sentence: str | None = None, since: datetime | None = None
) -> bool:
    """Whether a person has closed an item of this subject and code (one that said exactly `sentence`, when given; after
    `since`, when given): they know it, and decided."""
    query = select(ReviewItem.id).where(
        col(ReviewItem.subject) == subject,
        col(ReviewItem.code) == code,
        col(ReviewItem.closed_at).is_not(None),
        col(ReviewItem.closed_by).not_in(HOUSE),
    )
    if sentence is not None:
        query = query.where(col(ReviewItem.sentence) == sentence)
    if since is not None:
        query = query.where(col(ReviewItem.closed_at) > since)
    return session.exec(query.limit(1)).first() is not None


def is_open(session: Session, *, subject: str, code: str) -> bool:
    """Whether an item with this subject and code waits."""
    return session.exec(_open(subject, code)).first() is not None


def _open(subject: str, code: str | None) -> SelectOfScalar[ReviewItem]:
    query = select(ReviewItem).where(col(ReviewItem.subject) == subject, col(ReviewItem.closed_at).is_(None))
    return query if code is None else query.where(col(ReviewItem.code) == code)
