"""Recognition on the store: whose cases are due, and deciding them, one transaction for each educator."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from countersign import review
from countersign.errors import CountersignError, Outage
from countersign.recognition.core import decide
from countersign.recognition.facts import Known, fingerprints, known
from countersign.recognition.ledger import Key, live_decisions, open_postings, says_the_same, withdrawn, write
from countersign.recognition.unagreed import NEXT_STEP, Unagreed, held_sentence, unagreed
from countersign.recognition.years import local_day, said, start_of
from countersign.store import Store
from models.agreement import Rules
from models.records import Decision
from models.tables import AgreementVersion, Case, Consideration, DecisionRecord, Posting, ReviewItem, VerdictRecord
from models.words import NO_AGREEMENT, CaseState, DecisionOutcome, Doubt, Owner

ATTEMPTS = 5
"""How often an educator is decided anew when another worker wrote at the same moment."""

NO_FACTS = ""
"""The fingerprint of an educator who has no case any more."""


def due_educators(store: Store, rules: Sequence[Rules], now: datetime) -> list[int]:
    """The educators whose cases have to be decided (again): those with a case nobody decided yet, with a fact or an
    agreement that changed since, or with something banked or held whose day has come. Reads the educators who have
    cases, never the whole roster, and decides nothing."""
    due: list[int] = []
    with store.reading() as session:
        columns = select(Consideration.educator_id, Consideration.fingerprint, Consideration.look_again_at)
        considered = {educator: (fingerprint, again) for educator, fingerprint, again in session.exec(columns).all()}
        for educator, fingerprint in fingerprints(session, rules):
            last, again = considered.pop(educator, (None, None))
            if last != fingerprint or (again is not None and again <= now):
                due.append(educator)
        due += [educator for educator, (last, _) in considered.items() if last != NO_FACTS]
    return sorted(due)


def recognise(
    store: Store, rules: Sequence[Rules], educator_ids: Iterable[int], now: datetime
) -> list["LedgerRefused"]:
    """Decide all cases of these educators and write what changed: decisions, postings, review items, audit.

    One transaction for each educator; a repetition writes nothing. Raises Outage when other workers kept writing the same
    educator's decisions; nothing of that educator is written then, and the next run does it. Returns, one for each educator of whom
    nothing was written, which line of the ledger the database does not take: that is a fault, and does not pass by itself.
    """
    refused: list[LedgerRefused] = []
    for educator_id in educator_ids:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with store.transaction() as session:
                    _recognise(session, rules, educator_id, now, store.zone)
                break
            except (
                LedgerRefused
            ) as error:  # another worker may have opened the same line first; then it does not come again
                if attempt == ATTEMPTS:
                    refused.append(error)
            except IntegrityError as error:  # another worker wrote the same revision or audit entry first
                if attempt == ATTEMPTS:
                    raise Outage(
                        f"The decisions on educator {educator_id} could not be written: {error.orig}.",
                        "Repeat the run.",
                    ) from error
    return refused


class LedgerRefused(CountersignError):
    """The database refuses a line of the ledger that a decision on a case would write."""


def _write(
    session: Session,
    decision: Decision,
    educator_id: int,
    live: DecisionRecord | None,
    posting: Posting | None,
    now: datetime,
) -> None:
    """Raises LedgerRefused when a rule of the books stands against it."""
    try:
        write(session, decision, educator_id, live, posting, now)
    except IntegrityError as error:
        by_a_rule = (
            getattr(error.orig, "sqlite_errorname", "") == "SQLITE_CONSTRAINT_TRIGGER"
            or getattr(error.orig, "sqlstate", "") == "23514"
        )
        if not by_a_rule:
            raise
        rule = str(error.orig).partition("\n")[0]
        raise LedgerRefused(
            f"The ledger does not take what {decision.agreement} decides of C-{decision.case_id} ({decision.currency}): {rule}.",
            f"Nothing of that educator was written. See: countersign ledger C-{decision.case_id}, and countersign reconcile; send the "
            "developers this sentence.",
        ) from error


def _recognise(session: Session, rules: Sequence[Rules], educator_id: int, now: datetime, zone: str) -> None:
    fingerprint = next((digest for _, digest in fingerprints(session, rules, educator_id)), NO_FACTS)
    facts = known(session, educator_id)
    decisions = decide(rules, facts.record, facts.cases, now)
    mine = {case.case_id for case in facts.cases}
    touched = mine | _decided_for(session, educator_id)
    live, postings = live_decisions(session, touched), open_postings(session, touched)
    current = {(d.case_id, d.agreement, d.currency.value): d for d in decisions if d.case_id not in facts.frozen}
    current |= _withdrawals(session, rules, educator_id, current, live, mine, facts.frozen)
    for key, decision in sorted(current.items()):
        if key not in live or not says_the_same(live[key], decision, educator_id):
            _keep_version(session, rules, decision, now)
            _write(session, decision, educator_id, live.get(key), postings.get(key), now)
    unspoken = _unspoken(rules, facts, live.keys(), now, zone)
    _queue(session, current.values(), unspoken, facts.every - facts.frozen, now)
    last = {one.ends for found in unspoken.values() for one in found if one.ends is not None}
    over = [start_of(day + timedelta(days=1), zone) for day in last if day < date.max]
    _remember(session, rules, educator_id, fingerprint, current.values(), over, now)


def _unspoken(
    rules: Sequence[Rules], facts: Known, live: Iterable[Key], now: datetime, zone: str
) -> dict[int, tuple[Unagreed, ...]]:
    """The employers without an agreement, by the case for which they have none. Of a case that was decided under an agreement whose file is
    gone nothing is said: it may be the employer's, and its decisions stand."""
    known_ids = {r.terms.id for r in rules}
    apart = facts.frozen | {case_id for case_id, agreement, _ in live if agreement not in known_ids}
    found = ((c.case_id, unagreed(rules, facts.record, c, now, zone)) for c in facts.cases if c.case_id not in apart)
    return {case_id: employers for case_id, employers in found if employers}


