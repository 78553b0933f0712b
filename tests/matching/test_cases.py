"""A proven credential finds its educator by address and by nothing else."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from countersign import review
from countersign.errors import UsageError
from countersign.matching import dismiss, match_cases, resolve_match, retry_unmatched, scan, unmatched_cases
from countersign.store import Store
from models.tables import AuditEntry, Case, ReviewItem
from models.words import Owner
from tests.matching.rosters import (
    MAYA,
    OWEN,
    arrive,
    case,
    case_of,
    educator_id,
    enrol,
    hashed,
    open_item,
    plain,
)

ADA = MAYA | {
    "member_number": "VT-3",
    "given_name": "Ada",
    "email": "ada@district.example",
    "other_emails": "",
    "employee_id": "3",
}


@pytest.fixture
def roster(any_store: Store, tmp_path: Path, now: datetime) -> Store:
    enrol(any_store, tmp_path, now, MAYA, OWEN, ADA)
    return any_store


@pytest.mark.parametrize(
    ("identity", "how"),
    [
        (
            plain("Maya.Fontaine@DISTRICT.example"),
            "plain e-mail address maya.fontaine@district.example, the member's main address on the roster",
        ),
        (
            plain("mailto:maya@old.example", "id"),
            "plain e-mail address maya@old.example, the member's third address on the roster",
        ),
        (
            plain("maya@old.example", "emailAddress"),
            "plain e-mail address maya@old.example, the member's third address on the roster",
        ),
        (
            hashed("maya.fontaine@district.example"),
            "salted sha256 hash of maya.fontaine@district.example, the member's main address on the roster",
        ),
        (
            hashed("MayaF@Home.example"),
            "salted sha256 hash of MayaF@Home.example, the member's second address on the roster",
        ),
        (
            hashed("mayaf@home.example"),
            "salted sha256 hash of MayaF@Home.example, the member's second address on the roster",
        ),
        (
            hashed("Maya.Fontaine@district.example"),
            "salted sha256 hash of maya.fontaine@district.example, the member's main address on the roster",
        ),
        (
            hashed("MAYA@OLD.EXAMPLE"),
            "salted sha256 hash of maya@old.example, the member's third address on the roster",
        ),
        (
            hashed("maya@old.example", "", "md5", "emailAddress"),
            "unsalted md5 hash of maya@old.example, the member's third address on the roster",
        ),
    ],
)
def test_any_form_of_any_known_address_finds_the_member(
    roster: Store, now: datetime, identity: dict[str, object], how: str
) -> None:
    case_id = case_of(roster, now, plain("did:example:123", "id"), identity)
    assert unmatched_cases(roster) == [case_id]
    match_cases(roster, unmatched_cases(roster), now)
    found = case(roster, case_id)
    assert (found.state, found.educator_id, found.matched_by) == ("matched", educator_id(roster, "VT-1"), how)
    assert unmatched_cases(roster) == []
    with roster.reading() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "case matched")).one()
        assert "@" not in str(entry.detail)


def test_several_cases_share_one_pass_over_the_roster(
    roster: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[int] = []
    whole = scan._all_addresses  # pyright: ignore[reportPrivateUsage]

    def counted(session: Session) -> Iterator[str]:
        passes.append(1)
        return whole(session)

    monkeypatch.setattr(scan, "_all_addresses", counted)
    ids = [
        case_of(roster, now, hashed(a, s))
        for a in ("maya@old.example", "owen@cusd.example", "x@y.example")
        for s in "ab"
    ]
    match_cases(roster, ids, now)
    assert [case(roster, i).state for i in ids] == ["matched"] * 4 + ["held"] * 2
    assert len(passes) == 1  # the rare spellings of the two still open are made of what was read already


def test_the_senders_own_addresses_are_tried_before_the_whole_roster(
    roster: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:

    def never(session: Session) -> Iterator[str]:
        pytest.fail("the whole roster was read")

    monkeypatch.setattr(scan, "_all_addresses", never)
    case_id = case_of(roster, now, hashed("maya@old.example"), sender="maya.fontaine@district.example")
    match_cases(roster, [case_id], now)
    assert case(roster, case_id).state == "matched"


@pytest.mark.parametrize("sender", ["", "stranger@elsewhere.example", "owen@cusd.example"])
def test_an_upload_a_stranger_and_the_member_may_send_it(roster: Store, now: datetime, sender: str) -> None:
    case_id = case_of(roster, now, hashed("owen@cusd.example"), sender=sender)
    match_cases(roster, [case_id], now)
    assert case(roster, case_id).state == "matched"


def test_an_unknown_person_is_held_and_a_like_name_only_proposes(roster: Store, now: datetime) -> None:
    case_id = case_of(
        roster,
        now,
        hashed("maya.private@mail.example"),
        sender="maya.private@mail.example",
        sender_name="Fontaine, Maya",
    )
    match_cases(roster, [case_id], now)
    item = open_item(roster, case_id)
    assert (case(roster, case_id).state, case(roster, case_id).educator_id, item.code) == (
        "held",
        None,
        "unknown_person",
    )
    assert item.sentence == (
        f'C-{case_id}, "Formative Assessment", is proven, but the address it was awarded to is not on the roster.'
    )
    assert item.proposals[0] == {"educator_id": educator_id(roster, "VT-1"), "why": "The name is the same."}
    assert len({p["educator_id"] for p in item.proposals}) == len(item.proposals)


def test_an_unknown_address_sent_by_a_member_proposes_the_member_first(roster: Store, now: datetime) -> None:
    case_id = case_of(roster, now, plain("m@mail.example"), sender="owen@cusd.example", sender_name="Maya Fontaine")
    match_cases(roster, [case_id], now)
    why = {p["educator_id"]: p["why"] for p in open_item(roster, case_id).proposals}
    assert next(iter(why)) == educator_id(roster, "IL-2")
    assert why[educator_id(roster, "IL-2")] == "It was sent from an address of this member."


def test_a_credential_without_an_identity_is_held(roster: Store, now: datetime) -> None:
    case_id = case_of(roster, now)
    match_cases(roster, [case_id], now)
    item = open_item(roster, case_id)
    assert (item.code, item.proposals) == ("unknown_person", [])
    assert item.sentence.endswith("is proven, but it does not say to whom it was awarded.")


@pytest.mark.parametrize(
    ("identity", "called"),
    [
        (plain("did:example:123", "id"), "a DID (the key of a wallet)"),
        (plain("https://school.example/people/3", "id"), "an address of a wallet or profile"),
        (plain("Maya Fontaine", "name"), "a name"),
        (plain("30071", "sourcedId"), 'an identifier of the kind "sourcedId"'),  # the number of Maya's employment
        (plain("VT-1", "ext:memberNumber"), 'an identifier of the kind "ext:memberNumber"'),  # her member number
        (plain("30071", "ext:employeeId"), 'an identifier of the kind "ext:employeeId"'),
        (hashed("30071", "", "sha256", "studentId"), 'an identifier of the kind "studentId"'),
        (hashed("VT-1", "", "sha256", "systemId"), 'an identifier of the kind "systemId"'),
        (plain("+1 802 555 0100", "telephone"), "a telephone number"),
        (plain("https://maya.example/", "url"), "a web address"),
    ],
)
def test_a_number_a_name_or_a_wallet_is_nobodys_until_a_person_says_whose(
    roster: Store, now: datetime, identity: dict[str, object], called: str
) -> None:
    case_id = case_of(roster, now, identity)
    match_cases(roster, [case_id], now)
    item = open_item(roster, case_id)
    assert (case(roster, case_id).state, case(roster, case_id).educator_id, item.code) == (
        "held",
        None,
        "unknown_person",
    )
    assert item.sentence.endswith(
        f"it names its recipient by {called} and not by an e-mail address. Whose that is must not be guessed."
    )
    assert item.next_step == "Ask the sender, or the issuer, whose it is; then name the member."


@pytest.mark.parametrize(
    ("identity", "called"),
    [
        (plain("Owen@cusd.example", "userName"), "A user name"),
        (hashed("owen@cusd.example", kind="accountId"), "An account"),
        (hashed("OWEN@CUSD.EXAMPLE", kind="ext:login"), 'An identifier of the kind "ext:login"'),
    ],
)
def test_an_address_under_another_name_only_proposes_who_holds_it(
    roster: Store, now: datetime, identity: dict[str, object], called: str
) -> None:
    case_id = case_of(roster, now, identity)
    match_cases(roster, [case_id], now)
    item = open_item(roster, case_id)
    assert (case(roster, case_id).state, item.code) == ("held", "unknown_person")
    why = f"{called} that it states is an address of this member."
    assert item.proposals == [{"educator_id": educator_id(roster, "IL-2"), "why": why}]
    resolve_match(roster, case_id, "IL-2", "Robin", "he showed the account", now)
    assert case(roster, case_id).educator_id == educator_id(roster, "IL-2")


def test_an_address_decides_and_another_members_user_name_beside_it_does_not(roster: Store, now: datetime) -> None:
    case_id = case_of(roster, now, plain("maya@old.example", "emailAddress"), plain("owen@cusd.example", "userName"))
    match_cases(roster, [case_id], now)
    assert case(roster, case_id).educator_id == educator_id(roster, "VT-1")


def test_neither_hash_nor_address_leaves_the_case_for_the_audit_the_queue_or_the_log(
    roster: Store, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="countersign")
    stated = [hashed("maya@old.example"), hashed("nobody@x.example"), plain("nobody@x.example")]
    ids = [case_of(roster, now, identity) for identity in stated]
    match_cases(roster, ids, now)
    resolve_match(roster, ids[1], "VT-1", "Robin", "asked her", now)
    dismiss(roster, open_item(roster, ids[2]).id, "Robin", "not a member", now)
    with roster.reading() as session:
        entries = [e.model_dump_json() for e in session.exec(select(AuditEntry))]
        items = [i.model_dump_json() for i in session.exec(select(ReviewItem))]
    said = "\n".join([*entries, *items, caplog.text])
    assert "case matched" in said
    assert "not a member" in said
    for identity in stated:
        value = str(identity["value"])
        assert value not in said
        assert value.partition("$")[2][:16] not in said or not identity["hashed"]
    assert "maya@" not in said
    assert all(str(identity["value"]) not in case(roster, ids[0]).matched_by for identity in stated)


def test_an_address_two_members_share_is_held_with_the_sender_first(
    roster: Store, tmp_path: Path, now: datetime
) -> None:
    enrol(
        roster,
        tmp_path,
        now,
        ADA | {"other_emails": "office@school.example"},
        OWEN | {"other_emails": "Office@school.example"},
    )
    case_id = case_of(roster, now, hashed("office@school.example"), sender="ada@district.example")
    match_cases(roster, [case_id], now)
    item = open_item(roster, case_id)
    assert item.code == "several_people"
    assert [p["educator_id"] for p in item.proposals] == [educator_id(roster, "VT-3"), educator_id(roster, "IL-2")]
    with pytest.raises(UsageError, match="names another member; it cannot be counted for VT-1"):
        resolve_match(roster, case_id, "VT-1", "Robin", "asked her", now)
    resolve_match(roster, case_id, "VT-3", "Robin", "asked her", now)
    assert case(roster, case_id).educator_id == educator_id(roster, "VT-3")


def test_a_credential_that_two_identities_give_to_two_members_is_held(roster: Store, now: datetime) -> None:
    case_id = case_of(roster, now, hashed("owen@cusd.example"), plain("ada@district.example"))
    match_cases(roster, [case_id], now)
    assert open_item(roster, case_id).code == "several_people"


def test_a_credential_of_another_member_than_the_sender_is_held(roster: Store, now: datetime) -> None:
    case_id = case_of(roster, now, hashed("owen@cusd.example"), sender="ada@district.example")
    match_cases(roster, [case_id], now)
    item = open_item(roster, case_id)
    assert (item.code, item.owner) == ("somebody_else", "staff")
    assert "names another member than the one who sent it" in item.sentence
    assert [p["educator_id"] for p in item.proposals] == [educator_id(roster, "IL-2")]
    assert retry_unmatched(roster, now) == []
    # The member it names sends it too: now nothing stands against it.
    arrive(roster, now + timedelta(hours=1), case_id, "owen@cusd.example")
    again(roster, now + timedelta(hours=2), case_id)
    assert case(roster, case_id).educator_id == educator_id(roster, "IL-2")


def again(store: Store, now: datetime, *expected: int) -> None:
    """As the night does it: the cases worth another try, among them what it must leave alone, are matched."""
    assert retry_unmatched(store, now) == list(expected)
    match_cases(store, [*unmatched_cases(store), *retry_unmatched(store, now)], now)


def test_a_held_case_is_tried_again_when_the_roster_has_changed_and_only_then(
    roster: Store, tmp_path: Path, now: datetime
) -> None:
    case_id = case_of(roster, now, hashed("new@mail.example"))
    match_cases(roster, [case_id], now)
    assert retry_unmatched(roster, now + timedelta(days=1)) == []
    enrol(roster, tmp_path, now, ADA)  # nothing new in it
    assert retry_unmatched(roster, now + timedelta(days=1)) == []
    enrol(roster, tmp_path, now, ADA | {"other_emails": "new@mail.example"})
    again(roster, now + timedelta(days=1), case_id)
    assert case(roster, case_id).educator_id == educator_id(roster, "VT-3")
    with roster.reading() as session:
        item = session.exec(select(ReviewItem)).one()
        assert item.closed_by == "nightly"
    assert retry_unmatched(roster, now + timedelta(days=1)) == []


def test_a_case_that_stays_unknown_is_not_tried_again_before_the_next_import(
    roster: Store, tmp_path: Path, now: datetime
) -> None:
    case_id = case_of(roster, now, hashed("new@mail.example"))
    match_cases(roster, [case_id], now)
    enrol(roster, tmp_path, now, ADA | {"other_emails": "ada@mail.example"})
    number = open_item(roster, case_id).id
    again(roster, now + timedelta(days=1), case_id)
    assert (case(roster, case_id).state, open_item(roster, case_id).id) == ("held", number)
    assert retry_unmatched(roster, now + timedelta(days=2)) == []


def test_a_case_that_verification_holds_is_left_alone(roster: Store, now: datetime) -> None:
    case_id = case_of(roster, now, hashed("owen@cusd.example"), outcome="held")
    with roster.transaction() as session:
        session.get_one(Case, case_id).state = "held"
        review.hold(
            session,
            subject=f"case:{case_id}",
            code="unreachable",
            sentence="s",
            next_step="n",
            owner=Owner.staff,
            now=now,
            look_again_at=now,
        )
    assert retry_unmatched(roster, now) == []
    match_cases(roster, [case_id], now)
    assert (case(roster, case_id).state, case(roster, case_id).educator_id) == ("held", None)
    assert open_item(roster, case_id).code == "unreachable"
    with pytest.raises(UsageError, match="of a case that waits for its educator"):
        dismiss(roster, open_item(roster, case_id).id, "Robin", "not ours", now)


def test_a_verified_case_whose_item_is_open_already_is_held_again(roster: Store, now: datetime) -> None:
    case_id = case_of(roster, now, hashed("x@y.example"))
    match_cases(roster, [case_id], now)
    with roster.transaction() as session:
        session.get_one(Case, case_id).state = "verified"
    match_cases(roster, [case_id], now)
    assert case(roster, case_id).state == "held"


def test_repeating_changes_nothing(roster: Store, now: datetime) -> None:
    ids = [case_of(roster, now, hashed("owen@cusd.example")), case_of(roster, now, hashed("x@y.example"))]
    match_cases(roster, ids, now)
    with roster.reading() as session:
        before = len(session.exec(select(AuditEntry)).all()), len(session.exec(select(ReviewItem)).all())
    match_cases(roster, [*ids, 99], now)
    with roster.reading() as session:
        assert before == (len(session.exec(select(AuditEntry)).all()), len(session.exec(select(ReviewItem)).all()))


def test_staff_name_the_member_of_an_unknown_credential(roster: Store, now: datetime) -> None:
    case_id = case_of(roster, now, hashed("x@y.example"))
    match_cases(roster, [case_id], now)
    with pytest.raises(UsageError, match="No educator on the roster has the member number VT-9"):
        resolve_match(roster, case_id, "VT-9", "Robin", "called her", now)
    with pytest.raises(UsageError, match="who made it and why"):
        resolve_match(roster, case_id, "VT-1", "Robin", "  ", now)
    resolve_match(roster, case_id, "VT-1", "Robin", "called her", now)
    found = case(roster, case_id)
    assert (found.state, found.matched_by) == ("matched", "decided by Robin: called her")
    with pytest.raises(UsageError, match="does not wait for a member to be named: it is matched"):
        resolve_match(roster, case_id, "VT-1", "Robin", "again", now)


def test_nobody_is_named_for_what_is_not_proven(roster: Store, now: datetime) -> None:
    case_id = case_of(roster, now, hashed("x@y.example"), outcome="held")
    match_cases(roster, [case_id], now)
    with pytest.raises(UsageError, match="not proven"):
        resolve_match(roster, case_id, "VT-1", "Robin", "called her", now)
    with pytest.raises(UsageError, match="There is no case C-99"):
        resolve_match(roster, 99, "VT-1", "Robin", "called her", now)


def test_a_dismissed_case_is_rejected_and_its_item_closed(roster: Store, now: datetime) -> None:
    case_id = case_of(roster, now, hashed("x@y.example"))
    match_cases(roster, [case_id], now)
    item = open_item(roster, case_id)
    dismiss(roster, item.id, "Robin", "not a member", now)
    assert case(roster, case_id).state == "rejected"
    with roster.reading() as session:
        closed = session.get_one(ReviewItem, item.id)
        assert (closed.closed_by, closed.resolution) == ("Robin", "not a member")
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "case rejected")).one()
        assert (entry.actor, entry.subject) == ("Robin", f"case:{case_id}")
    match_cases(roster, [case_id], now)
    assert case(roster, case_id).state == "rejected"
    with pytest.raises(UsageError, match="no open review item"):
        dismiss(roster, item.id, "Robin", "not a member", now)
