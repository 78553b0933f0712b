"""A badge page read for the one thing it is good for here: where it says that its credential is to be had by machines.

A host's page about one badge offers the credential as `<link rel="alternate" type="…" href="…">` in its head (HTML, "Link type
alternate"), as the same in an HTTP `Link` header (RFC 8288), or shows the baked picture as its Open Graph image. Only the
markup counts, no list of hosts. Nothing is run, no refresh is followed, and nothing a page says is believed: what it
leads to is proven like anything else.

The tags are cut out by hand: the standard library's parser takes quadratic time on hostile markup (40 seconds for 250 kB of "<a").
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from countersign.verification.network import addresses
from models.credentials import Fetched

MAX_HEAD = 500_000
"""Bytes of a page that are looked at; the head is at its beginning."""

MAX_TAGS = 300
MAX_OFFERS = 3

_RANKS = {
    "application/vc+ld+json": 0,
    "application/vc+jwt": 0,
    "application/vc": 0,
    "application/jwt": 0,
    "application/ld+json": 1,
    "application/json": 2,
    "image/png": 3,
    "image/svg+xml": 3,
}
"""What may be a credential, the surest first: many pages offer a summary of themselves as plain JSON."""

_PICTURE_SHOWN = 4

_PAGE = re.compile(rb"[\xef\xbb\xbf\xff\xfe\0\s]*+<[!?a-zA-Z]")
_TAG = re.compile(r"<(link|meta|base)(?=[\s/])([^<>]{1,4000})", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"([a-z:-]{1,40})\s{0,9}=\s{0,9}(?:\"([^\"]{0,3000})\"|'([^']{0,3000})'|([^\s\"'<>=`]{1,3000}))", re.IGNORECASE
)
_LINK_HEADER = re.compile(r"<([^<>]{1,3000})>([^<]{0,1000})")


@dataclass(frozen=True, slots=True)
class Offer:
    """An address at which a page says its credential is. `promised` by a link of its own, or only the picture it shows."""

    address: str
    promised: bool


def is_page(content: bytes) -> bool:
    """Whether fetched bytes begin like a page. An SVG does too: `extraction.kind_of` is asked first."""
    return _PAGE.match(content) is not None


def offers(answer: Fetched) -> tuple[Offer, ...]:
    """At most `MAX_OFFERS` web addresses, the surest first, each once and none the page itself."""
    ranked: dict[str, int] = {}
    own = {addresses.to_fetch(answer.url), addresses.to_fetch(answer.final_url)}
    tags = list(_tags(answer))
    base = next((a.get("href", "") for name, a in tags if name == "base"), "")
    for name, attributes in tags:
        rank, href = _rank(name, attributes)
        address = _resolved(answer.final_url, base, href) if href and rank is not None else ""
        if rank is not None and address and address not in own:
            ranked[address] = min(rank, ranked.get(address, rank))
    surest = sorted(ranked, key=ranked.__getitem__)[:MAX_OFFERS]
    return tuple(Offer(address, ranked[address] != _PICTURE_SHOWN) for address in surest)


def _tags(answer: Fetched) -> Iterator[tuple[str, dict[str, str]]]:
    """The HTTP header's links as if they were tags, then the page's own, each with its attributes."""
    for number, found in enumerate(_LINK_HEADER.finditer(answer.headers.get("link", "")[:10_000])):
        if number < MAX_TAGS:
            yield "link", _attributes(found.group(2).replace(";", " ").replace(",", " ")) | {"href": found.group(1)}
    content = answer.content[:MAX_HEAD].replace(b"\0", b"")
    page = content.decode("utf-8", "replace")
    for start, end in (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"), ("<noscript", "</noscript")):
        page = _without(page, start, end)
    for number, found in enumerate(_TAG.finditer(page)):
        if number < MAX_TAGS:
            yield found.group(1).lower(), _attributes(found.group(2))


def _without(page: str, start: str, end: str) -> str:
    """`page` without what stands between `start` and `end`, in either case of the letters; to its end when that never comes."""
    kept: list[str] = []
    opened, closed, position = re.compile(re.escape(start), re.I), re.compile(re.escape(end), re.I), 0
    while found := opened.search(page, position):
        kept.append(page[position : found.start()])
        closing = closed.search(page, found.end())
        if closing is None:
            return "".join(kept)
        position = closing.end()
    return "".join([*kept, page[position:]])


def _attributes(text: str) -> dict[str, str]:
    """The attributes in a tag; of one given twice the first counts (HTML, "Attribute name state")."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        found.setdefault(match.group(1).lower(), html.unescape(next(filter(None, match.groups()[1:]), "")).strip())
    return found


def _rank(tag: str, attributes: dict[str, str]) -> tuple[int | None, str]:
    """How sure it is that a tag leads to the credential, None when it does not speak of it, and its target."""
    if tag == "link" and "alternate" in attributes.get("rel", "").lower().split():
        media_type = attributes.get("type", "").lower().partition(";")[0].strip()
        return _RANKS.get(media_type), attributes.get("href", "")
    if tag == "meta" and (attributes.get("property") or attributes.get("name", "")).lower() in (
        "og:image",
        "og:image:secure_url",
    ):
        return _PICTURE_SHOWN, attributes.get("content", "")
    return None, ""


def _resolved(page: str, base: str, href: str) -> str:
    """The web address that `href` means on the page, as it would be fetched; empty when it is none."""
    try:
        address = addresses.to_fetch(urljoin(urljoin(page, base), href))
    except ValueError:
        return ""
    return address if len(address) <= 2000 and addresses.split(address) is not None else ""
