"""The life of a credit request as a game with rules: which step may follow on which, and where the request stands. Pure.

    requested → accepted → paid → registered → transcript issued → district notified

What may be passed over: a college neither takes a fee for, nor registers, what it has not accepted, and a transcript shows what was
registered, so the later step implies the earlier ones. `paid` is implied only where there is no fee: that money came is never
assumed. `district notified` needs a transcript. A step that was passed over may still be told later, on a day that fits.

Until the transcript is issued the college may refuse. A person, or the ledger, may withdraw at any time; then, or after a refusal,
another request may be made. Nothing goes back, with one exception: when the college corrects the transcript, or it is taken back, the
district that was told of it has to be told again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from countersign.errors import UsageError
from countersign.render import day, figure
from models.college import Shown
from models.words import CreditState

ORDER = (
    CreditState.requested,
    CreditState.accepted,
    CreditState.paid,
    CreditState.registered,
    CreditState.transcript_issued,
    CreditState.district_notified,
)
"""The states of a request that goes well, in their order."""

RANK: Mapping[CreditState, int] = MappingProxyType({state: rank for rank, state in enumerate(ORDER)})

SAID: Mapping[CreditState, str] = MappingProxyType({state: state.value.replace("_", " ") for state in CreditState})
"""The states in words: "transcript issued"."""


class StepRefused(UsageError):
    """A step that may not follow; the sentence begins in small letters, so that a line of a file can stand before it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: to which state, on which day; the course and section and the credits, where they are said; a note. `again`: after
    this withdrawal another request is to be made."""

    state: CreditState
    on: date
    course: str = ""
    credits: Decimal | None = None
    note: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a request stands: the steps that hold, by state. `has_fee` says whether the college takes a fee for it."""

    requested_on: date
    has_fee: bool
    steps: Mapping[CreditState, Step] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def state(self) -> CreditState:
        """The furthest state it came to, or how it ended."""
        for end in (CreditState.withdrawn, CreditState.refused):
            if end in self.steps:
                return end
        return max((s for s in self.steps if s in RANK), key=RANK.__getitem__, default=CreditState.requested)

    @property
    def since(self) -> date:
        """The day on which it came to that state."""
        step = self.steps.get(self.state)
        return step.on if step else self.requested_on

    def with_(self, step: Step) -> "Standing":
        """The standing after a step that is on record. What a corrected transcript makes void is left out."""
        steps = dict(self.steps)
        known = steps.get(step.state)
        steps[step.state] = _together(known, step)
        if step.state is CreditState.transcript_issued and known is not None:
            if known.on != step.on or step.credits not in (None, known.credits):
                steps.pop(CreditState.district_notified, None)
            steps[step.state] = replace(steps[step.state], on=step.on)
        return replace(self, steps=MappingProxyType(steps))

    def without_transcript(self) -> "Standing":
        """The standing when the transcript on record was taken back: there is none, and nothing that the district can know."""
        gone = (CreditState.transcript_issued, CreditState.district_notified)
        return replace(self, steps=MappingProxyType({s: step for s, step in self.steps.items() if s not in gone}))


def after(standing: Standing, step: Step, today: date) -> Standing:
    """The standing after a new step; the very same one when the step says nothing new.

    Raises StepRefused with what stands in the way.
    """
    if step.state is CreditState.requested:
        return standing
    _in_time(standing, step, today)
    known = standing.steps.get(step.state)
    if known is not None and _says_nothing_new(known, step):
        return standing
    _still_open(standing, step)
    if known is not None and not _may_add(known, step):
        raise StepRefused(
            f"it was {SAID[step.state]} on {day(known.on)}{_of(known)} already, and this says {day(step.on)}{_of(step)}",
            "Look at it with: countersign credit show NUMBER",
        )
    if step.state in RANK:
        _in_order(standing, step)
        _nothing_missing(standing, step)
    else:
        _ends(standing, step)
    return standing.with_(step)


def corrects(standing: Standing, step: Step) -> bool:
    """Whether the step says a transcript anew, with another day or other credits."""
    known = standing.steps.get(step.state)
    return step.state is CreditState.transcript_issued and _corrects(known, step)


