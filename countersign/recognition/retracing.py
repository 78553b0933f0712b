"""The traces of a case from the store: with the versions that decided it, where the files were changed since."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from countersign.recognition.facts import known
from countersign.recognition.files import meet, rules_of
from countersign.recognition.ledger import says_the_same
from countersign.recognition.tracing import Trace, traced
from countersign.tomlfile import FileProblems
from models.agreement import Agreement, Rules
from models.tables import AgreementVersion, Case, DecisionRecord
from models.words import Currency


def retraced(
    session: Session, case: Case, rules: Sequence[Rules], live: Sequence[DecisionRecord], now: datetime
) -> tuple[tuple[Trace, ...], tuple[str, ...]]:
    """The traces of the case as it stands at `now`, and a sentence for every live decision of it that they do not come to any more. None for
    a case that is not matched."""
    if case.educator_id is None:
        return (), ()
    facts = known(session, case.educator_id)
    if all(record.case_id != case.id for record in facts.cases):
        return (), ()
    decided = {(row.agreement, Currency(row.currency)): row.decided_at for row in live}
    applied = _applied(session, rules, live)
    traces = traced(applied, facts.record, facts.cases, now, case.id, decided)
    return traces, tuple(_moved_on(traces, live, case.educator_id))


def kept_rules(session: Session, sha256: str) -> Rules | None:
    """A version that is no longer on file, from the copy kept when it was first used. None when there is none, or it is of a form not read
    today."""
    kept = session.exec(select(AgreementVersion).where(col(AgreementVersion.sha256) == sha256)).first()
    if kept is None:
        return None
    try:
        return rules_of(kept.text.encode(), kept.file, kept.approved.encode() if kept.approved else None)
    except FileProblems:
        return None


def _applied(session: Session, rules: Sequence[Rules], live: Sequence[DecisionRecord]) -> list[Rules]:
    """The rules, with the versions that made these decisions in place of what their files say now."""
    applied = list(rules)
    for row in live:
        if any((r.terms.id, r.sha256) == (row.agreement, row.agreement_sha256) for r in applied):
            continue
        kept = kept_rules(session, row.agreement_sha256)
        if kept is not None:
            applied = [r for r in applied if not _in_its_place(kept.terms, r.terms)] + [kept]
    return applied


def _in_its_place(kept: Agreement, now: Agreement) -> bool:
    one, two = kept.in_force, now.in_force
    return kept.id == now.id and meet(one.from_, one.until, two.from_, two.until)


def _moved_on(traces: Sequence[Trace], live: Sequence[DecisionRecord], educator_id: int) -> Iterator[str]:
    found = {
        (trace.agreement, tried.currency): tried.decision
        for trace in traces
        for tried in trace.clauses
        if tried.decision is not None
    }
    for row in live:
        decision = found.get((row.agreement, Currency(row.currency)))
        if decision is None or not says_the_same(row, decision, educator_id):
            now = f"it comes to {decision.outcome.value} now" if decision else "the agreement says nothing of it now"
            yield (
                f"{row.recognizer}, {row.clause}: {row.outcome} on {row.decided_at:%Y-%m-%d}, and by the facts on record {now}. "
                "The next run decides it again."
            )
