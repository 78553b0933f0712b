"""The results mail: everything that is new for one educator in one message, written with the record that it was told."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from countersign import audit, review
from countersign.delivery import wording
from countersign.delivery.asking import together
from countersign.delivery.before import before
from countersign.delivery.letters import Item, Told, award_of, item, live_terms, shortened
from countersign.delivery.news import News, gather
from countersign.delivery.outgoing import message_id, one_line
from countersign.delivery.saying import cases_named
from countersign.render import day, fill
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Grant, Rules
from models.tables import (
    Address,
    Case,
    Certificate,
    CreditEvent,
    CreditRequest,
    DecisionRecord,
    Educator,
    Message,
    Reading,
    RecognitionCredential,
    ReviewItem,
    Submission,
    Telling,
    VerdictRecord,
)
from models.words import (
    NO_AGREEMENT,
    CaseState,
    CreditState,
    DecisionOutcome,
    MessageState,
    Owner,
    PaperCode,
    PaperState,
)

KIND = "results"
PDF = "application/pdf"
PNG = "image/png"


@dataclass(slots=True)
class _Letter:
    """One message in the making."""

    items: list[Item] = field(default_factory=list[Item])
    nothing: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    facts: set[str] = field(default_factory=set[str])
    no_agreement: dict[str, None] = field(default_factory=dict[str, None])
    attachments: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])


def write_results(store: Store, workspace: Workspace, rules: Sequence[Rules], now: datetime) -> list[int]:
    """Write one message for each educator who has news, with the record of what it tells; returns the messages' ids.

    A case whose certificate or credit request is due and not drawn yet waits, unless staff have to clear it first. Each
    message is one transaction; a repetition finds everything told. An educator without an address goes to review.

    Raises IntegrityError, after all the others were written, when the database refused one for another reason than that
    its news was told meanwhile.
    """
    with store.reading() as session:
        everything = gather(session, now)
    written: list[int] = []
    unexplained: IntegrityError | None = None
    for educator_id, news in everything.items():
        try:
            with store.transaction() as session:
                message = _write(session, workspace, rules, educator_id, news, now)
        except IntegrityError as error:
            if not _told_by_another(store, news):
                unexplained = error
            continue  # told by another worker a moment ago; what is left of it is told by the next run
        if message is not None:
            written.append(message.id)
    if unexplained is not None:
        raise unexplained
    return written


def _told_by_another(store: Store, news: News) -> bool:
    with store.reading() as session:
        query = select(Telling.id).where(col(Telling.fact).in_(news.facts)).limit(1)
        return session.exec(query).first() is not None


def _write(
    session: Session, workspace: Workspace, rules: Sequence[Rules], educator_id: int, news: News, now: datetime
) -> Message | None:
    educator = session.get_one(Educator, educator_id)
    today = now.astimezone(ZoneInfo(workspace.settings.time_zone)).date()
    letter = _letter(session, workspace, rules, educator_id, news, today)
    if not letter.facts:
        return None
    to = session.exec(
        select(Address.address).where(col(Address.educator_id) == educator_id).order_by(col(Address.rank)).limit(1)
    ).first()
    subject = f"educator:{educator_id}"
    if to is None:
        review.hold(
            session,
            subject=subject,
            code="no_address",
            sentence=f"Member {educator.member_number} has results waiting, but no e-mail address on the roster.",
            next_step="Import the roster with an address; the next run writes to it.",
            owner=Owner.staff,
            now=now,
        )
        return None
    review.release(
        session, subject=subject, code="no_address", now=now, by="nightly", resolution="An address is known."
    )
    facts = sorted(letter.facts)
    key = f"{subject}:{hashlib.sha256(chr(10).join(facts).encode()).hexdigest()[:16]}"
    values = _values(workspace, educator, letter, today) | {"no_agreement": list(letter.no_agreement)}
    message = Message(
        kind=KIND,
        subject_key=key,
        educator_id=educator_id,
        to_address=to,
        subject=_subject(letter),
        text=wording.wrapped(fill(workspace.template_folders, "mail/results.txt", values)),
        html=fill(workspace.template_folders, "mail/results.html", values),
        attachments=list(letter.attachments.values()),
        message_id=message_id(KIND, key, now, workspace.settings.mail.sender),
        state=MessageState.pending.value,
        written_at=now,
    )
    session.add(message)
    session.flush()
    session.add_all(Telling(fact=fact, message_id=message.id) for fact in facts)
    audit.record(session, at=now, actor="nightly", action="message written", subject=f"message:{message.id}", kind=KIND)
    return message


def _letter(
    session: Session, workspace: Workspace, rules: Sequence[Rules], educator_id: int, news: News, today: date
) -> _Letter:
    letter, zone = _Letter(), ZoneInfo(workspace.settings.time_zone)
    proven: list[int] = []
    for case_id in sorted({*news.cases, *news.again}):
        told, waits = _told(session, rules, educator_id, case_id, news, zone)
        if waits:
            continue
        letter.items.append(item(told, today))
        if told.case.state == CaseState.matched:
            proven.append(case_id)
        letter.facts |= news.cases.get(case_id, set()) | news.again.get(case_id, set())
        for paper, prefix in ((told.certificates, "certificate"), (told.credits, "credit-request")):
            for one in paper:
                name = f"{prefix}-{one.number}.pdf"
                letter.attachments[name] = {"name": name, "sha256": one.sha256, "media_type": PDF}
        letter.attachments |= _pictures(session, workspace, told.certificates)
    letter.items = shortened(letter.items)
    for fact, sentence in _no_agreement(session, proven) if proven else ():
        letter.facts.add(fact)
        letter.no_agreement[sentence] = None
    for submission_id, fact in sorted(news.nothing.items()):
        submission = session.get_one(Submission, submission_id)
        reading = session.exec(select(Reading).where(col(Reading.submission_id) == submission_id)).one()
        letter.nothing.append(
            {
                "subject": wording.plain(reading.subject),
                "on": day(submission.received_at.astimezone(zone)),
                "problems": [wording.plain(p, 300) for p in reading.problems[:10]],
            }
        )
        letter.facts.add(fact)
    return letter


def _pictures(session: Session, workspace: Workspace, certificates: Sequence[Certificate]) -> dict[str, dict[str, str]]:
    """The pictures with the certificates' credentials, where there are any and the settings want them in the mail."""
    terms, numbers = workspace.settings.recognition_credential, {c.id: c.number for c in certificates}
    if terms is None or not terms.attach or not numbers:
        return {}
    query = select(RecognitionCredential).where(col(RecognitionCredential.certificate_id).in_(numbers))
    rows = session.exec(query.order_by(col(RecognitionCredential.certificate_id))).all()
    named = {f"recognition-{numbers[row.certificate_id]}.png": row.png_sha256 for row in rows}
    return {name: {"name": name, "sha256": sha256, "media_type": PNG} for name, sha256 in named.items()}


