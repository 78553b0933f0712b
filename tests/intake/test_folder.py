"""The drop folder: taken in once, never changed, one bad file never in the way of the others."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from countersign.errors import Outage
from countersign.intake import collect_folder, open_submissions, unopened
from countersign.intake import folder as folder_module
from countersign.settings import Workspace
from countersign.store import Store, open_store
from models.tables import AuditEntry, Reading, ReviewItem, SourceKey, Submission
from tests.intake.makers import attach, mail, png

PAST = datetime(2026, 9, 30, 12, tzinfo=UTC)


def drop(workspace: Workspace, name: str, content: bytes, at: datetime = PAST) -> Path:
    path = workspace.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def submissions(store: Store) -> list[Submission]:
    with store.reading() as session:
        return list(session.exec(select(Submission).order_by(col(Submission.id))))


def held(store: Store) -> list[tuple[str, str]]:
    with store.reading() as session:
        items = session.exec(select(ReviewItem).where(col(ReviewItem.closed_at).is_(None)).order_by(col(ReviewItem.id)))
        return [(item.subject, item.code) for item in items]


def test_files_become_submissions_in_the_order_of_their_names(
    any_store: Store, workspace: Workspace, now: datetime
) -> None:
    message = attach(mail(), png(), "award.png").as_bytes()
    drop(workspace, "b.png", png())
    drop(workspace, "a.eml", message)
    drop(workspace, "c/d.json", b"{}")
    assert collect_folder(any_store, workspace, now) == [1, 2, 3]
    stored = submissions(any_store)
    assert [(s.source, s.name, s.size) for s in stored] == [
        ("folder", "a.eml", len(message)),
        ("folder", "b.png", len(png())),
        ("folder", "d.json", 2),
    ]
    assert any_store.evidence.get(stored[0].sha256) == message
    assert (workspace.inbox / "b.png").read_bytes() == png()


def test_a_message_was_received_when_our_servers_topmost_received_header_says_and_an_upload_when_it_was_changed(
    make_workspace: Callable[..., Workspace], now: datetime
) -> None:
    workspace = make_workspace('received_by = "MX.demo-ea.example"\n')
    store = open_store(workspace)
    drop(workspace, "1.eml", mail().as_bytes())
    drop(workspace, "2.eml", mail(Received="none").as_bytes())
    drop(workspace, "3.png", png(), PAST + timedelta(hours=1))
    drop(workspace, "4.png", png(color=1), now + timedelta(days=90))
    drop(workspace, "5.eml", mail(Received="x by mx.demo-ea.example; Fri, 1 Jan 2027 00:00:00 +0000").as_bytes())
    collect_folder(store, workspace, now)
    assert [s.received_at for s in submissions(store)] == [
        datetime(2026, 10, 2, 3, 59, 30, tzinfo=UTC),
        PAST,
        PAST + timedelta(hours=1),
        now,
        now,
    ]
    store.engine.dispose()


OWN = "by mx.demo-ea.example"
WHEN = "; Thu, 1 Oct 2026 23:59:30 -0400"


@pytest.mark.parametrize(
    ("received", "counts"),
    [
        (f"from a {OWN} with ESMTPS{WHEN}", True),
        (f"{OWN} (Postfix) id 1{WHEN}", True),
        (f"from a BY MX.DEMO-EA.EXAMPLE{WHEN}", True),
        (f"from a by mx.elsewhere.example{WHEN}", False),
        (f"from a ({OWN}) by mx.elsewhere.example{WHEN}", False),
        (f"from a (x (y) {OWN}) by mx.elsewhere.example{WHEN}", False),
        (f"from {OWN} by mx.elsewhere.example{WHEN}", False),
        (f"from a {OWN} by mx.elsewhere.example{WHEN}", False),
        (f"from a {OWN}.elsewhere.example{WHEN}", False),
        (f"from a{WHEN}", False),
        (f"from a for x; {OWN}{WHEN}", True),
    ],
)
def test_only_our_own_servers_topmost_line_sets_the_date_of_a_message_file(
    make_workspace: Callable[..., Workspace], now: datetime, received: str, counts: bool
) -> None:
    workspace = make_workspace('received_by = "mx.demo-ea.example"\n')
    store = open_store(workspace)
    drop(workspace, "m.eml", mail(Received=received).as_bytes())
    collect_folder(store, workspace, now)
    expected = datetime(2026, 10, 2, 3, 59, 30, tzinfo=UTC) if counts else PAST
    assert [s.received_at for s in submissions(store)] == [expected]
    store.engine.dispose()


def test_without_a_server_named_in_the_settings_no_received_line_counts(
    store: Store, workspace: Workspace, now: datetime
) -> None:
    drop(workspace, "m.eml", mail().as_bytes())
    collect_folder(store, workspace, now)
    assert [s.received_at for s in submissions(store)] == [PAST]


def test_a_second_run_finds_nothing_new_and_reads_no_file(
    store: Store, workspace: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(workspace, "a.png", png())
    drop(workspace, "b.png", png())
    assert collect_folder(store, workspace, now) == [1]

    def no_reading(file: object) -> bytes:
        raise AssertionError("a known file was read again")

    monkeypatch.setattr(folder_module, "_read", no_reading)
    assert collect_folder(store, workspace, now) == []


def test_the_same_bytes_under_two_names_are_one_submission(store: Store, workspace: Workspace, now: datetime) -> None:
    drop(workspace, "a.png", png())
    drop(workspace, "sub/b.png", png())
    assert collect_folder(store, workspace, now) == [1]
    with store.reading() as session:
        assert set(session.exec(select(SourceKey.submission_id))) == {1}
        assert len(session.exec(select(SourceKey.key)).all()) == 2


def test_a_changed_file_is_a_new_submission(store: Store, workspace: Workspace, now: datetime) -> None:
    drop(workspace, "a.png", png())
    collect_folder(store, workspace, now)
    drop(workspace, "a.png", png(color=1), PAST + timedelta(hours=1))
    assert collect_folder(store, workspace, now) == [2]


@pytest.mark.parametrize(
    "name",
    [".gitkeep", ".hidden.png", "~$log.xlsx", "a.png.part", "a.crdownload", "a.tmp", "a.png~", "one/two/deep.png"],
)
def test_names_that_are_not_for_us_are_left_alone(store: Store, workspace: Workspace, now: datetime, name: str) -> None:
    drop(workspace, name, png())
    assert collect_folder(store, workspace, now) == []


def test_symbolic_links_and_pipes_are_not_followed(
    store: Store, workspace: Workspace, now: datetime, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.png").write_bytes(png())
    (workspace.inbox / "link.png").symlink_to(tmp_path / "elsewhere" / "secret.png")
    (workspace.inbox / "folder").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(workspace.inbox / "pipe")
    assert collect_folder(store, workspace, now) == []


def test_a_name_that_is_no_text_is_taken_in(any_store: Store, workspace: Workspace, now: datetime) -> None:
    path = os.fsencode(workspace.inbox) + b"/award\xff\n.png"
    with open(path, "wb") as file:  # noqa: PTH123  a name in bytes
        file.write(png())
    os.utime(path, (PAST.timestamp(), PAST.timestamp()))
    assert collect_folder(any_store, workspace, now) == [1]
    assert collect_folder(any_store, workspace, now) == []


def test_a_file_just_written_is_waited_for_and_taken_in_the_same_run(
    store: Store, workspace: Workspace, now: datetime
) -> None:
    drop(workspace, "cloned.png", png(), now - timedelta(seconds=1))
    waits: list[float] = []
    assert collect_folder(store, workspace, now, wait=waits.append) == [1]
    assert waits == [2.0]


def test_a_file_that_is_still_being_written_is_left_for_the_next_run(
    store: Store, workspace: Workspace, now: datetime
) -> None:
    drop(workspace, "slow.png", png()[:30], now - timedelta(seconds=1))

    def more_is_written(_: float) -> None:
        drop(workspace, "slow.png", png(), now + timedelta(seconds=1))

    assert collect_folder(store, workspace, now, wait=more_is_written) == []
    assert collect_folder(store, workspace, now + timedelta(days=1), wait=more_is_written) == [1]
    assert submissions(store)[0].size == len(png())


def test_a_file_over_thirty_megabytes_is_parked_without_being_read_and_once(
    store: Store, workspace: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(workspace, "huge.bin", b"")
    os.truncate(path, 31 * 1024 * 1024)
    os.utime(path, (PAST.timestamp(), PAST.timestamp()))
    drop(workspace, "small.png", png())
    with monkeypatch.context() as patched:
        read = folder_module._read  # pyright: ignore[reportPrivateUsage]

        def only_small(file: folder_module.File) -> bytes | None:
            assert file.size < 1000
            return read(file)

        patched.setattr(folder_module, "_read", only_small)
        assert collect_folder(store, workspace, now) == [1, 2]
        assert collect_folder(store, workspace, now) == []
    assert held(store) == [("submission:1", "too_large")]
    assert unopened(store) == [2]
    open_submissions(store, [1, 2], now)
    with store.reading() as session:
        assert session.exec(select(Reading.outcome).order_by(col(Reading.submission_id))).all() == [
            "unreadable",
            "carriers",
        ]
        parked = session.exec(select(Reading).where(col(Reading.submission_id) == 1)).one()
    assert parked.problems == ["huge.bin is larger than 30 MB and was not opened; it stays where it is."]


def test_a_file_that_may_not_be_read_is_held_the_others_go_on_and_it_is_taken_in_once_it_may(
    store: Store, workspace: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(workspace, "a-locked.png", png())
    drop(workspace, "b-open.png", png(color=1))
    real = os.open

    def locked(path: Path, flags: int, mode: int = 0o777) -> int:
        if Path(path).name == "a-locked.png":
            raise PermissionError(13, "Permission denied")
        return real(path, flags, mode)

    with monkeypatch.context() as patched:
        patched.setattr(folder_module.os, "open", locked)
        assert collect_folder(store, workspace, now) == [1, 2]
        assert collect_folder(store, workspace, now) == []
    with store.reading() as session:
        item = session.exec(select(ReviewItem)).one()
    assert item.sentence == "a-locked.png in the inbox cannot be read: Permission denied."
    assert item.next_step.startswith("Give the account")
    assert collect_folder(store, workspace, now) == [3]
    assert held(store) == []


def test_an_inbox_that_cannot_be_listed_is_an_outage(store: Store, workspace: Workspace, now: datetime) -> None:
    workspace.inbox.rmdir()
    assert collect_folder(store, workspace, now) == []
    workspace.inbox.write_bytes(b"")
    with pytest.raises(Outage, match="cannot be listed"):
        collect_folder(store, workspace, now)


def test_a_kill_between_storing_bytes_and_commit_loses_and_doubles_nothing(
    any_store: Store, workspace: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(workspace, "a.png", png())
    drop(workspace, "b.png", png(color=1))

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("countersign.intake.keeping.audit.record", killed)
        with pytest.raises(KeyboardInterrupt):
            collect_folder(any_store, workspace, now)
    assert submissions(any_store) == []
    assert len(collect_folder(any_store, workspace, now)) == 2
    assert collect_folder(any_store, workspace, now) == []
    with any_store.reading() as session:
        assert session.exec(select(AuditEntry.action)).all() == ["stored", "stored"]
