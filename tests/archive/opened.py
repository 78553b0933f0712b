"""A PDF file, opened with qpdf's library: its structure, its metadata, its content and its fonts, as the clauses ask for them."""

import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pikepdf
from defusedxml import ElementTree

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True)
class Element:
    """A structure element with the one it stands in."""

    at: Any
    parent: "Element | None"

    @property
    def kind(self) -> str:
        return str(self.at.S)[1:]

    @property
    def kids(self) -> list[Any]:
        held = self.at.get("/K", [])
        return list(held) if isinstance(held, pikepdf.Array) else [held]


class Document:
    """A PDF file, opened."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.pdf = pikepdf.open(io.BytesIO(content))
        self.root: Any = self.pdf.Root

    @cached_property
    def elements(self) -> list[Element]:
        """The structure elements in reading order."""
        found: list[Element] = []

        def walk(at: Any, parent: Element | None) -> None:
            element = Element(at, parent)
            found.append(element)
            for kid in element.kids:
                if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                    walk(kid, element)

        if "/StructTreeRoot" in self.root:
            held = self.root.StructTreeRoot.get("/K", [])
            for kid in held if isinstance(held, pikepdf.Array) else [held]:
                walk(kid, None)
        return found

    @cached_property
    def parents(self) -> dict[int, Any]:
        """The parent tree (ISO 32000-1, 14.7.4.4)."""
        return {int(k): v for k, v in pikepdf.NumberTree(self.root.StructTreeRoot.ParentTree).items()}

    @cached_property
    def xmp(self) -> Any:
        return ElementTree.fromstring(self.root.Metadata.read_bytes())

    def said(self, name: str) -> str:
        return (self.xmp.findtext(f".//{name}") or "").strip()

    @cached_property
    def streams(self) -> list[Any]:
        return [o for o in self.pdf.objects if isinstance(o, pikepdf.Stream)]

    @cached_property
    def dictionaries(self) -> list[Any]:
        return [o for o in self.pdf.objects if isinstance(o, pikepdf.Dictionary)]

    @cached_property
    def contents(self) -> list[tuple[Any, list[Any]]]:
        """Pages and form XObjects with their instructions."""
        drawn: list[Any] = [page.obj for page in self.pdf.pages]
        drawn += [s for s in self.streams if s.get("/Subtype") == "/Form"]
        return [(one, list(pikepdf.parse_content_stream(one))) for one in drawn]

    @cached_property
    def annotations(self) -> list[tuple[Any, Any]]:
        return [(page.obj, note) for page in self.pdf.pages for note in page.obj.get("/Annots", [])]

    @cached_property
    def fonts(self) -> dict[Any, Any]:
        """The fonts by their object number."""
        return {o.objgen: o for o in self.dictionaries if o.get("/Type") == "/Font" and "/DescendantFonts" in o}

    @cached_property
    def shown(self) -> dict[Any, set[int]]:
        """The character codes (two bytes each) that are shown with each font."""
        shown: dict[Any, set[int]] = {}
        for at, instructions in self.contents:
            fonts = at.get("/Resources", {}).get("/Font", {})
            current: set[int] = set()
            for operands, operator in instructions:
                if str(operator) == "Tf":
                    current = shown.setdefault(fonts[str(operands[0])].objgen, set())
                elif str(operator) in {"Tj", "TJ"}:
                    for text in operands[0] if str(operator) == "TJ" else operands:
                        if isinstance(text, pikepdf.String):
                            raw = bytes(text)
                            current.update(int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2))
        return shown
