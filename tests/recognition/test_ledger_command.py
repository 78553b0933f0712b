"""`countersign ledger` and `reconcile` on a store: the accounts of a person or a case, and what does not agree."""

import json

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from countersign.cli import app
from countersign.desk.ledger import educator_ledgers, ledger_lines
from countersign.desk.reconciling import differences
from countersign.errors import UsageError
from countersign.reporting import close_month
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import Educator
from tests.recognition.builders import chicago, teacher
from tests.recognition.nights import NOW, PAID, add, lines, night, seven
from tests.reporting.outcome import DECEMBER, NOVEMBER, one
from tests.reporting.town import Town, agreement

JULY = chicago("2025-07-02 02:00")


def member(store: Store, educator: int) -> str:
    with store.reading() as session:
        return session.get_one(Educator, educator).member_number


def about_the_ledger(store: Store, workspace: Workspace) -> list[str]:
    """What reconcile says, without the files of submissions that these tests do not have."""
    said = (found.sentence for found in differences(store, workspace))
    return [s for s in said if not s.startswith(("submission", "the credential", "log of hours"))]


def meddle(store: Store, *statements: str) -> None:
    """Change the books past the triggers, as somebody with the file could."""
    with store.transaction() as session:
        for name in ("posting_keeps_the_books", "posting_refuses_update", "posting_refuses_delete"):
            session.connection().execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            session.connection().execute(text(statement))


def test_the_ledger_of_an_educator_reads_like_a_statement_of_account(store: Store) -> None:
    educator = add(store, teacher(), seven())
    night(store, PAID, NOW)
    night(store, PAID, JULY)
    (found,) = educator_ledgers(store, member(store, educator))
    said = "\n".join(ledger_lines(found))
    assert "CUSD 200, pay, granted: 2024-25, in USD" in said
    assert "  0.00 opening + 1250.00 new + 0.00 adjusted - 0.00 reversed = 1250.00 closing" in said
    assert "CUSD 200, pay, granted: 2025-26, in USD" in said
    assert "  1250.00 opening + 500.00 new + 0.00 adjusted - 0.00 reversed = 1750.00 closing" in said
    assert "  0 opening + 2 new + 0 adjusted - 2 reversed = 0 closing" in said
    assert "CUSD 200, district professional development hours, granted: 2024-25, in hour" in said
    assert "  0 opening + 56 new + 0 adjusted - 0 reversed = 56 closing" in said
    assert max(len(row) for row in said.splitlines()) <= 80
    assert found.differences == ()


def test_the_ledger_of_a_case_has_its_lines_alone(store: Store) -> None:
    add(store, teacher(), seven())
    night(store, PAID, NOW)
    night(store, PAID, JULY)
    six = sorted({row[0] for row in lines(store)})[5]
    (found,) = educator_ledgers(store, f"C-{six}")
    assert {e.case for s in found.statements for e in s.entries} == {six}
    assert [(s.account.side, s.account.unit, s.closing) for s in found.statements] == [
        ("granted", "hour", 8),
        ("banked", "micro-credential", 0),
        ("granted", "USD", 250),
    ]


def test_a_case_that_was_given_to_another_shows_both_accounts(store: Store) -> None:
    town = Town(store)
    wrong, right = town.person("Avery Wrong"), town.person("Avery Right")
    posting = town.hours(wrong)
    with store.transaction() as session:
        session.connection().execute(text(f'UPDATE "case" SET educator_id = {right}'))
    decision = town.decide(1, educator=right)
    town.take_back(decision, posting)
    town.post(decision, "")
    found = educator_ledgers(store, "C-1")
    assert [(f.name, f.statements[0].closing, f.differences) for f in found] == [
        ("Avery Right", 8, ()),
        ("Avery Wrong", 0, ()),
    ]


