"""Every state's certificate, the affiliate's logo and colors, the second page: complete, on the pages promised, and readable by anybody."""

import io
import re
from itertools import pairwise
from typing import Any

import pytest
from pypdf import PdfReader

from countersign.errors import FileProblem
from countersign.issuance.drawing import check_template, draw_certificate
from countersign.press.weasy import find_file
from countersign.render import fill
from countersign.settings import LEAST_CONTRAST, Colors, contrast_on_white
from tests.issuance.test_drawing import FOLDERS, PRINTED, catalog, draw, tags, words

STATES = sorted(p.stem for p in (FOLDERS[0] / "certificate").glob("*.html") if p.stem != "base")
LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><circle cx="10" cy="10" r="9" fill="#123"/></svg>'
)
STYLE = (FOLDERS[0] / "certificate" / "certificate.css").read_text(encoding="utf-8")


def of_state(state: str, **changes: Any) -> PdfReader:
    return draw(template=f"certificate/{state}.html", **changes)


def said_by(pdf: PdfReader) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in pdf.pages]


def test_there_is_a_template_for_each_state_and_one_for_all_others() -> None:
    assert STATES == ["generic", "illinois", "massachusetts", "new-hampshire", "vermont"]


@pytest.mark.parametrize("state", STATES)
def test_every_state_s_certificate_is_one_page_and_says_all_that_is_asked(state: str) -> None:
    pdf = of_state(state, replaces="VT-2026-AAAAA-AAAAA-A")
    (said,) = said_by(pdf)
    for text in (
        PRINTED["name"],
        "0456.7821",
        PRINTED["title"],
        f"awarded by {PRINTED['issuer']}, in the stack “{PRINTED['stack']}”",
        PRINTED["statement"],
        "September 28, 2026",
        "October 2, 2026",
        "15 (fifteen) hours",
        "1.5 (one and a half) CEUs",
        PRINTED["determined"],
        PRINTED["manner"],
        PRINTED["standards"],
        "Demo Provider",
        "10 Main Street · Montpelier, VT 05601",
        "Provider number P-0042",
        "approved until June 30, 2027",
        "Robin Sample, Director of Professional Learning",
        "not college credit",
        PRINTED["number"],
        PRINTED["assertion"],
        "It replaces certificate VT-2026-AAAAA-AAAAA-A.",
    ):
        assert text in said
    assert said.count("approved until June 30, 2027") == 1
    kinds = [str(e["/S"]) for e in tags(catalog(pdf)["/StructTreeRoot"])]
    assert [k for k in kinds if re.fullmatch(r"/H\d", k)] == ["/H1", "/H2"]


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("vermont", "Vermont educator license 0456.7821"),
        ("new-hampshire", "Certificate of Continuing Education"),
        ("massachusetts", "PDPs are professional development points"),
        ("illinois", "Illinois educator license (IEIN) 0456.7821"),
        ("illinois", "Approval of the provider in Illinois: approved until June 30, 2027."),
        ("generic", "Educator license 0456.7821"),
    ],
)
def test_a_state_has_words_of_its_own(state: str, text: str) -> None:
    assert text in words(of_state(state))


def test_illinois_says_when_no_approval_is_stated() -> None:
    said = words(of_state("illinois", provider=PRINTED["provider"] | {"approval": ""}))
    assert "No approval of the provider by the state of Illinois is stated here." in said


@pytest.mark.parametrize("state", STATES)
def test_no_template_names_a_portal(state: str) -> None:
    text = (FOLDERS[0] / "certificate" / f"{state}.html").read_text(encoding="utf-8")
    assert not re.search(r"ALiS|EWIMS|ELMS|ELIS|myEdCert", text)


def test_vermont_s_second_page_asks_for_description_and_impact() -> None:
    pdf = of_state("vermont", second_page=True)
    first, second = said_by(pdf)
    assert "Description" not in first
    for text in ("Description", "Impact Statement", PRINTED["name"], PRINTED["number"], PRINTED["next_step"]):
        assert text in second
    kinds = [str(e["/S"]) for e in tags(catalog(pdf)["/StructTreeRoot"])]
    assert [k for k in kinds if re.fullmatch(r"/H\d", k)] == ["/H1", "/H2", "/H2", "/H3", "/H3"]
    assert kinds.count("/LI") == 6


def test_a_template_without_a_second_page_is_refused_before_anything_is_planned() -> None:
    asked = PRINTED | {"second_page": True}
    check_template(asked, FOLDERS)
    with pytest.raises(FileProblem, match=r"illinois\.html: has no second page"):
        check_template(asked | {"template": "certificate/illinois.html"}, FOLDERS)


