"""A village for delivery's tests: educators, submissions, cases, decisions and papers, written straight to the store."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlmodel import Session, col, select

from countersign.store import Store
from models.agreement import Agreement, Rules
from models.tables import (
    Address,
    Case,
    CaseSubmission,
    Certificate,
    CreditRequest,
    DecisionRecord,
    Educator,
    Message,
    Package,
    PackageLine,
    Posting,
    Reading,
    Submission,
    VerdictRecord,
)

NIGHT = datetime(2026, 10, 2, 6, tzinfo=UTC)
VERMONT: dict[str, Any] = {
    "id": "vt-demo",
    "recognizer": "Vermont-NEA",
    "title": "Micro-credentials for license renewal",
    "source": "Invented for the tests",
    "time_zone": "America/New_York",
    "in_force": {"from": "2020-01-01", "by": "submitted"},
    "year": {"starts": "07-01"},
    "applies_to": {"licence_state": "VT"},
    "eligibility": {"issuers": ["nea"]},
    "grants": [
        {
            "clause": "15-hour certificate",
            "currency": "state_cpd",
            "text": "Fifteen hours for each.",
            "value": {"flat": 15, "unit": "hour"},
            "certificate": {
                "template": "vermont",
                "purpose": "License renewal",
                "determined": "15 hours for each",
                "next_step": "Upload this certificate to the state's licensing portal with your application for renewal.",
            },
        },
        {
            "clause": "College credit",
            "currency": "graduate_credit",
            "text": "One credit for each.",
            "value": {"flat": 1, "unit": "credit"},
            "on_request": True,
            "credit_request": {"college": "Lakeview University", "no_fee": "Invented"},
        },
        {
            "clause": "Salary",
            "currency": "pay",
            "text": "Hours never move pay.",
            "only_through": "graduate_credit",
        },
    ],
}
CUSD: dict[str, Any] = {
    "id": "il-demo",
    "recognizer": "CUSD 200",
    "title": "Contract",
    "source": "Invented for the tests",
    "time_zone": "America/Chicago",
    "in_force": {"from": "2023-07-01", "until": "2027-06-30", "by": "submitted"},
    "year": {"starts": "07-01"},
    "applies_to": {"employer": "CUSD 200", "employed_on": "submitted"},
    "eligibility": {"issuers": ["nea"]},
    "grants": [
        {
            "clause": "Compensation",
            "currency": "pay",
            "text": "Five a year.",
            "cap": {"count": 5, "per": "year", "counted_by": "submitted", "order": "submitted", "overflow": "bank"},
            "deadline": {"on": "10-01", "of": "submitted"},
            "paid": {"month": 11},
        },
        {
            "clause": "PD hours",
            "currency": "district_pd",
            "text": "Up to 8 hours.",
            "value": {"up_to": 8, "unit": "hour", "by": "log_of_hours"},
            "processed": "monthly",
        },
    ],
}
RULES = tuple(
    Rules(terms=Agreement.model_validate(a), sha256=str(a["id"]).ljust(64, "0"), file=f"{a['id']}.toml")
    for a in (VERMONT, CUSD)
)
CLAUSES = {
    ("vt-demo", "state_cpd"): "15-hour certificate",
    ("vt-demo", "graduate_credit"): "College credit",
    ("vt-demo", "pay"): "Salary",
    ("il-demo", "pay"): "Compensation",
    ("il-demo", "district_pd"): "PD hours",
}
NOT_YET = {
    "name": "dates",
    "outcome": "failed",
    "detail": "It expired on June 1, 2026.",
    "remedy": "Ask the issuer to renew it.",
}


@dataclass
class Village:
    """Writes rows; every method is one transaction and returns an id."""

    store: Store
    numbers: "count[int]"

    def educator(self, address: str = "maya@district.example", *more: str, name: str = "Maya Fontaine") -> int:
        given, _, family = name.partition(" ")
        with self.store.transaction() as session:
            educator = Educator(member_number=f"M{next(self.numbers)}", given_name=given, family_name=family)
            session.add(educator)
            session.flush()
            for rank, each in enumerate(a for a in (address, *more) if a):
                session.add(Address(educator_id=educator.id, address=each, folded=each.casefold(), rank=rank))
            return educator.id

    def submission(
        self,
        sender: str = "maya@district.example",
        outcome: str = "carriers",
        case: int | None = None,
        at: datetime = NIGHT,
        **reading: Any,
    ) -> int:
        with self.store.transaction() as session:
            number = next(self.numbers)
            made = Submission(
                source="mailbox",
                source_key=f"k{number}",
                name="a",
                sha256=f"{number:064x}",
                size=1,
                received_at=at,
                stored_at=at,
            )
            session.add(made)
            session.flush()
            session.add(Reading(submission_id=made.id, outcome=outcome, sender=sender, read_at=at, **reading))
            if case is not None:
                session.add(CaseSubmission(case_id=case, submission_id=made.id))
            return made.id

    def case(
        self,
        educator: int | None,
        title: str = "Formative Assessment",
        state: str = "matched",
        sender: str = "maya@district.example",
        checks: list[dict[str, str]] | None = None,
        at: datetime = NIGHT,
    ) -> int:
        with self.store.transaction() as session:
            case = Case(
                key=f"credential:{next(self.numbers)}",
                state=state,
                opened_at=at,
                received_at=at,
                title=title,
                issuer="nea",
                issuer_name="National Example Association",
                educator_id=educator,
            )
            session.add(case)
            session.flush()
            outcome = "rejected" if checks else "verified"
            session.add(VerdictRecord(case_id=case.id, at=at, outcome=outcome, checks=checks or []))
            case_id = case.id
        self.submission(sender, case=case_id, at=at)
        return case_id

    def decide(
        self,
        case: int,
        outcome: str = "granted",
        agreement: str = "vt-demo",
        currency: str = "state_cpd",
        quantity: str = "15",
        unit: str = "hour",
        sentence: str = "The clause gives 15 hours for each micro-credential.",
        change: str = "",
        owner: str = "nobody",
        **more: Any,
    ) -> int:
        with self.store.transaction() as session:
            same = select(DecisionRecord).where(
                col(DecisionRecord.case_id) == case,
                col(DecisionRecord.agreement) == agreement,
                col(DecisionRecord.currency) == currency,
            )
            reason = {"clause": "x", "code": "x", "sentence": sentence, "owner": owner, "change": change}
            educator = more.pop("educator", None) or session.get_one(Case, case).educator_id
            assert educator is not None
            made = DecisionRecord(
                case_id=case,
                educator_id=educator,
                agreement=agreement,
                agreement_sha256=agreement.ljust(64, "0"),
                recognizer="Vermont-NEA" if agreement == "vt-demo" else "CUSD 200",
                clause=more.pop("clause", CLAUSES[agreement, currency]),
                currency=currency,
                revision=len(session.exec(same).all()) + 1,
                outcome=outcome,
                quantity=Decimal(quantity),
                unit=unit,
                reasons=[reason],
                decided_at=NIGHT,
                **more,
            )
            session.add(made)
            session.flush()
            return made.id

    def certificate(self, decision: int, state: str = "valid", drawn: bool = True, replaces: int | None = None) -> int:
        with self.store.transaction() as session:
            d = session.get_one(DecisionRecord, decision)
            number = next(self.numbers)
            made = Certificate(
                number=f"VT-2026-{number:04d}",
                award=f"case:{d.case_id}/{d.agreement}/{d.currency}",
                case_id=d.case_id,
                educator_id=d.educator_id,
                decision_id=decision,
                state=state,
                issued_on=NIGHT.date(),
                printed={},
                sha256=self.store.evidence.put(b"%PDF certificate " + str(number).encode()) if drawn else "",
                replaces_id=replaces,
            )
            session.add(made)
            session.flush()
            return made.id

    def end(self, certificate: int, state: str, by: str = "nightly", reason: str = "") -> str:
        """A certificate does not count any more; its number."""
        with self.store.transaction() as session:
            row = session.get_one(Certificate, certificate)
            row.state, row.ended_at, row.ended_by, row.ended_reason = state, NIGHT, by, reason
            return row.number

    def credit(self, decision: int) -> int:
        with self.store.transaction() as session:
            d = session.get_one(DecisionRecord, decision)
            made = CreditRequest(
                number=f"CR-VT-2026-{next(self.numbers):04d}",
                case_id=d.case_id,
                educator_id=d.educator_id,
                decision_id=decision,
                agreement=d.agreement,
                state="requested",
                requested_on=NIGHT.date(),
                printed={},
                sha256=self.store.evidence.put(b"%PDF request"),
            )
            session.add(made)
            session.flush()
            return made.id

    def post(self, decision: int) -> int:
        """The ledger's line of a grant."""
        with self.store.transaction() as session:
            d = session.get_one(DecisionRecord, decision)
            same = {n: getattr(d, n) for n in ("case_id", "educator_id", "recognizer", "agreement", "currency")}
            made = Posting(
                decision_id=d.id,
                kind="grant",
                quantity=d.quantity,
                unit=d.unit,
                pay_month=d.pay_month,
                posted_at=NIGHT,
                **same,
            )
            session.add(made)
            session.flush()
            return made.id

    def deliver(self, *postings: int) -> None:
        """A month's package, with these lines, has gone to HR."""
        with self.store.transaction() as session:
            made = Package(
                district="CUSD 200", month="2026-10", path="hr", manifest_sha256="0" * 64, totals={}, closed_at=NIGHT
            )
            session.add(made)
            session.flush()
            for number in postings:
                session.add(PackageLine(package_id=made.id, line=f"L-{number}", posting_id=number))

    def accepted(self, educator: int, title: str = "Formative Assessment") -> int:
        """A case with its granted hours and the certificate drawn; the case's id."""
        case = self.case(educator, title)
        self.certificate(self.decide(case))
        return case

    def message(self, to: str = "maya@district.example", **more: Any) -> int:
        """A pending message."""
        number = next(self.numbers)
        values: dict[str, Any] = {
            "kind": "results",
            "subject_key": f"k{number}",
            "to_address": to,
            "subject": "Formative Assessment: accepted",
            "text": "Hello Maya,\n",
            "html": "<p>Hello Maya,</p>",
            "message_id": f"<results.{number}@demo-ea.example>",
            "state": "pending",
            "written_at": NIGHT,
            **more,
        }
        with self.store.transaction() as session:
            made = Message(**values)
            session.add(made)
            session.flush()
            return made.id

    def messages(self) -> list[Message]:
        with self.store.reading() as session:
            return list(session.exec(select(Message).order_by(col(Message.id))))

    def the_message(self) -> Message:
        (message,) = self.messages()
        return message


def village(store: Store) -> Village:
    return Village(store, count(1))


def each(session: Session, table: type[Any]) -> list[Any]:
    return list(session.exec(select(table)))


LONG_AGO = NIGHT - timedelta(days=31)
