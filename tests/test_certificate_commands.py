"""`countersign certificate …` at the desk: what staff type, what they read, and the exit codes."""

import json
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader, PdfWriter
from sqlmodel import col, select
from typer.testing import CliRunner, Result

from countersign.cli import app
from countersign.desk.paper_checks import MOST, MOST_READ, check_papers
from countersign.issuance import awards_due, issue_certificates, near_numbers, read_number
from countersign.issuance import certificates as room
from countersign.issuance.numbering import new_number
from countersign.recognition import load_rules
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import Certificate, Educator
from tests.issuance.conftest import grant_in

Run = Callable[..., Result]
BY = ("--by", "Pat Sample", "--reason", "Her name changed.")
TOML = """
id = "vt-demo"
recognizer = "Demo Education Association"
title = "Micro-credentials for license renewal"
source = "Invented for the tests"
time_zone = "America/New_York"
in_force = { from = 2020-01-01, by = "submitted" }
year = { starts = "07-01" }
applies_to = { licence_state = "VT" }
eligibility = { issuers = ["nea"] }

[[grants]]
clause = "15-hour certificate"
currency = "state_cpd"
text = "Fifteen hours for each."
value = { flat = 15, unit = "hour" }
certificate = { template = "vermont", purpose = "Renewal", determined = "15 hours for each", next_step = "Upload it." }
"""


@pytest.fixture
def rules(workspace: Workspace) -> tuple[Rules, ...]:
    (workspace.agreements / "vt-demo.toml").write_text(TOML, encoding="utf-8")
    return tuple(load_rules(workspace.agreements))


@pytest.fixture
def run(workspace: Workspace) -> Run:
    def ran(*words: object) -> Result:
        return CliRunner().invoke(app, ["certificate", *map(str, words), "--workspace", str(workspace.root)])

    return ran


@pytest.fixture
def plain_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in place of each certificate's pages, which take a second."""
    monkeypatch.setattr(room, "draw_certificate", lambda printed, *_, **__: f"%PDF- {printed['number']}".encode())  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]


def issued(store: Store, workspace: Workspace, rules: tuple[Rules, ...], now: datetime) -> Certificate:
    """A certificate that went out."""
    grant_in(store)
    issue_certificates(store, workspace, rules, awards_due(store, rules), now)
    return newest(store)


def newest(store: Store) -> Certificate:
    with store.reading() as session:
        return list(session.exec(select(Certificate).order_by(col(Certificate.id))))[-1]


def flat(result: Result) -> str:
    return " ".join(result.output.split())


@pytest.mark.usefixtures("plain_pages")
def test_a_certificate_is_shown_listed_reissued_and_revoked(
    run: Run, store: Store, workspace: Workspace, rules: tuple[Rules, ...], now: datetime
) -> None:
    old = issued(store, workspace, rules, now)
    same = run("reissue", old.number, *BY)
    assert same.exit_code == 2
    assert "would say the same as" in same.output
    with store.transaction() as session:
        session.get_one(Educator, 1).family_name = "Roy"
    listed = json.loads(run("list", "--former-name", "--json").stdout)
    assert [(line["number"], line["former_name"], line["name"]) for line in listed] == [
        (old.number, "Alexandra Tremblay", "Alexandra Roy")
    ]
    done = run("reissue", old.number, *BY)
    new = newest(store)
    assert done.exit_code == 0
    assert f"{new.number} replaces {old.number} for C-1." in flat(done)
    assert "name: Alexandra Tremblay → Alexandra Roy" in flat(done)
    assert run("list", "--former-name").output.strip() == "There is none."
    shown = json.loads(run("show", old.number, "--json").stdout)
    assert (shown["state"], shown["replaced_by"], shown["ended_by"], shown["ended_reason"]) == (
        "replaced", new.number, "Pat Sample", "Her name changed.",
    )  # fmt: skip
    said = flat(run("show", old.number))
    assert f"certificate {old.number} for Alexandra Tremblay" in said
    assert "by Pat Sample: Her name changed." in said
    assert "Credited 15 (fifteen) hours" in said
    assert not any(word in said for word in ("vermont.html", "embedded 1", "colors", "agreement's SHA-256"))
    gone = run("revoke", new.number, "--by", "Pat Sample", "--reason", "Printed in error.")
    assert gone.exit_code == 0
    assert "15 hours stay granted for C-1" in flat(gone)
    assert "countersign fact add ruling C-1 --agreement vt-demo --decision refused" in flat(gone)
    twice = run("revoke", new.number, *BY)
    assert twice.exit_code == 1
    assert "was revoked already" in flat(twice)
    assert "Printed in error." in flat(twice)
    states = {line["number"]: line["state"] for line in json.loads(run("list", "--case", "C-1", "--json").stdout)}
    assert states == {old.number: "replaced", new.number: "revoked"}
    assert [line["number"] for line in json.loads(run("list", "--state", "revoked", "--json").stdout)] == [new.number]
    checked = json.loads(run("verify", old.number, new.number, "--json").stdout)
    assert [(c["result"], c["replaced_by"]) for c in checked] == [("replaced", ""), ("revoked", "")]
    assert run("reissue", new.number, *BY, "--json").exit_code == 0
    (current,) = json.loads(run("verify", newest(store).number, "--json").stdout)
    assert (current["result"], current["state"]) == ("current", "current")
    assert json.loads(run("verify", old.number, "--json").stdout)[0]["replaced_by"] == newest(store).number


