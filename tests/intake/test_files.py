"""One file by itself: uploaded into the inbox, or given to `verify`."""

import subprocess
import sys

import pytest

from countersign.intake import carriers_of_file, unpack
from countersign.intake.kinds import Kind, is_log_name, kind_of
from countersign.intake.labels import label, plain
from models.credentials import CarrierKind
from models.words import ReadingOutcome
from tests.intake.makers import ASSERTION, JSON, TOKEN, attach, mail, pdf, png, svg, xlsx


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (png(), "a.png", CarrierKind.png),
        (png(None), "a.png", CarrierKind.png),
        (png()[:40], "truncated.png", CarrierKind.png),
        (b"not a picture at all, though its name says so", "a.png", CarrierKind.png),
        (svg(), "a.svg", CarrierKind.svg),
        (b"\xef\xbb\xbf" + svg(), "bom.svg", CarrierKind.svg),
        (svg(baked=False), "a", CarrierKind.svg),
        (JSON, "a.json", CarrierKind.json),
        (JSON, "a.txt", CarrierKind.json),
        (b"  " + JSON, "a", CarrierKind.json),
        (TOKEN, "a.jwt", CarrierKind.jwt),
        (TOKEN + b"\n", "a.txt", CarrierKind.jwt),
        (attach(mail(), png(), "a.png").as_bytes(), "message.eml", CarrierKind.png),
        (attach(mail(), png(), "a.png").as_bytes(), "no extension", CarrierKind.png),
        (pdf({"a.json": JSON}), "a.pdf", CarrierKind.json),
        (ASSERTION.encode(), "link.txt", CarrierKind.url),
        (b"https://issuer.example/anything", "link.txt", CarrierKind.url),
        (f"[InternetShortcut]\r\nURL={ASSERTION}\r\n".encode(), "award.url", CarrierKind.url),
        (f'<html><body><a href="{ASSERTION}">here</a></body></html>'.encode(), "page.html", CarrierKind.url),
    ],
)
def test_each_kind_of_file_gives_its_carrier(content: bytes, name: str, kind: CarrierKind) -> None:
    assert [c.kind for c in carriers_of_file(content, name)] == [kind]
    assert unpack(content, name).carriers == carriers_of_file(content, name)


def test_a_message_that_is_automatic_is_still_opened_for_verify() -> None:
    content = attach(mail(Precedence="bulk"), png(), "a.png").as_bytes()
    assert [c.kind for c in carriers_of_file(content, "m.eml")] == [CarrierKind.png]


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b" \r\n"])
def test_an_empty_file_is_unreadable_with_a_sentence(content: bytes) -> None:
    found = unpack(content, "award.png")
    assert (found.outcome, found.problems) == (ReadingOutcome.unreadable, ("award.png is empty.",))


def test_an_unreadable_and_an_encrypted_pdf_are_unreadable_with_a_sentence() -> None:
    assert unpack(pdf()[:200], "cut.pdf").problems == (
        "cut.pdf is damaged or no PDF, and cannot be read."
        " The original PNG, SVG or JSON file, or the link to it, is needed.",
    )
    assert "protected by a password" in unpack(pdf(password="x"), "a.pdf").problems[0]


def test_a_pdf_that_opens_without_a_password_is_opened() -> None:
    from io import BytesIO

    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf({"a.json": JSON}))))
    writer.encrypt("", owner_password="owner", algorithm="AES-256")
    out = BytesIO()
    writer.write(out)
    assert [c.kind for c in carriers_of_file(out.getvalue(), "a.pdf")] == [CarrierKind.json]


def test_a_pdf_with_only_pictures_says_why_that_is_not_enough() -> None:
    found = unpack(pdf(), "printed.pdf")
    assert found.outcome is ReadingOutcome.nothing
    assert "a picture placed on a page loses what it carried" in found.problems[0]


def test_ten_megabytes_of_json_are_handed_on_for_verification_to_refuse() -> None:
    content = b'{"@context": "' + b"x" * 10_000_000 + b'"}'
    assert [len(c.content) for c in carriers_of_file(content, "huge.json")] == [len(content)]


def test_more_than_thirty_megabytes_are_not_opened() -> None:
    found = unpack(bytes(31 * 1024 * 1024), "huge.bin")
    assert found.outcome is ReadingOutcome.unreadable
    assert found.problems == ("huge.bin is larger than 30 MB and was not opened; it stays where it is.",)


def test_an_uploaded_log_of_hours_is_a_log_and_no_carrier() -> None:
    found = unpack(xlsx(("Date", "Hours"), ("2026-09-01", 2)), "anything.xlsx")
    assert (found.outcome, [str(log.hours) for log in found.logs]) == (ReadingOutcome.nothing, ["2"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../x", "x"),
        ("/etc/passwd", "passwd"),
        ("a\nb\x00.png", "a b.png"),
        ("\u202e\u2066gnp.exe", "gnp.exe"),
        ("", "the file"),
        ("...", "the file"),
        ("a" * 500 + ".png", "a" * 75 + "….png"),
    ],
)
def test_labels_are_safe_to_print(name: str, expected: str) -> None:
    assert label(name, "the file") == expected
    assert len(label(name, "the file")) <= 80


def test_plain_text_is_one_line_of_limited_length() -> None:
    assert plain("a\r\n b\t\x1b[31mc") == "a b [31mc"
    assert len(plain("x" * 10_000)) == 200


@pytest.mark.parametrize(
    "name", ["log-of-hours.pdf", "Hours.jpg", "HoursLog.xlsx", "PD log.csv", "time sheet.docx", "my_log_2026.pdf"]
)
def test_names_of_logs(name: str) -> None:
    assert is_log_name(name)


@pytest.mark.parametrize(
    "name", ["logo.png", "biology.pdf", "catalog.xlsx", "blog.html", "award.png", "dialogue.pdf", "login.png"]
)
def test_names_that_only_look_like_logs(name: str) -> None:
    assert not is_log_name(name)


def test_a_word_document_is_not_taken_for_an_archive() -> None:
    assert kind_of(b"PK\x03\x04" + bytes(50), "evidence.docx") is Kind.other


def test_importing_the_pure_half_loads_no_database_and_no_readers_of_pdf_and_workbooks() -> None:
    code = (
        "import sys; from countersign.intake import carriers_of_file; carriers_of_file(b'{}', 'a.json');"
        "carriers_of_file(b'\\x89PNG\\r\\n\\x1a\\n', 'a.png');"
        "print([m for m in ('sqlmodel','sqlalchemy','pypdf','openpyxl','imap_tools','email.message') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
