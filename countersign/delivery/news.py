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

from sqlalchemy import String, and_, cast, exists, false, func, literal, or_
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
from models.words import CaseState, CreditState, PaperState, ReadingOutcome

RECENT = timedelta(days=30)
"""How long an arrival is answered for: a roster that learns an old address must not wake up the news of years ago."""


@dataclass(slots=True)
class News:
    """What is new for one educator. Cases by id, each with the facts about it ("decision:88"); submissions by id."""

    cases: dict[int, set[str]] = field(default_factory=lambda: defaultdict[int, set[str]](set))
    again: dict[int, set[str]] = field(default_factory=lambda: defaultdict[int, set[str]](set))
    nothing: dict[int, str] = field(default_factory=dict[int, str])

    @property
    def facts(self) -> set[str]:
        """Everything that is new, as `Telling.fact` will have it."""
        return {*self.nothing.values()}.union(*self.cases.values(), *self.again.values())


def gather(session: Session, now: datetime) -> dict[int, News]:
    """Everything not told yet, by educator id, in order."""
    news: dict[int, News] = defaultdict(News)
    for educator_id, case_id, decision_id in _rows(session, _decisions()):
        news[educator_id].cases[case_id].add(f"decision:{decision_id}")
    for prefix, paper in (("certificate", Certificate), ("credit", CreditRequest)):
        for educator_id, case_id, paper_id in _rows(session, _papers(prefix, paper)):
            news[educator_id].cases[case_id].add(f"{prefix}:{paper_id}")
    for educator_id, case_id, paper_id in _rows(session, _revocations()):
        news[educator_id].cases[case_id].add(f"certificate:{paper_id}/revoked")
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
    else:
        drawn.append(paper.state != CreditState.withdrawn.value)
    return select(paper.educator_id, paper.case_id, paper.id).where(*drawn)


def _revocations() -> Any:
    """Revoked certificates that the educator has, and nothing in their place: a new one says itself what it replaces."""
    instead = aliased(Certificate)
    return select(Certificate.educator_id, Certificate.case_id, Certificate.id).where(
        col(Certificate.state) == PaperState.revoked.value,
        exists().where(col(Telling.fact) == _fact("certificate:", Certificate.id)),
        ~exists().where(col(instead.replaces_id) == Certificate.id, col(instead.state) == PaperState.valid.value),
        _untold(_fact("certificate:", Certificate.id, "/revoked")),
    )


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
    """To the educator the case was matched with before, else to the first member who sent it lately."""
    later = aliased(VerdictRecord)
    latest = ~exists().where(col(later.case_id) == VerdictRecord.case_id, col(later.id) > VerdictRecord.id)
    rejected: Any = (
        select(col(Case.educator_id), Case.id, VerdictRecord.id)
        .join(VerdictRecord, and_(col(VerdictRecord.case_id) == Case.id, latest))
        .where(
            col(Case.state) == CaseState.rejected.value,
            _untold(_fact("case:", Case.id, "/verdict:", VerdictRecord.id)),
        )
    )
    for educator_id, case_id, verdict_id in _rows(session, rejected.where(col(Case.educator_id).is_not(None))):
        news[educator_id].cases[case_id].add(f"case:{case_id}/verdict:{verdict_id}")
    member = aliased(Address)
    sent = (
        rejected.with_only_columns(col(member.educator_id), col(Case.id), col(VerdictRecord.id))
        .join(CaseSubmission, col(CaseSubmission.case_id) == Case.id)
        .join(Submission, col(Submission.id) == CaseSubmission.submission_id)
        .join(Reading, col(Reading.submission_id) == Submission.id)
        .join(member, only_holder(member))
        .where(
            col(Case.educator_id).is_(None),
            col(Submission.stored_at) > now - RECENT,
            col(Reading.outcome) != ReadingOutcome.automatic.value,
        )
        .order_by(col(CaseSubmission.id))
    )
    answered: set[int] = set()
    for educator_id, case_id, verdict_id in typed("Iterable[tuple[int, int, int]]", session.exec(sent)):
        if case_id not in answered:
            answered.add(case_id)
            news[educator_id].cases[case_id].add(f"case:{case_id}/verdict:{verdict_id}")