def _told(
    session: Session, rules: Sequence[Rules], educator_id: int, case_id: int, news: News, zone: ZoneInfo
) -> tuple[Told, bool]:
    """Everything said of one case, and whether that has to wait for a paper that is not drawn yet."""
    case = session.get_one(Case, case_id)
    decisions = [(d, *live_terms(rules, d)) for d in _live(session, case_id, educator_id)]
    papers = {"case_id": case_id, "educator_id": educator_id}
    certificates = session.exec(select(Certificate).filter_by(**papers).order_by(col(Certificate.id))).all()
    credits_ = session.exec(select(CreditRequest).filter_by(**papers).order_by(col(CreditRequest.id))).all()
    valid = [c for c in certificates if c.state == PaperState.valid and c.sha256]
    drawn = [c for c in credits_ if c.state != CreditState.withdrawn and c.sha256]
    gone = [*_void(certificates), *(c for c in credits_ if c.state == CreditState.withdrawn and c.sha256)]
    stopped = _papers_stopped(session, case_id)
    revoked = _revoked(certificates)
    barred = {c.award for c in revoked}
    asked = [*drawn, *_given_up(session, credits_)]
    missing = any(_paper_missing(d, grant, valid, asked, barred) for d, _, grant in decisions)
    facts = news.cases.get(case_id, set())
    only_again = not facts
    if not only_again:  # with news of another kind, only the new papers are attached
        valid_shown = [c for c in valid if f"certificate:{c.id}" in facts or f"decision:{c.decision_id}" in facts]
        drawn = [c for c in drawn if f"credit:{c.id}" in facts or f"decision:{c.decision_id}" in facts]
    else:
        valid_shown, drawn = valid, []
    verdict = None
    if case.state == CaseState.rejected:
        query = select(VerdictRecord).where(col(VerdictRecord.case_id) == case_id)
        verdict = session.exec(query.order_by(col(VerdictRecord.id).desc()).limit(1)).first()
    told = Told(
        case=case,
        decisions=decisions,
        verdict=verdict,
        certificates=valid_shown,
        certified=frozenset(c.award for c in valid),
        credits=drawn,
        paper_held=missing and stopped,
        withdrawn=gone if facts else [],
        titles=_titles(session, educator_id, [d for d, _, _ in decisions]),
        before=before(session, case_id, educator_id, [d for d, _, _ in decisions], zone),
        again=case_id in news.again,
        only_again=only_again,
        replaced=tuple(c for c in certificates if c.id in {v.replaces_id for v in valid_shown}),
        revoked=revoked,
        revoked_now=any(f"certificate:{c.id}/revoked" in facts for c in revoked),
    )
    return told, missing and not stopped


