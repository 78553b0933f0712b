"""Which lines of a month stay out because what they stand on is in doubt, and which cases have to be looked at before.

A line waits while a doubt about its case is open (`models.words.Doubt`), while its case was ended and the ledger has not taken
it back yet, and when it came too late to be looked at before this closing. It is shown among what is held, and goes out
with the next package once nothing stands against it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from countersign.reporting.chunked import by_ids
from countersign.review import HOUSE
from models.tables import Case, Posting, ReviewItem
from models.words import CaseState, Doubt, Owner, PostingKind

ENDED = "ended"
LATE = "late"

SAID = {
    Doubt.revoked_later.value: "withdrawn by the issuer, or not proven any more",
    Doubt.not_rechecked.value: "could not be looked up",
    ENDED: "ended by a person, and not taken back yet",
    LATE: "came while the month was being closed",
}
"""Why lines are withheld, as the cover and the summary say it, in the order in which they say it."""

_DOUBTS = [doubt.value for doubt in Doubt]


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why the lines of a case stay out: a key of `SAID`, the sentence, what would change it, whose move it is, and when it
    is looked at again (None: when somebody acts)."""

    why: str
    reason: str
    change: str
    owner: Owner
    look_again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Doubted:
    """A doubt about a case that is over: from when to when lines were withheld for it, and what a person decided, if one
    did ("Pat: Kept: The work is sound.")."""

    opened_at: datetime
    closed_at: datetime
    sentence: str
    ruling: str


def withheld(
    session: Session, postings: Sequence[Posting], rechecked: Collection[int] | None, now: datetime
) -> dict[int, Withheld]:
    """Of the cases of these postings, those whose lines stay out. `rechecked` are the cases that were looked at before this
    closing, None when nothing was looked up: then nothing is late."""
    found: dict[int, Withheld] = {}
    for case in by_ids(session, select(Case), Case.id, to_be_looked_at(postings)):
        if case.state in (CaseState.rejected, CaseState.joined):
            found[case.id] = Withheld(
                ENDED,
                f"{case.label} was ended after this was granted, and the ledger has not taken the line back yet.",
                "The next nightly run does that.",
                Owner.nobody,
                now,
            )
        elif rechecked is not None and case.id not in rechecked:
            found[case.id] = Withheld(
                LATE,
                f"{case.label} was granted while this month was being closed, after all others were looked up again.",
                "It is looked up before the next package is closed.",
                Owner.nobody,
            )
    query = select(ReviewItem).where(col(ReviewItem.code).in_(_DOUBTS), col(ReviewItem.closed_at).is_(None))
    for item in by_ids(session, query.order_by(col(ReviewItem.id)), ReviewItem.subject, _subjects(postings)):
        again = item.look_again_at and max(item.look_again_at, now)
        found[_number(item)] = Withheld(item.code, item.sentence, item.next_step, Owner(item.owner), again)
    return found


def doubted(session: Session, postings: Sequence[Posting]) -> Mapping[int, Sequence[Doubted]]:
    """The doubts about the cases of these postings that are over, by case, oldest first."""
    found: dict[int, list[Doubted]] = {}
    query = select(ReviewItem).where(col(ReviewItem.code).in_(_DOUBTS), col(ReviewItem.closed_at).is_not(None))
    for item in by_ids(session, query.order_by(col(ReviewItem.id)), ReviewItem.subject, _subjects(postings)):
        ruling = "" if item.closed_by in HOUSE else f"{item.closed_by}: {item.resolution}"
        found.setdefault(_number(item), []).append(Doubted(item.opened_at, item.closed_at, item.sentence, ruling))
    return found


def to_be_looked_at(postings: Sequence[Posting]) -> set[int]:
    """The cases that these postings would pay for: those with a grant that is not taken back along with it."""
    undone = {p.reverses_id for p in postings}
    return {p.case_id for p in postings if p.kind == PostingKind.grant and p.id not in undone}


def _subjects(postings: Sequence[Posting]) -> set[str]:
    return {f"case:{p.case_id}" for p in postings}


def _number(item: ReviewItem) -> int:
    return int(item.subject.removeprefix("case:"))