def _keep_version(session: Session, rules: Sequence[Rules], decision: Decision, now: datetime) -> None:
    """Keep the text of the agreement that decides, when it does so for the first time."""
    used = next((r for r in rules if (r.terms.id, r.sha256) == (decision.agreement, decision.agreement_sha256)), None)
    known = select(AgreementVersion.id).where(col(AgreementVersion.sha256) == decision.agreement_sha256)
    if used is None or not used.text or session.exec(known).first() is not None:
        return
    version = AgreementVersion(
        agreement=used.terms.id,
        sha256=used.sha256,
        file=used.file,
        text=used.text,
        approved=used.approved_text,
        first_used_at=now,
    )
    session.add(version)
    session.flush()


def _decided_for(session: Session, educator_id: int) -> set[int]:
    query = select(DecisionRecord.case_id).where(col(DecisionRecord.educator_id) == educator_id)
    return set(session.exec(query.distinct()).all())


def _withdrawals(
    session: Session,
    rules: Sequence[Rules],
    educator_id: int,
    current: dict[Key, Decision],
    live: dict[Key, DecisionRecord],
    mine: set[int],
    frozen: frozenset[int],
) -> dict[Key, Decision]:
    """What takes the place of live decisions that nothing stands behind any more.

    An agreement whose file is gone altogether leaves its decisions as they are: a lost file must not undo grants.
    """
    zones = {r.terms.id: r.terms.time_zone for r in rules}
    found: dict[Key, Decision] = {}
    for key, row in live.items():
        case_id, agreement, _ = key
        if key in current or case_id in frozen:
            continue
        if case_id in mine:
            if agreement in zones:
                sentence = (
                    "The agreement no longer says anything of this micro-credential: the facts on record were changed."
                )
                found[key] = withdrawn(row, "no_longer_applies", sentence)
            continue
        if row.educator_id != educator_id:
            continue
        case = session.get(Case, case_id)
        if (
            case is not None
            and case.educator_id == educator_id
            and case.state not in {CaseState.rejected, CaseState.joined}
        ):
            continue
        if case is not None and case.educator_id == educator_id:
            sentence = _why_ended(session, case, zones.get(agreement, "UTC"))
        else:
            sentence = "The credential was found to be another educator's, or nobody's, after this was decided."
        found[key] = withdrawn(row, "credential_withdrawn", sentence)
    return found


