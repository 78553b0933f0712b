"""The public check page: one clear outcome for every number and every file, and nothing for who has neither."""

import io
import json
import re
from datetime import datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from sqlmodel import select

from countersign.console import application, comparing, telling
from countersign.console.comparing import MOST_CANDIDATES, MOST_NUMBERS, PIECE, numbers_in
from countersign.console.looking import Books
from countersign.issuance import issue_certificates, issue_credit_requests, read_number
from countersign.issuance.numbering import ALPHABET, new_number
from countersign.issuance.standing import Standing
from countersign.settings import PROGRAM as FOLDER
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import Certificate, CreditRequest
from tests.console.conftest import PROGRAM, Issue, Visitor, end, rewritten
from tests.issuance.conftest import grant_in


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.heading = ""
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._inside == "h1":
            self.heading += data


def read(page: str) -> _Text:
    parser = _Text()
    parser.feed(page)
    parser.close()
    return parser


def words(page: str) -> str:
    return " ".join(" ".join(read(page).words).split())


# ------------------------------------------------------------------------------------------------------------ by number


def test_a_certificate_that_counts_is_told_with_all_that_the_paper_must_say(visitor: Visitor, issue: Issue) -> None:
    made = issue()
    answer = visitor.get(f"/c/{made.number}")
    assert answer.status_code == 200
    assert read(answer.text).heading == "Valid"
    said = words(answer.text)
    for fact in (
        "Name Alexandra Tremblay",
        "Micro-credential Creating a Classroom Culture of Belonging",
        "Awarded by National Example Association",
        "Credited 15 (fifteen) hours",
        "Earned September 28, 2026",
        "Issued October 2, 2026",
        "Issued for Vermont educator license renewal",
        "Recognized by Demo Education Association",
        "Signed by Robin Sample, Director of Professional Learning",
        f"Certificate number {made.number}",
        f"Digital record of the award {made.printed['assertion']}",
        "It is not college credit",
        made.sha256,
    ):
        assert fact in said
    assert "0456.7821" not in said


@pytest.mark.parametrize(
    ("state", "heading"), [("revoked", "Revoked"), ("withdrawn", "Withdrawn"), ("replaced", "Replaced")]
)
def test_one_that_does_not_count_says_so_first_and_names_nobody(
    visitor: Visitor, issue: Issue, store: Store, now: datetime, state: str, heading: str
) -> None:
    made = issue()
    end(store, made, state, now)
    answer = visitor.get(f"/c/{made.number}")
    assert (answer.status_code, read(answer.text).heading) == (200, heading)
    assert "is not valid any more" in answer.text
    assert "Tremblay" not in answer.text
    assert made.printed["assertion"] not in answer.text
    assert json.loads(visitor.get(f"/c/{made.number}", headers=PROGRAM).text)["counts"] is False


def test_one_that_was_replaced_leads_to_the_one_that_counts_by_however_many_steps(
    visitor: Visitor, issue: Issue, store: Store, now: datetime
) -> None:
    first = issue()
    last = first
    for _ in range(3):
        end(store, last, "replaced", now)
        last = rewritten(store, new_number("VT", 2026), first, replaces_id=last.id)
    answer = visitor.get(f"/c/{first.number}")
    assert read(answer.text).heading == "Replaced"
    assert f'href="/c/{last.number}"' in answer.text
    assert read(visitor.get(f"/c/{last.number}").text).heading == "Valid"


def test_an_unknown_number_was_not_issued(visitor: Visitor) -> None:
    number = new_number("VT", 2026)
    answer = visitor.get(f"/c/{number}")
    assert answer.status_code == 404
    assert read(answer.text).heading == "We have not issued this."
    assert number in answer.text


def test_one_that_was_planned_and_not_drawn_was_not_issued(visitor: Visitor, issue: Issue, store: Store) -> None:
    planned = rewritten(store, new_number("VT", 2026), issue(), sha256="")
    assert visitor.get(f"/c/{planned.number}").status_code == 404


