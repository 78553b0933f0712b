"""What people do with a certificate after it was issued: reissue it, so that another takes its place, or revoke it.

Both are a transaction of their own; the files follow. A process that is killed between leaves a certificate that does not count
among the files of those that do, and perhaps one that is planned and not drawn: repeating the command finishes that, and so
does the next night (`withdrawing`, `certificates`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from countersign import audit, review
from countersign.errors import CountersignError, UsageError
from countersign.issuance.certificates import draw, drawn, keep, planned, predecessor
from countersign.issuance.due import is_doubted, later_than
from countersign.issuance.numbering import new_number, read_number
from countersign.issuance.planning import Award
from countersign.issuance.shelf import read_award
from countersign.issuance.withdrawing import put_aside
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import Certificate, DecisionRecord, Educator
from models.text import printed_name
from models.words import NAME_CHANGED, DecisionOutcome, PaperState

EACH_ITS_OWN = ("number", "check_url", "issued_on", "replaces", "agreement_sha256", "embedded", "signed")
"""What of `printed` tells one certificate from another of the same content, or is not printed at all."""

MOST_STEPS = 1000
"""How many certificates in a row may have replaced each other."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the new certificate says otherwise: the key of `printed` ("name", "provider.number"), before and after."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Reissued:
    """A certificate took another's place. `finished` says that an earlier command had begun it; `aside` whether the old one's file
    is out of the way, which is staff's to see to otherwise (it stands in the review queue). `already`: `new` had taken its place before, and nothing was done."""

    old: str
    new: str
    case_id: int
    file: str
    differences: tuple[Difference, ...] = ()
    finished: bool = False
    aside: bool = True
    already: bool = False


@dataclass(frozen=True, slots=True)
class Revoked:
    """A certificate was revoked, or was `already` before: by whom, when and why. `granted` is the amount that the ledger has for its
    award all the same, with its unit; empty when there is none."""

    number: str
    case_id: int
    agreement: str
    by: str
    at: datetime
    reason: str
    granted: tuple[str, str] | None = None
    already: bool = False
    aside: bool = True


def find(session: Session, number: str) -> Certificate:
    """The certificate with this number, as a person typed it. Raises UsageError."""
    wanted = read_number(number)
    query = select(Certificate).where(col(Certificate.number) == (wanted or ""))
    found = session.exec(query).first()
    if found is None:
        raise UsageError(
            f"No certificate has the number {number}.",
            f"See what is near it with: countersign certificate show {number}",
        )
    return found


def successor(session: Session, certificate: Certificate) -> Certificate | None:
    """The valid certificate that took this one's place, by however many steps; None when there is none."""
    row = certificate
    for _ in range(MOST_STEPS):
        query = select(Certificate).where(
            col(Certificate.replaces_id) == row.id,
            or_(col(Certificate.state) == PaperState.valid.value, col(Certificate.sha256) != ""),
        )
        later = session.exec(query).first()
        if later is None or later.state == PaperState.valid:
            return later
        row = later
    return None


