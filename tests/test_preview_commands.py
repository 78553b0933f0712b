"""`agreements simulate` and `project` on a store: what they print, what they write, and that they change nothing."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import event, text
from typer.testing import CliRunner, Result

from countersign import clock
from countersign.cli import app
from countersign.desk.charts import Bar, Group, chart
from countersign.desk.previews import budgets_of, part_of, span_of
from countersign.errors import UsageError
from countersign.recognition.previews import simulated
from countersign.settings import PROGRAM, Workspace
from countersign.store import Store
from models.records import Approval, Span
from tests.recognition.builders import ALL, CUSD, LAKEVIEW, TITLES, Rows, case, chicago, lakeviewer, teacher

YEAR = "2026-07-01..2027-06-30"
NAMES = ("demo-lakeview.toml", "il-cusd200-2023-2027.toml", "il-cusd200-approved-demonstration.csv")

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def winter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 1, 12, tzinfo=UTC))
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def filled(workspace: Workspace, store: Store) -> Store:
    """Two educators of Lakeview with three and one micro-credentials and an approved title, one of CUSD 200 with seven."""
    for name in NAMES:
        shutil.copyfile(PROGRAM / "agreements" / name, workspace.agreements / name)
    approval = Approval(LAKEVIEW.terms.recognizer, "Designing Performance Tasks", date(2026, 9, 1))
    with store.transaction() as session:
        rows = Rows(session)
        first = rows.educator(replace(lakeviewer(), educator_id=31, approvals=(approval,)))
        for number in range(1, 4):
            rows.case(first, case(number, chicago(f"2026-0{6 + number}-20 10:00")))
        second = rows.educator(replace(lakeviewer(), educator_id=32))
        rows.case(second, case(1, chicago("2026-08-20 10:00"), "<b>Arts & “Crafts”</b>"))
        third = rows.educator(replace(teacher(), educator_id=33))
        for number in range(1, 8):
            rows.case(third, case(number, chicago(f"2026-08-15 10:0{number}")))
    return store


@pytest.fixture
def run(workspace: Workspace, filled: Store) -> Run:
    def ran(*words: str | Path) -> Result:
        return CliRunner().invoke(app, ["agreements", *[str(w) for w in words], "--workspace", str(workspace.root)])

    return ran


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Lakeview's agreement with 225 dollars for each."""
    return changed(tmp_path, "flat = 200.00", "flat = 225.00")


def changed(folder: Path, old: str, new: str) -> Path:
    words = (PROGRAM / "agreements" / "demo-lakeview.toml").read_text(encoding="utf-8")
    assert old in words
    path = folder / "new.toml"
    path.write_text(words.replace(old, new), encoding="utf-8")
    return path


def said(result: Result) -> str:
    return " ".join(result.output.split())


def everything(store: Store) -> dict[str, list[Any]]:
    with store.reading() as session:
        tables = session.connection().execute(text("select name from sqlite_master where type = 'table'")).scalars()
        return {
            name: [tuple(row) for row in session.connection().execute(text(f'select * from "{name}"'))]
            for name in tables.all()
        }


def test_a_changed_rate_is_compared_to_the_cent(run: Run, new: Path, filled: Store) -> None:
    before = everything(filled)
    ended = run("simulate", "--with", new, "--over", YEAR)
    assert ended.exit_code == 0, ended.output
    for words in (
        "11 cases of 3 educators: 4 decisions change. Educators who would be given more: 2; as much as before: 1.",
        "Pay: +$100.00.",
        "demo-lakeview: Stipend before 4 0 0 0 $800.00",
        "after 4 0 0 0 $900.00",
        "il-cusd200: Compensation unchanged 0 2 5 0 –",
        "granted 200.00 USD, paid in July 2026 → granted 225.00 USD, paid in July 2026",
        "Nothing was written.",
    ):
        assert words in said(ended)
    assert "Pat Example" not in ended.output
    assert everything(filled) == before


def test_the_json_is_one_document_with_exact_figures(run: Run, new: Path) -> None:
    found = json.loads(run("simulate", "--with", new, "--over", YEAR, "--json", "--list", "1").stdout)
    assert (found["educators"], found["cases"], found["gain"], found["changed"], len(found["changes"])) == (
        3,
        11,
        2,
        4,
        1,
    )
    pay = next(total for total in found["totals"] if total["currency"] == "pay")
    assert pay == {"currency": "pay", "unit": "USD", "before": "800.00", "after": "900.00"}
    assert found["changes"][0]["educator"] == ""