def test_the_books_say_the_same_on_every_database(
    any_store: Store, workspace: Workspace, rules: tuple[Rules, ...], now: datetime
) -> None:
    issue_certificates(any_store, workspace, rules, [grant_in(any_store)], now)
    with any_store.reading() as session:
        (made,) = session.exec(select(Certificate))
    books = Books(any_store, ZoneInfo("America/New_York"), now)
    assert books.by_number(made.number) == books.by_sha256(made.sha256)
    end(any_store, made, "replaced", now)
    newer = rewritten(any_store, new_number("VT", 2026), made, replaces_id=made.id)
    found = books.by_number(made.number)
    assert found is not None
    assert (found.standing.state, found.standing.replaced_by, found.printed) == ("replaced", newer.number, {})
    assert books.by_number(new_number("VT", 2026)) is None
    visitor = Visitor(application(any_store, workspace))
    assert read(visitor.get(f"/c/{newer.number}").text).heading == "Valid"


def test_the_number_of_a_credit_request_is_not_public(
    visitor: Visitor, store: Store, workspace: Workspace, rules: tuple[Rules, ...], now: datetime
) -> None:
    decision = grant_in(store, currency="graduate_credit", wishes={"credit": True, "payer": "self"})
    issue_credit_requests(store, workspace, rules, [decision], now)
    with store.reading() as session:
        (request,) = session.exec(select(CreditRequest))
    answer = visitor.get(f"/c/{request.number}")
    assert (answer.status_code, read(answer.text).heading) == (404, "We have not issued this.")
    assert "Tremblay" not in answer.text
    assert visitor.send((workspace.root / request.path).read_bytes()).status_code == 404


@pytest.mark.parametrize(
    "typed",
    ["VT-2026-7K3QM-XR2DW-9", "VT-2026", "nonsense", "ＶＴ-2026-7K3QM-XR2DW-8", "%F0%9F%8F%85", "%00", "%FF", "..%2F..%2Fetc%2Fpasswd", "'%20OR%201=1--", "A" * 400],
    ids=["wrong check character", "half", "word", "full width", "emoji", "nul", "not UTF-8", "traversal", "SQL", "long"],
)  # fmt: skip
def test_what_is_no_number_is_a_typing_error(visitor: Visitor, typed: str) -> None:
    for path in (f"/c/{typed}", f"/?number={typed}"):
        answer = visitor.get(path)
        assert answer.status_code in (400, 404)
        if "%2F" not in typed or "?" in path:
            assert read(answer.text).heading == "There is a typing error in this number."
    assert "Traceback" not in answer.text


def test_nothing_typed_asks_for_the_number(visitor: Visitor) -> None:
    answer = visitor.get("/?number=%20")
    assert (answer.status_code, read(answer.text).heading) == (400, "No number was typed.")


def test_a_typed_number_is_forgiven_its_spelling_and_has_one_address(visitor: Visitor, issue: Issue) -> None:
    number = issue().number
    careless = number.lower().replace("-", " - ")
    for path in (f"/?number={careless}", f"/c/{careless}", f"/c/{number.lower()}", f"/?number={number}"):
        answer = visitor.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/c/{number}")
    prefix, year, *chance = number.split("-")
    for spelling in (
        number.replace("-", " "),
        number.replace("-", ""),
        number.replace("-", "\u2013"),
        f"https://check.demo-ea.example/c/{number}",
    ):
        assert visitor.ask("GET", "/", params={"number": spelling}).headers["location"] == f"/c/{number}"
    misread = "-".join([prefix, year.replace("0", "O"), *(part.replace("0", "O").replace("1", "l") for part in chance)])
    assert visitor.get(f"/?number={misread}").headers["location"] == f"/c/{number}"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_whatever_is_typed_is_answered_and_escaped(visitor: Visitor, typed: str) -> None:
    visitor.address = f"2001:db8:{abs(hash(typed)) % 0xFFFF:x}::1"
    answer = visitor.ask("GET", "/", params={"number": typed})
    assert answer.status_code in (303, 400)
    if answer.status_code == 400:
        assert set(read(answer.text).tags) <= HARMLESS


