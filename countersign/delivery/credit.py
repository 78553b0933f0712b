"""The mail on credit requests: how far one has come, what the educator does next, and what it is not. Each step is told once.

Told are the steps that matter to the educator: accepted, registered, transcript issued, refused, and withdrawn by a person. What the
nightly run withdraws is told in the results mail, with the reason for it. Of several steps that are new, the last one is told.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, exists, literal
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from countersign import audit, review
from countersign.delivery import wording
from countersign.delivery.outgoing import message_id, one_line
from countersign.render import day, figure, fill
from countersign.settings import Workspace
from countersign.store import Store
from models.college import Shown, shown
from models.tables import Address, CreditEvent, CreditRequest, Educator, Message, Telling
from models.words import CreditState, MessageState, Owner

KIND = "credit"
TOLD = (
    CreditState.accepted.value,
    CreditState.registered.value,
    CreditState.transcript_issued.value,
    CreditState.refused.value,
    CreditState.withdrawn.value,
)
NOT_A_TRANSCRIPT = "The request is not a transcript: credit counts once the college's transcript shows it."
NO_PAY = "It is not a decision on your salary: your district decides that, once it has the transcript."


NOTHING_NEW = "Nothing new: what we wrote to you about the transcript stays as it is."


@dataclass(frozen=True, slots=True)
class CreditNews:
    """What is said of one request; all its texts are ready to print. `outcome` is a word or two for the subject line."""

    number: str
    title: str
    college: str
    outcome: str
    headline: str
    steps: tuple[str, ...]
    is_not: tuple[str, ...]


def write_credit_news(store: Store, workspace: Workspace, now: datetime) -> list[int]:
    """Write one message for each educator whose requests have come further, with the record of what it tells; the messages' ids.

    Each message is one transaction; a repetition finds everything told. An educator without an address goes to review.
    """
    with store.reading() as session:
        news = _untold(session)
    written: list[int] = []
    for educator_id, event_ids in news.items():
        try:
            with store.transaction() as session:
                message = _write(session, workspace, educator_id, event_ids, now)
        except IntegrityError:
            if not _told_by_another(store, event_ids):
                raise
            continue  # told by another worker a moment ago; what is left of it is told by the next run
        if message is not None:
            written.append(message.id)
    return written


def _untold(session: Session) -> dict[int, list[int]]:
    """The ids of the steps that are to be told, by the educator's id, in the order in which they were recorded."""
    fact = literal("credit_event:") + cast(CreditEvent.id, String)
    query = (
        select(CreditRequest.educator_id, CreditEvent.id)
        .join(CreditRequest, col(CreditRequest.id) == CreditEvent.request_id)
        .where(
            col(CreditEvent.state).in_(TOLD),
            (col(CreditEvent.state) != CreditState.withdrawn.value) | col(CreditEvent.recorded_by).not_in(review.HOUSE),
            ~exists().where(col(Telling.fact) == fact),
        )
        .order_by(col(CreditEvent.id))
    )
    found: defaultdict[int, list[int]] = defaultdict(list)
    for educator_id, event_id in session.exec(query):
        found[educator_id].append(event_id)
    return dict(sorted(found.items()))


def _fact(event_id: int) -> str:
    return f"credit_event:{event_id}"


def _told_by_another(store: Store, event_ids: Sequence[int]) -> bool:
    with store.reading() as session:
        query = select(Telling.id).where(col(Telling.fact).in_([_fact(i) for i in event_ids])).limit(1)
        return session.exec(query).first() is not None


def _write(
    session: Session, workspace: Workspace, educator_id: int, event_ids: Sequence[int], now: datetime
) -> Message | None:
    educator = session.get_one(Educator, educator_id)
    query = select(Address.address).where(col(Address.educator_id) == educator_id).order_by(col(Address.rank)).limit(1)
    to = session.exec(query).first()
    if to is None:
        review.hold(
            session,
            subject=f"educator:{educator_id}",
            code="no_address",
            sentence=f"Member {educator.member_number} has news of a credit request waiting, but no e-mail address on the roster.",
            next_step="Import the roster with an address; the next run writes to it.",
            owner=Owner.staff,
            now=now,
        )
        return None
    last: dict[int, CreditEvent] = {}
    for event_id in event_ids:
        event = session.get_one(CreditEvent, event_id)
        last[event.request_id] = event
    items: list[CreditNews] = []
    for request_id, event in sorted(last.items()):
        query = select(CreditEvent).where(
            col(CreditEvent.request_id) == request_id,
            col(CreditEvent.state) == CreditState.transcript_issued.value,
            col(CreditEvent.id) <= event.id,
        )
        said = session.exec(query.order_by(col(CreditEvent.id))).all()
        before, now_ = shown(_shown(e) for e in said if e.id not in event_ids), shown(map(_shown, said))
        items.append(news_of(session.get_one(CreditRequest, request_id), event, before, now_))
    facts = [_fact(i) for i in event_ids]
    key = f"educator:{educator_id}:{hashlib.sha256(chr(10).join(facts).encode()).hexdigest()[:16]}"
    affiliate = workspace.settings.affiliate
    values: dict[str, Any] = {
        "name": wording.plain(educator.given_name),
        "lead": items[0].headline if len(items) == 1 else f"News of {len(items)} of your requests for college credit.",
        "ask": list(dict.fromkeys(f"About registration and transcripts: the registrar of {i.college}." for i in items)),
        "items": [asdict(item) for item in items],
        "affiliate": {"name": affiliate.name, "email": affiliate.email, "phone": affiliate.phone},
    }
    message = Message(
        kind=KIND,
        subject_key=key,
        educator_id=educator_id,
        to_address=to,
        subject=one_line(
            f"College credit for {items[0].title}: {items[0].outcome}"
            if len(items) == 1
            else f"Your requests for college credit: news of {len(items)}"
        ),
        text=wording.wrapped(fill(workspace.template_folders, "mail/credit.txt", values)),
        html=fill(workspace.template_folders, "mail/credit.html", values),
        message_id=message_id(KIND, key, now, workspace.settings.mail.sender),
        state=MessageState.pending.value,
        written_at=now,
    )
    session.add(message)
    session.flush()
    session.add_all(Telling(fact=fact, message_id=message.id) for fact in facts)
    audit.record(session, at=now, actor="nightly", action="message written", subject=f"message:{message.id}", kind=KIND)
    return message


