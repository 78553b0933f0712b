"""What one educator is told of one micro-credential: what became of it first, then what it counts for and what not. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from countersign.delivery import saying, wording
from countersign.delivery.asking import whom_to_ask
from countersign.delivery.before import NOTHING, Before
from countersign.render import day, month
from countersign.review import HOUSE
from models.agreement import Grant, Rules
from models.tables import Case, Certificate, CreditRequest, DecisionRecord, VerdictRecord
from models.words import CaseState, DecisionOutcome, Owner

WRONG = "If you think that is wrong, answer this mail and say why."


@dataclass(frozen=True, slots=True)
class Item:
    """One micro-credential in a results mail; all its texts are ready to print. `outcome` is a word or two for the
    subject line, `dates` are days with what they mean, `ask` says whom to ask about what. `changed` says that an earlier mail does not hold any more, and what of it
    falls; `same` that all of it does, `brief` that nothing else has to be said then. `subject` is the mail's when all the news is a new
    certificate in another's place."""

    title: str
    issuer: str
    outcome: str
    headline: str
    counts: list[str] = field(default_factory=list[str])
    waits: list[str] = field(default_factory=list[str])
    not_counts: list[str] = field(default_factory=list[str])
    steps: list[str] = field(default_factory=list[str])
    dates: list[tuple[date, str]] = field(default_factory=list[tuple[date, str]])
    ask: list[str] = field(default_factory=list[str])
    changed: str = ""
    same: bool = False
    brief: bool = False
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A case with everything that is said of it: its live decisions for this educator with their clauses, the papers
    that are drawn, those that staff still have to clear (`paper_held`), those that are withdrawn, the titles of the educator's other cases,
    what was told before, and whether it came more than once. `replaced` are the certificates in whose place a drawn one came,
    `revoked` those that a person revoked and nothing came after, `revoked_now` whether that is news."""

    case: Case
    decisions: Sequence[tuple[DecisionRecord, Rules | None, Grant | None]] = ()
    verdict: VerdictRecord | None = None
    certificates: Sequence[Certificate] = ()
    certified: frozenset[str] = frozenset()
    credits: Sequence[CreditRequest] = ()
    paper_held: bool = False
    withdrawn: Sequence[Certificate | CreditRequest] = ()
    titles: Mapping[int, str] = field(default_factory=dict[int, str])
    before: Before = NOTHING
    again: bool = False
    only_again: bool = False
    replaced: Sequence[Certificate] = ()
    revoked: Sequence[Certificate] = ()
    revoked_now: bool = False


def item(told: Told, today: date) -> Item:
    """The item of one case."""
    if told.case.state == CaseState.rejected:
        made = _rejected(told)
    elif told.decisions:
        made = _decided(told, today)
    else:
        made = _unclaimed(told)
    papers = told.certificates or told.credits or told.withdrawn or told.paper_held or told.revoked_now
    brief = told.before.same and not (papers or told.again or told.only_again)
    made = replace(made, changed=_changed(told.before), same=told.before.same, brief=brief)
    for paper in told.withdrawn:
        made.not_counts.append(_withdrawn(paper))
    if told.revoked_now or told.only_again:
        made.not_counts.extend(_revoked(paper) for paper in told.revoked)
    if told.revoked_now:
        numbers = wording.listed([paper.number for paper in told.revoked])
        stands = told.before.same and bool(made.counts)
        made = replace(made, outcome="certificate revoked", headline=_revoked_lead(numbers, stands=stands), same=False)
        if stands:
            made.counts.append(
                "All of that is recorded with us, and it stands. Only the certificate for it does not count."
            )
        made.steps.append(
            "Until we issue a new certificate you cannot prove it to an office by paper. If you need one, ask us: answer this mail."
        )
        made.steps.append(WRONG)
    elif told.replaced and told.before.same and not (told.again or told.only_again):
        made = _renewed(made, told)
    if told.only_again:
        made.counts.insert(
            0, "It reached us again. It was already here, and it counts once; nothing has changed since."
        )
        if told.certificates:
            newer = " It is the one that counts now." if told.replaced else ""
            made.counts.insert(1, f"The same certificate is attached once more.{newer}")
    elif told.again:
        made.counts.append("It reached us more than once. It counts once.")
    return made


def shortened(items: Sequence[Item]) -> list[Item]:
    """What changed first, what is as before last; and where anything is new, what is as before in one line only."""
    ordered = sorted(items, key=lambda made: (not made.changed, made.same))
    if all(made.same for made in ordered):
        return ordered
    return [
        Item(made.title, made.issuer, made.outcome, "As we wrote before.", dates=made.dates, ask=made.ask, same=True)
        if made.brief
        else made
        for made in ordered
    ]


def _changed(before: Before) -> str:
    """That an earlier mail does not hold any more; and of what falls, what that means: what a district has paid or counted is not
    ours to take back, and of what it never heard of nothing can leave anybody's pay."""
    if before.on is None or before.same:
        return ""
    said = [f"we take back {wording.listed(before.taken_back)}"] if before.taken_back else []
    said += [
        f"{wording.listed(amounts)} had not been reported to {district} yet, so that will not be counted or paid"
        for district, amounts in before.unreported
    ]
    said += [
        f"{wording.listed(amounts)} had been reported to {district} already, and whether that is taken back is for {district} to decide"
        for district, amounts in before.reported
    ]
    if before.requests:
        said.append(
            f"the request for {wording.listed(before.requests)} is withdrawn (a request is not the credit: only the college gives that)"
        )
    first = f"This changes what we wrote on {day(before.on)}"
    return f"{first}: {'; '.join(said)}." if said else f"{first}."


