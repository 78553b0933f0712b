"""Plain facts for the tests of reporting's pure core: one educator, one agreement, lines and held decisions of October 2026."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from countersign.reporting.facts import AwardFact, EmploymentFact, HeldFact, LineFact, PackageFacts, TermsFact

WORK = EmploymentFact("00417", "Teacher", "Lincoln School", Decimal("0.5"), date(2020, 8, 1))
AWARD = AwardFact(
    educator=1,
    name="Avery Example",
    sort_name=("Example", "Avery", ""),
    employments=(WORK,),
    case=1,
    title="Assessment Literacy",
    assertion_id="https://issuer.example/a/1",
    issuer="National Education Association",
    earned_on=date(2026, 9, 17),
    received_on=date(2026, 9, 20),
    submitted_on=date(2026, 9, 20),
    pre_approval="approved 2026-08-15",
)
TERMS = TermsFact("cu", "c" * 64, "PD hours", "district_pd", "2026-27")


def line(
    posting: int = 1, quantity: str = "8", unit: str = "hour", pay_month: str = "2026-10", **more: Any
) -> LineFact:
    fact = LineFact(posting, AWARD, TERMS, Decimal(quantity), unit, pay_month, "2026-27", None, "8 hours by the log.")
    return replace(fact, **more)


def facts(*lines: LineFact, **more: Any) -> PackageFacts:
    made = PackageFacts(
        district="CUSD 200",
        month="2026-10",
        time_zone="America/Chicago",
        closed_at=datetime(2026, 11, 1, 6, tzinfo=UTC),
        run_id="run",
        lines=lines,
    )
    return replace(made, **more)


def working(*employments: EmploymentFact) -> AwardFact:
    return replace(AWARD, employments=employments)


def held(decision: int, *employments: EmploymentFact, outcome: str = "held") -> HeldFact:
    award = working(*employments)
    return HeldFact(decision, award, TERMS, outcome, Decimal(0), "", "The amount is missing.", "hr", "2026-11")
