"""The mailbox on a real Dovecot: each message once, nothing changed on the server, plain sentences when it is away."""

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from imap_tools.errors import MailboxLoginError
from sqlmodel import col, select

from countersign.errors import Outage, UsageError
from countersign.intake import check_mailbox, collect_folder, collect_mailbox, open_submissions
from countersign.intake import mailbox as mailbox_module
from countersign.settings import Workspace
from countersign.store import Store
from models.tables import CarrierRecord, MailboxMark, ReviewItem, SourceKey, Submission
from tests.conftest import MakeWorkspace
from tests.intake.makers import attach, forwarded, mail, png
from tests.servers import Dovecot, free_port

RECEIVED = datetime(2026, 10, 1, 3, 58, tzinfo=UTC)


class Box:
    """One user's mailbox and the workspace that polls it."""

    def __init__(self, dovecot: Dovecot, make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server, self._make = dovecot, make_workspace
        self.user = dovecot.new_user()
        monkeypatch.setenv("COUNTERSIGN_MAILBOX_PASSWORD", dovecot.PASSWORD)

    def workspace(self, security: str = "none", **changed: object) -> Workspace:
        port = self.server.tls_port if security == "tls" else self.server.port
        values = {"host": "127.0.0.1", "port": port, "user": self.user, "security": security, **changed}
        lines = [
            f"{key} = {value}" if isinstance(value, int) else f'{key} = "{value}"' for key, value in values.items()
        ]
        return self._make("\n[mailbox]\n" + "\n".join(lines) + "\n")

    def append(self, message: bytes, at: datetime = RECEIVED, folder: str = "INBOX") -> None:
        self.server.append(self.user, message, at, folder)


@pytest.fixture
def box(dovecot: Dovecot, make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> Box:
    return Box(dovecot, make_workspace, monkeypatch)


def submissions(store: Store) -> list[Submission]:
    with store.reading() as session:
        return list(session.exec(select(Submission).order_by(col(Submission.id))))


def mark(store: Store) -> MailboxMark:
    with store.reading() as session:
        return session.exec(select(MailboxMark)).one()


@cache
def award(text: str = "FYI") -> bytes:
    return forwarded(attach(mail(), png(), "award.png", "image/png"), text).as_bytes()


def test_without_a_mailbox_nothing_happens(store: Store, workspace: Workspace, now: datetime) -> None:
    assert collect_mailbox(store, workspace, now) == []


def test_messages_are_stored_as_they_came_when_the_server_had_them_and_stay_unseen(
    any_store: Store, box: Box, now: datetime
) -> None:
    box.append(award("one"))
    box.append(award("two"), RECEIVED + timedelta(minutes=1))
    workspace = box.workspace()
    assert collect_mailbox(any_store, workspace, now) == [1, 2]
    stored = submissions(any_store)
    assert [(s.source, s.received_at) for s in stored] == [
        ("mailbox", RECEIVED),
        ("mailbox", RECEIVED + timedelta(minutes=1)),
    ]
    assert any_store.evidence.get(stored[0].sha256) == award("one")
    assert not any("Seen" in flags for flags in box.server.flags(box.user))
    open_submissions(any_store, [1, 2], now)
    with any_store.reading() as session:
        assert session.exec(select(CarrierRecord.name)).all() == ["award.png in the forwarded message"] * 2


def test_a_second_run_fetches_only_what_is_new(
    store: Store, box: Box, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.append(award("one"))
    workspace = box.workspace()
    assert collect_mailbox(store, workspace, now) == [1]
    fetched: list[int] = []
    fetch = mailbox_module._fetch  # pyright: ignore[reportPrivateUsage]

    def noted(connection: mailbox_module.BaseMailBox, uid: int) -> tuple[bytes | None, str]:
        fetched.append(uid)
        return fetch(connection, uid)

    monkeypatch.setattr(mailbox_module, "_fetch", noted)
    assert collect_mailbox(store, workspace, now) == []
    assert fetched == []
    box.append(award("two"))
    assert collect_mailbox(store, workspace, now) == [2]
    assert fetched == [2]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_encrypted_connections_trust_the_named_authority(store: Store, box: Box, now: datetime, security: str) -> None:
    box.append(award())
    workspace = box.workspace(security, ca_file=box.server.certificate)
    assert collect_mailbox(store, workspace, now) == [1]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_unknown_certificate_is_an_outage_that_says_so(store: Store, box: Box, now: datetime, security: str) -> None:
    with pytest.raises(Outage, match="shows a certificate that is not trusted") as caught:
        collect_mailbox(store, box.workspace(security), now)
    assert "ca_file" in caught.value.remedy


def test_a_ca_file_that_is_missing_is_wrong_configuration(store: Store, box: Box, now: datetime) -> None:
    with pytest.raises(UsageError, match=r"ca_file .* cannot be read"):
        collect_mailbox(store, box.workspace("tls", ca_file="nowhere.pem"), now)


def test_a_refused_login_is_an_outage_that_names_the_user_and_not_the_password(
    store: Store, box: Box, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.append(award())
    for password in ("wrong password", "wröng"):
        monkeypatch.setenv("COUNTERSIGN_MAILBOX_PASSWORD", password)
        with pytest.raises(Outage, match=f"refused the login of {box.user}") as caught:
            collect_mailbox(store, box.workspace(), now)
        assert password not in str(caught.value)
        assert "COUNTERSIGN_MAILBOX_PASSWORD" in caught.value.remedy
        assert caught.value.exit_code == 3
    monkeypatch.delenv("COUNTERSIGN_MAILBOX_PASSWORD")
    with pytest.raises(Outage, match="COUNTERSIGN_MAILBOX_PASSWORD is not set"):
        collect_mailbox(store, box.workspace(), now)
    assert submissions(store) == []


def test_a_server_that_cannot_check_logins_just_now_is_not_a_refusal(
    store: Store, box: Box, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: object, **__: object) -> None:
        raise MailboxLoginError(("NO", [b"[UNAVAILABLE] Temporary authentication failure."]), "OK")

    monkeypatch.setattr(mailbox_module.BaseMailBox, "login", unavailable)
    with pytest.raises(Outage, match="cannot log anybody in just now"):
        collect_mailbox(store, box.workspace(), now)


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_server_that_is_away_is_an_outage(store: Store, box: Box, now: datetime, security: str) -> None:
    with pytest.raises(Outage, match=r"The mail server 127\.0\.0\.1:\d+ does not answer: Connection refused"):
        collect_mailbox(store, box.workspace(security, port=free_port()), now)


def test_the_mailbox_can_be_checked_without_reading_it(
    box: Box, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_mailbox(workspace)
    box.append(award())
    check_mailbox(box.workspace())
    assert not any("Seen" in flags for flags in box.server.flags(box.user))
    with pytest.raises(Outage, match="has no folder Awards"):
        check_mailbox(box.workspace(folder="Awards"))
    monkeypatch.setenv("COUNTERSIGN_MAILBOX_PASSWORD", "wrong")
    with pytest.raises(Outage, match="refused the login"):
        check_mailbox(box.workspace())


def test_a_folder_that_is_not_there_is_an_outage_that_names_it(store: Store, box: Box, now: datetime) -> None:
    with pytest.raises(Outage, match="has no folder Awards"):
        collect_mailbox(store, box.workspace(folder="Awards"), now)


def test_another_uidvalidity_reads_all_again_and_finds_it_known(store: Store, box: Box, now: datetime) -> None:
    box.append(award("one"))
    box.append(award("two"))
    workspace = box.workspace()
    assert collect_mailbox(store, workspace, now) == [1, 2]
    before = mark(store).uidvalidity
    box.server.renew(box.user)
    box.append(award("three"))
    assert collect_mailbox(store, workspace, now) == [3]
    assert mark(store).uidvalidity != before
    assert mark(store).uid == 3
    assert collect_mailbox(store, workspace, now) == []


def test_the_same_bytes_by_folder_and_mailbox_are_one_submission(store: Store, box: Box, now: datetime) -> None:
    workspace = box.workspace()
    box.append(award())
    (workspace.inbox / "saved.eml").write_bytes(award())
    assert collect_folder(store, workspace, now) == [1]
    assert collect_mailbox(store, workspace, now) == []
    with store.reading() as session:
        assert len(session.exec(select(SourceKey)).all()) == 2


def test_a_message_over_the_limit_is_parked_without_being_fetched_and_the_others_go_on(
    store: Store, box: Box, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox_module, "MAX_BYTES", 5000)
    box.append(attach(mail(), bytes(10_000), "huge.bin").as_bytes())
    box.append(award())
    workspace = box.workspace()
    assert collect_mailbox(store, workspace, now) == [1, 2]
    with store.reading() as session:
        item = session.exec(select(ReviewItem)).one()
    assert (item.subject, item.code) == ("submission:1", "too_large")
    assert submissions(store)[0].size > 10_000
    assert collect_mailbox(store, workspace, now) == []


def test_a_server_that_understates_a_size_cannot_fill_the_memory(
    store: Store, box: Box, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox_module, "MAX_BYTES", 5000)
    parsed = mailbox_module._parsed  # pyright: ignore[reportPrivateUsage]

    def understated(item: object) -> mailbox_module.Listed | None:
        listed = parsed(item)
        return mailbox_module.Listed(listed.uid, 10, listed.received_at) if listed else None

    monkeypatch.setattr(mailbox_module, "_parsed", understated)
    box.append(attach(mail(), bytes(50_000), "huge.bin").as_bytes())
    assert collect_mailbox(store, box.workspace(), now) == [1]
    with store.reading() as session:
        assert session.exec(select(ReviewItem.code)).one() == "too_large"


@pytest.mark.parametrize("where", ["before the bytes are kept", "before the commit"])
def test_a_kill_between_fetch_and_commit_loses_and_doubles_nothing(
    any_store: Store, box: Box, now: datetime, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    for text in ("one", "two", "three"):
        box.append(award(text))
    workspace = box.workspace()
    calls = 0
    target = (
        "countersign.intake.mailbox.keep"
        if where == "before the bytes are kept"
        else "countersign.intake.keeping._submission"
    )
    from countersign.intake import keeping

    real = keeping.keep if where == "before the bytes are kept" else keeping._submission  # pyright: ignore[reportPrivateUsage]

    def killed(*args: object, **rest: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return real(*args, **rest)  # pyright: ignore[reportArgumentType]

    with monkeypatch.context() as patched:
        patched.setattr(target, killed)
        with pytest.raises(KeyboardInterrupt):
            collect_mailbox(any_store, workspace, now)
    assert len(submissions(any_store)) == 1
    assert mark(any_store).uid == 1
    assert len(collect_mailbox(any_store, workspace, now)) == 2
    assert [any_store.evidence.get(s.sha256) for s in submissions(any_store)] == [
        award("one"),
        award("two"),
        award("three"),
    ]
    assert mark(any_store).uid == 3


def test_a_connection_that_breaks_off_keeps_what_was_stored(
    store: Store, box: Box, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.append(award("one"))
    box.append(award("two"))
    fetch = mailbox_module._fetch  # pyright: ignore[reportPrivateUsage]

    def broken(connection: mailbox_module.BaseMailBox, uid: int) -> tuple[bytes | None, str]:
        if uid == 2:
            connection.client.shutdown()
        return fetch(connection, uid)

    with monkeypatch.context() as patched:
        patched.setattr(mailbox_module, "_fetch", broken)
        with pytest.raises(Outage, match="stopped answering"):
            collect_mailbox(store, box.workspace(), now)
    assert len(submissions(store)) == 1
    assert collect_mailbox(store, box.workspace(), now) == [2]


def test_a_received_date_after_now_counts_as_now(store: Store, box: Box, now: datetime) -> None:
    box.append(award(), now + timedelta(days=2))
    collect_mailbox(store, box.workspace(), now)
    assert submissions(store)[0].received_at == now
