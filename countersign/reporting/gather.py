"""Reads the store for one district and month and hands back plain `PackageFacts`. Nothing is decided here.

A ledger line belongs to the district that its agreement names as employer. Lines that lead to no district stop the
closing with a sentence: they must never be left out unseen.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import Session, col, select

from countersign.errors import CountersignError
from countersign.render import day
from countersign.reporting import months
from countersign.reporting.book import Book
from countersign.reporting.chunked import by_ids
from countersign.reporting.facts import (
    AgreementFact,
    AwardFact,
    CapFact,
    EmploymentFact,
    HeldFact,
    LineFact,
    Opening,
    PackageFacts,
    Reported,
    TermsFact,
)
from countersign.reporting.lines import (
    counted_with,
    followed,
    gave,
    live_decisions,
    open_until,
    postings_of,
    rests_on,
    to_look_through,
)
from countersign.reporting.package import WITHHELD, Totals
from countersign.reporting.withholding import (
    Doubted,
    Withheld,
    counted,
    doubted,
    in_doubt,
    to_be_looked_at,
    withheld,
    without_commands,
)
from models.agreement import Agreement
from models.tables import Case, DecisionRecord, Educator, Employment, Package, PackageLine, Posting, PreApproval
from models.words import CaseState, PostingKind, Recheck


def districts(session: Session, rules: Book, month: str) -> list[str]:
    """Every district with an agreement, and the recognizers of open lines that lead to no district, by name."""
    placed = {agreement for agreements in rules.districts.values() for agreement in agreements}
    query = (
        select(Posting.recognizer)
        .where(open_until(month), col(Posting.kind) != PostingKind.bank, col(Posting.agreement).not_in(placed))
        .distinct()
    )
    return sorted({*rules.districts, *session.exec(query)})


def due(session: Session, rules: Book, now: datetime) -> list[str]:
    """The months that are over in every district and have no package in some district, first to last.

    A district with packages is due from the month after its last one. One without is due from the last month that any
    other was given, else from its earliest open line, at most a year back: what is older goes as RETRO. For a house without
    districts see `lines.to_look_through`.
    """
    if not rules.districts:
        return to_look_through(session, rules, now)
    zones = {rules.time_zone(district) for district in rules.districts}
    over = min(months.month_before(now, zone) for zone in zones)
    query = select(Package.district, func.max(Package.month)).group_by(col(Package.district))
    last: dict[str, str] = dict(session.exec(query).all())
    earliest = session.exec(
        select(func.min(Posting.pay_month)).where(open_until(over), col(Posting.kind) != PostingKind.bank)
    ).one()
    fresh = max(last.values(), default=max(earliest or over, months.earlier(over, 11)))
    found: set[str] = set()
    for district in rules.districts:
        month = months.next_month(last[district]) if district in last else fresh
        while month <= over:
            found.add(month)
            month = months.next_month(month)
    return sorted(found)


def gather(
    session: Session,
    rules: Book,
    district: str,
    month: str,
    closed_at: datetime,
    run_id: str,
    only: frozenset[int] | None = None,
    rechecked: Mapping[int, Recheck] | None = None,
) -> PackageFacts:
    """The facts of one package. `only` narrows the lines to these postings: to complete a package a crash interrupted.
    `rechecked` are the cases that were looked at again before this closing with what that came to, None when nothing was.

    Raises CountersignError when the district has open lines whose agreement is unknown or names no employer.
    """
    if district not in rules.districts:
        raise _homeless(session, rules, district, month)
    agreements = rules.districts[district]
    postings, decisions = postings_of(session, agreements, month)
    held = live_decisions(session, agreements)
    counted_too = counted_with(session, postings)
    beside = {p.id: rests_on(p, decisions[p.id], counted_too) for p in postings}
    bases = to_be_looked_at(postings).union(*beside.values())
    doubts = in_doubt(session, {row.case_id for row in (*postings, *held)} | bases, closed_at)
    against = withheld(session, bases, doubts, rechecked, closed_at)
    stopped = {p.case_id: against[case] for p in postings for case in sorted(beside[p.id]) if case in against}
    stopped |= {p.case_id: doubts[p.case_id] for p in postings if p.case_id in doubts}
    stopped |= {p.case_id: against[p.case_id] for p in postings if p.case_id in against}
    kept_back = [p for p in postings if p.case_id in stopped]
    postings = [p for p in postings if p.case_id not in stopped and (only is None or p.id in only)]
    packages = session.exec(select(Package).where(col(Package.district) == district).order_by(col(Package.month))).all()
    closed = {p.month: p.closed_at for p in packages}
    reader = _Reader(session, rules, district, [*postings, *kept_back, *held], doubted(session, postings), closed)
    follows = followed(session, postings)
    wanted = {i for p in postings for i in (p.reverses_id, follows.get(p.id)) if i is not None}
    originals = gave(session, [*postings, *kept_back])
    lines = tuple(reader.line(p, decisions[p.id], originals.get(p.id), follows.get(p.id)) for p in postings)
    waiting = tuple(reader.held(d, doubts.get(d.case_id)) for d in held if reader.isopen_until(d))
    waiting += tuple(reader.withheld(p, decisions[p.id], originals.get(p.id), stopped[p.case_id]) for p in kept_back)
    return PackageFacts(
        district=district,
        month=month,
        time_zone=rules.time_zone(district),
        closed_at=closed_at,
        run_id=run_id,
        agreements=_agreements(rules, agreements, month, [d.terms for d in (*lines, *waiting)]),
        lines=lines,
        held=waiting,
        opening=_opening(packages),
        reported=_reported(session, wanted),
        closed_months=frozenset(closed),
        rechecked=counted(rechecked, {p.case_id for p in (*postings, *kept_back)} | bases),
    )


def _homeless(session: Session, rules: Book, recognizer: str, month: str) -> CountersignError:
    placed = {agreement for agreements in rules.districts.values() for agreement in agreements}
    open_ = session.exec(
        select(Posting.agreement).where(
            open_until(month), col(Posting.recognizer) == recognizer, col(Posting.agreement).not_in(placed)
        )
    ).all()
    names = sorted(set(open_))
    unknown = [n for n in names if n not in rules.newest]
    lines = "1 ledger line" if len(open_) == 1 else f"{len(open_)} ledger lines"
    if unknown:
        return CountersignError(
            f"{recognizer}: {lines} under {', '.join(names)}, and {', '.join(unknown)} is not among the agreements.",
            "Put its file back into agreements/; the district's package waits for it.",
        )
    return CountersignError(
        f"{recognizer}: {lines} to be paid under {', '.join(names)}, which names no employer.",
        "Add employer and employed_on to its [applies_to], so that the lines have a district to go to.",
    )


def _reported(session: Session, postings: set[int]) -> dict[int, Reported]:
    query = select(PackageLine, Package).join(Package, col(PackageLine.package_id) == col(Package.id))
    rows = by_ids(session, query, PackageLine.posting_id, postings)
    return {line.posting_id: Reported(line.line, package.month) for line, package in rows}


def _opening(packages: Sequence[Package]) -> tuple[Opening, ...]:
    if not packages:
        return ()
    return tuple(Opening(b.form, b.unit, b.closing) for b in Totals.from_json(packages[-1].totals).balances)


def _agreements(
    rules: Book, agreements: tuple[str, ...], month: str, used: Iterable[TermsFact]
) -> tuple[AgreementFact, ...]:
    """The versions in force in the month, and every other that a line or a held decision was decided under."""
    first, last = months.first_day(month), months.last_day(month)
    facts: dict[str, AgreementFact] = {}
    named = {t.sha256 for t in used}
    for sha256, rule in rules.versions.items():
        terms, span = rule.terms, rule.terms.in_force
        in_month = span.from_ <= last and (span.until is None or first <= span.until)
        if terms.id in agreements and (in_month or sha256 in named):
            lanes = any("lane" in (grant.form, grant.unit) for grant in terms.grants)
            facts[sha256] = AgreementFact(terms.id, terms.title, terms.source, sha256, span.from_, span.until, lanes)
    for term in used:
        if term.sha256 not in facts:
            terms = rules.newest[term.agreement]
            facts[term.sha256] = AgreementFact(
                terms.id, terms.title, "an earlier version, no longer on file", term.sha256
            )
    return tuple(sorted(facts.values(), key=lambda f: (f.id, f.starts or date.min, f.sha256)))


class _Reader:
    """Everything the lines need, read in a few queries: cases, educators, the district's employments, pre-approvals."""

    def __init__(
        self,
        session: Session,
        rules: Book,
        district: str,
        rows: Sequence[Posting | DecisionRecord],
        doubts: Mapping[int, Sequence[Doubted]],
        closed: Mapping[str, datetime],
    ) -> None:
        people = {row.educator_id for row in rows}
        cases = {row.case_id for row in rows}
        self._rules = rules
        self._doubts = doubts
        self._closed = closed
        self._cases = {c.id: c for c in by_ids(session, select(Case), Case.id, cases)}
        self._people = {e.id: e for e in by_ids(session, select(Educator), Educator.id, people)}
        self._employments: dict[int, list[EmploymentFact]] = defaultdict(list)
        for e in by_ids(session, select(Employment).order_by(col(Employment.id)), Employment.educator_id, people):
            if _fold(e.district) == _fold(district):
                fact = EmploymentFact(e.employee_id, e.role, e.location, e.fte, e.starts, e.ends)
                self._employments[e.educator_id].append(fact)
        self._approved: dict[tuple[int, str, str], date] = {}
        for a in by_ids(session, select(PreApproval), PreApproval.educator_id, people):
            key = (a.educator_id, _fold(a.recognizer), _fold(a.title))
            self._approved[key] = min(a.approved_on, self._approved.get(key, a.approved_on))

    def isopen_until(self, decision: DecisionRecord) -> bool:
        """Whether the decision's case still goes its way: not rejected since, nor joined to another."""
        return self._cases[decision.case_id].state not in (CaseState.rejected, CaseState.joined)

    def line(
        self, posting: Posting, decision: DecisionRecord, behind: DecisionRecord | None, follows: int | None
    ) -> LineFact:
        """The posting's educator counts, not the decision's: a case matched anew takes the line back from one person by
        the decision that gives it to another."""
        terms = self._rules.terms(decision.agreement, decision.agreement_sha256)
        return LineFact(
            posting=posting.id,
            award=self._award(posting, terms),
            terms=self._terms(decision, posting.period, behind),
            quantity=posting.quantity,
            unit=posting.unit,
            pay_month=posting.pay_month,
            fiscal_year=months.fiscal_year(posting.pay_month, terms.year.starts) if posting.pay_month else "",
            effective_on=decision.effective_on,
            reason=_sentences(decision),
            cap=_cap(decision.cap),
            reverses=posting.reverses_id,
            follows=follows,
            kept=self._kept(posting),
            waited=self._waited(posting),
        )

    def withheld(
        self, posting: Posting, decision: DecisionRecord, behind: DecisionRecord | None, why: Withheld
    ) -> HeldFact:
        """A line that would have gone into the package, and why it does not."""
        terms = self._rules.terms(decision.agreement, decision.agreement_sha256)
        return HeldFact(
            decision=decision.id,
            award=self._award(posting, terms),
            terms=self._terms(decision, posting.period, behind),
            outcome=WITHHELD,
            quantity=posting.quantity,
            unit=posting.unit,
            reason=_doubt(why, terms),
            change=without_commands(why.change),
            owner=why.owner.value,
            pay_month=posting.pay_month,
            look_again_on=_day(why.look_again_at, terms),
            cap=_cap(decision.cap),
            why=why.why,
            every_run=why.every_run,
        )

    def _kept(self, posting: Posting) -> str:
        """The last decision of a person to pay for the case all the same, with what spoke against it."""
        rulings = [d for d in self._doubts.get(posting.case_id, ()) if d.ruling]
        if posting.kind != PostingKind.grant or not rulings:
            return ""
        said = f"{rulings[-1].sentence} {rulings[-1].ruling}"
        return said if said.endswith((".", "!", "?")) else f"{said}."

    def _waited(self, posting: Posting) -> bool:
        """Whether the line was withheld from the package of its own month."""
        closed = self._closed.get(posting.pay_month)
        return closed is not None and any(
            d.opened_at <= closed < d.closed_at for d in self._doubts.get(posting.case_id, ())
        )

    def held(self, decision: DecisionRecord, doubt: Withheld | None) -> HeldFact:
        """A decision that waits. A doubt about its case comes before anything else that is said of it."""
        terms = self._rules.terms(decision.agreement, decision.agreement_sha256)
        days = [date.fromisoformat(r["look_again_on"]) for r in decision.reasons if r.get("look_again_on")]
        owners = [str(r.get("owner", "nobody")) for r in decision.reasons]
        reasons, changes = [_sentences(decision)], [str(r["change"]) for r in decision.reasons if r.get("change")]
        if doubt is not None:
            reasons, changes, owners = (
                [_doubt(doubt, terms), *reasons],
                [doubt.change, *changes],
                [doubt.owner.value, *owners],
            )
            again = _day(doubt.look_again_at, terms)
            days += [again] if again else []
        return HeldFact(
            decision=decision.id,
            award=self._award(decision, terms),
            terms=self._terms(decision, decision.period),
            outcome=decision.outcome,
            quantity=decision.quantity,
            unit=decision.unit,
            reason=" ".join(reasons),
            change=without_commands(" ".join(changes)),
            owner=", ".join(dict.fromkeys(o for o in owners if o != "nobody")),
            pay_month=decision.pay_month,
            look_again_on=min(days, default=None),
            submit_from=decision.submit_from,
            cap=_cap(decision.cap),
            every_run=doubt is not None and doubt.every_run,
        )

    def _terms(self, decision: DecisionRecord, period: str, behind: DecisionRecord | None = None) -> TermsFact:
        """The decision's terms; the form is that of the line it takes back, if it takes one back: `behind` is what gave that one."""
        return TermsFact(
            agreement=decision.agreement,
            sha256=decision.agreement_sha256,
            clause=decision.clause,
            currency=decision.currency,
            period=period or decision.period,
            version_on_file=decision.agreement_sha256 in self._rules.versions,
            form=_form(self._rules, behind or decision),
        )

    def _award(self, row: Posting | DecisionRecord, terms: Agreement) -> AwardFact:
        case, person, zone = self._cases[row.case_id], self._people[row.educator_id], ZoneInfo(terms.time_zone)
        received = case.received_at.astimezone(zone).date()
        return AwardFact(
            educator=person.id,
            name=person.name,
            sort_name=(person.family_name, person.given_name, person.suffix),
            employments=tuple(self._employments[person.id]),
            case=case.id,
            title=case.title,
            assertion_id=case.credential_id,
            issuer=case.issuer_name,
            earned_on=_day(case.issued_on, terms),
            received_on=received,
            submitted_on=received,  # the agreements' "submitted" is the day the affiliate had it (models.agreement.DateName)
            pre_approval=self._approval(person.id, row.recognizer, case.title, terms),
            proven_on=_day(case.proven_at, terms),
        )

    def _approval(self, educator: int, recognizer: str, title: str, terms: Agreement) -> str:
        on = self._approved.get((educator, _fold(recognizer), _fold(title)))
        if on is not None:
            return f"approved {on.isoformat()}"
        asked = terms.eligibility.preapproval
        return "none recorded" if asked is not None and asked.required else "not required"


def _sentences(decision: DecisionRecord) -> str:
    return " ".join(str(r.get("sentence", "")) for r in decision.reasons).strip()


def _doubt(why: Withheld, terms: Agreement) -> str:
    since = _day(why.since, terms)
    return f"{why.reason} Waiting since {day(since)}." if since else why.reason


def _day(moment: datetime | None, terms: Agreement) -> date | None:
    return moment.astimezone(ZoneInfo(terms.time_zone)).date() if moment else None


def _cap(stored: Mapping[str, Any]) -> CapFact:
    def figure(name: str) -> Decimal | None:
        return None if stored.get(name) in (None, "") else Decimal(str(stored[name]))

    unit = str(stored.get("unit", "")) if stored else ""
    return CapFact(figure("limit"), figure("before"), figure("used"), figure("after"), unit)


def _form(rules: Book, decision: DecisionRecord) -> str:
    """How the clause that decided says that it is paid, empty where it does not."""
    clause = rules.terms(decision.agreement, decision.agreement_sha256).clause(decision.clause)
    return (clause.form or "") if clause is not None else ""


def _fold(text: str) -> str:
    """For comparing names as recognition does: Unicode forms, letter case and spaces do not matter."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())
