"""Rosters for the tests: written as CSV from a few words, and looked up again."""

import csv
import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from countersign.matching import import_roster
from countersign.store import Store
from models.tables import (
    Address,
    Case,
    CaseSubmission,
    Educator,
    Reading,
    ReviewItem,
    Submission,
    VerdictRecord,
)
from models.words import CaseState

COLUMNS = [
    "member_number",
    "given_name",
    "family_name",
    "suffix",
    "email",
    "other_emails",
    "former_names",
    "licence_state",
    "licence_number",
    "licence_level",
    "licence_from",
    "licence_until",
    "member_from",
    "member_until",
    "district",
    "employee_id",
    "role",
    "band",
    "bargaining_unit",
    "location",
    "fte",
    "employed_from",
    "employed_until",
]

MAYA = {
    "member_number": "VT-1",
    "given_name": "Maya",
    "family_name": "Fontaine",
    "email": "maya.fontaine@district.example",
    "other_emails": "MayaF@Home.example; maya@old.example",
    "licence_state": "VT",
    "licence_number": "0451",
    "member_from": "2015-09-01",
    "district": "Maple Union SD",
    "employee_id": "30071",
    "role": "Teacher",
    "fte": "1.0",
    "employed_from": "2015-08-20",
}
OWEN = {
    "member_number": "IL-2",
    "given_name": "Owen",
    "family_name": "Castellanos",
    "suffix": "Jr.",
    "email": "owen@cusd.example",
    "former_names": "Owen Reyes",
    "district": "CUSD 200",
    "employee_id": "108812",
    "employed_from": "2020-08-14",
}


def write(path: Path, *rows: dict[str, str], columns: list[str] | None = None) -> Path:
    """A CSV with `rows`; columns a row does not name are empty."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns or COLUMNS, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def enrol(store: Store, folder: Path, now: datetime, *rows: dict[str, str]) -> None:
    import_roster(store, write(folder / "roster.csv", *rows), now, "test")


def educator_id(store: Store, member_number: str) -> int:
    with store.reading() as session:
        return session.exec(select(Educator.id).where(col(Educator.member_number) == member_number)).one()


def addresses(store: Store, member_number: str) -> list[str]:
    with store.reading() as session:
        query = select(Address.address).join(Educator).where(col(Educator.member_number) == member_number)
        return list(session.exec(query.order_by(col(Address.rank))))


def hashed(address: str, salt: str = "deadsea", algorithm: str = "sha256", kind: str = "email") -> dict[str, Any]:
    """An identity as a credential states it, hashed."""
    digest = hashlib.new(algorithm, (address + salt).encode()).hexdigest()
    return {"kind": kind, "value": f"{algorithm}${digest}", "hashed": True, "salt": salt}


def plain(value: str, kind: str = "email") -> dict[str, Any]:
    return {"kind": kind, "value": value, "hashed": False, "salt": ""}


def arrive(store: Store, now: datetime, case_id: int, sender: str = "", sender_name: str = "") -> int:
    """One more submission of the case, from `sender` (empty: an upload). Returns its id."""
    with store.transaction() as session:
        count = len(session.exec(select(Submission.id)).all())
        submission = Submission(
            source="folder",
            source_key=str(count),
            name="a",
            sha256=f"{count:064x}",
            size=1,
            received_at=now,
            stored_at=now,
        )
        session.add(submission)
        session.flush()
        session.add(CaseSubmission(case_id=case_id, submission_id=submission.id))
        session.add(
            Reading(
                submission_id=submission.id, outcome="carriers", sender=sender, sender_name=sender_name, read_at=now
            )
        )
        return submission.id


def case_of(
    store: Store,
    now: datetime,
    *identities: dict[str, Any],
    sender: str = "",
    sender_name: str = "",
    title: str = "Formative Assessment",
    outcome: str = "verified",
) -> int:
    """A case as verification leaves it, with one submission. Returns its id."""
    with store.transaction() as session:
        count = len(session.exec(select(Case.id)).all())
        case = Case(
            key=f"credential:{count}",
            state=CaseState.verified.value,
            opened_at=now,
            received_at=now,
            title=title,
            identities=list(identities),
        )
        session.add(case)
        session.flush()
        session.add(VerdictRecord(case_id=case.id, at=now, outcome=outcome, checks=[]))
        case_id = case.id
    arrive(store, now, case_id, sender, sender_name)
    return case_id


def case(store: Store, case_id: int) -> Case:
    with store.reading() as session:
        return session.get_one(Case, case_id)


def open_item(store: Store, case_id: int) -> ReviewItem:
    with store.reading() as session:
        return session.exec(
            select(ReviewItem).where(col(ReviewItem.subject) == f"case:{case_id}", col(ReviewItem.closed_at).is_(None))
        ).one()
