"""What the recognition tests build from: the sample agreements, an educator of each district, cases, and their rows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from countersign.recognition.files import load_rules
from models.agreement import Agreement, Rules
from models.records import Approval, CaseRecord, Decision, EducatorRecord, Span, Work
from models.tables import (
    Address,
    Case,
    CaseSubmission,
    Educator,
    Employment,
    HoursLog,
    Membership,
    PreApproval,
    Reading,
    Submission,
)
from models.words import Currency

SAMPLES = Path(__file__).resolve().parent.parent.parent / "agreements"
CHICAGO = ZoneInfo("America/Chicago")
TITLES = (
    "Formative Assessment Basics",
    "Checking for Understanding",
    "Providing Effective Feedback",
    "Family Engagement",
    "Classroom Norms and Routines",
    "Supporting English Learners",
    "Arts Integration Foundations",
    "Restorative Conversations",
    "Data-Driven Instruction",
    "Culturally Responsive Read-Alouds",
    "Designing Performance Tasks",
)
EARLY = date(2024, 7, 1)


def sample(agreement: str) -> Rules:
    """The shipped agreement with this id."""
    return next(r for r in load_rules(SAMPLES) if r.terms.id == agreement)


CUSD = sample("il-cusd200")
VERMONT = sample("vt-vermont-nea")
LAKEVIEW = sample("demo-lakeview")
UNIVERSITY = sample("demo-lakeview-university")
ALL = (CUSD, VERMONT, LAKEVIEW, UNIVERSITY)


def changed(rules: Rules, sha256: str = "f" * 64, **changes: Any) -> Rules:
    """The rules with some of the agreement's keys changed, as the file would say them (grants by currency)."""
    tree = rules.terms.model_dump(by_alias=True, exclude_none=True)
    for grant in tree["grants"]:
        grant.update(changes.pop(grant["currency"].value, {}))
    return Rules(
        terms=Agreement.model_validate(tree | changes), sha256=sha256, file=rules.file, approved=rules.approved
    )


def with_rate(amount: str = "250.00") -> Rules:
    """CUSD 200 after HR supplied the amount."""
    return changed(CUSD, pay={"value": {"flat": Decimal(amount), "unit": "USD"}})


def chicago(text: str) -> datetime:
    """`2024-10-01 23:59` on the wall clock in Chicago."""
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO)


def teacher(approved: Sequence[str] = TITLES, on: date = EARLY, **changes: Any) -> EducatorRecord:
    """A teacher at CUSD 200 since 2016 with approvals for these titles."""
    given: dict[str, Any] = {
        "educator_id": 1,
        "licence_state": "IL",
        "employments": (Work("CUSD 200", "Teacher", Span(date(2016, 8, 15))),),
        "approvals": tuple(Approval("CUSD 200", title, on) for title in approved),
    }
    return EducatorRecord(**(given | changes))


def vermonter() -> EducatorRecord:
    return EducatorRecord(2, "VT", (Work("Maple Union SD", "Teacher", Span(date(2015, 8, 20))),))


def lakeviewer() -> EducatorRecord:
    return EducatorRecord(3, "IL", (Work("Lakeview SD (fictional)", "Teacher", Span(date(2021, 8, 16))),))


def case(
    number: int,
    received: datetime,
    title: str | None = None,
    *,
    hours: str | None = "8",
    issuer: str = "nea",
    credit: bool = False,
    earned: datetime | None = None,
    problem: str = "",
) -> CaseRecord:
    """A case earned ten days before it was received (so that a pre-approval on `EARLY` comes before it)."""
    return CaseRecord(
        case_id=number,
        issuer=issuer,
        title=TITLES[(number - 1) % len(TITLES)] if title is None else title,
        issued_on=earned or received - timedelta(days=10),
        received_at=received,
        log_hours=None if hours is None else Decimal(hours),
        log_problem=problem,
        credit_requested=credit,
    )


def of(decisions: Sequence[Decision], case_id: int, currency: Currency) -> Decision:
    """The one decision on this case in this currency."""
    (found,) = [d for d in decisions if d.case_id == case_id and d.currency is currency]
    return found


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


