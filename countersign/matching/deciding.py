"""Whose micro-credential this is. Pure: who holds the address it names, and who sent it, in; matched or held, out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from countersign.identity import hash_of
from countersign.matching.codes import SEVERAL, SOMEBODY_ELSE, UNKNOWN
from models.credentials import Identity


@dataclass(frozen=True, slots=True)
class Holder:
    """An educator who holds an address that the credential names; `rank` is which of theirs, `identity` where it says so."""

    educator_id: int
    rank: int
    identity: Identity


@dataclass(frozen=True, slots=True)
class Matched:
    """Exactly one educator, and how they were found, for staff."""

    educator_id: int
    matched_by: str


@dataclass(frozen=True, slots=True)
class Held:
    """Nobody, several, or somebody else than the sender: the sentences for the review queue."""

    code: str
    sentence: str
    next_step: str
    proposals: tuple[dict[str, Any], ...]


def decide(
    case: str, item: str, holders: Sequence[Holder], senders: Sequence[frozenset[int]], alike: Sequence[dict[str, Any]]
) -> Matched | Held:
    """Matched when exactly one educator holds what the credential names and did not have another member send it.

    `senders` has, for each submission of the credential, the educators whose address the sender's is (empty for an
    upload or a stranger); the address a mail claims to come from helps to order and to hold, never to grant. `alike`
    are proposals for when nobody is found. `case` is the label, `item` the micro-credential's title.
    """
    what = f'{case}, "{item}",'
    by_educator: dict[int, Holder] = {}
    for holder in sorted(holders, key=lambda h: h.rank):
        by_educator.setdefault(holder.educator_id, holder)
    found = set(by_educator)
    if not found:
        sent_by = sorted(set[int]().union(*senders))
        proposals = dict.fromkeys(sent_by, "It was sent from an address of this member.")
        for proposal in alike:
            proposals.setdefault(proposal["educator_id"], proposal["why"])
        return Held(
            UNKNOWN,
            f"{what} is proven, but the address it was awarded to is not on the roster.",
            "Find out whose it is. If it is a member's, add the address to the roster or name the member.",
            tuple({"educator_id": e, "why": why} for e, why in proposals.items()),
        )
    if len(found) > 1:
        sent = set[int]().union(*senders)
        order = sorted(found, key=lambda e: (e not in sent, by_educator[e].rank, e))
        return Held(
            SEVERAL,
            f"{what} was awarded to an address that {len(found)} members share on the roster.",
            "Ask the members whose work it is, then name the one.",
            tuple({"educator_id": e, "why": _why_shared(by_educator[e], e in sent)} for e in order),
        )
    (educator_id,) = found
    if senders and all(s and educator_id not in s for s in senders):
        return Held(
            SOMEBODY_ELSE,
            f"{what} names another member than the one who sent it.",
            "Ask the member it names whether it may be counted for them, then name that member, or dismiss it.",
            ({"educator_id": educator_id, "why": f"It names {_which(by_educator[educator_id].rank)}."},),
        )
    return Matched(educator_id, matched_by(by_educator[educator_id]))


def matched_by(holder: Holder) -> str:
    """How the educator was found, without the address: "salted sha256 hash of the member's first address on the roster"."""
    identity = holder.identity
    form = "plain e-mail address"
    if identity.hashed:
        algorithm = (hash_of(identity) or ("unknown", ""))[0]
        form = f"{'salted' if identity.salt else 'unsalted'} {algorithm} hash"
    return f"{form} of {_which(holder.rank)} on the roster"


def _which(rank: int) -> str:
    ordinals: Mapping[int, str] = {1: "second", 2: "third", 3: "fourth", 4: "fifth"}
    return "the member's main address" if rank == 0 else f"the member's {ordinals.get(rank, f'{rank + 1}th')} address"


def _why_shared(holder: Holder, sent: bool) -> str:
    return f"The address is {_which(holder.rank)}{', and it was sent from an address of theirs' if sent else ''}."
