"""A term's requests go to the college in a folder that is made once: what is in it, what comes later, and what a crash leaves."""

import csv
import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader
from sqlalchemy.exc import DBAPIError
from sqlmodel import select, text

from countersign import delivered
from countersign.desk.reconciling import differences
from countersign.errors import CountersignError, Outage, UsageError
from countersign.issuance import credit as drawer
from countersign.issuance import credit_batch as room
from countersign.issuance import credit_requests_due, deliver_batches, issue_credit_requests
from countersign.issuance.credit_life import Said, record_step
from countersign.issuance.credit_steps import Step
from countersign.matching.sheet import open_sheet
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import CreditTerms, Rules
from models.tables import CreditBatch, CreditBatchLine, CreditRequest
from models.words import CreditState
from tests.issuance.conftest import AGREEMENT, grant_in, killed, rules_of

AllRules = tuple[Rules, ...]
FALL = "Fall 2026"


def a_few_bytes(printed: dict[str, Any], _folders: Any) -> bytes:
    return f"%PDF {printed['number']}".encode()


def full(*_: Any) -> None:
    raise OSError(28, "No space left on device")


@pytest.fixture(autouse=True)
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a request looks like is test_credit's to see; here its paper is a few bytes, each its own."""
    monkeypatch.setattr(drawer, "draw_credit_request", a_few_bytes)


def rules_for(**terms: Any) -> AllRules:
    college = AGREEMENT["grants"][1]
    return (rules_of(AGREEMENT | {"grants": [college | {"credit_request": college["credit_request"] | terms}]}),)


IN_FALL = rules_for(term=FALL)


def ask(store: Store, workspace: Workspace, now: datetime, rules: AllRules = IN_FALL, **changes: Any) -> CreditRequest:
    """A request, granted and drawn."""
    grant_in(store, currency="graduate_credit", **changes)
    (made,) = issue_credit_requests(store, workspace, rules, credit_requests_due(store, rules), now)
    with store.reading() as session:
        return session.get_one(CreditRequest, made)


def deliver(
    store: Store, workspace: Workspace, now: datetime, rules: AllRules = IN_FALL, term: str = FALL, **more: Any
) -> Any:
    (one,) = deliver_batches(store, workspace, rules, term, now, "Robin Sample", **more)
    return one


def rows(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / "requests.csv").read_text(encoding="utf-8-sig"), newline="")))


def faults(store: Store, workspace: Workspace) -> list[str]:
    """What reconcile finds, but for the ledger, which these tests leave empty."""
    return [d.sentence for d in differences(store, workspace) if "the ledger has no line" not in d.sentence]


def withdraw(store: Store, request: CreditRequest, now: datetime) -> None:
    with store.transaction() as session:
        row = session.get_one(CreditRequest, request.id)
        step = Step(CreditState.withdrawn, date(2026, 10, 2), note="The educator changed her mind.")
        record_step(session, row, step, Said("Robin Sample", now, "countersign credit"))


def test_a_batch_has_cover_table_requests_and_a_manifest_that_holds(
    any_store: Store, workspace: Workspace, now: datetime
) -> None:
    mine = ask(any_store, workspace, now, wishes={"payer": "self"})
    theirs = ask(any_store, workspace, now, name=("Ngọc", "Ánh"), wishes={"payer": "district"})
    made = deliver(any_store, workspace, now, term="  fall 2026 ")
    assert (made.delivery, made.path) == (1, "outbox/credit-requests/lakeview-university-fictional/fall-2026")
    folder = workspace.root / made.path
    names = {"cover.pdf", "requests.csv", "manifest.json", f"{mine.number}.pdf", f"{theirs.number}.pdf"}
    assert {p.name for p in folder.iterdir()} == names
    assert (folder / f"{mine.number}.pdf").read_bytes() == any_store.evidence.get(mine.sha256)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert {n: f["sha256"] for n, f in manifest["files"].items()} == {
        n: delivered.sha256((folder / n).read_bytes()) for n in names - {"manifest.json"}
    }
    assert (
        manifest["totals"]
        == made.totals
        == {
            "requests": 2,
            "withdrawn": 0,
            "credits": "2",
            "payers": {
                "self": {"requests": 1, "fees": {"USD": "125.00"}},
                "district": {"requests": 1, "fees": {"USD": "125.00"}},
            },
        }
    )
    pdf = PdfReader(folder / "cover.pdf")
    said = " ".join(" ".join(page.extract_text().split()) for page in pdf.pages)
    for words in (
        "Lakeview University (fictional)", FALL, mine.number, theirs.number, "Ngọc Ánh", "$250.00", "The educator 1 $125.00",
        "The school district 1 $125.00", "Signatures", "Received, for the registrar", "sha-256", "requests.csv",
    ):  # fmt: skip
        assert words.casefold() in said.casefold()
    assert faults(any_store, workspace) == []


