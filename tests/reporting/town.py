"""A small town for reporting's tests: agreements, educators, cases, decisions and postings written straight to the store."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import select

from countersign.store import Store
from models.agreement import Agreement, Rules
from models.tables import Case, DecisionRecord, Educator, Employment, Posting, PreApproval


def agreement(agreement_id: str = "cu", district: str | None = "CUSD 200", **more: Any) -> Rules:
    """A district's agreement with hours and an amount of money; `sha256` is made of its id."""
    sha256 = more.pop("sha256", agreement_id.ljust(64, "0"))
    applies = {"employer": district, "employed_on": "submitted"} if district else {"licence_state": "VT"}
    terms: dict[str, Any] = {
        "id": agreement_id,
        "recognizer": district or "Vermont",
        "title": "Micro-credentials, contract 2023-24 to 2026-27",
        "source": "Frequently asked questions, updated 2024-07-25",
        "time_zone": "America/Chicago",
        "in_force": {"from": date(2023, 7, 1), "until": date(2027, 6, 30), "by": "submitted"},
        "year": {"starts": "07-01"},
        "applies_to": applies,
        "eligibility": {"issuers": ["nea"], "preapproval": {"required": True}},
        "grants": [
            {
                "clause": "PD hours",
                "currency": "district_pd",
                "text": "Up to 8 hours.",
                "value": {"flat": Decimal(8), "unit": "hour"},
            }
        ],
    }
    return Rules(terms=Agreement.model_validate({**terms, **more}), sha256=sha256, file=f"{agreement_id}.toml")