HARMLESS = {
    "html", "head", "meta", "title", "link", "body", "header", "p", "a", "main", "section", "h1", "h2", "form", "label",
    "div", "input", "button", "footer", "dl", "dt", "dd", "span",
}  # fmt: skip
"""Every element our pages have. None of them runs anything."""


def test_markup_in_names_and_titles_stays_text(visitor: Visitor, issue: Issue) -> None:
    hostile = "<script>document.title='taken'</script><img src=x onerror=alert(1)>"
    made = issue(name=('"><svg onload=alert(1)>', "{{ 7*7 }}' onclick='x"), title=hostile)
    answer = visitor.get(f"/c/{made.number}")
    assert set(read(answer.text).tags) <= HARMLESS
    said = words(answer.text)
    assert hostile in said
    assert "{{ 7*7 }}' onclick='x" in said
    assert "49" not in re.findall(r"Name .{0,60}", said)[0]


def test_a_paper_with_words_missing_or_of_another_shape_still_has_a_page(
    visitor: Visitor, issue: Issue, store: Store
) -> None:
    odd = {"purpose": None, "assertion": {"a": 1}, "signatory": {}, "also": None, "provider": {}, "replaces": 7}
    made = rewritten(store, new_number("VT", 2026), issue(), printed=odd)
    answer = visitor.get(f"/c/{made.number}")
    assert answer.status_code == 200
    assert "Issued for" not in answer.text
    assert visitor.get(f"/c/{made.number}", headers=PROGRAM).json()["assertion"] == ""


def test_the_same_credit_in_other_units_the_stack_the_standards_and_the_provider_are_told(
    visitor: Visitor, issue: Issue, store: Store
) -> None:
    also = [{"quantity": "1.5", "words": "one and a half", "unit": "CEUs"}]
    more = {"also": also, "stack": "Belonging", "standards": "InTASC 3"}
    made = rewritten(store, new_number("VT", 2026), issue(), printed=more)
    said = words(visitor.get(f"/c/{made.number}").text)
    assert "Credited 15 (fifteen) hours Also stated as 1.5 (one and a half) CEUs Earned" in said
    assert "In the stack Belonging" in said
    assert (
        "Standards InTASC 3 Provider Demo Provider Provider number P-0042 Approval approved until June 30, 2027" in said
    )
    answer = visitor.get(f"/c/{made.number}", headers=PROGRAM).json()
    assert (answer["also"], answer["stack"], answer["standards"]) == (["1.5 CEUs"], "Belonging", "InTASC 3")


# ----------------------------------------------------------------------------------------------------------- for programs


def test_a_program_gets_json(visitor: Visitor, issue: Issue) -> None:
    made = issue()
    answer = visitor.get(f"/c/{made.number}", headers=PROGRAM)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["vary"] == "Accept"
    said = answer.json()
    assert said["counts"] is True
    assert said["state"] == "current"
    assert said["number"] == made.number
    assert said["holder"] == "Alexandra Tremblay"
    assert (said["hours"], said["unit"], said["earned_on"]) == ("15", "hours", "2026-09-28")
    assert said["purpose"] == "Vermont educator license renewal"
    assert said["pdf_sha256"] == made.sha256
    assert (said["college_credit"], said["credential"]) == (False, False)


def test_a_program_is_told_what_is_wrong_in_json(visitor: Visitor) -> None:
    unknown = visitor.get(f"/c/{new_number('VT', 2026)}", headers=PROGRAM)
    assert (unknown.status_code, unknown.json()["state"], unknown.json()["counts"]) == (404, "unknown", False)
    wrong = visitor.get("/c/x", headers=PROGRAM)
    assert (wrong.status_code, wrong.json()["state"]) == (404, "typing_error")
    assert visitor.get("/nowhere", headers=PROGRAM).json()["state"] == "error"


