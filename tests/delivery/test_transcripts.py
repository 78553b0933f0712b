"""A transcript that is asked for by mail goes to the roster's address, once for each request, and to no stranger."""

from collections.abc import Generator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from countersign.delivery import mail_transcript, send_messages, write_results, write_transcripts
from countersign.errors import CountersignError, UsageError
from countersign.intake import open_submissions
from countersign.settings import Workspace
from countersign.store import Store
from countersign.transcripts import transcriber
from models.tables import Message, Reading, ReviewItem, Submission, Telling
from models.transcript import Transcript
from tests.conftest import MakeWorkspace
from tests.delivery.postoffice import PostOffice, post_office
from tests.delivery.village import LONG_AGO, NIGHT, RULES, Village, village

Post = tuple[PostOffice, Workspace]


@pytest.fixture
def post(tmp_path: Path, make_workspace: MakeWorkspace) -> Generator[Post]:
    with post_office(tmp_path) as (office, section):
        yield office, make_workspace(section)


def arrives(store: Store, sender: str, subject: str = "Transcript", text: str = "please", more: str = "") -> int:
    """A mail as it came, opened; the submission's id."""
    content = f"From: {sender}\r\nSubject: {subject}\r\n{more}\r\n{text}\r\n".encode()
    with store.transaction() as session:
        number = len(session.exec(select(Submission)).all()) + 1
        made = Submission(
            source="mailbox",
            source_key=f"u{number}",
            name=f"{number}.eml",
            sha256=store.evidence.put(content + b" " * number),
            size=len(content),
            received_at=NIGHT,
            stored_at=NIGHT,
        )
        session.add(made)
        session.flush()
        submission_id = made.id
    open_submissions(store, [submission_id], NIGHT)
    return submission_id


def items(store: Store) -> list[ReviewItem]:
    with store.reading() as session:
        query = select(ReviewItem).where(col(ReviewItem.closed_at).is_(None))
        return list(session.exec(query.order_by(col(ReviewItem.id))))


def told(store: Store) -> set[str]:
    with store.reading() as session:
        return set(session.exec(select(Telling.fact)))


def test_a_mail_with_the_subject_transcript_is_answered_once_with_the_pdf_at_the_rosters_address(
    post: Post, store: Store, now: datetime
) -> None:
    office, workspace = post
    here = village(store)
    maya = here.educator("maya@district.example", "maya@home.example")
    decision = here.decide(here.case(maya))
    here.post(decision)
    asked = arrives(store, "Maya <MAYA@home.example>")
    transcribe = transcriber(store, workspace, RULES, now)
    for _ in range(2):
        write_transcripts(store, workspace, transcribe, now)
        send_messages(store, workspace, now)
    (mail,) = office.mails
    assert office.recipients == [["maya@district.example"]]
    assert mail["Subject"] == "Your transcript: 1 micro-credential recognized"
    assert mail["Auto-Submitted"] == "auto-generated"
    body, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert body is not None
    assert page is not None
    first, _, _ = body.get_content().replace("\r\n", "\n").partition("\n\n")
    assert (
        " ".join(first.split()) == "Your transcript is attached: 1 micro-credential recognized as of October 2, 2026."
    )
    assert "It is not a college transcript: only a college issues that." in body.get_content()
    assert max(map(len, body.get_content().splitlines())) < 78
    assert '<html lang="en-US">' in page.get_content()
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "transcript-2026-10-02.pdf"
    assert attached.get_content() == transcribe(maya)[1]
    assert f"submission:{asked}/transcript" in told(store)
    write_results(store, workspace, RULES, now)
    assert not any("could not find" in m.text for m in here.messages())
    assert items(store) == []


def test_our_answer_that_comes_back_asks_for_nothing(post: Post, store: Store, now: datetime) -> None:
    office, workspace = post
    here = village(store)
    here.post(here.decide(here.case(here.educator())))
    arrives(store, "maya@district.example")
    write_transcripts(store, workspace, transcriber(store, workspace, RULES, now), now)
    send_messages(store, workspace, now)
    sent = office.mails[0]
    arrives(store, "maya@district.example", sent["Subject"])
    arrives(store, "maya@district.example", f"Re: {sent['Subject']}")
    arrives(store, "maya@district.example", "Re: Transcript")
    arrives(store, "maya@district.example", more="Auto-Submitted: auto-replied\r\n")
    assert write_transcripts(store, workspace, transcriber(store, workspace, RULES, now), now) == []


def empty(educator_id: int) -> tuple[Transcript, bytes]:
    return Transcript(educator_id, "Maya Fontaine", "M1", date(2026, 10, 2)), b""


