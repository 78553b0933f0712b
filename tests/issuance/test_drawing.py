"""The certificate itself: what stands on it, where, and in which fonts; one page whatever the names."""

import io
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image, ImageChops
from pypdf import PdfReader

from countersign.issuance.drawing import draw_certificate, step
from countersign.settings import PROGRAM

FOLDERS = (PROGRAM / "templates",)
LONG_TITLE = (
    "Designing, Facilitating, and Reflecting Upon Culturally Responsive, Trauma-Informed, Technology-Enhanced "
    "Collaborative Learning Experiences for Multilingual Learners Across the Elementary, Middle, and Secondary Grades "
    "in Rural and Small-Town Schools with Limited Access to Broadband and Community Resources in Winter"
)
assert len(LONG_TITLE) >= 300
LONG_NAME = "Dr. Maria-Theresia Josephine Alexandrina von Hohenstein-Wolkenburg y Fernández de la Vega y Echeverría-Montgomery III"

PRINTED: dict[str, Any] = {
    "template": "certificate/vermont.html",
    "number": "VT-2026-7K3QM-XR2DW-8",
    "check_url": "https://check.demo-ea.example/c/VT-2026-7K3QM-XR2DW-8",
    "check_place": "check.demo-ea.example/c/",
    "name": "Alexandra Tremblay",
    "licence": "0456.7821",
    "licence_state": "VT",
    "title": "Creating a Classroom Culture of Belonging",
    "issuer": "National Example Association",
    "stack": "Working with Families",
    "standards": "Learning Environments (Model Core Teaching Standards, 3)",
    "also": [{"quantity": "1.5", "words": "one and a half", "unit": "CEUs"}],
    "next_step": "Upload this certificate with your application for renewal.",
    "statement": "Educators examine the routines of their own classroom and judge from evidence whether they work.",
    "earned_on": "2026-09-28",
    "issued_on": "2026-10-02",
    "quantity": "15",
    "quantity_words": "fifteen",
    "unit": "hours",
    "manner": "Online, job-embedded, assessed by rubric",
    "clause": "15-hour certificate",
    "determined": "15 hours for each micro-credential, whatever time the work took",
    "purpose": "Vermont educator license renewal",
    "affiliate": {"name": "Demo Education Association"},
    "provider": {
        "name": "Demo Provider",
        "address": ["10 Main Street", "Montpelier, VT 05601"],
        "number": "P-0042",
        "approval": "approved until June 30, 2027",
    },
    "signatory": {"name": "Robin Sample", "title": "Director of Professional Learning"},
    "assertion": "https://badges.nea.example/assertions/1",
    "replaces": "",
}


def draw(**changes: Any) -> PdfReader:
    return PdfReader(io.BytesIO(draw_certificate(PRINTED | changes, FOLDERS)))


def words(pdf: PdfReader) -> str:
    return " ".join(pdf.pages[0].extract_text().split())


def catalog(pdf: PdfReader) -> Any:
    return pdf.trailer["/Root"]


def tags(element: Any) -> Iterator[Any]:
    """The structure elements below (and with) `element`, in reading order."""
    element = element.get_object()
    if not isinstance(element, dict):
        return
    if "/S" in element:
        yield element
    kids: Any = cast(Any, element).get("/K", [])
    several = cast("list[Any]", kids) if isinstance(kids, list) else [kids]
    for kid in several:
        if hasattr(kid, "get_object"):
            yield from tags(kid)


@pytest.fixture(scope="module")
def certificate() -> PdfReader:
    return draw(replaces="VT-2026-AAAAA-AAAAA-A")


@pytest.mark.parametrize(
    "text",
    [
        "Certificate of Professional Development",
        "Alexandra Tremblay",
        "Vermont educator license 0456.7821",
        "Creating a Classroom Culture of Belonging",
        "National Example Association",
        "Educators examine the routines",
        "September 28, 2026",
        "October 2, 2026",
        "in the stack “Working with Families”",
        "15 (fifteen) hours",
        "1.5 (one and a half) CEUs",
        "Standards: Learning Environments (Model Core Teaching Standards, 3)",
        "Online, job-embedded, assessed by rubric",
        "clause “15-hour certificate”",
        "Determined: 15 hours for each micro-credential, whatever time the work took",
        "Vermont educator license renewal",
        "Demo Provider",
        "10 Main Street · Montpelier, VT 05601",
        "Provider number P-0042 · approved until June 30, 2027",
        "Robin Sample, Director of Professional Learning",
        "VT-2026-7K3QM-XR2DW-8",
        "check.demo-ea.example/c/",
        "not college credit, and it is not a submission to a school district",
        "https://badges.nea.example/assertions/1",
        "It replaces certificate VT-2026-AAAAA-AAAAA-A.",
    ],
)
def test_the_certificate_says(certificate: PdfReader, text: str) -> None:
    assert text in words(certificate)


def test_it_never_says_badge_for_the_micro_credential(certificate: PdfReader) -> None:
    said = words(certificate).replace("https://badges.nea.example", "")
    assert "badge" not in said.casefold()
    assert "micro-credential" in said