def _given_up(session: Session, requests: Sequence[CreditRequest]) -> list[CreditRequest]:
    """Those that a person took back for good: no other one comes, so nothing waits for it."""
    query = select(CreditEvent).where(
        col(CreditEvent.request_id).in_([request.id for request in requests]),
        col(CreditEvent.state) == CreditState.withdrawn.value,
    )
    last = {event.request_id: event.again for event in session.exec(query.order_by(col(CreditEvent.id)))}
    return [request for request in requests if last.get(request.id) is False]


def _titles(session: Session, educator_id: int, decisions: Sequence[DecisionRecord]) -> dict[int, str]:
    """The titles of the educator's other cases that the decisions name."""
    named = {number for decision in decisions for number in cases_named(decision)}
    if not named:
        return {}
    query = select(Case.id, Case.title).where(col(Case.id).in_(named), col(Case.educator_id) == educator_id)
    return dict(session.exec(query).all())


def _revoked(certificates: Sequence[Certificate]) -> list[Certificate]:
    """Those that a person revoked and nothing came after: there is no certificate for their award."""
    last = {c.award: c for c in certificates}
    return [c for c in last.values() if c.state == PaperState.revoked and c.sha256]


def _void(certificates: Sequence[Certificate]) -> list[Certificate]:
    """Those that went out and do not count any more, except what was revoked, and what a valid or revoked one replaces: that is
    said of them by itself. Oldest first."""
    succeeded: set[int | None] = set()
    for one in reversed(certificates):
        if (one.state in (PaperState.valid, PaperState.revoked) and one.sha256) or one.id in succeeded:
            succeeded.add(one.replaces_id)
    return [
        c
        for c in certificates
        if c.sha256 and (c.state == PaperState.withdrawn or (c.state == PaperState.replaced and c.id not in succeeded))
    ]


def _paper_missing(
    decision: DecisionRecord,
    grant: Grant | None,
    valid: Sequence[Certificate],
    drawn: Sequence[CreditRequest],
    barred: Collection[str],
) -> bool:
    if grant is None or decision.outcome != DecisionOutcome.granted or not decision.quantity:
        return False  # what counted with another case has its paper there
    award = award_of(decision)
    if grant.certificate is not None and award not in barred and not any(c.award == award for c in valid):
        return True
    return grant.credit_request is not None and not any(c.agreement == decision.agreement for c in drawn)


def _papers_stopped(session: Session, case_id: int) -> bool:
    """Whether staff have to clear something before a paper of this case can be printed, or have dismissed it without that. What else
    is open on the case (a rate that is missing, a second file with the same id) does not keep its papers back."""
    query = select(ReviewItem.id).where(
        col(ReviewItem.subject) == f"case:{case_id}",
        col(ReviewItem.code).in_([code.value for code in PaperCode]),
        or_(col(ReviewItem.closed_at).is_(None), col(ReviewItem.closed_by).not_in(review.HOUSE)),
    )
    return session.exec(query.limit(1)).first() is not None


