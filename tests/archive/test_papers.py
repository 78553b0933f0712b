"""The papers as people and programs get them: each certificate of ours keeps every clause, can be read in order and seen."""

import io
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import pikepdf
import pytest
from PIL import Image
from pypdf import PdfReader

from countersign.embedded import Embedded
from countersign.issuance import drawing
from countersign.issuance.drawing import draw_certificate
from countersign.press.marking import unmarked
from countersign.render import render_pdf
from countersign.settings import PROGRAM
from tests.archive.clauses import broken
from tests.issuance.test_drawing import LONG_NAME, PRINTED

FOLDERS = (PROGRAM / "templates",)
TEMPLATES = sorted(p.stem for p in (PROGRAM / "templates" / "certificate").glob("*.html") if p.stem != "base")
FILES = (
    Embedded(
        "verdict.json", b'{"outcome": "verified"}\n', "application/json", "Supplement", "Verdict", date(2026, 10, 1)
    ),
    Embedded("micro-credential.jwt", b"e30.e30.AA", "application/jwt", "Source", "As given out", date(2026, 9, 28)),
)
LEAST_CONTRAST, LEAST_FOR_LARGE, LARGE = 4.5, 3.0, 18.0
"""WCAG 2.1, 1.4.3: for text, for large text, and from how many points on text is large."""


def certificate(template: str, **changes: Any) -> bytes:
    printed = PRINTED | {"template": f"certificate/{template}.html", "replaces": "VT-2026-AAAAA-AAAAA-A"} | changes
    return draw_certificate(printed, FOLDERS, embedded=FILES)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_certificate_keeps_every_clause(template: str, signed: bool) -> None:
    assert broken(certificate(template, signed=signed)) == {}


def test_so_does_one_with_long_words_and_the_same_one_again() -> None:
    first = certificate("vermont", name=LONG_NAME)
    assert broken(first) == {}
    assert certificate("vermont", name=LONG_NAME) == first


class _Words(HTMLParser):
    """The text of a page in the order in which it is written, with the descriptions of pictures left out."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.beside = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.beside += tag in {"style", "title", "script", "svg"}

    def handle_endtag(self, tag: str) -> None:
        self.beside -= tag in {"style", "title", "script", "svg"}

    def handle_data(self, data: str) -> None:
        if not self.beside:
            self.words.append(data)


def heard(content: bytes, folder: Path) -> str:
    """The text along the structure, as poppler reads it out."""
    said = output("pdfinfo", "-struct-text", content, folder)
    return "".join(line.strip()[1:-1] for line in said.splitlines() if line.strip().startswith('"'))


@pytest.mark.parametrize("template", TEMPLATES)
def test_it_is_read_in_the_order_in_which_its_page_is_written(
    template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Along the structure and along the content, poppler finds the text of the HTML: all of it, once, in its order."""
    written: list[str] = []
    real = drawing.render_pdf

    def remembering(html: str, *rest: Any, **options: Any) -> bytes:
        written.append(html)
        return real(html, *rest, **options)

    monkeypatch.setattr(drawing, "render_pdf", remembering)
    content = certificate(template)
    page = _Words()
    page.feed(unmarked(written[-1]))
    wanted = bare("".join(page.words))
    assert bare(heard(content, tmp_path)) == wanted
    assert bare(output("pdftotext", "-raw", content, tmp_path)) == wanted


def test_on_the_sheet_the_lines_follow_each_other_from_above(tmp_path: Path) -> None:
    seen = bare(output("pdftotext", "-layout", certificate("vermont"), tmp_path))
    order = ["This certifies that", PRINTED["name"], "has earned", PRINTED["title"], "awarded by", "Determined"]
    places = [seen.index(bare(text)) for text in order]
    assert places == sorted(places)


