"""Closing happens once and whole: closed again, damaged on disk, killed halfway, two at a time, with something in the way."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from countersign import delivered as folders
from countersign.errors import CountersignError, Outage, UsageError
from countersign.reporting import PackagesIncomplete, close_month
from countersign.reporting import closing as closing_module
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from tests.reporting.outcome import DECEMBER, NOVEMBER, OCTOBER_PATH, contents, one, packages, rows
from tests.reporting.town import Town, agreement

Harm = Callable[[Path], None]


def test_closing_twice_changes_nothing_and_says_so(any_store: Store, workspace: Workspace, rules: list[Rules]) -> None:
    town = Town(any_store)
    town.hours(town.person())
    first = one(close_month(any_store, workspace, rules, "2026-10", NOVEMBER))
    before = contents(workspace.root / first.path)
    town.hours(town.person("Blake Sample", employee_id="2"))
    again = one(close_month(any_store, workspace, rules, "2026-10", DECEMBER))
    assert again.already_closed
    assert (again.path, again.lines, again.balances) == (first.path, first.lines, first.balances)
    assert contents(workspace.root / first.path) == before
    assert len(packages(any_store)) == 1


def test_two_closings_at_once_make_one_package(any_store: Store, workspace: Workspace, rules: list[Rules]) -> None:
    town = Town(any_store)
    town.hours(town.person())
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(close_month, any_store, workspace, rules, "2026-10", NOVEMBER) for _ in range(2)]
    assert sorted(one(future.result()).already_closed for future in both) == [False, True]
    assert [p.name for p in (workspace.outbox / "hr" / "cusd-200").iterdir()] == ["2026-10"]


def spoil(name: str) -> Harm:
    def harm(folder: Path) -> None:
        (folder / name).write_bytes(b"{}")

    return harm


def remove(name: str) -> Harm:
    def harm(folder: Path) -> None:
        (folder / name).unlink()

    return harm


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (spoil("held.csv"), "held.csv was changed"),
        (remove("cover.pdf"), "cover.pdf is missing"),
        (spoil("manifest.json"), "manifest.json was changed"),
        (remove("manifest.json"), "manifest.json is missing"),
        (shutil.rmtree, "the folder is missing"),
    ],
)
def test_a_closed_folder_that_was_changed_is_told_and_not_made_again(
    store: Store, workspace: Workspace, rules: list[Rules], harm: Harm, sentence: str
) -> None:
    summary = one(close_month(store, workspace, rules, "2026-10", NOVEMBER))
    harm(workspace.root / summary.path)
    with pytest.raises(CountersignError, match=f"damaged: {sentence}. Restore the folder from a backup"):
        close_month(store, workspace, rules, "2026-10", NOVEMBER)


def test_a_file_that_hr_lays_beside_the_package_is_no_damage(
    store: Store, workspace: Workspace, rules: list[Rules]
) -> None:
    summary = one(close_month(store, workspace, rules, "2026-10", NOVEMBER))
    (workspace.root / summary.path / "notes.txt").write_text("paid")
    assert one(close_month(store, workspace, rules, "2026-10", NOVEMBER)).already_closed


class Killed(BaseException):
    """Stands for the process being killed."""


def test_killed_while_files_are_written_nothing_is_visible_and_the_next_run_closes(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules], monkeypatch: pytest.MonkeyPatch
) -> None:
    town.hours(town.person())
    left = workspace.outbox / "hr" / "cusd-200" / ".closing-2026-10-abc"
    left.mkdir(parents=True)
    (left / "held.csv").write_bytes(b"half")  # what a killed process leaves
    with monkeypatch.context() as patch:
        patch.setattr(folders, "_write", raising)
        with pytest.raises(Killed):
            close_month(store, workspace, rules, "2026-10", NOVEMBER)
    assert packages(store) == []
    assert one(close_month(store, workspace, rules, "2026-10", NOVEMBER)).lines == 1
    assert [p.name for p in (workspace.outbox / "hr" / "cusd-200").iterdir()] == ["2026-10"]


def raising(*_: object) -> None:
    raise Killed


def killed_before_commit(
    store: Store, workspace: Workspace, rules: list[Rules], monkeypatch: pytest.MonkeyPatch
) -> dict[str, bytes]:
    """Close, but die after the folder was renamed; what it then holds."""
    place = folders.place

    def place_and_die(*arguments: object) -> None:
        place(*arguments)  # pyright: ignore[reportArgumentType]
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(closing_module.folders, "place", place_and_die)
        with pytest.raises(Killed):
            close_month(store, workspace, rules, "2026-10", NOVEMBER)
    assert packages(store) == []
    return contents(workspace.root / OCTOBER_PATH)


def test_killed_between_rename_and_commit_the_next_run_commits_exactly_what_was_visible(
    any_store: Store, workspace: Workspace, rules: list[Rules], monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(any_store)
    avery = town.person()
    town.hours(avery)
    visible = killed_before_commit(any_store, workspace, rules, monkeypatch)
    town.hours(avery, title="Came meanwhile")
    summary = one(close_month(any_store, workspace, rules, "2026-10", DECEMBER))
    assert (summary.lines, summary.already_closed) == (1, False)
    assert contents(workspace.root / summary.path) == visible
    november = one(close_month(any_store, workspace, rules, "2026-11", DECEMBER))
    assert [r["transaction"] for r in rows(workspace, "pd_hours.csv", november.path)] == ["RETRO"]


def test_killed_between_rename_and_commit_and_the_facts_changed_the_folder_is_set_aside_and_kept(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules], monkeypatch: pytest.MonkeyPatch
) -> None:
    avery = town.person()
    town.hours(avery)
    visible = killed_before_commit(store, workspace, rules, monkeypatch)
    town.decide(town.case(avery, title="Held meanwhile"), "held", "0")
    assert one(close_month(store, workspace, rules, "2026-10", DECEMBER)).held == 1
    assert one(close_month(store, workspace, rules, "2026-10", DECEMBER)).already_closed
    assert contents(workspace.outbox / "hr" / "cusd-200" / ".set-aside-2026-10-1") == visible


@pytest.mark.parametrize(
    "manifest", [None, b"", b"[]", b'{"lines": 3}', b'{"lines": [], "closed_at": "x"}', b"\xff", b"[" * 100_000]
)
def test_a_folder_in_the_way_that_is_not_ours_is_set_aside(
    store: Store, workspace: Workspace, rules: list[Rules], manifest: bytes | None
) -> None:
    stranger = workspace.root / OCTOBER_PATH
    stranger.mkdir(parents=True)
    if manifest is not None:
        (stranger / "manifest.json").write_bytes(manifest)
    assert one(close_month(store, workspace, rules, "2026-10", NOVEMBER)).lines == 0
    assert (stranger.parent / ".set-aside-2026-10-1").is_dir()


def test_the_same_facts_and_the_same_moment_give_the_same_bytes(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules], monkeypatch: pytest.MonkeyPatch
) -> None:
    town.hours(town.person())
    first = killed_before_commit(store, workspace, rules, monkeypatch)
    shutil.rmtree(workspace.root / OCTOBER_PATH)
    close_month(store, workspace, rules, "2026-10", NOVEMBER)
    assert contents(workspace.root / OCTOBER_PATH) == first


def test_a_disk_that_takes_no_more_closes_nothing(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    town.hours(town.person())
    (workspace.outbox / "hr").write_text("a file where the folder should be")
    with pytest.raises(CountersignError, match=r"cannot be written: .*nothing was closed") as caught:
        close_month(store, workspace, rules, "2026-10", NOVEMBER)
    assert caught.value.exit_code == Outage.exit_code
    assert packages(store) == []


def test_one_districts_trouble_does_not_keep_the_others_from_closing(
    store: Store, workspace: Workspace, town: Town
) -> None:
    rules = [agreement(), agreement("aurora", "Aurora Schools")]
    (workspace.outbox / "hr").mkdir()
    (workspace.outbox / "hr" / "aurora-schools").write_text("in the way")
    town.hours(town.person())
    with pytest.raises(PackagesIncomplete) as caught:
        close_month(store, workspace, rules, "2026-10", NOVEMBER)
    assert [s.district for s in caught.value.summaries] == ["CUSD 200"]
    assert [p.district for p in packages(store)] == ["CUSD 200"]


def test_two_districts_that_would_share_a_folder_are_refused(store: Store, workspace: Workspace) -> None:
    rules = [agreement(), agreement("other", "CUSD  200")]
    with pytest.raises(UsageError, match="would share the folder cusd-200"):
        close_month(store, workspace, rules, "2026-10", NOVEMBER)


@pytest.mark.parametrize(
    ("district", "slug"),
    [
        ("CUSD 200", "cusd-200"),
        ("../../etc", "etc"),
        ("École Nº 4", "ecole-no-4"),
        ("学区", "district-"),
        ("..", "district-"),
    ],
)
def test_a_folders_name_is_made_of_plain_letters_only(district: str, slug: str) -> None:
    assert folders.slug(district).startswith(slug)
    assert set(folders.slug(district)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
