"""What a change of names on the roster means for certificates that carry the former ones: staff are told, and nothing is reissued
by itself. Whether, and when, a new certificate is wanted is the educator's to say; a name may also be changed to correct a typing error that
no paper has.
"""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice

from sqlmodel import Session, col, select

from countersign import review
from models.tables import Certificate, Educator, ReviewItem
from models.text import printed_name
from models.words import NAME_CHANGED, Owner, PaperState

CHUNK = 2000


def former_names(session: Session, renamed: Mapping[int, str]) -> dict[int, list[str]]:
    """The numbers of the certificates that count and carry another name, by educator id, oldest first; `renamed` gives each educator's
    name now."""
    found: dict[int, list[str]] = {}
    waiting = iter(sorted(renamed))
    while chunk := list(islice(waiting, CHUNK)):
        query = select(Certificate).where(
            col(Certificate.educator_id).in_(chunk), col(Certificate.state) == PaperState.valid.value
        )
        for row in session.exec(query.order_by(col(Certificate.educator_id), col(Certificate.id))):
            if str(row.printed.get("name", "")) != printed_name(renamed[row.educator_id]):
                found.setdefault(row.educator_id, []).append(row.number)
    return found


def propose_reissues(
    session: Session, renamed: Mapping[int, str], former: Mapping[int, list[str]], now: datetime
) -> None:
    """Put each educator whose certificates carry another name before staff; take those off the queue who have none any more."""
    waiting = select(ReviewItem.subject).where(
        col(ReviewItem.code) == NAME_CHANGED, col(ReviewItem.closed_at).is_(None)
    )
    queued = set(session.exec(waiting))
    for educator_id in renamed:
        subject, numbers = f"educator:{educator_id}", former.get(educator_id, [])
        if not numbers:
            if subject in queued:
                said = "The name is again the one on the certificates."
                review.release(session, subject=subject, code=NAME_CHANGED, now=now, by="nightly", resolution=said)
            continue
        member = session.get_one(Educator, educator_id).member_number
        one = len(numbers) == 1
        review.hold(
            session,
            subject=subject,
            code=NAME_CHANGED,
            sentence=f"The name of member {member} has changed, and {len(numbers)} certificate{'' if one else 's'} that "
            f"count{'s' if one else ''} {'carries' if one else 'carry'} the former one.",
            next_step=f"Ask whether a new one is wanted, then: countersign certificate reissue {' '.join(numbers)} "
            '--by NAME --reason "…"; if not, dismiss this item.',
            owner=Owner.staff,
            now=now,
        )
