"""Whether an agreement has room for a fact that somebody wants to record: who may rule, what may be elected, until when to appeal.

Pure. Each function raises `NotAdmitted` with a sentence for the person at the desk.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta

from countersign.errors import UsageError
from countersign.recognition.claims import claim, folded, why_not
from countersign.recognition.periods import NoPeriod, period_of
from countersign.recognition.wording import listed
from countersign.recognition.years import local_day, said
from models.agreement import Agreement, Appeal, Cap, Rules
from models.facts import AppealFact, ElectionFact, FundsFact, RulingFact
from models.records import CaseRecord, EducatorRecord

AHEAD = timedelta(days=3 * 366)
"""How long after today a period may begin for which somebody says already whether there are funds."""

FURTHEST = timedelta(days=20 * 366)
"""How far the periods of an agreement without an end in sight ("until 9999-12-31") are looked through."""


class NotAdmitted(UsageError):
    """The agreement has no room for the fact."""


def versions_of(rules: Sequence[Rules], agreement: str) -> tuple[Rules, ...]:
    """The versions of the agreement, oldest first. Raises NotAdmitted when there is none of that id."""
    found = [r for r in rules if r.terms.id == agreement]
    if not found:
        known = sorted({r.terms.id for r in rules})
        raise NotAdmitted(
            f'there is no agreement "{agreement}" in agreements/',
            f"There {'are' if len(known) > 1 else 'is'} {listed(known)}." if known else "There is none at all.",
        )
    return tuple(sorted(found, key=lambda r: r.terms.in_force.from_))


def admit_ruling(versions: Sequence[Rules], record: EducatorRecord, case: CaseRecord, fact: RulingFact) -> None:
    """That the version in force for the case lets this role rule, and gives that currency in that unit."""
    terms = _spoken(versions, record, case)
    able = terms.exceptions.ruling_by if terms.exceptions else None
    if not able:
        raise NotAdmitted(
            f"the agreement {terms.id} names nobody who may rule against its clauses",
            "When the parties agree on somebody, enter it in the agreement: ruling_by, under [exceptions].",
        )
    if folded(fact.role) not in {folded(role) for role in able}:
        raise NotAdmitted(
            f'"{fact.role}" may not rule under {terms.id}', f"It lets {listed(able)} rule; say in what capacity it was."
        )
    if fact.currency is None:
        return
    grants = terms.grants_in(fact.currency)
    if not grants:
        given = listed(sorted({g.currency.value for g in terms.grants}))
        raise NotAdmitted(f"the agreement {terms.id} gives no {fact.currency.value}", f"It gives {given}.")
    units = {grant.unit for grant in grants if grant.unit}
    if fact.unit and units and fact.unit not in units:
        raise NotAdmitted(
            f"the agreement {terms.id} gives {fact.currency.value} in {listed(sorted(units), 'or')}, not in {fact.unit}"
        )


def admit_election(versions: Sequence[Rules], fact: ElectionFact) -> None:
    """That a version of the agreement leaves this choice, and has that clause in it."""
    choices: dict[str, list[str]] = {}
    for rules in versions:
        for grant in rules.terms.grants:
            if grant.election is not None and grant.clause not in choices.setdefault(grant.election, []):
                choices[grant.election].append(grant.clause)
    agreement = versions[0].terms.id
    if fact.election not in choices:
        left = f"It leaves {listed([f'“{name}”' for name in choices])}." if choices else "It leaves no choice at all."
        raise NotAdmitted(f"the agreement {agreement} leaves no choice called “{fact.election}”", left)
    if fact.clause not in choices[fact.election]:
        named = listed([f"“{name}”" for name in choices[fact.election]], "or")
        raise NotAdmitted(f"“{fact.clause}” is not among the clauses of “{fact.election}”", f"It is {named}.")


def admit_funds(versions: Sequence[Rules], fact: FundsFact, today: date) -> None:
    """That a limit of the agreement asks for it, and has a period of that name."""
    agreement = versions[0].terms.id
    caps = [
        (r.terms, cap) for r in versions for g in r.terms.grants for cap in g.caps if cap.overflow == "bank_if_funds"
    ]
    if not caps:
        raise NotAdmitted(f"no limit of {agreement} asks whether there are funds")
    if any(cap.per == "licence_period" for _, cap in caps):
        return  # each educator's own
    labels = list(dict.fromkeys(label for terms, cap in caps for label in _labels(terms, cap, today)))
    if folded(fact.period) not in {folded(label) for label in labels}:
        raise NotAdmitted(
            f"“{fact.period}” is no period of a limit of {agreement}",
            f"Write it as the decision does, for instance {listed(labels[-3:], 'or')}.",
        )


def _labels(terms: Agreement, cap: Cap, today: date) -> Iterator[str]:
    """The names of the limit's periods from the agreement's first day on."""
    day, end = terms.in_force.from_, min(max(today, terms.in_force.until or today), today + FURTHEST) + AHEAD
    nobody = EducatorRecord(0, "")
    while day <= end:
        with suppress(NoPeriod):
            yield period_of(cap, terms, nobody, day).label
        day += timedelta(days=7)


def admit_appeal(
    versions: Sequence[Rules], record: EducatorRecord, case: CaseRecord, fact: AppealFact, decided_at: datetime | None
) -> tuple[Appeal, date]:
    """The way of appeal and its last day, for what was decided at `decided_at` (None: nothing was)."""
    terms = _spoken(versions, record, case)
    appeal = terms.exceptions.appeal if terms.exceptions else None
    if appeal is None:
        raise NotAdmitted(
            f"the agreement {terms.id} says nothing of an appeal", "Ask the recognizer; a ruling may be possible."
        )
    if decided_at is None:
        raise NotAdmitted(f"nothing has been decided of C-{case.case_id} under {terms.id} yet")
    decided = local_day(decided_at, terms.time_zone)
    last = last_to_appeal(appeal, decided)
    if fact.on < decided:
        raise NotAdmitted(f"the appeal of {said(fact.on)} comes before the decision of {said(decided)}")
    if fact.on > last:
        raise NotAdmitted(
            f"the appeal of {said(fact.on)} comes too late: it was decided on {said(decided)}, and the last day to appeal was "
            f"{said(last)} ({appeal.within_days} days)"
        )
    return appeal, last


def last_to_appeal(appeal: Appeal, decided: date) -> date:
    """The last day on which an appeal against what was decided on `decided` counts."""
    return decided + timedelta(days=appeal.within_days)


def _spoken(versions: Sequence[Rules], record: EducatorRecord, case: CaseRecord) -> Agreement:
    """The version that speaks of the case."""
    made = claim(versions, record, case)
    if made is None:
        raise NotAdmitted(
            f"the agreement {versions[0].terms.id} says nothing of C-{case.case_id}", why_not(versions, record, case)
        )
    return made.rules.terms
