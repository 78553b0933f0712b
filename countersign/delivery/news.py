"""What has not been told yet, and to whom: ids only, asked of the database in a handful of queries.

Mail goes to educators on the roster, at their main address, and to nobody else. A mail that came from a stranger is not
answered: the address it claims to come from may be somebody else's. An automatic mail is never answered.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from typing import cast as typed

from sqlalchemy import String, and_, cast, exists, func, literal
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models.tables import (
    Address,
    Case,
    CaseSubmission,
    Certificate,
    Consideration,
    CreditRequest,
    DecisionRecord,
    Reading,
    ReviewItem,
    Submission,
    Telling,
    VerdictRecord,
)
from models.words import CaseState, PaperState, ReadingOutcome

RECENT = timedelta(days=30)
"""How long an arrival is answered for: a roster that learns an old address must not wake up the news of years ago."""


@dataclass(slots=True)
class News:
    """What is new for one educator. Cases by id, each with the facts about it ("decision:88"); submissions by id."""

    cases: dict[int, set[str]] = field(default_factory=lambda: defaultdict[int, set[str]](set))
    again: dict[int, set[str]] = field(default_factory=lambda: defaultdict[int, set[str]](set))
    nothing: dict[int, str] = field(default_factory=dict[int, str])


def gather(session: Session, now: datetime) -> dict[int, News]:
    """Everything not told yet, by educator id, in order."""
    news: dict[int, News] = defaultdict(News)
    for educator_id, case_id, decision_id in _rows(session, _decisions()):
        news[educator_id].cases[case_id].add(f"decision:{decision_id}")
    for prefix, paper in (("certificate", Certificate), ("credit", CreditRequest)):
        for educator_id, case_id, paper_id in _rows(session, _papers(prefix, paper)):
            news[educator_id].cases[case_id].add(f"{prefix}:{paper_id}")
    for educator_id, case_id, _ in _rows(session, _undecided()):
        news[educator_id].cases[case_id].add(f"case:{case_id}/matched")
    _rejections(session, news, now)
    _arrived_again(session, news, now)
    _nothing(session, news, now)
    return dict(sorted(news.items()))


def _rows(session: Session, query: Any) -> list[tuple[int, int, int]]:
    """Educator, case and the thing itself, by id, in the order they came to be."""
    rows = typed("Iterable[tuple[int, int, int]]", session.exec(query))
    return sorted(rows, key=lambda row: row[2])


def _untold(fact: Any) -> Any:
    return ~exists().where(col(Telling.fact) == fact)


def _fact(*parts: Any) -> Any:
    """A fact's text as SQL: strings as they are, columns as text."""
    made = literal("")
    for part in parts:
        made = made + (literal(part) if isinstance(part, str) else cast(part, String))
    return made


def _decisions() -> Any:
    """Live decisions: those without a later revision."""
    later = aliased(DecisionRecord)
    superseded = exists().where(
        col(later.case_id) == DecisionRecord.case_id,
        col(later.agreement) == DecisionRecord.agreement,
        col(later.currency) == DecisionRecord.currency,
        col(later.revision) > DecisionRecord.revision,
    )
    return select(DecisionRecord.educator_id, DecisionRecord.case_id, DecisionRecord.id).where(
        ~superseded, _untold(_fact("decision:", DecisionRecord.id))
    )


def _papers(prefix: str, paper: Any) -> Any:
    drawn = [paper.sha256 != "", _untold(_fact(f"{prefix}:", paper.id))]
    if paper is Certificate:
        drawn.append(paper.state == PaperState.valid.value)
    return select(paper.educator_id, paper.case_id, paper.id).where(*drawn)


def _undecided() -> Any:
    """Matched cases on which recognition, having looked at them since, has nothing to say."""
    looked = exists().where(
        col(Consideration.educator_id) == Case.educator_id,
        col(Consideration.considered_at)
        >= select(func.max(VerdictRecord.at)).where(col(VerdictRecord.case_id) == Case.id).scalar_subquery(),
        ~exists().where(
            col(ReviewItem.subject) == _fact("case:", Case.id),
            col(ReviewItem.closed_at) > Consideration.considered_at,
        ),
    )
    return select(Case.educator_id, Case.id, Case.id).where(
        col(Case.state) == CaseState.matched.value,
        ~exists().where(col(DecisionRecord.case_id) == Case.id),
        looked,
        _untold(_fact("case:", Case.id, "/matched")),
    )