@dataclass
class Town:
    """Writes rows; every method is one transaction and returns ids."""

    store: Store
    people: int = 0
    cases: int = 0

    def person(
        self,
        name: str = "Avery Example",
        district: str = "CUSD 200",
        employee_id: str = "00417",
        starts: date = date(2020, 8, 1),
        ends: date | None = None,
        **more: Any,
    ) -> int:
        self.people += 1
        given, _, family = name.rpartition(" ")
        with self.store.transaction() as session:
            educator = Educator(member_number=f"M{self.people}", given_name=given, family_name=family)
            session.add(educator)
            session.flush()
            self._employ(session, educator.id, district, employee_id, starts, ends, **more)
            return educator.id

    def employ(self, educator: int, district: str, employee_id: str, starts: date, ends: date | None = None) -> None:
        with self.store.transaction() as session:
            self._employ(session, educator, district, employee_id, starts, ends)

    def _employ(
        self, session: Any, educator: int, district: str, employee_id: str, starts: date, ends: date | None, **more: Any
    ) -> None:
        more = {"role": "Teacher", "location": "Lincoln School", "fte": Decimal("0.5"), **more}
        session.add(
            Employment(
                educator_id=educator, district=district, employee_id=employee_id, starts=starts, ends=ends, **more
            )
        )

    def case(
        self,
        educator: int,
        title: str = "Assessment Literacy",
        received_at: datetime = datetime(2026, 9, 20, 15, tzinfo=UTC),
        issued_on: datetime = datetime(2026, 9, 18, 3, tzinfo=UTC),
        state: str = "matched",
        issuer_name: str = "National Education Association",
    ) -> int:
        self.cases += 1
        with self.store.transaction() as session:
            case = Case(
                key=f"credential:{self.cases}",
                state=state,
                opened_at=received_at,
                received_at=received_at,
                issued_on=issued_on,
                title=title,
                issuer="nea",
                issuer_name=issuer_name,
                credential_id=f"https://issuer.example/a/{self.cases}",
                educator_id=educator,
            )
            session.add(case)
            session.flush()
            return case.id

    def decide(
        self,
        case: int,
        outcome: str = "granted",
        quantity: str = "8",
        unit: str = "hour",
        currency: str = "district_pd",
        agreement: str = "cu",
        **more: Any,
    ) -> int:
        with self.store.transaction() as session:
            educator = more.pop("educator", None) or session.exec(select(Case.educator_id).where(Case.id == case)).one()
            assert educator is not None
            revisions = session.exec(
                select(DecisionRecord).where(
                    DecisionRecord.case_id == case,
                    DecisionRecord.agreement == agreement,
                    DecisionRecord.currency == currency,
                )
            ).all()
            values: dict[str, Any] = {
                "recognizer": "CUSD 200",
                "clause": "PD hours",
                "agreement_sha256": agreement.ljust(64, "0"),
                "period": "2026-27",
                "reasons": [
                    {"clause": "PD hours", "code": "log", "sentence": "8 hours by the log.", "owner": "nobody"}
                ],
                "decided_at": datetime(2026, 9, 21, 6, tzinfo=UTC),
                **more,
            }
            decision = DecisionRecord(
                case_id=case,
                educator_id=educator,
                agreement=agreement,
                currency=currency,
                revision=len(revisions) + 1,
                outcome=outcome,
                quantity=Decimal(quantity),
                unit=unit,
                **values,
            )
            session.add(decision)
            session.flush()
            return decision.id

    def post(self, decision: int, pay_month: str = "2026-10", kind: str = "grant", reverses: int | None = None) -> int:
        """A line of the ledger; a reversal has the month and the period of the line it takes back."""
        with self.store.transaction() as session:
            d = session.get(DecisionRecord, decision)
            assert d is not None
            original = session.get(Posting, reverses) if reverses else None
            posting = Posting(
                decision_id=d.id,
                case_id=d.case_id,
                educator_id=original.educator_id if original else d.educator_id,
                recognizer=d.recognizer,
                agreement=d.agreement,
                currency=d.currency,
                kind=kind,
                quantity=-original.quantity if original else d.quantity,
                unit=original.unit if original else d.unit,
                period=original.period if original else d.period,
                pay_month=original.pay_month if original else pay_month,
                reverses_id=reverses,
                posted_at=d.decided_at,
            )
            session.add(posting)
            session.flush()
            return posting.id

    def hours(self, educator: int, quantity: str = "8", pay_month: str = "2026-10", **case: Any) -> int:
        """A case with hours granted and posted; the posting's id."""
        return self.post(self.decide(self.case(educator, **case), quantity=quantity), pay_month)

    def pay(self, educator: int, amount: str = "200", pay_month: str = "2026-11", **case: Any) -> int:
        """A case with money granted and posted; the posting's id."""
        cap = {"limit": "5", "before": "0", "used": "1", "after": "1", "unit": "micro-credential", "period": "2026-27"}
        decision = self.decide(
            self.case(educator, **case),
            quantity=amount,
            unit="USD",
            currency="pay",
            clause="Compensation",
            cap=cap,
            pay_month=pay_month,
        )
        return self.post(decision, pay_month)

    def reverse(self, posting: int) -> int:
        """The posting taken back by a newer decision that refuses; the reversal's id."""
        with self.store.reading() as session:
            original = session.get(Posting, posting)
            assert original is not None
        reasons = [{"clause": "PD hours", "code": "revoked", "sentence": "The issuer revoked it.", "owner": "nobody"}]
        decision = self.decide(
            original.case_id, "refused", "0", original.unit, original.currency, original.agreement, reasons=reasons
        )
        return self.take_back(decision, posting)

    def take_back(self, decision: int, posting: int) -> int:
        """The reversal of the posting by that decision; its id."""
        return self.post(decision, kind="reversal", reverses=posting)

    def approve(self, educator: int, title: str, on: date, recognizer: str = "CUSD 200") -> None:
        with self.store.transaction() as session:
            session.add(
                PreApproval(
                    educator_id=educator,
                    recognizer=recognizer,
                    title=title,
                    approved_on=on,
                    recorded_by="hr",
                    recorded_at=datetime(2026, 9, 1, tzinfo=UTC),
                )
            )
