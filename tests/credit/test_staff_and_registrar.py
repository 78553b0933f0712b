"""What staff and registrars run into: days as they write them, names where numbers are meant, payers that nobody named, long names."""

import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from countersign import delivered
from countersign.issuance import deliver_batches
from countersign.matching.fields import as_date
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from tests.credit.conftest import Ask, ask_in, rules_with
from tests.credit.test_commands import Run, run

__all__ = ["run"]  # the fixture


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22", "11/22/2026", "Nov 22, 2026", "November 22, 2026", "november 22 2026", "Nov. 22, 2026",
    ],
)  # fmt: skip
def test_a_day_is_read_as_americans_write_it(text: str) -> None:
    assert as_date(text) == date(2026, 11, 22)


def test_september_has_two_short_forms() -> None:
    assert as_date("Sep 1, 2026") == as_date("Sept. 1, 2026") == date(2026, 9, 1)


FORMS = "write it as 2024-07-01, 7/1/2024 (month first) or July 1, 2024"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("22.11.2026", f'"22.11.2026" is not a date; {FORMS}'),
        ("Novem 22, 2026", f'"Novem 22, 2026" is not a date; {FORMS}'),
        ("22/11/2026", f'"22/11/2026" is no day of the calendar; {FORMS}'),
        ("Feb 30, 2026", f'"Feb 30, 2026" is no day of the calendar; {FORMS}'),
        ("46348", f'"46348" is not a date but a number, as Excel keeps one; {FORMS}'),
    ],
)
def test_another_way_to_write_a_day_is_refused_with_those_that_are_taken(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        as_date(text)


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("Samuel Nguyễn", "Nobody on the roster has the member number Samuel Nguyễn."),
        ("nobody@home.example", "Nobody on the roster has the e-mail address nobody@home.example."),
    ],
)
def test_a_form_for_nobody_says_what_to_give(run: Run, who: str, sentence: str) -> None:
    said = run("registration", who, "--title", "T", "--by", "R")
    shown = " ".join(said.output.split())
    assert (said.exit_code, sentence in shown) == (2, True), shown
    assert "Give the member number or an e-mail address as the roster has it, not a name" in shown


def test_a_batch_with_a_payer_unknown_says_what_to_do(
    run: Run, ask: Ask, store: Store, workspace: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = rules_with(term="Fall 2026")
    known = ask_in(store, workspace, now, rules, wishes={"payer": "self"})
    unknown = ask_in(store, workspace, now, rules)
    free = ask(free=True)
    del free  # without a fee nobody has to pay

    def these(_folder: Path) -> tuple[Rules, ...]:
        return rules

    monkeypatch.setattr("countersign.recognition.load_rules", these)
    shown = run("batch", "--term", "Fall 2026", "--by", "Robin", "--dry-run")
    said = " ".join(shown.output.split())
    assert shown.exit_code == 1, said
    assert f"Nobody said who pays: {unknown.number}. Ask the educator to mark it on the sheet" in said
    assert "credit withdraw NUMBER --again" in said
    assert f"who pays: {known.number}" not in said
    (made,) = json.loads(run("batch", "--term", "Fall 2026", "--by", "Robin", "--json").output)
    assert made["payer_unknown"] == [unknown.number]


LONG = "The Graduate School of Education and Human Development of Lakeview State University (fictional)"


def test_a_long_colleges_folder_ends_with_a_whole_word_and_the_cover_has_the_full_name(
    store: Store, workspace: Workspace, now: datetime
) -> None:
    rules = rules_with(term="Fall 2026", college=LONG)
    ask_in(store, workspace, now, rules, wishes={"payer": "self"})
    (made,) = deliver_batches(store, workspace, rules, "Fall 2026", now, "Robin")
    folder = made.path.split("/")[-2]
    assert re.fullmatch(r"the-graduate-school-of-education-and-human-[0-9a-f]{8}", folder), folder
    manifest: dict[str, Any] = json.loads((workspace.root / made.path / "manifest.json").read_bytes())
    assert manifest["college"] == LONG


def test_long_names_that_begin_alike_have_folders_of_their_own() -> None:
    assert delivered.slug(LONG, by_words=True) != delivered.slug(f"{LONG} West", by_words=True)
    assert len(delivered.slug("x" * 90, by_words=True)) <= delivered.LONGEST
