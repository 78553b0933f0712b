"""Credit requests as staff look at them: a list with where each stands, and one with every step, its batch and its transcript."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from countersign.desk.papers import one_paper
from countersign.errors import UsageError
from countersign.issuance.credit_batch import term_of
from countersign.issuance.credit_life import events_of, find_request, standing_of, taken_back
from countersign.issuance.credit_sheet import PAYERS
from countersign.issuance.credit_steps import SAID
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import CreditBatch, CreditBatchLine, CreditEvent, CreditRequest
from models.text import folded
from models.words import CreditState

ENDED = (CreditState.withdrawn.value, CreditState.refused.value, CreditState.district_notified.value)
"""Where nothing more is waited for."""


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request as it is listed. `term` is empty where none is known, `batch` where it went with none yet."""

    number: str
    state: str
    since: date
    educator: str
    title: str
    college: str
    term: str
    fee: str
    payer: str
    batch: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def list_requests(
    store: Store,
    rules: Sequence[Rules],
    *,
    term: str = "",
    college: str = "",
    state: str = "",
    everything: bool = False,
) -> list[RequestLine]:
    """The requests on which something is still waited for, or all with `everything`; oldest first. `state` also as "transcript issued".

    Raises UsageError for a state that there is not.
    """
    wanted = "_".join(state.casefold().replace("_", " ").split())
    if wanted and wanted not in set(CreditState):
        raise UsageError(f'"{state}" is no state of a request.', f"There are {', '.join(SAID.values())}.")
    lines: list[RequestLine] = []
    with store.reading() as session:
        query = select(CreditRequest).where(col(CreditRequest.sha256) != "").order_by(col(CreditRequest.id))
        if wanted:
            query = query.where(col(CreditRequest.state) == wanted)
        elif not everything:
            query = query.where(col(CreditRequest.state).not_in(ENDED))
        for request in session.exec(query):
            line = _line(session, rules, request)
            if term and folded(line.term) != folded(term):
                continue
            if college and folded(line.college) != folded(college):
                continue
            lines.append(line)
    return lines


def show_request(store: Store, workspace: Workspace, rules: Sequence[Rules], number: str) -> dict[str, Any]:
    """All that is known of one request: key → value, its steps as a list. Raises UsageError."""
    with store.reading() as session:
        try:
            request = find_request(session, number)
        except UsageError as error:
            raise UsageError(f"{error.what[:1].upper()}{error.what[1:]}.", error.remedy) from error
        line = _line(session, rules, request)
        events = events_of(session, request.id)
        gone = taken_back(session, events)
    about = one_paper(store, workspace, request.number)
    printed = about.pop("printed")
    return (
        about
        | {"term": line.term or "not known", "batch": line.batch or "in none yet", "since": line.since.isoformat()}
        | {"steps": [_step(event, gone) for event in events]}
        | {"printed": printed}
    )


def _line(session: Session, rules: Sequence[Rules], request: CreditRequest) -> RequestLine:
    printed = request.printed
    standing = standing_of(session, request)
    query = (
        select(CreditBatch)
        .join(CreditBatchLine, col(CreditBatchLine.batch_id) == CreditBatch.id)
        .where(col(CreditBatchLine.request_id) == request.id, col(CreditBatchLine.what) == "request")
    )
    batch = session.exec(query).first()
    return RequestLine(
        number=request.number,
        state=SAID[CreditState(request.state)],
        since=standing.since,
        educator=str(printed["name"]),
        title=str(printed["title"]),
        college=str(printed["college"]),
        term=batch.term if batch else term_of(session, rules, request),
        fee=str(printed["fee"]["amount"]),
        payer=PAYERS.get(str(printed["payer"]), PAYERS[""]),
        batch=batch.path if batch else "",
    )


def _step(event: CreditEvent, gone: Mapping[int, int]) -> dict[str, Any]:
    where = f"{event.source}, line {event.line}" if event.line else event.source
    said = {
        "state": SAID[CreditState(event.state)],
        "on": event.happened_on.isoformat(),
        "course_section": event.course,
        "credits": f"{event.credits.normalize():f}" if event.credits is not None else "",
        "note": event.note,
        "another_request": "yes" if event.again else "",
        "fact": str(event.fact_id) if event.fact_id is not None else "",
        "taken_back": f"by fact {gone[event.fact_id]}" if event.fact_id is not None and event.fact_id in gone else "",
        "recorded": f"{event.recorded_by}, {event.recorded_at:%Y-%m-%d %H:%M} UTC, {where}",
    }
    return {key: value for key, value in said.items() if value}
