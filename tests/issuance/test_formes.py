"""Fast pages: what is printed from a forme is what WeasyPrint alone would have drawn, pixel by pixel, and depends on nothing printed before."""

import io
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pydyf
import pytest
import weasyprint
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from pypdf import PdfReader

from countersign.embedded import Embedded
from countersign.errors import UsageError
from countersign.issuance import drawing
from countersign.issuance.drawing import draw_certificate, draw_credit_request
from countersign.press import formes, marking, weasy
from countersign.press.formes import Formes
from countersign.press.marking import holes_of, mark, unmarked
from countersign.press.pictures import code
from countersign.press.places import Unfit
from countersign.render import GlyphsMissing, PageCount, fill, render_pdf
from countersign.settings import PROGRAM
from tests.issuance.test_drawing import LONG_NAME, LONG_TITLE, PRINTED

FOLDERS = (PROGRAM / "templates",)
CERTIFICATES = sorted(f.stem for f in (FOLDERS[0] / "certificate").glob("*.html") if f.stem != "base")
TOLERANCE = 0
"""How far a pixel may be from WeasyPrint's own, of 255."""

HOSTILE = [
    {"name": "Q", "title": "X"},
    {"name": LONG_NAME},
    {"title": LONG_TITLE},
    {"name": "Wm" * 80, "title": "W" * 300},
    {"title": '<img src=file:///etc/passwd onerror="x"> & </h2><script>alert(1)</script>'},
    {"name": "https://elsewhere.example/?a=b&c=d", "title": "{{ 7 * 7 }} {% include 'x' %}"},
    {"name": "Đỗ Thị Nguyệt Ánh", "title": "Office ﬁ affluent Thérèse (AVA) “To” Yo"},
    {"name": "Dr. שרה Cohen", "title": "الكفاءات الدقيقة للمعلمين"},
    {"name": "ณัฐวุฒิ ศรีสุวรรณ", "title": "निर्माणात्मक मूल्यांकन"},
    {"name": "王小明", "title": "教室文化の創造 김민준"},
    {"statement": "", "licence": ""},
    {"statement": "Shows, plans, documents and explains what changed. " * 8, "replaces": "VT-2026-AAAAA-AAAAA-A"},
]


