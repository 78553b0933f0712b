"""PDFs opened: what an award certificate may bring along, and what a hostile one may cost."""

import gzip
import io
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import DecodedStreamObject, NameObject
from weasyprint import HTML

from countersign.intake import carriers_of_file, pdf_objects, unpack
from countersign.issuance.enclosing import verdict_file
from models.credentials import CarrierKind
from models.tables import Case, VerdictRecord
from models.words import ReadingOutcome
from tests.intake.makers import ASSERTION, JSON, pdf, png, squeezed_pdf, svg

NIGHT = datetime(2026, 10, 2, tzinfo=UTC)
NEEDED = "The original PNG, SVG or JSON file, or the link to it, is needed."


def written(change: Callable[[PdfWriter], None]) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def with_stream(content: bytes, *, deflated: bool = False, **entries: str) -> bytes:
    """A PDF in which `content` lies as a stream that nothing refers to."""

    def add(writer: PdfWriter) -> None:
        stream = DecodedStreamObject()
        stream.set_data(content)
        for name, value in entries.items():
            stream[NameObject(f"/{name}")] = NameObject(f"/{value}")
        writer._add_object(stream.flate_encode() if deflated else stream)  # pyright: ignore[reportPrivateUsage]

    return written(add)


def printed(html: str) -> bytes:
    """A certificate as an issuer makes one from a page."""
    content = HTML(string=html).write_pdf()  # pyright: ignore[reportUnknownMemberType]
    assert content is not None
    return content


def raw(objects: dict[int, bytes]) -> bytes:
    """A PDF written by hand: what no proper writer would write."""
    out, offsets = bytearray(b"%PDF-1.7\n"), dict[int, int]()
    for number, content in objects.items():
        offsets[number] = len(out)
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    out += b"".join(b"%010d 00000 n \n" % offsets.get(n, 0) for n in range(1, size))
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, table)
    return bytes(out)


# --- pictures


@pytest.mark.parametrize("deflated", [False, True])
@pytest.mark.parametrize(("picture", "kind"), [(png(), CarrierKind.png), (svg() + b"\n", CarrierKind.svg)])
def test_a_whole_baked_picture_is_found_in_any_stream(picture: bytes, kind: CarrierKind, deflated: bool) -> None:
    for entries in ({}, {"Type": "XObject", "Subtype": "Image"}, {"Type": "EmbeddedFile"}):
        found = carriers_of_file(with_stream(picture, deflated=deflated, **entries), "award.pdf")
        assert [(c.kind, c.content, c.name) for c in found] == [(kind, picture, "picture in award.pdf")]


def test_an_embedded_picture_is_found_once_under_its_own_name() -> None:
    for content in (pdf({"badge.png": png()}), squeezed_pdf({"badge.png": png()})):
        assert [(c.content, c.name) for c in carriers_of_file(content, "award.pdf")] == [
            (png(), "badge.png in award.pdf")
        ]


def test_the_verdict_that_our_own_certificates_carry_is_no_carrier() -> None:
    verdict = VerdictRecord(
        case_id=1, outcome="verified", at=NIGHT, software="countersign 0.4.0", checks=[], remarks=[], evidence=[]
    )
    case = Case(key="x", state="verified", opened_at=NIGHT, received_at=NIGHT, version="3.0", credential_id="urn:x")
    said = verdict_file(case, verdict, "micro-credential.json", "")
    assert b'"software": "Countersign 0.4.0"' in said
    credential = b'{"credentialSubject": {}}'
    found = carriers_of_file(pdf({"verdict.json": said, "micro-credential.json": credential}), "award.pdf")
    assert [c.content for c in found] == [credential]
    forged = said.replace(b'"remarks"', b'"credentialSubject"')  # what is no verdict of ours is looked at
    assert [c.content for c in carriers_of_file(pdf({"verdict.json": forged}), "award.pdf")] == [forged]


def test_a_picture_that_carries_nothing_is_no_carrier() -> None:
    for content in (with_stream(png(None)), with_stream(svg(baked=False), deflated=True)):
        found = unpack(content, "award.pdf")
        assert found.outcome is ReadingOutcome.nothing
        assert found.problems[0].startswith("award.pdf holds no micro-credential")


def test_pictures_in_a_damaged_pdf_are_found_and_a_person_looks_at_the_rest() -> None:
    content = pdf({"badge.png": png()})
    found = unpack(content[: content.rindex(b"xref") - 60].replace(b"/Pages", b"/Pigs"), "award.pdf")
    assert [c.content for c in found.carriers] == [png()]
    assert not found.complete
    assert found.problems == (f"award.pdf is damaged or no PDF, and cannot be read. {NEEDED}",)