def _arrived_again(session: Session, news: dict[int, News], now: datetime) -> None:
    earlier, member = aliased(CaseSubmission), aliased(Address)
    who = func.coalesce(Case.educator_id, member.educator_id)
    query = (
        select(who, Case.id, Submission.id)
        .join(CaseSubmission, col(CaseSubmission.case_id) == Case.id)
        .join(Submission, col(Submission.id) == CaseSubmission.submission_id)
        .join(Reading, col(Reading.submission_id) == Submission.id)
        .outerjoin(member, only_holder(member))
        .where(
            col(Case.state).in_([CaseState.matched.value, CaseState.rejected.value]),
            exists().where(col(earlier.case_id) == Case.id, col(earlier.id) < CaseSubmission.id),
            col(Submission.stored_at) > now - RECENT,
            col(Reading.sender) != "",
            col(Reading.outcome) != ReadingOutcome.automatic.value,
            who.is_not(None),
            # Where another member sent it, it is for the one it names to hear of it, and nothing is new for them.
            or_(col(Case.educator_id).is_(None), ~_held(), _held(Case.educator_id)),
            _untold(_fact("case:", Case.id, "/again:", Submission.id)),
        )
    )
    for educator_id, case_id, submission_id in _rows(session, query):
        news[educator_id].again[case_id].add(f"case:{case_id}/again:{submission_id}")


def _nothing(session: Session, news: dict[int, News], now: datetime) -> None:
    member = aliased(Address)
    query = (
        select(member.educator_id, Submission.id, Reading.id)
        .join(Reading, col(Reading.submission_id) == Submission.id)
        .join(member, only_holder(member))
        .where(
            col(Reading.outcome).in_([ReadingOutcome.nothing.value, ReadingOutcome.unreadable.value]),
            col(Submission.stored_at) > now - RECENT,
            ~and_(asks_for_transcript(), col(Reading.outcome) == ReadingOutcome.nothing.value),  # answered with that
            _untold(_fact("submission:", Reading.submission_id, "/nothing")),
        )
    )
    for educator_id, submission_id, _ in _rows(session, query):
        news[educator_id].nothing[submission_id] = f"submission:{submission_id}/nothing"


def asks_for_transcript() -> Any:
    """The condition that a reading's sender asked for a transcript."""
    return func.coalesce(typed("Any", col(Reading.wishes))["transcript"].as_boolean(), false())


def transcripts_asked(session: Session, now: datetime) -> dict[int, list[int]]:
    """The submissions that asked for a transcript, lately, and were not answered, by the educator who alone holds the sender's
    address. An automatic message asks for nothing."""
    member = aliased(Address)
    query = (
        select(member.educator_id, Submission.id, Reading.id)
        .join(Reading, col(Reading.submission_id) == Submission.id)
        .join(member, only_holder(member))
        .where(*_asked(now))
    )
    found: dict[int, list[int]] = {}
    for educator_id, submission_id, _ in _rows(session, query):
        found.setdefault(educator_id, []).append(submission_id)
    return dict(sorted(found.items()))


def transcripts_of_nobody(session: Session, now: datetime) -> list[tuple[int, str]]:
    """(submission, sender) of those that asked from an address that several educators share: whose it is to be is not known."""
    member = aliased(Address)
    query = (
        select(Submission.id, Reading.sender)
        .join(Reading, col(Reading.submission_id) == Submission.id)
        .where(*_asked(now), _held(), ~exists().where(only_holder(member)))
        .order_by(col(Submission.id))
    )
    return list(session.exec(query))


def _asked(now: datetime) -> tuple[Any, ...]:
    return (
        asks_for_transcript(),
        col(Reading.sender) != "",
        col(Reading.outcome) != ReadingOutcome.automatic.value,
        col(Submission.stored_at) > now - RECENT,
        _untold(_fact("submission:", Submission.id, "/transcript")),
    )


def from_a_stranger() -> Any:
    """The condition that a reading's sender is on no roster."""
    return and_(col(Reading.sender) != "", ~_held())


def _held(educator_id: Any = None) -> Any:
    """That the sender's address is on the roster, or is `educator_id`'s."""
    address = aliased(Address)
    same = col(address.folded) == Reading.sender
    return exists().where(same if educator_id is None else and_(same, col(address.educator_id) == educator_id))


def only_holder(member: Any) -> Any:
    """That `member` is the one educator who holds the sender's address. A mailbox that several share answers to none of
    them: whose it was is not known."""
    other = aliased(Address)
    shared = exists().where(col(other.folded) == member.folded, col(other.educator_id) != member.educator_id)
    return and_(col(member.folded) == Reading.sender, ~shared)
