"""No forgery is ever verified: each is refused by the check that should catch it, and its sound twin is not."""

import json
from pathlib import Path
from typing import Any

import pytest

from countersign.verification import Registry
from countersign.verification.findings import STEPS_OF_STAFF
from models.credentials import CarrierKind, CheckName, CheckOutcome, VerdictOutcome
from tests.forgeries import all_of_them  # noqa: F401  # pyright: ignore[reportUnusedImport]
from tests.forgeries.corpus import CORPUS, ENDINGS, FOLDER, TABLES, Answer, Forgery, examined, index, tables

FORGERIES = list(CORPUS.values())
AT_LEAST = 80

MAY_BE_OPEN = {
    (CheckName.well_formed, CheckName.proof): {CheckOutcome.indeterminate},
    (CheckName.proof, CheckName.issuer_trusted): {CheckOutcome.indeterminate},
    (CheckName.proof, CheckName.status): {CheckOutcome.indeterminate},
    (CheckName.issuer_trusted, CheckName.status): {CheckOutcome.indeterminate},
}
"""A token that proves nothing by its own account is not read. Nothing of a stranger's is fetched, and what the registered site says is
withdrawn (410, `revoked`) is not read any further: then the proof stays open, and the later check fails."""


def names(one: Forgery) -> str:
    return one.name


def asset(one: Forgery, kind: CarrierKind) -> tuple[bytes, dict[str, Answer]]:
    web = FOLDER / f"{one.name}.web.json"
    said: dict[str, Any] = json.loads(web.read_text(encoding="utf-8")) if web.is_file() else {}
    content = (FOLDER / f"{one.name}{ENDINGS[kind]}").read_bytes()
    return content, {url: Answer.from_json(answer) for url, answer in said.items()}


def test_the_corpus_is_large_and_its_folder_holds_it_and_nothing_else() -> None:
    assert len(FORGERIES) >= AT_LEAST
    files = {p.name.removesuffix(".web.json").rpartition(".")[0] or p.name.removesuffix(".web.json") for p in _files()}
    assert files == set(CORPUS)


def _files() -> list[Path]:
    return [p for p in FOLDER.iterdir() if p.name not in ("issuers.toml", "README.md", "corpus.json")]


def test_the_index_and_the_tables_are_those_of_the_corpus() -> None:
    assert (FOLDER / "corpus.json").read_text(encoding="utf-8") == index()
    assert (FOLDER / "README.md").read_text(encoding="utf-8").partition(TABLES)[2] == tables()
    assert all(one.what.endswith(".") for one in FORGERIES), "every forgery says in a sentence what it is"


def test_every_check_has_its_forgeries() -> None:
    assert {one.check for one in FORGERIES} == set(CheckName)


@pytest.mark.parametrize("one", FORGERIES, ids=names)
def test_the_sound_twin_verifies(one: Forgery) -> None:
    scene = one.make(False)
    found = examined(scene)
    assert found.verdict.outcome is VerdictOutcome.verified, found.verdict.decisive
    assert found.key.startswith("credential:")


@pytest.mark.parametrize("one", FORGERIES, ids=names)
def test_for_whom_no_issuer_is_registered_not_even_the_twin_verifies(one: Forgery) -> None:
    for forged in (True, False):
        found = examined(one.make(forged), known=Registry())
        assert found.verdict.outcome is not VerdictOutcome.verified
        assert found.key.startswith("document:")


@pytest.mark.parametrize("one", FORGERIES, ids=names)
def test_the_forgery_is_refused_by_the_check_that_should_catch_it(one: Forgery) -> None:
    scene = one.make(True)
    content, answers = asset(one, scene.kind)
    found = examined(scene, content, answers)
    decisive = found.verdict.decisive
    assert (found.verdict.outcome, decisive.name) == (one.outcome, one.check), decisive
    assert one.says in decisive.detail
    assert decisive.remedy, "whoever reads it must know what to do"
    waits = decisive.remedy in STEPS_OF_STAFF or decisive.retry
    assert not (waits and found.verdict.outcome is VerdictOutcome.rejected), "nobody looks again at what is rejected"
    asks = any(word in decisive.remedy for word in ("issuer", "Ask ", "affiliate", "Send ", "Download", "Open "))
    assert asks or decisive.retry, "a remedy is a step that its reader can take"
    before = list(CheckName)[: list(CheckName).index(one.check)]
    for name in before:
        allowed = {CheckOutcome.passed, *MAY_BE_OPEN.get((name, one.check), ())}
        assert found.verdict[name].outcome in allowed, "it was refused by accident of an earlier check"
    proven = found.verdict[CheckName.proof].outcome is CheckOutcome.passed
    assert proven or not found.key.startswith("credential:"), "a forgery must never take a true credential's place"


@pytest.mark.parametrize("one", FORGERIES, ids=names)
def test_the_asset_is_what_its_function_makes(one: Forgery) -> None:
    scene = one.make(True)
    content, answers = asset(one, scene.kind)
    assert content == scene.bytes
    assert answers == scene.answers()