_numbers = count(1)


class Rows:
    """Rows as the rooms before recognition leave them, in a session of a test's."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.count = 0

    def educator(self, record: EducatorRecord) -> int:
        """An educator with these facts; returns the id."""
        self.count = next(_numbers)
        row = Educator(
            member_number=f"M-{record.educator_id}",
            given_name="Pat",
            family_name="Example",
            licence_state=record.licence_state,
            licence_level=record.licence.level,
            licence_from=record.licence.period.starts if record.licence.period else None,
            licence_until=record.licence.period.ends if record.licence.period else None,
        )
        self.session.add(row)
        self.session.flush()
        for span in record.memberships:
            self.session.add(Membership(educator_id=row.id, starts=span.starts, ends=span.ends))
        address = f"member-{row.id}@school.example"
        self.session.add(Address(educator_id=row.id, address=address.title(), folded=address))
        for number, work in enumerate(record.employments):
            self.session.add(
                Employment(
                    educator_id=row.id,
                    district=work.district,
                    employee_id=f"{row.id}-{number}",
                    role=work.role,
                    band=work.band,
                    bargaining_unit=work.bargaining_unit,
                    location=work.location,
                    fte=work.fte,
                    starts=work.span.starts,
                    ends=work.span.ends,
                )
            )
        for approval in record.approvals:
            self.approval(row.id, approval)
        self.session.flush()
        return row.id

    def approval(self, educator_id: int, approval: Approval) -> None:
        self.session.add(
            PreApproval(
                educator_id=educator_id,
                recognizer=approval.recognizer,
                title=approval.title,
                approved_on=approval.on,
                recorded_by="test",
                recorded_at=datetime(2024, 7, 1, tzinfo=UTC),
            )
        )

    def submission(self, at: datetime, *, credit: bool = False, sender: str = "") -> int:
        """A submission without anything in it yet: put into the inbox, or sent by `sender`."""
        self.count = next(_numbers)
        row = Submission(
            source="folder",
            source_key=f"{self.count}",
            name=f"{self.count}.eml",
            sha256=f"{self.count:064x}",
            size=1,
            received_at=at,
            stored_at=at,
        )
        self.session.add(row)
        self.session.flush()
        wishes = {"credit": True} if credit else {}
        self.session.add(Reading(submission_id=row.id, outcome="carriers", sender=sender, wishes=wishes, read_at=at))
        self.session.flush()
        return row.id

    def log(
        self,
        submission_id: int,
        hours: str,
        title: str = "",
        *,
        sha256: str = "",
        problem: str = "",
        rows: str = "",
        days: Mapping[str, str] | None = None,
    ) -> None:
        self.count = next(_numbers)
        sha256 = sha256 or f"{self.count:064x}"
        self.session.add(
            HoursLog(
                submission_id=submission_id,
                name="log.csv",
                sha256=sha256,
                rows_sha256=rows,
                title=title,
                hours=hours,
                problem=problem,
                days=dict(days or {}),
            )
        )
        self.session.flush()

    def case(self, educator_id: int, record: CaseRecord, submission_id: int | None = None) -> int:
        """The matched case, in a submission of its own with its log unless one is given; returns its id."""
        self.count = next(_numbers)
        own = submission_id is None
        if submission_id is None:
            submission_id = self.submission(record.received_at, credit=record.credit_requested)
        row = Case(
            key=f"credential:{educator_id}:{record.case_id}:{record.title}",
            state="matched",
            opened_at=record.received_at,
            received_at=record.received_at,
            issuer=record.issuer,
            issuer_name="Demo NEA",
            title=record.title,
            issued_on=record.issued_on,
            educator_id=educator_id,
            matched_by="e-mail address",
        )
        self.session.add(row)
        self.session.flush()
        self.session.add(CaseSubmission(case_id=row.id, submission_id=submission_id))
        if own and record.log_hours is not None:
            self.log(submission_id, f"{record.log_hours:f}", record.title)
        self.session.flush()
        return row.id