def test_it_is_one_letter_page_lying_on_its_side(certificate: PdfReader) -> None:
    assert len(certificate.pages) == 1
    assert [float(x) for x in certificate.pages[0].mediabox[2:]] == [792, 612]


def test_it_is_tagged_in_reading_order_with_a_described_qr_code(certificate: PdfReader) -> None:
    elements = list(tags(catalog(certificate)["/StructTreeRoot"]))
    kinds = [str(e["/S"]) for e in elements]
    assert kinds.index("/H1") < kinds.index("/H2") < kinds.index("/Table") < kinds.index("/Figure")
    assert {"/TH", "/TD", "/TR", "/Link", "/P"} <= set(kinds)
    (picture,) = [e for e in elements if e["/S"] == "/Figure"]
    assert picture["/Alt"] == "QR code with the address https://check.demo-ea.example/c/VT-2026-7K3QM-XR2DW-8"
    order = words(certificate)
    said = [
        "This certifies that",
        "Alexandra Tremblay",
        "has earned",
        "Creating a",
        "September 28",
        "Robin Sample",
        "not college",
    ]
    assert [order.index(s) for s in said] == sorted(order.index(s) for s in said)


def test_it_has_title_and_language(certificate: PdfReader) -> None:
    assert certificate.metadata is not None
    assert certificate.metadata.title == "Certificate VT-2026-7K3QM-XR2DW-8"
    assert catalog(certificate)["/Lang"] == "en-US"
    assert catalog(certificate)["/MarkInfo"]["/Marked"]


def test_only_bundled_fonts_are_in_it_and_all_of_them_whole(certificate: PdfReader) -> None:
    page: Any = certificate.pages[0]
    fonts: list[Any] = [f.get_object() for f in page["/Resources"]["/Font"].values()]
    names = {str(f["/BaseFont"]).partition("+")[2] for f in fonts}
    assert names == {"EB-Garamond", "EB-Garamond-Italic", "Lato", "Lato-Bold"}
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_the_check_address_is_a_link(certificate: PdfReader) -> None:
    page: Any = certificate.pages[0]
    annotations: list[Any] = [a.get_object() for a in page["/Annots"]]
    assert {a["/A"]["/URI"] for a in annotations} == {PRINTED["check_url"]}


def test_drawn_twice_it_is_the_same_file() -> None:
    assert draw_certificate(PRINTED, FOLDERS) == draw_certificate(PRINTED, FOLDERS)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": LONG_NAME},
        {"title": LONG_TITLE},
        {"title": "W" * 300},
        {"name": "Wm" * 80},
        {
            "name": LONG_NAME,
            "title": LONG_TITLE,
            "statement": "Shows, plans, documents and explains what changed. " * 8,
            "assertion": "https://badges.nea.example/" + "0123456789abcdef" * 17,
            "replaces": "VT-2026-AAAAA-AAAAA-A",
            "quantity": "12.75",
            "quantity_words": "twelve and three quarters",
            "issuer": "The Consortium for the Advancement of Teaching and of the Learning Professions " * 2,
            "stack": "Culturally Responsive, Trauma-Informed and Technology-Enhanced Teaching",
            "standards": "Learning Environments and What They Ask of All Who Teach (Model Core Teaching Standards, 3); "
            * 3,
        },
        {"statement": "", "licence": ""},
        {"name": "Q", "title": "X"},
    ],
)
def test_it_stays_one_page_and_complete_whatever_the_length(changes: dict[str, Any]) -> None:
    pdf = draw(**changes)
    assert len(pdf.pages) == 1
    said = "".join(words(pdf).split())
    for value in changes.values():
        assert "".join(value.split()) in said


@pytest.mark.parametrize(
    "name",
    [
        "Đỗ Thị Nguyệt Ánh",
        "Łukasz Świątek",
        "Þóra Ægisdóttir",
        "Nuñez-O’Brien",
        "Ștefan Țîrlea",
        "Zoë Åström",
        "Ayşe Gül İnce",
    ],
)
def test_names_with_every_diacritic_are_printed_and_can_be_searched(name: str) -> None:
    assert name in words(draw(name=name))


def test_markup_in_a_title_is_only_its_letters() -> None:
    title = '<img src=file:///etc/passwd onerror="x"> & </h2><script>alert(1)</script>'
    pdf = draw(title=title)
    assert "<img src=file:///etc/passwd" in words(pdf)
    assert "</h2><script>alert(1)</script>" in words(pdf)
    assert [str(e["/S"]) for e in tags(catalog(pdf)["/StructTreeRoot"])].count("/Figure") == 1


def test_longer_text_is_set_in_smaller_sizes() -> None:
    assert [step("x" * n, (26, 36, 50)) for n in (1, 26, 27, 36, 37, 51)] == [1, 1, 2, 2, 3, 4]


def test_a_figure_with_a_fraction_is_printed_whole() -> None:
    assert f"{Decimal('7.5')} (seven and a half) hours" in words(
        draw(quantity="7.5", quantity_words="seven and a half")
    )


# ------------------------------------------------------------------------------------------------ seen as an office sees it

