"""The structured trace of one case: per agreement every clause tried, what it looked at, and what would change the result.

Nothing is decided here. The engine goes through the educator's cases once more (`core.hearings`), and what it heard, how its limits stood
and what it decided is put into an order that can be read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from countersign.recognition.admission import last_to_appeal
from countersign.recognition.asked import Line, evidence_said, lines
from countersign.recognition.bars import is_late, last_day
from countersign.recognition.claims import Claim, why_not
from countersign.recognition.conditions import EVIDENCE_SAID
from countersign.recognition.core import Heard, Hearing, Stood, hearings
from countersign.recognition.outcomes import ruled
from countersign.recognition.periods import NoPeriod
from countersign.recognition.places import Look
from countersign.recognition.timing import counted_on, own_period
from countersign.recognition.wording import listed
from countersign.recognition.years import local_day, said
from models.agreement import Agreement, DateName, Evidence, Grant, Rules
from models.records import CapUse, CaseRecord, Decision, EducatorRecord, Reason
from models.words import Currency, DecisionOutcome, Owner

Decided = Mapping[tuple[str, Currency], datetime]
"""When a case was decided, by agreement and currency: appeals run from that day."""


@dataclass(frozen=True, slots=True)
class DayLooked:
    """One of the case's dates as a day in the recognizer's time zone, None where it is not on record; `decides` says what goes by it."""

    name: DateName
    day: date | None
    decides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LimitLooked:
    """One limit of a clause and how it stood (`use`). `per` is empty where the agreement does not say it; `full` when it turned this one
    away; `shared` is the name it has in common with other clauses."""

    per: str
    counted_by: DateName
    use: CapUse
    full: bool
    shared: str = ""


@dataclass(frozen=True, slots=True)
class GatheredLooked:
    """A sum on its way to a whole: what was there before this one, with it, and after wholes were given, of `each` that make one."""

    before: Decimal
    sum: Decimal
    left: Decimal
    each: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Step:
    """One hearing of the case before the clause: as submitted first, then as of the first day of each period it was moved to.

    `version_from` is the first day of the version that holds for it, `day` the one it counts on, `period` the one it lies in, empty where
    none is known. `last_day` is the deadline's, `missed` whether it was. `against` are all reasons that stood in the way, `worth` what it
    is worth where nothing did, and how that came about.
    """

    version_from: date
    day: date
    period: str
    carried: bool
    needs: tuple[Line, ...]
    shown: tuple[str, ...]
    last_day: date | None
    missed: bool
    ruling: str
    against: tuple[Reason, ...]
    quantity: Decimal | None
    unit: str
    worth: tuple[str, ...]
    limits: tuple[LimitLooked, ...]
    gathered: GatheredLooked | None


@dataclass(frozen=True, slots=True)
class Change:
    """What would change the result, whose move that is, and the day from which, or until which, it counts."""

    sentence: str
    owner: Owner
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """One clause. `stood` says how it stood when the one that decides was looked for; only that one has steps, a decision and what would
    change it."""

    clause: str
    currency: Currency
    text: str
    stood: str
    when: tuple[Line, ...] = ()
    steps: tuple[Step, ...] = ()
    decision: Decision | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """One agreement before one case. `silent` says why it says nothing of it; then there are no clauses. `day` is that of `by`, by which
    the version is in force."""

    agreement: str
    recognizer: str
    sha256: str
    time_zone: str
    in_force_from: date
    in_force_until: date | None
    by: DateName
    day: date | None
    silent: str = ""
    days: tuple[DayLooked, ...] = ()
    clauses: tuple[Tried, ...] = ()


DECIDES = "decides"
BEHIND = "not looked at: a clause before it decides"
SAYS_WHY = "decides: no clause fits, and the last one says why"


def traced(
    rules: Sequence[Rules],
    record: EducatorRecord,
    cases: Sequence[CaseRecord],
    now: datetime,
    case_id: int,
    decided: Decided | None = None,
) -> tuple[Trace, ...]:
    """The trace of one of the educator's cases under every agreement, by the agreements' ids. Raises LookupError when the case is not
    among `cases`, ValueError for moments without a time zone."""
    case = next((c for c in cases if c.case_id == case_id), None)
    if case is None:
        raise LookupError(f"C-{case_id} is not among the cases.")
    return tuple(_trace(hearing, record, case, decided or {}) for hearing in hearings(rules, record, cases, now))


def _trace(hearing: Hearing, record: EducatorRecord, case: CaseRecord, decided: Decided) -> Trace:
    decisions = {d.currency: d for d in hearing.decided() if d.case_id == case.case_id}
    made = next((c for c in hearing.claims if c.case.case_id == case.case_id), None)
    rules = made.rules if made else hearing.versions[-1]
    terms = rules.terms
    return Trace(
        agreement=terms.id,
        recognizer=terms.recognizer,
        sha256=rules.sha256,
        time_zone=terms.time_zone,
        in_force_from=terms.in_force.from_,
        in_force_until=terms.in_force.until,
        by=terms.in_force.by,
        day=made.known_day(terms.in_force.by) if made else None,
        silent="" if made else why_not(hearing.versions, record, case),
        days=tuple(_days(made)) if made else (),
        clauses=tuple(_clauses(hearing, made, decisions, decided)) if made else (),
    )


def _days(made: Claim) -> Iterator[DayLooked]:
    for name in DateName:
        decides = tuple(_goes_by(made.rules.terms, name))
        if decides or name in (DateName.earned, DateName.submitted):
            yield DayLooked(name, made.known_day(name), decides)


def _goes_by(terms: Agreement, name: DateName) -> Iterator[str]:
    if terms.in_force.by is name:
        yield "the version in force"
    if name in (terms.applies_to.employed_on or ()):
        yield "the employment"
    preapproval = terms.eligibility.preapproval
    if preapproval is not None:
        if preapproval.required and name in (DateName.earned, DateName.preapproved):
            yield "the approval before the work"
        if preapproval.frozen_at is name:
            yield "the approved list"
    for grant in terms.grants:
        if name in grant.tested():
            yield f"“{grant.clause}”"


def _clauses(
    hearing: Hearing, made: Claim, decisions: Mapping[Currency, Decision], decided: Decided
) -> Iterator[Tried]:
    chosen = {grant.currency: grant for grant in hearing.fitting(made)}
    for currency in Currency:
        behind = False
        for grant in made.rules.terms.grants_in(currency):
            stood, said_of = hearing.stood(made, grant), (grant.clause, currency, grant.text)
            if behind:
                yield Tried(*said_of, BEHIND)
            elif grant is not chosen.get(currency):
                yield Tried(*said_of, stood.value, lines(grant.when, made))
            else:
                behind, decision = True, decisions[currency]
                yield Tried(
                    *said_of,
                    DECIDES if stood is Stood.fits else f"{SAYS_WHY} ({stood.value})",
                    lines(grant.when, made),
                    tuple(_steps(hearing, made, currency)),
                    decision,
                    tuple(_changes(made.rules.terms, decision, decided)),
                )


def _steps(hearing: Hearing, made: Claim, currency: Currency) -> Iterator[Step]:
    """What was heard, each with the limits as they stood then; what something stood in the way of never came to its limits."""
    looks = iter(hearing.ledger.looks.get((made.case.case_id, currency), ()))
    for heard in hearing.heard[made.case.case_id, currency]:
        stopped = heard.against.reasons or heard.on
        yield _step(heard, None if stopped else next(looks, None))


def _step(heard: Heard, look: Look | None) -> Step:
    claim, grant, terms = heard.claim, heard.grant, heard.claim.rules.terms
    worth, each = heard.worth, grant.each
    return Step(
        version_from=terms.in_force.from_,
        day=counted_on(claim, grant),
        period=_period(claim, grant),
        carried=claim.carried,
        needs=tuple(dict.fromkeys((*lines(terms.eligibility.needs, claim), *lines(grant.needs, claim)))),
        shown=tuple(f"{EVIDENCE_SAID[kind]}: {evidence_said(claim, kind)}" for kind in sorted(_by(grant))),
        last_day=heard.late or last_day(claim, grant),
        missed=bool(heard.late or is_late(claim, grant)),
        ruling=ruled(grant, heard.ruling).sentence if heard.ruling else "",
        against=(*heard.against.refusals, *heard.against.holds, *(heard.on.reasons[:1] if heard.on else ())),
        quantity=worth.quantity if worth else None,
        unit=worth.unit if worth else "",
        worth=tuple(reason.sentence for reason in worth.reasons) if worth else (),
        limits=tuple(
            LimitLooked(cap.per or "", cap.counted_by, use, number == look.full, cap.shared or "")
            for number, (cap, use) in enumerate(look.limits)
        )
        if look
        else (),
        gathered=GatheredLooked(look.gathered.before, look.gathered.sum, look.gathered.left, each.amount, worth.unit)
        if look and look.gathered and each and worth
        else None,
    )


def _by(grant: Grant) -> set[Evidence]:
    """What the value goes by."""
    by = grant.value.by if grant.value else None
    return {Evidence(by)} if by is not None and by != "fte" else set()


def _period(claim: Claim, grant: Grant) -> str:
    try:
        return own_period(claim, grant).label
    except NoPeriod:
        return ""


def _changes(terms: Agreement, decision: Decision, decided: Decided) -> Iterator[Change]:
    """What the engine's reasons say would change it; for what was refused or held also who may rule, and the way of appeal."""
    for reason in decision.reasons:
        if reason.change:
            yield Change(reason.change, reason.owner, reason.look_again_on)
    if decision.outcome not in (DecisionOutcome.refused, DecisionOutcome.held) or terms.exceptions is None:
        return
    if able := terms.exceptions.ruling_by:
        yield Change(f"A ruling by {listed(able, 'or')}, recorded with its reason.", Owner.hr)
    if (appeal := terms.exceptions.appeal) is not None:
        at = decided.get((decision.agreement, decision.currency))
        last = last_to_appeal(appeal, local_day(at, terms.time_zone)) if at else None
        until = f", until {said(last)}" if last else " of the decision"
        yield Change(f"An appeal to {appeal.to} within {appeal.within_days} days{until}.", Owner.educator, last)