def test_the_table_is_one_that_excel_reads_and_that_comes_back(
    store: Store, workspace: Workspace, now: datetime
) -> None:
    request = ask(store, workspace, now, name=("=HYPERLINK(1)", "Ánh"), title="@SUM(A1)")
    folder = workspace.root / deliver(store, workspace, now).path
    content = (folder / "requests.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n") == 2
    (row,) = rows(folder)
    assert (row["legal_name"], row["title"]) == ("'=HYPERLINK(1) Ánh", "'@SUM(A1)")
    assert (row["fee"], row["fee_currency"], row["payer"]) == ("125.00", "USD", "Not said yet")
    assert (row["state"], row["date"], row["sha256"]) == ("requested", "", request.sha256)
    book = openpyxl.Workbook()
    for cells in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        book.active.append(cells)  # pyright: ignore[reportOptionalMemberAccess]
    assert all(cell.data_type != "f" for line in book.active.iter_rows() for cell in line)  # pyright: ignore[reportOptionalMemberAccess]
    with open_sheet(folder / "requests.csv", ("request_number", "state"), ("request_number", "state")) as sheet:
        assert len(list(sheet.rows)) == 1


def test_a_delivered_batch_never_changes_and_what_comes_later_goes_into_a_further_one(
    any_store: Store, workspace: Workspace, now: datetime
) -> None:
    first = ask(any_store, workspace, now)
    one = deliver(any_store, workspace, now)
    before = {p.name: p.read_bytes() for p in (workspace.root / one.path).iterdir()}
    again = deliver(any_store, workspace, now + timedelta(days=1))
    assert (again.delivery, again.path) == (0, "")
    second = ask(any_store, workspace, now)
    withdraw(any_store, first, now)
    two = deliver(any_store, workspace, now + timedelta(days=2))
    assert (two.delivery, two.path) == (2, f"{one.path}-delivery-2")
    assert [(r["request_number"], r["state"], r["note"], r["file"]) for r in rows(workspace.root / two.path)] == [
        (second.number, "requested", "", f"{second.number}.pdf"),
        (first.number, "withdrawn", "The educator changed her mind.", ""),
    ]
    cover = PdfReader(workspace.root / two.path / "cover.pdf").pages[0].extract_text()
    assert "delivery 2 of this term" in cover
    assert "The educator changed her mind." in cover
    assert {p.name: p.read_bytes() for p in (workspace.root / one.path).iterdir()} == before
    assert deliver(any_store, workspace, now + timedelta(days=3)).delivery == 0
    for statement in (
        "UPDATE credit_batch SET term = 'x'",
        "DELETE FROM credit_batch_line",
        "DELETE FROM credit_event",
    ):
        with pytest.raises(DBAPIError, match="append only"), any_store.transaction() as session:
            session.connection().execute(text(statement))


def test_a_request_withdrawn_before_it_was_sent_is_in_no_batch(
    store: Store, workspace: Workspace, now: datetime
) -> None:
    gone, kept = ask(store, workspace, now), ask(store, workspace, now)
    withdraw(store, gone, now)
    assert [r["request_number"] for r in rows(workspace.root / deliver(store, workspace, now).path)] == [kept.number]


def test_a_dry_run_shows_and_writes_nothing(store: Store, workspace: Workspace, now: datetime) -> None:
    ask(store, workspace, now)
    shown = deliver(store, workspace, now, dry_run=True)
    assert (shown.delivery, shown.dry_run, shown.totals["requests"]) == (1, True, 1)
    assert not (workspace.root / shown.path).exists()
    with store.reading() as session:
        assert session.exec(select(CreditBatch)).all() == []
    assert deliver(store, workspace, now).path == shown.path


