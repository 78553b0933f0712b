"""Who on the roster has a name like this one. Pure, and for proposals only: a name alone never grants anything."""

import heapq
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from nameparser import HumanName
from rapidfuzz import fuzz, process

LIKE = 82.0
"""From this similarity (0 to 100) on, a name is worth a person's look: above two common names that share one half."""

AT_MOST = 3
_CHUNK = 5000
_NO_LETTER = re.compile(r"[^\w\s]|[\d_]")
_ASCII = {n: chr(n).lower() if chr(n).isalpha() else " " for n in range(128)}


class RosterName(NamedTuple):
    """One name of an educator: given and family name, suffix apart; `former` when they had it before."""

    educator_id: int
    name: str
    suffix: str = ""
    former: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """One educator to choose, `score` from 0 to 100, and why in words for staff."""

    educator_id: int
    score: float
    why: str


def propose_all(names: list[str], roster: Iterable[RosterName]) -> list[list[Proposal]]:
    """For each of `names`: at most `AT_MOST` educators whose name, present or former, is like it; the likest first,
    each once. The roster is passed over once for all of them."""
    parsed = [HumanName(n) for n in names]
    wanted = [_plain(f"{p.first} {p.middle} {p.last}") for p in parsed]
    found: list[dict[int, Proposal]] = [{} for _ in names]
    entries = iter(roster)
    while chunk := list(islice(entries, _CHUNK)):
        plain = [_plain(e.name) for e in chunk]
        for place, name in enumerate(wanted):
            if not name:
                continue
            hits = process.extract(name, plain, scorer=fuzz.token_sort_ratio, score_cutoff=LIKE, limit=4 * AT_MOST)
            for _, score, position in hits:
                _keep(found[place], chunk[position], float(score), str(parsed[place].suffix))
    return [heapq.nsmallest(AT_MOST, f.values(), key=lambda p: (-p.score, p.educator_id)) for f in found]


def _keep(found: dict[int, Proposal], entry: RosterName, score: float, suffix: str) -> None:
    which = "former name" if entry.former else "name"
    why = f"The {which} is the same" if score == 100 else f"The {which} is alike ({score:.0f} of 100)"
    if _plain(suffix) != _plain(entry.suffix):
        score = score - 10 if suffix and entry.suffix else score - 1
        why += (
            f', but "{suffix}" against "{entry.suffix}"' if suffix and entry.suffix else ", but only one has a suffix"
        )
    known = found.get(entry.educator_id)
    if known is None or known.score < score:
        found[entry.educator_id] = Proposal(entry.educator_id, score, f"{why}.")


def _plain(name: str) -> str:
    """Without case, accents and punctuation: "O'Neil-Díaz" is "o neil diaz"."""
    if name.isascii():  # nearly every one, and ten times as fast
        return " ".join(name.translate(_ASCII).split())
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join(_NO_LETTER.sub(" ", bare).split())
