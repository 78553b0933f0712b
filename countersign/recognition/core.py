"""The decision: agreements, an educator's record and their cases in, decisions out. Nothing is read and nothing written.

1. Per agreement, each case comes before the version in force for it, if that version applies to the educator.
2. Per currency, the first clause that fits decides; what stands in the way refuses or holds, unless somebody who may has ruled.
3. What is left is worth what the clause says, by what is shown; a missing figure holds and keeps the place under a limit.
4. What is worth something fills the limits in their stated order; what is over is lost or moves on. What is gathered gives its whole
   with the micro-credential that completes it, and a stack with the one that completes the set.
5. What has its place is granted, with its dates.

The present moment decides one thing only: whether the period that something waits for has begun, or is over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from countersign.recognition.bars import (
    NOTHING_AGAINST,
    Bars,
    Sight,
    against,
    bars,
    is_accepted,
    is_late,
    not_accepted_said,
    periods_known,
)
from countersign.recognition.claims import Claim, arrival, claim, folded, why_not
from countersign.recognition.conditions import unmet
from countersign.recognition.outcomes import (
    barred,
    counted_in_stack,
    ended,
    follows,
    outside_stack,
    ruled,
    waits_for_stack,
)
from countersign.recognition.places import Entry, Ledger, fill
from countersign.recognition.stacks import Standing, standing
from countersign.recognition.wording import CURRENCY_SAID, amount
from countersign.recognition.worth import Worth, worth
from countersign.recognition.years import said
from models.agreement import Grant, Rules
from models.records import CaseRecord, Decision, EducatorRecord, Reason, Ruling, RulingKind
from models.words import Currency, DecisionOutcome, Owner


def decide(
    rules: Sequence[Rules], record: EducatorRecord, cases: Sequence[CaseRecord], now: datetime
) -> tuple[Decision, ...]:
    """What every agreement says of every case of this educator, by case, agreement and currency.

    `cases` are all of the educator's proven and matched cases, in any order: the order changes nothing. A clause given
    on request says nothing of a case for which nobody asked, and an agreement that does not apply says nothing at all
    (`silences` says why). Raises ValueError for moments without a time zone.
    """
    decisions = [one for hearing in hearings(rules, record, cases, now) for one in hearing.decided()]
    order = list(Currency)
    return tuple(sorted(decisions, key=lambda d: (d.case_id, d.agreement, order.index(d.currency))))


def hearings(
    rules: Sequence[Rules], record: EducatorRecord, cases: Sequence[CaseRecord], now: datetime
) -> "Iterator[Hearing]":
    """Every agreement before this educator's cases, not decided yet: what `decide` goes through, and what a trace is read from."""
    ordered = sorted(cases, key=arrival)
    for versions in by_agreement(rules):
        claims = [made for case in ordered if (made := claim(versions, record, case))]
        yield Hearing(versions, record, claims, now)


def silences(rules: Sequence[Rules], record: EducatorRecord, case: CaseRecord) -> tuple[str, ...]:
    """For each agreement or clause that says nothing of the case: why, in a sentence for staff."""
    sentences: list[str] = []
    for versions in by_agreement(rules):
        made = claim(versions, record, case)
        terms = versions[0].terms
        if made is None:
            sentences.append(f"{terms.recognizer} ({terms.id}): {why_not(versions, record, case)}")
            continue
        for grant in made.rules.terms.grants:
            if why := _silence(made, grant):
                sentences.append(f"{terms.recognizer} ({terms.id}), {grant.clause}: {why}")
    return tuple(sentences)


def _silence(made: Claim, grant: Grant) -> str:
    """Why the clause says nothing of the claim; empty when it does."""
    if not is_accepted(made):
        return not_accepted_said(made) if grant.on_request and not made.case.credit_requested else ""
    if grant.on_request and not made.case.credit_requested:
        return f"gives {CURRENCY_SAID[grant.currency]} on request; nobody asked."
    chosen = _elected(made, grant)
    if chosen not in (None, grant.clause):
        return f"the educator elected “{chosen}”."
    return " ".join(u.sentence for u in unmet(grant.when, made) if not u.open)


def _elected(made: Claim, grant: Grant) -> str | None:
    """The clause that the educator chose in this clause's election; None where there is no election, or no choice yet."""
    terms = made.rules.terms
    able = {g.clause for g in terms.grants if g.election == grant.election}
    chosen = (e.clause for e in made.record.elections if (e.agreement, e.election) == (terms.id, grant.election))
    return next((clause for clause in chosen if clause in able), None)


