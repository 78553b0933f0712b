"""`countersign credit …` as staff type it: sentences, exit codes, JSON; and the form for a district's funds."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from countersign.cli import app
from countersign.desk.credit_forms import make_registration
from countersign.errors import CountersignError, UsageError
from countersign.issuance import credit as room
from countersign.issuance.drawing import draw_credit_request
from countersign.issuance.registration import Workplace
from countersign.recognition import check_file
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import Employment
from tests.credit.conftest import DECEMBER, Ask
from tests.issuance.conftest import AGREEMENT, rules_of

Run = Callable[..., Any]


@pytest.fixture
def run(workspace: Workspace, store: Store, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command in the workspace, in December."""
    del store
    monkeypatch.setattr("countersign.clock.now", lambda: DECEMBER)

    def one(*words: str) -> Any:
        return CliRunner().invoke(app, ["credit", *words, "--workspace", str(workspace.root)])

    return one


def test_a_life_by_commands(run: Run, ask: Ask) -> None:
    n = ask(wishes={"payer": "self"}).number
    by = ("--by", "Robin Sample")
    said = run("accept", n, "--on", "2026-10-10", *by)
    assert (said.exit_code, said.output) == (0, f"{n}: accepted on October 10, 2026.\n")
    assert run("pay", n, "--on", "10/15/2026", "--note", "receipt 12", *by).exit_code == 0
    assert run("register", n, "--on", "2026-10-20", "--course", "EDU 590-02", *by).exit_code == 0
    again = run("register", n, "--on", "2026-10-20", *by)
    assert again.output == f"Nothing new: {n} is registered since October 20, 2026.\n"
    issued = run("transcript", n, "--on", "2026-12-16", "--credits", "1", *by)
    assert " ".join(issued.output.split()) == (
        f"{n}: transcript issued on December 16, 2026. The next nightly run decides what waited for it."
    )
    assert json.loads(run("notify", n, "--on", "2026-12-18", *by, "--json").output)["state"] == "district_notified"
    shown = json.loads(run("show", n.lower(), "--json").output)
    assert [step["state"] for step in shown["steps"]] == [
        "accepted", "paid", "registered", "transcript issued", "district notified"
    ]  # fmt: skip
    assert shown["steps"][2]["course_section"] == "EDU 590-02"
    assert "Robin Sample" in run("show", n).output
    assert "No request for college credit waits" in run("list").output
    (line,) = json.loads(run("list", "--all", "--json").output)
    assert (line["number"], line["state"], line["payer"]) == (n, "district notified", "The educator")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("accept", "N", "--on", "2027-01-05", "--by", "R"), 2, "January 5, 2027 lies in the future."),
        (("accept", "N", "--on", "soon", "--by", "R"), 2, '--on: "soon" is not a date'),
        (("accept", "N", "--on", "2026-10-10", "--by", " "), 2, "--by may not be empty."),
        (("accept", "N", "--on", "2026-10-10", "--by", "nightly"), 2, "'nightly' is the name of a run."),
        (("register", "N", "--on", "2026-10-10", "--by", "R"), 2, "Its fee is not recorded as paid."),
        (("notify", "N", "--on", "2026-10-10", "--by", "R"), 2, "No transcript was issued yet: it is requested."),
        (("refuse", "N", "--on", "2026-10-10", "--by", "R", "--reason", " "), 2, "--reason may not be empty."),
        (("transcript", "N", "--on", "2026-10-10", "--by", "R", "--credits", "many"), 2, '--credits "many" is not a'),
        (("accept", "CR-VT-2026-AAAAA-AAAAA-A", "--on", "2026-10-10", "--by", "R"), 2, "is not the number of a credit"),
        (("show", "nothing"), 2, '"nothing" is not the number of a credit request.'),
        (("list", "--state", "sleeping"), 2, '"sleeping" is no state of a request.'),
        (("batch", "--term", "Fall 2026", "--by", "R"), 2, "No college has a request for the term “Fall 2026”."),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_in_a_sentence(
    run: Run, ask: Ask, words: tuple[str, ...], code: int, sentence: str
) -> None:
    n = ask().number
    said = run(*(n if word == "N" else word for word in words))
    assert (said.exit_code, sentence in said.output) == (code, True), said.output
    assert "NUMBER" not in said.output.replace("--credits NUMBER", "")