def page_of(template: str, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> str:
    """The marked HTML of a certificate, as it would be sent to the press."""
    found: list[str] = []

    def catch(html: str, *_: Any, **__: Any) -> bytes:
        found.append(html)
        return b""

    with monkeypatch.context() as patch:
        patch.setattr(drawing, "render_pdf", catch)
        draw_certificate({**PRINTED, "template": template, **changes}, FOLDERS)
    return found[0]


def pixels(pdf: bytes, folder: Path) -> Iterator[Image.Image]:
    """The pages of a PDF as poppler shows them, 90 dots to the inch."""
    (folder / "x.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "90", "x.pdf", "x"], cwd=folder, check=True)
    for file in sorted(folder.glob("x*.ppm")):
        with Image.open(file) as image:
            yield image.copy()
        file.unlink()


def assert_alike(one: bytes, other: bytes, folder: Path) -> None:
    for mine, theirs in zip(pixels(one, folder), list(pixels(other, folder)), strict=True):
        for band in ImageChops.difference(mine, theirs).split():
            (_, most) = band.getextrema()
            assert isinstance(most, int)
            assert most <= TOLERANCE


@pytest.fixture
def only_formes(monkeypatch: pytest.MonkeyPatch) -> None:
    """WeasyPrint never draws a page alone."""

    def alone(*_: Any) -> None:
        raise AssertionError("this page was not printed from a forme")

    monkeypatch.setattr(weasy, "_draw", alone)


def test_the_insides_we_rest_on_are_those_of_this_version() -> None:
    assert (weasyprint.__version__, pydyf.__version__) == ("70.0", "0.13.0")


COMPARED = [
    (template, number)
    for number in range(len(HOSTILE))
    for template in (CERTIFICATES if number < 3 else [CERTIFICATES[number % len(CERTIFICATES)]])
]
"""The first hostile pages in all templates, each other one in one of them."""


@pytest.mark.parametrize(("template", "number"), COMPARED)
def test_a_fast_page_is_weasyprint_s_own_pixel_by_pixel(
    template: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked = page_of(f"certificate/{template}.html", monkeypatch, **HOSTILE[number])
    plain = render_pdf(unmarked(marked), FOLDERS, title="Trial", created=date(2026, 10, 2))
    assert_alike(render_pdf(marked, FOLDERS, title="Trial", created=date(2026, 10, 2)), plain, tmp_path)


@pytest.mark.usefixtures("only_formes")
@pytest.mark.parametrize("template", CERTIFICATES)
def test_every_template_is_printed_from_formes(template: str) -> None:
    for changes in HOSTILE:
        draw_certificate({**PRINTED, "template": f"certificate/{template}.html", **changes}, FOLDERS)


@pytest.mark.usefixtures("only_formes")
def test_the_second_page_is_printed_from_formes_too() -> None:
    draw_certificate({**PRINTED, "second_page": True}, FOLDERS)


def test_a_page_s_bytes_do_not_depend_on_what_was_printed_before() -> None:
    pages = [{**PRINTED, **changes} for changes in HOSTILE]
    in_order = [draw_certificate(page, FOLDERS) for page in pages]
    for seed in (1, 2):
        weasy._thread.press = None  # pyright: ignore[reportPrivateUsage]
        order = list(range(len(pages)))
        Random(seed).shuffle(order)
        for index in order:
            assert draw_certificate(pages[index], FOLDERS) == in_order[index]


def test_links_descriptions_title_and_files_are_the_page_s_own(tmp_path: Path) -> None:
    for number in ("VT-2026-00000-00000-0", "VT-2026-11111-11111-1"):
        url = f"https://check.demo-ea.example/c/{number}"
        file = Embedded(
            "verdict.json", number.encode(), "application/json", "Data", "How it was proven", date(2026, 10, 2)
        )
        pdf = draw_certificate({**PRINTED, "number": number, "check_url": url}, FOLDERS, embedded=[file])
        (tmp_path / "x.pdf").write_bytes(pdf)
        plain = ["qpdf", "--qdf", "--object-streams=disable", "x.pdf", "-"]
        shown = subprocess.run(plain, cwd=tmp_path, capture_output=True, check=True)
        other = "00000-00000" if number.endswith("1") else "11111-11111"
        assert f"/URI ({url})".encode() in shown.stdout
        assert f"QR code with the address {url}".encode() in shown.stdout
        assert f"/Title (Certificate {number})".encode() in shown.stdout
        assert f"Certificate {number}</rdf:li>".encode() in shown.stdout
        assert other.encode() not in shown.stdout
        assert marking.stand_in_of("")[:-1].encode() not in shown.stdout


def test_bookmarks_say_the_page_s_own_words() -> None:
    for title in ("Inquiry in the Library", "Student Voice", "Đỗ & <b>"):
        outline: Any = PdfReader(io.BytesIO(draw_certificate({**PRINTED, "title": title}, FOLDERS))).outline
        assert outline[0].title == "Certificate of Professional Development"
        assert title in {one.title for one in outline[1]}


def trial(folder: Path, body: str, style: str = "", **values: Any) -> str:
    page = f'<html lang="en"><head><title>x</title><style>body {{ font-family: Lato }} {style}</style></head><body>{body}</body></html>'
    (folder / "trial.html").write_text(page)
    return fill((folder, *FOLDERS), "trial.html", values, marked=True)


@pytest.mark.parametrize(
    ("body", "style"),
    [
        ("<p><span>{{ a }}</span> and more</p><p>standing</p>", "span { float: left }"),
        ("<table><tr><td>{{ a }}</td><td>x</td></tr></table>", ""),
        ("<div>{{ a }}</div><p>standing</p>", "div { position: absolute; left: 2cm }"),
        ("<div><p>{{ a }}</p><p>next to it</p></div>", "div { display: flex }"),
        ("<div>{{ a }}</div>", "div { display: inline-block; border: 1pt solid black }"),
        ("<p>See <a href='https://x.example/'>{{ a }}</a></p>", ""),
        ("<p>{{ a }}</p>", "p { text-align: justify }"),
        ("<p>{{ a }}</p>", "p { text-transform: uppercase }"),
        ("<p>{{ a }}</p>", "p::first-letter { font-size: 3em }"),
        ("<p class='{{ a }}'>x</p>", ".wide { letter-spacing: 1em }"),
        ("<p><b>{{ a }}</b></p>", "b { background: yellow }"),
        ("<pre>{{ a }}</pre>", "pre { font-family: Lato }"),
        (
            "<h2>{{ a }}</h2>",
            "h2 { string-set: who content() } @page { @top-center { content: 'of ' string(who); font-family: Lato } }",
        ),
        (
            "<h2>{{ a }}</h2>",
            "h2 { position: running(who) } @page { @top-center { content: element(who); font-family: Lato } }",
        ),
        ("<p>Seen<span>{{ a }}</span></p><p>{{ a }}</p>", "span { float: footnote; font-family: Lato }"),
        ("<h2 id='x'>{{ a }}</h2><p>{{ a }}</p>", "p::after { content: ' of ' target-text(url(#x)) }"),
        ("<p>{{ a }}</p>", "p::after { content: ' · page ' counter(page) ' of ' counter(pages) }"),
        ("<p>{{ a }}</p>", "p::before { content: 'No. ' }"),
        ("<ol><li>{{ a }}</li><li>standing</li></ol>", "ol { width: 9cm } li { width: 8cm }"),
        ("<p><q>{{ a }}</q></p>", ""),
    ],
)
def test_what_does_not_fit_a_forme_is_drawn_by_weasyprint_all_the_same(body: str, style: str, tmp_path: Path) -> None:
    folders = (tmp_path, *FOLDERS)
    for value in ("wide", "i", "several words that go on and on " * 6):
        marked = trial(tmp_path, body, style, a=value.strip())
        fast = render_pdf(marked, folders, title="Trial")
        assert_alike(fast, render_pdf(unmarked(marked), folders, title="Trial"), tmp_path)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(
        st.text(st.characters(codec="latin-1", categories=("L", "N", "P", "Zs", "S")), min_size=1, max_size=60),
        min_size=3,
        max_size=3,
    )
)
def test_any_words_are_set_as_weasyprint_sets_them(words: list[str], tmp_path: Path) -> None:
    style = "p { width: 6cm } .r { text-align: right } .c { text-align: center; letter-spacing: .1em }"
    body = "<p>{{ a }}</p><p class='r'>“{{ b }}”: {{ a }}.</p><p class='c'>{{ c }}</p>"
    a, b, c = words
    marked = trial(tmp_path, body, style, a=a, b=b, c=c)
    folders = (tmp_path, *FOLDERS)
    try:
        fast = render_pdf(marked, folders, title="Trial")
    except GlyphsMissing as problem:
        with pytest.raises(GlyphsMissing, match=problem.what[:30]):
            render_pdf(unmarked(marked), folders, title="Trial")
        return
    assert_alike(fast, render_pdf(unmarked(marked), folders, title="Trial"), tmp_path)


def test_too_many_pages_are_told_from_a_forme_as_well(tmp_path: Path) -> None:
    marked = trial(tmp_path, "<p>{{ a }}</p>", "p { font-size: 60pt }", a="word " * 200 + "end")
    for _ in range(2):
        with pytest.raises(PageCount, match="where 1"):
            render_pdf(marked, (tmp_path, *FOLDERS), title="Trial", pages=1)


def test_a_character_that_no_font_has_is_named_from_a_forme_as_well(tmp_path: Path) -> None:
    with pytest.raises(GlyphsMissing, match="U\\+1202E"):
        render_pdf(trial(tmp_path, "<p>{{ a }}</p>", a="a \U0001202e b"), (tmp_path, *FOLDERS), title="Trial")


@pytest.mark.parametrize("value", ["Art", "a  b"])
def test_a_character_that_no_font_has_is_named_wherever_it_stands(value: str, tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(GlyphsMissing, match="U\\+1202E"):
            render_pdf(
                trial(tmp_path, "<p>{{ a }}</p><p>Approved \U0001202e</p>", a=value),
                (tmp_path, *FOLDERS),
                title="Trial",
            )


def test_a_control_character_is_dropped_as_html_drops_it(tmp_path: Path) -> None:
    marked = trial(tmp_path, "<p>{{ a }}</p><p>{{ b }}</p>", a="a\0b", b="c")
    texts: list[bytes] = []
    for html in (marked, unmarked(marked)):
        pdf = render_pdf(html, (tmp_path, *FOLDERS), title="Trial")
        texts.append(subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout)
    assert texts[0] == texts[1]


@pytest.mark.parametrize("character", ["\x1f", "\u2028"], ids=["unit separator", "line separator"])
def test_what_has_no_glyph_is_refused_on_either_way(character: str, tmp_path: Path) -> None:
    marked = trial(tmp_path, "<p>{{ a }}</p><p>{{ b }}</p>", a=f"a{character}b", b="c")
    for html in (marked, unmarked(marked)):
        with pytest.raises(GlyphsMissing):
            render_pdf(html, (tmp_path, *FOLDERS), title="Trial")


def test_what_weasyprint_stumbles_over_is_one_page_s_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: Any) -> None:
        raise KeyError(140668214770384)

    with monkeypatch.context() as patch:
        patch.setattr(Formes, "print", stumble)
        with pytest.raises(UsageError, match="WeasyPrint stumbled over the page"):
            render_pdf(trial(tmp_path, "<p>{{ a }}</p>", a="x"), (tmp_path, *FOLDERS), title="Trial")
    assert render_pdf(trial(tmp_path, "<p>{{ a }}</p>", a="x"), (tmp_path, *FOLDERS), title="Trial")


def test_an_edited_stylesheet_or_picture_is_seen_at_once(tmp_path: Path) -> None:
    page = '<link rel="stylesheet" href="own.css"><p>{{ a }}</p>'
    (tmp_path / "own.css").write_text("p { color: #000000 }")
    folders = (tmp_path, *FOLDERS)
    before = render_pdf(trial(tmp_path, page, a="x"), folders, title="Trial")
    (tmp_path / "own.css").write_text("p { color: #ff0000; }")
    after = render_pdf(trial(tmp_path, page, a="x"), folders, title="Trial")
    assert before != after
    weasy._thread.press = None  # pyright: ignore[reportPrivateUsage]
    assert render_pdf(trial(tmp_path, page, a="x"), folders, title="Trial") == after


def test_a_page_with_a_slip_is_refused_again_and_keeps_no_other_waiting(tmp_path: Path) -> None:
    folders = (tmp_path, *FOLDERS)
    render_pdf(trial(tmp_path, "<p>{{ a }}</p>", a="x"), folders, title="Trial")
    press = weasy._thread.press  # pyright: ignore[reportPrivateUsage]
    for _ in range(2):
        with pytest.raises(UsageError, match="unknown property"):
            render_pdf(trial(tmp_path, "<p>{{ a }}</p>", "p { colour: red }", a="x"), folders, title="Trial")
    assert weasy._thread.press is press  # pyright: ignore[reportPrivateUsage]


def test_what_cannot_be_printed_is_set_only_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def lost(*_: Any) -> bool:
        made.append(1)
        return False

    monkeypatch.setattr(formes, "nothing_lost", lost)
    for value in ("x", "y", "z"):
        render_pdf(trial(tmp_path, "<p>{{ a }}</p>", a=value), (tmp_path, *FOLDERS), title="Trial")
    assert made == [1]


def test_a_credit_request_is_printed_and_drawn_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Formes, *_: Any) -> None:
        raise Unfit

    printed = {
        **PRINTED,
        "template": "credit/request.html",
        "requested_on": "2026-10-02",
        "verified_on": "2026-10-02",
        "college": "Lakeview University (fictional)",
        "course": "",
        "term": "",
        "contact": "",
        "payer": "self",
        "agreement_title": "Micro-credentials",
        "fee": {"amount": "$125.00", "source": "Fee table"},
        "affiliate": {"name": "Demo", "address": ["1 Main Street"], "email": "a@demo.example", "phone": ""},
    }
    fast = draw_credit_request(printed, FOLDERS)
    monkeypatch.setattr(Formes, "print", refuse)
    assert_alike(fast, draw_credit_request(printed, FOLDERS), tmp_path)


def test_marks_come_out_as_they_went_in() -> None:
    html = f'<p class="{mark("x")}">{mark("a & <b>")} and {mark("c")}</p><a href="{mark("https://x.example/?a=1&b=2")}">y</a>'
    page = holes_of(html)
    assert page is not None
    assert page.values == ("a & <b>", "c", "https://x.example/?a=1&b=2")
    assert page.attributes == (("", False), ("", False), ("href", True))
    assert page.literals[0] == '<p class="x">'
    assert unmarked(html) == '<p class="x">a &amp; &lt;b&gt; and c</p><a href="https://x.example/?a=1&amp;b=2">y</a>'


def test_a_value_that_holds_marks_is_no_mark() -> None:
    assert holes_of(f"<p>{mark(chr(0xE000))}{mark('a')}</p>") is None


@given(st.text(st.sampled_from("abcxyzABCXYZ0123456789-._~/:?&=%"), min_size=1, max_size=90))
@settings(max_examples=40, deadline=None)
def test_a_qr_code_put_together_from_changes_is_the_one_segno_makes(rest: str) -> None:
    import segno

    address = f"https://{rest}"
    made = segno.make_qr(address, error="m", mask=3, boost_error=False, mode="byte").matrix
    size, modules = code(address)
    assert size == len(made)
    assert f"{modules:0{size * size}b}" == "".join("1" if module else "0" for row in made for module in row)


def test_the_qr_code_on_the_certificate_is_read_by_another_program(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(draw_certificate(PRINTED, FOLDERS))
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", "x.pdf", "x"], cwd=tmp_path, check=True)
    read = subprocess.run(["zbarimg", "--quiet", "--raw", "x.png"], cwd=tmp_path, capture_output=True, check=True)
    assert read.stdout.decode().strip() == PRINTED["check_url"]
