"""A transcript that was asked for, by mail: to the roster's address of whoever asked, once for each request, and never to a stranger.

What stands in it, and how it is drawn, others say: a `Transcribe` is handed in. Our own mail is automatic and has another subject, so
that no answer to it can ask again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from countersign import audit, review
from countersign.delivery import wording
from countersign.delivery.news import transcripts_asked, transcripts_of_nobody
from countersign.delivery.outgoing import message_id
from countersign.errors import CountersignError, Outage, UsageError
from countersign.render import fill
from countersign.settings import Workspace
from countersign.store import Store
from models.tables import Address, Educator, Message, Telling
from models.transcript import Transcript
from models.words import MessageState, Owner

KIND = "transcript"
PDF = "application/pdf"
STOPPED = "transcript_stopped"
SHARED = "transcript_whose"

Transcribe = Callable[[int], tuple[Transcript, bytes]]
"""An educator's transcript with its PDF, empty bytes where nothing is recognized. May raise CountersignError."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A transcript in the mail: the message's id, to whom, and whether that very one had been written before."""

    message_id: int
    to_address: str
    before: bool = False


def write_transcripts(store: Store, workspace: Workspace, transcribe: Transcribe, now: datetime) -> list[int]:
    """Write one message for each educator who asked, with the record that the requests are answered; returns the messages' ids.

    A transcript that cannot be drawn is held for staff and tried again by the next run. Raises Outage.
    """
    with store.reading() as session:
        asked = transcripts_asked(session, now)
        shared = transcripts_of_nobody(session, now)
    for submission_id, sender in shared:
        with store.transaction() as session:
            _hold_shared(session, submission_id, sender, now)
    written: list[int] = []
    for educator_id, submissions in asked.items():
        try:
            transcript, content = transcribe(educator_id)
        except Outage:
            raise
        except CountersignError as error:
            with store.transaction() as session:
                _hold_stopped(session, educator_id, error, now)
            continue
        sha256 = store.evidence.put(content) if content else ""
        facts = [f"submission:{number}/transcript" for number in submissions]
        key = f"submission:{submissions[0]}"
        try:
            with store.transaction() as session:
                message = _write(session, workspace, transcript, sha256, key, now, "nightly")
                session.add_all(Telling(fact=fact, message_id=message.id) for fact in facts)
                subject = f"educator:{educator_id}"
                review.release(
                    session, subject=subject, code=STOPPED, now=now, by="nightly", resolution="It could be drawn."
                )
                written.append(message.id)
        except IntegrityError:
            with store.reading() as session:
                query = select(Telling.id).where(col(Telling.fact).in_(facts)).limit(1)
                if session.exec(query).first() is None:
                    raise  # else another worker answered a moment ago
    return written


def mail_transcript(
    store: Store, workspace: Workspace, transcript: Transcript, content: bytes, now: datetime, by: str
) -> Posted:
    """Write the mail with a transcript that staff ask for; the very same one is not written twice. Raises UsageError when the educator
    has no address on the roster."""
    sha256 = store.evidence.put(content) if content else ""
    seed = f"{sha256}\n{transcript.as_of}"
    key = f"educator:{transcript.educator_id}:{hashlib.sha256(seed.encode()).hexdigest()[:16]}"
    with store.transaction() as session:
        query = select(Message).where(col(Message.kind) == KIND, col(Message.subject_key) == key)
        known = session.exec(query).first()
        if known is not None:
            return Posted(known.id, known.to_address, before=True)
        message = _write(session, workspace, transcript, sha256, key, now, by)
        return Posted(message.id, message.to_address)


def _write(
    session: Session, workspace: Workspace, transcript: Transcript, sha256: str, key: str, now: datetime, by: str
) -> Message:
    educator = session.get_one(Educator, transcript.educator_id)
    query = select(Address.address).where(col(Address.educator_id) == educator.id).order_by(col(Address.rank)).limit(1)
    to = session.exec(query).first()
    if to is None:
        raise UsageError(
            f"Member {educator.member_number} has no e-mail address on the roster.",
            "Import the roster with an address, or write the file with --out.",
        )
    name = f"transcript-{transcript.as_of.isoformat()}.pdf"
    affiliate = workspace.settings.affiliate
    values: dict[str, Any] = {
        "name": wording.plain(educator.given_name),
        "as_of": transcript.as_of,
        "count": transcript.micro_credentials,
        "banked": len(transcript.banked),
        "waiting": len(transcript.waiting),
        "attached": [name] if sha256 else [],
        "affiliate": {"name": affiliate.name, "email": affiliate.email, "phone": affiliate.phone},
    }
    message = Message(
        kind=KIND,
        subject_key=key,
        educator_id=educator.id,
        to_address=to,
        subject=_subject(transcript),
        text=wording.wrapped(fill(workspace.template_folders, "mail/transcript.txt", values)),
        html=fill(workspace.template_folders, "mail/transcript.html", values),
        attachments=[{"name": name, "sha256": sha256, "media_type": PDF}] if sha256 else [],
        message_id=message_id(KIND, key, now, workspace.settings.mail.sender),
        state=MessageState.pending.value,
        written_at=now,
    )
    session.add(message)
    session.flush()
    audit.record(session, at=now, actor=by, action="message written", subject=f"message:{message.id}", kind=KIND)
    return message


def _subject(transcript: Transcript) -> str:
    if transcript.empty:
        return "No transcript: nothing is recognized yet"
    number = transcript.micro_credentials
    what = "micro-credential" if number == 1 else "micro-credentials"
    return f"Your transcript: {number or 'no'} {what} recognized"


def _hold_shared(session: Session, submission_id: int, sender: str, now: datetime) -> None:
    subject = f"submission:{submission_id}"
    if review.settled(session, subject=subject, code=SHARED):
        return
    review.hold(
        session,
        subject=subject,
        code=SHARED,
        sentence=f"A transcript was asked for from {wording.plain(sender, 80)}, an address that several members share. Nobody was answered.",
        next_step="Find out who asks, then: countersign transcript MEMBER --mail. Dismiss the item after that.",
        owner=Owner.staff,
        now=now,
    )


def _hold_stopped(session: Session, educator_id: int, error: CountersignError, now: datetime) -> None:
    review.hold(
        session,
        subject=f"educator:{educator_id}",
        code=STOPPED,
        sentence=f"The transcript that was asked for could not be made: {wording.plain(error.what, 400)}",
        next_step=f"{wording.plain(error.remedy, 300)} The next run tries again.".strip(),
        owner=Owner.staff,
        now=now,
    )