def _revoked_lead(numbers: str, *, stands: bool) -> str:
    """What the mail begins with when a person revoked a certificate, and whether what it certified still counts."""
    recorded = " What is recorded with us for the micro-credential stands." if stands else ""
    return f"Your certificate {numbers} is revoked: the sheet does not count any more.{recorded}"


def _renewed(made: Item, told: Told) -> Item:
    """The item when all its news is a new certificate in another's place: that comes first, and why."""
    old = wording.listed([paper.number for paper in told.replaced])
    whys = [_reason(paper) for paper in told.replaced if paper.ended_by and paper.ended_by not in HOUSE]
    why = f" The reason: {' '.join(dict.fromkeys(whys))}" if whys else ""
    headline = f"Here is a new certificate in place of {old}.{why} What it counts for has not changed."
    return replace(
        made,
        outcome="new certificate",
        headline=headline,
        subject=f"New certificate for “{made.title}”, replaces {old}",
        same=False,
    )


def _replaced(paper: Certificate, shown: Sequence[Certificate]) -> str:
    """That a new certificate stands in this one's place, and why when a person wanted it so."""
    new = next((c.number for c in shown if c.replaces_id == paper.id), "The new one")
    why = f" The reason: {_reason(paper)}" if paper.ended_by and paper.ended_by not in HOUSE else ""
    return f"{new} replaces certificate {paper.number} for the same award; please use only the new one.{why}"


def _revoked(paper: Certificate) -> str:
    """That a certificate was revoked, why, and what that means for who has it."""
    return (
        f"Certificate {paper.number} is revoked: do not hand it in, and tell an office that has it already. No other certificate "
        f"stands in its place. The reason: {_reason(paper)}"
    )


def _reason(paper: Certificate) -> str:
    return wording.ended(wording.plain(paper.ended_reason, 400))


def _withdrawn(paper: Certificate | CreditRequest) -> str:
    if isinstance(paper, Certificate):
        return f"Certificate {paper.number} is withdrawn and no longer valid; please do not hand it in any more."
    return (
        f"Credit request {paper.number} is withdrawn and no longer valid; please do not hand it in. If the college has it "
        "already, tell the college that it is withdrawn."
    )


def award_of(decision: DecisionRecord) -> str:
    """`Certificate.award` of a decision."""
    return f"case:{decision.case_id}/{decision.agreement}/{decision.currency}"


def live_terms(rules: Sequence[Rules], decision: DecisionRecord) -> tuple[Rules | None, Grant | None]:
    """The agreement and clause a decision was made under: that very version, else the newest one with the clause."""
    able = [
        (r, g) for r in rules if r.terms.id == decision.agreement for g in r.terms.grants if g.clause == decision.clause
    ]
    exact = [pair for pair in able if pair[0].sha256 == decision.agreement_sha256]
    found = max(exact or able, key=lambda pair: pair[0].terms.in_force.from_, default=None)
    return found or (None, None)


def _of(case: Case, outcome: str, headline: str) -> Item:
    title = wording.plain(case.title) or "A micro-credential that could not be read"
    return Item(title, wording.plain(case.issuer_name), outcome, headline)


