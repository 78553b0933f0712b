"""Messages are sent once, in order, over a real SMTP server; what cannot be sent waits or goes to review."""

from collections.abc import Generator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlmodel import select

from countersign import clock
from countersign.delivery import Sent, send_messages, sending
from countersign.delivery.outgoing import compose
from countersign.errors import UsageError
from countersign.settings import Workspace
from countersign.store import Store
from models.tables import AuditEntry, Message, ReviewItem
from tests.conftest import MakeWorkspace
from tests.delivery.postoffice import PASSWORD, PostOffice, post_office
from tests.delivery.village import NIGHT, Village

Post = tuple[PostOffice, Workspace]


@pytest.fixture
def post(tmp_path: Path, make_workspace: MakeWorkspace) -> Generator[Post]:
    with post_office(tmp_path) as (office, section):
        yield office, make_workspace(section)


def test_a_message_is_sent_with_everything_and_only_once(post: Post, here: Village) -> None:
    office, workspace = post
    sha256 = here.store.evidence.put(b"%PDF-1.7 \xff certificate")
    attachment = {"name": "certificate-1.pdf", "sha256": sha256, "media_type": "application/pdf"}
    number = here.message(attachments=[attachment], text="Hallo Máya,\n", html="<p>Hallo Máya,</p>")
    assert send_messages(here.store, workspace, NIGHT) == Sent(sent=1)
    (mail,) = office.mails
    assert office.recipients == [["maya@district.example"]]
    assert mail["From"] == "Countersign <credentials@demo-ea.example>"
    assert (mail["To"], mail["Subject"]) == ("maya@district.example", "Formative Assessment: accepted")
    assert (mail["Message-ID"], mail["Date"]) == (
        f"<results.{number}@demo-ea.example>",
        "Fri, 02 Oct 2026 06:00:00 +0000",
    )
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().strip() == "Hallo Máya,"
    assert html.get_content().strip() == "<p>Hallo Máya,</p>"
    (part,) = mail.iter_attachments()
    assert (part.get_filename(), part.get_content()) == ("certificate-1.pdf", b"%PDF-1.7 \xff certificate")
    assert send_messages(here.store, workspace, NIGHT) == Sent()
    assert len(office.mails) == 1
    sent = here.the_message()
    assert (sent.state, sent.sent_at, sent.attempts) == ("sent", NIGHT, 1)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_it_goes_encrypted_to_a_server_whose_certificate_is_trusted(
    tmp_path: Path, make_workspace: MakeWorkspace, here: Village, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    monkeypatch.setenv("COUNTERSIGN_SMTP_PASSWORD", PASSWORD)
    login = security == "starttls"
    with post_office(tmp_path, security, login) as (office, section):
        here.message()
        assert send_messages(here.store, make_workspace(section), NIGHT).sent == 1
        assert office.users == ["countersign"] * login
        assert office.encrypted == [True]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_whose_certificate_is_not_trusted_gets_nothing(
    tmp_path: Path, make_workspace: MakeWorkspace, here: Village, security: str
) -> None:
    with post_office(tmp_path, security) as (office, section):
        here.message()
        lines = [line for line in section.splitlines(keepends=True) if not line.startswith("ca_file")]
        result = send_messages(here.store, make_workspace("".join(lines)), NIGHT)
        assert (result.sent, result.waiting) == (0, 1)
        assert "certificate verify failed" in result.problem
        assert office.mails == []


def test_a_refused_login_is_a_problem_and_everything_waits(
    tmp_path: Path, make_workspace: MakeWorkspace, here: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_SMTP_PASSWORD", "wrong")
    with post_office(tmp_path, "starttls", login=True) as (office, section):
        here.message()
        here.message()
        result = send_messages(here.store, make_workspace(section), NIGHT)
        assert (result.sent, result.waiting, result.refused) == (0, 2, 0)
        assert "refused the login of countersign" in result.problem
        assert "COUNTERSIGN_SMTP_PASSWORD" in result.problem
        assert "wrong" not in result.problem
        assert office.mails == []


def test_a_refused_recipient_goes_to_review_and_the_others_are_sent(post: Post, here: Village) -> None:
    office, workspace = post
    office.answers["gone@district.example"] = "550 5.1.1 No such user"
    here.message("gone@district.example")
    here.message()
    assert send_messages(here.store, workspace, NIGHT) == Sent(sent=1, refused=1)
    assert [m.state for m in here.messages()] == ["refused", "sent"]
    with here.store.reading() as session:
        item = session.exec(select(ReviewItem)).one()
    assert (item.subject, item.code) == ("message:1", "mail_refused")
    assert "to gone@district.example was refused: 550 5.1.1 No such user." in item.sentence
    assert send_messages(here.store, workspace, NIGHT) == Sent()


def test_a_recipient_postponed_waits_and_the_others_are_sent(post: Post, here: Village) -> None:
    office, workspace = post
    office.answers["busy@district.example"] = "451 4.3.0 Try again later"
    here.message("busy@district.example")
    here.message()
    result = send_messages(here.store, workspace, NIGHT)
    assert (result.sent, result.waiting, result.refused) == (1, 1, 0)
    assert "451 4.3.0 Try again later" in result.problem
    office.answers.clear()
    assert send_messages(here.store, workspace, NIGHT) == Sent(sent=1)
    assert [m["Message-ID"] for m in office.mails] == [m.message_id for m in reversed(here.messages())]


def test_a_message_the_server_will_never_take_goes_to_review(post: Post, here: Village) -> None:
    office, workspace = post
    office.data_answer = "554 5.6.0 Message refused"
    here.message()
    assert send_messages(here.store, workspace, NIGHT) == Sent(refused=1)


def test_a_server_that_is_away_is_a_problem_and_nothing_is_lost(
    tmp_path: Path, make_workspace: MakeWorkspace, here: Village
) -> None:
    with post_office(tmp_path) as (office, section):
        pass
    here.message()
    here.message()
    result = send_messages(here.store, make_workspace(section), NIGHT)
    assert (result.sent, result.waiting) == (0, 2)
    assert result.problem == (
        f"Mail waits to be sent (2): The mail server 127.0.0.1:{office.port} cannot be used: Connection refused."
        " The next run tries again."
    )
    assert [m.state for m in here.messages()] == ["pending", "pending"]


def test_a_run_killed_after_the_server_took_it_sends_the_same_mail_again(
    post: Post, here: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, workspace = post
    here.message()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_done", killed)
        with pytest.raises(KeyboardInterrupt):
            send_messages(here.store, workspace, NIGHT)
    assert here.the_message().state == "pending"
    at_once = send_messages(here.store, workspace, NIGHT)
    assert (at_once.sent, at_once.waiting, len(office.mails)) == (0, 1, 1)
    assert at_once.problem == (
        "Mail waits to be sent (1): another run is sending it, or was stopped while it did. "
        "A run 10 minutes from now sends what is left."
    )
    later = clock.now() + sending.CLAIM + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert send_messages(here.store, workspace, NIGHT) == Sent(sent=1)
    first, second = office.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_bytes() == second.as_bytes()
    assert (here.the_message().attempts, here.the_message().claimed_until) == (2, None)


def test_of_two_senders_at_once_one_sends_each_message(
    anywhere: Village, make_workspace: MakeWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        anywhere.message()
    others: list[Sent] = []
    with post_office(tmp_path) as (office, section):
        workspace = make_workspace(section)
        composed = sending._composed  # pyright: ignore[reportPrivateUsage]

        def meanwhile(store: Store, workspace: Workspace, message_id: int) -> tuple[Message, EmailMessage]:
            """The other one begins when this one has claimed its first message."""
            if not others:
                others.append(Sent())
                others[0] = send_messages(store, workspace, NIGHT)
            return composed(store, workspace, message_id)

        monkeypatch.setattr(sending, "_composed", meanwhile)
        assert send_messages(anywhere.store, workspace, NIGHT) == Sent(sent=1)
    assert (others[0].sent, others[0].waiting) == (2, 1)
    assert sorted(m["Message-ID"] for m in office.mails) == [m.message_id for m in anywhere.messages()]
    assert {m.state for m in anywhere.messages()} == {"sent"}


def test_a_claim_holds_for_ten_minutes_and_then_for_nobody(anywhere: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    number, began = anywhere.message(), clock.now()
    claim = sending._claim  # pyright: ignore[reportPrivateUsage]
    release = sending._release  # pyright: ignore[reportPrivateUsage]
    refuse = sending._refuse  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(clock, "now", lambda: began)
    first = claim(anywhere.store, number)
    assert first is not None
    assert first == began + timedelta(minutes=10)
    assert claim(anywhere.store, number) is None
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(minutes=10))
    assert claim(anywhere.store, number) is None
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(minutes=10, seconds=1))
    second = claim(anywhere.store, number)
    assert second is not None
    # The first one wakes up: it may not give away, nor end, what is the second one's.
    release(anywhere.store, number, first, "too late")
    assert not refuse(anywhere.store, number, first, "too late", NIGHT)
    assert claim(anywhere.store, number) is None
    release(anywhere.store, number, second, "not now")
    assert anywhere.the_message().last_error == "not now"
    assert claim(anywhere.store, number) is not None


def test_after_three_connections_broken_off_in_a_row_no_further_message_is_tried(post: Post, here: Village) -> None:
    office, workspace = post
    office.hang_ups = 10
    for _ in range(5):
        here.message()
    result = send_messages(here.store, workspace, NIGHT)
    assert (result.sent, result.waiting, office.tried) == (0, 5, 3)
    assert result.problem.startswith(f"Mail waits to be sent (5): The mail server 127.0.0.1:{office.port} broke off: ")
    assert result.problem.endswith(", 3 times in a row. The next run tries again.")
    office.hang_ups = 0
    assert send_messages(here.store, workspace, NIGHT) == Sent(sent=5)


def test_a_connection_broken_off_now_and_then_stops_nothing(post: Post, here: Village) -> None:
    office, workspace = post
    office.hang_ups = 2
    for _ in range(4):
        here.message()
    result = send_messages(here.store, workspace, NIGHT)
    assert (result.sent, result.waiting, office.tried) == (2, 2, 4)
    office.hang_ups = 2
    assert send_messages(here.store, workspace, NIGHT).waiting == 2


def test_a_server_that_closes_with_421_is_connected_to_again(post: Post, here: Village) -> None:
    office, workspace = post
    office.answers["busy@district.example"] = "421 4.3.2 Closing"
    here.message("busy@district.example")
    here.message()
    result = send_messages(here.store, workspace, NIGHT)
    assert (result.sent, result.waiting) == (1, 1)
    assert "broke off: 421 4.3.2 Closing." in result.problem


def test_a_missing_file_of_authorities_is_a_problem(make_workspace: MakeWorkspace, here: Village) -> None:
    here.message()
    workspace = make_workspace('[smtp]\nhost = "127.0.0.1"\nport = 1\nca_file = "none.pem"\n')
    assert "none.pem is missing; correct ca_file in [smtp]" in send_messages(here.store, workspace, NIGHT).problem


def test_without_a_mail_server_messages_become_files(here: Village, workspace: Workspace) -> None:
    here.message(to="maya@district.example")
    late = NIGHT.replace(hour=2)  # still October 1 at the affiliate's
    here.message(kind="digest", written_at=late)
    assert send_messages(here.store, workspace, NIGHT) == Sent(sent=2)
    folder = workspace.outbox / "mail"
    files = sorted(str(p.relative_to(folder)) for p in folder.rglob("*.eml"))
    assert files == ["2026-10-01/002-digest.eml", "2026-10-02/001-results.eml"]
    mail = message_from_bytes((folder / files[1]).read_bytes(), policy=policy.default)
    assert mail["To"] == "maya@district.example"
    with here.store.reading() as session:
        assert [e.action for e in session.exec(select(AuditEntry))] == ["message sent"] * 2


def test_a_message_that_lacks_an_attachment_waits_and_the_others_go(here: Village, workspace: Workspace) -> None:
    here.message(attachments=[{"name": "a.pdf", "sha256": "0" * 64, "media_type": "application/pdf"}])
    here.message()
    result = send_messages(here.store, workspace, NIGHT)
    assert (result.sent, result.waiting) == (1, 1)
    assert "Message 1 lacks an attachment" in result.problem


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: all@b.example", "nobody", "", "a@b.example, c@d.example"])
def test_an_address_that_is_none_is_refused_and_injects_nothing(post: Post, here: Village, address: str) -> None:
    office, workspace = post
    here.message(to=address)
    assert send_messages(here.store, workspace, NIGHT).refused == 1
    assert office.mails == []


def test_a_line_break_in_a_subject_or_a_file_name_injects_no_header(here: Village, workspace: Workspace) -> None:
    sha256 = here.store.evidence.put(b"x")
    attachment = {"name": "a.pdf\r\nX-Evil: 1", "sha256": sha256, "media_type": "application/pdf"}
    here.message(subject="Hello\r\nBcc: all@b.example\x00", attachments=[attachment])
    send_messages(here.store, workspace, NIGHT)
    (file,) = (workspace.outbox / "mail").rglob("*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["Subject"] == "Hello Bcc: all@b.example"
    assert mail["Bcc"] is None
    assert all(part["X-Evil"] is None for part in mail.walk())


def test_the_same_row_is_the_same_bytes(here: Village, workspace: Workspace) -> None:
    here.message(
        attachments=[{"name": "a.pdf", "sha256": here.store.evidence.put(b"x"), "media_type": "application/pdf"}]
    )
    message: Message = here.the_message()
    sender = workspace.settings.mail.sender
    first, second = (compose(message, sender, here.store.evidence.get).as_bytes() for _ in range(2))
    assert first == second
    assert b"Content-Type: multipart/mixed" in first


def test_a_sender_that_is_no_address_is_wrong_configuration(here: Village) -> None:
    here.message()
    with pytest.raises(UsageError, match=r"Correct sender of \[mail\]"):
        compose(here.the_message(), "Countersign", here.store.evidence.get)
