"""A store on which verification works, read and changed in short words: what a test of a night needs."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlmodel import col, select

from countersign import review
from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification import (
    verify_carriers,
    waiting_carriers,
)
from models.tables import Case, CaseSubmission, ReviewItem, VerdictRecord
from models.words import Owner
from tests.verification.making import (
    ED,
    ISSUER,
    NOW,
    SITE,
    assertion,
    badge_class,
    multibase,
    ob3,
    profile,
    vc_jwt,
)

REGISTRY = f"""
[[issuers]]
id = "acme"
name = "Acme Learning, registered"
ids = ["{ISSUER}"]
origins = ["{SITE}"]
accepted = {{ from = 2020-01-01 }}
vetted = {{ by = "Joint committee", on = 2026-01-01 }}

[[issuers.keys]]
id = "{ISSUER}#key-1"
multibase = "{multibase(ED)}"
"""
UNKNOWN_STATUS = vc_jwt(ob3(credentialStatus={"id": f"{SITE}/status/1", "type": "HouseStatus"}))
Bring = Callable[..., int]


def verify(store: Store, workspace: Workspace, carriers: Sequence[int] | None = None, now: datetime = NOW) -> None:
    verify_carriers(store, workspace, waiting_carriers(store, now) if carriers is None else carriers, now)


def cases(store: Store) -> list[Case]:
    with store.reading() as session:
        return list(session.exec(select(Case).order_by(col(Case.id))).all())


def states(store: Store) -> list[str]:
    return [c.state for c in cases(store)]


def verdicts(store: Store, case_id: int) -> list[str]:
    with store.reading() as session:
        return list(session.exec(select(VerdictRecord.outcome).where(VerdictRecord.case_id == case_id)).all())


def submissions(store: Store, case_id: int) -> list[int]:
    with store.reading() as session:
        return sorted(session.exec(select(CaseSubmission.submission_id).where(CaseSubmission.case_id == case_id)).all())


def holds(store: Store) -> list[str]:
    with store.reading() as session:
        items = session.exec(select(ReviewItem).where(col(ReviewItem.closed_at).is_(None))).all()
        return [f"{i.subject} {i.code}" for i in items]


def publish(workspace: Workspace, **changes: object) -> None:
    pages = {"assertions/1.json": assertion(), "badge.json": badge_class(), "profile": profile()} | changes
    for name, body in pages.items():
        path = workspace.root / "web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(body), encoding="utf-8")


def hold_by_matching(store: Store) -> None:
    with store.transaction() as session:
        session.get_one(Case, 1).state = "held"
        review.hold(
            session,
            subject="case:1",
            code="unknown_person",
            sentence="s",
            next_step="n",
            owner=Owner.staff,
            now=NOW,
        )
