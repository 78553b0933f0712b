"""Agreement files: the samples load; what is wrong is named with its file and line; what is unsaid is a warning."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from countersign.errors import UsageError
from countersign.recognition.checking import check_file
from countersign.recognition.files import load_rules
from countersign.tomlfile import FileProblems
from tests.recognition.builders import SAMPLES

GOOD = """\
id = "demo"
recognizer = "Demo SD"
title = "A contract"
source = "Invented"
time_zone = "America/Chicago"
in_force = { from = 2024-07-01, until = 2025-06-30, by = "submitted" }
year = { starts = "07-01" }

[applies_to]
employer = "Demo SD"
employed_on = "submitted"

[eligibility]
issuers = ["nea"]

[eligibility.preapproval]
required = true
list = "approved.csv"
frozen_at = "preapproved"

[[grants]]
clause = "Hours"
currency = "district_pd"
text = "Hours as logged."
value = { up_to = 8, unit = "hour", by = "log_of_hours" }
processed = "monthly"

[[grants]]
clause = "Stipend"
currency = "pay"
text = "A stipend."
value = { flat = 100.00, unit = "USD" }
cap = { count = 5, per = "year", counted_by = "submitted", order = "submitted", overflow = "lost" }
paid = { month = 11 }
deadline = { on = "10-01", of = "submitted", late = "lost" }
"""
LIST = "title,from,until\nOne,2024-07-01,\nTwo,2024-07-01,2025-06-30\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "demo.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "approved.csv").write_text(LIST, encoding="utf-8")
    return tmp_path


def lines_of(folder: Path) -> list[str]:
    with pytest.raises(FileProblems) as caught:
        load_rules(folder)
    return [str(problem) for problem in caught.value.problems]


def test_the_good_one_has_nothing_to_say(folder: Path) -> None:
    assert check_file(folder / "demo.toml") == []


def test_the_shipped_agreements_load_and_have_no_errors() -> None:
    rules = load_rules(SAMPLES)
    assert {"demo-lakeview", "demo-lakeview-university", "il-cusd200", "vt-vermont-nea"} <= {r.terms.id for r in rules}
    assert all(r.terms.fictional == (r.file.startswith("demo-")) for r in rules)
    findings = [f for path in sorted(SAMPLES.glob("*.toml")) for f in check_file(path)]
    assert {f.level for f in findings} == {"warning"}


def test_the_shipped_agreements_warn_of_what_their_sources_leave_out() -> None:
    names = ("demo-lakeview.toml", "demo-lakeview-university.toml", "il-cusd200-2023-2027.toml", "vt-vermont-nea.toml")
    said = [f.sentence for name in names for f in check_file(SAMPLES / name)]
    assert said == [
        '"Graduate credit" names no term of the college from January 1, 2029 on: the term stays blank on requests of these days, and no '
        "batch takes them.",
        '"Compensation" states no value: every decision under it is held as rate missing.',
        '"Compensation" banks what is over its limit, and does not say what becomes of what is still banked when the agreement ends '
        "on 2027-06-30: it is held, unless a version that follows speaks of it.",
        '"Compensation" does not say what becomes of what comes after 10-01: it is held.',
        '"College credit" has two fees in force at once, 125 USD (Vermont-NEA page, introduction) and '
        "150 USD (Vermont-NEA page, questions and answers): requests are held.",
    ]


def test_the_hash_covers_the_file_and_its_list(folder: Path) -> None:
    (rules,) = load_rules(folder)
    assert rules.sha256 == hashlib.sha256(GOOD.encode() + b"\0" + LIST.encode()).hexdigest()
    assert [row.title for row in rules.approved] == ["One", "Two"]
    (folder / "approved.csv").write_text(LIST + "Three,2024-07-01,\n", encoding="utf-8")
    assert load_rules(folder)[0].sha256 != rules.sha256


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("count = 5", "count = 5, colour = 1", 33, 'unknown key "colour" in cap of "Stipend"'),
        ('title = "A contract"', 'titel = "A contract"', 3, 'unknown key "titel" in the file'),
        ("flat = 100.00", "flat = -100.00", 32, "greater than 0"),
        ("flat = 100.00", 'flat = "100"', 32, "'100' is not a number; write one such as 7.5"),
        ("flat = 100.00", "flat = true", 32, "is not a number"),
        ("flat = 100.00", "flat = nan", 32, "finite"),
        ("flat = 100.00", "flat = 0.12345", 32, "4 decimal places"),
        ("flat = 100.00, unit", "flat = 100.00, up_to = 3, unit", 32, "give one of flat, up_to, rate, bands"),
        ('unit = "USD"', 'unit = "dollars"', 32, 'value.unit of "Stipend" is none of hour, credit,'),
        ('currency = "pay"', 'currency = "money"', 30, "'pay'"),
        ("from = 2024-07-01", 'from = "summer"', 6, "'summer' is not a day; write one such as 2024-07-01"),
        ("from = 2024-07-01", "from = 2024", 6, "'2024' is not a day"),
        ("from = 2024-07-01", "from = 2024-07-01T00:00:00Z", 6, "is not a day"),
        ("until = 2025-06-30", "until = 2024-06-30", 6, "until 2024-06-30 is before from 2024-07-01"),
        ('by = "submitted" }\nyear', 'by = "born" }\nyear', 6, "in_force.by"),
        ('starts = "07-01"', 'starts = "13-01"', 7, '"13-01" is not a month and day'),
        ('starts = "07-01"', 'starts = "02-29"', 7, "a year cannot start on February 29"),
        ('"America/Chicago"', '"Chicago"', 5, '"Chicago" is not a time zone'),
        ("month = 11", "month = 13", 34, "is greater than 12"),
        ("month = 11", 'month = "11"', 34, "is not a whole number"),
        ("required = true", 'required = "yes"', 17, "is neither true nor false"),
        ("required = true", "required = false", 19, 'the date "preapproved" is tested'),
        ('frozen_at = "preapproved"\n', "", 16, "list needs frozen_at"),
        ('employed_on = "submitted"\n', "", 9, "employed_on"),
        (
            'counted_by = "submitted", order = "submitted", overflow = "lost"',
            'counted_by = "earned", order = "earned", overflow = "bank"',
            33,
            'cap of "Stipend": overflow = "bank" needs counted_by = "submitted"',
        ),
        ('text = "A stipend."\n', "", 28, 'text of "Stipend" is missing'),
        ("paid = { month = 11 }", 'paid = { month = 11 }\nprocessed = "monthly"', 28, "give either paid or processed"),
        ('currency = "pay"', 'currency = "graduate_credit"', 28, "graduate_credit needs credit_request"),
        ('currency = "pay"', 'currency = "district_pd"', 29, 'the clause "Stipend" is never reached'),
        ('id = "demo"', 'id = "Demo SD"', 1, "small letters, digits and hyphens"),
        ('[[grants]]\nclause = "Hours"', '[[grants\nclause = "Hours"', 21, "is not TOML"),
        ('list = "approved.csv"', 'list = "nowhere.csv"', 18, 'the approved list "nowhere.csv" cannot be read'),
        ('list = "approved.csv"', 'list = "../approved.csv"', 18, "is not the name of a file"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(folder: Path, old: str, new: str, line: int, said: str) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1) if "[[grants" in old else GOOD.replace(old, new)
    (folder / "demo.toml").write_text(text, encoding="utf-8")
    problems = lines_of(folder)
    assert any(p.startswith("demo.toml, line ") and said in p for p in problems), problems
    found = check_file(folder / "demo.toml")
    assert {f.level for f in found} == {"error"}
    assert any((f.file, f.line) == ("demo.toml", line) and said in f.sentence for f in found), found


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (
            "titel,from,until\nOne,2024-07-01,\n",
            1,
            "must name the columns title, from, until; it says titel, from, until",
        ),
        ("", 1, "it says nothing"),
        (LIST + "Three,07/01/2024,\n", 4, "from: '07/01/2024' is not a day"),
        (LIST + "Three,2024-07-01,2024-06-30\n", 4, "until 2024-06-30 is before from 2024-07-01"),
        (LIST + ",2024-07-01,\n", 4, "title: is empty"),
        (LIST + "Reading, Writing,2024-07-01,\n", 4, "has 4 cells instead of 3"),
        (LIST + '"Three,2024-07-01,\n', 4, "is not CSV"),
    ],
)
def test_a_bad_row_of_the_approved_list_is_named_with_its_line(
    folder: Path, content: str, line: int, said: str
) -> None:
    (folder / "approved.csv").write_text(content, encoding="utf-8")
    (problem,) = lines_of(folder)
    assert problem.startswith(f"approved.csv, line {line}: ")
    assert said in problem


def test_a_list_that_is_not_utf_8_is_named_with_its_line(folder: Path) -> None:
    (folder / "approved.csv").write_bytes(LIST.encode() + b"Fran\xe7ais,2024-07-01,\n")
    assert lines_of(folder) == ["approved.csv, line 4: is not UTF-8 text. Save it as CSV UTF-8."]


def test_a_list_saved_by_a_spreadsheet_with_a_mark_in_front_is_read(folder: Path) -> None:
    (folder / "approved.csv").write_bytes(b"\xef\xbb\xbf" + LIST.replace("\n", "\r\n").encode())
    assert len(load_rules(folder)[0].approved) == 2


def test_two_versions_in_force_at_once_are_an_error(folder: Path) -> None:
    (folder / "later.toml").write_text(
        GOOD.replace("from = 2024-07-01, until = 2025-06-30", "from = 2025-06-30"), encoding="utf-8"
    )
    (problem,) = lines_of(folder)
    assert problem.startswith(
        'later.toml, line 6: this version of "demo" is in force from 2025-06-30, while the one in demo.toml'
    )
    assert [f.level for f in check_file(folder / "later.toml")] == ["error"]


def test_versions_that_follow_each_other_are_both_loaded_in_order(folder: Path) -> None:
    (folder / "a-later.toml").write_text(
        GOOD.replace("from = 2024-07-01, until = 2025-06-30", "from = 2025-07-01"), encoding="utf-8"
    )
    assert [r.file for r in load_rules(folder)] == ["demo.toml", "a-later.toml"]


def test_the_problems_of_all_files_are_named_at_once(folder: Path) -> None:
    (folder / "bad.toml").write_text("nonsense", encoding="utf-8")
    (folder / "demo.toml").write_text(GOOD.replace("flat = 100.00", "flat = -1"), encoding="utf-8")
    assert {problem.split(",")[0] for problem in lines_of(folder)} == {"bad.toml", "demo.toml"}


def test_doubtful_lists_are_warned_of(folder: Path) -> None:
    (folder / "approved.csv").write_text(LIST + "ONE,2024-09-01,\n", encoding="utf-8")
    (found,) = check_file(folder / "demo.toml")
    assert str(found) == 'approved.csv, line 4: warning: "ONE" is listed twice for the same days.'
    (folder / "approved.csv").write_text("title,from,until\n", encoding="utf-8")
    assert [f.sentence for f in check_file(folder / "demo.toml")] == [
        "The approved list is empty: every decision that needs it is held."
    ]


def test_a_clause_that_pays_in_no_month_is_warned_of(folder: Path) -> None:
    (folder / "demo.toml").write_text(GOOD.replace("paid = { month = 11 }\n", ""), encoding="utf-8")
    assert [(f.line, f.level) for f in check_file(folder / "demo.toml")] == [(29, "warning")]


def test_a_file_or_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    (found,) = check_file(tmp_path / "gone.toml")
    assert found.level == "error"
    assert "No such file" in found.sentence
    with pytest.raises(UsageError, match="cannot be read"):
        load_rules(tmp_path / "gone")
    assert load_rules(tmp_path) == ()


def test_checking_an_agreement_does_not_load_the_database() -> None:
    program = (
        "import sys; from pathlib import Path; from countersign.recognition import check_file, decide, load_rules; "
        f"load_rules(Path({str(SAMPLES)!r})); sys.exit('sqlmodel' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=SAMPLES.parent, check=False).returncode == 0
