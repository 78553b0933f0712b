"""What recognition says in a transcript: the decisions in force at the end of a day, and what the ledger comes to, which must agree."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from countersign.errors import CountersignError
from countersign.recognition.explanation import decision_of
from countersign.recognition.facts import known
from countersign.recognition.goals import progress, progress_sentences
from countersign.recognition.ledger import key_of
from countersign.recognition.statement import faults, statements
from countersign.recognition.years import start_of
from models.agreement import Rules
from models.tables import Case, DecisionRecord, Educator, Posting, ReviewItem
from models.transcript import Earned, Given, Sum, Transcript, Waiting
from models.words import NO_AGREEMENT, CaseState, Currency, DecisionOutcome

LONGEST = 220
"""Characters of why something waits; the mail that told of it said all."""

_CASE = re.compile(r"\bC-(\d+)\b")
_EDUCATOR = re.compile(r"\b(for|of|to|from|by|with|on|in|gives) (?:the|this) educator\b")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What stands on record of one educator at the end of the day: the newest decision of each case, agreement and currency, the ledger's
    lines, the cases, and for which of them something waits for want of an agreement (a sentence)."""

    educator: Educator
    live: Sequence[DecisionRecord]
    lines: Sequence[Posting]
    cases: Mapping[int, Case]
    unagreed: Sequence[tuple[int, str]] = ()


def transcript_of(
    session: Session, educator_id: int, rules: Sequence[Rules], as_of: date, time_zone: str
) -> Transcript:
    """The educator's transcript as of the end of `as_of` in the affiliate's `time_zone`, without papers' numbers, which are issuance's to
    say. Reads only. Raises LookupError when there is no such educator, CountersignError when the ledger does not balance."""
    educator = session.get(Educator, educator_id)
    if educator is None:
        raise LookupError(f"There is no educator {educator_id}.")
    ends = start_of(as_of + timedelta(days=1), time_zone)
    recorded = _recorded(session, educator, ends)
    wrong = next(iter(faults(recorded.lines, [d for d in recorded.live if d.outcome in ("granted", "banked")])), "")
    if wrong:
        raise CountersignError(
            f"The ledger of member {educator.member_number} does not balance: {wrong}",
            "`countersign reconcile` and `countersign ledger` show it; no transcript is made before it is put right.",
        )
    goals: tuple[str, ...] = ()
    if any(r.terms.goals for r in rules):
        granted = [decision_of(d) for d in recorded.live if d.outcome == DecisionOutcome.granted]
        moment = ends - timedelta(microseconds=1)
        goals = progress_sentences(progress(rules, known(session, educator_id).record, granted, moment))
    zones = {r.terms.id: ZoneInfo(r.terms.time_zone) for r in rules}
    return compiled(recorded, as_of, ZoneInfo(time_zone), zones, goals)


def _recorded(session: Session, educator: Educator, ends: datetime) -> Recorded:
    decided = select(DecisionRecord.case_id).where(col(DecisionRecord.educator_id) == educator.id).distinct()
    mine = select(Case).where((col(Case.educator_id) == educator.id) | col(Case.id).in_(decided))
    cases = {case.id: case for case in session.exec(mine.order_by(col(Case.id)))}
    decisions = select(DecisionRecord).where(
        col(DecisionRecord.case_id).in_(decided), col(DecisionRecord.decided_at) < ends
    )
    newest = {key_of(row): row for row in session.exec(decisions.order_by(col(DecisionRecord.revision)))}
    lines = select(Posting).where(col(Posting.educator_id) == educator.id, col(Posting.posted_at) < ends)
    subjects = {f"case:{case.id}": case.id for case in cases.values() if case.educator_id == educator.id}
    items = select(ReviewItem).where(
        col(ReviewItem.code) == NO_AGREEMENT,
        col(ReviewItem.opened_at) < ends,
        col(ReviewItem.closed_at).is_(None) | (col(ReviewItem.closed_at) >= ends),
    )
    held = session.exec(items.where(col(ReviewItem.subject).in_(list(subjects))).order_by(col(ReviewItem.id))).all()
    return Recorded(
        educator,
        [row for _, row in sorted(newest.items()) if row.educator_id == educator.id],
        list(session.exec(lines.order_by(col(Posting.id)))),
        cases,
        [(subjects[item.subject], item.sentence) for item in held],
    )