def test_the_old_way_to_look_at_a_request_still_works(run: Run, ask: Ask, workspace: Workspace) -> None:
    n = ask().number
    shown = CliRunner().invoke(app, ["certificate", "show", n, "--json", "--workspace", str(workspace.root)])
    assert json.loads(shown.output)["state"] == "requested"
    assert json.loads(run("show", n, "--json").output)["state"] == "requested"


def test_an_import_by_command(run: Run, ask: Ask, tmp_path: Path) -> None:
    n = ask(free=True).number
    file = tmp_path / "answers.csv"
    file.write_text(f"request number;state;date\n{n};refused;2026-10-20\n", encoding="utf-8")
    wrong = run("import", str(file), "--by", "Robin")
    assert wrong.exit_code == 2
    assert "answers.csv, line 2: why it was refused is missing" in " ".join(wrong.output.split())
    file.write_text(f"request number;state;date;note\n{n};refused;2026-10-20;No room.\n", encoding="utf-8")
    assert run("import", str(file), "--by", "Robin").output == "Moved: 1 refused.\n"


# ---------------------------------------------------------------- a district's funds

FEE = {"amount": 150, "unit": "USD", "source": "Page on support"}


def rules_for(*fees: dict[str, Any]) -> tuple[Rules, ...]:
    return (rules_of(AGREEMENT | {"district_funds": {"source": "Article 9", "feedback": list(fees)}}),)


def employ(store: Store, educator_id: int, district: str, location: str = "North School") -> None:
    with store.transaction() as session:
        session.add(
            Employment(
                educator_id=educator_id, district=district, employee_id="1", location=location, role="Teacher", starts=date(2020, 8, 1)
            )
        )  # fmt: skip


def member(store: Store, request: Any) -> str:
    from models.tables import Educator

    with store.reading() as session:
        return session.get_one(Educator, request.educator_id).member_number


def text_of(path: Path, page: int = 0) -> str:
    return " ".join(PdfReader(path).pages[page].extract_text().split())


def test_the_form_for_feedback_names_everything_a_district_asks(store: Store, workspace: Workspace, ask: Ask) -> None:
    request = ask()
    employ(store, request.educator_id, "Maple Hill SD")
    who = member(store, request)
    made = make_registration(store, workspace, rules_for(FEE), who, "Peer Feedback", DECEMBER, "Robin")
    said = text_of(workspace.root / made)
    for words in (
        "Alexandra Tremblay", "Maple Hill SD", "North School", "Teacher", "Feedback before submission", "Peer Feedback",
        "$150.00 (source: Page on support)", "Supervisor", "Purchase-order number", "Article 9", "December 20, 2026",
    ):  # fmt: skip
        assert words in said
    content = (workspace.root / made).read_bytes()
    assert make_registration(store, workspace, rules_for(FEE), who, "Peer Feedback", DECEMBER, "Robin") == made
    assert (workspace.root / made).read_bytes() == content


@pytest.mark.parametrize(
    ("fees", "sentence"),
    [
        ((FEE, FEE | {"amount": 125}), r"2 fees for feedback are in force on December 20, 2026: \$150.00 .*; \$125.00"),
        ((FEE | {"until": "2026-12-19"},), "No fee for feedback is in force on December 20, 2026"),
        ((FEE | {"from": "2026-12-21"},), "No fee for feedback is in force on December 20, 2026"),
        ((), "No agreement says what feedback before submission costs"),
    ],
    ids=["two", "over", "not yet", "none"],
)
def test_without_exactly_one_fee_there_is_no_form(
    store: Store, workspace: Workspace, ask: Ask, fees: tuple[dict[str, Any], ...], sentence: str
) -> None:
    who = member(store, ask())
    with pytest.raises(CountersignError, match=sentence):
        make_registration(store, workspace, rules_for(*fees), who, "Peer Feedback", DECEMBER, "Robin")
    assert not (workspace.outbox / "registrations").exists()