def bare(text: str) -> str:
    return "".join(text.split()).casefold()


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_text_stands_out_from_the_paper(template: str, tmp_path: Path) -> None:
    content = certificate(template)
    paper = paper_colour(content, tmp_path)
    texts = set(text_colours(content))
    assert texts
    for colour, points in texts:
        assert contrast(colour, paper) >= (LEAST_FOR_LARGE if points >= LARGE else LEAST_CONTRAST), (colour, points)


def test_a_pale_colour_is_found() -> None:
    assert (
        contrast((0.6, 0.6, 0.6), (1, 1, 1)) < LEAST_FOR_LARGE < LEAST_CONTRAST < contrast((0.4, 0.4, 0.4), (1, 1, 1))
    )
    assert round(contrast((0, 0, 0), (1, 1, 1)), 2) == 21


Colour = tuple[float, ...]


def paper_colour(content: bytes, folder: Path) -> Colour:
    """The most frequent colour of the first page, as poppler draws it."""
    (folder / "seen.pdf").write_bytes(content)
    subprocess.run(["pdftoppm", "-r", "30", "-png", "-singlefile", folder / "seen.pdf", folder / "seen"], check=True)
    with Image.open(folder / "seen.png") as picture:
        counted = Counter(picture.convert("RGB").get_flattened_data())
    most = cast("tuple[int, int, int]", counted.most_common(1)[0][0])
    return tuple(value / 255 for value in most)


def text_colours(content: bytes) -> Iterator[tuple[Colour, float]]:
    """Colour and size in points of each text on the pages."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for page in pdf.pages:
            colour: Colour = (0, 0, 0)
            size, kept = 0.0, list[Colour]()
            for operands, operator in pikepdf.parse_content_stream(page):
                name = str(operator)
                if name == "q":
                    kept.append(colour)
                elif name == "Q":
                    colour = kept.pop()
                elif name == "rg":
                    colour = tuple(float(o) for o in operands)  # pyright: ignore[reportArgumentType]
                elif name == "Tf":
                    size = float(operands[1]) * 0.75  # pyright: ignore[reportArgumentType]
                elif name in {"Tj", "TJ"}:
                    yield colour, size


def contrast(one: Colour, other: Colour) -> float:
    """WCAG 2.1, contrast ratio."""

    def luminance(colour: Colour) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_what_lies_in_it_comes_out_as_it_was_put_in(tmp_path: Path) -> None:
    content = certificate("vermont")
    read = PdfReader(io.BytesIO(content)).attachments
    assert {name: held[0] for name, held in read.items()} == {one.name: one.content for one in FILES}
    (tmp_path / "paper.pdf").write_bytes(content)
    subprocess.run(["pdfdetach", "-saveall", "-o", tmp_path, tmp_path / "paper.pdf"], check=True, capture_output=True)
    assert all((tmp_path / one.name).read_bytes() == one.content for one in FILES)


def test_the_file_says_which_paper_it_is() -> None:
    with pikepdf.open(io.BytesIO(certificate("vermont"))) as pdf:
        said = pdf.Root.Metadata.read_bytes().decode()
    assert f"<rdf:li>{PRINTED['number']}</rdf:li><rdf:li>{PRINTED['assertion']}</rdf:li>" in said


@pytest.mark.parametrize("title", ['A & B <c> "d"', "Ünï 漢字 عربى", "control \x08and \x0bit"])
def test_any_title_is_the_same_in_both_places_of_the_metadata(title: str) -> None:
    content = render_pdf('<html lang="en"><style>p { font-family: Lato }</style><p>x', FOLDERS, title=title)
    assert broken(content) == {}
    said = PdfReader(io.BytesIO(content)).metadata
    assert said is not None
    assert said.title == "".join(c for c in title if c >= " ")


def test_two_files_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="the same name"):
        draw_certificate(PRINTED, FOLDERS, embedded=(FILES[0], FILES[0]))


def output(program: str, option: str, content: bytes, folder: Path) -> str:
    file = folder / "paper.pdf"
    file.write_bytes(content)
    rest = ["-"] if program == "pdftotext" else []
    return subprocess.run([program, option, file, *rest], capture_output=True, text=True, check=True).stdout