def reissue(
    store: Store,
    workspace: Workspace,
    rules: Sequence[Rules],
    number: str,
    *,
    by: str,
    reason: str,
    now: datetime,
    anyway: bool = False,
) -> Reissued:
    """Issue a certificate anew, from what is known at `now`: another number, and it says which one it replaces.

    It is drawn before anything is written, so that what cannot be printed leaves the old one as it is. Repeating the command
    after it was killed finishes what was begun. Raises UsageError when it cannot be reissued, or when the new one would say
    nothing else and not `anyway`; NotPrintable, GlyphsMissing and the others of drawing; Outage.
    """
    by, reason = review.person(by, reason)
    with store.reading() as session:
        old = find(session, number)
        begun = successor(session, old) if old.state == PaperState.replaced else None
        if begun is not None and not begun.sha256:
            return _finish(store, workspace, old, begun, (), now, by, finished=True)
        if begun is not None:
            return Reissued(old.number, begun.number, old.case_id, begun.path, already=True)
        award = _award(session, rules, old)
        before = old if old.sha256 else predecessor(session, award)
    kept = keep(store, workspace, award, now)
    fresh = new_number(award.prefix, award.day_of(now).year)
    new = planned(workspace, award, now, number=fresh, replaces=before, kept=kept)
    differences = _differences(old.printed, new.printed)
    if old.state == PaperState.valid and not differences and not anyway:
        raise UsageError(
            f"A new certificate would say the same as {old.number}, so there is nothing to reissue.",
            "Correct what is wrong on it first (countersign roster import, or the settings and the agreement); "
            "to put one in its place all the same: --anyway.",
        )
    content = drawn(store, workspace, new.printed)
    try:
        with store.transaction() as session:
            row = session.get_one(Certificate, old.id, with_for_update=True)
            current = _award(session, rules, row)
            again = planned(workspace, current, now, number=fresh, replaces=before, kept=kept)
            if row.state != old.state or _as_kept(again.printed) != _as_kept(new.printed):
                raise CountersignError(
                    f"What {old.number} says, or what is known of it, changed a moment ago.",
                    "Nothing was done; repeat the command.",
                )
            if row.state == PaperState.valid:
                _end(session, row, PaperState.replaced, by, reason, now)
            session.add(new)
            session.flush()
            audit.record(
                session,
                at=now,
                actor=by,
                action="certificate reissued",
                subject=f"certificate:{row.id}",
                award=row.award,
                by_certificate=new.id,
                changed=[difference.what for difference in differences],
            )
            _names_in_order(session, row.educator_id, by, now)
    except IntegrityError as error:
        raise CountersignError(
            f"Another certificate was issued for the award of {old.number} a moment ago.",
            f"See it with: countersign certificate list --case C-{old.case_id}",
        ) from error
    return _finish(store, workspace, old, new, differences, now, by, content=content)


def revoke(store: Store, workspace: Workspace, number: str, *, by: str, reason: str, now: datetime) -> Revoked:
    """A certificate does not count any more, because a person says so: its file is put aside, and no night issues another one
    for its award. The ledger stays as it is. Repeating finds it done.

    Raises UsageError when it does not count anyway, and Outage.
    """
    by, reason = review.person(by, reason)
    with store.transaction() as session:
        row = find(session, number)
        row = session.get_one(Certificate, row.id, with_for_update=True, populate_existing=True)
        already = row.state == PaperState.revoked
        if row.state not in (PaperState.valid, PaperState.revoked):
            raise UsageError(f"{row.number} does not count anyway: {_ended(session, row)}", _which_counts(session, row))
        if not already:
            _end(session, row, PaperState.revoked, by, reason, now)
            audit.record(
                session,
                at=now,
                actor=by,
                action="certificate revoked",
                subject=f"certificate:{row.id}",
                award=row.award,
            )
            _names_in_order(session, row.educator_id, by, now)
        live = _live(session, row)
    granted = live.outcome == DecisionOutcome.granted and live.educator_id == row.educator_id and bool(live.quantity)
    return Revoked(
        number=row.number,
        case_id=row.case_id,
        agreement=live.agreement,
        by=row.ended_by,
        at=row.ended_at or now,
        reason=row.ended_reason,
        granted=(str(live.quantity), live.unit) if granted else None,
        already=already,
        aside=put_aside(store, workspace, row.id, now, by),
    )


def _finish(
    store: Store,
    workspace: Workspace,
    old: Certificate,
    new: Certificate,
    differences: tuple[Difference, ...],
    now: datetime,
    by: str,
    *,
    content: bytes | None = None,
    finished: bool = False,
) -> Reissued:
    """The files of what the books say already."""
    aside = put_aside(store, workspace, old.id, now, by)
    if not draw(store, workspace, new, now, by, content):
        raise CountersignError(
            f"{new.number}, which took the place of {old.number}, was itself taken back a moment ago.",
            f"See what became of it with: countersign certificate show {new.number}",
        )
    with store.reading() as session:
        file = session.get_one(Certificate, new.id).path
    return Reissued(old.number, new.number, old.case_id, file, differences, finished, aside)


def _end(session: Session, row: Certificate, state: PaperState, by: str, reason: str, now: datetime) -> None:
    row.state, row.ended_at, row.ended_by, row.ended_reason = state.value, now, by, reason
    session.add(row)
    session.flush()  # before another becomes valid for the same award


