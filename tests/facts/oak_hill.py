"""An invented district whose agreement asks for every kind of fact, an educator of it, and files to import."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlmodel import col, select

from countersign.desk.facts_entry import FactChange, add_fact, import_facts
from countersign.recognition import load_rules
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.records import CaseRecord, EducatorRecord, Span, Work
from models.tables import DecisionRecord, FactRecord, ReviewItem
from tests.recognition.builders import Rows, case, chicago

AGREEMENT = """
id = "oak-hill"
recognizer = "Oak Hill SD"
title = "An invented contract"
source = "Invented for tests"
time_zone = "America/Chicago"
in_force = { from = 2024-07-01, until = 2027-06-30, by = "submitted" }
year = { starts = "07-01" }
applies_to = { employer = "Oak Hill SD", employed_on = "submitted", bands = ["B"] }
eligibility = { issuers = "nea" }
fictional = true

[[grants]]
clause = "Stipend"
currency = "pay"
text = "300 dollars for each at level 3 or above, two a year, more if there are funds."
needs = { mastery = { at_least = 3 } }
value = { flat = 300, unit = "USD" }
exclusions = { paid_elsewhere = "refused" }
cap = { count = 2, per = "year", counted_by = "submitted", order = "submitted", overflow = "bank_if_funds" }
processed = "monthly"

[[grants]]
clause = "Hours"
currency = "district_pd"
text = "10 hours for each, for those who chose hours."
election = "Hours or release"
value = { flat = 10, unit = "hour" }
processed = "monthly"

[[grants]]
clause = "Release"
currency = "in_lieu_of_pd"
text = "8 hours of release for each, for those who chose release."
election = "Hours or release"
value = { flat = 8, unit = "hour" }

[[grants]]
clause = "Credit"
currency = "other"
text = "As many credits as the transcript shows."
value = { rate = 1, unit = "credit", by = "transcript", rounding = { to = 0.01, how = "half_up" } }

[exceptions]
ruling_by = ["Joint Panel", "Superintendent"]
appeal = { within_days = 30, to = "the Joint Panel" }
"""

RECEIVED = chicago("2024-09-10 09:00")
NIGHT = chicago("2024-09-11 02:00")
RECORD = EducatorRecord(
    7, "IL", (Work("Oak Hill SD", "Teacher", Span(date(2016, 8, 15)), band="B"),), memberships=(Span(date(2016, 9, 1)),)
)


def rules_of(workspace: Workspace) -> Sequence[Rules]:
    """The agreement, written into the workspace."""
    (workspace.agreements / "oak-hill.toml").write_text(AGREEMENT, encoding="utf-8")
    return load_rules(workspace.agreements)


def three(store: Store) -> int:
    """The educator with three micro-credentials that arrived one minute after the other; returns the educator's id."""
    cases: list[CaseRecord] = [case(n, RECEIVED.replace(minute=n), hours=None) for n in (1, 2, 3)]
    with store.transaction() as session:
        rows = Rows(session)
        educator = rows.educator(RECORD)
        for one in cases:
            rows.case(educator, one)
    return educator


def add(store: Store, workspace: Workspace, kind: str, **cells: str) -> FactChange:
    """One fact of September 10, 2024 recorded by Robin, unless `cells` say another day."""
    return add_fact(store, workspace, kind, {"on": "2024-09-10", **cells}, NIGHT, "Robin")


def load(store: Store, workspace: Workspace, folder: Path, *lines: str, header: str, **options: object) -> FactChange:
    """A file of facts with these lines, imported by Robin."""
    path = folder / "facts.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return import_facts(store, workspace, path, NIGHT, "Robin", **options)  # pyright: ignore[reportArgumentType]


def outcome(store: Store, case_id: int, currency: str) -> tuple[str, str, str]:
    """Outcome, quantity and the first reason's code of the live decision."""
    with store.reading() as session:
        query = select(DecisionRecord).where(DecisionRecord.case_id == case_id, DecisionRecord.currency == currency)
        row = session.exec(query.order_by(col(DecisionRecord.revision).desc())).first()
        assert row is not None
        return row.outcome, f"{row.quantity.normalize():f}", row.reasons[0]["code"] if row.reasons else ""


def facts(store: Store) -> Sequence[FactRecord]:
    with store.reading() as session:
        return session.exec(select(FactRecord).order_by(col(FactRecord.id))).all()


def open_items(store: Store) -> dict[str, ReviewItem]:
    """Code → the open item of case 1."""
    with store.reading() as session:
        query = select(ReviewItem).where(ReviewItem.subject == "case:1", col(ReviewItem.closed_at).is_(None))
        return {item.code: item for item in session.exec(query)}