@pytest.mark.usefixtures("plain_pages")
def test_several_are_reissued_and_one_that_cannot_be_keeps_no_other_back(
    run: Run, store: Store, workspace: Workspace, rules: tuple[Rules, ...], now: datetime
) -> None:
    first, second = (issued(store, workspace, rules, now) for _ in range(2))
    with store.transaction() as session:
        session.get_one(Educator, 2).family_name = "Roy"
    done = run("reissue", first.number, second.number, *BY, "--json")
    assert done.exit_code == 2
    assert [each["old"] for each in json.loads(done.stdout)] == [second.number]
    assert f"{first.number}: A new certificate would say the same" in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("list", "--state", "lost"), "'lost' is not a state of a certificate. Write one of valid, replaced,"),
        (("list", "--educator", "M0"), "No educator has the member number M0."),
        (("list", "--case", "C-99"), "There is no case C-99."),
        (("reissue", "nonsense", *BY), "No certificate has the number nonsense."),
        (("revoke", "nonsense", *BY), "No certificate has the number nonsense."),
        (("show", "VT-2026-00000-00000-1"), "Its check character is wrong, or it is no number at all."),
        (("show", "VT-2026-00000-00000-G"), "No certificate or credit request has the number"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    run: Run, store: Store, words: tuple[str, ...], sentence: str
) -> None:
    assert store.engine is not None
    ended = run(*words)
    assert ended.exit_code == 2
    assert sentence in flat(ended)


@pytest.mark.usefixtures("plain_pages")
def test_a_mistyped_number_suggests_what_was_meant(
    run: Run, store: Store, workspace: Workspace, rules: tuple[Rules, ...], now: datetime
) -> None:
    number = issued(store, workspace, rules, now).number
    slips = (
        number[:10] + ("0" if number[10] != "0" else "1") + number[11:],  # one wrong
        number[:10] + number[11:],  # one missing
        number[:10] + "7" + number[10:],  # one too many
        number[:-1] + "U",  # a letter that no number has
        "NH" + number[2:],  # other letters before the year
    )
    for slip in slips:
        ended = run("show", slip)
        assert ended.exit_code == 2
        assert f"Did you mean {number}?" in flat(ended), slip
    assert run("show", number.lower().replace("-", " - ")).exit_code == 0


def test_every_near_number_is_well_formed_and_one_slip_is_always_among_them() -> None:
    for _ in range(50):
        number = new_number("CR-VT", 2026)
        for place in (11, 12, 14, 18, 22):
            slip = number[:place] + "Z" + number[place + 1 :] if number[place] != "-" else number
            near = near_numbers(slip)
            assert number in near
            assert all(read_number(each) == each for each in near)
    assert near_numbers("") == near_numbers("x" * 101) == near_numbers("not a number") == ()


def saved(content: bytes, **how: Any) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(content)) as pdf:
        pdf.save(out, **how)
    return out.getvalue()


