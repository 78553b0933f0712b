"""PDF/UA-1, ISO 14289-1, and of PDF 1.7 (ISO 32000-1) that the structure leads to the content and back."""

import re
from collections.abc import Iterator
from typing import Any

import pikepdf

from tests.archive.clauses import PDF, UA, clause
from tests.archive.opened import DC, RDF, Document, Element

PDFUAID = "{http://www.aiim.org/pdfua/ns/id/}"

PAINTING = {"b", "B", "b*", "B*", "f", "F", "f*", "s", "S", "sh", "Do", "Tj", "TJ", "'", '"', "EI", "INLINE", "IMAGE"}


@clause(UA, "5", "The metadata say: PDF/UA part 1.")
def _accessible(document: Document) -> Iterator[str]:
    if document.said(f"{PDFUAID}part") != "1":
        yield "they do not"


@clause(UA, "7.1", "What is painted is tagged or marked as artifact; the title is shown; nothing is suspect.")
def _tagged(document: Document) -> Iterator[str]:
    if document.root.get("/MarkInfo", {}).get("/Suspects", False):
        yield "suspect"
    if not document.root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False) or not document.said(
        f"{DC}title/{RDF}Alt/{RDF}li"
    ):
        yield "no title is shown"
    for page in document.pdf.pages:
        marks: list[str] = []
        for operands, operator in pikepdf.parse_content_stream(page):
            name = str(operator)
            if name in {"BMC", "BDC"}:
                kind = "tag" if len(operands) > 1 and "/MCID" in operands[1] else str(operands[0])
                if kind in {"tag", "/Artifact"} and {"tag", "/Artifact"} & set(marks):
                    yield f"{kind} within {marks}"
                marks.append(kind)
            elif name == "EMC":
                marks.pop()
            elif name in PAINTING and not {"tag", "/Artifact"} & set(marks):
                yield f"{name} is neither tagged nor an artifact"


@clause(UA, "7.2", "The document has a language.")
def _language(document: Document) -> Iterator[str]:
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", str(document.root.get("/Lang", ""))):
        yield f"{document.root.get('/Lang', '')!s}"


@clause(UA, "7.3", "Figures have a text in their place, and lie on their page.")
def _figures(document: Document) -> Iterator[str]:
    for element in document.elements:
        if element.kind == "Figure":
            if not str(element.at.get("/Alt", element.at.get("/ActualText", ""))).strip():
                yield "a figure without text"
            box, page = [float(x) for x in element.at.A.BBox], [float(x) for x in element.at.Pg.MediaBox]
            if not (page[0] <= box[0] < box[2] <= page[2] + 0.01 and page[1] <= box[1] < box[3] <= page[3] + 0.01):
                yield f"a figure at {box}"


@clause(UA, "7.4.2", "Headings begin with the first and leave no level out.")
def _headings(document: Document) -> Iterator[str]:
    before = 0
    for element in document.elements:
        if re.fullmatch("H[1-6]", element.kind):
            level = int(element.kind[1])
            if level > before + 1:
                yield f"H{level} after H{before}"
            before = level


@clause(UA, "7.5", "Header cells say what they head, and cells name header cells that exist.")
def _tables(document: Document) -> Iterator[str]:
    tree: Any = document.root.StructTreeRoot.get("/IDTree")
    known: set[str] = {str(k) for k in pikepdf.NameTree(tree)} if tree is not None else set()
    for element in document.elements:
        if element.kind == "TH" and str(element.at.get("/A", {}).get("/Scope")) not in {"/Row", "/Column", "/Both"}:
            yield "a header cell without scope"
        if element.kind == "TD":
            yield from {str(h) for h in element.at.get("/A", {}).get("/Headers", [])} - known
    ids = [str(e.at.ID) for e in document.elements if "/ID" in e.at]
    if len(ids) != len(set(ids)) or set(ids) != known:
        yield "the tree of identifiers is another"


@clause(UA, "7.11", "Files in it have their name twice, F and UF.")
def _named(document: Document) -> Iterator[str]:
    for one in document.dictionaries:
        if "/EF" in one and not (str(one.get("/F", "")) == str(one.get("/UF", "")) != ""):
            yield f"{one.get('/F')!s}, {one.get('/UF')!s}"


@clause(UA, "7.18.1", "Annotations are in the structure tree and have words; form fields have a name for people.")
def _said_notes(document: Document) -> Iterator[str]:
    for _, note in document.annotations:
        if int(note.get("/StructParent", -1)) not in document.parents:
            yield f"{note.Subtype} is not in the tree"
        if not str(note.get("/Contents", "")).strip():
            yield f"{note.Subtype} has no words"
        if note.Subtype == "/Widget" and not str(note.get("/TU", "")).strip():
            yield "a field without a name"


@clause(UA, "7.18.3", "Pages with annotations are gone through in the order of the structure.")
def _tabs(document: Document) -> Iterator[str]:
    yield from ("a page" for page in document.pdf.pages if "/Annots" in page.obj and page.obj.get("/Tabs") != "/S")


@clause(UA, "7.18.4", "Form fields stand in a Form.")
def _in_form(document: Document) -> Iterator[str]:
    yield from _stand_in(document, "/Widget", "/Form")


@clause(UA, "7.18.5", "Links stand in a Link.")
def _in_link(document: Document) -> Iterator[str]:
    yield from _stand_in(document, "/Link", "/Link")


@clause(PDF, "14.7.4.4", "Each piece of marked content has its element, and the tree leads there and back.")
def _both_ways(document: Document) -> Iterator[str]:
    claimed: dict[tuple[Any, int], Element] = {}
    for element in document.elements:
        if element.parent is not None and element.at.P.objgen != element.parent.at.objgen:
            yield f"{element.kind} names another parent"
        for kid in element.kids:
            if isinstance(kid, int):
                place = (element.at.Pg.objgen, kid)
                if place in claimed:
                    yield f"{place} has two elements"
                claimed[place] = element
            elif (
                isinstance(kid, pikepdf.Dictionary)
                and kid.get("/Type") == "/OBJR"
                and document.parents[int(kid.Obj.StructParent)].objgen != element.at.objgen
            ):
                yield "an annotation leads elsewhere"
    for page in document.pdf.pages:
        said = [
            int(operands[1]["/MCID"])
            for operands, operator in pikepdf.parse_content_stream(page)
            if str(operator) == "BDC" and "/MCID" in operands[1]
        ]
        listed: Any = document.parents[int(page.obj.StructParents)]
        if len(said) != len(set(said)) or len(listed) <= max(said, default=-1):
            yield "pieces of content share a number"
        for number in said:
            element = claimed.pop((page.obj.objgen, number), None)
            if element is None or listed[number].objgen != element.at.objgen:
                yield f"piece {number} has no element"
    if claimed:
        yield f"no page has the pieces {sorted(number for _, number in claimed)}"


def _stand_in(document: Document, subtype: str, kind: str) -> Iterator[str]:
    for _, note in document.annotations:
        if note.Subtype == subtype:
            parent: Any = document.parents.get(int(note.get("/StructParent", -1)), {})
            if parent.get("/S") != kind:
                yield f"one stands in {parent.get('/S')}"
