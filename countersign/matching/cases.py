"""Verified cases find their educator, or a place in the review queue; held ones are tried again after the roster changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, exists, literal, or_
from sqlmodel import Session, col, select

from countersign import audit, review
from countersign.errors import UsageError
from countersign.identity import names_address
from countersign.matching.codes import CODES, SOMEBODY_ELSE, UNKNOWN
from countersign.matching.deciding import Held, Holder, Matched, decide
from countersign.matching.scan import addresses_of, joined
from countersign.store import Store
from models.credentials import Identity
from models.tables import (
    Address,
    Case,
    CaseSubmission,
    Educator,
    FormerName,
    Reading,
    ReviewItem,
    Submission,
    VerdictRecord,
)
from models.words import CaseState, Owner

CHUNK = 500
"""Cases that share one pass over the roster's addresses: a pass reads all of them, a further case only hashes."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What is looked for on behalf of one case: its identities, who sent it, whom staff were offered before."""

    identities: tuple[Identity, ...]
    likely: frozenset[int]
    names: tuple[str, ...]


def unmatched_cases(store: Store) -> list[int]:
    """Ids of the cases that are verified and have no educator yet, oldest first."""
    with store.reading() as session:
        query = select(Case.id).where(col(Case.state) == CaseState.verified.value).order_by(col(Case.id))
        return list(session.exec(query))


def match_cases(store: Store, case_ids: Sequence[int], now: datetime) -> None:
    """Give each case of `case_ids` that is verified, or that matching holds, its educator, or hold it for review.

    Others are left alone. Cases of one call share one pass over the roster's addresses, so give it many at a time. Each
    is written in its own transaction; repeating does nothing.
    """
    for start in range(0, len(case_ids), CHUNK):
        _match(store, case_ids[start : start + CHUNK], now)


def retry_unmatched(store: Store, now: datetime) -> list[int]:
    """Ids of the cases that matching holds and that are worth another try by `match_cases`, oldest first. Reads only.

    Worth it means that the roster was imported since (which sets the item's time to look again), or that a case which
    came from somebody else was sent again, perhaps by the member it names.
    """
    again = exists().where(
        col(CaseSubmission.case_id) == col(Case.id),
        col(CaseSubmission.submission_id) == col(Submission.id),
        col(Submission.stored_at) > col(ReviewItem.opened_at),
    )
    query = (
        select(Case.id)
        .join(ReviewItem, col(ReviewItem.subject) == literal("case:") + cast(Case.id, String))
        .where(
            col(Case.state) == CaseState.held.value,
            col(ReviewItem.closed_at).is_(None),
            col(ReviewItem.code).in_(CODES),
            or_(col(ReviewItem.look_again_at) <= now, (col(ReviewItem.code) == SOMEBODY_ELSE) & again),
        )
        .distinct()
        .order_by(col(Case.id))
    )
    with store.reading() as session:
        return list(session.exec(query))


def resolve_match(store: Store, case_id: int, member_number: str, by: str, reason: str, now: datetime) -> None:
    """Staff name the educator of a case that matching holds: matched, released, recorded.

    Where the credential's address is known, only a member who holds it can be named. Raises UsageError otherwise.
    """
    _said(by, reason)
    with store.transaction() as session:
        case, items = _held_by_matching(session, case_id)
        educator = session.exec(select(Educator).where(col(Educator.member_number) == member_number)).first()
        if educator is None:
            raise UsageError(
                f"No educator on the roster has the member number {member_number}.",
                "Import the roster with them in it, then repeat.",
            )
        for item in items:
            possible = {p["educator_id"] for p in item.proposals}
            if item.code != UNKNOWN and educator.id not in possible:
                holders = session.exec(select(Educator.member_number).where(col(Educator.id).in_(possible))).all()
                raise UsageError(
                    f"{case.label} names another member; it cannot be counted for {member_number}.",
                    f"It can only be counted for {' or '.join(sorted(holders))}.",
                )
        _give(session, case, educator.id, f"decided by {by}: {reason}", actor=by, now=now)
        _release(session, case_id, by=by, resolution=f"{member_number}: {reason}", now=now)


