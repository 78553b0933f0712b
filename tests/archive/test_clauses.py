"""Each check of a clause can fail: a good file is spoilt once for every clause, and the clause is found broken."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from countersign.embedded import Embedded
from countersign.errors import UsageError
from countersign.render import render_pdf
from countersign.settings import PROGRAM
from tests.archive.clauses import PDF, UA, A, broken, every
from tests.archive.opened import Document

FOLDERS = (PROGRAM / "templates",)
DOT = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PAGE = f"""<html lang="en"><head><style>
body {{ font-family: Lato }} td {{ border: 1px solid #333 }} .pale {{ color: #0008 }} div {{ background: #eee }}
</style></head><body>
<h1>A page with everything</h1><h2>Figures</h2><div><p>Words with fi and fl, <b>bold</b> and <i>leaning</i>.</p></div>
<p>See <a href="https://check.example/c/1">the page <span>of it</span></a>, and <a href="#end">the end</a>.</p>
<table><thead><tr><th>Name</th><th colspan="2">Hours</th></tr></thead>
<tbody><tr><th scope="row">Ada</th><td>15</td><td>20</td></tr><tr><th scope="row">Bo</th><td colspan="2">10</td></tr></tbody></table>
<ul><li>one<ul><li>in it</li></ul></li><li>two</li></ul>
<dl><dt>Term</dt><dd>What it means</dd></dl>
<img src="{DOT}" alt="A dot" style="width: 2cm"><p class="pale">pale</p>
<h2 id="end">End</h2><p style="break-before: page">A second page</p></body></html>"""
FILES = (
    Embedded("verdict.json", b"{}\n", "application/json", "Supplement", "The verdict", date(2026, 10, 1)),
    Embedded("micro-credential.jwt", b"e30.e30.AA", "application/jwt", "Source", "As given out", date(2026, 9, 28)),
)


@pytest.fixture(scope="module")
def good() -> bytes:
    return render_pdf(
        PAGE, FOLDERS, title="Everything", created=date(2026, 10, 2), identifiers=["N-1"], embedded=FILES, signable=True
    )


def test_a_page_with_tables_lists_links_and_pictures_keeps_every_clause(good: bytes) -> None:
    assert broken(good) == {}


def test_so_it_does_after_pikepdf_wrote_it_again_which_the_spoilt_ones_are(good: bytes) -> None:
    assert broken(spoilt(good, lambda _: None)) == {}


def test_what_stands_in_the_margins_is_an_artifact() -> None:
    margin = '@page { @bottom-center { font-family: Lato; content: "Page " counter(page) } } body {'
    content = render_pdf(PAGE.replace("body {", margin, 1), FOLDERS, title="Everything")
    assert broken(content) == {}
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert [page.Contents.read_bytes().count(b"/Pagination") for page in pdf.pages] == [1, 1]


def test_text_in_a_group_is_refused_because_its_tags_would_lead_nowhere() -> None:
    with pytest.raises(UsageError, match="is drawn as a group") as caught:
        render_pdf(PAGE.replace("color: #0008", "opacity: 0.5"), FOLDERS, title="Everything")
    assert "opacity" in str(caught.value.remedy)


# ------------------------------------------------------------------------------------------------- one spoilt for each

Spoil = Callable[[Any], object]


def spoilt(good: bytes, spoil: Spoil) -> bytes:
    with pikepdf.open(io.BytesIO(good)) as pdf:
        spoil(pdf)
        written = io.BytesIO()
        pdf.save(
            written,
            static_id=True,
            fix_metadata_version=False,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
    return written.getvalue()


def first(pdf: Any, wanted: Callable[[Any], bool]) -> Any:
    return next(o for o in pdf.objects if isinstance(o, (Dictionary, pikepdf.Stream)) and wanted(o))


def typed(pdf: Any, kind: str) -> Any:
    return first(pdf, lambda o: o.get("/Type") == kind)


def element(pdf: Any, kind: str) -> Any:
    return first(pdf, lambda o: o.get("/Type") == "/StructElem" and o.get("/S") == kind)


def note(pdf: Any, kind: str) -> Any:
    return first(pdf, lambda o: o.get("/Subtype") == kind and "/Rect" in o)


def drawn(pdf: Any, more: bytes) -> None:
    page = pdf.pages[0]
    page.Contents = pdf.make_stream(page.Contents.read_bytes() + b"\n" + more)


def state(pdf: Any, **entries: Any) -> None:
    held = pdf.pages[0].Resources.ExtGState
    held[next(iter(held.keys()))] = Dictionary(**entries)


def metadata(pdf: Any, old: bytes, new: bytes) -> None:
    held = pdf.Root.Metadata
    content = held.read_bytes()
    assert old in content
    held.write(content.replace(old, new))


def font(pdf: Any) -> Any:
    return first(pdf, lambda o: o.get("/Type") == "/Font" and "/DescendantFonts" in o)


def unembedded(pdf: Any) -> None:
    descriptor = font(pdf).DescendantFonts[0].FontDescriptor
    for key in ("/FontFile2", "/FontFile3"):
        if key in descriptor:
            del descriptor[key]


def shown_notdef(pdf: Any) -> None:
    name = next(iter(pdf.pages[0].Resources.Font.keys())).encode()
    drawn(pdf, b"/Artifact BMC BT %s 9 Tf <0000> Tj ET EMC" % name)


def twisted(pdf: Any) -> None:
    """A piece of content whose element in the parent tree is another."""
    numbers = pdf.Root.StructTreeRoot.ParentTree.Nums
    numbers[1] = Array([*list(numbers[1])[1:], numbers[1][0]])


def unassociated(pdf: Any) -> None:
    pdf.Root.AF = Array([pdf.Root.AF[0]])


SPOILERS: dict[str, dict[str, Spoil]] = {
    f"{A}, 6.1.2": {"a later version": lambda p: p.Root.__setitem__("/Version", Name("/2.0"))},
    f"{A}, 6.1.13": {
        "deep": lambda p: drawn(p, b"q " * 30 + b"Q " * 30),
        "a huge page": lambda p: p.pages[0].__setitem__("/MediaBox", Array([0, 0, 20000, 500])),
    },
    f"{A}, 6.1.7": {"a stream elsewhere": lambda p: p.Root.Metadata.__setitem__("/FFilter", Name("/FlateDecode"))},
    f"{A}, 6.2.2": {"an unknown operator": lambda p: drawn(p, b"BX 1 zz EX")},
    f"{A}, 6.2.3": {
        "no intent": lambda p: p.Root.__delitem__("/OutputIntents"),
        "a profile of another kind": lambda p: p.Root.OutputIntents[0].DestOutputProfile.write(b"\0" * 200),
    },
    f"{A}, 6.2.4.3": {"CMYK": lambda p: drawn(p, b"/Artifact BMC 0 0 0 1 k 0 0 1 1 re f EMC")},
    f"{A}, 6.2.5": {"a transfer function": lambda p: state(p, TR=Name("/Identity"))},
    f"{A}, 6.2.8": {
        "smoothing": lambda p: first(p, lambda o: o.get("/Subtype") == "/Image").__setitem__("/Interpolate", True)
    },
    f"{A}, 6.2.9": {
        "a reference": lambda p: first(p, lambda o: o.get("/Subtype") == "/Image").__setitem__("/Ref", Dictionary())
    },
    f"{A}, 6.2.10": {"an invented blend": lambda p: state(p, BM=Name("/Invented"))},
    f"{A}, 6.2.11.3": {"another encoding": lambda p: font(p).__setitem__("/Encoding", Name("/Identity-V"))},
    f"{A}, 6.2.11.4": {"not embedded": unembedded},
    f"{A}, 6.2.11.5": {"no widths": lambda p: font(p).DescendantFonts[0].__setitem__("/W", Array([0, 999, 77]))},
    f"{A}, 6.2.11.7": {"no text": lambda p: font(p).ToUnicode.write(b"begincmap endcmap")},
    f"{A}, 6.2.11.8": {"a box": shown_notdef},
    f"{A}, 6.3.1": {"a film": lambda p: note(p, "/Link").__setitem__("/Subtype", Name("/Movie"))},
    f"{A}, 6.3.2": {
        "not printed": lambda p: note(p, "/Link").__setitem__("/F", 0),
        "hidden": lambda p: note(p, "/Link").__setitem__("/F", 6),
    },
    f"{A}, 6.3.3": {
        "seen, and drawn by nobody": lambda p: note(p, "/Widget").__setitem__("/Rect", Array([0, 0, 9, 9]))
    },
    f"{A}, 6.4.1": {"a program": lambda p: p.Root.AcroForm.__setitem__("/NeedAppearances", True)},
    f"{A}, 6.5": {
        "a script": lambda p: note(p, "/Link").__setitem__("/A", Dictionary(S=Name("/JavaScript"), JS=String("1"))),
        "at opening": lambda p: p.Root.__setitem__("/OpenAction", Dictionary(S=Name("/GoTo"))),
    },
    f"{A}, 6.6.2.1": {"an encoding": lambda p: metadata(p, b'id="W5M0', b'encoding="UTF-8" id="W5M0')},
    f"{A}, 6.6.2.3": {"not described": lambda p: metadata(p, b"<pdfaProperty:name>part", b"<pdfaProperty:name>port")},
    f"{A}, 6.6.3": {"another title": lambda p: p.docinfo.__setitem__("/Title", "Another")},
    f"{A}, 6.6.4": {"conformance B": lambda p: metadata(p, b"conformance>A<", b"conformance>B<")},
    f"{A}, 6.7.3": {
        "not marked": lambda p: p.Root.__delitem__("/MarkInfo"),
        "an invented type": lambda p: element(p, "/P").__setitem__("/S", Name("/Poem")),
        "a cell without a row": lambda p: element(p, "/P").__setitem__("/S", Name("/TD")),
    },
    f"{A}, 6.8": {
        "not associated": unassociated,
        "no relationship": lambda p: p.Root.AF[0].__delitem__("/AFRelationship"),
        "no kind": lambda p: p.Root.AF[0].EF.F.__delitem__("/Subtype"),
    },
    f"{A}, 6.9": {"layers": lambda p: p.Root.__setitem__("/OCProperties", Dictionary())},
    f"{UA}, 5": {"another part": lambda p: metadata(p, b"<pdfuaid:part>1", b"<pdfuaid:part>2")},
    f"{UA}, 7.1": {
        "painted beside": lambda p: drawn(p, b"0 0 10 10 re f"),
        "a tag in an artifact": lambda p: drawn(p, b"/Artifact BMC /Span <</MCID 900>> BDC EMC EMC"),
        "no title shown": lambda p: p.Root.__delitem__("/ViewerPreferences"),
    },
    f"{UA}, 7.2": {"no language": lambda p: p.Root.__delitem__("/Lang")},
    f"{UA}, 7.3": {
        "no text": lambda p: element(p, "/Figure").__delitem__("/Alt"),
        "beside the page": lambda p: element(p, "/Figure").A.__setitem__("/BBox", Array([800, 800, 900, 900])),
    },
    f"{UA}, 7.4.2": {"a level left out": lambda p: element(p, "/H2").__setitem__("/S", Name("/H3"))},
    f"{UA}, 7.5": {
        "no scope": lambda p: element(p, "/TH").A.__delitem__("/Scope"),
        "a header that is not there": lambda p: p.Root.StructTreeRoot.__delitem__("/IDTree"),
    },
    f"{UA}, 7.11": {"one name": lambda p: p.Root.AF[0].__delitem__("/UF")},
    f"{UA}, 7.18.1": {
        "without words": lambda p: note(p, "/Link").__delitem__("/Contents"),
        "a field without a name": lambda p: note(p, "/Widget").__delitem__("/TU"),
    },
    f"{UA}, 7.18.3": {"another order": lambda p: p.pages[0].__setitem__("/Tabs", Name("/R"))},
    f"{UA}, 7.18.4": {"elsewhere": lambda p: element(p, "/Form").__setitem__("/S", Name("/Div"))},
    f"{UA}, 7.18.5": {"elsewhere": lambda p: element(p, "/Link").__setitem__("/S", Name("/Span"))},
    f"{PDF}, 14.7.4.4": {
        "twisted": twisted,
        "another parent": lambda p: element(p, "/H1").__setitem__("/P", element(p, "/Table")),
        "without an element": lambda p: drawn(p, b"/Span <</MCID 0>> BDC EMC"),
    },
}
BYTES: dict[str, Callable[[bytes], bytes]] = {
    f"{A}, 6.1.2": lambda b: b"\n" + b,
    f"{A}, 6.1.3": lambda b: b + b"and more",
    f"{A}, 6.1.4": lambda b: b.replace(b"endstream", b"endstraem", 1),
}
ELSEWHERE = {f"{A}, 6.4.3"}
"""Of signatures: see test_signature.py."""


def test_there_is_a_spoilt_file_for_every_clause() -> None:
    assert set(SPOILERS) | set(BYTES) | ELSEWHERE == set(every())


@pytest.mark.parametrize(("name", "how"), [(name, how) for name, ways in SPOILERS.items() for how in ways])
def test_what_breaks_a_clause_is_found(good: bytes, name: str, how: str) -> None:
    assert name in broken(spoilt(good, SPOILERS[name][how]))


@pytest.mark.parametrize("name", sorted(BYTES))
def test_what_breaks_the_file_is_found(good: bytes, name: str) -> None:
    assert list(every()[name][1](Document(BYTES[name](good))))
