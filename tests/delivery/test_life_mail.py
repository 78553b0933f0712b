"""A change of name from the roster to the mail: what is reissued and what is revoked reaches the educator, byte for byte, once."""

import hashlib
from collections.abc import Generator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from countersign.delivery import send_messages, write_results
from countersign.issuance import awards_due, issue_certificates, reissue, revoke, withdraw_papers
from countersign.issuance import certificates as room
from countersign.matching import import_roster
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import Case, CaseSubmission, Certificate, Educator, Reading, ReviewItem, Submission
from tests.conftest import MakeWorkspace
from tests.delivery.postoffice import PostOffice, post_office
from tests.delivery.village import Village
from tests.issuance.conftest import AGREEMENT, grant_in, rules_of
from tests.matching.rosters import write

Post = tuple[PostOffice, Workspace]


@pytest.fixture
def post(tmp_path: Path, make_workspace: MakeWorkspace) -> Generator[Post]:
    with post_office(tmp_path) as (office, section):
        yield office, make_workspace(section)


@pytest.fixture
def rules() -> tuple[Rules, ...]:
    return (rules_of(AGREEMENT),)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(printed: dict[str, Any], *_: Any, **__: Any) -> bytes:
        return f"%PDF-1.7 {printed['number']} {printed['name']}".encode()

    monkeypatch.setattr(room, "draw_certificate", drawn)


def night(store: Store, workspace: Workspace, rules: tuple[Rules, ...], now: datetime) -> None:
    withdraw_papers(store, workspace, now)
    issue_certificates(store, workspace, rules, awards_due(store, rules), now)
    write_results(store, workspace, rules, now)
    send_messages(store, workspace, now)


def forwarded_again(store: Store, now: datetime) -> None:
    sha256 = store.evidence.put(f"{now}".encode())
    with store.transaction() as session:
        made = Submission(
            source="mailbox", source_key=f"{now}", name="b.eml", sha256=sha256, size=1, received_at=now, stored_at=now
        )
        session.add(made)
        session.flush()
        sender = "alexandra@demo.example"
        session.add(Reading(submission_id=made.id, outcome="carriers", sender=sender, wishes={}, read_at=now))
        session.add(CaseSubmission(case_id=session.exec(select(Case.id)).one(), submission_id=made.id))


def newest(store: Store) -> Certificate:
    with store.reading() as session:
        return session.exec(select(Certificate).order_by(col(Certificate.id).desc())).first() or pytest.fail("none")


