"""A message opened: who claims to have sent it, what they wrote themselves, and every part that may carry something."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from countersign.intake.budget import PARTS, SOUGHT, WALKED
from countersign.intake.findings import Findings, Place
from countersign.intake.kinds import is_message
from countersign.intake.labels import plain
from countersign.intake.links import web_page
from countersign.intake.mime import Part, guarded, read_part, received_at
from countersign.intake.unpacked import MAX_MESSAGE_DEPTH
from countersign.intake.wishes import wishes_in

MAX_MULTIPART_DEPTH = 20
_PRECEDENCE = frozenset(("bulk", "junk", "auto_reply", "auto-reply"))
_NESTED = frozenset(("message/rfc822", "message/global", "message/news"))
_PRINTED = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the outermost message says of itself. Nothing of it proves anything.

    `automatic` follows RFC 3834 section 2 (Auto-Submitted, null return path) and what older responders set. `by_list` says that a
    mailing list passed it on: an affiliate's shared address may be one, so alone it does not make a message automatic.
    """

    sender: str
    sender_name: str
    subject: str
    automatic: bool
    by_list: bool
    received: datetime | None
    _text: str

    def wishes(self) -> tuple[dict[str, Any], tuple[str, ...]]:
        """See `countersign.intake.wishes`."""
        return wishes_in(self._text, self.subject)


def envelope_of(content: bytes, findings: Findings) -> Envelope:
    """The envelope of a message's bytes. What looking for the sender's words may cost is counted in `findings`."""
    part = read_part(content)
    name, address = part.mailbox("from")
    address = plain(address, 320).casefold()
    return Envelope(
        sender=address if _PRINTED.fullmatch(address) else "",
        sender_name=plain(name),
        subject=plain(part.text("subject")),
        automatic=_is_automatic(part),
        by_list=part.raw("precedence").strip().lower() == "list",
        received=received_at(part),
        # a text that a reader fails on has its sentence from `read_message`, which comes by there too
        _text=guarded(lambda: _first_text(part, findings, 0), ""),
    )


def _is_automatic(part: Part) -> bool:
    submitted = part.raw("auto-submitted").split(";")[0].strip().lower()
    if submitted and submitted != "no":
        return True
    if part.raw("precedence").strip().lower() in _PRECEDENCE:
        return True
    if any(part.all(name) for name in ("x-autoreply", "x-autorespond", "x-auto-reply", "x-failed-recipients")):
        return True
    if part.media_type == "multipart/report":
        return True
    return any(value.split("(")[0].strip() == "<>" for value in part.all("return-path"))


def _first_text(part: Part, findings: Findings, depth: int) -> str:
    """The text the sender wrote: the first body text outside any attached message, plain text before a page."""
    if part.media_type.startswith("multipart/"):
        if depth > MAX_MULTIPART_DEPTH:
            return ""
        page = ""
        for number, child in enumerate(part.children()):
            if number >= 10 or child.is_attachment or not findings.may(SOUGHT):
                break
            text = _first_text(child, findings, depth + 1)
            if text and child.media_type == "text/html" and part.media_type == "multipart/alternative":
                page = page or text
            elif text:
                return text
        return page
    if part.is_attachment or part.file_name:
        return ""
    if part.media_type == "text/html":
        return web_page(part.as_text())[0]
    return part.as_text() if part.media_type == "text/plain" else ""


def read_message(content: bytes, findings: Findings, place: Place) -> None:
    """Take everything out of a message that lies `place.depth` messages deep (0: the one that arrived)."""
    if place.depth > MAX_MESSAGE_DEPTH:
        findings.too_deep()
        return
    _walk(read_part(content), findings, place, 0)


def _walk(part: Part, findings: Findings, place: Place, depth: int, *, of_page: bool = False) -> None:
    """Take a part; `of_page` when it belongs to a page (RFC 2387), as logos and pasted pictures do."""
    kind = part.media_type
    if kind.startswith("multipart/"):
        if depth >= MAX_MULTIPART_DEPTH:
            findings.problem(f"Its parts are nested more than {MAX_MULTIPART_DEPTH} deep.", unopened=True)
            return
        if not findings.may(WALKED, len(part.body)):
            return
        children = 0
        for child in part.children():
            children += 1
            if not findings.may(PARTS):
                return
            try:
                _walk(child, findings, place, depth + 1, of_page=of_page or kind == "multipart/related")
            except Exception as error:  # noqa: BLE001  hostile bytes may raise anything in a parser; the other parts are read all the same
                findings.problem(
                    f"A part{place.within} could not be read ({type(error).__name__}); its original is kept.",
                    unopened=True,
                )
        if children == 0 and part.body.strip():
            findings.problem(f"The text{place.within} says it has parts, and none can be told apart.", unopened=True)
            findings.read_text(part.as_text(), is_page=False, shown=f"the text{place.within}", place=place)
        return
    if kind in _NESTED or (part.file_name.lower().endswith(".eml") and is_message(part.decoded())):
        _nested(part, findings, place)
        return
    if kind in ("message/partial", "message/external-body"):
        findings.problem(
            f"A part{place.within} is of the kind {kind}, whose content did not come along.", unopened=True
        )
        return
    if kind in ("text/plain", "text/html") and not part.is_attachment and not part.file_name:
        shown = f"the text{place.within}" if place.within else "the message text"
        findings.read_text(part.as_text(), is_page=kind == "text/html", shown=shown, place=place)
        return
    content = part.decoded()
    in_text = of_page or (bool(part.raw("content-id")) and not part.is_attachment)
    findings.take(content, part.file_name, Place(place.within, place.depth, attached=not in_text), kind)


def _nested(part: Part, findings: Findings, place: Place) -> None:
    """A message forwarded as an attachment, from its own bytes; encoded ones are against RFC 2046 and common."""
    content = part.body
    if part.encoding in ("base64", "quoted-printable") and not is_message(content):
        content = part.decoded()
    if not content.strip():
        findings.problem(f"A forwarded message{place.within} is empty.", unopened=True)
        return
    number = "the forwarded message" if place.depth == 0 else f"forwarded message {place.depth + 1}"
    read_message(content, findings, Place(f" in {number}", place.depth + 1))
