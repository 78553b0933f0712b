"""The registration form for feedback before submission: made on request, before there is any micro-credential to speak of [VT-4]."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from countersign import audit
from countersign.errors import UsageError
from countersign.evidence import write_whole
from countersign.issuance.credit import contact_of, workplaces_of
from countersign.issuance.drawing import draw_feedback_registration
from countersign.issuance.registration import feedback_registration
from countersign.issuance.shelf import coverage
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Agreement, Rules
from models.tables import Address, Educator


def make_registration(
    store: Store,
    workspace: Workspace,
    rules: Sequence[Rules],
    member: str,
    title: str,
    now: datetime,
    by: str,
    *,
    on: date | None = None,
    agreement: str = "",
) -> Path:
    """The form as a PDF in the outbox, kept in the evidence too; its path within the workspace. The same form again is the same file.

    Raises UsageError, and NotPrintable when not exactly one fee for feedback is in force on the day.
    """
    if not by.strip():
        raise UsageError("--by may not be empty.", "The name is kept with the form.")
    with store.transaction() as session:
        educator = _educator(session, member)
        terms = _terms(rules, educator, agreement)
        day = on or now.astimezone(ZoneInfo(terms.time_zone)).date()
        content = _drawn(session, workspace, terms, educator, title, day)
        sha256 = store.evidence.put(content)
        path = (
            Path("outbox") / "registrations" / f"feedback-{educator.id}-{hashlib.sha256(content).hexdigest()[:12]}.pdf"
        )
        write_whole(workspace.root / path, content)
        audit.record(
            session,
            at=now,
            actor=by.strip(),
            action="registration form made",
            subject=f"educator:{educator.id}",
            sha256=sha256,
            agreement=terms.id,
        )
    return path


def _educator(session: Session, wanted: str) -> Educator:
    """Whom staff mean: a member number, or one of the addresses on the roster. Raises UsageError."""
    query = select(Educator).where(col(Educator.member_number) == wanted.strip())
    if "@" in wanted:
        ids = select(Address.educator_id).where(col(Address.folded) == wanted.strip().casefold())
        query = select(Educator).where(col(Educator.id).in_(ids))
    found = session.exec(query).all()
    if len(found) == 1:
        return found[0]
    what = "e-mail address" if "@" in wanted else "member number"
    who = "More than one educator" if found else "Nobody"
    raise UsageError(
        f"{who} on the roster has the {what} {wanted[:80]}.",
        "Give the member number or an e-mail address as the roster has it, not a name; the file from which the roster was "
        "imported has both.",
    )


def _drawn(session: Session, workspace: Workspace, terms: Agreement, educator: Educator, title: str, on: date) -> bytes:
    printed = feedback_registration(
        terms,
        workspace.settings,
        educator,
        workplaces_of(session, educator.id, on),
        title=title,
        contact=contact_of(session, educator.id),
        uncovered=coverage(workspace),
        on=on,
    )
    return draw_feedback_registration(printed, workspace.template_folders)


def _terms(rules: Sequence[Rules], educator: Educator, agreement: str) -> Agreement:
    """The one agreement that says what feedback costs for this educator. Raises UsageError."""
    newest: dict[str, Agreement] = {}
    for rule in sorted(rules, key=lambda r: r.terms.in_force.from_):
        newest[rule.terms.id] = rule.terms
    if agreement and agreement not in newest:
        raise UsageError(f"There is no agreement {agreement}.", f"There are {', '.join(sorted(newest))}.")
    able = [
        terms
        for terms in newest.values()
        if (agreement and terms.id == agreement)
        or (
            not agreement
            and terms.district_funds is not None
            and terms.district_funds.feedback
            and terms.applies_to.licence_state in (None, educator.licence_state)
        )
    ]
    if not able:
        raise UsageError(
            "No agreement says what feedback before submission costs this educator.",
            "Add [district_funds] with source and feedback to the agreement, see docs/agreements.md.",
        )
    if len(able) > 1:
        raise UsageError(
            f"More than one agreement has a fee for feedback: {', '.join(t.id for t in able)}.",
            "Name one with --agreement.",
        )
    return able[0]