RICH = {
    "statement": "Shows, plans, documents and explains what changed for the students of one classroom. " * 4,
    "standards": "Learning Environments and What They Ask of All Who Teach (Model Core Teaching Standards, 3)",
}
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" width="240" height="60"><rect width="240" height="60" fill="#1f4a7a"/></svg>'
TEMPLATES = sorted(p.stem for p in (FOLDERS[0] / "certificate").glob("*.html") if p.stem != "base")
UNDER = {"recognizer": "Vermont-NEA", "agreement_title": "Micro-credentials for license renewal and college credit"}


def seen(content: bytes, folder: Path) -> Image.Image:
    (folder / "seen.pdf").write_bytes(content)
    subprocess.run(["pdftoppm", "-r", "50", "-gray", "-singlefile", "seen.pdf", "seen"], cwd=folder, check=True)
    with Image.open(folder / "seen.pgm") as image:
        return image.copy()


def beyond(image: Image.Image, empty: Image.Image) -> int:
    """How many pixels of the frame and of what is outside it differ from those of a sheet with next to nothing on it."""
    differing = ImageChops.difference(image, empty)
    inside = (int(0.62 * 50), int(0.6 * 50), image.width - int(0.62 * 50), image.height - int(0.56 * 50))
    differing.paste(0, inside)
    return sum(differing.histogram()[61:])


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_ink_is_in_the_frame_or_beyond_it_whatever_the_words(template: str, tmp_path: Path) -> None:
    def sheet(logo: bytes = b"", **changes: Any) -> Image.Image:
        named = {"logo": {"media_type": "image/svg+xml"}} if logo else {}
        printed = PRINTED | UNDER | {"template": f"certificate/{template}.html"} | changes | named
        return seen(draw_certificate(printed, FOLDERS, logo=logo), tmp_path)

    empty = sheet(name="Q", title="X")
    assert beyond(sheet(name="W" * 160, title="W" * 300), empty) == 0
    assert beyond(sheet(LOGO, name="W" * 90, title="W" * 500), empty) == 0
    runs_off = empty.copy()
    runs_off.paste(0, (300, 200, empty.width, 203))
    assert beyond(runs_off, empty) > 20


def heading(content: dict[str, Any], logo: bytes = b"") -> float:
    """How large the name is set, in points."""
    found: list[float] = []
    named = {"logo": {"media_type": "image/svg+xml"}} if logo else {}
    pdf = PdfReader(io.BytesIO(draw_certificate(PRINTED | UNDER | content | named, FOLDERS, logo=logo)))

    def visit(text: str, current: list[float], matrix: list[float], _: Any, size: float) -> None:
        if PRINTED["name"].split()[0] in text:
            found.append(abs(size * matrix[3] * current[3]))

    pdf.pages[0].extract_text(visitor_text=visit)
    return max(found)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_logo_makes_a_sheet_hardly_smaller(template: str) -> None:
    page = {"template": f"certificate/{template}.html"}
    alone = heading(page)
    assert heading(page, LOGO) >= alone * 0.9
    assert heading(page | RICH, LOGO) >= alone * 0.75


def test_the_foot_stands_at_the_same_height_in_every_step(tmp_path: Path) -> None:
    """No band is left empty below: the QR code is where it is on an ordinary sheet."""
    box = (int(50 * 9.05), int(50 * 6.6), int(50 * 10.15), int(50 * 7.6))
    ordinary = seen(draw_certificate(PRINTED, FOLDERS), tmp_path).crop(box)
    for changes in (RICH, RICH | {"title": LONG_TITLE, "name": LONG_NAME}):
        assert (
            ImageChops.difference(
                seen(draw_certificate(PRINTED | changes, FOLDERS), tmp_path).crop(box), ordinary
            ).getbbox()
            is None
        )


def test_it_says_whose_rule_it_is() -> None:
    said = words(draw(**UNDER))
    assert f"Recognized by Vermont-NEA under “{UNDER['agreement_title']}”, clause “15-hour certificate”." in said
    assert "Recognized by Vermont-NEA under clause “15-hour certificate”." in words(draw(recognizer="Vermont-NEA"))


def test_no_signature_is_pretended() -> None:
    plain = words(draw())
    assert plain.count("Robin Sample") == 1
    assert "Issued electronically, without a handwritten signature." in plain
    signed = words(draw(signed=True))
    assert "Digitally signed" in signed
    assert "Issued electronically" not in signed
    assert signed.count("Robin Sample") == 1


def test_spaced_letters_are_read_as_words(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(draw_certificate(PRINTED | {"specimen": True}, FOLDERS))
    read = subprocess.run(
        ["pdftotext", "-layout", "x.pdf", "-"], cwd=tmp_path, capture_output=True, check=True
    ).stdout.decode()
    for said in (" ".join(read.split()), words(PdfReader(tmp_path / "x.pdf"))):
        for text in (
            "Demo Education Association",
            "EARNED",
            "CREDITED",
            "hours",
            "SPECIMEN: THIS SHEET CERTIFIES NOTHING",
        ):
            assert text in said
