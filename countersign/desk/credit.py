"""The life of credit requests at the desk: one step by a command, or many from a registrar's file, with the transcript they bring.

A transcript is two things at once: a step of the request, and a fact that recognition decides on. Both are written in one transaction
(`Ledger.write`), so that neither is ever there without the other. When the college corrects the transcript, the fact is taken back,
with the reason, and recorded anew. A fact that the request only found on record is another's to take back.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from countersign import review
from countersign.desk.credit_withdrawing import consequences, refuse_unless_meant
from countersign.desk.facts import Desk, From
from countersign.errors import Busy, UsageError
from countersign.issuance.credit_life import Said, events_of, find_request, record_step, standing_of
from countersign.issuance.credit_steps import RANK, SAID, Standing, Step, StepRefused, after, corrects
from countersign.issuance.withdrawing import put_aside
from countersign.render import day, figure
from countersign.settings import Workspace
from countersign.store import Store
from models.facts import TranscriptFact, fact_of
from models.tables import Case, CreditEvent, CreditRequest, FactRecord
from models.text import folded
from models.words import CreditState


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one request: where it stands now, on which day it came there, and whether this said anything new. `corrected`:
    a transcript on record was replaced. `consequences`: what a withdrawal does and what it leaves, a sentence each."""

    number: str
    state: str
    on: date
    new: bool
    corrected: bool = False
    consequences: tuple[str, ...] = ()


@dataclass(slots=True)
class _Opened:
    """A request as this sitting sees it: locked, with where it stands after what was taken so far."""

    request: CreditRequest
    standing: Standing
    steps: list[tuple[Step, Said]] = field(default_factory=list[tuple[Step, Said]])