def test_the_shape_of_json_is_documented() -> None:
    documented = (FOLDER / "docs" / "checking.md").read_text(encoding="utf-8")
    for name in (
        *Standing.__dataclass_fields__,
        *telling.PRINTED,
        "counts",
        "pdf_sha256",
        "college_credit",
        "credential",
        "also",
    ):
        assert f"`{name}`" in documented, name


# -------------------------------------------------------------------------------------------------------------- by file


def test_the_pdf_as_it_was_issued_is_unaltered(visitor: Visitor, issue: Issue, workspace: Workspace) -> None:
    made = issue()
    content = (workspace.root / made.path).read_bytes()
    for typed in (None, "", made.number, "nonsense", new_number("VT", 2026)):
        answer = visitor.send(content, typed)
        assert (answer.status_code, read(answer.text).heading) == (200, "Valid")
        assert "The PDF is unaltered" in answer.text
    said = visitor.send(content, headers=PROGRAM).json()
    assert (said["pdf"], said["counts"]) == ("same", True)
    assert said["sentence"].startswith("This certificate is valid.")
    assert said["sentence"].endswith("The PDF is unaltered: byte for byte the one that was issued.")
    raw = visitor.ask("POST", "/check", content=content, headers=PROGRAM | {"Content-Type": "application/pdf"})
    assert (raw.json()["pdf"], raw.json()["number"]) == ("same", made.number)


@pytest.mark.parametrize("place", [20, 5_000, -20], ids=["head", "middle", "end"])
def test_a_single_changed_byte_is_another_file(
    visitor: Visitor, issue: Issue, workspace: Workspace, place: int
) -> None:
    made = issue()
    content = bytearray((workspace.root / made.path).read_bytes())
    content[place] ^= 1
    answer = visitor.send(bytes(content), made.number)
    assert (answer.status_code, read(answer.text).heading) == (200, "Not the PDF that was issued")
    assert f"Certificate {made.number} itself, in our books: This certificate is valid." in words(answer.text)
    assert 'class="outcome bad"' in answer.text
    said = visitor.send(bytes(content), made.number, headers=PROGRAM).json()
    assert (said["pdf"], said["counts"], said["state"]) == ("different", False, "current")
    assert said["sentence"].startswith(f"It carries the number {made.number}, or you typed it, and it is another file")
    assert "Do not rely on it." in said["sentence"]
    assert "valid" not in said["sentence"]
    assert said["certificate_sentence"].startswith("This certificate is valid.")


def test_an_altered_file_is_known_by_the_number_it_carries(
    visitor: Visitor, issue: Issue, workspace: Workspace
) -> None:
    made = issue()
    content = (workspace.root / made.path).read_bytes()
    answer = visitor.send(b"%PDF-1.7\n" + content)
    assert read(answer.text).heading == "Not the PDF that was issued"
    assert made.number in answer.text


def test_what_was_added_behind_an_unaltered_pdf_is_told(visitor: Visitor, issue: Issue, workspace: Workspace) -> None:
    made = issue()
    content = (workspace.root / made.path).read_bytes()
    answer = visitor.send(content + b"\n1 0 obj\n<<>>\nendobj\n", made.number)
    assert read(answer.text).heading == "Something was added to this PDF"
    assert 'class="outcome bad"' in answer.text
    said = visitor.send(content + b"\n", made.number, headers=PROGRAM).json()
    assert (said["pdf"], said["counts"], said["state"]) == ("continued", False, "current")
    assert said["sentence"].startswith(f"This is not certificate {made.number} as it was issued. It begins with all")
    assert "valid" not in said["sentence"]


def test_an_unaltered_pdf_of_a_revoked_certificate_is_revoked(
    visitor: Visitor, issue: Issue, workspace: Workspace, store: Store, now: datetime
) -> None:
    made = issue()
    content = (workspace.root / made.path).read_bytes()
    end(store, made, "revoked", now)
    answer = visitor.send(content)
    assert read(answer.text).heading == "Revoked"
    assert "The PDF is unaltered" in answer.text