def test_pictures_are_counted_and_bounded() -> None:
    stream = b"stream\n" + png() + b"\nendstream\n"
    many = b"%PDF-1.7\n" + b"".join(stream.replace(b"7f3a", b"%04d" % n) for n in range(50))
    assert len(carriers_of_file(many, "award.pdf")) == 20
    bomb = zlib.compress(png() + b"\0" * 20_000_000)
    assert carriers_of_file(b"%PDF-1.7\nstream\n" + bomb + b"\nendstream", "award.pdf") == ()


# --- addresses


def test_a_printed_address_is_taken_when_the_pdf_brings_nothing_better() -> None:
    found = carriers_of_file(printed(f"<p>Check it at {ASSERTION}. Well done!</p>"), "award.pdf")
    assert [(c.kind, c.url, c.name) for c in found] == [(CarrierKind.url, ASSERTION, "the link in award.pdf")]


def test_a_printed_address_is_put_together_again_where_the_page_broke_it() -> None:
    url = "https://issuer.example/public/assertions/kJ8-zX3_kJ8-zX3_kJ8-zX3_kJ8-zX3_kJ8-zX3_k"
    style = "<style>@page { size: 90mm 120mm } p { overflow-wrap: anywhere; font: 9pt monospace }</style>"
    for text in (url, f"See {url} for all.", f"{url} Congratulations"):
        assert [c.url for c in carriers_of_file(printed(f"{style}<p>{text}</p>"), "award.pdf")] == [url]
    page = f"<p>{ASSERTION}/</p><p>Congratulations</p>"
    assert [c.url for c in carriers_of_file(printed(page), "award.pdf")] == [f"{ASSERTION}/"]


def test_printed_addresses_do_not_count_beside_an_embedded_badge_or_a_sure_link() -> None:
    def both(writer: PdfWriter) -> None:
        writer.append(PdfReader(io.BytesIO(printed("<p>https://issuer.example/assertions/1</p>"))))
        writer.add_attachment("badge.png", png())

    assert [c.kind for c in carriers_of_file(written(both), "award.pdf")] == [CarrierKind.png]
    page = f'<a href="{ASSERTION}">https://issuer.example/assertions/</a> https://issuer.example/assertions/1'
    assert [c.url for c in carriers_of_file(printed(page), "award.pdf")] == [ASSERTION]


def test_what_is_printed_of_a_link_is_no_second_one() -> None:
    weak = "https://issuer.example/badges/42-formative-assessment"
    content = printed(f'<a href="{weak}">https://issuer.example/badges/42-</a>')
    assert [c.url for c in carriers_of_file(content, "award.pdf")] == [weak]


def test_the_same_link_on_many_pages_is_one() -> None:
    def pages(writer: PdfWriter) -> None:
        for number in range(4):
            writer.add_blank_page(200, 200)
            writer.add_annotation(number, Link(rect=(0, 0, 9, 9), url=ASSERTION))

    assert [c.url for c in carriers_of_file(written(pages), "award.pdf")] == [ASSERTION]


# --- hostile ones

CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>/Contents 4 0 R>>"


def stream(content: bytes, entries: bytes = b"") -> bytes:
    packed = zlib.compress(content)
    return b"<<%s/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream" % (entries, len(packed), packed)


def object_stream(count: int, each: bytes) -> bytes:
    """A PDF whose objects lie in one object stream (ISO 32000-1 section 7.5.7), from number 10 on."""
    index = b" ".join(b"%d %d" % (10 + n, n * len(each)) for n in range(count)) + b" "
    out, offsets = bytearray(b"%PDF-1.7\n"), list[int]()
    for number, content in enumerate(
        (
            CATALOG,
            b"<</Type/Pages/Count 1/Kids[10 0 R]>>",
            stream(index + each * count, b"/Type/ObjStm/N %d/First %d" % (count, len(index))),
        ),
        1,
    ):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    offsets.append(len(out))
    rows = bytes(6) + b"".join(b"\1" + at.to_bytes(4) + b"\0" for at in offsets) + b"\2\0\0\0\3\0" * count
    entries = b"/Type/XRef/W[1 4 1]/Index[0 5 10 %d]/Size %d/Root 1 0 R" % (count, count + 10)
    return bytes(out + b"4 0 obj\n" + stream(rows, entries) + b"\nendobj\nstartxref\n%d\n%%%%EOF" % offsets[-1])