@pytest.mark.parametrize("span", [{"until": "2026-12-20"}, {"from": "2026-12-20"}])
def test_the_first_and_the_last_day_of_a_fee_count(
    store: Store, workspace: Workspace, ask: Ask, span: dict[str, str]
) -> None:
    who = member(store, ask())
    other = FEE | {"amount": 125, **({"from": "2026-12-21"} if "until" in span else {"until": "2026-12-19"})}
    made = make_registration(store, workspace, rules_for(FEE | span, other), who, "T", DECEMBER, "Robin")
    assert "$150.00" in text_of(workspace.root / made)


def test_nobody_and_another_state_get_no_form(store: Store, workspace: Workspace, ask: Ask) -> None:
    with pytest.raises(UsageError, match="Nobody on the roster has the member number X"):
        make_registration(store, workspace, rules_for(FEE), "X", "T", DECEMBER, "Robin")
    with pytest.raises(UsageError, match="There is no agreement other"):
        make_registration(store, workspace, rules_for(FEE), member(store, ask()), "T", DECEMBER, "R", agreement="other")


@pytest.mark.parametrize(
    ("districts", "line"),
    [((), "School district School or location"), (("Maple Hill SD",), "School district Maple Hill SD"),
     (("Maple Hill SD", "Oak Hill SD"), "Mark one: Maple Hill SD Oak Hill SD")],
    ids=["none", "one", "two"],
)  # fmt: skip
def test_a_request_that_the_district_pays_has_the_form_as_its_second_page(
    store: Store, workspace: Workspace, ask: Ask, monkeypatch: pytest.MonkeyPatch, districts: tuple[str, ...], line: str
) -> None:
    def workplaces(*_: Any) -> list[Workplace]:
        return [Workplace(name, f"School of {name}", "Teacher") for name in districts]

    monkeypatch.setattr(room, "workplaces_of", workplaces)
    monkeypatch.setattr(room, "draw_credit_request", draw_credit_request)
    request = ask(wishes={"payer": "district"})
    said = text_of(workspace.root / request.path, 1)
    for words in (
        line,
        request.number,
        "The fee for 1 college credit",
        "$125.00",
        "Purchase-order number",
        "Supervisor",
    ):
        assert words in said
    assert "registration" not in ask(wishes={"payer": "self"}).printed
    assert "registration" not in ask(free=True, wishes={"payer": "district"}).printed


def test_what_an_agreement_leaves_open_of_terms_and_feedback_is_said_with_its_line(workspace: Workspace) -> None:
    file = workspace.agreements / "a.toml"
    source = Path(__file__).resolve().parents[2] / "agreements" / "demo-lakeview-university.toml"
    terms = """
[[grants.credit_request.terms]]
name = "Fall 2026"
from = 2026-07-01
until = 2026-12-31

[[grants.credit_request.terms]]
name = "Spring 2027"
from = 2027-01-15
until = 2027-06-30

[district_funds]
source = "Article 9"
feedback = [{ amount = 150, unit = "USD", source = "A" }, { amount = 125, unit = "USD", source = "B", from = 2026-09-01 }]
"""
    without = source.read_text(encoding="utf-8").partition("# The day of the request chooses its term")[0]
    file.write_text(without + terms, encoding="utf-8")
    said = [f"{finding.line}: {finding.sentence}" for finding in check_file(file)]
    assert any("names no term of the college from January 1, 2027 to January 14, 2027" in one for one in said), said
    assert any("names no term of the college from July 1, 2027 on" in one for one in said)
    assert any("Two fees for feedback are in force on September 1, 2026" in one for one in said)
    assert all(not one.startswith("0:") for one in said)