def test_the_page_is_whole_escaped_and_without_names_unless_asked(run: Run, new: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    ended = run("simulate", "--with", new, "--over", YEAR, "--html", page)
    assert f"Written: {page}" in said(ended)
    html = page.read_text(encoding="utf-8")
    assert "&lt;b&gt;Arts &amp; “Crafts”&lt;/b&gt;" in html
    assert "<b>Arts" not in html
    assert "Pat Example" not in html
    assert not re.search(r"(src|href)=|url\(|<script", html)
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img"' in html
    assert (
        "<title>What each clause gives before and after. Stipend · Lakeview SD (fictional): before $800.00, after $900.00."
        in html
    )
    run("simulate", "--with", new, "--over", YEAR, "--html", page, "--names")
    assert "Pat Example (M-31)" in page.read_text(encoding="utf-8")


def alternatives(reader: Any) -> list[str]:
    """What a PDF says in place of its pictures."""
    objects: list[Any] = [reader.get_object(number) for number in range(1, int(reader.trailer["/Size"]))]
    return [str(one["/Alt"]) for one in objects if hasattr(one, "keys") and "/Alt" in one]


def test_the_same_page_is_a_pdf(run: Run, new: Path, tmp_path: Path) -> None:
    from pypdf import PdfReader

    pdf = tmp_path / "page.pdf"
    assert run("simulate", "--with", new, "--over", YEAR, "--pdf", pdf).exit_code == 0
    reader = PdfReader(pdf)
    words = " ".join("".join(page.extract_text() for page in reader.pages).split())
    assert "Pay: +$100.00." in words
    assert "What these figures rest on" in words
    assert any(said.startswith("What each clause gives before and after. Stipend") for said in alternatives(reader))


def test_a_span_without_cases_has_nothing_to_compare(run: Run, new: Path, tmp_path: Path) -> None:
    ended = run("simulate", "--with", new, "--over", "2020-07-01..2021-06-30", "--html", tmp_path / "page.html")
    assert ended.exit_code == 0
    assert "No case lies in the span: there is nothing to compare." in said(ended)


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        (
            "2027-06-30..2026-07-01",
            "2027-06-30..2026-07-01: the span ends before it begins. Write it as 2026-07-01..2027-06-30.",
        ),
        ("2026-07-01", "'2026-07-01' is not a span of days. Write it as 2024-07-01..2025-06-30."),
        ("2026-07-01..2026-02-30", "'2026-02-30' is not a day. Write it as 2025-06-30."),
        ("20260701..2027-06-30", "'20260701' is not a day. Write it as 2025-06-30."),
    ],
)
def test_a_span_that_is_none_is_refused(run: Run, new: Path, over: str, sentence: str) -> None:
    ended = run("simulate", "--with", new, "--over", over)
    assert (ended.exit_code, said(ended)) == (2, sentence)


def test_a_file_with_errors_is_refused_with_every_one_of_them(run: Run, tmp_path: Path) -> None:
    wrong = changed(tmp_path, "flat = 200.00", "flet = 200.00")
    wrong.write_text(
        wrong.read_text(encoding="utf-8").replace('time_zone = "America/Chicago"', 'time_zone = "Mars/Base"')
    )
    ended = run("simulate", "--with", wrong, "--over", YEAR)
    assert ended.exit_code == 2
    assert re.search(r"new\.toml, line \d+: .*flet", ended.output)
    assert re.search(r"new\.toml, line \d+: .*time_zone", ended.output)


def test_a_file_that_is_not_there_is_refused(run: Run, tmp_path: Path) -> None:
    ended = run("simulate", "--with", tmp_path / "none.toml", "--over", YEAR)
    assert ended.exit_code == 2
    assert "none.toml" in ended.output


def test_an_agreement_in_force_is_not_compared_with_itself(run: Run, workspace: Workspace) -> None:
    ended = run("simulate", "--with", workspace.agreements / "demo-lakeview.toml", "--over", YEAR)
    assert (ended.exit_code, said(ended)) == (
        2,
        "demo-lakeview.toml is one of the agreements in force: it would be compared with itself. "
        "Copy it to another folder, change the copy, and name that.",
    )


