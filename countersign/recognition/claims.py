"""Which agreement speaks of a case at all: the version in force, and whom it applies to."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from countersign.recognition.years import RecognizerYear, local_day, said, start_of
from models.agreement import AppliesTo, DateName, Rules
from models.records import Approval, CaseRecord, EducatorRecord

DATES_SAID = {DateName.earned: "earned", DateName.submitted: "submitted", DateName.preapproved: "pre-approved"}


def folded(text: str) -> str:
    """A title or name for exact comparison: Unicode forms (NFKC), letter case and spaces do not matter, all else does."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


@dataclass(frozen=True, slots=True)
class Claim:
    """One case before one version of an agreement, with its days in the recognizer's time zone.

    `carried` says that it comes from the bank: it counts as submitted on the first day of a later year.
    """

    case: CaseRecord
    rules: Rules
    earned: date
    submitted: date
    approval: Approval | None
    carried: bool = False

    def day(self, name: DateName) -> date:
        """The day of that name. A pre-approval that is missing is tested as of submission: its absence holds every
        decision of the agreement anyway, which the schema makes sure of."""
        if name is DateName.earned:
            return self.earned
        if name is DateName.preapproved and self.approval is not None:
            return self.approval.on
        return self.submitted

    def moment(self, name: DateName) -> datetime:
        """The moment of that name, for putting cases in order; of a pre-approval only the day is known."""
        if name is DateName.earned:
            return self.case.issued_on
        if name is DateName.preapproved and self.approval is not None:
            return start_of(self.approval.on, self.rules.terms.time_zone)
        return self.case.received_at

    def year(self, name: DateName) -> RecognizerYear:
        """The recognizer's year of the day of that name."""
        return RecognizerYear.of(self.day(name), self.rules.terms.year.starts)


def arrival(case: CaseRecord) -> tuple[datetime, datetime, str, int]:
    """The order of cases: by arrival, then by award; the rest only makes it the same order every time."""
    return case.received_at, case.issued_on, case.title, case.case_id


def claim(
    versions: Sequence[Rules], record: EducatorRecord, case: CaseRecord, carried_to: date | None = None
) -> Claim | None:
    """The case before the version of one agreement that is in force for it, None when none applies to this educator.

    `carried_to` puts another day in place of the day of submission: the first day of the year it is banked for.
    """
    for rules in versions:
        made = _made(rules, record, case, carried_to)
        if _in_force(made) and _concerns(made, record):
            return made
    return None


def why_not(versions: Sequence[Rules], record: EducatorRecord, case: CaseRecord) -> str:
    """Why no version of this agreement speaks of the case, in a sentence; empty when one does."""
    sentences: list[str] = []
    for rules in versions:
        made, terms = _made(rules, record, case, None), rules.terms
        if not _in_force(made):
            by = terms.in_force.by
            until = f" until {said(terms.in_force.until)}" if terms.in_force.until else " on"
            sentences.append(
                f"It is in force for what was {DATES_SAID[by]} from {said(terms.in_force.from_)}{until}; "
                f"this one was {DATES_SAID[by]} on {said(made.day(by))}."
            )
        elif not _concerns(made, record):
            sentences.append(_whom(terms.applies_to, made))
        else:
            return ""
    return " ".join(sentences)


def _made(rules: Rules, record: EducatorRecord, case: CaseRecord, carried_to: date | None) -> Claim:
    zone = rules.terms.time_zone
    recognizer, title = folded(rules.terms.recognizer), folded(case.title)
    approvals = [a for a in record.approvals if folded(a.recognizer) == recognizer and folded(a.title) == title]
    return Claim(
        case=case,
        rules=rules,
        earned=local_day(case.issued_on, zone),
        submitted=carried_to or local_day(case.received_at, zone),
        approval=min(approvals, key=lambda a: a.on, default=None),
        carried=carried_to is not None,
    )


def _in_force(made: Claim) -> bool:
    span = made.rules.terms.in_force
    return span.covers(made.day(span.by))


def _concerns(made: Claim, record: EducatorRecord) -> bool:
    whom = made.rules.terms.applies_to
    if whom.licence_state is not None and folded(record.licence_state) != folded(whom.licence_state):
        return False
    if whom.employer is None and whom.roles is None:
        return True
    day = made.day(whom.employed_on or DateName.submitted)
    return any(
        work.span.covers(day)
        and (whom.employer is None or folded(work.district) == folded(whom.employer))
        and (whom.roles is None or folded(work.role) in {folded(role) for role in whom.roles})
        for work in record.employments
    )


def _whom(whom: AppliesTo, made: Claim) -> str:
    parts: list[str] = []
    if whom.licence_state is not None:
        parts.append(f"who hold a license of {whom.licence_state}")
    if whom.employer is not None or whom.roles is not None:
        day = said(made.day(whom.employed_on or DateName.submitted))
        where = f" for {whom.employer}" if whom.employer else ""
        what = f" as {' or '.join(whom.roles)}" if whom.roles else ""
        parts.append(f"who work{where}{what} on {day}")
    return f"It applies to educators {' and '.join(parts)}; the roster does not say so of this educator."