def _award(session: Session, rules: Sequence[Rules], old: Certificate) -> Award:
    """The award of a certificate as it stands now. Raises UsageError when the certificate cannot be reissued."""
    newest = session.exec(
        select(Certificate).where(col(Certificate.award) == old.award).order_by(col(Certificate.id).desc()).limit(1)
    ).one()
    if newest.id != old.id:
        raise UsageError(
            f"{old.number} cannot be reissued: {newest.number} came after it for the same award, and is {newest.state}.",
            f"See it with: countersign certificate show {newest.number}",
        )
    if old.state == PaperState.withdrawn:
        raise UsageError(f"{old.number} cannot be reissued: {_ended(session, old)}", _which_counts(session, old))
    if old.state == PaperState.replaced:
        raise UsageError(
            f"{old.number} was replaced, and the certificate that takes its place is the next night's to issue.",
            "Run: countersign nightly",
        )
    live = _live(session, old)
    why = f"See why with: countersign explain C-{old.case_id}"
    if live.educator_id != old.educator_id:
        raise UsageError(
            f"C-{old.case_id} is another educator's now. The next night withdraws {old.number} and issues theirs.", why
        )
    if live.outcome != DecisionOutcome.granted:
        raise UsageError(f"{old.number} cannot be reissued: what it certifies is not granted any more.", why)
    if is_doubted(session, live):
        raise UsageError(
            f"{old.number} cannot be reissued while a doubt about C-{old.case_id} is open.",
            "Decide it first: countersign review",
        )
    award = read_award(session, rules, live.id)
    if award is None:
        raise CountersignError(f"The award of {old.number} changed a moment ago.", "Repeat the command.")
    return award


def _live(session: Session, certificate: Certificate) -> DecisionRecord:
    """The live decision on a certificate's award."""
    decided = session.get_one(DecisionRecord, certificate.decision_id)
    later, _ = later_than(decided)
    query = select(later).where(
        col(later.case_id) == decided.case_id,
        col(later.agreement) == decided.agreement,
        col(later.currency) == decided.currency,
    )
    return session.exec(query.order_by(col(later.revision).desc()).limit(1)).one()


def _ended(session: Session, row: Certificate) -> str:
    """How a certificate ended, in a sentence for staff."""
    after = successor(session, row)
    by = f" by {after.number}" if after is not None and row.state == PaperState.replaced else ""
    when = f" on {row.ended_at:%Y-%m-%d}, {row.ended_by}: {row.ended_reason}" if row.ended_at else "."
    return f"it was {row.state}{by}{when}"


def _which_counts(session: Session, row: Certificate) -> str:
    after = successor(session, row)
    if after is not None:
        return f"The one that counts is {after.number}."
    return f"If its award is granted again, the next night issues a new one. See: countersign explain C-{row.case_id}"


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    was, becomes = _flat(_as_kept(before)), _flat(_as_kept(after))
    keys = [key for key in dict.fromkeys((*was, *becomes)) if key.partition(".")[0] not in EACH_ITS_OWN]
    return tuple(
        Difference(key, was.get(key, ""), becomes.get(key, ""))
        for key in keys
        if was.get(key, "") != becomes.get(key, "")
    )


def _as_kept(printed: Mapping[str, Any]) -> dict[str, Any]:
    """`printed` as the database gives it back."""
    return json.loads(json.dumps(printed))


def _flat(printed: Mapping[str, Any], head: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in printed.items():
        if isinstance(value, Mapping):
            flat |= _flat(cast("Mapping[str, Any]", value), f"{head}{key}.")
        else:
            flat[f"{head}{key}"] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return flat


def _names_in_order(session: Session, educator_id: int, by: str, now: datetime) -> None:
    """Close the item that the roster import opened, once no valid certificate carries another name than the roster."""
    educator = session.get_one(Educator, educator_id)
    query = select(Certificate).where(
        col(Certificate.educator_id) == educator_id, col(Certificate.state) == PaperState.valid.value
    )
    if not any(former_name(row, educator) for row in session.exec(query)):
        said = "No certificate that counts carries a former name any more."
        review.release(session, subject=f"educator:{educator_id}", code=NAME_CHANGED, now=now, by=by, resolution=said)


def former_name(certificate: Certificate, educator: Educator) -> str:
    """The name on a certificate when another one would be printed now; empty when it is the same."""
    name = str(certificate.printed.get("name", ""))
    return name if name != printed_name(educator.name) else ""