def test_a_folder_is_no_place_for_a_page(run: Run, new: Path, tmp_path: Path) -> None:
    ended = run("simulate", "--with", new, "--over", YEAR, "--html", tmp_path)
    assert ended.exit_code == 2
    assert said(ended) == f"{tmp_path} is a folder. Name a file in it."


def test_only_the_educators_of_the_span_are_read(filled: Store) -> None:
    read: list[str] = []

    @event.listens_for(filled.engine, "before_cursor_execute")
    def note(*args: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        read.append(str(args[2]))

    now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    found = simulated(filled, ALL, LAKEVIEW, Span(date(2026, 7, 1), date(2026, 7, 31)), now)
    assert found.educators == 1
    assert sum("FROM employment" in statement for statement in read) == 1


def test_a_projection_says_what_is_still_to_come_against_a_budget(run: Run, filled: Store) -> None:
    before = everything(filled)
    ended = run(
        "project", "--budget", "demo-lakeview=1000", "--agreement", "demo-lakeview", "--agreement", "il-cusd200"
    )
    assert ended.exit_code == 0, ended.output
    for words in (
        "2 educators. Micro-credentials by clause: Stipend (pay): 4 granted, 1 pre-approved.",
        "Stipend (pay) granted $800.00 $800.00 $800.00",
        "2026-27: of a budget of $1,000.00, $200.00 is left.",
        "Compensation (pay), in progress: not known for 5 micro-credentials.",
        "The agreement states no figure for this clause, so nothing can be worked out.",
        "the national first-time pass rate is about 40 percent",
    ):
        assert words in said(ended)
    assert everything(filled) == before


def test_an_expected_figure_above_the_budget_exits_1(run: Run) -> None:
    ended = run("project", "--budget", "demo-lakeview=$500.00", "--json")
    assert ended.exit_code == 1
    found = json.loads(ended.stdout)
    lakeview = next(a for a in found["agreements"] if a["agreement"] == "demo-lakeview")
    assert found["first_pass"] == "0.4"
    assert lakeview["budget"] == "500.00"
    assert lakeview["years"][0]["left"] == ["-300.00", "-300.00", "-300.00"]


def test_the_limit_of_the_year_leaves_room_only_in_the_next(run: Run) -> None:
    ended = run("project", "--agreement", "demo-lakeview", "--submitted-on", "2027-08-01", "--first-pass", "0.5")
    assert "Stipend (pay) pre-approved $100.00 $150.00 $200.00" in said(ended)
    assert "50 percent are awarded at the first submission (as given with --first-pass)" in said(ended)


def test_the_page_of_a_projection_has_a_chart_with_the_budget(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert run("project", "--budget", "demo-lakeview=1000", "--html", page).exit_code == 0
    html = page.read_text(encoding="utf-8")
    assert (
        "2026-27, all money of Lakeview SD (fictional): low $800.00, expected $800.00, high $800.00, budget $1,000.00."
        in html
    )
    assert "Compensation (district" not in html
    assert "not known for 5 micro-credentials" in html


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--budget", "plenty"),
            "'plenty' is not a budget. Write an amount for one year, such as 12000, or whose it is: il-cusd200=12000.",
        ),
        (
            ("--budget", "-5"),
            "'-5' is not a budget. Write an amount for one year, such as 12000, or whose it is: il-cusd200=12000.",
        ),
        (("--budget", "mars=5"), "There is no agreement 'mars'. Agreements: demo-lakeview, il-cusd200."),
        (
            ("--budget", "12000"),
            "12000: 2 agreements give pay, so it is not clear whose budget this is. Say whose it is, as demo-lakeview=12000.",
        ),
        (("--until", "2020-01-01"), "--until 2020-01-01 is over. A projection looks ahead: name a day to come."),
        (("--until", "9999-12-31"), "--until 9999-12-31 is too far ahead. Name a day within the next 20 years."),
        (("--until", "soon"), "'soon' is not a day. Write it as 2025-06-30."),
        (
            ("--until", "2027-01-01", "--submitted-on", "2027-02-01"),
            "--submitted-on 2027-02-01 is after --until 2027-01-01. What comes after the last day is not looked at.",
        ),
        (
            ("--submitted-on", "2031-01-01"),
            "--submitted-on 2031-01-01 is after the last day looked at. Name a later one with --until.",
        ),
        (
            ("--first-pass", "40"),
            "'40' is not a pass rate. Write the part that passes, from 0 to 1, such as 0.4 for 40 percent.",
        ),
        (("--agreement", "mars"), "There is no agreement 'mars'. Agreements: demo-lakeview, il-cusd200."),
    ],
)
def test_what_cannot_be_meant_is_refused(run: Run, words: tuple[str, ...], sentence: str) -> None:
    ended = run("project", *words)
    assert (ended.exit_code, said(ended)) == (2, sentence)