def test_a_term_that_nobody_asked_for_names_those_that_wait(store: Store, workspace: Workspace, now: datetime) -> None:
    ask(store, workspace, now)
    with pytest.raises(UsageError, match=r"“Spring 2027”.*Requests that wait are for: Fall 2026"):
        deliver(store, workspace, now, term="Spring 2027")
    with pytest.raises(UsageError, match="at Elsewhere College"):
        deliver(store, workspace, now, college="Elsewhere College")


TERMS = {
    "terms": [
        {"name": "Summer 2026", "from": "2026-05-01", "until": "2026-10-01"},
        {"name": FALL, "from": "2026-10-02", "until": "2026-12-31"},
    ]
}


@pytest.mark.parametrize(("day", "term"), [(-1, "Summer 2026"), (0, FALL), (90, FALL), (91, "")])
def test_the_day_of_the_request_chooses_its_term(
    store: Store, workspace: Workspace, now: datetime, day: int, term: str
) -> None:
    made = ask(store, workspace, now + timedelta(days=day), rules_for(**TERMS))
    assert made.printed["term"] == term


def test_a_request_whose_paper_names_no_term_finds_one_when_the_agreement_does(
    store: Store, workspace: Workspace, now: datetime
) -> None:
    made = ask(store, workspace, now, rules_for())
    assert made.printed["term"] == ""
    with pytest.raises(UsageError, match="1 names no term"):
        deliver(store, workspace, now, rules_for())
    assert deliver(store, workspace, now, rules_for(**TERMS)).totals["requests"] == 1


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ([("A", "2026-01-01", "2026-06-30"), ("B", "2026-06-30", "2026-12-31")], '"A" and "B" both have 2026-06-30'),
        ([("A", "2026-01-01", "2026-06-30"), ("a ", "2026-07-01", "2026-12-31")], 'two terms have the name "a "'),
        ([("A", "2026-06-30", "2026-01-01")], "until 2026-01-01 is before from 2026-06-30"),
    ],
)
def test_terms_that_overlap_or_share_a_name_are_refused(terms: list[tuple[str, str, str]], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        CreditTerms.model_validate({"college": "C", "terms": [{"name": n, "from": f, "until": u} for n, f, u in terms]})


def test_what_is_in_doubt_is_not_sent(store: Store, workspace: Workspace, now: datetime) -> None:
    from countersign import review
    from models.words import Owner

    doubted = ask(store, workspace, now)
    with store.transaction() as session:
        review.hold(
            session,
            subject=f"case:{doubted.case_id}",
            code="unclear",
            sentence="s",
            next_step="n",
            owner=Owner.staff,
            now=now,
        )
    shown = deliver(store, workspace, now)
    assert (shown.delivery, shown.in_doubt) == (0, (doubted.number,))
    other = ask(store, workspace, now)
    made = deliver(store, workspace, now)
    assert [r["request_number"] for r in rows(workspace.root / made.path)] == [other.number]


def test_two_colleges_whose_folders_would_be_one_are_refused(store: Store, workspace: Workspace, now: datetime) -> None:
    ask(store, workspace, now, rules_for(term=FALL, college="Lake View"))
    deliver(store, workspace, now)
    ask(store, workspace, now, rules_for(term=FALL, college="Lake-View"))
    with pytest.raises(UsageError, match="would share the folder outbox/credit-requests/lake-view/fall-2026"):
        deliver_batches(store, workspace, IN_FALL, FALL, now, "Robin", college="Lake-View")


def test_a_college_named_like_a_year_lies_beside_the_years(store: Store, workspace: Workspace, now: datetime) -> None:
    ask(store, workspace, now, rules_for(term=FALL, college="2026"))
    assert deliver(store, workspace, now).path == "outbox/credit-requests/college-2026/fall-2026"


CRASHES: list[tuple[str, Callable[[pytest.MonkeyPatch], None]]] = [
    ("before the folder is written", lambda patch: patch.setattr(room.delivered, "place", killed)),
    ("before the row is written", lambda patch: patch.setattr(room.audit, "record", killed)),
]


@pytest.mark.parametrize("crash", CRASHES, ids=[name for name, _ in CRASHES])
def test_a_run_killed_before_the_folder_is_in_place_has_left_nothing(
    store: Store, workspace: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch, crash: Any
) -> None:
    ask(store, workspace, now)
    with monkeypatch.context() as patch:
        crash[1](patch)
        with pytest.raises(KeyboardInterrupt):
            deliver(store, workspace, now)
    with store.reading() as session:
        assert session.exec(select(CreditBatchLine)).all() == []
    assert deliver(store, workspace, now).delivery == 1


def killed_after_the_folder(store: Store, workspace: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    place = delivered.place

    def placed_and_killed(*args: Any) -> None:
        place(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(room.delivered, "place", placed_and_killed)
        with pytest.raises(KeyboardInterrupt):
            deliver(store, workspace, now)


def test_a_folder_that_a_killed_run_left_is_taken_when_every_byte_agrees(
    store: Store, workspace: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(store, workspace, now)
    killed_after_the_folder(store, workspace, now, monkeypatch)
    folder = workspace.root / "outbox/credit-requests/lakeview-university-fictional/fall-2026"
    left = {p.name: p.read_bytes() for p in folder.iterdir()}
    later = ask(store, workspace, now)  # not in the folder: it goes with the next delivery
    made = deliver(store, workspace, now + timedelta(days=1))
    assert (made.delivery, made.totals["requests"]) == (1, 1)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == left
    assert [r["request_number"] for r in rows(workspace.root / deliver(store, workspace, now).path)] == [later.number]
    assert faults(store, workspace) == []


def test_a_folder_that_comes_out_differently_is_moved_aside(
    store: Store, workspace: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, kept = ask(store, workspace, now), ask(store, workspace, now)
    killed_after_the_folder(store, workspace, now, monkeypatch)
    withdraw(store, gone, now)
    made = deliver(store, workspace, now)
    assert [r["request_number"] for r in rows(workspace.root / made.path)] == [kept.number]
    assert len(list((workspace.root / made.path).parent.iterdir())) == 2


def test_two_at_once_make_one_batch(any_store: Store, workspace: Workspace, now: datetime) -> None:
    ask(any_store, workspace, now)

    def one(_number: int) -> int:
        return deliver(any_store, workspace, now).delivery

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(one, range(2)))
    assert sorted(made) == [0, 1]


def test_the_cover_is_drawn_while_others_may_write(
    any_store: Store, workspace: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite would make the second writer wait for half a minute, and then refuse it."""
    first = ask(any_store, workspace, now)
    meanwhile: list[CreditRequest] = []
    files_of = room.files_of

    def drawn(*args: Any) -> dict[str, bytes]:
        if not meanwhile:
            meanwhile.append(ask(any_store, workspace, now))
        return files_of(*args)

    monkeypatch.setattr(room, "files_of", drawn)
    made = deliver(any_store, workspace, now)
    assert made.totals["requests"] == 2  # what came meanwhile is in it
    assert {r["request_number"] for r in rows(workspace.root / made.path)} == {first.number, meanwhile[0].number}
    assert faults(any_store, workspace) == []


def test_a_dry_run_waits_for_no_writer(store: Store, workspace: Workspace, now: datetime) -> None:
    ask(store, workspace, now)
    with store.transaction() as session:
        session.connection().execute(text("UPDATE credit_request SET path = path"))
        assert deliver(store, workspace, now, dry_run=True).delivery == 1


def test_a_damaged_batch_is_noticed(store: Store, workspace: Workspace, now: datetime) -> None:
    ask(store, workspace, now)
    folder = workspace.root / deliver(store, workspace, now).path
    (folder / "requests.csv").write_text("changed", encoding="utf-8")
    (said,) = faults(store, workspace)
    assert "Credit batch Lakeview University (fictional) Fall 2026" in said
    assert "requests.csv was changed" in said


def test_a_lost_request_or_a_full_disk_writes_no_half_of_a_batch(
    store: Store, workspace: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask(store, workspace, now)
    path = store.evidence.path(request.sha256)
    content = path.read_bytes()
    path.unlink()
    with pytest.raises(CountersignError, match="cannot be read"):
        deliver(store, workspace, now)
    path.write_bytes(content)
    with monkeypatch.context() as patch:
        patch.setattr(delivered, "_write", full)
        with pytest.raises(Outage, match="No space left"):
            deliver(store, workspace, now)
    college = workspace.root / "outbox/credit-requests/lakeview-university-fictional"
    assert not college.exists() or list(college.iterdir()) == []