def by_agreement(rules: Sequence[Rules]) -> list[tuple[Rules, ...]]:
    """The versions of each agreement, oldest first, agreements by their ids."""
    ordered = sorted(rules, key=lambda r: (r.terms.id, r.terms.in_force.from_))
    return [tuple(versions) for _, versions in groupby(ordered, key=lambda r: r.terms.id)]


def earlier_cases(claims: Sequence[Claim]) -> Mapping[int, int]:
    """For every case whose micro-credential already came: the case it came in first.

    It is the same one when the issuer gives it the same title, or the same id: an issuer that corrects a title revokes
    and awards again, and the two must not both count.
    """
    first: dict[tuple[str, str, str], int] = {}
    earlier: dict[int, int] = {}
    for made in claims:
        case = made.case
        names = [(case.issuer, "title", folded(case.title))]
        if case.achievement:
            names.append((case.issuer, "id", case.achievement))
        known = [first[name] for name in names if name in first]
        if known:
            earlier[case.case_id] = known[0]
        for name in names:
            first.setdefault(name, known[0] if known else case.case_id)
    return earlier


class Stood(StrEnum):
    """How a clause stood for a claim when the clause that decides was looked for."""

    fits = "fits"
    not_asked = "given on request, and nobody asked"
    elected_other = "the educator elected another clause"
    does_not_fit = "its condition does not fit"
    stack_without_it = "its stack does not need this one"


class Heard(NamedTuple):
    """What came of a claim before one clause, up to its limits: what stood in the way (`against`), the decision it waits for (`on`), or
    what it is worth; and the ruling by which it is so. One that moves to a later period is heard there anew."""

    claim: Claim
    grant: Grant
    ruling: Ruling | None
    late: date | None
    against: Bars = NOTHING_AGAINST
    on: Decision | None = None
    worth: Worth | None = None


