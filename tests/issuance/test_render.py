"""The press: a page is drawn as its designer meant it, the same every time, or not at all."""

import io
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from pypdf import PdfReader

from countersign.errors import FileProblem, UsageError
from countersign.render import GlyphsMissing, PageCount, day, figure, fill, money, month, render_pdf, uncovered
from countersign.settings import PROGRAM

SHIPPED = (PROGRAM / "templates",)
PAGE = '<html lang="en"><head><style>body {{ font-family: Lato }}</style></head><body><p>{}</p></body></html>'


def draw(body: str, base: Sequence[Path] = SHIPPED, **options: object) -> bytes:
    return render_pdf(PAGE.format(body), base, title="Trial", **options)  # pyright: ignore[reportArgumentType]


def test_the_same_page_gives_the_same_bytes_here_and_in_another_process() -> None:
    first = draw("Hello")
    draw("Something else in between")
    assert draw("Hello") == first
    code = (
        "import sys; from countersign.render import render_pdf; from countersign.settings import PROGRAM;"
        f"sys.stdout.buffer.write(render_pdf({PAGE.format('Hello')!r}, [PROGRAM / 'templates'], title='Trial'))"
    )
    other = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, env={**os.environ, "LC_ALL": "C"}
    )
    assert other.stdout == first


def test_the_pdf_is_tagged_and_has_title_language_and_no_clock() -> None:
    pdf = PdfReader(io.BytesIO(draw("Hello")))
    catalog: Any = pdf.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "en"
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "/StructTreeRoot" in catalog
    assert b"pdfuaid" in catalog["/Metadata"].get_data()
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Trial"
    assert "/CreationDate" not in pdf.metadata
    assert pdf.trailer["/ID"]


def test_a_creation_date_is_printed_when_it_is_given() -> None:
    pdf = PdfReader(io.BytesIO(draw("Hello", created=date(2026, 10, 2))))
    assert pdf.metadata is not None
    assert pdf.metadata["/CreationDate"] == "D:20261002"


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "https://elsewhere.example/x.png",
        "http://127.0.0.1/x.png",
        "ftp://elsewhere.example/x.png",
        "../../../../../../etc/passwd",
        "fonts/%2e%2e/%2e%2e/README.md",
        "no-such-file.png",
    ],
)
def test_only_files_of_the_templates_are_read(address: str) -> None:
    with pytest.raises(UsageError, match=r"asked for|is missing"):
        draw(f'<img src="{address}" alt="x">')


def test_a_link_out_of_the_templates_folder_is_not_followed(tmp_path: Path) -> None:
    copytree(SHIPPED[0] / "fonts", tmp_path / "templates" / "fonts")
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "templates" / "x.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(UsageError, match="outside the templates folder"):
        draw('<img src="x.png" alt="x">', [tmp_path / "templates"])


def test_an_image_in_an_image_is_not_fetched_either() -> None:
    svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><image href='file:///etc/passwd' width='9' height='9'/></svg>"
    with pytest.raises(UsageError):
        draw(f'<img src="data:image/svg+xml,{svg}" alt="x">')


