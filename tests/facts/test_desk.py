"""Facts at the desk: what is recorded changes the next night's decisions; what does not fit is refused with a sentence."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import col, select

from countersign import audit
from countersign.desk.facts_entry import FactChange, add_fact, withdraw_fact
from countersign.desk.facts_list import list_facts
from countersign.desk.queue import one_item, resolve
from countersign.errors import FileProblem, UsageError
from countersign.recognition import due_educators, load_rules
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import AuditEntry, Case, FactRecord, PreApproval
from tests.facts.oak_hill import NIGHT, add, facts, load, open_items, outcome, rules_of, three
from tests.recognition.nights import balanced, night

RULING = {"agreement": "oak-hill", "role": "joint panel", "ruled_by": "J. Doe", "reason": "The site lost it."}


@pytest.fixture
def rules(workspace: Workspace) -> tuple[Rules, ...]:
    return tuple(rules_of(workspace))


@pytest.fixture
def desk(store: Store, workspace: Workspace, rules: tuple[Rules, ...]) -> Store:
    """The store after the night in which three micro-credentials were decided without any fact."""
    assert workspace
    three(store)
    night(store, rules, NIGHT)
    return store


def later(store: Store, rules: tuple[Rules, ...]) -> None:
    """The next night: somebody is due, and the one after it nobody."""
    assert night(store, rules, NIGHT + timedelta(days=1)) == [1]
    assert due_educators(store, rules, NIGHT + timedelta(days=2)) == []
    balanced(store)


def test_every_kind_of_fact_changes_the_next_nights_decisions(
    any_store: Store, workspace: Workspace, tmp_path: Path
) -> None:
    rules = tuple(rules_of(workspace))
    educator = three(any_store)
    night(any_store, rules, NIGHT)
    assert [outcome(any_store, n, "pay") for n in (1, 2, 3)] == [("held", "0", "rubric_missing")] * 3
    assert outcome(any_store, 1, "district_pd") == ("held", "0", "election_missing")
    assert outcome(any_store, 1, "other") == ("held", "0", "transcript_missing")
    change = load(
        any_store,
        workspace,
        tmp_path,
        "rubric,C-1,,,,2024-09-08,,3,,,,,,,Adobe",
        "Rubric,,M-7,,Checking for Understanding,9/8/2024,,3.5,,,,,,,",
        f"rubric,,,MEMBER-{educator}@school.example,providing effective  feedback,2024-09-08,,4,,,,,,,",
        "transcript,C-1,,,,2024-09-09,,,2.5,,,,,,",
        "election,,M-7,,,2024-09-01,oak-hill,,,Hours or release,Release,,,,",
        "funds,,,,,2024-09-02,oak-hill,,,,,2024-25,no,HR,",
        header="Kind,Case,Member Number,Email,Title,On,Agreement,Level,Credits,Election,Clause,Period,Available,Said by,Submitted through",
    )
    assert (change.rows, change.known, change.ignored_columns) == (6, 0, ("Submitted through",))
    assert change.kinds == {"rubric": 3, "transcript": 1, "election": 1, "funds": 1}
    later(any_store, rules)
    assert [outcome(any_store, n, "pay")[:2] for n in (1, 2)] == [("granted", "300")] * 2
    assert outcome(any_store, 3, "pay") == ("refused", "0", "no_funds")
    assert outcome(any_store, 1, "in_lieu_of_pd")[:2] == ("granted", "8")
    assert outcome(any_store, 1, "other")[:2] == ("granted", "2.5")
    with any_store.reading() as session:
        assert list(audit.breaks(session)) == []
        first = session.exec(select(FactRecord).order_by(col(FactRecord.id))).first()
        assert first is not None
        assert (first.recorded_by, first.recorded_at, first.source, first.line) == ("Robin", NIGHT, "facts.csv", 2)
        assert b"Adobe" in any_store.evidence.get(first.source_sha256)


@pytest.mark.parametrize("statement", ["UPDATE fact SET recorded_by = 'x'", "DELETE FROM fact"])
def test_the_database_refuses_to_change_a_fact(any_store: Store, workspace: Workspace, statement: str) -> None:
    rules_of(workspace)
    three(any_store)
    add(any_store, workspace, "rubric", case="C-1", level="3")
    with pytest.raises(DBAPIError, match="append only"), any_store.transaction() as session:
        session.connection().execute(text(statement))


def test_the_database_takes_a_fact_once_although_two_record_it(any_store: Store, workspace: Workspace) -> None:
    rules_of(workspace)
    three(any_store)
    add(any_store, workspace, "rubric", case="C-1", level="3")
    again = facts(any_store)[0].model_dump(exclude={"id"})
    with pytest.raises(IntegrityError), any_store.transaction() as session:
        session.add(FactRecord(**again))


def test_a_fact_that_is_taken_back_no_longer_counts_and_stays_on_record(
    desk: Store, workspace: Workspace, rules: tuple[Rules, ...]
) -> None:
    add(desk, workspace, "rubric", case="C-1", level="3")
    later(desk, rules)
    assert outcome(desk, 1, "pay")[0] == "granted"
    said = withdraw_fact(desk, workspace, 1, NIGHT, "Robin", "It is another's.")
    assert said.startswith("Fact 1 (rubric) no longer counts.")
    later(desk, rules)
    assert outcome(desk, 1, "pay") == ("held", "0", "rubric_missing")
    assert [str(line).partition("  TAKEN BACK: ")[2] for line in list_facts(desk, "C-1")] == [
        "fact 2 by Robin: It is another's.",
        "",
    ]
    assert [line.counts for line in list_facts(desk, "C-1")] == [False, False]
    add(desk, workspace, "rubric", case="C-1", level="4")
    assert [(row.slot, row.turn) for row in facts(desk) if row.kind == "rubric"] == [("rubric:1", 0), ("rubric:1", 1)]


def test_what_cannot_be_taken_back_is_said(desk: Store, workspace: Workspace) -> None:
    add(desk, workspace, "rubric", case="C-1", level="3")
    withdraw_fact(desk, workspace, 1, NIGHT, "Robin", "wrong")
    for number, sentence in (
        (9, "There is no fact 9"),
        (1, "Fact 1 was taken back already: fact 2, by Robin"),
        (2, "Fact 2 takes back fact 1; it stays. Record the fact anew instead."),
    ):
        with pytest.raises(UsageError, match=sentence):
            withdraw_fact(desk, workspace, number, NIGHT, "Robin", "again")
    with pytest.raises(UsageError, match="--reason may not be empty"):
        withdraw_fact(desk, workspace, 1, NIGHT, "Robin", " ")
    with pytest.raises(UsageError, match="'nightly' is the name of a run"):
        withdraw_fact(desk, workspace, 1, NIGHT, "nightly", "x")


def test_a_fact_on_record_is_not_recorded_twice_and_another_one_of_the_same_matter_is_refused(
    desk: Store, workspace: Workspace
) -> None:
    assert add(desk, workspace, "rubric", case="C-1", level="3").facts == (1,)
    again = add(desk, workspace, "rubric", case="C-1", level="3.0")
    assert (again.facts, again.known) == ((), 1)
    with pytest.raises(
        UsageError, match=r"Fact 1 of 2024-09-10 says otherwise already: level 3 .*countersign fact withdraw 1"
    ):
        add(desk, workspace, "rubric", case="C-1", level="2")
    assert len(facts(desk)) == 1


def test_a_dry_run_says_what_would_be_recorded_and_changes_nothing(
    desk: Store, workspace: Workspace, tmp_path: Path
) -> None:
    change = load(desk, workspace, tmp_path, "C-1,2024-09-08,3", header="case,on,level", kind="rubric", dry_run=True)
    assert change.sentences() == [
        "Would be recorded: rubric.",
        "Nothing was changed: this was a dry run.",
    ]
    assert facts(desk) == []
    assert not desk.evidence.root.exists()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("rubric,C-1,,,,2024-09-08,,,", "line 2: level is empty"),
        ("rubric,C-1,,,,2024-09-08,,three,", 'level "three" is not a number'),
        ("rubric,C-1,,,,2024-09-08,,1_0,", 'level "1_0" is not a number'),
        ("rubric,C-1,,,,2024-09-08,,1e1,", 'level "1e1" is not a number'),
        ("rubric,C-1,,,,2024-09-08,,\u0663,", 'level "\u0663" is not a number'),
        ("transcript,C-1,,,,2024-09-08,,,1_0", 'credits "1_0" is not a number'),
        ("rubric,C-1,,,,2024-09-08,,-1,", 'level "-1" is less than 0'),
        ("rubric,C-1,,,,2024-09-08,,NaN,", 'level "NaN" is not a number'),
        ("rubric,C-1,,,,2024-09-08,,3.00001,", "has more than 4 decimal places"),
        ("rubric,C-1,,,,2024-09-08,,3,2", "credits says nothing of a fact of the kind rubric"),
        ("rubric,C-1,,,,,,3,", "on is empty. Give the day"),
        ("rubric,C-1,,,,soon,,3,", 'on: "soon" is not a date'),
        ("rubric,C-1,,,,2024-10-01,,3,", "the day 2024-10-01 lies in the future"),
        ("rubric,C-1,,,,1924-10-01,,3,", "the day 1924-10-01 lies before there were micro-credentials"),
        ("rubric,C-9,,,,2024-09-08,,3,", "there is no case C-9"),
        ("rubric,nine,,,,2024-09-08,,3,", "'nine' is not a case"),
        ("rubric,,,,,2024-09-08,,3,", "nothing says which micro-credential it is about"),
        ("rubric,,M-7,,Knitting,2024-09-08,,3,", 'no micro-credential "Knitting" of this educator has come yet'),
        ("rubric,,M-9,,Knitting,2024-09-08,,3,", "nobody on the roster has the member number M-9"),
        ("rubric,,,1-0,Knitting,2024-09-08,,3,", "employee_id is a district's own number. Say whose with --recognizer"),
        ("rubric,C-1,,,Knitting,2024-09-08,,3,", 'C-1 is "Formative Assessment Basics", not "Knitting"'),
        ("knitting,C-1,,,,2024-09-08,,3,", '"knitting" is no kind of fact. There are transcript, rubric'),
        ("funds,C-1,,,,2024-09-08,oak-hill,,", "case says nothing of a fact of the kind funds"),
        (
            "rubric,C-1,,,,2024-09-08,,3,\nrubric,C-1,,,,2024-09-08,,4,",
            "line 3: line 2 says otherwise of the same matter",
        ),
    ],
)
def test_a_bad_row_is_an_error_with_its_line_and_nothing_is_recorded(
    desk: Store, workspace: Workspace, tmp_path: Path, line: str, sentence: str
) -> None:
    with pytest.raises(FileProblem, match=sentence) as raised:
        load(
            desk,
            workspace,
            tmp_path,
            line,
            header="kind,case,member_number,employee_id,title,on,agreement,level,credits",
        )
    assert "was not imported; nothing was changed" in str(raised.value)
    assert facts(desk) == []


def test_a_file_without_kinds_needs_to_be_told_one(desk: Store, workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=r"the column kind is missing\. Name it with --kind: transcript, rubric"):
        load(desk, workspace, tmp_path, "C-1,2024-09-08,3", header="case,on,level")
    with pytest.raises(UsageError, match="'knitting' is no kind of fact"):
        load(desk, workspace, tmp_path, "C-1,2024-09-08,3", header="case,on,level", kind="knitting")
    with pytest.raises(FileProblem, match="the column on is missing"):
        load(desk, workspace, tmp_path, "C-1,3", header="case,level", kind="rubric")


def test_a_form_names_the_educator_by_the_districts_own_number(
    desk: Store, workspace: Workspace, tmp_path: Path
) -> None:
    change = load(
        desk,
        workspace,
        tmp_path,
        "1-0,Hours or release,Hours,2024-09-08",
        header="Employee ID,Election,Clause,On",
        kind="election",
        agreement="oak-hill",
        district="Oak Hill SD",
    )
    assert change.kinds == {"election": 1}


def test_two_of_one_title_have_to_be_told_apart(desk: Store, workspace: Workspace) -> None:
    with desk.transaction() as session:
        session.get_one(Case, 2).title = session.get_one(Case, 1).title
    with pytest.raises(UsageError, match=r"has come from this educator 2 times: C-1, C-2.*column case"):
        add(desk, workspace, "rubric", member_number="M-7", title="Formative Assessment Basics", level="3")


def test_a_fact_on_a_case_counts_for_the_one_that_it_joins(
    desk: Store, workspace: Workspace, rules: tuple[Rules, ...]
) -> None:
    add(desk, workspace, "rubric", case="C-2", level="3")
    with desk.transaction() as session:
        second = session.get_one(Case, 2)
        second.state, second.joined_to, second.educator_id = "joined", 1, None
    later(desk, rules)
    assert outcome(desk, 1, "pay")[0] == "granted"
    add(desk, workspace, "paid_elsewhere", case="C-2", payer="The state")
    assert facts(desk)[-1].case_id == 1


def test_what_somebody_else_has_paid_for_is_refused_where_the_clause_says_so(
    desk: Store, workspace: Workspace, rules: tuple[Rules, ...]
) -> None:
    add(desk, workspace, "rubric", case="C-1", level="3")
    add(desk, workspace, "paid_elsewhere", case="C-1", payer="The state")
    later(desk, rules)
    assert outcome(desk, 1, "pay") == ("refused", "0", "paid_elsewhere")


def test_a_ruling_by_a_role_of_the_agreement_overrides_the_clause(
    desk: Store, workspace: Workspace, rules: tuple[Rules, ...]
) -> None:
    add(desk, workspace, "ruling", case="C-1", decision="counts", currency="pay", **RULING)
    add(
        desk, workspace, "ruling", case="C-2", decision="gives", currency="pay", quantity="120.50", unit="USD", **RULING
    )
    later(desk, rules)
    assert outcome(desk, 1, "pay")[:2] == ("granted", "300")
    assert outcome(desk, 2, "pay")[:2] == ("granted", "120.5")
    assert outcome(desk, 1, "other")[0] == "held"  # the ruling was on pay only


def test_of_two_rulings_of_one_day_the_one_on_that_currency_counts(
    desk: Store, workspace: Workspace, rules: tuple[Rules, ...]
) -> None:
    add(desk, workspace, "ruling", case="C-1", decision="refused", **RULING)
    add(desk, workspace, "ruling", case="C-1", decision="counts", currency="pay", **RULING)
    later(desk, rules)
    assert outcome(desk, 1, "pay")[0] == "granted"
    assert outcome(desk, 1, "district_pd")[0] == "refused"


@pytest.mark.parametrize(
    ("kind", "cells", "sentence"),
    [
        ("ruling", {"role": "Custodian"}, '"Custodian" may not rule under oak-hill. It lets Joint Panel and Superintendent rule'),
        ("ruling", {"agreement": "elm"}, 'There is no agreement "elm" in agreements/. There is oak-hill'),
        ("ruling", {"decision": "maybe"}, 'Decision "maybe" is none of'),
        ("ruling", {"reason": ""}, "Reason is empty"),
        ("ruling", {"decision": "gives"}, "A ruling that gives something says currency, quantity and unit"),
        ("ruling", {"quantity": "3", "unit": "USD"}, 'Quantity and unit go with the decision "gives"'),
        ("ruling", {"currency": "graduate_credit"}, "The agreement oak-hill gives no graduate_credit. It gives district_pd, in_lieu"),
        (
            "ruling",
            {"decision": "gives", "currency": "pay", "quantity": "3", "unit": "hour"},
            "The agreement oak-hill gives pay in USD, not in hour",
        ),
        (
            "ruling",
            {"decision": "gives", "currency": "pay", "quantity": "3", "unit": "bananas"},
            'Unit "bananas" is not written as it must be',
        ),
        ("funds", {"period": "2024", "available": "yes", "said_by": "HR"}, "“2024” is no period of a limit of oak-hill"),
        ("funds", {"period": "2024-25", "available": "perhaps", "said_by": "HR"}, 'Available "perhaps" is neither yes nor no'),
        ("election", {"election": "Money"}, "The agreement oak-hill leaves no choice called “Money”. It leaves “Hours or release”"),
        ("election", {"clause": "Stipend"}, "“Stipend” is not among the clauses of “Hours or release”. It is “Hours” or"),
    ],
)  # fmt: skip
def test_what_the_agreement_has_no_room_for_is_refused_with_a_sentence(
    desk: Store, workspace: Workspace, kind: str, cells: dict[str, str], sentence: str
) -> None:
    given = {
        "ruling": {"case": "C-1", "decision": "counts", **RULING},
        "funds": {"agreement": "oak-hill"},
        "election": {
            "member_number": "M-7",
            "agreement": "oak-hill",
            "election": "Hours or release",
            "clause": "Hours",
        },
    }[kind]
    with pytest.raises(UsageError, match=sentence):
        add(desk, workspace, kind, **{name: cell for name, cell in (given | cells).items() if cell})
    assert facts(desk) == []


def test_an_agreement_that_does_not_speak_of_the_case_takes_no_ruling_on_it(desk: Store, workspace: Workspace) -> None:
    with desk.transaction() as session:
        session.get_one(Case, 1).received_at = NIGHT.replace(year=2023)
    with pytest.raises(
        UsageError,
        match=r"The agreement oak-hill says nothing of C-1\. It is in force for what was submitted from July 1, 2024",
    ):
        add(desk, workspace, "ruling", case="C-1", decision="counts", **RULING)
    with desk.transaction() as session:
        session.get_one(Case, 2).state = "rejected"
    with pytest.raises(UsageError, match="C-2 is rejected: no agreement decides it now"):
        add(desk, workspace, "ruling", case="C-2", decision="counts", **RULING)


def test_an_appeal_waits_for_whoever_decides_it_and_a_ruling_answers_it(
    desk: Store, workspace: Workspace, rules: tuple[Rules, ...]
) -> None:
    add(desk, workspace, "appeal", case="C-1", agreement="oak-hill", on="2024-09-12", reason="The rubric is lost")
    item = open_items(desk)["appeal-oak-hill"]
    assert item.sentence == (
        "The educator appealed on September 12, 2024 against what Oak Hill SD gives; the last day for that is October 11, 2024. "
        "The reason: The rubric is lost"
    )
    assert item.next_step.startswith(
        "Bring it before the Joint Panel, and record what they decide: countersign fact add ruling C-1"
    )
    assert one_item(desk, item.id).choices == ("--dismiss",)
    night(desk, rules, NIGHT + timedelta(days=1))
    assert "appeal-oak-hill" in open_items(desk)
    add(desk, workspace, "ruling", case="C-1", decision="counts", **RULING)
    assert "appeal-oak-hill" not in open_items(desk)


@pytest.mark.parametrize("answer", ["withdraw", "dismiss"])
def test_an_appeal_ends_when_it_is_taken_back_or_dismissed(desk: Store, workspace: Workspace, answer: str) -> None:
    add(desk, workspace, "appeal", case="C-1", agreement="oak-hill", on="2024-09-11")
    item = open_items(desk)["appeal-oak-hill"]
    if answer == "withdraw":
        withdraw_fact(desk, workspace, 1, NIGHT, "Robin", "The educator said so.")
    else:
        resolve(desk, item.id, by="Robin", reason="The panel said no.", dismiss=True)
    assert "appeal-oak-hill" not in open_items(desk)


def test_an_appeal_is_taken_until_its_last_day_and_not_after(desk: Store, workspace: Workspace) -> None:
    with pytest.raises(
        UsageError,
        match=r"appeal of October 12, 2024 comes too late: it was decided on September 11, 2024, and the last day to appeal was "
        r"October 11, 2024 \(30 days\)",
    ):
        _appeal(desk, workspace, "2024-10-12")
    with pytest.raises(UsageError, match="comes before the decision of September 11, 2024"):
        _appeal(desk, workspace, "2024-09-10")
    assert _appeal(desk, workspace, "2024-10-11").kinds == {"appeal": 1}


def _appeal(store: Store, workspace: Workspace, on: str) -> FactChange:
    cells = {"case": "C-1", "agreement": "oak-hill", "on": on}
    return add_fact(store, workspace, "appeal", cells, NIGHT + timedelta(days=60), "Robin")


def test_an_appeal_needs_a_decision_and_an_agreement_that_hears_it(
    store: Store, workspace: Workspace, rules: tuple[Rules, ...]
) -> None:
    three(store)
    with pytest.raises(UsageError, match="Nothing has been decided of C-1 under oak-hill yet"):
        add(store, workspace, "appeal", case="C-1", agreement="oak-hill")
    night(store, rules, NIGHT)
    path = workspace.agreements / "oak-hill.toml"
    path.write_text(path.read_text(encoding="utf-8").partition("[exceptions]")[0], encoding="utf-8")
    with pytest.raises(UsageError, match="The agreement oak-hill says nothing of an appeal"):
        add(store, workspace, "appeal", case="C-1", agreement="oak-hill", on="2024-09-11")
    with pytest.raises(UsageError, match="The agreement oak-hill names nobody who may rule against its clauses"):
        add(store, workspace, "ruling", case="C-1", decision="counts", **RULING)


@pytest.mark.parametrize(
    ("code", "command"),
    [
        ("rubric_missing", "countersign fact add rubric C-1 --on DAY --level NUMBER --by NAME"),
        ("transcript_missing", "countersign fact add transcript C-1 --on DAY --credits NUMBER --by NAME"),
        ("election_missing", 'countersign fact add election M-7 --agreement oak-hill --election "Hours or release"'),
    ],
)
def test_an_item_says_which_command_records_what_it_waits_for(desk: Store, code: str, command: str) -> None:
    item = open_items(desk)[f"oak-hill:{code}"]
    assert one_item(desk, item.id).facts["record it with"].startswith(command)


def test_an_item_that_waits_for_a_ruling_names_who_may_rule(store: Store, workspace: Workspace) -> None:
    path = workspace.agreements / "oak-hill.toml"
    rules_of(workspace)
    path.write_text(
        path.read_text(encoding="utf-8").replace('value = { flat = 300, unit = "USD" }\n', ""), encoding="utf-8"
    )
    three(store)
    add(store, workspace, "rubric", case="C-1", level="3")
    night(store, load_rules(workspace.agreements), NIGHT)
    item = open_items(store)["oak-hill:rate_missing"]
    assert '--role "Joint Panel|Superintendent"' in one_item(store, item.id).facts["record it with"]


def test_the_list_of_an_educator_has_cases_elections_and_pre_approvals(desk: Store, workspace: Workspace) -> None:
    add(desk, workspace, "rubric", case="C-1", level="3")
    add(
        desk,
        workspace,
        "election",
        member_number="M-7",
        agreement="oak-hill",
        election="Hours or release",
        clause="Hours",
    )
    with desk.transaction() as session:
        session.add(
            PreApproval(
                educator_id=1,
                recognizer="Oak Hill SD",
                title="Formative assessment  basics",
                approved_on=NIGHT.date(),
                recorded_by="import",
                recorded_at=NIGHT,
            )
        )
    assert [(line.number, line.kind, line.about) for line in list_facts(desk, "M-7")] == [
        (None, "preapproval", "Pat Example (member M-7)"),
        (1, "rubric", "C-1 Formative Assessment Basics"),
        (2, "election", "Pat Example (member M-7)"),
    ]
    assert [line.kind for line in list_facts(desk, "c-1")] == ["preapproval", "rubric"]
    assert [line.kind for line in list_facts(desk)] == ["preapproval", "rubric", "election"]
    for nobody in ("C-9", "M-9"):
        with pytest.raises(UsageError, match=r"There is no case C-9|member number M-9"):
            list_facts(desk, nobody)


def test_the_audit_names_who_and_which_and_no_persons_words(desk: Store, workspace: Workspace) -> None:
    add(desk, workspace, "ruling", case="C-1", decision="counts", **RULING)
    withdraw_fact(desk, workspace, 1, NIGHT, "Robin", "A slip of the pen")
    with desk.reading() as session:
        entries = session.exec(select(AuditEntry).where(col(AuditEntry.subject) == "fact:1")).all()
        assert [(e.action, e.actor, e.detail) for e in entries] == [
            ("fact recorded", "Robin", {"kind": "ruling"}),
            ("fact taken back", "Robin", {"kind": "ruling"}),
        ]


def test_what_was_recorded_is_said_in_few_words(desk: Store, workspace: Workspace, tmp_path: Path) -> None:
    assert load(desk, workspace, tmp_path, "C-1,2024-09-08,3", header="case,on,level", kind="rubric").sentences() == [
        "Recorded: rubric (fact 1).",
        "The next nightly run decides anew where that makes a difference.",
    ]
    rows = "rubric,C-1,2024-09-08,3,", "transcript,C-1,2024-09-08,,1"
    assert load(desk, workspace, tmp_path, *rows, header="kind,case,on,level,credits").sentences()[0] == (
        "Recorded: transcript (fact 2); 1 is on record already."
    )
    assert load(desk, workspace, tmp_path, *rows, header="kind,case,on,level,credits").sentences() == [
        "Nothing new: 2 are on record already."
    ]
    assert [line.says for line in list_facts(desk, "C-1")] == ["level 3", "1 credit"]


def test_an_appeal_is_said_to_wait_for_a_person(desk: Store, workspace: Workspace) -> None:
    said = FactChange("appeal", False, 1, 0, {"appeal": 1}, (7,)).sentences()
    assert said == [
        "Recorded: appeal (fact 7).",
        "An appeal waits in the review queue until a person decides it and records a ruling.",
    ]
    assert FactChange("x.csv", True, 3, 0, {"appeal": 1, "paid_elsewhere": 2}).sentences()[0] == (
        "Would be recorded: 3 facts (1 appeal, 2 paid elsewhere)."
    )
