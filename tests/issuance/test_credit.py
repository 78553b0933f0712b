"""Requests for college credit: a registrar's form with the one fee in force, or a held case that says why not."""

import io
import re
import subprocess
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from countersign.desk.reconciling import differences
from countersign.issuance import credit as room
from countersign.issuance import credit_requests_due, issue_certificates, issue_credit_requests, withdraw_papers
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import AuditEntry, CreditRequest, DecisionRecord, ReviewItem
from tests.issuance.conftest import AGREEMENT, Grant, decide_again, grant_in, killed, rules_of
from tests.issuance.test_drawing import LONG_NAME, LONG_TITLE

AllRules = tuple[Rules, ...]


def night(store: Store, workspace: Workspace, rules: AllRules, now: datetime) -> list[int]:
    return issue_credit_requests(store, workspace, rules, credit_requests_due(store, rules), now)


def the_request(store: Store) -> CreditRequest:
    with store.reading() as session:
        return session.exec(select(CreditRequest)).one()


def the_item(store: Store) -> ReviewItem:
    with store.reading() as session:
        return session.exec(select(ReviewItem).where(col(ReviewItem.closed_at).is_(None))).one()


def words(store: Store) -> str:
    """The request's first page, as text; it has a second one only where the district is to pay."""
    made = the_request(store)
    pdf = PdfReader(io.BytesIO(store.evidence.get(made.sha256)))
    assert len(pdf.pages) == 1 + ("registration" in made.printed)
    assert [float(x) for x in pdf.pages[0].mediabox[2:]] == [612, 792]
    return " ".join(pdf.pages[0].extract_text().split())


def rules_with(**terms: Any) -> AllRules:
    college = AGREEMENT["grants"][1]
    changed = {k: v for k, v in (college["credit_request"] | terms).items() if v is not None}
    return (rules_of(AGREEMENT | {"grants": [college | {"credit_request": changed}]}),)


FEE = {"amount": 150, "unit": "USD", "source": "Another page"}


