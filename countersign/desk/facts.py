"""Facts at the desk: what somebody says is read as one kind of fact, tested against the agreement, and recorded with who and when.

All of one file or nothing. A fact that is on record already is not recorded twice; one that says something else of the same matter
is refused until the first one is taken back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from countersign import review
from countersign.commandline import case_number
from countersign.desk.facts_read import fact_from, refusal_of
from countersign.errors import Busy, UsageError
from countersign.issuance.credit_life import follow, resting_on
from countersign.matching.whose import WHO, whose
from countersign.recognition import admission
from countersign.recognition.claims import folded
from countersign.recognition.facts import known
from countersign.recognition.files import load_rules
from countersign.recognition.years import said
from countersign.settings import Workspace
from models.agreement import Rules
from models.facts import KINDS, AppealFact, ElectionFact, Fact, FundsFact, RulingFact, Withdrawal, fact_of
from models.records import CaseRecord, EducatorRecord
from models.tables import Case, DecisionRecord, FactRecord
from models.words import CaseState, Owner

FIRST_DAY = date(2000, 1, 1)
"""Before it there were no micro-credentials: an earlier day is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class From:
    """Who records, when, and from where: a file by name and the SHA-256 of its bytes in the evidence store, or a command."""

    by: str
    at: datetime
    source: str
    sha256: str = ""


@dataclass(slots=True)
class Written:
    """What was recorded: the numbers of new facts (0 each while nothing is written), how many of each kind, and how many were known."""

    numbers: list[int] = field(default_factory=list[int])
    kinds: dict[str, int] = field(default_factory=dict[str, int])
    known: int = 0


@dataclass(frozen=True, slots=True)
class _Staged:
    fact: Fact
    line: int
    turn: int
    appeal: tuple[str, str, date] | None = None