class Ledger:
    """One sitting: steps are taken one by one and written together at the end. Requests are locked in the order of their numbers
    when `open` is called with all of them, so that two sittings take turns."""

    def __init__(self, session: Session, workspace: Workspace, by: str, at: datetime) -> None:
        if not by.strip():
            raise UsageError("--by may not be empty.", "The name is kept with the step.")
        if by.strip().casefold() in review.HOUSE:
            raise UsageError(f"{by.strip()!r} is the name of a run.", "Give the name of the person who records it.")
        self._session = session
        self._workspace = workspace
        self._by = by.strip()
        self._at = at
        self._opened: dict[int, _Opened] = {}

    @property
    def _today(self) -> date:
        return self._at.astimezone(ZoneInfo(self._workspace.settings.time_zone)).date()

    def open(self, number: str) -> CreditRequest:
        """The request of that number. Raises UsageError with a sentence that begins in small letters."""
        request = find_request(self._session, number, lock=True)
        if request.id not in self._opened:
            if not request.sha256:
                raise UsageError(
                    f"the request {request.number} is not drawn yet, so nobody can have seen it",
                    "The next nightly run draws it.",
                )
            self._opened[request.id] = _Opened(request, standing_of(self._session, request))
        return request

    def take(self, request: CreditRequest, step: Step, source: str, sha256: str = "", line: int = 0) -> Moved:
        """Take one step of an opened request. Raises StepRefused."""
        opened = self._opened[request.id]
        before = opened.standing
        if line and self._was_said(request, step, sha256):
            return Moved(request.number, before.state.value, before.since, new=False)
        _not_more(request, step)
        standing = after(before, step, self._today)
        if standing is not before:
            if step.state is CreditState.transcript_issued:  # one without credits keeps those that are known
                step = replace(step, credits=standing.steps[step.state].credits)
            said = Said(self._by, self._at, source, sha256, line)
            opened.steps.append((step, said))
            opened.standing = standing
        new = standing is not before
        return Moved(request.number, standing.state.value, standing.since, new, new and corrects(before, step))

    def pay_if_due(self, request: CreditRequest, step: Step, source: str, sha256: str, line: int) -> None:
        """Take, before a step that asks for it, that the fee was paid by that day. Raises StepRefused."""
        standing = self._opened[request.id].standing
        later = RANK.get(step.state, 0) > RANK[CreditState.paid]
        if later and standing.has_fee and CreditState.paid not in standing.steps and standing.state in RANK:
            paid = Step(CreditState.paid, step.on, note="The college registers only what is paid.")
            self.take(request, paid, source, sha256, line)

    def _was_said(self, request: CreditRequest, step: Step, sha256: str) -> bool:
        """Whether the very same file has said it before: imported again, it must not undo what was corrected since. What was taken back
        since is not said any more."""
        return step.state in self._opened[request.id].standing.steps and any(
            e.source_sha256 == sha256
            and e.state == step.state
            and e.happened_on == step.on
            and step.course in ("", e.course)
            and step.credits in (None, e.credits)
            for e in events_of(self._session, request.id)
        )

    def standing(self, request: CreditRequest) -> Standing:
        """Where an opened request stands, with what was taken so far."""
        return self._opened[request.id].standing

    def has_lost_transcript(self, request: CreditRequest) -> bool:
        """Whether the last transcript that the request rests on was taken back."""
        resting = [e.fact_id for e in events_of(self._session, request.id) if e.fact_id is not None]
        return bool(resting) and self._is_taken_back(resting[-1])

    def write(self) -> list[CreditRequest]:
        """Put everything on record, with the facts that transcripts are; the requests that moved.

        Raises UsageError when a transcript cannot be recorded, Busy when somebody else moved one of them at the same moment.
        """
        moved: list[CreditRequest] = []
        try:
            for _, opened in sorted(self._opened.items()):
                for step, said in opened.steps:
                    fact_id = self._facts(opened.request, step, said)
                    record_step(self._session, opened.request, step, said, fact_id=fact_id)
                if opened.steps:
                    moved.append(opened.request)
        except IntegrityError as error:
            raise Busy("Somebody else moved one of these requests at the same moment.", "Repeat it.") from error
        return moved

    def _facts(self, request: CreditRequest, step: Step, said: Said) -> int | None:
        if step.state is CreditState.transcript_issued:
            return self._transcript(request, step, said)
        if step.state is CreditState.withdrawn:
            self._take_back(request, said, f"Credit request {request.number} was withdrawn: {step.note}")
        return None

    def _transcript(self, request: CreditRequest, step: Step, said: Said) -> int:
        """The fact that the transcript is: recorded, or found on record, or recorded anew in place of what it corrects."""
        case = self._session.get_one(Case, request.case_id)
        slot = f"transcript:{case.joined_to or case.id}"
        known = self._counting(slot)
        if known is not None and _same(fact_of(known.said), step, str(request.printed["college"])):
            return known.id
        where = f"{said.source}, line {said.line}" if said.line else said.source
        self._take_back(
            request, said, f"The college corrected it ({where}){f': {step.note}' if step.note else ''}; recorded anew."
        )
        cells = {"case": case.label, "on": step.on.isoformat(), "college": str(request.printed["college"])}
        cells |= {"credits": f"{step.credits:f}"} if step.credits is not None else {}
        desk = self._desk(said)
        try:
            desk.take("transcript", cells, said.line)
        except UsageError as error:
            raise UsageError(f"{request.number}: {error.what}", error.remedy) from error
        (number,) = desk.write().numbers
        return number

    def _take_back(self, request: CreditRequest, said: Said, reason: str) -> None:
        """Take back the transcript that this request brought, where it still counts. One that it found stays."""
        events = events_of(self._session, request.id)
        rests_on = [e.fact_id for e in events if e.fact_id is not None]
        if not rests_on:
            return
        fact = self._session.get_one(FactRecord, rests_on[-1])
        if any(_brought(e, fact) for e in events) and not self._is_taken_back(fact.id):
            self._desk(said).withdraw(fact.id, reason[:1000])

    def _desk(self, said: Said) -> Desk:
        return Desk(self._session, self._workspace, From(said.by, said.at, said.source, said.sha256))

    def _counting(self, slot: str) -> FactRecord | None:
        query = select(FactRecord).where(col(FactRecord.slot) == slot).order_by(col(FactRecord.turn).desc()).limit(1)
        last = self._session.exec(query).first()
        return last if last is not None and not self._is_taken_back(last.id) else None

    def _is_taken_back(self, number: int) -> bool:
        return self._session.exec(select(FactRecord.id).where(col(FactRecord.takes_back) == number)).first() is not None


