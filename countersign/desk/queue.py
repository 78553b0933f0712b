"""The review queue at the desk: what waits, what is known of it, and what staff decide."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from countersign import audit, clock, matching, recognition, review, verification
from countersign.desk.facts_ways import way_out
from countersign.desk.papers import in_words
from countersign.errors import UsageError
from countersign.evidence import Evidence
from countersign.store import Store
from models.credentials import NOT_REACHED
from models.tables import (
    Address,
    Case,
    CaseSubmission,
    Certificate,
    CreditRequest,
    DecisionRecord,
    Educator,
    Package,
    PackageLine,
    Posting,
    Reading,
    ReviewItem,
    Submission,
    VerdictRecord,
)
from models.words import PostingKind


@dataclass(frozen=True, slots=True)
class Item:
    """One open item, with what staff need to decide it. `facts` is label → text, in reading order; `choices` are the options
    of `review resolve` that can answer it besides --educator; `closed` says who closed it and why, empty while it waits. It is
    looked at again by the first run after `look_again_at`, and by each one when `every_run`."""

    number: int
    subject: str
    sentence: str
    next_step: str
    owner: str
    since: datetime
    look_again_at: datetime | None
    every_run: bool
    facts: dict[str, str]
    proposals: tuple[str, ...] = ()
    closed: str = ""
    choices: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def open_items(store: Store) -> list[Item]:
    """What waits, oldest first."""
    with store.reading() as session:
        query = select(ReviewItem).where(col(ReviewItem.closed_at).is_(None)).order_by(col(ReviewItem.id))
        return [_item(item, {}, ()) for item in session.exec(query)]


def one_item(store: Store, number: int) -> Item:
    """One item with the facts behind it. Raises UsageError when there is none."""
    with store.reading() as session:
        item = _find(session, number)
        way = way_out(session, item) if item.closed_at is None else ""
        facts = _facts(session, item, store.evidence) | ({"record it with": way} if way else {})
        return _item(item, facts, _proposals(session, item.proposals))


def resolve(
    store: Store,
    number: int,
    *,
    by: str,
    reason: str,
    educator: str | None = None,
    dismiss: bool = False,
    keep: bool = False,
    withdraw: bool = False,
) -> str:
    """Carry out what a person decided of an item; returns what to tell them. Raises UsageError when it cannot be done."""
    review.person(by, reason)
    decisions = {"--educator": educator is not None, "--dismiss": dismiss, "--keep": keep, "--withdraw": withdraw}
    given = [option for option, said in decisions.items() if said]
    if len(given) > 1:
        raise UsageError(
            f"{', '.join(given[:-1])} and {given[-1]} are given, and only one of them may be.",
            f"What item {number} asks for is shown by: countersign review show {number}",
        )
    if not given:
        raise UsageError(
            "Say what is decided: --educator MEMBER_NUMBER, --dismiss, --keep or --withdraw.",
            f"What item {number} asks for is shown by: countersign review show {number}",
        )
    now = clock.now()
    with store.reading() as session:
        item = _find(session, number)
        if item.closed_at is not None:
            raise UsageError(f"Item {number} was closed by {item.closed_by}: {item.resolution}")
    kind, _, subject = item.subject.partition(":")
    if item.code == verification.ENDED_BEFORE:
        return _ended_before(store, number, int(subject), by, reason, keep=keep, dismiss=dismiss)
    if keep or withdraw or item.code in verification.DOUBTS:
        return _doubt(store, item, int(subject) if kind == "case" else 0, by, reason, keep=keep, withdraw=withdraw)
    if educator is not None:
        if kind != "case":
            raise UsageError(f"Item {number} is about {item.subject}, which cannot be given to an educator.")
        matching.resolve_match(store, int(subject), educator, by, reason, now)
        return f"C-{subject} is {educator}'s now. The next nightly run decides what it is worth."
    if ":" in item.code:
        raise UsageError(
            f"Item {number} waits for a fact: {item.next_step}",
            "It closes by itself when that comes; dismissing it would leave the decision held without a reason.",
        )
    if kind == "case" and item.code in matching.CODES:
        matching.dismiss(store, number, by, reason, now)
        return f"Item {number} is closed, and C-{subject} ends without a match."
    if kind == "case" and item.code in verification.HOLDS:
        verification.dismiss_case(store, int(subject), by, reason, now)
        return f"Item {number} is closed, and C-{subject} ends here: it is not looked at again."
    with store.transaction() as session:
        review.release(session, subject=item.subject, code=item.code, now=now, by=by, resolution=reason)
        audit.record(session, at=now, actor=by, action="item dismissed", subject=item.subject, code=item.code)
    return f"Item {number} is closed."


def _ended_before(store: Store, number: int, case_id: int, by: str, reason: str, *, keep: bool, dismiss: bool) -> str:
    """Let in what a person ended before and is proven now, or leave it ended."""
    if keep:
        verification.admit_case(store, case_id, by, reason, clock.now())
        return f"Item {number} is closed, and C-{case_id} goes on: the next nightly run sees to it."
    if dismiss:
        verification.end_again(store, case_id, by, reason, clock.now())
        return f"Item {number} is closed, and C-{case_id} stays ended."
    raise UsageError(
        f"Item {number} is about something that a person has ended before: it is either kept or dismissed.",
        "--keep: it goes on. --dismiss: it stays ended.",
    )


def _doubt(store: Store, item: ReviewItem, case_id: int, by: str, reason: str, *, keep: bool, withdraw: bool) -> str:
    """Keep or withdraw what was granted and is in doubt."""
    if item.code not in verification.DOUBTS:
        raise UsageError(
            f"Item {item.id} is no doubt about something that was granted, so there is nothing to keep or to withdraw.",
            f"See: countersign review show {item.id}",
        )
    now = clock.now()
    if keep:
        verification.keep_case(store, case_id, by, reason, now)
        with store.reading() as session:
            to_hr = verification.goes_to_hr(session, case_id)
        paid = ", and what HR has not had of it goes into the next package" if to_hr else ""
        return f"Item {item.id} is closed: C-{case_id} counts as it did{paid}."
    if withdraw:
        verification.withdraw_case(store, case_id, by, reason, now)
        return f"Item {item.id} is closed, and C-{case_id} ends here. The next nightly run takes back what was granted for it."
    raise UsageError(
        f"Item {item.id} is about something that was granted: it is either kept or withdrawn.",
        "--keep: it counts all the same. --withdraw: what was granted is taken back.",
    )


def _find(session: Session, number: int) -> ReviewItem:
    item = session.get(ReviewItem, number)
    if item is None:
        raise UsageError(f"There is no item {number}.", "List them with: countersign review")
    return item


def _item(item: ReviewItem, facts: dict[str, str], proposals: tuple[str, ...]) -> Item:
    return Item(
        number=item.id,
        subject=item.subject.replace("case:", "C-").replace("submission:", "submission "),
        sentence=item.sentence,
        next_step=item.next_step,
        owner=item.owner,
        since=item.opened_at,
        look_again_at=item.look_again_at,
        every_run=item.look_again_at is not None and item.look_again_at <= clock.now(),
        facts=facts,
        proposals=proposals,
        choices=_choices(item),
        closed=f"Closed on {item.closed_at:%Y-%m-%d %H:%M} UTC by {item.closed_by}: {item.resolution}"
        if item.closed_at
        else "",
    )


def _choices(item: ReviewItem) -> tuple[str, ...]:
    if item.code in verification.DOUBTS:
        return ("--keep", "--withdraw")
    if item.code == verification.ENDED_BEFORE:
        return ("--keep", "--dismiss")
    return () if ":" in item.code else ("--dismiss",)  # what waits for a fact closes by itself


def _facts(session: Session, item: ReviewItem, evidence: Evidence) -> dict[str, str]:
    kind, _, number = item.subject.partition(":")
    if kind == "submission":
        return _arrivals(session, [int(number)], evidence)
    if kind != "case":
        return {}
    case = session.get_one(Case, int(number))
    facts = {
        "micro-credential": case.title or "(title not known yet)",
        "educator": _whose(session, case),
        "awarded to": ", ".join(i["value"] for i in case.identities if not i["hashed"]),
        "issuer": case.issuer_name,
        "earned": f"{case.issued_on:%Y-%m-%d}" if case.issued_on else "",
        "credential": case.credential_id,
        "state": case.state,
        **(_at_stake(session, case) if item.code in verification.DOUBTS else {}),
    }
    verdict = session.exec(
        select(VerdictRecord).where(col(VerdictRecord.case_id) == case.id).order_by(col(VerdictRecord.id).desc())
    ).first()
    if verdict:
        facts["verdict"] = verdict.outcome
        open_ = [c for c in verdict.checks if c["outcome"] != "passed"]
        facts |= {f"  {c['name']}": c["detail"] for c in open_ if not c["detail"].startswith(NOT_REACHED)}
        facts["  not reached"] = ", ".join(c["name"] for c in open_ if c["detail"].startswith(NOT_REACHED))
        facts |= {f"  endorsed by {e['by_name'] or e['by_id']}": e["detail"] for e in verdict.endorsements}
        facts["  worth knowing"] = " ".join(verdict.remarks)
    submissions = session.exec(select(CaseSubmission.submission_id).where(CaseSubmission.case_id == case.id)).all()
    return {label: text for label, text in (facts | _arrivals(session, submissions, evidence)).items() if text}


def _whose(session: Session, case: Case) -> str:
    educator = session.get(Educator, case.educator_id) if case.educator_id is not None else None
    return f"{educator.name} (member {educator.member_number})" if educator else ""


def _at_stake(session: Session, case: Case) -> dict[str, str]:
    """What was granted for the case and is not taken back yet, when it is paid, and the papers that rest on it."""
    postings = session.exec(select(Posting).where(col(Posting.case_id) == case.id).order_by(col(Posting.id))).all()
    undone = {p.reverses_id for p in postings}
    facts: dict[str, str] = {}
    for p in postings:
        if p.kind != PostingKind.grant or p.id in undone:
            continue
        decision = session.get_one(DecisionRecord, p.decision_id)
        line = session.exec(select(Package.month).join(PackageLine).where(col(PackageLine.posting_id) == p.id)).first()
        due = f", due for {p.pay_month}, not reported to HR yet" if p.pay_month else ""
        when = f", reported to HR for {line}" if line else due
        facts[f"granted by {p.recognizer}, {decision.clause}"] = f"{recognition.amount(p.quantity, p.unit)}{when}"
    for what, table in (("certificate", Certificate), ("credit request", CreditRequest)):
        for paper in session.exec(select(table).where(table.case_id == case.id).order_by(col(table.id))):
            facts[f"{what} {paper.number}"] = f"{in_words(paper.state)}, of {paper.printed.get('clause', '')}"
    return facts


def _arrivals(session: Session, submissions: Sequence[int], evidence: Evidence) -> dict[str, str]:
    query = (
        select(Submission, Reading)
        .outerjoin(Reading, col(Reading.submission_id) == Submission.id)
        .where(col(Submission.id).in_(submissions))
        .order_by(col(Submission.id))
    )
    facts: dict[str, str] = {}
    for submission, reading in session.exec(query):
        sender = f", from {reading.sender}" if reading and reading.sender else ""
        subject = f", “{reading.subject}”" if reading and reading.subject else ""
        facts[f"submission {submission.id}"] = (
            f"{submission.name}, {submission.received_at:%Y-%m-%d %H:%M} UTC{sender}{subject}"
        )
        facts[f"  original of {submission.id}"] = evidence.whereabouts(submission.sha256)
        for position, problem in enumerate(reading.problems if reading else [], 1):
            facts[f"  problem {position}"] = problem
    return facts


def _proposals(session: Session, proposals: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    lines: list[str] = []
    for proposal in proposals:
        educator = session.get(Educator, int(proposal["educator_id"]))
        if educator is None:
            continue
        address = session.exec(
            select(Address.address).where(Address.educator_id == educator.id).order_by(col(Address.rank))
        ).first()
        lines.append(f"{educator.member_number}  {educator.name}  {address or 'no address'}: {proposal['why']}")
    return tuple(lines)