def test_a_budget_can_be_written_as_people_do() -> None:
    for text_, amount in (("12000", "12000"), ("$12,000.50", "12000.50"), ("1,250,000", "1250000")):
        assert budgets_of([text_], [LAKEVIEW]) == {"demo-lakeview": Decimal(amount)}
    with pytest.raises(UsageError, match="demo-lakeview is given two budgets"):
        budgets_of(["5", "demo-lakeview=6"], [LAKEVIEW])
    with pytest.raises(UsageError, match="12,0,0"):
        budgets_of(["12,0,0"], [LAKEVIEW, CUSD])


def test_what_is_typed_is_read_exactly() -> None:
    assert span_of("2024-02-29..2024-02-29") == Span(date(2024, 2, 29), date(2024, 2, 29))
    assert [part_of(t) for t in ("0", "0.4", "1", "1.0")] == [0, Decimal("0.4"), 1, 1]
    for wrong in ("1.1", "-0.1", "nan", "", "٠", "0,4"):
        with pytest.raises(UsageError):
            part_of(wrong)


def test_a_chart_is_well_formed_and_says_every_figure() -> None:
    bars = (Bar("before", Decimal(0), "$0"), Bar("after", Decimal(5), "$5 & more"))
    drawn = chart("A <title>.", [[Group('"Clause" <1>', bars, Bar("budget", Decimal(10), "$10"))], []])
    root = ElementTree.fromstring(drawn)
    space = "{http://www.w3.org/2000/svg}"
    title = root.find(f"{space}title")
    assert title is not None
    assert title.text == 'A <title>. "Clause" <1>: before $0, after $5 & more, budget $10.'
    widths = [int(rect.attrib["width"]) for rect in root.iter(f"{space}rect")]
    assert widths == [0, 243]
    assert [line.attrib["x1"] for line in root.iter(f"{space}line")] == ["570"]


def test_a_chart_of_nothing_and_of_long_names_still_fits() -> None:
    drawn = chart("Empty.", [[Group(TITLES[0] * 9, (Bar("low", Decimal(-3), "-3"), Bar("high", Decimal(0), "0")))]])
    assert 'width="0"' in drawn
    assert "…</text>" in drawn


def test_a_budget_beside_which_an_amount_is_not_known_is_a_warning(run: Run) -> None:
    ended = run("project", "--agreement", "il-cusd200", "--budget", "il-cusd200=12000")
    assert ended.exit_code == 1
    assert "The budget of 12,000 cannot be compared: the amount is not known for 11 micro-credentials." in said(
        ended
    ), ended.output
    assert "Compensation (pay): 2 banked, 5 in progress, 4 pre-approved" in said(ended)


def test_pages_and_sentences_say_the_day_it_is_where_the_affiliate_is(
    run: Run, workspace: Workspace, new: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = workspace.root / "countersign.toml"
    words = re.sub(r'time_zone = "[^"]*"', 'time_zone = "Asia/Tokyo"', settings.read_text(encoding="utf-8"))
    assert 'time_zone = "Asia/Tokyo"' in words
    settings.write_text(words, encoding="utf-8")
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 1, 23, tzinfo=UTC))
    page = tmp_path / "page.html"
    assert "Both are decided as of December 2, 2026" in said(
        run("simulate", "--with", new, "--over", YEAR, "--html", page)
    )
    assert "· December 2, 2026</p>" in page.read_text(encoding="utf-8")
    run("project", "--html", page)
    assert "· December 2, 2026</p>" in page.read_text(encoding="utf-8")
