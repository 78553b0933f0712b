"""Names and addresses that only look like a registered issuer's. They never match; they are pointed out to people.

Letters are compared by their looks: Unicode's confusables (Unicode Technical Standard #39 §4, data of `confusable-homoglyphs`, a
file of the package), marks and invisible characters taken away, digits read as the letters they stand for. Trusting never asks
here: that takes `Registry.issuer_for`, letter by letter.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from countersign.verification.network import addresses
from countersign.verification.trust import claimed_hosts, sites
from countersign.verification.trust.claimed_hosts import Claimed

if TYPE_CHECKING:
    from countersign.verification.trust.registry import Issuer

LOOKS_LIKE = 0.86
"""Similarity of two texts (0 to 1, difflib) from which one is pointed out as resembling the other."""

_LONGEST = 200
_STAND_FOR = str.maketrans("0134589|!$@", "oleasbglisa")
_FILLING = frozenset({"and", "for", "of", "the"})
_RIGHT_TO_LEFT = frozenset("\u202e\u2067")  # override, isolate: what follows is shown backwards, or may be
_HIDDEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Alike:
    """Whom somebody resembles without being it, and in which way, as a whole sentence."""

    issuer: "Issuer"
    sentence: str


def visible(text: str, limit: int = 80) -> str:
    """The beginning of a text with its invisible characters written out, so that nothing can hide in a sentence."""
    shown = "".join(f"⟨U+{ord(c):04X}⟩" if unicodedata.category(c) in _HIDDEN else c for c in text[:limit])
    return f"{shown}…" if len(text) > limit else shown


def of_name(name: str, issuers: Sequence["Issuer"]) -> Alike | None:
    """The issuer whose name, other name or registry id `name` is or resembles."""
    readings = [_words(name), _words(name[:_LONGEST][::-1])] if _RIGHT_TO_LEFT & set(name) else [_words(name)]
    for issuer in issuers:
        for known in (issuer.name, *issuer.also, issuer.id):
            theirs = _words(known)
            if theirs and any(_resembles(words, "".join(theirs)) or _reordered(words, theirs) for words in readings):
                called = f"“{issuer.name}”" if known in (issuer.name, issuer.id) else f"“{issuer.name}” (“{known}”)"
                return Alike(
                    issuer,
                    f"calls itself “{visible(name)}”{_manner(name)}, which is or resembles the registered issuer {called}",
                )
    return None


def _resembles(words: Sequence[str], known: str) -> bool:
    """Equal, nearly equal, or `known` as whole words within: "NEA" in "N.E.A. Credentials", not in "linear"."""
    whole = "".join(words)
    if whole == known or (len(known) > 4 and difflib.SequenceMatcher(None, known, whole).ratio() >= LOOKS_LIKE):
        return True
    runs = ("".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1))
    return len(known) > 2 and known in runs


def _reordered(words: Sequence[str], known: Sequence[str]) -> bool:
    """The same words in another order: "Association, National Education"."""
    mine, theirs = (sorted(w for w in ws if w not in _FILLING) for ws in (words, known))
    return len(theirs) > 1 and mine == theirs


def _manner(name: str) -> str:
    """How a name hides what it is: with characters nobody sees, or letters of other alphabets."""
    ways: list[str] = []
    if visible(name, _LONGEST) != name[:_LONGEST]:
        ways.append("invisible characters")
    scripts = _scripts(name)
    if len(scripts) > 1 or scripts - {"Latin"}:
        ways.append(
            f"letters of {' and '.join(sorted(scripts))} alphabets" if len(scripts) > 1 else f"{min(scripts)} letters"
        )
    return f" (written with {' and '.join(ways)})" if ways else ""


def of_identifier(identifier: str, issuers: Sequence["Issuer"]) -> Alike | None:
    """The issuer one of whose addresses, sites or DIDs `identifier` resembles, without being one of its own."""
    seen = claimed_hosts.read(identifier)
    found = [each for issuer in issuers for each in _ways(identifier, seen, issuer)]
    return min(found, key=lambda f: f[0])[1] if found else None


def _ways(identifier: str, seen: Claimed, issuer: "Issuer") -> Iterator[tuple[int, Alike]]:
    """Every way in which it resembles this issuer, the clearest with the smallest number."""
    shown = visible(identifier, 120)
    what = "identifier" if identifier[:4].lower() in ("did:", "urn:") else "address"

    def way(rank: int, how: str) -> tuple[int, Alike]:
        return rank, Alike(issuer, f"The {what} {shown} {how}")

    for known in sorted(issuer.ids | issuer.dids):
        if difference := _only(identifier, known):
            yield way(
                0, f"differs from the registered {known} of {issuer.name} in {difference} only, and is not the same."
            )
        elif not addresses.split(known) and _near(identifier, known):
            yield way(8, f"resembles the registered {known} of {issuer.name}, and is not the same.")
    leads = f"it leads to {visible(seen.host)}" if seen.host else "it leads nowhere"
    for own in sorted(_hosts(issuer)):
        of = f"{own}, a registered site of {issuer.name}"
        if seen.host == own and not seen.tricks:
            yield way(6, f"is at {of}, but is not an address registered for it.")
        elif seen.host == own:
            yield way(1, f"can be read in more than one way ({seen.tricks}); one of them leads to {of}.")
        elif own in seen.user:
            yield way(1, f"only carries {of}, before an @; {leads}.")
        elif "".join(_words(seen.letters)) == "".join(_words(own)) and not seen.letters.isascii():
            yield way(2, f"is written with letters that only look like those of {of} ({seen.letters}); {leads}.")
        elif seen.host.endswith(f".{own}"):
            yield way(7, f"lies below {of}, but is not registered itself.")
        elif seen.host.startswith(own):
            yield way(3, f"only begins like {of}; {leads}.")
        elif seen.host.endswith(own):
            yield way(3, f"only ends like {of}; {leads}.")
        elif own in seen.rest:
            yield way(4, f"only carries {of}, behind its host; {leads}.")
        elif _same_look(seen.letters, own):
            yield way(5, f"resembles {of}; {leads}.")
    if (called := _carried(seen.letters, issuer)) and not any(_siblings(seen.host, own) for own in _hosts(issuer)):
        yield way(9, f"carries “{called}” in its host, a name of {issuer.name}; {leads}.")


def _carried(host: str, issuer: "Issuer") -> str:
    """The name of an issuer, or of its site, that is a label of a host or a whole part of one between hyphens; empty when none is.

    Names of fewer than three letters, and words that any site of the field may have, are nobody's.
    """
    if not host:
        return ""
    parts = [_words(label) for label in host.split(".")[:-1]]
    runs = {"".join(ws[i:j]) for ws in parts for i in range(len(ws)) for j in range(i + 1, len(ws) + 1)}
    sites_ = sorted(sites.own_label(own) for own in _hosts(issuer))
    for known in (*sites_, issuer.name, *issuer.also, issuer.id):
        looks = "".join(_words(known))
        if len(looks) > 2 and looks in runs and not looks.isdigit() and looks not in _of_the_field():
            return visible(known)
    return ""


@cache
def _of_the_field() -> frozenset[str]:
    return frozenset("".join(_words(word)) for word in sites.OF_THE_FIELD)


def _siblings(host: str, own: str) -> bool:
    """Whether two hosts lie side by side at one owner's domain, or on one platform: nothing there copies anybody's name."""
    above = own.partition(f"{sites.own_label(own)}.")[2]
    return host.endswith(f".{sites.own_label(own)}.{above}")


def _hosts(issuer: "Issuer") -> set[str]:
    named = (*issuer.origins, *issuer.ids, *issuer.dids)
    return {read.host for name in named if (read := claimed_hosts.read(name)).host}


def _only(identifier: str, known: str) -> str:
    """The one small thing in which an identifier differs from a registered one; empty when it is more than that."""
    own = addresses.normal(identifier)
    if own.casefold() == known.casefold():
        return "upper and lower case"
    if {own.partition("://")[0], known.partition("://")[0]} == {"http", "https"} and (
        own.partition("://")[2] == known.partition("://")[2]
    ):
        return "http and https"
    if own.rstrip("/") == known.rstrip("/"):
        return "a slash at its end"
    if "".join(c for c in identifier if unicodedata.category(c) not in _HIDDEN).strip() == known:
        return "characters that nobody sees"
    return "what follows it" if own.startswith((f"{known}#", f"{known}?")) else ""


def _near(identifier: str, known: str) -> bool:
    """Whether two DIDs or URNs are nearly the same text; their beginnings ("did:key:z6Mk") are all alike."""
    return len(known) > 11 and difflib.SequenceMatcher(None, known, identifier[:_LONGEST]).ratio() >= 0.9


def _same_look(host: str, own: str) -> bool:
    """Whether two hosts look alike by what stands before their top-level domains: nea.org and nea.com; nea-org.example too."""
    mine, theirs = ("".join(_words(h.removeprefix("www.").rpartition(".")[0])) for h in (host, own))
    whole = "".join(_words(own.removeprefix("www.")))
    if len(theirs) < 3 or not mine:
        return "".join(_words(host)) == whole
    near = len(theirs) > 4 and difflib.SequenceMatcher(None, theirs, mine).ratio() >= LOOKS_LIKE
    return near or mine in (theirs, whole) or "".join(_words(host)) == whole


def _words(text: str) -> list[str]:
    """The words of a text by their looks: no case, marks, punctuation, invisible or look-alike letters. At most 40."""
    plain = _ascii(unicodedata.normalize("NFKD", text[:_LONGEST]))
    folded = _ascii(unicodedata.normalize("NFKD", plain.casefold()))
    looks = folded.translate(_STAND_FOR).replace("i", "l").replace("j", "l").replace("rn", "m").replace("vv", "w")
    return re.findall(r"[^\W_]+", looks)[:40]


def _ascii(text: str) -> str:
    """Letters as the ASCII letters they look like, without marks and invisible characters."""
    kept = "".join(c for c in text if unicodedata.category(c) not in _HIDDEN and not unicodedata.combining(c))
    return kept if kept.isascii() else "".join(_looks().get(c, c) for c in kept)


@cache
def _looks() -> dict[str, str]:
    """Each letter's ASCII look-alike by Unicode's data: 'а' (Cyrillic) to "a", 'ﬁ' to "fi". Read when first needed."""
    from confusable_homoglyphs import confusables

    data = cast(dict[str, list[dict[str, Any]]], confusables.confusables_data)  # pyright: ignore[reportUnknownMemberType]
    looks: dict[str, str] = {}
    for letter, glyphs in data.items():
        plain = [g for glyph in glyphs if (g := str(glyph["c"])).isascii() and g.isalnum()]
        if len(letter) == 1 and not letter.isascii() and plain:
            looks[letter] = min(plain, key=len)
    return looks


def _scripts(text: str) -> set[str]:
    """The alphabets of a text's letters as Unicode calls them: {"Latin", "Cyrillic"}. Read only for what is not ASCII."""
    text = text[:_LONGEST]
    if text.isascii():
        return {"Latin"}
    from confusable_homoglyphs import categories

    names = cast(set[str], categories.unique_aliases(text))  # pyright: ignore[reportUnknownMemberType]
    return {n.replace("_", " ").title() for n in names} - {"Common", "Inherited", "Unknown"}