def test_what_an_earlier_version_planned_can_be_drawn() -> None:
    later = {"standards", "also", "next_step"}
    pdf = PdfReader(io.BytesIO(draw_certificate({k: v for k, v in PRINTED.items() if k not in later}, FOLDERS)))
    assert "Standards" not in words(pdf)


# ------------------------------------------------------------------------------------------------------ logo and colors


def test_the_logo_is_there_with_its_description() -> None:
    printed = PRINTED | {"logo": {"media_type": "image/svg+xml"}}
    pdf = PdfReader(io.BytesIO(draw_certificate(printed, FOLDERS, logo=LOGO)))
    figures = [e for e in tags(catalog(pdf)["/StructTreeRoot"]) if e["/S"] == "/Figure"]
    assert [str(f["/Alt"]).partition(" ")[0] for f in figures] == ["Logo", "QR"]


def test_the_affiliate_s_colors_are_on_the_page_and_the_shipped_ones_are_not() -> None:
    def operators(**colors: str) -> bytes:
        page: Any = draw(colors=Colors(**colors).model_dump()).pages[0]
        return page.get_contents().get_data()

    def as_pdf(color: str) -> list[float]:
        return [round(int(color[i : i + 2], 16) / 255, 3) for i in (1, 3, 5)]

    def used(content: bytes) -> list[list[float]]:
        found = re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) (?:rg|RG|scn|SCN)", content)
        return [[round(float(v), 3) for v in three] for three in found]

    own, shipped = used(operators(accent="#7a1f2b")), used(operators())
    assert as_pdf("#7a1f2b") in own
    assert as_pdf("#1f4a3a") in shipped
    assert as_pdf("#1f4a3a") not in own


def test_a_drawing_s_colors_are_exchanged_all_at_once_and_only_by_colors() -> None:
    from countersign.errors import UsageError
    from countersign.press.dyeing import dyed

    svg = b'<svg><path stroke="#aaaaaa" fill="#bbbbbb"/><path fill="#cccccc"/></svg>'
    swapped = dyed(svg, "https://templates.invalid/x.svg?aaaaaa=bbbbbb,bbbbbb=aaaaaa")
    assert swapped == b'<svg><path stroke="#bbbbbb" fill="#aaaaaa"/><path fill="#cccccc"/></svg>'
    assert dyed(svg, "https://templates.invalid/x.svg") == svg
    with pytest.raises(UsageError, match="stand colors only"):
        dyed(svg, "https://templates.invalid/x.svg?aaaaaa=<script>")
    assert find_file("https://templates.invalid/certificate/frame.svg?1f4a3a=bbbbbb", FOLDERS).name == "frame.svg"


# -------------------------------------------------------------------------------------------------------- accessibility


def test_every_color_of_text_is_legible_on_white() -> None:
    named = dict(re.findall(r"(--\w+): (#[0-9a-f]{6})", STYLE))
    used = re.findall(r"(?<![-\w])color: ([^;}\s]+)", STYLE)
    assert len(used) > 10
    for color in used:
        if color == "inherit":
            continue
        exact = named[color[4:-1]] if color.startswith("var(") else color
        assert contrast_on_white(exact) >= LEAST_CONTRAST, f"{color} is {contrast_on_white(exact):.2f} to 1"
    assert "var(--ornament)" not in used


def test_contrast_is_wcag_s() -> None:
    assert contrast_on_white("#000000") == pytest.approx(21)
    assert contrast_on_white("#ffffff") == pytest.approx(1)
    assert contrast_on_white("#767676") == pytest.approx(4.54, abs=0.005)
    assert contrast_on_white("#777777") < LEAST_CONTRAST


@pytest.mark.parametrize("state", STATES)
def test_headings_pictures_and_tables_say_what_they_are(state: str) -> None:
    html = fill(
        FOLDERS,
        f"certificate/{state}.html",
        {
            "p": PRINTED
            | {
                "second_page": state == "vermont",
                "specimen": False,
                "signed": False,
                "recognizer": "R",
                "agreement_title": "T",
                "colors": Colors().model_dump(),
            },
            "steps": {"name": 1, "title": 1, "small": 1},
            "qr": "qr:x",
            "signature": "data:,",
            "logo": "data:,",
            "tight": 0,
        },
    )
    assert '<html lang="en-US">' in html
    levels = [int(n) for n in re.findall(r"<h([1-6])", html)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(re.search(r'alt="[^"]+"', image) for image in re.findall(r"<img[^>]*>", html))
    assert len(re.findall(r"<img", html)) == 3
    assert all('scope="col"' in head for head in re.findall(r"<th(?!ead)[^>]*>", html))
