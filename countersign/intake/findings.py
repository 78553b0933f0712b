"""What has been found in one submission so far, and what becomes of each piece of content that turns up in it."""

from dataclasses import dataclass, field

from countersign.intake.budget import PARTS, TEXT, TOO_LONG, UNPACKED, Budget, Limit
from countersign.intake.kinds import MAX_SVG, Kind, is_damaged, is_log_name, is_marked, is_packed, kind_of, plain_svg
from countersign.intake.labels import label
from countersign.intake.unpacked import (
    MAX_BYTES,
    MAX_CARRIERS,
    MAX_LINKS,
    MAX_LOGS,
    MAX_MESSAGE_DEPTH,
    MAX_PROBLEMS,
    LogOfHours,
)
from models.credentials import Carrier, CarrierKind

_READ_BY_A_PERSON = "needs to be read by a person: hours are summed by machine only from CSV and XLSX"
_DIRECT = {Kind.png: CarrierKind.png, Kind.svg: CarrierKind.svg, Kind.json: CarrierKind.json, Kind.jwt: CarrierKind.jwt}


@dataclass(frozen=True, slots=True)
class Place:
    """Where content was found. `within` is printed behind its name; `depth` counts what it lies inside of.

    `direct` is content handed in by itself, `attached` content its sender attached on purpose (not a logo in a signature),
    `quiet` content inside a document, where what carries nothing is not worth a sentence.
    """

    within: str = ""
    depth: int = 0
    direct: bool = False
    attached: bool = True
    quiet: bool = False