def test_a_pdf_of_somebody_else_is_not_ours(visitor: Visitor) -> None:
    answer = visitor.send(b"%PDF-1.7\nhello")
    assert (answer.status_code, read(answer.text).heading) == (404, "This PDF is not a certificate that we issued.")
    assert "type the number that is printed on it below" in answer.text


@pytest.mark.parametrize(
    ("content", "status", "heading"),
    [
        (b"", 400, "No file was chosen."),
        (b"\x89PNG\r\n", 415, "This is not a PDF."),
        (b"%PDF-" + b"x" * 5_000_000, 413, "This file is too large."),
        (b"%PDF-" + b"x" * 5_100_000, 413, "This file is too large."),
    ],
    ids=["nothing", "picture", "a byte too large", "too large"],
)
def test_a_file_that_cannot_be_compared_says_why(visitor: Visitor, content: bytes, status: int, heading: str) -> None:
    answer = visitor.send(content)
    assert (answer.status_code, read(answer.text).heading) == (status, heading)


def test_a_form_that_is_none_is_refused_with_a_page(visitor: Visitor) -> None:
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    for content, headers, status in (
        (b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b"", {}, 415),
        (b"nothing of the kind", form, 400),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n--x--", form, 400),
        (b"x", {"Content-Type": "multipart/form-data"}, 400),
        (b"".join(b'--x\r\nContent-Disposition: form-data; name="pdf"; filename="a"\r\n\r\n%PDF-\r\n' for _ in "ab") + b"--x--", form, 400),
        (b'--x\r\nContent-Disposition: form-data; name="pdf"\r\n\r\n%PDF-\r\n--x--', form, 400),
    ):  # fmt: skip
        answer = visitor.ask("POST", "/check", content=content, headers=headers)
        assert answer.status_code == status, content
        assert read(answer.text).heading


def test_what_looks_like_a_number_is_read_so_many_times_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr(comparing, "read_number", tried.append)
    assert numbers_in(b"%PDF-" + b"AAAAAAAA-AAAAAAAA-2026-AAAAA-AAAAA-A " * 100_000) == []
    assert len(tried) == MOST_CANDIDATES


@given(st.integers(0, 120), st.sampled_from(["VT", "CR-12345678"]))
def test_a_number_is_found_once_wherever_it_stands(before: int, prefix: str) -> None:
    number = new_number(prefix, 2026)
    place = PIECE - 60 + before
    assert numbers_in(b" " * place + number.encode() + b" " * 99) == [number]
    assert numbers_in(b"-" * place + number.encode()) == []
    assert numbers_in(b" " * place + number.encode() + b"A") == []


def test_numbers_in_a_file_are_read_within_limits() -> None:
    many = [new_number("VT", 2026) for _ in range(30)]
    assert numbers_in(" ".join(many).encode()) == many[:MOST_NUMBERS]
    assert numbers_in(b"VT-2026-" * 100_000 + b"A" * 100_000) == []
    assert numbers_in(f"x{many[0]}".encode()) == [many[0]]
    assert numbers_in(f"A{many[0]}0".encode()) == []


@given(st.binary(max_size=200), st.text(alphabet=ALPHABET, min_size=10, max_size=10))
def test_every_number_found_in_a_file_is_one(around: bytes, chance: str) -> None:
    number = f"VT-2026-{chance[:5]}-{chance[5:]}-0"
    for found in numbers_in(around + b" " + number.encode() + b" " + around):
        assert read_number(found) == found


def test_all_that_the_paper_must_say_is_on_the_paper(
    store: Store, workspace: Workspace, issue: Issue, now: datetime
) -> None:
    made = issue()
    found = Books(store, ZoneInfo("America/New_York"), now).by_number(made.number)
    assert found is not None
    sheet = PdfReader(io.BytesIO(store.evidence.get(made.sha256))).pages[0].extract_text()
    said = "".join(sheet.split())
    told = dict(telling.facts(found))
    assert {"What it says its holder can do", "Manner", "Recognized by", "Under", "Clause", "Determined"} <= set(told)
    for label, value in told.items():
        assert "".join(value.removeprefix("ends in ").split()) in said, label
