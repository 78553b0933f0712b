"""`countersign fact …` as staff type it: exit codes, JSON, sentences."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from countersign import clock
from countersign.cli import app
from countersign.settings import Workspace
from countersign.store import Store
from tests.facts.oak_hill import NIGHT, facts, rules_of, three
from tests.recognition.nights import night

Run = Callable[..., Result]


@pytest.fixture
def run(store: Store, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("fact", "list")` on the day after three micro-credentials were decided."""
    three(store)
    night(store, rules_of(workspace), NIGHT)
    monkeypatch.setattr(clock, "now", lambda: NIGHT)

    def ran(*words: str | Path) -> Result:
        return CliRunner().invoke(app, ["fact", *(str(w) for w in (*words, "--workspace", workspace.root))])

    return ran


ONE = ("--on", "2024-09-10", "--by", "Robin")
FACTS = (
    ("transcript", "C-1", "--credits", "2.5", "--college", "Example College"),
    ("rubric", "C-1", "--level", "3"),
    ("ruling", "C-1", "--agreement", "oak-hill", "--decision", "gives", "--role", "Superintendent", "--ruled-by", "J. Doe",
     "--reason", "As agreed", "--currency", "pay", "--quantity", "150", "--unit", "USD"),
    ("election", "M-7", "--agreement", "oak-hill", "--election", "Hours or release", "--clause", "Hours"),
    ("funds", "oak-hill", "--period", "2024-25", "--not-available", "--said-by", "HR"),
    ("paid-elsewhere", "C-1", "--payer", "The state"),
    ("appeal", "C-1", "--agreement", "oak-hill", "--reason", "It was in time", "--on", "2024-09-11"),
)  # fmt: skip


@pytest.mark.parametrize("words", FACTS, ids=lambda words: words[0])
def test_one_fact_of_each_kind_is_recorded_listed_and_taken_back(run: Run, words: tuple[str, ...]) -> None:
    kind = words[0].replace("-", "_")
    rest = ONE if "--on" not in words else ONE[2:]
    dry = run("add", *words, *rest, "--dry-run")
    assert (dry.exit_code, "Would be recorded: " in dry.stdout) == (0, True)
    ended = run("add", *words, *rest, "--json")
    assert ended.exit_code == 0
    document = json.loads(ended.stdout)
    assert (document["kinds"], document["facts"], document["dry_run"]) == ({kind: 1}, [1], False)
    (line,) = json.loads(run("list", "--json").stdout)
    assert (line["number"], line["kind"], line["recorded_by"], line["counts"]) == (1, kind, "Robin", True)
    assert line["source"] == "countersign fact add"
    taken = run("withdraw", "1", "--by", "Robin", "--reason", "A slip")
    assert taken.exit_code == 0
    assert taken.stdout.startswith(f"Fact 1 ({kind.replace('_', ' ')}) no longer counts.")
    assert "TAKEN BACK" in run("list").stdout


def test_the_paper_that_a_fact_rests_on_is_kept(run: Run, store: Store, tmp_path: Path) -> None:
    scan = tmp_path / "transcript.pdf"
    scan.write_bytes(b"%PDF-1.7 scanned")
    assert run("add", "transcript", "C-1", *ONE, "--file", scan).exit_code == 0
    (fact,) = facts(store)
    assert (fact.source, store.evidence.get(fact.source_sha256)) == ("transcript.pdf", b"%PDF-1.7 scanned")
    missing = run("add", "transcript", "C-2", *ONE, "--file", tmp_path / "nowhere.pdf")
    assert (missing.exit_code, "nowhere.pdf cannot be read" in missing.stderr) == (2, True)


def test_what_is_refused_exits_2_with_the_sentence_and_the_remedy_on_stderr(run: Run) -> None:
    words = (
        "--agreement",
        "oak-hill",
        "--decision",
        "counts",
        "--role",
        "Custodian",
        "--ruled-by",
        "X",
        "--reason",
        "Y",
    )
    ended = run("add", "ruling", "C-1", *words, *ONE)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr == (
        '"Custodian" may not rule under oak-hill.\n'
        "It lets Joint Panel and Superintendent rule; say in what capacity it was.\n"
    )


def test_a_file_is_imported_and_its_errors_name_their_lines(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "rubrics.csv"
    path.write_text("Case,On,Level\nC-1,2024-09-08,3\nC-2,2024-09-08,high\n", encoding="utf-8")
    ended = run("import", path, "--kind", "rubric", "--by", "Robin")
    assert ended.exit_code == 2
    assert ended.stderr.splitlines() == [
        'rubrics.csv, line 3: level "high" is not a number.',
        "rubrics.csv: was not imported; nothing was changed.",
    ]
    path.write_text("Case,On,Level\nC-1,2024-09-08,3\n", encoding="utf-8")
    ended = run("import", path, "--kind", "rubric", "--by", "Robin")
    assert ended.exit_code == 0
    assert "Recorded: rubric (fact 1)." in " ".join(ended.stdout.split())
    again = json.loads(run("import", path, "--kind", "rubric", "--by", "Robin", "--json").stdout)
    assert (again["known"], again["kinds"]) == (1, {})


def test_pre_approvals_come_in_by_the_same_door(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "forms.csv"
    path.write_text("Member Number,Title,Approved on\nM-7,Family Engagement,2024-07-01\n", encoding="utf-8")
    ended = run("import", path, "--kind", "preapproval", "--recognizer", "Oak Hill SD", "--by", "Robin", "--json")
    assert (ended.exit_code, json.loads(ended.stdout)["added"]) == (0, 1)
    row, note = run("list", "M-7").stdout.splitlines()  # a row is one line, however long
    assert "Oak Hill SD approved “Family Engagement”" in row
    assert note == (
        "A pre-approval has no number and cannot be taken back; importing it again with another day replaces the day."
    )


def test_nothing_on_record_is_said(run: Run) -> None:
    assert run("list").stdout == "No fact is on record.\n"
    assert run("withdraw", "4", "--by", "Robin", "--reason", "x").exit_code == 2


@pytest.mark.parametrize("words", [("import",), ("list",), ("withdraw",), *(("add", words[0]) for words in FACTS)])
def test_the_help_of_every_fact_command_names_every_exit_code(words: tuple[str, ...]) -> None:
    said = " ".join(CliRunner().invoke(app, ["fact", *words, "--help"]).output.split())
    assert "0 done" in said
    assert "3 could not finish" in said