def test_a_granted_credit_becomes_a_form_for_the_registrar(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    decision = grant_in(any_store, currency="graduate_credit", wishes={"credit": True, "payer": "district"})
    assert credit_requests_due(any_store, rules) == [decision]
    assert night(any_store, workspace, rules, now) == [1]
    made = the_request(any_store)
    assert (made.state, made.agreement, made.requested_on) == ("requested", "vt-demo", date(2026, 10, 2))
    assert made.number.startswith("CR-VT-2026-")
    assert made.path == f"outbox/credit-requests/2026/{made.number}.pdf"
    assert (workspace.root / made.path).read_bytes() == any_store.evidence.get(made.sha256)
    said = words(any_store)
    for text in (
        made.number,
        "Lakeview University (fictional)",
        "Legal name Alexandra Tremblay",
        "alexandra@demo.example",
        "Creating a Classroom Culture of Belonging",
        "https://badges.nea.example/assertions/",
        "verified by Demo Education Association on September 28, 2026",
        "1 (one) credit",
        "EDU 590",
        "$125.00 (source: Fee table 2026-27)",
        "The educator’s school district",
        "I ask for this credit",
        "Signature of Alexandra Tremblay",
        "October 2, 2026",
        "not a transcript",
    ):
        assert text in said
    assert "state:" not in said
    assert "95.00" not in said
    with any_store.reading() as session:
        assert session.exec(select(AuditEntry.action)).all() == ["credit request issued"]


def test_a_second_night_finds_nothing_to_do(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    decision = grant_in(any_store, currency="graduate_credit")
    night(any_store, workspace, rules, now)
    before: dict[str, Any] = the_request(any_store).model_dump()
    assert credit_requests_due(any_store, rules) == []
    assert issue_credit_requests(any_store, workspace, rules, [decision], now) == []
    assert the_request(any_store).model_dump() == before
    del before["id"]
    before["number"] = "another"
    with pytest.raises(IntegrityError), any_store.transaction() as session:
        session.add(CreditRequest(**before))


def test_a_run_killed_before_drawing_is_finished_by_the_next_one(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant(currency="graduate_credit")
    with monkeypatch.context() as patch:
        patch.setattr(room, "draw_credit_request", killed)
        with pytest.raises(KeyboardInterrupt):
            night(store, workspace, rules, now)
    planned = the_request(store)
    assert night(store, workspace, rules, now) == [planned.id]
    assert the_request(store).number == planned.number
    assert the_request(store).printed == planned.printed


@pytest.mark.parametrize(
    ("wishes", "line"),
    [
        ({"payer": "self"}, "Payer The educator"),
        ({"payer": "district"}, "The educator’s school district"),
        ({}, "Mark one: the educator the school district"),
        ({"payer": "my neighbour"}, "Mark one:"),
    ],
)
def test_the_payer_is_who_the_educator_said_or_a_box_to_mark(
    store: Store,
    workspace: Workspace,
    rules: AllRules,
    grant: Grant,
    now: datetime,
    wishes: dict[str, Any],
    line: str,
) -> None:
    grant(currency="graduate_credit", wishes=wishes)
    night(store, workspace, rules, now)
    assert line in words(store)


def test_a_stranger_does_not_say_who_pays(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant(currency="graduate_credit", wishes={"payer": "self"}, sender="troll@elsewhere.example")
    night(store, workspace, rules, now)
    assert "Mark one:" in words(store)


def test_what_is_not_known_is_a_line_to_fill_in(
    store: Store, workspace: Workspace, grant: Grant, now: datetime
) -> None:
    grant(currency="graduate_credit", address="")
    night(store, workspace, rules_with(course=None), now)
    made = the_request(store).printed
    assert (made["contact"], made["course"], made["term"]) == ("", "", "")
    assert "Course Term" in words(store)


@pytest.mark.parametrize(
    ("fees", "sentence"),
    [
        ([], "No fee was in force on September 28, 2026, the day it was submitted."),
        ([FEE | {"until": "2026-09-27"}], "No fee was in force"),
        ([FEE | {"from": "2026-09-29"}], "No fee was in force"),
        (
            [FEE, FEE | {"amount": 125}],
            "2 fees were in force on September 28, 2026, the day it was submitted: $150.00 (Another page); $125.00",
        ),
    ],
)
def test_without_exactly_one_fee_in_force_nothing_is_printed(
    store: Store, workspace: Workspace, grant: Grant, now: datetime, fees: list[dict[str, Any]], sentence: str
) -> None:
    grant(currency="graduate_credit")
    assert night(store, workspace, rules_with(fees=fees), now) == []
    item = the_item(store)
    assert (item.code, item.owner) == ("fee_uncertain", "staff")
    assert sentence in item.sentence
    assert "set from and until" in item.next_step
    assert not (workspace.outbox / "credit-requests").exists()
    assert night(store, workspace, rules_with(), now) == [1]
    with store.reading() as session:
        assert session.exec(select(ReviewItem).where(col(ReviewItem.closed_at).is_(None))).first() is None


@pytest.mark.parametrize("span", [{"from": "2026-09-28", "until": "2026-09-28"}, {"until": "2026-09-28"}])
def test_the_fee_is_that_of_the_day_it_was_submitted_whenever_the_request_is_drawn(
    store: Store, workspace: Workspace, grant: Grant, now: datetime, span: dict[str, str]
) -> None:
    grant(currency="graduate_credit")  # half past eleven at night on September 28 in Vermont
    fees = [FEE | span, FEE | {"amount": 300, "from": "2026-09-29"}]
    assert night(store, workspace, rules_with(fees=fees), now) == [1]
    made = the_request(store)
    assert (made.requested_on, made.printed["fee"]) == (
        date(2026, 10, 2),
        {"amount": "$150.00", "source": "Another page"},
    )
    assert "$150.00 (source: Another page)" in words(store)


def test_what_the_bank_gave_out_again_has_the_fee_of_the_day_it_counts_from(
    store: Store, workspace: Workspace, grant: Grant, now: datetime
) -> None:
    cap = {"count": 1, "per": "year", "counted_by": "submitted", "order": "submitted", "overflow": "bank"}
    college = AGREEMENT["grants"][1]
    fees = [FEE | {"until": "2027-06-30"}, FEE | {"amount": 300, "from": "2027-07-01"}]
    terms = college | {"cap": cap, "credit_request": college["credit_request"] | {"fees": fees}}
    banking = (rules_of(AGREEMENT | {"grants": [terms]}),)
    grant(currency="graduate_credit", effective_on=date(2027, 7, 1))
    assert night(store, workspace, banking, now.replace(year=2027)) == [1]
    assert the_request(store).printed["fee"]["amount"] == "$300.00"


def test_a_college_that_takes_no_fee_gets_its_request_and_it_says_so(
    store: Store, workspace: Workspace, grant: Grant, now: datetime
) -> None:
    grant(currency="graduate_credit")
    assert night(store, workspace, rules_with(fees=None, no_fee="Letter of the registrar, 2026"), now) == [1]
    assert "no fee (source: Letter of the registrar, 2026)" in words(store)


def test_a_case_that_is_not_proven_any_more_is_held(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant(currency="graduate_credit", verdict="held")
    assert night(store, workspace, rules, now) == []
    assert "no verdict that proves" in the_item(store).sentence


def test_printing_a_certificate_does_not_close_the_credit_request_s_hold(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    decision = grant(currency="graduate_credit")
    night(store, workspace, rules_with(fees=[]), now)
    with store.transaction() as session:
        old: dict[str, Any] = session.get_one(DecisionRecord, decision).model_dump(exclude={"id"})
        hours: dict[str, Any] = {
            "currency": "state_cpd",
            "clause": "15-hour certificate",
            "quantity": Decimal(15),
            "unit": "hour",
        }
        other = DecisionRecord(**{**old, **hours})
        session.add(other)
        session.flush()
    assert len(issue_certificates(store, workspace, rules, [other.id], now)) == 1
    assert the_item(store).code == "fee_uncertain"


@pytest.mark.parametrize("title", ["Inquiry in the Library", LONG_TITLE])
def test_the_registrar_has_room_to_write(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, title: str
) -> None:
    grant(currency="graduate_credit", title=title)
    night(store, workspace, rules, now)
    sheet = workspace.root / the_request(store).path
    read = subprocess.run(["pdftotext", "-bbox", str(sheet), "-"], capture_output=True, check=True).stdout.decode()
    words_at = [
        (float(y), float(end), word) for y, end, word in re.findall(r'yMin="([\d.]+)".*?yMax="([\d.]+)">(.*?)<', read)
    ]
    label = max(end for _, end, word in words_at if word == "Accepted")
    below = min(y for y, _, _ in words_at if y > label)
    assert below - label > 0.33 * 72
    (heading,) = [n for n, (_, _, word) in enumerate(words_at) if word == "Education" and n < 3]
    assert [word for _, _, word in words_at[heading - 1 : heading + 2]] == ["Demo", "Education", "Association"]


def test_the_form_stays_one_page_with_the_longest_names(
    store: Store, workspace: Workspace, grant: Grant, now: datetime
) -> None:
    grant(currency="graduate_credit", title=LONG_TITLE, name=(LONG_NAME, ""), assertion="urn:x:" + "0123456789" * 29)
    night(store, workspace, rules_with(college="The University of a Very Long Name " * 6), now)
    assert "Broadband" in words(store)


def test_a_name_no_font_can_print_is_held(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant(currency="graduate_credit", name=("𓂀", "𓃠"))
    assert night(store, workspace, rules, now) == []
    assert the_item(store).code == "credit_glyphs_missing"


def test_what_rested_on_what_was_taken_back_is_withdrawn_and_granted_again_there_is_another(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    decision = grant_in(any_store, currency="graduate_credit")
    night(any_store, workspace, rules, now)
    first = the_request(any_store)
    decision = decide_again(any_store, decision, outcome="refused", quantity=0)
    assert withdraw_papers(any_store, workspace, now) == [first.number]
    assert withdraw_papers(any_store, workspace, now) == []
    gone = the_request(any_store)
    assert (gone.state, gone.path) == ("withdrawn", f"outbox/credit-requests/2026/withdrawn/{first.number}.pdf")
    assert (workspace.root / gone.path).read_bytes() == any_store.evidence.get(first.sha256)
    assert not (workspace.root / first.path).exists()
    assert credit_requests_due(any_store, rules) == []
    assert list(differences(any_store, workspace)) == []
    with any_store.reading() as session:
        last = session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc())).first()
        assert last is not None
        assert (last.action, last.subject) == ("credit request withdrawn", f"credit_request:{first.id}")
    decide_again(any_store, decision, outcome="granted", quantity=1)
    assert night(any_store, workspace, rules, now) == [2]
    assert withdraw_papers(any_store, workspace, now) == []
    with any_store.reading() as session:
        assert session.exec(select(CreditRequest.state).order_by(col(CreditRequest.id))).all() == [
            "withdrawn",
            "requested",
        ]
