"""The decision: agreements, an educator's record and their cases in, decisions out. Nothing is read and nothing written.

1. Per agreement, each case comes before the version in force for it, if that version applies to the educator.
2. Per clause, what stands in the way refuses or holds; a case that came before in another one does not count twice.
3. What is left fills the cap in its stated order; what is over is lost or moves to the next year.
4. What has its place is granted: the value, the month of pay, the fee. A missing rate holds and keeps the place.

The present moment decides one thing only: whether the year a banked case waits for has begun.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby

from countersign.recognition.caps import Entry, fill
from countersign.recognition.claims import Claim, arrival, claim, folded, why_not
from countersign.recognition.conditions import CURRENCY_SAID, bars, is_accepted, not_accepted_said
from countersign.recognition.outcomes import barred, ended
from countersign.recognition.years import said
from models.agreement import Rules
from models.records import CaseRecord, Decision, EducatorRecord, Reason
from models.words import Currency, Owner


def decide(
    rules: Sequence[Rules], record: EducatorRecord, cases: Sequence[CaseRecord], now: datetime
) -> tuple[Decision, ...]:
    """What every agreement says of every case of this educator, by case, agreement and currency.

    `cases` are all of the educator's proven and matched cases, in any order: the order changes nothing. A clause given
    on request says nothing of a case for which nobody asked, and an agreement that does not apply says nothing at all
    (`silences` says why). Raises ValueError for moments without a time zone.
    """
    ordered = sorted(cases, key=arrival)
    decisions: list[Decision] = []
    for versions in by_agreement(rules):
        claims = [made for case in ordered if (made := claim(versions, record, case))]
        earlier = _earlier(claims)
        for currency in Currency:
            entries = [
                Entry(made, grant)
                for made in claims
                if (grant := made.rules.terms.grant_in(currency))
                and (made.case.credit_requested or not grant.on_request)
            ]
            decisions += _decide_clause(versions, record, entries, earlier, now)
    order = list(Currency)
    return tuple(sorted(decisions, key=lambda d: (d.case_id, d.agreement, order.index(d.currency))))


def silences(rules: Sequence[Rules], record: EducatorRecord, case: CaseRecord) -> tuple[str, ...]:
    """For each agreement or clause that says nothing of the case: why, in a sentence for staff."""
    sentences: list[str] = []
    for versions in by_agreement(rules):
        made = claim(versions, record, case)
        terms = versions[0].terms
        if made is None:
            sentences.append(f"{terms.recognizer} ({terms.id}): {why_not(versions, record, case)}")
            continue
        sentences += [
            f"{terms.recognizer} ({terms.id}), {grant.clause}: "
            + (
                f"gives {CURRENCY_SAID[grant.currency]} on request; nobody asked."
                if is_accepted(made)
                else not_accepted_said(made)
            )
            for grant in made.rules.terms.grants
            if grant.on_request and not case.credit_requested
        ]
    return tuple(sentences)


def by_agreement(rules: Sequence[Rules]) -> list[tuple[Rules, ...]]:
    """The versions of each agreement, oldest first, agreements by their ids."""
    ordered = sorted(rules, key=lambda r: (r.terms.id, r.terms.in_force.from_))
    return [tuple(versions) for _, versions in groupby(ordered, key=lambda r: r.terms.id)]


def _earlier(claims: Sequence[Claim]) -> Mapping[int, int]:
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


def _decide_clause(
    versions: Sequence[Rules],
    record: EducatorRecord,
    entries: Sequence[Entry],
    earlier: Mapping[int, int],
    now: datetime,
) -> list[Decision]:
    decisions: list[Decision] = []
    ready: list[Entry] = []
    for entry in entries:
        against = bars(entry.claim, entry.grant, earlier)
        if against.reasons:
            decisions.append(barred(entry, against))
        else:
            ready.append(entry)

    def renew(entry: Entry, first: date) -> Entry | tuple[Reason, ...]:
        """The entry as submitted on the first day of the next year, judged anew by the version in force then."""
        made = claim(versions, record, entry.claim.case, carried_to=first)
        grant = made.rules.terms.grant_in(entry.grant.currency) if made else None
        if made is None or grant is None:
            return (_nowhere(entry, first),)
        return bars(made, grant, earlier).reasons or Entry(made, grant)

    return [*decisions, *(ended(end, now) for end in fill(ready, renew).values())]


def _nowhere(entry: Entry, first: date) -> Reason:
    sentence = (
        f"On {said(first)}, when it would leave the bank, no clause in force gives this educator "
        f"{CURRENCY_SAID[entry.grant.currency]}, and the agreement does not say what becomes of what is banked."
    )
    change = f"{entry.claim.rules.terms.recognizer} has to rule on it, or the agreement that follows this one says it."
    return Reason(entry.grant.clause, "nothing_to_bank_into", sentence, Owner.hr, change=change)