class Hearing:
    """One agreement's versions before an educator's claims: the clauses in turn, over one set of limits. After `decided`, `heard` says
    what was heard of each case in each currency, in order, and `ledger` how the limits stood then."""

    def __init__(
        self, versions: Sequence[Rules], record: EducatorRecord, claims: Sequence[Claim], now: datetime
    ) -> None:
        self.versions = versions
        self._record = record
        self.claims = claims
        self._now = now
        self._given: dict[tuple[int, str], tuple[Decimal, str]] = {}
        self._not_yet: dict[tuple[int, str], Decision] = {}
        self._counted: set[tuple[int, str]] = set()
        self._sight = Sight(earlier_cases(claims), self._given, self._counted, self._not_yet)
        self._stacks: dict[tuple[str, str], Standing] = {}
        self.heard: dict[tuple[int, Currency], list[Heard]] = {}
        self.ledger = Ledger()
        self._decisions: list[Decision] = []

    def decided(self) -> list[Decision]:
        """The decisions of all clauses, round by round: a clause that rests on another one comes after it."""
        chosen = [(made, grant) for made in self.claims for grant in self.fitting(made)]
        for clauses in _rounds(self.claims):
            entries: list[Entry] = []
            for clause in clauses:
                mine = [(made, grant) for made, grant in chosen if grant.clause == clause]
                entries += self._qualified(mine)
            for end in fill(entries, self._renewed, self.ledger).values():
                self._note(ended(end, self._now))
        return self._decisions

    def _note(self, decision: Decision) -> None:
        self._decisions.append(decision)
        of = decision.case_id, decision.clause
        if decision.outcome is DecisionOutcome.granted and decision.quantity:
            self._given[of] = decision.quantity, decision.unit
        elif decision.outcome is DecisionOutcome.granted:
            self._counted.add(of)
            self._not_yet[of] = decision  # it waits for the one it counts with, under what goes by this clause
        elif decision.outcome is not DecisionOutcome.refused:
            self._not_yet[of] = decision

    def fitting(self, made: Claim) -> Iterable[Grant]:
        """For each currency the clause that decides: the first that fits, or may fit."""
        for currency in Currency:
            looked = [(grant, self.stood(made, grant)) for grant in made.rules.terms.grants_in(currency)]
            chosen = next((grant for grant, stood in looked if stood is Stood.fits), None)
            if chosen is None:  # none fits: the last one says why
                able = [g for g, stood in looked if stood not in (Stood.not_asked, Stood.elected_other)]
                chosen = able[-1] if able else None
            if chosen is not None:
                yield chosen

    def stood(self, made: Claim, grant: Grant) -> Stood:
        """Whether the clause fits the claim, or may fit; else why it does not."""
        if grant.on_request and not made.case.credit_requested:
            return Stood.not_asked
        if _elected(made, grant) not in (None, grant.clause):
            return Stood.elected_other
        if not all(u.open for u in unmet(grant.when, made)):
            return Stood.does_not_fit
        return Stood.fits if self._may_stack(made, grant) else Stood.stack_without_it

    def _may_stack(self, made: Claim, grant: Grant) -> bool:
        """Whether a clause for a stack is about this one: it is in the stack, or may still be."""
        if grant.stack is None:
            return True
        stack = made.rules.terms.stack(grant.stack)
        if stack is None or folded(made.case.title) not in {folded(t) for t in stack.titles}:
            return False
        key = made.rules.sha256, grant.clause
        if key not in self._stacks:
            titles = {folded(t) for t in stack.titles}
            same = [c for c in self.claims if c.rules is made.rules and folded(c.case.title) in titles]
            able = [c for c in same if not self._hear(*self._in_time(c, grant)).against.reasons]
            self._stacks[key] = standing(stack, able)
        stands = self._stacks[key]
        return stands.completed_by is None or made.case.case_id in stands.cases

    def _qualified(self, pairs: Sequence[tuple[Claim, Grant]]) -> list[Entry]:
        """The entries of one clause that go on to its limits; of the others the decision is noted."""
        entries: list[Entry] = []
        for made, grant in pairs:
            found = self._entry(*self._in_time(made, grant))
            if isinstance(found, Decision):
                self._note(found)
            else:
                entries.append(found)
        alone = [entry for entry in entries if entry.grant.stack is None]
        for name in dict.fromkeys(entry.grant.stack for entry in entries if entry.grant.stack is not None):
            alone += self._stacked([entry for entry in entries if entry.grant.stack == name])
        return alone

    def _in_time(self, made: Claim, grant: Grant) -> tuple[Claim, Grant, date | None]:
        """The claim; one that missed a deadline after which it counts in the next year, as of the first day of that."""
        last = is_late(made, grant)
        if last is None or grant.deadline is None or grant.deadline.late != "next_year" or not is_accepted(made):
            return made, grant, None
        first = made.year(grant.deadline.of).next.first
        moved = claim(self.versions, self._record, made.case, carried_to=first)
        again = self._clause(moved, grant) if moved else None
        return (moved, again, last) if moved and again else (made, grant, None)

    def _clause(self, made: Claim, grant: Grant) -> Grant | None:
        """The clause of that name in the claim's version, else its first one in that currency."""
        able = made.rules.terms.grants_in(grant.currency)
        return next((g for g in able if g.clause == grant.clause), able[0] if able else None)

    def _entry(self, made: Claim, grant: Grant, late: date | None = None) -> Entry | Decision:
        """The claim as it goes on to the limits, or the decision that it does not."""
        heard = self._hear(made, grant, late)
        self.heard.setdefault((made.case.case_id, grant.currency), []).append(heard)
        if heard.on is not None:
            return follows(made, grant, heard.on)
        if heard.against.reasons:
            return barred(made, grant, heard.against)
        remarks = (ruled(grant, heard.ruling),) if heard.ruling else ()
        as_ruled = heard.ruling is not None and heard.ruling.quantity is not None
        return Entry(made, grant, heard.worth, late=late, remarks=remarks, gathers=not as_ruled)

    def _hear(self, made: Claim, grant: Grant, late: date | None) -> Heard:
        ruling = made.ruling(grant.currency)
        if ruling is not None and ruling.kind is RulingKind.refused:
            return Heard(made, grant, ruling, late, Bars(refusals=(ruled(grant, ruling),)))
        in_the_way = self._against(made, grant) if ruling is None else periods_known(made, grant)
        if in_the_way.reasons:
            return Heard(made, grant, ruling, late, in_the_way)
        if ruling is not None and ruling.quantity is not None:
            reason = Reason(
                grant.clause, "ruled", f"What it gives was decided: {amount(ruling.quantity, ruling.unit)}."
            )
            return Heard(made, grant, ruling, late, worth=Worth(ruling.quantity, ruling.unit, (reason,)))
        if grant.value is None:
            return Heard(made, grant, ruling, late)
        on = self._not_yet.get((made.case.case_id, grant.value.as_granted_by or ""))
        if on is not None:
            return Heard(made, grant, ruling, late, on=on)
        found = worth(made, grant, self._given)
        if not isinstance(found, Worth):
            return Heard(made, grant, ruling, late, _as_bars(found))
        return Heard(made, grant, ruling, late, worth=found)

    def _against(self, made: Claim, grant: Grant) -> Bars:
        found = Bars()
        if is_accepted(made):
            found += against(grant.clause, unmet(grant.when, made))
            if grant.election is not None and _elected(made, grant) is None:
                found += Bars(holds=(_choose(made, grant),))
        return found + bars(made, grant, self._sight)

    def _stacked(self, entries: Sequence[Entry]) -> list[Entry]:
        """The one entry that stands for a complete stack; the others are noted as counted in it, or as waiting for it."""
        if not entries:
            return []
        newest = max(entries, key=lambda e: e.claim.rules.terms.in_force.from_)
        stack = newest.claim.rules.terms.stack(newest.grant.stack or "")
        if stack is None:
            raise ValueError(f"the clause {newest.grant.clause!r} names no stack")
        stands = standing(stack, [e.claim for e in entries])
        complete: list[Entry] = []
        for entry in entries:
            case = entry.claim.case.case_id
            if stands.completed_by == case:
                others = tuple(number for number in stands.cases if number != case)
                complete.append(replace(entry, members=others))
            elif stands.completed_by is not None and case in stands.cases:
                self._note(counted_in_stack(entry.claim, entry.grant, stands.completed_by))
            elif stands.completed_by is not None or folded(entry.claim.case.title) not in map(folded, stack.titles):
                self._note(outside_stack(entry.claim, entry.grant, stands.completed_by))
            else:
                self._note(waits_for_stack(entry.claim, entry.grant, len(stands.cases), stands.missing, stack.needed))
        return complete

    def _renewed(self, entry: Entry, first: date) -> Entry | tuple[Reason, ...]:
        """The entry as submitted on the first day of a later period, judged anew by the version in force then."""
        made = claim(self.versions, self._record, entry.claim.case, carried_to=first)
        grant = self._clause(made, entry.grant) if made else None
        if made is None or grant is None:
            return (_nowhere(entry, first),)
        found = self._entry(made, grant)
        return found.reasons if isinstance(found, Decision) else found