def said(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def attached(mail: EmailMessage) -> dict[str, bytes]:
    return {part.get_filename() or "": part.get_content() for part in mail.iter_attachments()}


def test_a_change_of_name_goes_from_the_roster_to_a_new_certificate_in_the_mail(
    post: Post, store: Store, rules: tuple[Rules, ...], now: datetime, tmp_path: Path
) -> None:
    office, workspace = post
    grant_in(store)
    night(store, workspace, rules, now)
    old = newest(store)
    with store.reading() as session:
        member = session.get_one(Educator, 1).member_number
    row = {
        "member_number": member, "given_name": "Alexandra", "family_name": "Roy", "email": "alexandra@demo.example",
        "licence_state": "VT", "licence_number": "0456.7821",
    }  # fmt: skip
    roster = write(tmp_path / "roster.csv", row)
    dry = import_roster(store, roster, now, "staff", dry_run=True)
    change = import_roster(store, roster, now, "staff")
    assert dry.former_names == change.former_names == (old.number,)
    assert f"1 certificate that counts carries a name that this file changes: {old.number}." in str(change)
    with store.reading() as session:
        item = session.exec(select(ReviewItem)).one()
    assert (item.subject, item.code, item.owner) == ("educator:1", "name_changed", "staff")
    assert f"countersign certificate reissue {old.number} --by NAME" in item.next_step
    assert "Roy" not in item.sentence
    assert import_roster(store, roster, now, "staff").former_names == ()

    reissue(store, workspace, rules, old.number, by="Pat Sample", reason="Your name changed", now=now)
    with store.reading() as session:
        item = session.exec(select(ReviewItem)).one()
    assert (item.closed_by, item.resolution) == (
        "Pat Sample",
        "No certificate that counts carries a former name any more.",
    )
    night(store, workspace, rules, now + timedelta(days=1))
    new, mail = newest(store), office.mails[1]
    assert new.printed["name"] == "Alexandra Roy"
    assert attached(mail) == {f"certificate-{new.number}.pdf": (workspace.root / new.path).read_bytes()}
    text = said(mail)
    title = "Creating a Classroom Culture of Belonging"
    assert mail["Subject"] == f"New certificate for “{title}”, replaces {old.number}"
    assert text.startswith(
        f"Here is a new certificate in place of {old.number}. The reason: Your name changed. What it counts for has not changed."
    )
    assert "as before" not in text
    assert "Hello Alexandra," in text
    assert (
        f"{new.number} replaces certificate {old.number} for the same award; please use only the new one. The reason: Your name "
        "changed." in text
    )
    night(store, workspace, rules, now + timedelta(days=2))
    assert len(office.mails) == 2

    # the same micro-credential again: the same bytes again, those of the one that counts
    forwarded_again(store, now + timedelta(days=3))
    night(store, workspace, rules, now + timedelta(days=3))
    again = office.mails[2]
    assert attached(again) == attached(mail)
    assert hashlib.sha256(next(iter(attached(again).values()))).hexdigest() == new.sha256
    assert "The same certificate is attached once more. It is the one that counts now." in said(again)

    revoke(store, workspace, new.number, by="Pat Sample", reason="It names the wrong license", now=now)
    night(store, workspace, rules, now + timedelta(days=4))
    gone = office.mails[3]
    assert gone["Subject"] == "Creating a Classroom Culture of Belonging: certificate revoked"
    assert attached(gone) == {}
    text = said(gone)
    assert text.startswith(
        f"Your certificate {new.number} is revoked: the sheet does not count any more. What is recorded with us for the "
        "micro-credential stands."
    )
    recorded, _, void = text.partition("What it does not count for")
    assert "All of that is recorded with us, and it stands. Only the certificate for it does not count." in recorded
    assert f"Certificate {new.number} is revoked: do not hand it in, and tell an office that has it already." in void
    assert "Until we issue a new certificate you cannot prove it to an office by paper. If you need one, ask us" in void
    assert "The reason: It names the wrong license." in text
    assert old.number not in text
    night(store, workspace, rules, now + timedelta(days=5))
    assert len(office.mails) == 4

    forwarded_again(store, now + timedelta(days=6))
    night(store, workspace, rules, now + timedelta(days=6))
    assert attached(office.mails[4]) == {}
    assert f"Certificate {new.number} is revoked: do not hand it in" in said(office.mails[4])

    reissue(store, workspace, rules, new.number, by="Pat Sample", reason="With the right license", now=now)
    night(store, workspace, rules, now + timedelta(days=7))
    assert list(attached(office.mails[5])) == [f"certificate-{newest(store).number}.pdf"]
    assert f"replaces certificate {new.number} for the same award" in said(office.mails[5])
    forwarded_again(store, now + timedelta(days=8))
    night(store, workspace, rules, now + timedelta(days=8))
    assert attached(office.mails[6]) == attached(office.mails[5])


def test_a_name_that_changes_back_takes_the_item_off_the_queue(
    store: Store, workspace: Workspace, rules: tuple[Rules, ...], now: datetime, tmp_path: Path
) -> None:
    grant_in(store)
    night(store, workspace, rules, now)
    with store.reading() as session:
        member = session.get_one(Educator, 1).member_number
    row = {"member_number": member, "given_name": "Alexandra", "email": "alexandra@demo.example"}
    import_roster(store, write(tmp_path / "a.csv", row | {"family_name": "Roy"}), now, "staff")
    import_roster(store, write(tmp_path / "b.csv", row | {"family_name": "Tremblay"}), now, "staff")
    with store.reading() as session:
        assert session.exec(select(ReviewItem.resolution)).one() == "The name is again the one on the certificates."


def test_one_that_was_revoked_before_it_was_mailed_is_never_told_of(
    store: Store, workspace: Workspace, rules: tuple[Rules, ...], now: datetime
) -> None:
    grant_in(store)
    withdraw_papers(store, workspace, now)
    issue_certificates(store, workspace, rules, awards_due(store, rules), now)
    revoke(store, workspace, newest(store).number, by="Pat Sample", reason="Too early", now=now)
    write_results(store, workspace, rules, now)
    (mail,) = Village(store, iter(())).messages()  # pyright: ignore[reportArgumentType]
    assert mail.subject.endswith("accepted")
    assert newest(store).number not in mail.text
    assert mail.attachments == []