def _decided(told: Told, today: date) -> Item:
    by_outcome: dict[DecisionOutcome, list[DecisionRecord]] = {}
    for decision, _, _ in told.decisions:
        by_outcome.setdefault(DecisionOutcome(decision.outcome), []).append(decision)
    if DecisionOutcome.granted in by_outcome:
        partly = ", in part banked" if DecisionOutcome.banked in by_outcome else ""
        made = _of(told.case, f"accepted{partly}", saying.accepted(by_outcome, told.titles))
    elif DecisionOutcome.banked in by_outcome:
        only = [one for one in told.decisions if one[0].outcome == DecisionOutcome.banked]
        made = _of(told.case, "accepted and banked", saying.banked(only))
    elif DecisionOutcome.held in by_outcome:
        made = _of(told.case, "proven, not decided yet", "Proven, but not decided yet: something is missing.")
    else:
        made = _of(
            told.case,
            "counts for nothing here",
            "Proven, but it does not count under the agreements that apply to you.",
        )
    for decision, rules, grant in told.decisions:
        _say(made, decision, rules, grant, told, today)
    made.ask.extend(whom_to_ask(told.decisions, told.credits))
    if told.certificates:
        numbers = wording.listed([c.number for c in told.certificates])
        many = len(told.certificates) > 1
        made.steps.insert(
            0,
            f"Your certificate{'s' if many else ''} {numbers} {'are' if many else 'is'} attached. Keep {'them' if many else 'it'}.",
        )
        made.steps[1:1] = [_replaced(paper, told.certificates) for paper in told.replaced]
        made.not_counts.append("The certificate is not a submission to your district, and it is not college credit.")
    if told.credits:
        numbers = wording.listed([c.number for c in told.credits])
        made.steps.append(
            f"Your request for college credit, {numbers}, is attached. Sign it and send it back to us, by answering this mail or by "
            "post: we pass it on to the college, which registers nothing without your signature."
        )
        made.not_counts.append(
            "The credit request is not a transcript: the credit counts once the college's transcript shows it."
        )
    if told.paper_held:
        made.waits.append(
            "A paper for it could not be printed yet. Staff are looking into it, and it will come in a mail of its own."
        )
    return made


def _say(
    made: Item, decision: DecisionRecord, rules: Rules | None, grant: Grant | None, told: Told, today: date
) -> None:
    """One decision, under the heading it belongs to. What is to be done with its certificate is said when there is one."""
    outcome, certified = DecisionOutcome(decision.outcome), award_of(decision) in told.certified
    reasons = saying.sentences(decision, told.titles)
    who = f"{decision.recognizer}, {decision.clause}:"
    if outcome in {DecisionOutcome.granted, DecisionOutcome.banked}:
        made.counts.append(_joined(who, *reasons, wording.cap_left(decision.cap)))
        if outcome is DecisionOutcome.granted and certified and grant is not None and grant.certificate is not None:
            made.steps.append(grant.certificate.next_step)
        ends = rules.terms.in_force.until if rules else None
        if decision.submit_from is not None and (ends is None or decision.submit_from <= ends):
            paid = f", paid in {month(decision.pay_month)}" if decision.pay_month else ""
            sentence = f"what is banked counts as submitted{paid} ({decision.recognizer}). You need not send it again."
            made.dates.append((decision.submit_from, sentence))
    elif outcome is DecisionOutcome.held:
        owner = str(decision.reasons[0].get("owner", Owner.nobody)) if decision.reasons else Owner.nobody
        # What staff or HR have to do is theirs to read; an educator needs to know that it is not their move.
        ask = saying.needed(decision, rules, grant) if owner == Owner.educator else ""
        left = wording.cap_after(decision.cap)
        made.waits.append(_joined(who, *reasons, left, ask, wording.whose_move(owner, decision.recognizer)))
    else:
        change = saying.change_of(decision)
        made.not_counts.append(_joined(who, *reasons, f"What would change it: {change}" if change else ""))
    made.dates.extend(saying.dates(decision, rules, grant, today))


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _rejected(told: Told) -> Item:
    made = _turned_down(told)
    made.ask.extend(whom_to_ask((), issuer=made.issuer))
    return made


def _turned_down(told: Told) -> Item:
    checks: list[dict[str, Any]] = told.verdict.checks if told.verdict else []
    failed = next((c for c in checks if c["outcome"] == "failed"), None)
    fell = told.before.falls
    if failed is None:
        made = (
            _of(told.case, "taken back", "Taken back by our staff: we do not count it any more.")
            if fell
            else _of(told.case, "closed without being counted", "Closed by our staff without being counted.")
        )
        unclear = next((c for c in checks if c["outcome"] == "indeterminate"), None)
        if unclear is not None:
            made.not_counts.append(wording.plain(str(unclear["detail"]), 600))
            # The remedy of an unclear check is for staff to read: it speaks of the registry and of sites.
            if not unclear.get("retry"):
                made.steps.append("Ask the issuer to award it again with its present key.")
        made.steps.append(WRONG)
        return made
    made = (
        _of(told.case, "taken back", "Taken back: we do not count it any more.")
        if fell
        else _of(told.case, "not accepted", "Not accepted.")
    )
    made.not_counts.append(wording.plain(str(failed["detail"]), 600))
    made.steps.append(wording.plain(str(failed.get("remedy", "")), 600) or WRONG)
    return made


def _unclaimed(told: Told) -> Item:
    made = _of(
        told.case, "proven and recorded", "Proven and recorded, but no agreement that we know gives anything for it."
    )
    made.steps.append("If your district or state recognizes micro-credentials, tell us: answer this mail.")
    return made