def _rounds(claims: Sequence[Claim]) -> list[list[str]]:
    """The names of all clauses, those first on which others rest."""
    rounds: list[list[str]] = []
    for terms in {id(c.rules): c.rules.terms for c in claims}.values():
        for number, grants in enumerate(terms.in_turn()):
            if number == len(rounds):
                rounds.append([])
            rounds[number] += [g.clause for g in grants if g.clause not in rounds[number]]
    seen: set[str] = set()
    for names in reversed(rounds):
        names[:] = [name for name in names if name not in seen]
        seen |= set(names)
    return rounds


def _as_bars(reasons: tuple[Reason, ...]) -> Bars:
    """Why a worth cannot be told: what somebody can still supply holds, what comes to nothing refuses."""
    final = tuple(r for r in reasons if r.owner is Owner.nobody)
    return Bars(refusals=final, holds=tuple(r for r in reasons if r not in final))


def _choose(made: Claim, grant: Grant) -> Reason:
    others = [g.clause for g in made.rules.terms.grants if g.election == grant.election]
    sentence = (
        f"The agreement leaves a choice between {' and '.join(f'“{name}”' for name in others)}, and none has been made."
    )
    change = "The educator says which one; the affiliate then records it."
    return Reason(grant.clause, "election_missing", sentence, Owner.educator, change=change)


def _nowhere(entry: Entry, first: date) -> Reason:
    sentence = (
        f"On {said(first)}, when it would leave the bank, no clause in force gives this educator "
        f"{CURRENCY_SAID[entry.grant.currency]}, and the agreement does not say what becomes of what is banked."
    )
    change = f"{entry.claim.rules.terms.recognizer} has to rule on it, or the agreement that follows this one says it."
    return Reason(entry.grant.clause, "nothing_to_bank_into", sentence, Owner.hr, change=change)