def _rejections(session: Session, news: dict[int, News], now: datetime) -> None:
    """To the educator the case was matched with before, else to the first member who sent it."""
    later = aliased(VerdictRecord)
    latest = ~exists().where(col(later.case_id) == VerdictRecord.case_id, col(later.id) > VerdictRecord.id)
    query = (
        select(Case.id, Case.educator_id, VerdictRecord.id)
        .join(VerdictRecord, and_(col(VerdictRecord.case_id) == Case.id, latest))
        .where(
            col(Case.state) == CaseState.rejected.value,
            _untold(_fact("case:", Case.id, "/verdict:", VerdictRecord.id)),
        )
        .order_by(col(Case.id))
    )
    for case_id, educator_id, verdict_id in session.exec(query).all():
        who = educator_id or _first_sender(session, case_id, now)
        if who is not None:
            news[who].cases[case_id].add(f"case:{case_id}/verdict:{verdict_id}")


def _arrived_again(session: Session, news: dict[int, News], now: datetime) -> None:
    first = select(func.min(CaseSubmission.id)).group_by(col(CaseSubmission.case_id))
    query = (
        select(Case, Reading)
        .join(CaseSubmission, col(CaseSubmission.case_id) == Case.id)
        .join(Submission, col(Submission.id) == CaseSubmission.submission_id)
        .join(Reading, col(Reading.submission_id) == Submission.id)
        .where(
            col(Case.state).in_([CaseState.matched.value, CaseState.rejected.value]),
            col(CaseSubmission.id).not_in(first),
            col(Submission.stored_at) > now - RECENT,
            col(Reading.sender) != "",
            col(Reading.outcome) != ReadingOutcome.automatic.value,
            _untold(_fact("case:", Case.id, "/again:", Submission.id)),
        )
        .order_by(col(CaseSubmission.id))
    )
    for case, reading in session.exec(query).all():
        senders = holders(session, reading.sender)
        who = case.educator_id
        if who is None:
            who = _one(session, reading.sender)
        elif senders and who not in senders:
            continue  # another member sent it: it is for the one it names to hear of it, and nothing is new for them
        if who is not None:
            news[who].again[case.id].add(f"case:{case.id}/again:{reading.submission_id}")


def _nothing(session: Session, news: dict[int, News], now: datetime) -> None:
    query = (
        select(Reading)
        .join(Submission, col(Submission.id) == Reading.submission_id)
        .where(
            col(Reading.outcome).in_([ReadingOutcome.nothing.value, ReadingOutcome.unreadable.value]),
            col(Reading.sender) != "",
            col(Submission.stored_at) > now - RECENT,
            _untold(_fact("submission:", Reading.submission_id, "/nothing")),
        )
        .order_by(col(Reading.id))
    )
    for reading in session.exec(query).all():
        who = _one(session, reading.sender)
        if who is not None:
            news[who].nothing[reading.submission_id] = f"submission:{reading.submission_id}/nothing"


def _first_sender(session: Session, case_id: int, now: datetime) -> int | None:
    query = (
        select(Reading.sender)
        .join(Submission, col(Submission.id) == Reading.submission_id)
        .join(CaseSubmission, col(CaseSubmission.submission_id) == Submission.id)
        .where(
            col(CaseSubmission.case_id) == case_id,
            col(Submission.stored_at) > now - RECENT,
            col(Reading.outcome) != ReadingOutcome.automatic.value,
            col(Reading.sender) != "",
        )
        .order_by(col(CaseSubmission.id))
    )
    for sender in session.exec(query):
        who = _one(session, sender)
        if who is not None:
            return who
    return None


def holders(session: Session, sender: str) -> set[int]:
    """The educators who hold an address."""
    return set(session.exec(select(Address.educator_id).where(col(Address.folded) == sender.casefold())))


def _one(session: Session, sender: str) -> int | None:
    """The one educator who holds an address. A mailbox that several share answers to none of them: whose it was is not known."""
    found = holders(session, sender)
    return found.pop() if len(found) == 1 else None