def _same(fact: object, step: Step, college: str) -> bool:
    """Whether the transcript on record says what the step says, and is not said to be another college's."""
    return (
        isinstance(fact, TranscriptFact)
        and fact.on == step.on
        and step.credits in (None, fact.credits)
        and folded(fact.college) in ("", folded(college))
    )


def _brought(event: CreditEvent, fact: FactRecord) -> bool:
    """Whether the step recorded the fact itself: by the same person, at the same moment, from the same line of the same file."""
    return (event.fact_id, event.recorded_by, event.recorded_at, event.source, event.source_sha256, event.line) == (
        fact.id, fact.recorded_by, fact.recorded_at, fact.source, fact.source_sha256, fact.line
    )  # fmt: skip


def _not_more(request: CreditRequest, step: Step) -> None:
    """That the college does not give more than was asked for. Raises StepRefused."""
    asked = Decimal(str(request.printed["quantity"]).replace(",", ""))
    if step.credits is not None and step.credits > asked:
        said = f"{figure(asked)} credit{'' if asked == 1 else 's'}"
        raise StepRefused(
            f"it says {credits_said(step)}, and the request is for {said}",
            "Ask the registrar; a course's other credits are not this request's.",
        )


def move_request(
    store: Store,
    workspace: Workspace,
    number: str,
    step: Step,
    now: datetime,
    by: str,
    *,
    file: Path | None = None,
    although_registered: bool = True,
) -> Moved:
    """Record one step of one request, with the paper it rests on. `although_registered`: a withdrawal is meant also where the college
    has registered the educator or gone further. Raises UsageError or Busy."""
    from countersign.desk.facts_entry import file_bytes

    content = file_bytes(file) if file is not None else None
    if step.state in (CreditState.refused, CreditState.withdrawn) and not step.note.strip():
        raise UsageError("--reason may not be empty.", "It is kept with the step, and the educator reads it.")
    with store.transaction() as session:
        ledger = Ledger(session, workspace, by, now)
        try:
            request = ledger.open(number)
            sha256 = store.evidence.put(content) if content is not None else ""
            before = ledger.standing(request)
            withdrawn = step.state is CreditState.withdrawn
            if withdrawn and not although_registered:
                refuse_unless_meant(before)
            moved = ledger.take(request, step, file.name if file is not None else "countersign credit", sha256)
            ledger.write()
            if withdrawn and moved.new:
                lost = ledger.has_lost_transcript(request)
                moved = replace(moved, consequences=consequences(session, request, before, taken_back=lost))
        except UsageError as error:
            raise UsageError(_sentence(error.what), _for(error.remedy, number)) from error
    if moved.new and step.state is CreditState.withdrawn:
        put_aside(store, workspace, request.id, now, by.strip(), CreditRequest)
    return moved


def sentence_of(moved: Moved) -> str:
    """What to tell the person."""
    state = SAID[CreditState(moved.state)]
    if not moved.new:
        return f"Nothing new: {moved.number} is {state} since {day(moved.on)}."
    if moved.corrected:
        return f"{moved.number}: the transcript is corrected to {day(moved.on)}. The next nightly run decides anew."
    then = " The next nightly run decides what waited for it." if moved.state == CreditState.transcript_issued else ""
    return " ".join([f"{moved.number}: {state} on {day(moved.on)}.{then}", *moved.consequences])


def credits_said(step: Step) -> str:
    """ "3 credits"; empty where they are not said."""
    if step.credits is None:
        return ""
    return f"{figure(step.credits)} credit{'' if step.credits == 1 else 's'}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _for(remedy: str, number: str) -> str:
    """The remedy with the request's number in the command it names."""
    return remedy.replace("NUMBER", number) if number.isprintable() else remedy
