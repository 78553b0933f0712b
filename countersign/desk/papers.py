"""Papers at the desk: one certificate or credit request with all that is known of it, and certificates by what staff look for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from countersign import issuance
from countersign.errors import UsageError
from countersign.issuance.life import find
from countersign.recognition import amount
from countersign.settings import Workspace
from countersign.store import Store
from models.tables import Case, Certificate, CreditRequest, Educator
from models.words import PaperState

_LABELS = {
    "sha256": "SHA-256",
    "printed": "what it says",
    "licence": "license number",
    "licence_state": "state of the license",
    "agreement_sha256": "agreement's SHA-256",
    "agreement_title": "agreement's title",
    "assertion": "credential",
    "quantity_words": "quantity in words",
    "check_url": "checked at",
    "check_place": "site of the check",
}
"""The keys of a paper that say little to a reader, in words."""


def one_paper(store: Store, workspace: Workspace, number: str) -> dict[str, Any]:
    """The facts of a certificate or credit request: key → value. Raises UsageError when there is no such number, with those that are
    near it."""
    with store.reading() as session:
        found = paper_of(session, number)
        if found is None:
            raise UsageError(*_not_found(session, number))
        day = {"issued_on": found.issued_on} if isinstance(found, Certificate) else {"requested_on": found.requested_on}
        return {
            "number": found.number,
            "state": found.state,
            **{key: value.isoformat() for key, value in day.items()},
            **(_life(session, found) if isinstance(found, Certificate) else {}),
            "case": f"C-{found.case_id}",
            "file": _file(workspace, found),
            "sha256": found.sha256,
            "printed": found.printed,
        }


def paper_of(session: Session, number: str) -> Certificate | CreditRequest | None:
    """The certificate or credit request with a number as a person typed it."""
    wanted = issuance.read_number(number)
    if wanted is None:
        return None
    found = session.exec(select(Certificate).where(col(Certificate.number) == wanted)).first()
    return found or session.exec(select(CreditRequest).where(col(CreditRequest.number) == wanted)).first()


def near(session: Session, number: str) -> list[str]:
    """The numbers of ours that somebody may have meant who typed `number`: with one slip, or other letters before the year."""
    able = issuance.near_numbers(number)
    found: set[str] = set()
    for column in (col(Certificate.number), col(CreditRequest.number)):
        found |= set(session.exec(select(column).where(column.in_(able))))
        read = issuance.read_number(number)
        if read is not None:
            found |= set(session.exec(select(column).where(column.endswith(read[-18:], autoescape=True)).limit(10)))
    return sorted(found)


def _not_found(session: Session, number: str) -> tuple[str, str]:
    what = f"No certificate or credit request has the number {number}."
    meant = near(session, number)
    if meant:
        return what, f"Did you mean {' or '.join(meant)}? Compare it with the foot of the paper."
    if issuance.read_number(number) is None:
        return what, "Its check character is wrong, or it is no number at all. Copy it from the foot of the paper."
    return what, "It is well formed, but was never issued here. Copy it from the foot of the paper."


def _life(session: Session, row: Certificate) -> dict[str, str]:
    """What it replaces, what replaces it, and how it ended."""
    after = issuance.successor(session, row) if row.state != PaperState.valid else None
    return {
        "replaces": str(row.printed.get("replaces", "")),
        "replaced_by": after.number if after else "",
        "ended": f"{row.ended_at:%Y-%m-%d %H:%M} UTC" if row.ended_at else "",
        "ended_by": row.ended_by,
        "ended_reason": row.ended_reason,
    }


def in_words(state: str) -> str:
    return state.replace("_", " ")


def _file(workspace: Workspace, found: Certificate | CreditRequest) -> str:
    if not found.path:
        return "not drawn yet; the next nightly run draws it"
    path = workspace.root / found.path
    return str(path) if path.is_file() else f"{path} is missing; put it back with: countersign reconcile --repair"


@dataclass(frozen=True, slots=True)
class Line:
    """One certificate in a list. `former_name` is the name on it when the educator has another one now, else empty."""

    number: str
    state: str
    issued_on: date
    case: str
    title: str
    member_number: str
    name: str
    former_name: str = ""


def certificates(
    store: Store,
    *,
    educator: str = "",
    case: int | None = None,
    state: PaperState | None = None,
    former_name: bool = False,
    limit: int = 0,
) -> list[Line]:
    """Certificates, newest first: all, or one educator's (by member number), one case's, those in one state, only those that count
    and carry a former name; at most `limit` when that is given. Raises UsageError when there is no such educator or case."""
    query = select(Certificate, Case, Educator)
    query = query.join(Case, col(Case.id) == col(Certificate.case_id))
    query = query.join(Educator, col(Educator.id) == col(Certificate.educator_id)).order_by(col(Certificate.id).desc())
    if former_name:
        state = PaperState.valid
    for value, condition in (
        (educator, col(Educator.member_number) == educator),
        (case, col(Certificate.case_id) == case),
        (state, col(Certificate.state) == state),
    ):
        if value:
            query = query.where(condition)
    lines: list[Line] = []
    with store.reading() as session:
        if educator and session.exec(select(Educator).where(col(Educator.member_number) == educator)).first() is None:
            raise UsageError(f"No educator has the member number {educator}.", "Look it up on the roster.")
        if case is not None and session.get(Case, case) is None:
            raise UsageError(
                f"There is no case C-{case}.", "The summary of the run and the review queue name the cases."
            )
        for row, of, whose in session.exec(query).yield_per(500):
            former = issuance.former_name(row, whose)
            if former_name and not former:
                continue
            lines.append(
                Line(
                    number=row.number,
                    state=row.state,
                    issued_on=row.issued_on,
                    case=of.label,
                    title=str(row.printed.get("title", of.title)),
                    member_number=whose.member_number,
                    name=whose.name,
                    former_name=former,
                )
            )
            if len(lines) == limit:
                break
    return lines


def known_certificates(store: Store, numbers: Sequence[str]) -> list[str]:
    """The numbers as they stand on the certificates, once each. Raises UsageError, before anything is done, for all that are none."""
    found: dict[str, None] = {}
    wrong: list[UsageError] = []
    with store.reading() as session:
        for number in numbers:
            try:
                found[find(session, number).number] = None
            except UsageError as error:
                wrong.append(error)
    if wrong:
        nothing = " Nothing was done." if len(numbers) > 1 else ""
        raise UsageError(" ".join(error.what for error in wrong) + nothing, wrong[0].remedy)
    return list(found)


def told_reissue(done: issuance.Reissued) -> list[str]:
    """What staff are told of a reissue."""
    if done.already:
        said = f"{done.old} was replaced by {done.new} already, which is the one that counts. Its file is {done.file or 'not drawn yet'}."
        return [said, "Nothing was changed."]
    began = "It had been begun before and is finished now: " if done.finished else ""
    said = [f"{began}{done.new} replaces {done.old} for C-{done.case_id}. Its file is {done.file}."]
    said += [
        f"  {_LABELS.get(d.what, d.what.replace('_', ' '))}: {d.before or '(nothing)'} → {d.after or '(nothing)'}"
        for d in done.differences
    ]
    said.append("The next nightly run mails it to the educator and says what it replaces and why.")
    return said + _aside(done.old, done.aside)


def told_revocation(done: issuance.Revoked) -> list[str]:
    """What staff are told of a revocation: what it does, and what it does not."""
    if done.already:
        said = f"{done.number} was revoked already, on {done.at:%Y-%m-%d} by {done.by}: {done.reason}"
        return [said, "Nothing was changed.", *_aside(done.number, done.aside)]
    said = [
        f"{done.number} of C-{done.case_id} is revoked. No other is issued for its award until somebody runs: "
        f'countersign certificate reissue {done.number} --by NAME --reason "…"',
        "The next nightly run tells the educator.",
    ]
    if done.granted is not None:
        quantity, unit = done.granted
        said.append(
            f"The ledger is as it was: {amount(Decimal(quantity), unit)} stay granted for C-{done.case_id}. Taking those back is a decision "
            f"under the agreement: countersign fact add ruling C-{done.case_id} --agreement {done.agreement} --decision refused …"
        )
    return said + _aside(done.number, done.aside)


def _aside(number: str, aside: bool) -> list[str]:
    return [] if aside else [f"The file of {number} could not be put aside: see countersign review."]
