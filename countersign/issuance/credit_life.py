"""The steps of a credit request on record: read, added to, and where they lead. `CreditRequest.state` follows in the same transaction.

What may follow on what is `credit_steps`' to say; who brings a transcript to recognition is the desk's.
"""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from countersign import audit
from countersign.errors import UsageError
from countersign.issuance.credit_steps import SAID, Standing, Step
from countersign.issuance.numbering import read_number
from models.tables import CreditEvent, CreditRequest, FactRecord
from models.words import CreditState

_DOLLARS = re.compile(r"\$([0-9,]+\.[0-9]{2})")
_OTHER = re.compile(r"([0-9,]+\.[0-9]{2}) ([A-Z]{3})")
NO_FEE = "no fee"


@dataclass(frozen=True, slots=True)
class Said:
    """Who recorded a step, when, and from where: a file by name with the SHA-256 of its bytes in the evidence store, or a command."""

    by: str
    at: datetime
    source: str
    sha256: str = ""
    line: int = 0


def fee_of(printed: Mapping[str, Any]) -> tuple[Decimal, str] | None:
    """The fee on the paper, with its currency; None where the college takes none. It is read from what is printed, so that what is
    added up is what the registrar sees. Raises ValueError for what no paper of ours says."""
    said = str(printed["fee"]["amount"])
    if said == NO_FEE:
        return None
    if found := _DOLLARS.fullmatch(said):
        return Decimal(found[1].replace(",", "")), "USD"
    if found := _OTHER.fullmatch(said):
        return Decimal(found[1].replace(",", "")), found[2]
    raise ValueError(f"{said!r} is not a fee")


def find_request(session: Session, number: str, *, lock: bool = False) -> CreditRequest:
    """The request of that number, as a person typed it; with `lock` nobody else changes it until the transaction ends. Raises UsageError."""
    wanted = read_number(number)
    if wanted is None:
        raise UsageError(
            f'"{number[:60]}" is not the number of a credit request',
            "Copy it from the paper: CR-VT-2026-7K3QM-XR2DW-8.",
        )
    query = select(CreditRequest).where(col(CreditRequest.number) == wanted)
    found = session.exec(query.with_for_update() if lock else query).first()
    if found is None:
        kind = "is a certificate's" if not wanted.startswith("CR-") else "has no credit request"
        raise UsageError(f"the number {wanted} {kind}", "List them with: countersign credit list")
    return found


def events_of(session: Session, request_id: int) -> list[CreditEvent]:
    """The steps on record, oldest first."""
    query = select(CreditEvent).where(col(CreditEvent.request_id) == request_id).order_by(col(CreditEvent.id))
    return list(session.exec(query))


def step_of(event: CreditEvent) -> Step:
    """A step on record as the rules know it."""
    state = CreditState(event.state)
    return Step(state, event.happened_on, event.course, event.credits, event.note, event.again)


def standing_of(session: Session, request: CreditRequest) -> Standing:
    """Where the request stands by its steps, and by whether the transcript that it rests on still counts."""
    events = events_of(session, request.id)
    return standing_by(request, events, taken_back(session, events).keys())


def standing_by(request: CreditRequest, events: Iterable[CreditEvent], gone: Set[int]) -> Standing:
    """Where the request stands by these steps, oldest first; `gone` are the facts that were taken back. Pure.

    A step that rests on another fact than the transcript before it says all of it anew: the first one was taken back.
    """
    standing = Standing(request.requested_on, not request.printed or fee_of(request.printed) is not None)
    rests_on: int | None = None
    for event in events:
        if event.state == CreditState.transcript_issued:
            if rests_on is not None and event.fact_id != rests_on:
                standing = standing.without_transcript()
            rests_on = event.fact_id
        standing = standing.with_(step_of(event))
    return standing.without_transcript() if rests_on in gone else standing


def taken_back(session: Session, events: Iterable[CreditEvent], *, before: datetime | None = None) -> dict[int, int]:
    """Of the facts that these steps rest on, those that were taken back (`before` that moment), each with the fact that did it."""
    facts = {event.fact_id for event in events if event.fact_id is not None}
    query = select(FactRecord).where(col(FactRecord.takes_back).in_(facts))
    if before is not None:
        query = query.where(col(FactRecord.recorded_at) < before)
    return {row.takes_back: row.id for row in session.exec(query) if row.takes_back is not None}


def resting_on(session: Session, fact_id: int) -> list[CreditRequest]:
    """The requests with a step that rests on the fact, locked until the transaction ends, in the order of their numbers."""
    ids = select(CreditEvent.request_id).where(col(CreditEvent.fact_id) == fact_id)
    query = select(CreditRequest).where(col(CreditRequest.id).in_(ids)).order_by(col(CreditRequest.number))
    return list(session.exec(query.with_for_update()))


def follow(session: Session, request: CreditRequest) -> None:
    """Put the request where its steps lead."""
    request.state = standing_of(session, request).state.value
    session.add(request)
    session.flush()


def record_step(
    session: Session, request: CreditRequest, step: Step, said: Said, *, fact_id: int | None = None
) -> CreditEvent:
    """Put a step that may follow (`credit_steps.after`) on record, and the request where it leads. Raises IntegrityError when
    somebody else recorded one of the same state at the same moment."""
    events = events_of(session, request.id)
    event = CreditEvent(
        request_id=request.id,
        state=step.state.value,
        turn=sum(e.state == step.state for e in events),
        happened_on=step.on,
        course=step.course,
        credits=step.credits,
        note=step.note,
        again=step.again,
        fact_id=fact_id,
        recorded_by=said.by,
        recorded_at=said.at,
        source=said.source,
        source_sha256=said.sha256,
        line=said.line,
    )
    session.add(event)
    session.flush()
    follow(session, request)
    audit.record(
        session,
        at=said.at,
        actor=said.by,
        action=f"credit request {SAID[step.state]}",
        subject=f"credit_request:{request.id}",
        on=step.on.isoformat(),
        source=said.source,
        **({"sha256": said.sha256} if said.sha256 else {}),
    )
    return event
