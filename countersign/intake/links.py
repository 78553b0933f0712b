"""Links and pasted credentials in the text of a message, a text file or a web page.

A mail is full of links; only those that look like an assertion's address are taken. Two grades: a *strong* link names an
assertion outright (`/assertions/…`, `….json`, `….jwt`); a *weak* one only speaks of badges, credentials or awards, or ends in `.png` or
`.svg`. Strong links are always carriers; weak ones only when the submission brings nothing better, because every award
mail also links to its badge page, its profile page and the issuer.
"""

import base64
import binascii
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, pairwise
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

MAX_TEXT = 2_000_000
MAX_URL = 2000
MAX_PASTED = 10
MAX_CANDIDATES = 2000

_URL = re.compile(r"https?://[^\s<>\"'`{}|\\^\x00-\x20\x7f]{1,4000}", re.IGNORECASE)
_HREF = re.compile(
    r"href\s{0,9}=\s{0,9}(?:\"([^\"<>]{1,4000})\"|'([^'<>]{1,4000})'|([^\s\"'<>]{1,4000}))", re.IGNORECASE
)
_NO_CHARACTER = re.compile(r"&#[0-9]{20,};?")
_TAG = re.compile(r"<[^<>]*>")
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d|p|div)\b[^<>]*>", re.IGNORECASE)
_DATA_URI = re.compile(r"data:image/(?:png|svg\+xml);base64,([A-Za-z0-9+/=\s%]{50,})", re.IGNORECASE)

_STRONG = re.compile(
    r"/(?:assertions?|ob[23]?/credentials?|credential-assertions?)/[^/?]+|\.(?:json|jsonld|jwt)\Z", re.IGNORECASE
)
_WEAK_FOLDER = re.compile(r"badge|credential|award|\Apublic\Z", re.IGNORECASE)
_WEAK_END = re.compile(r"badge|credential|award|assertion", re.IGNORECASE)
_WEAK_FILE = re.compile(r"\.(?:png|svg)\Z", re.IGNORECASE)
_WORD = re.compile(r"[\w-]*")
_NEVER = re.compile(
    r"unsubscribe|opt-?out|preferences|privacy|tracking|pixel|beacon|logo|icon|banner|footer|spacer|sprite|facebook|twitter"
    r"|instagram|linkedin\.com/(?:company|in)|youtube|mailto|help|support|terms|contact-?us|badge-?class|/issuers?/|/contexts?/|/criteria",
    re.IGNORECASE,
)
_NEVER_HOSTS = ("w3.org", "w3id.org", "purl.imsglobal.org", "openbadgespec.org", "schema.org", "1edtech.org")