def test_requests_are_found_on_both_databases_and_several_have_one_answer(
    anywhere: Village, workspace: Workspace, now: datetime
) -> None:
    anywhere.educator()
    anywhere.submission(wishes={"transcript": True})
    anywhere.submission(wishes={"transcript": True, "credit": True})
    anywhere.submission(wishes={"credit": True})
    anywhere.submission(wishes={})
    anywhere.submission("nobody@stranger.example", wishes={"transcript": True})
    anywhere.submission(wishes={"transcript": True}, at=LONG_AGO)
    anywhere.submission(outcome="automatic", wishes={"transcript": True})
    assert len(write_transcripts(anywhere.store, workspace, empty, now)) == 1
    assert write_transcripts(anywhere.store, workspace, empty, now) == []
    message = anywhere.the_message()
    assert (message.kind, message.subject) == ("transcript", "No transcript: nothing is recognized yet")
    assert " ".join(message.text.split()).startswith(
        "Nothing is recognized yet as of October 2, 2026, so there is no transcript to send."
    )
    assert message.attachments == []
    assert told(anywhere.store) == {"submission:1/transcript", "submission:2/transcript"}


def test_nobody_is_answered_at_an_address_that_several_share_and_staff_are_asked_once(
    anywhere: Village, workspace: Workspace, now: datetime
) -> None:
    anywhere.educator("office@school.example")
    anywhere.educator("office@school.example", name="Owen Castellanos")
    asked = anywhere.submission("office@school.example", "nothing", wishes={"transcript": True})
    for _ in range(2):
        assert write_transcripts(anywhere.store, workspace, empty, now) == []
    (item,) = items(anywhere.store)
    assert (item.subject, item.code, item.owner) == (f"submission:{asked}", "transcript_whose", "staff")
    assert "office@school.example, an address that several members share" in item.sentence
    with anywhere.store.transaction() as session:
        row = session.get_one(ReviewItem, item.id)
        row.closed_at, row.closed_by = now, "Pat Sample"
    write_transcripts(anywhere.store, workspace, empty, now)
    assert items(anywhere.store) == []


def test_a_stranger_is_not_answered_and_staff_read_who_asked(store: Store, workspace: Workspace, now: datetime) -> None:
    arrives(store, "nobody@stranger.example")
    assert write_transcripts(store, workspace, empty, now) == []
    (item,) = items(store)
    assert "asks for a transcript, and the address is not on the roster: nobody was answered." in item.sentence
    assert "countersign transcript MEMBER --mail" in item.next_step


def test_a_mail_with_that_subject_and_a_file_that_holds_nothing_still_reaches_a_person(
    here: Village, now: datetime
) -> None:
    here.educator()
    boundary = 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n'
    text = '--b\r\nContent-Type: text/plain\r\n\r\nhere\r\n--b\r\nContent-Type: application/pdf; name="t.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQgYnJva2Vu\r\n--b--'
    arrives(here.store, "maya@district.example", text=text, more=boundary)
    with here.store.reading() as session:
        reading = session.exec(select(Reading)).one()
    assert reading.wishes == {"transcript": True}
    assert reading.problems
    assert len(items(here.store)) == 1


def test_what_cannot_be_drawn_waits_for_staff_and_is_sent_once_it_can(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    here.educator()
    here.submission(wishes={"transcript": True})

    def stopped(_: int) -> tuple[Transcript, bytes]:
        raise CountersignError("No bundled font can print it.", "Add a font.")

    assert write_transcripts(here.store, workspace, stopped, now) == []
    (item,) = items(here.store)
    assert item.code == "transcript_stopped"
    assert "could not be made: No bundled font can print it." in item.sentence
    assert len(write_transcripts(here.store, workspace, empty, now + timedelta(days=1))) == 1
    assert items(here.store) == []


def test_what_staff_mail_is_written_once_and_needs_an_address(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    maya, owen = here.educator(), here.educator("", name="Owen Castellanos")
    first = mail_transcript(here.store, workspace, empty(maya)[0], b"", now, "transcript")
    again = mail_transcript(here.store, workspace, empty(maya)[0], b"", now, "transcript")
    assert (first.before, again.before, again.message_id) == (False, True, first.message_id)
    with pytest.raises(UsageError, match="Member M2 has no e-mail address on the roster"):
        mail_transcript(here.store, workspace, empty(owen)[0], b"", now, "transcript")
    with here.store.reading() as session:
        assert len(session.exec(select(Message)).all()) == 1