def printed_again(content: bytes) -> bytes:
    """As a PDF printer makes it: the pages without title and metadata."""
    writer = PdfWriter()
    writer.append_pages_from_reader(PdfReader(BytesIO(content)))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_pdf_is_ours_only_byte_for_byte_and_what_it_says_of_itself_is_not_believed(
    run: Run, store: Store, workspace: Workspace, rules: tuple[Rules, ...], now: datetime, tmp_path: Path
) -> None:
    made = issued(store, workspace, rules, now)
    ours = (workspace.root / made.path).read_bytes()
    files = {
        "ours": ours,
        "appended": ours + b"\n% note",
        "saved": saved(ours, linearize=True),
        "printed": printed_again(ours),
        "locked": saved(ours, encryption=pikepdf.Encryption(owner="o", user="")),
    }
    for name, content in files.items():
        (tmp_path / f"{name}.pdf").write_bytes(content)
    found = check_papers(store, workspace, [str(tmp_path / f"{name}.pdf") for name in files], now)
    assert [(r.result, r.number, r.state) for r in found] == [
        ("current", made.number, "current"),
        ("added_to", made.number, "current"),
        *([("altered", made.number, "current")] * 3),
    ]
    assert "is ours and unaltered. Certificate" in found[0].sentence
    assert "but is not the file that we issued: it was altered, or saved or printed to PDF again" in found[2].sentence
    assert run("verify", tmp_path / "ours.pdf").exit_code == 0
    assert run("verify", tmp_path / "ours.pdf", tmp_path / "saved.pdf").exit_code == 1
    # truncated, and locked with a password: no crash, and never ours
    for name, content in {
        "half": ours[: len(ours) // 2],
        "head": ours[:30],
        "secret": saved(ours, encryption=pikepdf.Encryption(owner="o", user="u")),
    }.items():
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(content)
        (report,) = check_papers(store, workspace, [str(path)], now)
        assert report.result in ("unreadable", "altered", "not_ours"), name
        assert not report.counts
    with store.transaction() as session:
        session.get_one(Educator, 1).family_name = "Roy"
    assert run("reissue", made.number, *BY).exit_code == 0
    old, again = check_papers(store, workspace, [str(tmp_path / "ours.pdf"), str(tmp_path / "saved.pdf")], now)
    new = newest(store)
    assert (old.result, old.replaced_by, again.result, again.state) == ("replaced", new.number, "altered", "replaced")
    assert f"{new.number} counts in its place." in old.sentence
    # the new one names the old one, too: what it is meant to be is the new one
    (tmp_path / "new.pdf").write_bytes(printed_again((workspace.root / new.path).read_bytes()))
    (report,) = check_papers(store, workspace, [str(tmp_path / "new.pdf")], now)
    assert (report.result, report.number) == ("altered", new.number)


@pytest.mark.usefixtures("plain_pages")
def test_what_was_added_behind_a_file_of_ours_is_told_apart_from_an_altered_one(
    run: Run, store: Store, workspace: Workspace, rules: tuple[Rules, ...], now: datetime, tmp_path: Path
) -> None:
    made = issued(store, workspace, rules, now)
    ours = (workspace.root / made.path).read_bytes()
    (tmp_path / "note.pdf").write_bytes(ours + b"\n9 0 obj\n<</Type /Annot>>\nendobj\n")
    (tmp_path / "changed.pdf").write_bytes(ours.replace(b"%PDF-", b"%PDF-1.7"))
    ended = run("verify", tmp_path / "note.pdf")
    assert ended.exit_code == 1
    assert "added to: " in flat(ended)
    assert f"begins with all of {made.number} as we issued it, and something was added behind" in flat(ended)
    (added, altered) = json.loads(run("verify", tmp_path / "note.pdf", tmp_path / "changed.pdf", "--json").stdout)
    assert (added["result"], added["number"], added["state"]) == ("added_to", made.number, "current")
    assert altered["result"] == "altered"


@pytest.mark.usefixtures("plain_pages")
def test_a_missing_file_is_wrong_usage_and_a_check_address_is_its_number(
    run: Run, store: Store, workspace: Workspace, rules: tuple[Rules, ...], now: datetime
) -> None:
    made = issued(store, workspace, rules, now)
    gone = run("verify", "nofile.pdf")
    assert gone.exit_code == 2
    assert "not found: nofile.pdf is neither a file nor the number of a paper." in flat(gone)
    mistyped = run("verify", made.number[:-1] + "U")
    assert mistyped.exit_code == 2
    assert f"Did you mean {made.number}?" in flat(mistyped)
    address = run("verify", workspace.settings.affiliate.check_url + made.number)
    assert address.exit_code == 0
    assert f"valid: Certificate {made.number} is valid: it is the one for its award." in flat(address)
    assert "current" not in address.output
    listed = flat(run("list"))
    assert made.number in listed
    assert "Tremblay (M" in listed


@pytest.mark.usefixtures("plain_pages")
def test_nothing_is_reissued_unless_every_number_is_known_and_a_repeat_changes_nothing(
    run: Run, store: Store, workspace: Workspace, rules: tuple[Rules, ...], now: datetime
) -> None:
    first, second = (issued(store, workspace, rules, now) for _ in range(2))
    unknown = new_number("VT", 2026)
    with store.transaction() as session:
        for educator in session.exec(select(Educator)):
            educator.family_name = "Roy"
    refused = run("reissue", first.number, second.number, unknown, *BY)
    assert refused.exit_code == 2
    assert f"No certificate has the number {unknown}. Nothing was done." in flat(refused)
    assert newest(store).number == second.number
    done = run("reissue", first.number, second.number.lower(), second.number, *BY)
    assert done.exit_code == 0
    assert "2 of 2 were reissued." in flat(done)
    again = run("reissue", first.number, *BY)
    assert again.exit_code == 1
    assert f"{first.number} was replaced by" in flat(again)
    assert "Nothing was changed." in flat(again)
    assert "0 of 2 were reissued." in flat(run("reissue", first.number, second.number, *BY))


def page_saying(*lines: str) -> bytes:
    """A PDF of another maker with these lines on its page."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(612, 792))
    font = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    shown = " ".join(f"({line}) Tj T*" for line in lines)
    page.Contents = pikepdf.Stream(pdf, f"BT /F1 12 Tf 14 TL 72 700 Td {shown} ET".encode())
    out = BytesIO()
    pdf.save(out)
    return out.getvalue()


def bomb() -> bytes:
    """A page whose text unpacks to a hundred megabytes."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page()
    page.Contents = pikepdf.Stream(pdf, b"(x) Tj " * 14_000_000)
    out = BytesIO()
    pdf.save(out, compress_streams=True)
    return out.getvalue()


def test_hostile_and_foreign_files_get_a_clear_sentence(
    run: Run, store: Store, workspace: Workspace, now: datetime, tmp_path: Path
) -> None:
    unknown = new_number("VT", 2026)
    files: dict[str, tuple[bytes, str, str]] = {
        "foreign": (page_saying("Certificate"), "not_ours", "no number of ours stands in it as text"),
        "small letters": (page_saying(unknown.lower()), "not_ours", f"carries the number {unknown}"),
        "forged": (page_saying(f"Certificate {unknown}"), "not_ours", f"carries the number {unknown}, and no paper"),
        "bomb": (bomb(), "not_ours", "is not a file that we issued"),
        "picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "unreadable", "is no PDF"),
        "empty": (b"", "unreadable", "is no PDF"),
        "noise": (b"%PDF-1.7\n" + bytes(range(256)) * 40, "unreadable", "is damaged and cannot be read"),
    }
    for name, (content, _, _) in files.items():
        (tmp_path / name).write_bytes(content)
    found = check_papers(store, workspace, [str(tmp_path / name) for name in files], now)
    for report, (_, result, sentence) in zip(found, files.values(), strict=True):
        assert report.result == result, report
        assert sentence in report.sentence
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(MOST + 1)
    others = check_papers(store, workspace, [str(tmp_path / "huge"), str(tmp_path), "nowhere.pdf", "x" * 5000], now)
    assert [r.result for r in others] == ["not_ours", "unreadable", "not_found", "not_found"]
    assert "50,000,001 bytes" in others[0].sentence
    (tmp_path / "heads").write_bytes(b"%PDF-1.7\n" + b"1 0 obj\n" * (MOST_READ // 8))
    (large,) = check_papers(store, workspace, [str(tmp_path / "heads")], now)
    assert large.result == "not_ours"
    assert (
        "is not a file that we issued. It has 5,000,009 bytes; no number is looked for in more than" in large.sentence
    )
    assert "Check the number that is printed on it instead" in large.sentence
    assert "is no file" in others[1].sentence
    assert others[2].sentence.startswith("nowhere.pdf is neither a file nor the number of a paper.")
    ended = run("verify", tmp_path / "foreign", "--json")
    assert ended.exit_code == 1
    assert json.loads(ended.stdout)[0]["result"] == "not_ours"
