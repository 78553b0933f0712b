"""Every file of the fixtures gets the verdict that its publisher implies, with its issuer registered and without; none is skipped."""

import json
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from re import findall

import pytest

from countersign.store import Store
from countersign.verification import Registry, examine
from countersign.verification.keeping.replaying import ReplayFetcher, recorded
from countersign.verification.keeping.writing import keep
from models.credentials import CheckName, Examination, VerdictOutcome
from tests.conformance.shape import Ours, Row, Word
from tests.conformance.table import PAGE, ROWS, page
from tests.conformance.world import look
from tests.verification.world import NOW, carrier, fixture_registry, fixtures

Look = Callable[[Row, Registry], Examination]
TABLE = list(ROWS.values())


def names(row: Row) -> str:
    return row.file


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return fixture_registry(fixtures(), tmp_path_factory.mktemp("registry"))


def told(found: Examination, ours: Ours) -> Ours:
    """What was found, in the shape of the row: the part of the sentence where it is there, else the whole."""
    decisive = found.verdict.decisive
    part = ours.part if ours.part in decisive.detail else decisive.detail
    return Ours(found.verdict.outcome, decisive.name, part)


def test_the_table_lists_every_file_and_no_other() -> None:
    folder = fixtures()
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert set(ROWS) == there - {"SOURCES.md"}


@pytest.mark.parametrize("row", TABLE, ids=names)
def test_with_its_issuer_registered_the_verdict_is_the_one_in_the_table(row: Row, registered: Registry) -> None:
    found = look(fixtures(), row.file, registered)
    assert told(found, row.ours) == row.ours
    if row.ours.outcome is VerdictOutcome.verified:
        assert found.key.startswith("credential:")
        assert found.issuer
        assert found.credential
    else:
        assert found.verdict.decisive.remedy, "whoever reads it must know what to do"


@pytest.mark.parametrize("row", TABLE, ids=names)
def test_with_nobody_registered_the_verdict_is_the_one_in_the_table(row: Row) -> None:
    found = look(fixtures(), row.file, Registry())
    assert told(found, row.when_strange) == row.when_strange
    assert found.verdict.outcome is not VerdictOutcome.verified
    assert found.key.startswith("document:")
    assert found.fetched == (), "nothing is fetched for strangers"


@pytest.mark.parametrize("row", TABLE, ids=names)
def test_where_ours_is_another_than_the_publishers_it_is_argued_in_one_line(row: Row) -> None:
    assert row.argued or not row.deviates
    assert "\n" not in row.argued
    assert not row.argued or row.argued.endswith(".")
    if row.word in (Word.invalid, Word.held, Word.data):
        assert row.ours.outcome is not VerdictOutcome.verified


def said_in_sources() -> dict[str, set[Word]]:
    """The publisher's word for each file that SOURCES.md names in full or by a pattern, read from its lists."""
    words: dict[str, set[Word]] = {}
    folder, word = "", None
    for line in (fixtures() / "SOURCES.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("### "):
            folder, word = line[4:].strip(), None
        elif line.startswith("- "):
            begins = line[2:]
            word = next((w for start, w in BEGINNINGS.items() if begins.startswith(start)), None)
        if word is not None:
            for name in findall(r"`([^`]+)`", line):
                for file in ROWS:
                    if fnmatch(file, f"{folder}/{name}"):
                        words.setdefault(file, set()).add(word)
    return words


BEGINNINGS = {
    "valid with a warning": Word.warning,
    "valid": Word.valid,
    "warning": Word.warning,
    "one error only": Word.invalid,
    "invalid": Word.invalid,
    "`simple.jwt` carries no key": Word.held,
}


def test_the_publishers_word_is_the_one_in_sources() -> None:
    said = said_in_sources()
    del said["1edtech-ob30/bit-string-list/testlist"]  # named as the list by which another is revoked
    assert len(said) > 70
    assert {file: {ROWS[file].word} for file in said} == said


def test_every_verdict_replays_from_its_evidence(store: Store, registered: Registry) -> None:
    asked: set[str] = set()
    for row in TABLE:
        first = look(fixtures(), row.file, registered)
        kept = json.loads(json.dumps(keep(store.evidence, first, 1, "").asked))  # as the database gives it back
        fetcher = ReplayFetcher(recorded(store.evidence, kept))
        (again,) = examine(carrier(fixtures() / row.file), registered, fetcher, NOW)
        assert (again.verdict, again.key, again.fetched, again.remarks) == (
            first.verdict,
            first.key,
            first.fetched,
            first.remarks,
        ), row.file
        assert fetcher.missing == [], row.file
        asked |= {entry["url"] for entry in kept}
    assert len(asked) > 20


def test_every_check_that_the_publishers_know_decides_somewhere(registered: Registry) -> None:
    decisive = {row.ours.check for row in TABLE} | {row.when_strange.check for row in TABLE}
    assert decisive == set(CheckName)


def test_the_page_for_people_says_the_same() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it again: .venv/bin/python -m tests.conformance"


def test_the_page_says_nothing_of_where_it_was_made() -> None:
    assert not [p for p in (str(Path.cwd()), "/tmp") if p in page()]