def test_a_stylesheet_from_elsewhere_is_refused() -> None:
    with pytest.raises(UsageError, match=r"elsewhere\.example"):
        draw("<style>@import url(https://elsewhere.example/x.css);</style>")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('<img src="data:image/png;base64,AAAA" alt="x">', "Failed to load image"),
        ('<span style="colour: red">x</span>', "unknown property"),
        ('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==">', "no required alt"),
        ('<span style="font-family: Arial">x</span>', "No @font-face gives the font 'Arial'"),
        ("<style>@font-face { font-family: X; src: url(fonts/none.ttf) }</style>", "fonts/none.ttf is missing"),
        ("<style>@font-face { font-family: X; src: url(fonts/fonts.css) }</style>", "cannot be loaded"),
        ("<style>@font-face { font-family: X; src: local(Arial) }</style>", "a font of the system"),
        ('<div style="position: absolute; top: 29.5cm"><p>a</p><p>lost</p></div>', "not on any page"),
    ],
)
def test_what_weasyprint_would_only_log_is_an_error(body: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        draw(body)
    assert draw("Hello")  # and the next page is none the worse for it


def test_a_document_without_a_language_is_refused() -> None:
    with pytest.raises(UsageError, match="lang"):
        render_pdf(PAGE.format("x").replace(' lang="en"', ""), SHIPPED, title="Trial")


def test_a_character_without_a_glyph_is_refused_and_never_a_box() -> None:
    with pytest.raises(GlyphsMissing, match=r"𒀀 \(U\+12000\)") as caught:
        draw("Name 𒀀𒀁 𒀀")
    assert caught.value.characters == "𒀀𒀁"
    assert uncovered("Đỗ Thị Nguyệt Ánh, Łukasz, Þór, Ñuñez 漢𒀀", SHIPPED) == "𒀀"


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(PageCount, match="takes 2 pages where 1") as caught:
        draw('<p style="break-before: page">x</p>', pages=1)
    assert caught.value.pages == 2


def test_a_missing_font_file_refuses_every_page(tmp_path: Path) -> None:
    copytree(SHIPPED[0] / "fonts", tmp_path / "fonts")
    (tmp_path / "fonts" / "Lato-Bold.ttf").unlink()
    with pytest.raises(UsageError, match=r"Lato-Bold\.ttf is missing"):
        draw("Hello", [tmp_path])


def test_templates_without_fonts_are_refused(tmp_path: Path) -> None:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "fonts.css").touch()
    with pytest.raises(UsageError, match="names no font"):
        draw("Hello", [tmp_path])


def test_the_environment_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONTCONFIG_FILE", "mine")
    draw("Hello", [*SHIPPED, *SHIPPED])
    assert os.environ["FONTCONFIG_FILE"] == "mine"


def test_a_command_that_draws_nothing_does_not_load_weasyprint() -> None:
    code = "import sys, countersign.render, countersign.issuance; sys.exit('weasyprint' in sys.modules or 'fontTools' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---------------------------------------------------------------------------------------------------------- templates


def template(folder: Path, text: str, name: str = "page.html") -> tuple[Path]:
    (folder / name).write_text(text, encoding="utf-8")
    return (folder,)


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("one\ntwo {{ nothing }}\n", 2, "'nothing' is undefined"),
        ("one\n\n{{ p.nothing }}\n", 3, "has no attribute 'nothing'"),
        ("{% if %}\n", 1, "is not a template"),
        ("one\n{{ 'x'|no_such_filter }}\n", 2, "no_such_filter"),
        ("one\n{{ 'x'|day }}\n", 2, "cannot be filled in"),
        ("{% extends 'none.html' %}\n", 0, "there is no such template"),
    ],
)
def test_a_wrong_template_is_named_with_its_line(tmp_path: Path, text: str, line: int, sentence: str) -> None:
    with pytest.raises(FileProblem, match=sentence) as caught:
        fill(template(tmp_path, text), "page.html", {"p": {}})
    assert caught.value.line == line
    assert caught.value.file == ("none.html" if "extends" in text else "page.html")


def test_an_error_in_an_included_template_names_that_one(tmp_path: Path) -> None:
    template(tmp_path, "a\n{{ oops }}", "part.html")
    with pytest.raises(FileProblem, match=r"part\.html, line 2"):
        fill(template(tmp_path, "{% include 'part.html' %}"), "page.html", {})


def test_the_workspace_s_own_template_comes_first(tmp_path: Path) -> None:
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    own.mkdir()
    shipped.mkdir()
    template(own, "own")
    template(shipped, "shipped")
    assert fill((own, shipped), "page.html", {}) == "own"
    assert fill((shipped, own), "page.html", {}) == "shipped"


def test_markup_is_escaped(tmp_path: Path) -> None:
    assert fill(template(tmp_path, "{{ x }}"), "page.html", {"x": "<b>"}) == "&lt;b&gt;"


def test_dates_and_figures_read_as_people_write_them() -> None:
    assert day(date(2026, 10, 1)) == day("2026-10-01") == "October 1, 2026"
    assert month("2026-10") == month(date(2026, 10, 31)) == "October 2026"
    assert [figure(Decimal(x)) for x in ("15.0000", "7.50", "1250", "100", "0")] == ["15", "7.5", "1,250", "100", "0"]
    assert [money(Decimal("1250.5")), money(-3), money(3, "CAD")] == ["$1,250.50", "-$3.00", "3.00 CAD"]
    with pytest.raises(ValueError, match="cents"):
        money(Decimal("0.005"))
    with pytest.raises(ValueError, match="not a figure"):
        figure(Decimal("NaN"))
