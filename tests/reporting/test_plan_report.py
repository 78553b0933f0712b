"""`countersign plan report`: the store, the terminal, JSON and the page; and whatever is wrong with what was asked."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from countersign.cli import app
from countersign.reporting import participation_report
from countersign.settings import Workspace
from countersign.store import Store
from models.plan import Plan
from models.tables import Case, DecisionRecord
from tests.reporting.town import Town

NOW = datetime(2026, 12, 1, tzinfo=UTC)
PLAN = """
id = "first-year"
affiliate = "Demo EA"
runs = { from = 2026-07-01, until = 2027-06-30 }
[[goals]]
text = "Ten <b>take</b> part"
measure = "educators"
target = 10
[[offers]]
stack = "Feedback"
titles = ["Providing Effective Feedback"]
"""

Run = Callable[..., Result]


@pytest.fixture
def run(workspace: Workspace, store: Store) -> Run:
    """`run("--json")`: the report in a workspace with one plan and the town below."""
    (workspace.root / "plans").mkdir()
    (workspace.root / "plans" / "first-year.toml").write_text(PLAN, encoding="utf-8")
    settle(store)
    return lambda *words: CliRunner().invoke(
        app, ["plan", "report", *(str(w) for w in words), "--workspace", str(workspace.root)]
    )


def settle(store: Store) -> None:
    """Two educators of Maple SD: one with two micro-credentials, of which one is granted, one whose grant was taken back; a third
    micro-credential is nobody's, a fourth one's double."""
    town = Town(store)
    avery = town.person("Avery Example", district="Maple SD", role="Teacher", location="Maple School")
    blake = town.person("Blake Example", district="Maple SD", role="Coach", location="Maple School", employee_id="2")
    with store.transaction() as session:
        for number, (educator, state, title, received) in enumerate(
            (
                (avery, "matched", "Providing Effective Feedback", "2026-09-14T12:00:00+00:00"),
                (avery, "rejected", "Rubrics", "2026-09-15T12:00:00+00:00"),
                (blake, "matched", "Rubrics", "2026-10-01T03:59:00+00:00"),  # September 30 in New York
                (None, "held", "Rubrics", "2026-10-02T12:00:00+00:00"),
                (avery, "joined", "Rubrics", "2026-10-02T12:00:00+00:00"),
                (avery, "matched", "Rubrics", "2026-07-01T03:59:00+00:00"),  # the day before the plan begins
            ),
            1,
        ):
            at = datetime.fromisoformat(received)
            session.add(
                Case(
                    id=number,
                    key=str(number),
                    state=state,
                    opened_at=at,
                    received_at=at,
                    educator_id=educator,
                    title=title,
                )
            )
        session.flush()
        for case, educator, revision, outcome in (
            (1, avery, 1, "granted"),
            (3, blake, 1, "granted"),
            (3, blake, 2, "refused"),
        ):
            session.add(
                DecisionRecord(
                    case_id=case, educator_id=educator, agreement="vt", agreement_sha256="a" * 64, recognizer="Vermont",
                    clause="Hours", currency="state_cpd", revision=revision, outcome=outcome,
                    quantity=Decimal(15 if outcome == "granted" else 0), unit="hour", decided_at=NOW,
                )
            )  # fmt: skip


def test_the_store_is_read_in_the_affiliate_s_days_and_by_the_newest_decision(any_store: Store) -> None:
    settle(any_store)
    asked = Plan.model_validate({"id": "a", "affiliate": "Demo EA", "smallest_group": 2})
    found = participation_report(any_store, asked, "America/New_York", date(2026, 7, 1), date(2026, 9, 30), NOW)
    assert found.total is not None
    assert (found.total.educators, found.total.received, found.total.proven, found.total.recognized) == (2, 3, 2, 1)
    later = participation_report(any_store, asked, "America/New_York", date(2026, 10, 1), None, NOW)
    assert later.total is not None
    assert (later.total.educators, later.total.received, later.unmatched) == (0, 1, 1)


def test_the_report_on_a_terminal(run: Run) -> None:
    ended = run()
    assert ended.exit_code == 0
    flat = " ".join(ended.output.split())
    for piece in (
        "Micro-credentials that came: July 1, 2026 to June 30, 2027.",
        "This report is for the affiliate's own staff only.",
        "- Ten <b>take</b> part 2 (educators who take part). Target: 10.",
        "All 2 4 2 1",
        "State professional not said 1 1 15 hours development hours",
        "1 of those received: no educator was looked for, because not proven.",
        "Feedback 1 1 1 1",
        "Maple School (Maple SD) 2 3 2 1",
        "Coach 1 1 1 0",
        "September 2026 2 3 2 1",
        "Grade level, subject area, years of service: not recorded",
    ):
        assert piece in flat, flat


def test_the_report_as_json(run: Run) -> None:
    found = json.loads(run("first-year", "--json").stdout)
    assert found["total"] == {
        "label": "All",
        "educators": 2,
        "received": 4,
        "proven": 2,
        "recognized": 1,
        "together": 0,
    }
    assert (found["first"], found["until"], found["unmatched"]) == ("2026-07-01", "2027-06-30", 1)
    assert found["goals"][0] | {"reached": "2", "target": "10"} == found["goals"][0]
    assert found["currencies"][0]["quantity"] == "15.0000"
    assert found["sheet"][0] == {"label": "Selection criteria", "texts": []}
    assert found["not_recorded"] == ["Grade level", "Subject area", "Years of service"]


class Page(HTMLParser):
    """What a page is made of: its tags with attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += f" {data}"

    @property
    def flat(self) -> str:
        return " ".join(self.words.split())


