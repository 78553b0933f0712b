"""Which agreement speaks of a case at all: the version in force, and whom it applies to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from countersign.recognition.years import RecognizerYear, local_day, said, start_of
from models.agreement import AppliesTo, DateName, Rules
from models.records import Approval, CaseRecord, EducatorRecord, Ruling, Work
from models.text import folded
from models.words import Currency

__all__ = ["DATES_SAID", "Claim", "arrival", "claim", "folded", "in_force_day", "is_in_force", "is_member", "why_not"]

DATES_SAID = {
    DateName.earned: "earned",
    DateName.submitted: "submitted",
    DateName.preapproved: "pre-approved",
    DateName.transcript: "shown by a transcript",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """One case before one version of an agreement, with its days in the recognizer's time zone.

    `work` is the employment by which the agreement applies, None where it goes by the licence alone. `carried` says that it comes
    from the bank: it counts as submitted on the first day of a later period. `before` is the version that was in force when it was
    earned, where the agreement keeps the higher of the two.
    """

    case: CaseRecord
    rules: Rules
    record: EducatorRecord
    earned: date
    submitted: date
    approval: Approval | None
    carried: bool = False
    work: Work | None = None
    before: Rules | None = None

    def known_day(self, name: DateName) -> date | None:
        """The day of that name; None where nothing on record says it."""
        match name:
            case DateName.earned:
                return self.earned
            case DateName.submitted:
                return self.submitted
            case DateName.preapproved:
                return self.approval.on if self.approval else None
            case DateName.transcript:
                return self.case.transcript.received if self.case.transcript else None

    def day(self, name: DateName) -> date:
        """The day of that name. One that is missing is tested as of submission: its absence holds the decision anyway."""
        return self.known_day(name) or self.submitted

    def moment(self, name: DateName) -> datetime:
        """The moment of that name, for putting cases in order; of an approval or a transcript only the day is known."""
        if name is DateName.earned:
            return self.case.issued_on
        day = self.known_day(name)
        if name is DateName.submitted or day is None:
            return self.case.received_at
        return start_of(day, self.rules.terms.time_zone)

    def year(self, name: DateName) -> RecognizerYear:
        """The recognizer's year of the day of that name."""
        return RecognizerYear.of(self.day(name), self.rules.terms.year.starts)

    def ruling(self, currency: Currency) -> Ruling | None:
        """The latest ruling on it in this currency, by somebody whom the agreement lets rule."""
        terms = self.rules.terms
        able = {folded(role) for role in (terms.exceptions.ruling_by or () if terms.exceptions else ())}
        found = [
            r
            for r in self.record.rulings
            if r.case_id == self.case.case_id
            and r.agreement == terms.id
            and r.currency in (None, currency)
            and folded(r.role) in able
        ]
        return max(found, key=lambda r: r.on, default=None)


def arrival(case: CaseRecord) -> tuple[datetime, datetime, str, int]:
    """The order of cases: by arrival, then by award; the rest only makes it the same order every time."""
    return case.received_at, case.issued_on, case.title, case.case_id


def claim(
    versions: Sequence[Rules], record: EducatorRecord, case: CaseRecord, carried_to: date | None = None
) -> Claim | None:
    """The case before the version of one agreement that is in force for it, None when none applies to this educator.

    `carried_to` puts another day in place of the day of submission: the first day of the period it is banked for.
    """
    for rules in versions:
        made = _made(versions, rules, record, case, carried_to)
        if _in_force(made) and _concerns(made):
            return made
    return None


def is_in_force(versions: Sequence[Rules], rules: Rules, record: EducatorRecord, case: CaseRecord) -> bool:
    """Whether this version of the agreement is in force for the case, whomever it applies to."""
    return _in_force(_made(versions, rules, record, case, None))


def in_force_day(versions: Sequence[Rules], rules: Rules, record: EducatorRecord, case: CaseRecord) -> date:
    """The day of the case by which this version of the agreement is in force for it or not."""
    return _made(versions, rules, record, case, None).day(rules.terms.in_force.by)