def _live(session: Session, case_id: int, educator_id: int) -> list[DecisionRecord]:
    """The live decisions of a case, those for this educator, in the order of agreement and clause."""
    live: dict[tuple[str, str], DecisionRecord] = {}
    query = select(DecisionRecord).where(col(DecisionRecord.case_id) == case_id).order_by(col(DecisionRecord.revision))
    for decision in session.exec(query):
        live[decision.agreement, decision.currency] = decision
    return [d for _, d in sorted(live.items()) if d.educator_id == educator_id]


def _no_agreement(session: Session, cases: Sequence[int]) -> Iterator[tuple[str, str]]:
    """(fact, sentence) for each of the cases of which something is held for want of an agreement, and the educator was not told so."""
    query = select(ReviewItem).where(
        col(ReviewItem.subject).in_([f"case:{case_id}" for case_id in cases]),
        col(ReviewItem.code) == NO_AGREEMENT,
        col(ReviewItem.closed_at).is_(None),
    )
    facts = {f"{i.subject}/{NO_AGREEMENT}:{i.id}": i.sentence for i in session.exec(query.order_by(col(ReviewItem.id)))}
    told = (
        set(session.exec(select(Telling.fact).where(col(Telling.fact).in_(list(facts)))).all()) if facts else set[str]()
    )
    yield from ((fact, wording.plain(sentence, 300)) for fact, sentence in facts.items() if fact not in told)


def _subject(letter: _Letter) -> str:
    if letter.items and len(letter.items) == 1 and not letter.nothing:
        only = letter.items[0]
        return one_line(only.subject or f"{only.title}: {only.outcome}")
    if _only_renewed(letter):
        return f"{len(letter.items)} new certificates, each replaces an earlier one"
    if letter.items:
        return one_line(_summary(letter))
    return "We found no micro-credential in your mail"


def _summary(letter: _Letter) -> str:
    """The outcome of all, in a line: "3 micro-credentials: 2 accepted; 1 not accepted"."""
    number = len(letter.items)
    what = (
        f"{number} micro-credential{'' if number == 1 else 's'}: {wording.tallied([i.outcome for i in letter.items])}"
    )
    mails = len(letter.nothing)
    return what + (f"; {mails} mail{'' if mails == 1 else 's'} without one" if mails else "")


def _only_renewed(letter: _Letter) -> bool:
    """Whether all that is new is certificates in the place of others."""
    return bool(letter.items) and not letter.nothing and all(i.subject for i in letter.items)


def _lead(letter: _Letter) -> str:
    """The first line of the mail: what became of it."""
    if len(letter.items) > 1 and _only_renewed(letter):
        return f"Here are {len(letter.items)} new certificates, each in place of an earlier one. What they count for has not changed."
    if letter.items:
        return letter.items[0].headline if len(letter.items) == 1 and not letter.nothing else f"{_summary(letter)}."
    return (
        "We could not find a micro-credential in your mail."
        if len(letter.nothing) == 1
        else "We could not find a micro-credential in your mails."
    )


def _values(workspace: Workspace, educator: Educator, letter: _Letter, today: date) -> dict[str, Any]:
    """What the templates are filled in with."""
    dates = sorted({d for i in letter.items for d in i.dates} | _licence(letter, educator, today))
    affiliate = workspace.settings.affiliate
    return {
        "name": wording.plain(educator.given_name),
        "lead": _lead(letter),
        "single": len(letter.items) == 1 and not letter.nothing,
        "ask": together(i.ask for i in letter.items),
        "items": [asdict(i) for i in letter.items],
        "nothing": letter.nothing,
        "dates": [f"{day(on)}: {what}" for on, what in dates],
        "decided": any(i.counts or i.waits for i in letter.items),
        "attached": sorted(letter.attachments),
        "pictures": sum(a["media_type"] == PNG for a in letter.attachments.values()),
        "affiliate": {"name": affiliate.name, "email": affiliate.email, "phone": affiliate.phone},
    }


def _licence(letter: _Letter, educator: Educator, today: date) -> set[tuple[date, str]]:
    """When the license period on the roster ends, for whom a certificate comes with this mail."""
    ends = educator.licence_until
    if (
        ends is None
        or ends < today
        or not any(a["media_type"] == PDF and a["name"].startswith("certificate-") for a in letter.attachments.values())
    ):
        return set()
    return {
        (
            ends,
            "your license period ends, by our roster. Whether papers are due before that, your licensing office says.",
        )
    }
