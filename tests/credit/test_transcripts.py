"""A transcript is a step and a fact at once: whose it is, what becomes of the request when it is taken back, and corrections of corrections."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from countersign.desk.credit import Moved, move_request, sentence_of
from countersign.desk.credit_list import list_requests, show_request
from countersign.desk.facts_entry import add_fact, withdraw_fact
from countersign.desk.paper_checks import check_papers
from countersign.desk.reconciling import differences
from countersign.errors import UsageError
from countersign.issuance.credit_steps import Step
from countersign.settings import Workspace
from countersign.store import Store
from countersign.tomlfile import FileProblems
from models.facts import fact_of
from models.tables import CreditEvent, CreditRequest, FactRecord
from models.words import CreditState as S
from tests.credit.conftest import DECEMBER, FREE, Ask, Load, ask_in

FIRST, FIFTH = date(2026, 12, 1), date(2026, 12, 5)
COLLEGE = "Lakeview University (fictional)"


def issued(
    store: Store, workspace: Workspace, request: CreditRequest, on: date, credits_: str = "", **more: Any
) -> Moved:
    """One `countersign credit transcript`."""
    file = more.pop("file", None)
    step = Step(S.transcript_issued, on, credits=Decimal(credits_) if credits_ else None, **more)
    return move_request(store, workspace, request.number, step, DECEMBER, "Robin", file=file)


def moved(store: Store, workspace: Workspace, request: CreditRequest, state: S, on: date = FIFTH) -> Moved:
    return move_request(store, workspace, request.number, Step(state, on, note="A reason."), DECEMBER, "Robin")


def by_hand(store: Store, workspace: Workspace, request: CreditRequest, on: date, **said: str) -> int:
    cells = {"case": f"C-{request.case_id}", "on": on.isoformat(), "credits": "1"} | said
    return add_fact(store, workspace, "transcript", cells, DECEMBER, "Hand").facts[0]


def counting(store: Store) -> list[tuple[int, date, str]]:
    """The transcripts that count: number, day, what they say."""
    with store.reading() as session:
        rows = session.exec(select(FactRecord).order_by(col(FactRecord.id))).all()
    undone = {row.takes_back for row in rows}
    return [(r.id, r.happened_on, str(fact_of(r.said))) for r in rows if r.kind == "transcript" and r.id not in undone]


def state(store: Store, workspace: Workspace, request: CreditRequest) -> str:
    """Where it stands in the table, in the list and by its steps: the same, and reconcile finds nothing to say."""
    with store.reading() as session:
        found = session.get_one(CreditRequest, request.id).state
    (line,) = list_requests(store, FREE, everything=True)
    assert line.state == found.replace("_", " ")
    assert [d.sentence for d in differences(store, workspace) if request.number in d.sentence] == []
    return found


# ---------------------------------------------------------------- whose transcript it is


def test_another_colleges_transcript_is_neither_adopted_nor_taken_back(
    store: Store, workspace: Workspace, ask: Ask
) -> None:
    request = ask(free=True)
    number = by_hand(store, workspace, request, FIRST, college="Other College")
    with pytest.raises(UsageError, match=rf"fact {number} of 2026-12-01 says otherwise already: 1 credit, Other Col"):
        issued(store, workspace, request, FIRST, "1")
    assert state(store, workspace, request) == "requested"
    moved(store, workspace, request, S.withdrawn)
    assert counting(store) == [(number, FIRST, "1 credit, Other College")]


@pytest.mark.parametrize("college", ["", "lakeview university  (Fictional)"])
def test_a_transcript_that_the_request_only_found_outlives_it(
    any_store: Store, workspace: Workspace, now: datetime, college: str
) -> None:
    request = ask_in(any_store, workspace, now, FREE)
    number = by_hand(any_store, workspace, request, FIRST, college=college)
    assert issued(any_store, workspace, request, FIRST, "1").new
    assert issued(any_store, workspace, request, FIRST, "1", course="EDU 590").new  # one more step, the same fact
    assert state(any_store, workspace, request) == "transcript_issued"
    moved(any_store, workspace, request, S.withdrawn)
    assert [one[0] for one in counting(any_store)] == [number]


def test_a_correction_of_a_transcript_that_the_request_only_found_is_refused(
    store: Store, workspace: Workspace, ask: Ask
) -> None:
    request = ask(free=True)
    number = by_hand(store, workspace, request, FIRST, college=COLLEGE)
    issued(store, workspace, request, FIRST, "1")
    with pytest.raises(UsageError, match=rf"fact {number} .* says otherwise already"):
        issued(store, workspace, request, FIFTH, "1")
    assert [one[0] for one in counting(store)] == [number]


def test_a_transcript_that_the_request_brought_goes_with_it_although_a_step_was_added_later(
    any_store: Store, workspace: Workspace, now: datetime
) -> None:
    request = ask_in(any_store, workspace, now, FREE)
    issued(any_store, workspace, request, FIRST, "1")
    step = Step(S.transcript_issued, FIRST, course="EDU 590")
    move_request(any_store, workspace, request.number, step, DECEMBER + timedelta(hours=1), "Alex")
    moved(any_store, workspace, request, S.withdrawn)
    assert counting(any_store) == []


# ---------------------------------------------------------------- taken back by hand


def test_a_request_whose_transcript_was_taken_back_is_not_transcripted_any_more(
    any_store: Store, workspace: Workspace, now: datetime
) -> None:
    request = ask_in(any_store, workspace, now, FREE)
    moved(any_store, workspace, request, S.registered, FIRST)
    issued(any_store, workspace, request, FIRST, "1")
    moved(any_store, workspace, request, S.district_notified)
    withdraw_fact(any_store, workspace, 1, DECEMBER, "Hand", "Another educator's.")
    assert state(any_store, workspace, request) == "registered"
    with pytest.raises(UsageError, match="No transcript was issued yet: it is registered"):
        moved(any_store, workspace, request, S.district_notified)
    steps = show_request(any_store, workspace, FREE, request.number)["steps"]
    assert [(s["state"], s.get("taken_back", "")) for s in steps] == [
        ("registered", ""), ("transcript issued", "by fact 2"), ("district notified", "")
    ]  # fmt: skip


def test_a_transcript_that_was_taken_back_can_be_put_back_and_the_district_is_told_anew(
    any_store: Store, workspace: Workspace, now: datetime
) -> None:
    request = ask_in(any_store, workspace, now, FREE)
    issued(any_store, workspace, request, FIRST, "1")
    moved(any_store, workspace, request, S.district_notified)
    withdraw_fact(any_store, workspace, 1, DECEMBER, "Hand", "A mistake.")
    back = issued(any_store, workspace, request, FIRST, "1")
    assert (back.new, back.corrected) == (True, False)
    assert sentence_of(back).startswith(f"{request.number}: transcript issued on December 1, 2026.")
    assert counting(any_store) == [(3, FIRST, f"1 credit, {COLLEGE}")]
    assert state(any_store, workspace, request) == "transcript_issued"
    assert moved(any_store, workspace, request, S.district_notified).new
    assert state(any_store, workspace, request) == "district_notified"


def test_put_back_without_its_credits_it_says_none(store: Store, workspace: Workspace, ask: Ask) -> None:
    request = ask(free=True)
    issued(store, workspace, request, FIRST, "1")
    withdraw_fact(store, workspace, 1, DECEMBER, "Hand", "The credits are wrong.")
    issued(store, workspace, request, FIFTH)
    assert counting(store) == [(3, FIFTH, f"credits not said, {COLLEGE}")]
    assert issued(store, workspace, request, FIFTH, "1").new
    assert counting(store) == [(5, FIFTH, f"1 credit, {COLLEGE}")]


def test_the_file_that_brought_it_puts_it_back(store: Store, workspace: Workspace, ask: Ask, load: Load) -> None:
    request = ask(free=True)
    line = f"{request.number},transcript issued,2026-12-01,,1,,"
    load(line)
    withdraw_fact(store, workspace, 1, DECEMBER, "Hand", "A mistake.")
    assert load(line).sentences()[0] == "Moved: 1 transcript issued."
    assert [one[0] for one in counting(store)] == [3]
    assert load(line).known == 1


def test_a_found_transcript_that_was_taken_back_does_not_carry_the_request(
    store: Store, workspace: Workspace, ask: Ask
) -> None:
    request = ask(free=True)
    number = by_hand(store, workspace, request, FIRST)
    issued(store, workspace, request, FIRST, "1")
    withdraw_fact(store, workspace, number, DECEMBER, "Hand", "A mistake.")
    assert state(store, workspace, request) == "requested"
    issued(store, workspace, request, FIRST, "1")
    moved(store, workspace, request, S.withdrawn)
    assert counting(store) == []


# ---------------------------------------------------------------- corrected, and corrected back


def test_a_correction_of_a_correction_with_the_same_scan_is_taken_and_the_credits_stay(
    any_store: Store, workspace: Workspace, now: datetime, tmp_path: Path
) -> None:
    request, scan = ask_in(any_store, workspace, now, FREE), tmp_path / "scan.txt"
    scan.write_text("scan")
    issued(any_store, workspace, request, FIRST, "1", file=scan)
    assert issued(any_store, workspace, request, FIFTH, note="day corrected", file=scan).corrected
    assert [one[1:] for one in counting(any_store)] == [(FIFTH, f"1 credit, {COLLEGE}")]
    with any_store.reading() as session:
        assert [e.credits for e in session.exec(select(CreditEvent))] == [Decimal(1)] * 2
    again = issued(any_store, workspace, request, FIRST, "1", note="no, it was the 1st", file=scan)
    assert sentence_of(again).startswith(f"{request.number}: the transcript is corrected to December 1, 2026.")
    assert [one[1:] for one in counting(any_store)] == [(FIRST, f"1 credit, {COLLEGE}")]
    assert not issued(any_store, workspace, request, FIRST, file=scan).new


def test_a_correction_that_says_other_credits_says_those(store: Store, workspace: Workspace, ask: Ask) -> None:
    request = ask(free=True)
    issued(store, workspace, request, FIRST, "1")
    issued(store, workspace, request, FIRST, "0.5")
    assert [one[2] for one in counting(store)] == [f"0.5 credits, {COLLEGE}"]


# ---------------------------------------------------------------- figures from the registrar


@pytest.mark.parametrize(
    "written", ["1_0", "\u0661", "\uff11", "1e0", "1E-1", "+1", "0x1", "NaN", "Infinity", "0", "1 0"]
)
def test_credits_that_are_no_plain_figure_are_refused(ask: Ask, load: Load, written: str) -> None:
    n = ask(free=True).number
    with pytest.raises(FileProblems, match=r'credits ".*" is not (a number|between)'):
        load(f"{n},transcript issued,2026-12-01,,{written},,")


@pytest.mark.parametrize("written", ["1", "1.0", "0.5", ".5", "01", "1.00"])
def test_credits_up_to_those_of_the_request_are_taken(ask: Ask, load: Load, written: str) -> None:
    n = ask(free=True).number
    assert load(f"{n},transcript issued,2026-12-01,,{written},,").moved == {"transcript_issued": 1}


@pytest.mark.parametrize("row", ["registered,2026-12-01,,30,,", "transcript issued,2026-12-01,,1.01,,"])
def test_more_credits_than_the_request_is_for_are_refused_in_a_file(
    store: Store, ask: Ask, load: Load, row: str
) -> None:
    n = ask(free=True).number
    with pytest.raises(FileProblems, match=rf"{n}: it says (30|1.01) credits, and the request is for 1 credit"):
        load(f"{n},{row}")
    assert counting(store) == []


def test_more_credits_than_the_request_is_for_are_refused_by_command(
    store: Store, workspace: Workspace, ask: Ask
) -> None:
    request = ask(free=True)
    with pytest.raises(UsageError, match="It says 3 credits, and the request is for 1 credit") as found:
        issued(store, workspace, request, FIRST, "3")
    assert "registrar" in found.value.remedy
    assert (counting(store), state(store, workspace, request)) == ([], "requested")


def test_days_in_other_figures_than_ours_are_refused(ask: Ask, load: Load) -> None:
    n = ask(free=True).number
    for day in ("\u0662\u0660\u0662\u0666-12-01", "\uff11\uff12/1/2026"):
        with pytest.raises(FileProblems, match="is not a date"):
            load(f"{n},transcript issued,{day},,1,,")


# ---------------------------------------------------------------- checked by whoever holds the paper


@pytest.mark.parametrize(
    ("state_", "result"),
    [(S.accepted, "current"), (S.transcript_issued, "current"), (S.refused, "refused"), (S.withdrawn, "withdrawn")],
)
def test_a_request_that_the_college_refused_is_not_current(
    store: Store, workspace: Workspace, ask: Ask, state_: S, result: str
) -> None:
    request = ask(free=True)
    moved(store, workspace, request, state_)
    with store.reading() as session:
        path = workspace.root / session.get_one(CreditRequest, request.id).path
    for report in check_papers(store, workspace, [request.number, str(path)], DECEMBER):
        assert (report.result, report.state, report.counts) == (result, result, result == "current")
        assert f"in the state “{state_.value.replace('_', ' ')}”" in report.sentence