def _corrects(known: Step | None, step: Step) -> bool:
    return known is not None and Shown(known.on, known.credits).is_corrected_by(Shown(step.on, step.credits))


def _says_nothing_new(known: Step, step: Step) -> bool:
    return (
        known.on == step.on
        and step.course in ("", known.course)
        and step.credits in (None, known.credits)
        and step.again <= known.again
    )


def _may_add(known: Step, step: Step) -> bool:
    """Whether a step of a state that is recorded may be recorded once more: to add what was not said, to correct a transcript,
    or to ask for another request after a withdrawal."""
    if step.state is CreditState.transcript_issued:
        return True
    if step.state is CreditState.withdrawn:
        return step.again and not known.again
    adds_to = step.course in ("", known.course) or not known.course
    return known.on == step.on and adds_to and (known.credits is None or step.credits in (None, known.credits))


def _together(known: Step | None, step: Step) -> Step:
    """Both steps of one state as one: the later one's words, and of the earlier one what the later leaves open."""
    if known is None:
        return step
    return replace(
        step,
        on=known.on,
        course=step.course or known.course,
        credits=step.credits if step.credits is not None else known.credits,
        note=step.note or known.note,
        again=step.again or known.again,
    )


def _of(step: Step) -> str:
    said = [step.course] if step.course else []
    said += [f"{figure(step.credits)} credit{'' if step.credits == 1 else 's'}"] if step.credits is not None else []
    return f" ({', '.join(said)})" if said else ""


def _in_time(standing: Standing, step: Step, today: date) -> None:
    if step.on > max(today, standing.requested_on):
        raise StepRefused(f"{day(step.on)} lies in the future", "Record it when it has happened.")
    if step.on < standing.requested_on:
        raise StepRefused(f"{day(step.on)} lies before {day(standing.requested_on)}, the day of the request")


def _still_open(standing: Standing, step: Step) -> None:
    """That the request has not ended, or that the step is what may follow on its end."""
    end = standing.state
    if end in RANK or step.state is CreditState.withdrawn:
        return
    remedy = "Another request can be made: countersign credit withdraw NUMBER --again --reason … --by NAME"
    raise StepRefused(f"it was {SAID[end]} on {day(standing.since)}, and that ended it", remedy)


def _in_order(standing: Standing, step: Step) -> None:
    rank = RANK[step.state]
    for state, other in standing.steps.items():
        if RANK[state] < rank and other.on > step.on:
            raise StepRefused(f"{day(step.on)} lies before it was {SAID[state]} on {day(other.on)}")
        redone = state is CreditState.district_notified and corrects(standing, step)
        if RANK[state] > rank and other.on < step.on and not redone:
            raise StepRefused(f"{day(step.on)} lies after it was {SAID[state]} on {day(other.on)}")


def _nothing_missing(standing: Standing, step: Step) -> None:
    steps = standing.steps
    if step.state is CreditState.district_notified and CreditState.transcript_issued not in steps:
        raise StepRefused(
            f"no transcript was issued yet: it is {SAID[standing.state]}",
            "Record the transcript first: countersign credit transcript NUMBER --on DAY --by NAME",
        )
    if RANK[step.state] > RANK[CreditState.paid] and standing.has_fee and CreditState.paid not in steps:
        raise StepRefused(
            "its fee is not recorded as paid",
            "Record that first: countersign credit pay NUMBER --on DAY --by NAME; for a whole file of a college that registers only "
            "what is paid: --fees-paid",
        )


def _ends(standing: Standing, step: Step) -> None:
    if step.state is CreditState.refused and CreditState.transcript_issued in standing.steps:
        raise StepRefused(
            "its transcript was issued, so it can no longer be refused", "A mistake is withdrawn instead."
        )
    last = max((other.on for other in standing.steps.values()), default=standing.requested_on)
    if step.on < last:
        raise StepRefused(f"{day(step.on)} lies before it was {SAID[standing.state]} on {day(last)}")