def test_the_report_as_a_page_that_needs_nothing_beside_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    ended = run("--html", file)
    assert ended.exit_code == 0
    assert f"Written: {file}" in ended.output.splitlines()
    page = Page(file.read_text(encoding="utf-8"))
    assert ("html", {"lang": "en-US"}) in page.tags
    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert all(a.get("scope") in ("row", "col", "rowgroup") for tag, a in page.tags if tag == "th")
    assert all(a.get("aria-label") for tag, a in page.tags if tag == "svg")
    assert not [a for tag, a in page.tags if tag in ("script", "img", "link") or "src" in a]
    for piece in (
        "Ten <b>take</b> part",
        "Selection criteria not said",
        "Subject area not said not recorded",
        "staff only",
    ):
        assert piece in page.flat
    again = file.read_bytes()
    assert run("--html", file).exit_code == 0
    assert file.read_bytes() == again


def test_other_days_than_the_plan_s_can_be_asked_for(run: Run) -> None:
    assert json.loads(run("--json", "--until", "2026-09-14").stdout)["total"]["received"] == 1
    assert json.loads(run("--json", "--from", "2026-06-30").stdout)["total"]["received"] == 5


def test_a_plan_that_says_no_days_is_reported_over_everything(run: Run, workspace: Workspace) -> None:
    (workspace.root / "plans" / "open.toml").write_text(
        'id = "open"\naffiliate = "Demo EA"\nsmallest_group = 2\n', encoding="utf-8"
    )
    assert "Micro-credentials that came: everything on record." in " ".join(run("open").output.split())


@pytest.mark.parametrize(("words", "sentence"), [
    (("--from", "2027-01-02", "--until", "2027-01-01"), "The last day, 2027-01-01, is before the first one, 2027-01-02."),
    (("--from", "2027-07-01"), "The plan runs from 2026-07-01 to 2027-06-30; say --from and --until."),
    (("--from", "yesterday"), "'yesterday' is not a day."),
    (("frist-year",), "There is no plan 'frist-year'; did you mean 'first-year'?"),
    (("other.toml",), "other.toml cannot be read: No such file or directory."),
])  # fmt: skip
def test_what_cannot_be_reported_is_said_and_ends_with_2(run: Run, words: tuple[str, ...], sentence: str) -> None:
    ended = run(*words)
    assert ended.exit_code == 2
    assert sentence in ended.output


def test_a_page_is_not_written_over_a_folder(run: Run, tmp_path: Path) -> None:
    ended = run("--html", tmp_path)
    assert (ended.exit_code, f"{tmp_path} is a folder." in ended.output) == (2, True)


def test_without_a_plan_it_says_where_one_goes(run: Run, workspace: Workspace) -> None:
    (workspace.root / "plans" / "first-year.toml").unlink()
    ended = run()
    assert ended.exit_code == 2
    assert f"There is no plan in {workspace.root / 'plans'}." in ended.output
    assert "demo-plan-1.toml" in ended.output


def test_of_several_plans_one_has_to_be_named_and_a_broken_one_does_not_stand_in_the_way(
    run: Run, workspace: Workspace
) -> None:
    (workspace.root / "plans" / "broken.toml").write_text('id = "broken"\nafiliate = "x"\n', encoding="utf-8")
    several = run()
    assert (several.exit_code, "There are several plans: broken, first-year." in several.output) == (2, True)
    assert run("first-year").exit_code == 0
    broken = run("broken")
    assert broken.exit_code == 2
    assert 'broken.toml, line 2: unknown key "afiliate" in the file; did you mean "affiliate"?' in broken.output


def test_a_file_can_be_named_by_its_path(run: Run, workspace: Workspace) -> None:
    assert run(workspace.root / "plans" / "first-year.toml").exit_code == 0
    assert run("first-year.toml").exit_code == 0