_TOKEN_START = re.compile(r"(?<![A-Za-z0-9_.-])e[wy][A-Za-z0-9_-]{8,}[A-Za-z0-9_.-]*")
_TOKEN_LINE = re.compile(r"[A-Za-z0-9_.-]+\Z")
_JSON_START = re.compile(r"(?:^|(?<=[\s>:]))\{(?=\s{0,100}\")", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Link:
    """One link that may lead to a credential."""

    url: str
    strong: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a text holds: pasted tokens and JSON documents, and links, each in order of appearance and once.

    `broken` says that the text speaks like a pasted credential which could not be cut out whole.
    """

    tokens: tuple[bytes, ...]
    documents: tuple[bytes, ...]
    links: tuple[Link, ...]
    broken: bool = False


def search(text: str, hrefs: tuple[str, ...] = ()) -> Found:
    """What `text` (its first two million characters) and the link targets `hrefs` hold."""
    text = text[:MAX_TEXT]
    tokens, text = _take(text, _tokens(text))
    documents, text = _take(text, _documents(text))
    links: dict[str, Link] = {}
    everything = chain(hrefs, (m.group() for m in _URL.finditer(text)))
    for candidate in islice(everything, MAX_CANDIDATES):
        link = classify(candidate)
        if link is not None:
            links.setdefault(link.url, link)
    broken = not documents and '"@context"' in text
    return Found(
        tuple(dict.fromkeys(t.encode("utf-8") for t in tokens)),
        tuple(dict.fromkeys(d.encode("utf-8") for d in documents)),
        tuple(links.values()),
        broken,
    )


def classify(candidate: str) -> Link | None:
    """The link behind `candidate` (redirectors of mail gateways taken away) when it may lead to a credential, else None."""
    url = _unwrapped(_trimmed(candidate.strip()))
    parts = _split(url)
    if parts is None:
        return None
    host, path = parts
    if _NEVER.search(host + path) or any(host == h or host.endswith("." + h) for h in _NEVER_HOSTS):
        return None
    if _STRONG.search(path):
        return Link(url, strong=True)
    return Link(url, strong=False) if _is_weak(path.rstrip("/")) else None


def _is_weak(path: str) -> bool:
    """Whether a path speaks of badges: in the name of a folder with something in it, or at its end. Name by name, since one
    pattern over the whole path takes quadratic time."""
    if _WEAK_FILE.search(path):
        return True
    names = path.split("/")[1:]
    if any(inside and _WORD.fullmatch(name) and _WEAK_FOLDER.search(name) for name, inside in pairwise(names)):
        return True
    return bool(names and _WORD.fullmatch(names[-1]) and _WEAK_END.search(names[-1]))


def any_link(text: str) -> str | None:
    """The one http(s) link that `text` consists of, as in a file that holds nothing else; None otherwise."""
    found = _URL.findall(text[:MAX_TEXT])
    unique = list(dict.fromkeys(_trimmed(url) for url in found))
    if len(unique) != 1 or len(text) > len(unique[0]) + 200 or _split(unique[0]) is None:
        return None
    return unique[0]


def web_page(page: str) -> tuple[str, tuple[str, ...]]:
    """A page's visible text and the targets of its links. No parser: hostile markup makes those slow, and nothing here
    needs the tree."""
    page = page[:MAX_TEXT]
    hrefs = tuple(_unescaped(next(filter(None, m.groups()), "")) for m in _HREF.finditer(page))
    for name in ("style", "script", "head"):
        page = _without_element(page, name)
    text = _unescaped(_TAG.sub("", _BREAK.sub("\n", page)))
    return text, hrefs


def _unescaped(text: str) -> str:
    """`text` with its character references replaced. Python refuses to read numbers of thousands of digits, and raises."""
    return html.unescape(_NO_CHARACTER.sub("\ufffd", text))


def embedded_pictures(page: str) -> Iterator[bytes]:
    """The PNG and SVG pictures that stand in a page as data: URIs."""
    for number, found in enumerate(_DATA_URI.finditer(page)):
        if number >= MAX_PASTED:
            return
        letters = re.sub(r"\s+", "", unquote(found.group(1))).rstrip("=")
        try:
            yield base64.b64decode(letters + "=" * (-len(letters) % 4))
        except (binascii.Error, ValueError):
            continue


def _without_element(page: str, name: str) -> str:
    kept: list[str] = []
    lower, position = page.lower(), 0
    if len(lower) != len(page):  # a few letters grow when lowered, and positions would no longer agree
        lower = page
    while True:
        start = lower.find(f"<{name}", position)
        if start >= 0 and lower[start + len(name) + 1 : start + len(name) + 2] not in (">", " ", "\n", "\r", "\t"):
            kept.append(page[position : start + 1])
            position = start + 1
            continue
        end = lower.find(f"</{name}", start) if start >= 0 else -1
        if end < 0:
            kept.append(page[position:])
            return "".join(kept)
        kept.append(page[position:start])
        position = end


def _trimmed(url: str) -> str:
    url = url.rstrip(".,;:!?*_~\u2026\u201d\u2019]")
    surplus = url.count(")") - url.count("(")
    while surplus > 0 and url.endswith(")"):
        url = url[:-1].rstrip(".,;:!?")
        surplus -= 1
    return url


def _split(url: str) -> tuple[str, str] | None:
    """Host and path, lower-case host; None for what is no plain http(s) address of a sensible length."""
    if len(url) > MAX_URL:
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        port_is_number = parts.port is None or parts.port > 0
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or not port_is_number:
        return None
    return host, parts.path


def _unwrapped(url: str) -> str:
    """The address inside the redirectors that school districts' mail gateways put around links."""
    for _ in range(3):
        try:
            parts = urlsplit(url)
            host, query = (parts.hostname or "").lower(), parse_qs(parts.query, max_num_fields=50)
        except ValueError:
            return url
        if host.endswith("safelinks.protection.outlook.com"):
            inner = query.get("url", [""])[0]
        elif host in ("www.google.com", "google.com") and parts.path == "/url":
            inner = (query.get("q") or query.get("url") or [""])[0]
        elif host.startswith("urldefense.") and parts.path.startswith("/v3/__"):
            inner = url.partition("/v3/__")[2].rpartition("__;")[0]
            inner = "" if "*" in inner else inner
        else:
            return url
        if not inner.lower().startswith(("http://", "https://")):
            return url
        url = inner
    return url


def _take(text: str, spans: list[tuple[int, int, str]]) -> tuple[list[str], str]:
    """The values of `spans`, and `text` without them, so that addresses inside a credential are not taken for links."""
    rest: list[str] = []
    position = 0
    for start, end, _ in spans:
        rest.append(text[position:start])
        position = end
    return [value for _, _, value in spans], " ".join([*rest, text[position:]])


def _tokens(text: str) -> list[tuple[int, int, str]]:
    """Compact JWS tokens (RFC 7515 section 7.1), also when a mail program broke them into lines of equal length."""
    spans: list[tuple[int, int, str]] = []
    position = 0
    while len(spans) < MAX_PASTED and (found := _TOKEN_START.search(text, position)):
        start, end, lines = found.start(), found.end(), [found.group()]
        width = len(lines[0])
        while width >= 60:
            line_end = text.find("\n", end, end + 3)
            if line_end < 0 or text[end:line_end].strip():
                break
            stop = text.find("\n", line_end + 1)
            stop = len(text) if stop < 0 else stop
            line = text[line_end + 1 : stop].strip()
            if not _TOKEN_LINE.match(line) or len(line) > width + 3:
                break
            lines.append(line)
            end = stop
            if len(line) < width - 3:
                break
        position = end
        token = "".join(lines).rstrip(".")
        if is_token(token):
            spans.append((start, end, token))
    return spans


def is_token(text: str) -> bool:
    """Whether `text` is a compact JWS: three parts, the first a JSON object that names an algorithm."""
    parts = text.split(".")
    if len(parts) != 3 or not all(parts) or len(parts[0]) > 20_000:
        return False
    try:
        header = json.loads(base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except (ValueError, RecursionError):
        return False
    return isinstance(header, dict) and "alg" in header


def _documents(text: str) -> list[tuple[int, int, str]]:
    """JSON objects in the text that speak of themselves as linked data or as an assertion."""
    spans: list[tuple[int, int, str]] = []
    decoder, position, tries = json.JSONDecoder(), 0, 0
    while tries < MAX_PASTED and (found := _JSON_START.search(text, position)):
        tries += 1
        try:
            value, end = decoder.raw_decode(text, found.start())
        except (ValueError, RecursionError):
            position = found.end()
            continue
        position = end
        if isinstance(value, dict) and (
            {"@context", "credentialSubject", "recipient", "badge"} & set(cast(dict[str, Any], value))
        ):
            spans.append((found.start(), end, text[found.start() : end]))
    return spans