def why_not(versions: Sequence[Rules], record: EducatorRecord, case: CaseRecord) -> str:
    """Why no version of this agreement speaks of the case, in a sentence; empty when one does."""
    sentences: list[str] = []
    for rules in versions:
        made, terms = _made(versions, rules, record, case, None), rules.terms
        if not _in_force(made):
            by = terms.in_force.by
            until = f" until {said(terms.in_force.until)}" if terms.in_force.until else " on"
            sentences.append(
                f"It is in force for what was {DATES_SAID[by]} from {said(terms.in_force.from_)}{until}; "
                f"this one was {DATES_SAID[by]} on {said(made.day(by))}."
            )
        elif not _concerns(made):
            sentences.append(_whom(terms.applies_to, made))
        else:
            return ""
    return " ".join(sentences)


def _made(
    versions: Sequence[Rules], rules: Rules, record: EducatorRecord, case: CaseRecord, carried_to: date | None
) -> Claim:
    zone = rules.terms.time_zone
    recognizer, title = folded(rules.terms.recognizer), folded(case.title)
    approvals = [a for a in record.approvals if folded(a.title) == title and folded(a.recognizer) == recognizer]
    earned = local_day(case.issued_on, zone)
    made = Claim(
        case=case,
        rules=rules,
        record=record,
        earned=earned,
        submitted=carried_to or local_day(case.received_at, zone),
        approval=min(approvals, key=lambda a: a.on, default=None),
        carried=carried_to is not None,
    )
    before = next((r for r in versions if r.terms.in_force.covers(earned) and r is not rules), None)
    return Claim(
        case=case,
        rules=rules,
        record=record,
        earned=made.earned,
        submitted=made.submitted,
        approval=made.approval,
        carried=made.carried,
        work=_work(made),
        before=before if rules.terms.in_force.keep_higher else None,
    )


def _in_force(made: Claim) -> bool:
    span = made.rules.terms.in_force
    return span.covers(made.day(span.by))


def _concerns(made: Claim) -> bool:
    whom = made.rules.terms.applies_to
    if whom.licence_state is not None and folded(made.record.licence_state) != folded(whom.licence_state):
        return False
    if whom.members is not None and whom.members != is_member(made):
        return False
    return made.work is not None or (whom.employer is None and whom.roles is None)


def is_member(made: Claim) -> bool:
    """Whether the educator is a member of the affiliate on the day of submission."""
    return any(span.covers(made.submitted) for span in made.record.memberships)


def _work(made: Claim) -> Work | None:
    """The employment the agreement goes by: one that covers every date it names."""
    whom = made.rules.terms.applies_to
    days = [made.day(name) for name in whom.employed_on or (DateName.submitted,)]
    for work in made.record.employments:
        if all(work.span.covers(day) for day in days) and (
            (whom.employer is None or folded(work.district) == folded(whom.employer))
            and _among(work.role, whom.roles)
            and _among(work.band, whom.bands)
            and _among(work.bargaining_unit, whom.bargaining_units)
        ):
            return work
    return None


def _among(value: str, wanted: Sequence[str] | None) -> bool:
    return wanted is None or folded(value) in {folded(one) for one in wanted}


def _whom(whom: AppliesTo, made: Claim) -> str:
    parts: list[str] = []
    if whom.licence_state is not None:
        parts.append(f"who hold a license of {whom.licence_state}")
    if whom.employer is not None or whom.roles is not None:
        days = " and on ".join(dict.fromkeys(said(made.day(n)) for n in whom.employed_on or (DateName.submitted,)))
        where = f" for {whom.employer}" if whom.employer else ""
        roles = f" as {' or '.join(whom.roles)}" if whom.roles else ""
        bands = f" in band {' or '.join(whom.bands)}" if whom.bands else ""
        units = f" in the bargaining unit {' or '.join(whom.bargaining_units)}" if whom.bargaining_units else ""
        parts.append(f"who work{where}{roles}{bands}{units} on {days}")
    if whom.members is not None:
        parts.append("who are members of the affiliate" if whom.members else "who are not members of the affiliate")
    return f"It applies to educators {' and '.join(parts)}; the roster does not say so of this educator."