def _shown(event: CreditEvent) -> Shown:
    return Shown(event.happened_on, event.credits, event.course)


def news_of(
    request: CreditRequest, event: CreditEvent, before: Shown | None = None, shows: Shown | None = None
) -> CreditNews:
    """What one step means to the educator. Of a transcript: what was told of it `before`, and what it `shows` now. Pure."""
    printed = request.printed
    college = wording.plain(str(printed["college"]))
    on, note = day(event.happened_on), wording.plain(event.note, 400)
    outcome, headline, steps, is_not = "", "", list[str](), [NOT_A_TRANSCRIPT, NO_PAY]
    match CreditState(event.state):
        case CreditState.accepted:
            outcome, headline = "accepted by the college", f"{college} accepted your request on {on}."
            steps = _how_to_pay(printed)
        case CreditState.registered:
            course = f" in {wording.plain(event.course)}" if event.course else ""
            outcome, headline = "registered", f"{college} registered you{course} on {on}."
            steps = ["Nothing for now. We write to you when the college has issued the transcript."]
        case CreditState.transcript_issued:
            outcome, headline, steps = _transcript(college, before, shows or _shown(event))
            is_not = [
                "This mail is not a transcript: only the college issues that.",
                "If your contract gives lane credit for it, that is decided next; we write to you about it.",
            ]
        case CreditState.refused:
            outcome, headline = (
                "refused by the college",
                f"{college} refused your request on {on}: {wording.ended(note)}",
            )
            steps = ["If you think that is wrong, or want to ask anew, answer this mail."]
            is_not = ["Your micro-credential itself, and the certificates for it, stay as they are."]
        case _:
            outcome, headline = "withdrawn", f"Your request was withdrawn on {on}: {wording.ended(note)}"
            steps = [
                "We make another one and send it to you; please use only that."
                if event.again
                else "If you want to ask for the credit after all, answer this mail."
            ]
            is_not = ["Please do not hand the withdrawn request in. We tell the college, if it has it."]
    return CreditNews(
        request.number, wording.plain(str(printed["title"])), college, outcome, headline, tuple(steps), tuple(is_not)
    )


def _transcript(college: str, before: Shown | None, shows: Shown) -> tuple[str, str, list[str]]:
    """The word for the subject, the headline and the next steps of a transcript: issued, corrected, or with something added."""
    on = day(shows.on)
    if before is None:
        figures = f" It shows {_credits(shows)}." if shows.credits is not None else ""
        return (
            "transcript issued",
            f"{college} issued the transcript on {on}.{figures}",
            [
                f"Order an official transcript from {college}, and hand it in at your district's HR office if your contract asks for it.",
                "Keep a copy for your license renewal.",
            ],
        )
    if before.is_corrected_by(shows):
        changed = [f"it is of {on}, not of {day(before.on)}"] if before.on != shows.on else []
        if shows.credits is not None and shows.credits != before.credits:
            instead = f", not {_credits(before)}" if before.credits is not None else ""
            changed.append(f"it shows {_credits(shows)}{instead}")
        return (
            "transcript corrected",
            f"{college} corrected the transcript: {wording.listed(changed)}.",
            [
                f"If you have ordered the transcript already, order it anew from {college}, and hand it in where you handed in the other."
            ],
        )
    added = [_credits(shows)] if shows.credits != before.credits else []
    added += [wording.plain(shows.course)] if shows.course != before.course else []
    if not added:
        return "transcript as before", f"{college}'s transcript is of {on}, as we wrote to you before.", [NOTHING_NEW]
    return (
        "transcript completed",
        f"{college} added to the transcript of {on} what it shows: {wording.listed(added)}.",
        [NOTHING_NEW],
    )


def _credits(shows: Shown) -> str:
    return f"{figure(shows.credits or 0)} credit{'' if shows.credits == 1 else 's'}"


def _how_to_pay(printed: dict[str, Any]) -> list[str]:
    fee = wording.plain(str(printed["fee"]["amount"]))
    if fee == "no fee":
        return ["Nothing for now: the college takes no fee. We write to you when it has registered you."]
    if printed["payer"] == "self":
        return [f"Pay the college its fee, {fee}, as it tells you. It registers you after that."]
    if printed["payer"] == "district":
        return [
            f"Hand the registration form (the second page of your request) to your district, so that it pays the fee, {fee}. "
            "The college registers you after that."
        ]
    return [f"See that the college gets its fee, {fee}, from you or from your district. It registers you after that."]
