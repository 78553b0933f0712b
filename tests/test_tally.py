"""What one run did, in figures and as the list that staff read."""

from datetime import datetime, timedelta
from itertools import count

from countersign import audit, review, tally
from countersign.store import Store
from models.words import Owner
from tests.delivery.village import Village


def run(store: Store, now: datetime) -> tally.Tally:
    """A run that does nothing, and tells what was done since it began or the one before ended."""
    return tally.finish(store, tally.begin(store, now), (), now)


def test_what_was_put_into_the_queue_and_closed_before_anybody_was_told_is_not_new_there(
    store: Store, now: datetime
) -> None:
    village = Village(store, count(1))
    first = tally.begin(store, now)
    case = village.case(village.educator())
    assert tally.finish(store, first, (), now).counts[tally.VERIFIED] == 1
    later = now + timedelta(days=1)
    with store.transaction() as session:
        for code in ("revoked_later", "unclear"):
            review.hold(
                session, subject=f"case:{case}", code=code, sentence="s", next_step="n", owner=Owner.staff, now=later
            )
        review.release(
            session, subject=f"case:{case}", code="unclear", now=later, by="Pat", resolution="Withdrawn: another's."
        )
    found = run(store, later)
    assert (found.counts[tally.QUEUED], found.counts[tally.OPEN], found.needs_attention) == (1, 1, True)
    with store.transaction() as session:
        review.release(session, subject=f"case:{case}", code="revoked_later", now=later, by="Pat", resolution="Kept.")
    assert run(store, later + timedelta(days=1)).quiet


def test_what_people_did_with_certificates_since_the_last_night_is_counted_once(store: Store, now: datetime) -> None:
    village = Village(store, count(1))
    begun = tally.begin(store, now)
    village.accepted(village.educator())
    assert tally.finish(store, begun, (), now).counts[tally.CERTIFICATES] == 1
    with store.transaction() as session:
        for action in ("certificate reissued", "certificate replaced", "certificate revoked", "certificate issued"):
            audit.record(session, at=now + timedelta(hours=9), actor="Pat", action=action, subject="certificate:1")
    later = now + timedelta(days=1)
    found = tally.finish(store, tally.begin(store, later), (), later)
    assert (found.counts[tally.CERTIFICATES_REPLACED], found.counts[tally.CERTIFICATES_REVOKED]) == (2, 1)
    assert not found.quiet
    assert run(store, now + timedelta(days=2)).quiet


def test_what_moved_says_what_was_taken_back_and_what_was_banked_and_is_granted_now(
    store: Store, now: datetime
) -> None:
    village = Village(store, count(1))
    ended, moved = (village.case(village.educator(f"{name}@district.example")) for name in ("maya", "ada"))
    village.decide(ended, "granted", "il-demo", "district_pd", "8")
    village.decide(ended, "granted", "il-demo", "pay", "200", "USD")
    village.decide(moved, "granted", "il-demo", "district_pd", "8")
    village.decide(moved, "banked", "il-demo", "pay", "1", "micro-credential")
    begun = tally.begin(store, now)
    village.decide(ended, "refused", "il-demo", "district_pd", "0")
    village.decide(ended, "refused", "il-demo", "pay", "0")
    village.decide(moved, "granted", "il-demo", "pay", "200", "USD")
    with store.transaction() as session:
        for action in ("certificate withdrawn", "certificate set aside", "credit request withdrawn"):
            audit.record(session, at=now, actor="nightly", action=action, subject="certificate:1")
    found = tally.finish(store, begun, (), now)
    assert [line.outcome for line in found.cases] == [
        "PD hours: taken back; Compensation: taken back",
        "PD hours: granted; Compensation: banked, now granted",
    ]
    assert (found.counts[tally.CERTIFICATES_GONE], found.counts[tally.CREDITS_GONE]) == (1, 1)
    assert run(store, now + timedelta(days=1)).quiet
