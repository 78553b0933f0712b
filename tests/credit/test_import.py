"""The registrar's file: tolerant of how it looks, exact about what it says, all of it or nothing, told twice and taken once."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from countersign.desk import credit as desk
from countersign.desk.credit import move_request
from countersign.desk.credit_import import import_answers
from countersign.errors import FileProblem, UsageError
from countersign.issuance import deliver_batches
from countersign.issuance.credit_steps import Step
from countersign.settings import Workspace
from countersign.store import Store
from countersign.tomlfile import FileProblems
from models.tables import AuditEntry, CreditEvent, CreditRequest, FactRecord
from models.words import CreditState as S
from tests.credit.conftest import DECEMBER, FREE, Ask, Load, ask_in, load_in, rules_with
from tests.issuance.conftest import killed


def state_of(store: Store, request: CreditRequest) -> str:
    with store.reading() as session:
        return session.get_one(CreditRequest, request.id).state


def events(store: Store) -> list[tuple[str, date, str]]:
    with store.reading() as session:
        rows = session.exec(select(CreditEvent).order_by(col(CreditEvent.id))).all()
        return [(e.state, e.happened_on, f"{e.source}:{e.line}") for e in rows]


def transcripts(store: Store) -> list[tuple[str, date]]:
    """The facts as they stand: kind and day, oldest first."""
    with store.reading() as session:
        return [(f.kind, f.happened_on) for f in session.exec(select(FactRecord).order_by(col(FactRecord.id)))]


def test_a_whole_life_from_one_file_in_any_order_of_its_rows(store: Store, ask: Ask, load: Load) -> None:
    n = ask().number
    change = load(
        f"{n},Transcript issued,2026-12-15,,1,2026-12-16,posted",
        f"{n},Registered,10/20/2026,EDU 590-02,,,",
        f"{n},Paid,2026-10-15,,,,",
        f"{n},Accepted,2026-10-10,,,,",
    )
    assert (change.rows, change.moved, change.known) == (4, {"transcript_issued": 1}, 0)
    assert events(store) == [
        ("accepted", date(2026, 10, 10), "answers.csv:5"),
        ("paid", date(2026, 10, 15), "answers.csv:4"),
        ("registered", date(2026, 10, 20), "answers.csv:3"),
        ("transcript_issued", date(2026, 12, 16), "answers.csv:2"),
    ]
    with store.reading() as session:
        (fact,) = session.exec(select(FactRecord)).all()
        assert fact.said == {
            "kind": "transcript", "on": "2026-12-16", "case": 1, "credits": "1", "college": "Lakeview University (fictional)"
        }  # fmt: skip
        assert (fact.recorded_by, fact.source, fact.line) == ("Robin", "answers.csv", 2)
        event = session.exec(select(CreditEvent).where(CreditEvent.state == "transcript_issued")).one()
        assert (event.fact_id, event.source_sha256) == (fact.id, fact.source_sha256)
        assert store.evidence.get(fact.source_sha256).startswith(b"request_number")
        actions = session.exec(select(AuditEntry.action)).all()
    assert actions[-2:] == ["credit request transcript issued", "registrar's answers imported"]


def test_the_file_that_was_sent_out_comes_back_filled_in(
    store: Store, workspace: Workspace, ask: Ask, now: datetime, tmp_path: Path
) -> None:
    ask(free=True, name=("=cmd", "Zoë"))
    ask(free=True)
    rules = (*FREE,)
    with pytest.raises(UsageError):
        deliver_batches(store, workspace, rules, "Fall 2026", now, "Robin")
    (made,) = deliver_batches(store, workspace, rules_with(term="Fall 2026"), "Fall 2026", now, "Robin")
    sent = workspace.root / made.path / "requests.csv"
    untouched = import_answers(store, workspace, sent, DECEMBER, "Robin")
    assert (untouched.rows, untouched.unanswered, untouched.moved, untouched.ignored_columns) == (2, 2, {}, ())
    rows = list(csv.reader(io.StringIO(sent.read_text(encoding="utf-8-sig"), newline="")))
    rows[1][rows[0].index("state")], rows[1][rows[0].index("date")] = "registered", "11/2/2026"
    back = tmp_path / "back.xlsx"  # as Excel saves it
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # pyright: ignore[reportOptionalMemberAccess]
    book.save(back)
    change = import_answers(store, workspace, back, DECEMBER, "Robin")
    assert (change.moved, change.unanswered) == ({"registered": 1}, 1)


def test_the_same_file_twice_is_the_same_as_once(store: Store, ask: Ask, load: Load) -> None:
    n = ask(free=True).number
    lines = (f"{n},registered,2026-10-20,EDU 590,,,", f"{n},transcript issued,,,1,2026-12-16,")
    load(*lines)
    before = (events(store), transcripts(store))
    again = load(*lines, at=DECEMBER + timedelta(days=1))
    assert (again.moved, again.known) == ({}, 2)
    assert again.sentences() == ["Nothing new.", "2 rows say what is on record already."]
    assert (events(store), transcripts(store)) == before


def test_a_corrected_date_takes_the_fact_back_and_records_it_anew_and_the_old_file_does_not_undo_it(
    any_store: Store, workspace: Workspace, now: datetime, tmp_path: Path
) -> None:
    n = ask_in(any_store, workspace, now, FREE).number
    old, new = (
        f"{n},transcript issued,,,1,2026-12-16,",
        f"{n},transcript issued,,,1,2026-12-18,registrar's typing error",
    )
    load_in(any_store, workspace, tmp_path, old)
    change = load_in(any_store, workspace, tmp_path, new, name="second.csv")
    assert change.corrected == (n,)
    with any_store.reading() as session:
        first, back, second = session.exec(select(FactRecord).order_by(col(FactRecord.id))).all()
    assert (first.happened_on, back.takes_back, second.happened_on) == (
        date(2026, 12, 16),
        first.id,
        date(2026, 12, 18),
    )
    assert (
        back.said["reason"] == "The college corrected it (second.csv, line 2): registrar's typing error; recorded anew."
    )
    assert load_in(any_store, workspace, tmp_path, old).moved == {}
    assert load_in(any_store, workspace, tmp_path, new, name="second.csv").moved == {}
    assert len(transcripts(any_store)) == 3


def test_a_dry_run_says_what_would_be_and_writes_nothing(store: Store, ask: Ask, load: Load) -> None:
    request = ask(free=True)
    change = load(f"{request.number},transcript issued,2026-12-16,,,,", dry_run=True)
    assert change.sentences() == ["Would be moved: 1 transcript issued.", "Nothing was changed: this was a dry run."]
    assert (state_of(store, request), events(store), transcripts(store)) == ("requested", [], [])


def test_fees_are_taken_as_paid_only_when_a_person_says_so(store: Store, ask: Ask, load: Load) -> None:
    n = ask().number
    with pytest.raises(FileProblems, match="its fee is not recorded as paid"):
        load(f"{n},registered,2026-10-20,,,,")
    load(f"{n},registered,2026-10-20,,,,", fees_paid=True)
    assert [(s, on) for s, on, _ in events(store)] == [("paid", date(2026, 10, 20)), ("registered", date(2026, 10, 20))]


def test_one_wrong_row_and_nothing_is_changed_each_with_its_line(store: Store, ask: Ask, load: Load) -> None:
    good, other = ask(free=True), ask(free=True)
    n, mistyped = other.number, f"{other.number[:-1]}{'A' if other.number[-1] != 'A' else 'B'}"
    lines = {
        f"{good.number},accepted,2026-10-20,,,,": "",
        f"{mistyped},accepted,2026-10-20,,,,": f'"{mistyped}" is not the number of a credit request; copy it from the paper',
        ",accepted,2026-10-20,,,,": "the request's number is missing",
        f"{n},on its way,2026-10-20,,,,": '"on its way" is no state of a request; write one of requested, accepted, paid',
        f"{n},district notified,2026-10-20,,,,": '"district notified" is no state of a request',
        f"{n},accepted,,,,,": "the date is missing",
        f"{n},accepted,10/32/2026,,,,": 'date: "10/32/2026" is no day of the calendar',
        f"{n},accepted,2027-01-05,,,,": "January 5, 2027 lies in the future",
        f"{n},accepted,2026-10-01,,,,": "October 1, 2026 lies before October 2, 2026, the day of the request",
        f"{n},registered,2026-10-20,,three,,": 'credits "three" is not a number',
        f"{n},registered,2026-10-20,,-1,,": 'credits "-1" is not between 0 and 100',
        f"{n},registered,2026-10-20,,,2026-12-16,": 'there is a transcript date, but the state is "registered"',
        f"{n},refused,2026-10-20,,,,": "why it was refused is missing; write it under note",
        f",,2026-10-20,,,,{'x' * 10}": "the request's number is missing",
    }
    with pytest.raises(FileProblems) as found:
        load(*lines)
    said = [str(problem) for problem in found.value.problems]
    for line, sentence in enumerate(lines.values(), 2):
        if sentence:
            assert any(f"answers.csv, line {line}: " in one and sentence in one for one in said), (line, sentence, said)
    assert said[-1].startswith("answers.csv: was not imported; nothing was changed.")
    assert (state_of(store, good), events(store)) == ("requested", [])


def test_a_number_that_nobody_has_is_refused_and_one_typed_with_letters_for_figures_is_found(
    store: Store, ask: Ask, load: Load
) -> None:
    from countersign.issuance.numbering import new_number

    with pytest.raises(FileProblems, match="has no credit request"):
        load(f"{new_number('CR-VT', 2026)},accepted,2026-10-20,,,,")
    with pytest.raises(FileProblems, match="is a certificate's"):
        load(f"{new_number('VT', 2026)},accepted,2026-10-20,,,,")
    request = ask()
    while "0" not in request.number[11:] and "1" not in request.number[11:]:
        request = ask()
    head, chance = request.number[:11], request.number[11:]
    typed = f" {head.lower()}{chance.replace('0', 'O').replace('1', 'l')} "
    load(f"'{typed},Accepted ,2026-10-20,,,,".replace("' ", "'"))
    assert state_of(store, request) == "accepted"


def test_two_rows_that_contradict_each_other_are_refused_in_either_order(ask: Ask, load: Load) -> None:
    n = ask(free=True).number
    one, two = f"{n},transcript issued,2026-12-16,,1,,", f"{n},transcript issued,2026-12-17,,1,,"
    for lines in ((one, two), (two, one)):
        with pytest.raises(FileProblems, match=f"answers.csv, line 3: line 2 says otherwise of {n}, transcript issued"):
            load(*lines)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        ("request_number,state,date\nÄ,accepted,2026-10-20\n".encode("latin-1"), "is not UTF-8 text"),
        ("request_number,state,date\n".encode("utf-16"), "is UTF-16 text"),
        (b"PK\x03\x04 and so on", "looks like a workbook"),
        (b'request_number,state,date\n"CR-VT,accepted,2026-10-20\n', "is not CSV"),
        (b"number,state\nCR,accepted\n", "the column date is missing"),
        (b"request,number,state,date\nCR,CR,accepted,2026-10-20\n", "both say the number"),
        (b"request_number,state,date,SSN\n", "holds what Countersign must not hold"),
        (b"request_number,state,date\nCR,accepted,2026-10-20,extra\n", "has more cells than the first row has names"),
    ],
    ids=["empty", "latin-1", "utf-16", "a workbook", "an open quote", "no date", "two numbers", "ssn", "too wide"],
)
def test_a_file_of_the_wrong_form_is_refused(load: Load, content: bytes, sentence: str) -> None:
    with pytest.raises((FileProblem, FileProblems), match=sentence):
        load(content=content)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_way_in_which_an_office_saves_a_table_is_read(
    store: Store, ask: Ask, load: Load, ending: str, separator: str, mark: str
) -> None:
    request = ask(free=True)
    rows = [["Status", "REQUEST NUMBER", "Date", "Advisor"], ["Enrolled", request.number, "11/2/2026", "J. Sample"]]
    change = load(content=(mark + ending.join(separator.join(row) for row in rows) + ending).encode())
    assert (state_of(store, request), change.ignored_columns) == ("registered", ("Advisor",))


def test_formulas_and_control_characters_do_not_come_in(ask: Ask, load: Load, store: Store) -> None:
    n = ask(free=True).number
    with pytest.raises(FileProblems, match="invisible character"):
        load(f"{n},accepted,2026-10-20,,,,a\u202eb")
    load(f'{n},registered,2026-10-20,"=HYPERLINK(""x"")",,,')
    with store.reading() as session:
        assert (
            session.exec(select(CreditEvent.course)).one() == '=HYPERLINK("x")'
        )  # text here; harmless where it is written


def test_ten_thousand_rows_of_one_request_are_one_step(ask: Ask, load: Load, store: Store) -> None:
    n = ask(free=True).number
    change = load(*[f"{n},accepted,2026-10-20,,,,"] * 2_000)
    assert (change.rows, change.known, len(events(store))) == (2_000, 1_999, 1)


def test_a_transcript_recorded_by_hand_is_taken_as_it_is_or_stands_in_the_way(
    store: Store, workspace: Workspace, ask: Ask, load: Load
) -> None:
    from countersign.desk.facts_entry import add_fact

    request = ask(free=True)
    cells = {"case": f"C-{request.case_id}", "on": "2026-12-16", "credits": "1"}
    add_fact(store, workspace, "transcript", cells, DECEMBER, "Robin")
    with pytest.raises(
        UsageError, match=r"fact 1 of 2026-12-16 says otherwise already: 1 credit \(recorded by Robin\)"
    ):
        load(f"{request.number},transcript issued,2026-12-17,,1,,")
    assert state_of(store, request) == "requested"
    load(f"{request.number},transcript issued,2026-12-16,,,,")
    assert (state_of(store, request), len(transcripts(store))) == ("transcript_issued", 1)


@pytest.mark.parametrize("where", ["record_step", "Desk"])
def test_a_run_killed_anywhere_has_recorded_neither_the_step_nor_the_fact(
    store: Store, ask: Ask, load: Load, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    request = ask(free=True)
    line = f"{request.number},transcript issued,2026-12-16,,1,,"
    with monkeypatch.context() as patch:
        patch.setattr(desk, where, killed)
        with pytest.raises(KeyboardInterrupt):
            load(line)
    assert (state_of(store, request), events(store), transcripts(store)) == ("requested", [], [])
    load(line)
    assert (state_of(store, request), transcripts(store)) == ("transcript_issued", [("transcript", date(2026, 12, 16))])


def test_a_request_taken_back_takes_its_transcript_back_and_another_is_made_only_where_asked_for(
    store: Store, workspace: Workspace, ask: Ask, load: Load, now: datetime
) -> None:
    from countersign.issuance import credit_requests_due, issue_credit_requests

    request = ask(free=True)
    load(f"{request.number},transcript issued,2026-12-16,,1,,")
    step = Step(S.withdrawn, date(2026, 12, 19), note="The wrong course.")
    assert move_request(store, workspace, request.number, step, DECEMBER, "Robin").new
    assert [kind for kind, _ in transcripts(store)] == ["transcript", "withdrawal"]
    with store.reading() as session:
        gone = session.get_one(CreditRequest, request.id)
    assert (gone.state, Path(gone.path).parent.name) == ("withdrawn", "withdrawn")
    assert (workspace.root / gone.path).is_file()
    assert credit_requests_due(store, FREE) == []
    assert issue_credit_requests(store, workspace, FREE, [request.decision_id], now) == []
    again = Step(S.withdrawn, date(2026, 12, 20), note="Ask anew.", again=True)
    move_request(store, workspace, request.number, again, DECEMBER, "Robin")
    assert len(issue_credit_requests(store, workspace, FREE, credit_requests_due(store, FREE), DECEMBER)) == 1


LIFE = (
    "accepted,2026-10-10,,,,",
    "accepted,2026-10-10,,,,seen",
    "registered,2026-10-20,,,,",
    "registered,2026-10-20,EDU 590-02,,,",
    "registered,2026-10-20,EDU 590-02,1,,",
    "transcript issued,2026-12-15,,,2026-12-16,",
    "transcript issued,2026-12-16,,1,,",
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(LIFE), st.integers(0, len(LIFE)))
def test_any_order_of_valid_rows_in_one_file_or_two_comes_to_the_same_end(
    store: Store, workspace: Workspace, ask: Ask, tmp_path: Path, rows: Sequence[str], cut: int
) -> None:
    request = ask(free=True)
    for number, part in enumerate((rows[:cut], rows[cut:], rows)):
        load_in(store, workspace, tmp_path, *(f"{request.number},{r}" for r in part), name=f"{number}.csv")
    with store.reading() as session:
        from countersign.issuance.credit_life import standing_of

        row: Any = session.get_one(CreditRequest, request.id)
        steps = standing_of(session, row).steps
        facts = session.exec(select(FactRecord).where(FactRecord.case_id == request.case_id)).all()
    assert row.state == "transcript_issued"
    assert (steps[S.registered].course, steps[S.transcript_issued].on) == ("EDU 590-02", date(2026, 12, 16))
    undone = {f.takes_back for f in facts}
    counting = [f for f in facts if f.kind == "transcript" and f.id not in undone]
    assert [(f.happened_on, f.said["credits"]) for f in counting] == [(date(2026, 12, 16), "1")]