HOSTILE: dict[str, bytes] = {
    "a page tree that is its own child": raw({1: CATALOG, 2: b"<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]>>"}),
    "two page trees in a circle": raw(
        {
            1: CATALOG,
            2: b"<</Type/Pages/Count 9/Kids[3 0 R 3 0 R]>>",
            3: b"<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]>>",
        }
    ),
    "a tree of embedded files that is its own child": raw(
        {
            1: b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles 3 0 R>>>>",
            2: b"<</Type/Pages/Count 0/Kids[]>>",
            3: b"<</Kids[3 0 R 3 0 R]>>",
        }
    ),
    "an object stream of 20,000 objects": object_stream(20_000, b"<</A[1 2 3]>> "),
    "an object stream that unpacks to 50 MB": object_stream(2, b"[" + b"1 " * 12_000_000 + b"] "),
    "an object nested 100,000 deep": object_stream(2, b"[" * 100_000 + b"]" * 100_000 + b" "),
    "a form that draws itself": raw(
        {
            1: CATALOG,
            2: b"<</Type/Pages/Count 9/Kids[3 0 R]>>",
            3: PAGE,
            4: stream(b"/X Do " * 1000),
            5: stream(b"/X Do /X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>"),
        }
    ),
    "a page of text that unpacks to 60 MB": raw(
        {1: CATALOG, 2: b"<</Type/Pages/Count 9/Kids[3 0 R]>>", 3: PAGE, 4: stream(b"BT (x) Tj ET\n" * 4_600_000)}
    ),
    "a hundred thousand beginnings of streams": b"%PDF-1.7\n" + b"stream\n\x89PNG\r\n\x1a\nopenbadges" * 100_000,
    "a chain of tables in a circle": b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R/Prev 9>>startxref\n9\n%%EOF",
}


@pytest.mark.parametrize("trick", HOSTILE)
def test_a_hostile_pdf_costs_seconds_at_most_and_gives_nothing(trick: str) -> None:
    started = time.monotonic()
    found = unpack(HOSTILE[trick], "award.pdf")
    assert time.monotonic() - started < 8
    assert found.carriers == ()
    assert found.problems[0].startswith("award.pdf ")
    assert found.problems[0].endswith(NEEDED)


def test_a_pdf_that_is_read_for_too_long_is_given_to_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_objects, "SECONDS", 0.1)
    lost = b" ".join(b"%d 0 R" % number for number in range(1000, 1200))  # each is searched for in the whole file
    page = b"<</Type/Page/Parent 2 0 R/Annots[%s]>>" % lost
    kids = b"<</Type/Pages/Count 50/Kids[" + b"3 0 R " * 50 + b"]>>"
    content = raw({1: CATALOG, 2: kids, 3: page}) + b"%" * 5_000_000
    found = unpack(content, "award.pdf")
    assert found.problems == (f"award.pdf is built so that reading it takes too long. {NEEDED}",)
    assert found.outcome is ReadingOutcome.unreadable


def test_a_pdf_behind_a_password_says_what_is_needed_instead() -> None:
    found = unpack(pdf({"a.json": JSON}, password="secret"), "award.pdf")
    assert found.problems == (f"award.pdf is protected by a password and cannot be opened. {NEEDED}",)


def test_a_file_inside_that_is_damaged_does_not_spoil_the_others() -> None:
    writer = PdfWriter(
        clone_from=PdfReader(io.BytesIO(pdf({"a.json": JSON, "b.json": JSON.replace(b"7f3a", b"8f3a")})))
    )
    first: Any = next(iter(writer.attachment_list)).pdf_object
    first["/EF"]["/F"].get_object()[NameObject("/Filter")] = NameObject("/FlateDecode")
    out = io.BytesIO()
    writer.write(out)
    found = unpack(out.getvalue(), "award.pdf")
    assert [c.name for c in found.carriers] == ["b.json in award.pdf"]
    assert found.problems == (
        "A file embedded in award.pdf is damaged and cannot be read. It has to be sent by itself.",
    )


# --- pictures by themselves


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(svg(), mtime=0),
        svg().decode().replace("<svg", f"<!-- {'licence ' * 5000}--><svg").encode(),
        svg().decode().replace('<?xml version="1.0"?>', "").replace("<svg", "<s:svg").encode("utf-16"),
    ],
    ids=["compressed", "behind a long comment", "UTF-16"],
)
def test_an_svg_is_told_by_its_content_under_any_name(content: bytes) -> None:
    for name in ("file", "award.svgz", "award.svg"):
        assert [(c.kind, c.content) for c in carriers_of_file(content, name)] == [(CarrierKind.svg, content)]


def test_another_compressed_file_stays_an_archive() -> None:
    for content in (gzip.compress(b"Dear colleague"), gzip.compress(JSON), gzip.compress(svg())[:15]):
        assert "is an archive" in unpack(content, "a.gz").problems[0]