@pytest.mark.parametrize(
    ("of", "sentence"),
    [
        ("C-99", "There is no case C-99."),
        ("C-one", "'C-one' is not a case."),
        ("nobody", "Nobody on the roster has the member number nobody."),
    ],
)
def test_whoever_is_not_there_is_said(store: Store, of: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        educator_ledgers(store, of)


def test_the_command_prints_the_account_and_ends_with_1_when_it_does_not_balance(
    store: Store, workspace: Workspace
) -> None:
    educator = add(store, teacher(), seven()[:1])
    night(store, PAID, NOW)
    at = ["ledger", member(store, educator), "--workspace", str(workspace.root)]
    done = CliRunner().invoke(app, at)
    assert done.exit_code == 0
    assert "250.00 closing" in done.output
    meddle(store, "UPDATE posting SET quantity = '300.0000' WHERE unit = 'USD'")
    done = CliRunner().invoke(app, [*at, "--json"])
    (found,) = json.loads(done.output)
    assert done.exit_code == 1
    assert found["statements"][1]["closing"] == "300.0000"
    assert found["statements"][1]["lines"][0]["turn"] == "new"
    assert "closing 300.00 USD; the decisions in force come to 250.00 USD" in found["differences"][0]


def test_somebody_without_lines_has_an_empty_ledger(store: Store) -> None:
    educator = add(store, teacher(), [])
    (found,) = educator_ledgers(store, member(store, educator))
    assert list(ledger_lines(found))[1] == "The ledger has no line."


def test_reconcile_finds_nothing_in_books_that_balance(store: Store, workspace: Workspace) -> None:
    add(store, teacher(), seven())
    night(store, PAID, NOW)
    night(store, PAID, JULY)
    assert about_the_ledger(store, workspace) == []


def test_reconcile_says_which_account_does_not_balance_and_where(store: Store, workspace: Workspace) -> None:
    educator = add(store, teacher(), seven())
    night(store, PAID, NOW)
    first = min(row[0] for row in lines(store))
    meddle(store, f"DELETE FROM posting WHERE case_id = {first} AND unit = 'USD'")
    assert about_the_ledger(store, workspace) == [
        f"Educator {educator}, CUSD 200, pay, granted, 2024-25: opening 0.00 USD, new 1000.00 USD, adjustments 0.00 USD, "
        f"reversals 0.00 USD, closing 1000.00 USD; the decisions in force come to 1250.00 USD in this period (apart in C-{first})."
    ]


@pytest.fixture
def rules() -> list[Rules]:
    return [agreement()]


def delivered(store: Store, workspace: Workspace, rules: list[Rules]) -> None:
    """Two months delivered: hours, money, and in November one line taken back."""
    town = Town(store)
    avery = town.person()
    first = town.hours(avery)
    town.pay(avery, pay_month="2026-10")
    one(close_month(store, workspace, rules, "2026-10", NOVEMBER))
    town.reverse(first)
    one(close_month(store, workspace, rules, "2026-11", DECEMBER))


def test_what_hr_was_given_agrees_with_the_ledger(store: Store, workspace: Workspace, rules: list[Rules]) -> None:
    delivered(store, workspace, rules)
    assert not [s for s in about_the_ledger(store, workspace) if "HR" in s]


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (
            ["UPDATE posting SET quantity = '250.0000' WHERE unit = 'USD'"],
            "HR package CUSD 200 2026-10 comes to 200.00 USD, and its lines in the ledger to 250.00 USD.",
        ),
        (
            ["DROP TRIGGER package_line_refuses_delete", "DELETE FROM package_line WHERE posting_id = 2"],
            "HR package CUSD 200 2026-10 says it has 2 lines, and the ledger gave it 1.",
        ),
        (
            ["DROP TRIGGER package_line_refuses_delete", "DELETE FROM package_line WHERE posting_id = 1"],
            "HR's line 2026-11-000003 takes back line 1 of the ledger, which HR was not given before.",
        ),
        (
            [
                "DROP TRIGGER package_refuses_update",
                """UPDATE package SET totals = replace(totals, '"opening": "8"', '"opening": "9"') WHERE month = '2026-11'""",
            ],
            "HR package CUSD 200 2026-11 does not open with what the package before it closed with.",
        ),
    ],
    ids=["an amount", "a line of money", "a line that was taken back", "an opening"],
)
def test_what_hr_was_given_and_the_ledger_does_not_have_is_said(
    store: Store, workspace: Workspace, rules: list[Rules], statements: list[str], sentence: str
) -> None:
    delivered(store, workspace, rules)
    meddle(store, *statements)
    assert sentence in about_the_ledger(store, workspace)