class Desk:
    """One sitting at the desk: facts are taken one by one, and written together at the end.

    `district` is whose employee ids the rows name. Raises UsageError for a name that is none.
    """

    def __init__(self, session: Session, workspace: Workspace, source: From, district: str = "") -> None:
        if not source.by.strip():
            raise UsageError("--by may not be empty.", "The name is kept with the fact.")
        if source.by.strip().casefold() in review.HOUSE:
            raise UsageError(
                f"{source.by.strip()!r} is the name of a run.", "Give the name of the person who records it."
            )
        self._session = session
        self._workspace = workspace
        self._source = source
        self._district = district
        self._staged: dict[str, _Staged] = {}
        self._known = 0

    @cached_property
    def _rules(self) -> tuple[Rules, ...]:
        return load_rules(self._workspace.agreements)

    @property
    def _today(self) -> date:
        return self._source.at.astimezone(ZoneInfo(self._workspace.settings.time_zone)).date()

    def take(self, kind: str, cells: Mapping[str, str], line: int = 0) -> None:
        """Take one fact: its kind and what the columns say of it, empty ones left out. Raises UsageError with a sentence."""
        if kind not in KINDS:
            raise UsageError(f'"{kind}" is no kind of fact', f"There are {', '.join([*KINDS, 'preapproval'])}.")
        said_of = dict(cells)
        match KINDS[kind].about:
            case "case":
                said_of["case"] = str(self._case(said_of))
            case "educator":
                said_of["educator"] = str(self._educator(said_of))
            case _:
                pass
        fact = fact_from(kind, said_of)
        self._day(fact.on)
        appeal = self._admit(fact)
        self._stage(fact, line, appeal)

    def write(self) -> Written:
        """Record what was taken. Raises Busy when somebody else recorded one of them at the same moment."""
        written = Written(known=self._known)
        try:
            for staged in self._staged.values():
                row = self._row(staged)
                self._session.add(row)
                self._session.flush()
                written.numbers.append(row.id)
                self._review(staged, row.id)
        except IntegrityError as error:
            raise Busy("Somebody else recorded one of these facts at the same moment.", "Repeat it.") from error
        return self._counted(written)

    def would(self) -> Written:
        """What `write` would record."""
        return self._counted(Written([0] * len(self._staged), known=self._known))

    def _counted(self, written: Written) -> Written:
        for staged in self._staged.values():
            written.kinds[staged.fact.kind] = written.kinds.get(staged.fact.kind, 0) + 1
        return written

    def withdraw(self, number: int, reason: str) -> FactRecord:
        """Take back the fact of that number; returns the fact. Raises UsageError."""
        row = self._session.get(FactRecord, number)
        if row is None:
            raise UsageError(f"There is no fact {number}.", "List them with: countersign fact list")
        if row.takes_back is not None:
            raise UsageError(
                f"Fact {number} takes back fact {row.takes_back}; it stays.", "Record the fact anew instead."
            )
        if (earlier := _taken_back(self._session, number)) is not None:
            raise UsageError(f"Fact {number} was taken back already: fact {earlier.id}, by {earlier.recorded_by}.")
        try:
            fact = Withdrawal(fact=number, reason=reason.strip(), on=self._today)
        except ValidationError as error:
            raise refusal_of(error, "withdrawal") from error
        withdrawal = self._row(_Staged(fact, 0, 0))
        withdrawal.case_id, withdrawal.educator_id, withdrawal.agreement = row.case_id, row.educator_id, row.agreement
        withdrawal.takes_back = number
        requests = resting_on(self._session, number)
        try:
            self._session.add(withdrawal)
            self._session.flush()
        except IntegrityError as error:
            raise Busy(f"Somebody else took fact {number} back at the same moment.", "Look at it again.") from error
        for request in requests:
            follow(self._session, request)
        if row.kind == "appeal":
            self._close_appeal(row.case_id, row.agreement, f"the appeal was taken back: {reason.strip()}")
        return row

    def _row(self, staged: _Staged) -> FactRecord:
        fact, source = staged.fact, self._source
        return FactRecord(
            kind=fact.kind,
            case_id=getattr(fact, "case", None),
            educator_id=getattr(fact, "educator", None),
            agreement=getattr(fact, "agreement", ""),
            happened_on=fact.on,
            said=fact.model_dump(mode="json"),
            slot=fact.slot,
            turn=staged.turn,
            recorded_by=source.by.strip(),
            recorded_at=source.at,
            source=source.source,
            source_sha256=source.sha256,
            line=staged.line,
        )

    def _stage(self, fact: Fact, line: int, appeal: tuple[str, str, date] | None) -> None:
        if (same := self._staged.get(fact.slot)) is not None:
            if same.fact != fact:
                raise UsageError(f"line {same.line} says otherwise of the same matter: {same.fact}")
            return
        before = self._session.exec(
            select(FactRecord).where(col(FactRecord.slot) == fact.slot).order_by(col(FactRecord.turn))
        ).all()
        last = before[-1] if before else None
        if last is not None and _taken_back(self._session, last.id) is None:
            if fact_of(last.said) != fact:
                raise UsageError(
                    f"fact {last.id} of {last.happened_on} says otherwise already: {fact_of(last.said)} "
                    f"(recorded by {last.recorded_by})",
                    f"If it is wrong, take it back first: countersign fact withdraw {last.id} --by NAME --reason …",
                )
            self._known += 1
            return
        self._staged[fact.slot] = _Staged(fact, line, len(before), appeal)

    def _day(self, day: date) -> None:
        if day > self._source.at.date() + timedelta(days=1):  # a day's grace: it may be tomorrow already where they are
            raise UsageError(f"the day {day} lies in the future")
        if day < FIRST_DAY:
            raise UsageError(f"the day {day} lies before there were micro-credentials")

    def _educator(self, cells: dict[str, str]) -> int:
        """Whose it is; the columns that say it are taken out of `cells`."""
        who = {column: cells.pop(column, "") for column in WHO}
        if who["employee_id"] and not who["member_number"] and not self._district:
            raise UsageError("employee_id is a district's own number", "Say whose with --recognizer.")
        try:
            return whose(self._session, who, self._district)
        except ValueError as error:
            raise UsageError(str(error)) from error

    def _case(self, cells: dict[str, str]) -> int:
        """The number of the case, by itself or by educator and title; the columns that say it are taken out of `cells`."""
        label, title = cells.pop("case", ""), cells.pop("title", "")
        if not label:
            if not title:
                raise UsageError(
                    "nothing says which micro-credential it is about", "Give case, or title and whose it is."
                )
            return self._by_title(self._educator(cells), title)
        case = self._session.get(Case, case_number(label))
        if case is None:
            raise UsageError(f"there is no case {label}")
        if any(cells.get(column) for column in WHO) and self._educator(cells) != case.educator_id:
            raise UsageError(f"{case.label} is not the micro-credential of the educator that the row names")
        if title and folded(title) != folded(case.title):
            raise UsageError(f'{case.label} is "{case.title}", not "{title}"')
        return case.joined_to or case.id

    def _by_title(self, educator_id: int, title: str) -> int:
        query = select(Case).where(col(Case.educator_id) == educator_id, col(Case.state) != CaseState.joined.value)
        found = [c for c in self._session.exec(query.order_by(col(Case.id))) if folded(c.title) == folded(title)]
        if len(found) == 1:
            return found[0].id
        if not found:
            raise UsageError(
                f'no micro-credential "{title}" of this educator has come yet',
                "Record it when it has, or correct the title.",
            )
        raise UsageError(
            f'"{title}" has come from this educator {len(found)} times: {", ".join(c.label for c in found)}',
            "Say which one it is in the column case.",
        )

    def _admit(self, fact: Fact) -> tuple[str, str, date] | None:
        """That the agreement has room for it; for an appeal, whose decision it is against, to whom it goes and the last day for it.
        Raises UsageError."""
        match fact:
            case ElectionFact():
                admission.admit_election(admission.versions_of(self._rules, fact.agreement), fact)
            case FundsFact():
                versions = admission.versions_of(self._rules, fact.agreement)
                admission.admit_funds(versions, fact, self._source.at.date())
            case RulingFact():
                versions = admission.versions_of(self._rules, fact.agreement)
                admission.admit_ruling(versions, *self._matched(fact.case), fact)
            case AppealFact():
                versions = admission.versions_of(self._rules, fact.agreement)
                decided = _decided_at(self._session, fact)
                appeal, last = admission.admit_appeal(versions, *self._matched(fact.case), fact, decided)
                return versions[-1].terms.recognizer, appeal.to, last
            case _:
                pass
        return None

    def _matched(self, case_id: int) -> tuple[EducatorRecord, CaseRecord]:
        case = self._session.get_one(Case, case_id)
        facts = known(self._session, case.educator_id) if case.educator_id is not None else None
        record = next((c for c in facts.cases if c.case_id == case_id), None) if facts else None
        if facts is None or record is None:
            raise UsageError(
                f"{case.label} is {case.state}: no agreement decides it now", f"See: countersign explain {case.label}"
            )
        return facts.record, record

    def _review(self, staged: _Staged, number: int) -> None:
        """An appeal waits for whoever decides it; a ruling answers it."""
        fact = staged.fact
        if isinstance(fact, RulingFact):
            self._close_appeal(fact.case, fact.agreement, f"ruled on: fact {number}")
        elif isinstance(fact, AppealFact) and staged.appeal is not None:
            recognizer, to, last = staged.appeal
            verb = "was" if last < self._today else "is"
            review.hold(
                self._session,
                subject=f"case:{fact.case}",
                code=appeal_code(fact.agreement),
                sentence=f"The educator appealed on {said(fact.on)} against what {recognizer} gives; the last day for that {verb} "
                f"{said(last)}.{f' The reason: {fact.reason}' if fact.reason else ''}",
                next_step=f"Bring it before {to}, and record what they decide: {ruling_command(fact.case, fact.agreement)}",
                owner=Owner.staff,
                now=self._source.at,
            )

    def _close_appeal(self, case_id: int | None, agreement: str, resolution: str) -> None:
        review.release(
            self._session,
            subject=f"case:{case_id}",
            code=appeal_code(agreement),
            now=self._source.at,
            by=self._source.by.strip(),
            resolution=resolution,
        )


def appeal_code(agreement: str) -> str:
    """The code of the review item of an appeal: without a colon, which would say that it closes by itself."""
    return f"appeal-{agreement}"


def ruling_command(case_id: int, agreement: str, role: str = "…") -> str:
    """How a ruling is recorded."""
    return (
        f"countersign fact add ruling C-{case_id} --agreement {agreement} --decision counts|refused|gives "
        f'--role "{role}" --ruled-by NAME --reason "…" --on DAY --by NAME'
    )


def _taken_back(session: Session, number: int) -> FactRecord | None:
    return session.exec(select(FactRecord).where(col(FactRecord.takes_back) == number)).first()


def _decided_at(session: Session, fact: AppealFact) -> datetime | None:
    """When the newest of the decisions on the case under the agreement fell."""
    query = select(DecisionRecord.decided_at).where(
        col(DecisionRecord.case_id) == fact.case, col(DecisionRecord.agreement) == fact.agreement
    )
    return max(session.exec(query).all(), default=None)