@dataclass(slots=True)
class Findings:
    """What one submission held, gathered in the order found; each carrier once, whatever its name.

    `spare` are plain pictures and weak links: they become carriers only when nothing better was found.
    """

    carriers: list[Carrier] = field(default_factory=list[Carrier])
    spare: list[Carrier] = field(default_factory=list[Carrier])
    logs: list[LogOfHours] = field(default_factory=list[LogOfHours])
    problems: list[str] = field(default_factory=list[str])
    complete: bool = True
    budget: Budget = field(default_factory=Budget)
    _files: int = 0
    _tables: int = 0

    def problem(self, sentence: str, *, unopened: bool = False) -> None:
        """Keep a sentence for a person; `unopened` when a micro-credential may be in what could not be opened."""
        if unopened:
            self.complete = False
        if sentence not in self.problems and len(self.problems) < MAX_PROBLEMS:
            self.problems.append(sentence)

    def may(self, limit: Limit, amount: int = 1) -> bool:
        """Count `amount` against `limit`; False, with a sentence, when that is too much or the time is over."""
        if self.budget.is_over():
            self.problem(TOO_LONG, unopened=True)
            return False
        if not self.budget.has(limit, amount):
            self.problem(limit.sentence, unopened=True)
            return False
        return True

    def carrier(
        self, kind: CarrierKind, name: str, *, content: bytes = b"", url: str = "", spare: bool = False
    ) -> None:
        """Keep a carrier, or a spare one, unless the same bytes or link are there."""
        kept = self.spare if spare else self.carriers
        if any(c.content == content and c.url == url for c in kept):
            return
        if len(kept) >= MAX_CARRIERS:
            self.problem(f"It brings more than {MAX_CARRIERS} files or links; the rest were not taken.", unopened=True)
            return
        kept.append(Carrier(name, kind, content, url))

    def link(self, url: str, name: str, *, strong: bool) -> None:
        """Keep a link, at most `MAX_LINKS` of each grade."""
        kept = self.carriers if strong else self.spare
        if sum(bool(c.url) for c in kept) >= MAX_LINKS:
            self.problem(
                f"It has more than {MAX_LINKS} links that may lead to a micro-credential; the rest were not taken."
            )
            return
        self.carrier(CarrierKind.url, name, url=url, spare=not strong)

    def take(self, content: bytes, name: str, place: Place, declared: str = "") -> None:
        """Look at one file: one handed in, attached, or lying inside another."""
        if not self.may(PARTS) or not self.may(UNPACKED, len(content)):
            return
        self._files += 1
        shown = label(name, f"attachment {self._files}") + place.within
        if place.depth > MAX_MESSAGE_DEPTH:
            self.too_deep()
            return
        if len(content) > MAX_BYTES:
            self.problem(f"{shown} is larger than {MAX_BYTES >> 20} MB and was not opened.", unopened=True)
            return
        kind = kind_of(content, name, declared)
        if kind in (Kind.png, Kind.svg):
            self._picture(content, kind, name, shown, place)
        elif kind in _DIRECT:
            self.carrier(_DIRECT[kind], shown, content=content)
        elif kind is Kind.message:
            from countersign.intake.message import read_message

            inside = Place("", 0) if place.direct else Place(place.within or f" in {shown}", place.depth + 1)
            read_message(content, self, inside)
        elif kind is Kind.pdf:
            self._pdf(content, name, shown, place)
        elif kind in (Kind.csv, Kind.xlsx):
            from countersign.intake.hours import read_log

            if self._tables >= MAX_LOGS:
                self.problem(f"It brings more than {MAX_LOGS} tables; the rest were not read for logs of hours.")
                return
            self._tables += 1
            log = read_log(content, shown, self.may, is_workbook=kind is Kind.xlsx, is_named_log=is_log_name(name))
            self._log(log, f"{shown} is no log of hours: it has no columns for date and hours.", place)
        elif kind in (Kind.text, Kind.html):
            self._text(content, kind, name, shown, place)
        elif kind is not Kind.trifle:
            self._useless(content, kind, name, shown, place)

    def too_deep(self) -> None:
        """Say that something lies too deep to be opened."""
        self.problem(
            f"Messages are nested more than {MAX_MESSAGE_DEPTH} deep; what lies deeper was not opened.", unopened=True
        )

    def settle(self) -> None:
        """Called once all is seen: when nothing better was found, the spare pictures and links are handed on, so that their
        sender learns what is missing in them."""
        if not self.carriers:
            self.carriers, self.spare = self.spare, []
        for picture in self.spare:
            if picture.content:
                self.problem(f"{picture.name} is a picture without a micro-credential in it.")

    def _picture(self, content: bytes, kind: Kind, name: str, shown: str, place: Place) -> None:
        """A baked picture is a carrier; a plain one is a spare when it was attached, and a logo otherwise."""
        plain = plain_svg(content, MAX_SVG) if is_packed(content) else content
        if plain is not content and not self.may(UNPACKED, len(plain)):
            return
        if place.direct or is_marked(plain) or (is_damaged(plain, kind) and not is_log_name(name)):
            self.carrier(_DIRECT[kind], shown, content=content)
        elif is_log_name(name):
            self._log(LogOfHours(shown, content, problem=f"{shown} {_READ_BY_A_PERSON}."), "", place)
        elif place.attached and not place.quiet:
            self.carrier(_DIRECT[kind], shown, content=content, spare=True)

    def _pdf(self, content: bytes, name: str, shown: str, place: Place) -> None:
        from countersign.intake.pdf import read_pdf

        named_log = is_log_name(name)
        before = len(self.carriers) + len(self.spare)
        opened = read_pdf(content, shown, self, Place(f" in {shown}", place.depth + 1, quiet=True), silent=named_log)
        if named_log:
            self._log(LogOfHours(shown, content, problem=f"{shown} {_READ_BY_A_PERSON}."), "", place)
        elif opened and not place.quiet and len(self.carriers) + len(self.spare) == before:
            self.problem(
                f"{shown} holds no micro-credential: a picture placed on a page loses what it carried."
                " The original PNG, SVG or JSON file, or the link to it, is needed."
            )

    def _log(self, log: LogOfHours | None, otherwise: str, place: Place) -> None:
        if log is None:
            if not place.quiet:
                self.problem(otherwise)
        elif all(known.content != log.content for known in self.logs):
            if len(self.logs) >= MAX_LOGS:
                self.problem(f"It brings more than {MAX_LOGS} logs of hours; the rest were not taken.")
                return
            self.logs.append(log)

    def _text(self, content: bytes, kind: Kind, name: str, shown: str, place: Place) -> None:
        from countersign.intake import links
        from countersign.intake.mime import to_text

        if place.quiet:
            return
        text = to_text(content[: links.MAX_TEXT * 2])
        lone = links.any_link(text) if kind is Kind.text and place.direct else None
        if lone is not None:
            self.link(lone, f"the link in {shown}", strong=True)
            return
        before = len(self.carriers) + len(self.spare)
        self.read_text(text, kind is Kind.html, shown, place)
        if is_log_name(name) and len(self.carriers) + len(self.spare) == before:
            self._log(LogOfHours(shown, content, problem=f"{shown} {_READ_BY_A_PERSON}."), "", place)

    def read_text(self, text: str, is_page: bool, shown: str, place: Place) -> None:
        """Take pasted credentials and links out of a text or page; `shown` names it."""
        from countersign.intake import links

        if not self.may(TEXT, min(len(text), links.MAX_TEXT)):
            return
        if len(text) > links.MAX_TEXT:
            self.problem(f"{shown} is longer than 2 million characters; its end was not searched.", unopened=True)
        hrefs: tuple[str, ...] = ()
        if is_page:
            for picture in links.embedded_pictures(text):
                self.take(picture, "picture", Place(f" in {shown}", place.depth, attached=False))
            text, hrefs = links.web_page(text)
        found = links.search(text, hrefs)
        for token in found.tokens:
            self.carrier(CarrierKind.jwt, f"the token in {shown}", content=token)
        for document in found.documents:
            self.carrier(CarrierKind.json, f"the JSON in {shown}", content=document)
        if found.broken and not found.tokens:
            self.problem(
                f"{shown} holds pasted JSON that is not whole; sent as an attached file it would stay whole.",
                unopened=True,
            )
        for link in found.links:
            self.link(link.url, f"the link in {shown}", strong=link.strong)

    def _useless(self, content: bytes, kind: Kind, name: str, shown: str, place: Place) -> None:
        """Say what a file is that nothing can be taken from."""
        if kind is not Kind.empty and is_log_name(name):
            self._log(LogOfHours(shown, content, problem=f"{shown} {_READ_BY_A_PERSON}."), "", place)
            return
        if place.quiet or (kind is Kind.picture and not place.attached):
            return
        sentence, unopened = {
            Kind.empty: (f"{shown} is empty.", True),
            Kind.archive: (
                f"{shown} is an archive; archives are not opened. The files are needed by themselves.",
                True,
            ),
            Kind.outlook: (f"{shown} is in a format of Outlook's own; it has to be sent as a plain attachment.", True),
            Kind.sealed: (f"{shown} is encrypted and cannot be opened; it has to be sent in the open.", True),
            Kind.picture: (
                f"{shown} is a photograph or picture of a kind that cannot carry a micro-credential;"
                " the original PNG or SVG is needed.",
                False,
            ),
        }.get(
            kind,
            (
                f"{shown} is a kind of file that carries no micro-credential; the original PNG, SVG or JSON file is needed.",
                False,
            ),
        )
        self.problem(sentence, unopened=unopened)