def dismiss(store: Store, item_id: int, by: str, reason: str, now: datetime) -> None:
    """Staff end a case that matching holds, named by its open review item: rejected, released, recorded.

    Raises UsageError when there is no such item.
    """
    _said(by, reason)
    with store.transaction() as session:
        item = session.get(ReviewItem, item_id)
        if item is None or item.closed_at is not None or item.code not in CODES:
            raise UsageError(
                f"There is no open review item {item_id} of a case that waits for its educator.",
                "See: countersign review",
            )
        case = session.get_one(Case, int(item.subject.removeprefix("case:")), with_for_update=True)
        case.state = CaseState.rejected.value
        session.add(case)
        for code in CODES:
            review.release(session, subject=item.subject, now=now, by=by, resolution=reason, code=code)
        audit.record(session, at=now, actor=by, action="case rejected", subject=item.subject, code=item.code)


def _match(store: Store, case_ids: Sequence[int], now: datetime) -> None:
    with store.reading() as session:
        cases = [case for case_id in case_ids if (case := session.get(Case, case_id)) and _waits(session, case)]
        looks = {case.id: _look(session, case) for case in cases}
        everybody = [i for look in looks.values() for i in look.identities]
        likely = frozenset[int]().union(*(look.likely for look in looks.values()))
        addresses = addresses_of(session, everybody, likely)
        lost = [c for c, k in looks.items() if not any(i in addresses and names_address(i) for i in k.identities)]
        alike = _alike(session, {c: looks[c].names for c in lost})
    for case_id, look in looks.items():
        found = {i: addresses[i] for i in look.identities if i in addresses}
        with store.transaction() as session:
            _settle(session, case_id, found, alike.get(case_id, []), now)


def _waits(session: Session, case: Case) -> bool:
    """Whether the case waits for its educator: verified, or held by matching itself and by nobody else."""
    return case.state == CaseState.verified.value or (
        case.state == CaseState.held.value and bool(_open_items(session, case.id))
    )


def _open_items(session: Session, case_id: int) -> Sequence[ReviewItem]:
    query = select(ReviewItem).where(
        col(ReviewItem.subject) == f"case:{case_id}",
        col(ReviewItem.closed_at).is_(None),
        col(ReviewItem.code).in_(CODES),
    )
    return session.exec(query).all()


def _settle(
    session: Session,
    case_id: int,
    found: dict[Identity, str],
    alike: list[dict[str, Any]],
    now: datetime,
) -> None:
    """Write what was decided of one case, unless it has moved on since."""
    case = session.get(Case, case_id, with_for_update=True)
    if case is None or not _waits(session, case):
        return
    stated = tuple(Identity(**i) for i in case.identities)
    outcome = decide(case.label, case.title, stated, _holders(session, found), _senders(session, case_id), alike)
    if isinstance(outcome, Matched):
        _give(session, case, outcome.educator_id, outcome.matched_by, actor="nightly", now=now)
        _release(session, case_id, by="nightly", resolution="The member was found on the roster.", now=now)
    else:
        _hold(session, case, outcome, now)


def _release(session: Session, case_id: int, *, by: str, resolution: str, now: datetime) -> None:
    """Close matching's own items of the case; what another room wants looked at stays open."""
    for code in CODES:
        review.release(session, subject=f"case:{case_id}", now=now, by=by, resolution=resolution, code=code)


def _hold(session: Session, case: Case, held: Held, now: datetime) -> None:
    subject = f"case:{case.id}"
    before = {item.code for item in _open_items(session, case.id)}
    for code in before - {held.code}:
        review.release(session, subject=subject, now=now, by="nightly", resolution=held.sentence, code=code)
    review.hold(
        session,
        subject=subject,
        code=held.code,
        sentence=held.sentence,
        next_step=held.next_step,
        owner=Owner.staff,
        now=now,
        proposals=held.proposals,
    )
    case.state = CaseState.held.value
    session.add(case)
    if held.code not in before:
        audit.record(session, at=now, actor="nightly", action="case held", subject=subject, code=held.code)


def _give(session: Session, case: Case, educator_id: int, matched_by: str, *, actor: str, now: datetime) -> None:
    case.state, case.educator_id, case.matched_by = CaseState.matched.value, educator_id, matched_by
    case.look_again_at = None
    session.add(case)
    audit.record(session, at=now, actor=actor, action="case matched", subject=f"case:{case.id}", educator=educator_id)


def _look(session: Session, case: Case) -> _Look:
    case_id = case.id
    identities = tuple(Identity(**i) for i in case.identities)
    likely = frozenset[int]().union(*_senders(session, case_id))
    offered = session.exec(
        select(ReviewItem).where(col(ReviewItem.subject) == f"case:{case_id}", col(ReviewItem.closed_at).is_(None))
    )
    likely |= {int(p["educator_id"]) for item in offered for p in item.proposals if "educator_id" in p}
    names = [i.value for i in identities if i.kind == "name" and not i.hashed]
    names += session.exec(
        select(Reading.sender_name)
        .join(CaseSubmission, col(CaseSubmission.submission_id) == col(Reading.submission_id))
        .where(col(CaseSubmission.case_id) == case_id)
    )
    return _Look(identities, likely, tuple(dict.fromkeys(n for n in names if n.strip())))


