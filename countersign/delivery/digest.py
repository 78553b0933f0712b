"""The digest: one mail to staff about one night, readable in two minutes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from countersign import audit
from countersign.delivery import wording
from countersign.delivery.news import from_a_stranger
from countersign.delivery.outgoing import message_id, one_line
from countersign.render import counted, day, fill
from countersign.settings import Workspace
from countersign.store import Store
from models.tables import Message, Reading, ReviewItem, Run
from models.words import MessageState, Owner, ReadingOutcome

KIND = "digest"
LISTED = 40
"""How many of anything are listed; the rest is counted."""

WHOSE = {Owner.staff: "you", Owner.educator: "the educator", Owner.hr: "the recognizer", Owner.nobody: "nobody"}


class Line(Protocol):
    """One case that moved."""

    @property
    def case(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def educator(self) -> str: ...
    @property
    def outcome(self) -> str: ...


class Night(Protocol):
    """What the digest wants to know of a run: `counts` by plain label in reading order, the cases that moved, what went
    wrong outside. `quiet` says that the run found nothing new and did nothing."""

    @property
    def counts(self) -> Mapping[str, int]: ...
    @property
    def cases(self) -> Sequence[Line]: ...
    @property
    def more_cases(self) -> int: ...
    @property
    def problems(self) -> Sequence[str]: ...
    @property
    def quiet(self) -> bool: ...


def write_digest(store: Store, workspace: Workspace, run_id: int, summary: Night, now: datetime) -> int | None:
    """Write the digest of a run for staff; returns the message's id, that of the one already written when repeated.

    None for a quiet run: a second run on the same night changes nothing, so it sends nothing either. Raises IntegrityError
    when the database refuses it for another reason than that it is there.
    """
    if summary.quiet:
        return None
    key = f"run:{run_id}"
    try:
        with store.transaction() as session:
            return _written(session, key) or _write(session, workspace, run_id, key, summary, now)
    except IntegrityError:
        with store.reading() as session:
            by_another = _written(session, key)
        if by_another is None:
            raise
        return by_another


def _written(session: Session, key: str) -> int | None:
    query = select(Message.id).where(col(Message.kind) == KIND, col(Message.subject_key) == key)
    return session.exec(query).first()


def _write(session: Session, workspace: Workspace, run_id: int, key: str, summary: Night, now: datetime) -> int:
    settings = workspace.settings
    items = session.exec(
        select(ReviewItem).where(col(ReviewItem.closed_at).is_(None)).order_by(col(ReviewItem.id))
    ).all()
    zone = ZoneInfo(settings.time_zone)
    yours = sum(item.owner == Owner.staff for item in items)
    grouped = _grouped(items, zone, now)
    values: dict[str, Any] = {
        "affiliate": settings.affiliate.name,
        "on": day(now.astimezone(zone)),
        "counts": [
            (counted(number, label.strip()), number, label != label.strip())
            for label, number in summary.counts.items()
            if number
        ],
        "problems": [wording.plain(p, 400) for p in summary.problems],
        "unsent": _unsent(session),
        "items": grouped[:LISTED],
        "more_items": sum(g["count"] for g in grouped[LISTED:]),
        "yours": yours,
        "cases": [
            {
                "case": c.case,
                "title": wording.plain(c.title),
                "educator": wording.plain(c.educator),
                "outcome": c.outcome,
            }
            for c in summary.cases[:LISTED]
        ],
        "more_cases": summary.more_cases + max(0, len(summary.cases) - LISTED),
        "strangers": _strangers(session, run_id),
    }
    need = f"{yours} need you" if yours > 1 else "1 needs you" if yours else "nothing needs you"
    message = Message(
        kind=KIND,
        subject_key=key,
        to_address=settings.mail.staff,
        subject=f"Countersign, {values['on']}: {need}",
        text=wording.wrapped(fill(workspace.template_folders, "mail/digest.txt", values)),
        html=fill(workspace.template_folders, "mail/digest.html", values),
        message_id=message_id(KIND, key, now, settings.mail.sender),
        state=MessageState.pending.value,
        written_at=now,
    )
    session.add(message)
    session.flush()
    audit.record(session, at=now, actor="nightly", action="message written", subject=f"message:{message.id}", kind=KIND)
    return message.id


def _grouped(items: Sequence[ReviewItem], zone: ZoneInfo, now: datetime) -> list[dict[str, Any]]:
    """The queue for reading: what staff have to do first, oldest first; the same thing about several cases is said once."""
    groups: dict[tuple[str, str, str, str], list[ReviewItem]] = {}
    for item in sorted(items, key=lambda i: (i.owner != Owner.staff, i.id)):
        again = _again(item.look_again_at, zone, now)
        groups.setdefault((item.owner, item.sentence, item.next_step, again), []).append(item)
    return [
        {
            "numbers": ", ".join(str(i.id) for i in group),
            "count": len(group),
            "whose": WHOSE[Owner(owner)],
            "about": ", ".join(label for i in group if (label := _label(i)) not in sentence),
            "sentence": wording.plain(sentence, 600),
            "next_step": wording.plain(next_step, 400),
            "again": again,
        }
        for (owner, sentence, next_step, again), group in groups.items()
    ]


def _again(moment: datetime | None, zone: ZoneInfo, now: datetime) -> str:
    """When it is looked at again; empty when somebody has to act first."""
    if moment is None:
        return ""
    return "at every run" if moment <= now else f"on {day(moment.astimezone(zone))}"


def _label(item: ReviewItem) -> str:
    """What an item is about, as staff name it: "C-12", "submission 4"."""
    kind, _, number = item.subject.partition(":")
    return f"C-{number}" if kind == "case" else f"{kind} {number}"


def _unsent(session: Session) -> list[str]:
    query = select(Message).where(
        (col(Message.state) == MessageState.refused.value)
        | ((col(Message.state) == MessageState.pending.value) & (col(Message.attempts) > 0))
    )
    return [
        f"{one_line(m.subject)} (to {m.to_address}): {wording.plain(m.last_error, 200) or 'not accepted yet'}"
        for m in session.exec(query.order_by(col(Message.id).desc()).limit(LISTED))
    ]


def _strangers(session: Session, run_id: int) -> list[str]:
    """Mails of this run without a micro-credential from addresses that are not on the roster: nobody answers them."""
    run = session.get(Run, run_id)
    if run is None:
        return []
    query = select(Reading).where(
        col(Reading.read_at) >= run.started_at,
        col(Reading.outcome).in_([ReadingOutcome.nothing.value, ReadingOutcome.unreadable.value]),
        from_a_stranger(),
    )
    return [
        f'"{wording.plain(r.subject)}" from {wording.plain(r.sender)}'
        for r in session.exec(query.order_by(col(Reading.id)).limit(LISTED))
    ]