def compiled(
    recorded: Recorded,
    as_of: date,
    zone: ZoneInfo,
    zones: Mapping[str, ZoneInfo] | None = None,
    goals: tuple[str, ...] = (),
) -> Transcript:
    """The transcript of what is on record: by recognizer and currency, each in the order in which it was earned; its days are those
    of the agreement's zone (`zones`, by its id), as on certificates, else of `zone`. Pure."""
    known_zones = zones or {}

    def earned(row: DecisionRecord) -> Earned:
        return _earned(recorded.cases[row.case_id], known_zones.get(row.agreement, zone))

    by_outcome: defaultdict[str, list[DecisionRecord]] = defaultdict(list)
    for row in recorded.live:
        by_outcome[row.outcome].append(row)

    def said(sentence: str) -> str:
        return _said(sentence, lambda number: recorded.cases[number].title if number in recorded.cases else "")

    granted = [_given(row, earned(row), said) for row in by_outcome["granted"]]
    banked = [_given(row, earned(row), said) for row in by_outcome["banked"]]
    waiting = [Waiting(earned(row), row.recognizer, row.clause, said(_reason(row))) for row in by_outcome["held"]]
    waiting += [
        Waiting(_earned(recorded.cases[number], zone), "", "", said(sentence)) for number, sentence in recorded.unagreed
    ]
    spoken = {one.earned.case_id for one in (*granted, *banked, *waiting)}
    refused = {row.case_id for row in by_outcome["refused"]} - spoken
    return Transcript(
        educator_id=recorded.educator.id,
        name=recorded.educator.name,
        member_number=recorded.educator.member_number,
        as_of=as_of,
        granted=tuple(sorted(granted, key=_order)),
        banked=tuple(sorted(banked, key=_order)),
        waiting=tuple(sorted(waiting, key=lambda one: (_when(one.earned), one.recognizer, one.clause, one.why))),
        sums=_sums(recorded.lines),
        goals=goals,
        refused=len([n for n in refused if recorded.cases[n].state == CaseState.matched]),
    )


def _earned(case: Case, zone: ZoneInfo) -> Earned:
    earned_on = case.issued_on.astimezone(zone).date() if case.issued_on else None
    return Earned(case.id, case.title, case.issuer_name, earned_on, case.received_at.astimezone(zone).date())


def _given(row: DecisionRecord, earned: Earned, said: Callable[[str], str]) -> Given:
    return Given(
        earned=earned,
        recognizer=row.recognizer,
        agreement=row.agreement,
        currency=Currency(row.currency),
        clause=row.clause,
        quantity=row.quantity,
        unit=row.unit,
        period=row.period,
        released_on=row.submit_from if row.outcome == DecisionOutcome.banked else None,
        note=said(_reason(row)) if row.outcome == DecisionOutcome.banked or not row.quantity else "",
    )


def _reason(row: DecisionRecord) -> str:
    return str(row.reasons[0]["sentence"]) if row.reasons else ""


def _sums(lines: Sequence[Posting]) -> tuple[Sum, ...]:
    """What `countersign ledger` shows, period by period; what came to nothing is left out."""
    order = list(Currency)
    made = [
        Sum(
            s.account.recognizer,
            Currency(s.account.currency),
            s.account.side == "banked",
            s.period,
            s.moved,
            s.closing,
            s.account.unit,
        )
        for s in statements(lines)
        if s.moved
    ]
    return tuple(sorted(made, key=lambda s: (s.recognizer, order.index(s.currency), s.banked)))


def _order(one: Given) -> tuple[object, ...]:
    return one.recognizer, list(Currency).index(one.currency), _when(one.earned), one.agreement


def _when(earned: Earned) -> tuple[date, int]:
    return earned.earned_on or earned.submitted_on, earned.case_id


def _said(sentence: str, title_of: Callable[[int], str]) -> str:
    """A sentence of the engine's for the educator's own paper: cases by their titles, and short."""

    def titled(found: re.Match[str]) -> str:
        title = title_of(int(found[1]))
        return f"“{title}”" if title else found[0]

    text = _CASE.sub(titled, _EDUCATOR.sub(r"\1 the educator", sentence))
    if len(text) <= LONGEST:
        return text
    ends = [m.end() for m in re.finditer(r"[.!?](?=\s)", text[: LONGEST + 1])]
    return text[: ends[-1]] if ends and ends[-1] > LONGEST // 3 else f"{text[: LONGEST - 1].rstrip()}…"