def _why_ended(session: Session, case: Case, zone: str) -> str:
    """Why what was granted for a case that is over is taken back: what its issuer or its verification said, and which person
    withdrew it when, as a day in `zone`."""
    doubt = session.exec(
        select(ReviewItem)
        .where(
            col(ReviewItem.subject) == f"case:{case.id}",
            col(ReviewItem.code).in_([doubt.value for doubt in Doubt]),
            col(ReviewItem.closed_at).is_not(None),
            col(ReviewItem.closed_by).not_in(review.HOUSE),
        )
        .order_by(col(ReviewItem.id).desc())
        .limit(1)
    ).first()
    if case.state != CaseState.rejected or doubt is None or doubt.closed_at is None:
        return f"The credential was {case.state} after this was decided."
    query = select(VerdictRecord).where(col(VerdictRecord.case_id) == case.id).order_by(col(VerdictRecord.id).desc())
    verdict = session.exec(query.limit(1)).first()
    checks = verdict.checks if verdict is not None else []
    found = next((c["detail"] for wanted in ("failed", "indeterminate") for c in checks if c["outcome"] == wanted), "")
    return f"{found} Taken back by {doubt.closed_by} for the affiliate on {said(local_day(doubt.closed_at, zone))}.".strip()


def _queue(
    session: Session,
    decisions: Iterable[Decision],
    unspoken: Mapping[int, Sequence[Unagreed]],
    mine: Iterable[int],
    now: datetime,
) -> None:
    """Open an item in the review queue for everything held, and close the items of what no longer is. `mine` are the educator's
    cases, `unspoken` those for which an employer has no agreement."""
    wanted: dict[str, set[str]] = {}
    for decision in decisions:
        subject = f"case:{decision.case_id}"
        codes = wanted.setdefault(subject, set())
        if decision.outcome is DecisionOutcome.held:
            reason = decision.reasons[0]
            code = f"{decision.agreement}:{reason.code}"
            if code not in codes:
                codes.add(code)
                review.hold(
                    session,
                    subject=subject,
                    code=code,
                    sentence=f"{decision.recognizer}, {decision.clause}: {reason.sentence}",
                    next_step=reason.change,
                    owner=reason.owner,
                    now=now,
                )
    subjects = {f"case:{case_id}" for case_id in mine}
    query = select(ReviewItem.subject, ReviewItem.code, ReviewItem.sentence).where(col(ReviewItem.closed_at).is_(None))
    known: dict[str, str] = {}
    for subject, code, sentence in session.exec(query.where(col(ReviewItem.subject).in_(sorted({*wanted, *subjects})))):
        if code == NO_AGREEMENT and subject in subjects:
            known[subject] = sentence
        elif ":" in code and subject in wanted and code not in wanted[subject]:
            review.release(session, subject=subject, code=code, now=now, by="nightly", resolution="no longer held")
    _queue_unspoken(
        session, {f"case:{case_id}": held_sentence(found) for case_id, found in unspoken.items()}, known, now
    )


def _queue_unspoken(session: Session, wanted: Mapping[str, str], known: Mapping[str, str], now: datetime) -> None:
    """Items for employers without an agreement: `wanted` and those that are open, as the sentence by subject. What a person
    dismissed is not opened again as long as it says the same."""
    for subject in sorted(known.keys() - wanted.keys()):
        said_ = "There is an agreement now, or the employment is over."
        review.release(session, subject=subject, code=NO_AGREEMENT, now=now, by="nightly", resolution=said_)
    for subject, sentence in sorted(wanted.items() - known.items()):
        review.hold(
            session,
            subject=subject,
            code=NO_AGREEMENT,
            sentence=sentence,
            next_step=NEXT_STEP,
            owner=Owner.staff,
            now=now,
            unless_settled=True,
        )


def _remember(
    session: Session,
    rules: Sequence[Rules],
    educator_id: int,
    fingerprint: str,
    decisions: Iterable[Decision],
    employments_over: Iterable[datetime],
    now: datetime,
) -> None:
    """What was looked at, and when the same facts may come to something else: on the day of a decision, or when an employment
    without an agreement is over."""
    zones = {r.terms.id: r.terms.time_zone for r in rules}
    moments = [
        start_of(reason.look_again_on, zones[decision.agreement])
        for decision in decisions
        for reason in decision.reasons
        if reason.look_again_on is not None
    ]
    moments += employments_over
    again = min((moment for moment in moments if moment > now), default=None)
    row = session.get(Consideration, educator_id)
    if row is None:
        row = Consideration(educator_id=educator_id, fingerprint=fingerprint, considered_at=now)
    elif (row.fingerprint, row.look_again_at) == (fingerprint, again):
        return
    row.fingerprint, row.look_again_at, row.considered_at = fingerprint, again, now
    session.add(row)