def _senders(session: Session, case_id: int) -> list[frozenset[int]]:
    """For each submission of the case: the educators who hold the address it claims to come from."""
    rows = session.exec(
        select(CaseSubmission.submission_id, Address.educator_id)
        .join(Reading, col(Reading.submission_id) == col(CaseSubmission.submission_id), isouter=True)
        .join(Address, (col(Address.folded) == col(Reading.sender)) & (col(Reading.sender) != ""), isouter=True)
        .where(col(CaseSubmission.case_id) == case_id)
    )
    senders: dict[int, set[int]] = {}
    for submission_id, educator_id in rows:
        # The outer join gives NULL where nobody holds the address, which the annotation cannot say.
        senders.setdefault(submission_id, set()).update({educator_id} - {None})
    return [frozenset(s) for s in senders.values()]


def _holders(session: Session, found: dict[Identity, str]) -> list[Holder]:
    """Everyone who holds a found address at this moment: the roster may have changed since it was searched."""
    holders: list[Holder] = []
    for identity, folded in found.items():
        query = select(Address.educator_id, Address.rank, Address.address).where(col(Address.folded) == folded)
        holders += [Holder(educator_id, rank, identity, address) for educator_id, rank, address in session.exec(query)]
    return holders


def _alike(session: Session, names: dict[int, tuple[str, ...]]) -> dict[int, list[dict[str, Any]]]:
    """For each case the educators with a name like one of `names`, all cases in one pass over the roster."""
    asked = list(dict.fromkeys(n for several in names.values() for n in several))
    if not asked:
        return {}
    # Loaded only when somebody is unknown: name parsing takes a third of a second to import.
    from countersign.matching.names import RosterName, propose_all

    by_name = dict(zip(asked, propose_all(asked, (RosterName(*n) for n in _roster_names(session))), strict=True))
    result: dict[int, list[dict[str, Any]]] = {}
    for case_id, several in names.items():
        best = sorted((p for n in several for p in by_name[n]), key=lambda p: -p.score)
        result[case_id] = [
            {"educator_id": p.educator_id, "why": p.why} for p in {p.educator_id: p for p in reversed(best)}.values()
        ][::-1]
    return result


def _roster_names(session: Session) -> Iterable[tuple[int, str, str, bool]]:
    """Every name of the roster as the values of a `RosterName`, streamed."""
    educators = col(Educator.id), col(Educator.given_name) + " " + col(Educator.family_name), col(Educator.suffix)
    former_names = col(FormerName.educator_id), col(FormerName.name), literal("")
    for key, columns, former in ((col(Educator.id), educators, False), (col(FormerName.id), former_names, True)):
        educator_id, name, suffix = columns
        for batch in joined(session, key, cast(educator_id, String) + "\t" + name + "\t" + suffix):
            for line in batch.split("\n"):
                number, full_name, after = line.split("\t")
                yield int(number), full_name, after, former


def _held_by_matching(session: Session, case_id: int) -> tuple[Case, Sequence[ReviewItem]]:
    """The case, locked, and its open items; refuses one that is not proven or that something else holds as well."""
    case = session.get(Case, case_id, with_for_update=True)
    if case is None:
        raise UsageError(f"There is no case C-{case_id}.", "See: countersign review")
    query = select(ReviewItem).where(col(ReviewItem.subject) == f"case:{case_id}", col(ReviewItem.closed_at).is_(None))
    items = session.exec(query).all()
    if case.state != CaseState.held.value or not any(i.code in CODES for i in items):
        raise UsageError(
            f"{case.label} does not wait for a member to be named: it is {case.state}.",
            f"See: countersign explain {case.label}",
        )
    latest = (
        select(VerdictRecord.outcome)
        .where(col(VerdictRecord.case_id) == case_id)
        .order_by(col(VerdictRecord.id).desc())
        .limit(1)
    )
    if session.exec(latest).first() != "verified":
        raise UsageError(f"{case.label} is not proven; nobody can be named for it.", "Wait for its verification.")
    return case, [i for i in items if i.code in CODES]


def _said(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise UsageError("A decision needs who made it and why.", "Give --by NAME and --reason TEXT.")
