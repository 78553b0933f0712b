"""The steps of a credit request on record: read, added to, and where they lead. `CreditRequest.state` follows in the same transaction.

What may follow on what is `credit_steps`' to say; who brings a transcript to recognition is the desk's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from countersign import audit
from countersign.errors import UsageError
from countersign.issuance.credit_steps import SAID, Standing, Step, stands
from countersign.issuance.numbering import read_number
from models.tables import CreditEvent, CreditRequest
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


def find_request(session: Session, number: str) -> CreditRequest:
    """The request of that number, as a person typed it, locked until the transaction ends. Raises UsageError."""
    wanted = read_number(number)
    if wanted is None:
        raise UsageError(
            f'"{number[:60]}" is not the number of a credit request',
            "Copy it from the paper: CR-VT-2026-7K3QM-XR2DW-8.",
        )
    query = select(CreditRequest).where(col(CreditRequest.number) == wanted).with_for_update()
    found = session.exec(query).first()
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
    """Where the request stands by its steps."""
    steps = (step_of(event) for event in events_of(session, request.id))
    has_fee = not request.printed or fee_of(request.printed) is not None
    return stands(request.requested_on, has_fee, steps)


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
    request.state = standing_of(session, request).state.value
    session.add(request)
    session.flush()
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
