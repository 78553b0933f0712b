"""Whose micro-credential this is. Pure: who holds the address it names, and who sent it, in; matched or held, out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from countersign.identity import hash_of, names_address
from countersign.matching.codes import SEVERAL, SOMEBODY_ELSE, UNKNOWN
from models.credentials import Identity


@dataclass(frozen=True, slots=True)
class Holder:
    """An educator who holds the address `address` that stands in `identity`; `rank` is which of theirs it is."""

    educator_id: int
    rank: int
    identity: Identity
    address: str


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
    case: str,
    item: str,
    identities: Sequence[Identity],
    holders: Sequence[Holder],
    senders: Sequence[frozenset[int]],
    alike: Sequence[dict[str, Any]],
) -> Matched | Held:
    """Matched when exactly one educator holds the e-mail address that the credential names, and no other member sent it.

    `identities` are all that the credential states. A holder of what it calls something else than an e-mail address, say a
    user name, is only proposed. `senders` has, for each submission of the credential, the educators whose address the sender's is (empty for an
    upload or a stranger); the address a mail claims to come from helps to order and to hold, never to grant. `alike`
    are proposals for when nobody is found. `case` is the label, `item` the micro-credential's title.
    """
    what = f'{case}, "{item}",'
    by_educator: dict[int, Holder] = {}
    for holder in sorted(holders, key=lambda h: h.rank):
        if names_address(holder.identity):
            by_educator.setdefault(holder.educator_id, holder)
    found = set(by_educator)
    if not found:
        why, next_step = _not_found(identities)
        hints = sorted({h.educator_id: _term(h.identity) for h in holders}.items())
        proposals = {e: f"{term} is an address of this member." for e, term in hints}
        for educator_id in sorted(set[int]().union(*senders)):
            proposals.setdefault(educator_id, "It was sent from an address of this member.")
        for proposal in alike:
            proposals.setdefault(proposal["educator_id"], proposal["why"])
        stated = tuple({"educator_id": e, "why": reason} for e, reason in proposals.items())
        return Held(UNKNOWN, f"{what} is proven, but {why}", next_step, stated)
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
    """Which address it was, and how the credential names it, never the hash itself: "salted sha256 hash of
    pat@home.example, the member's second address on the roster"."""
    identity = holder.identity
    form = "plain e-mail address"
    if identity.hashed:
        algorithm = (hash_of(identity) or ("unknown", ""))[0]
        form = f"{'salted' if identity.salt else 'unsalted'} {algorithm} hash of"
    return f"{form} {holder.address}, {_which(holder.rank)} on the roster"


def _not_found(identities: Sequence[Identity]) -> tuple[str, str]:
    """Why nobody was found, as the end of a sentence, and what to do."""
    if any(names_address(i) for i in identities):
        return (
            "the address it was awarded to is not on the roster.",
            "Find out whose it is. If it is a member's, add the address to the roster or name the member.",
        )
    if not identities:
        return "it does not say to whom it was awarded.", "Ask the issuer whose it is, then name the member."
    terms = " and ".join(dict.fromkeys(_term(i, lower=True) for i in identities))
    return (
        f"it names its recipient by {terms} and not by an e-mail address. Whose that is must not be guessed.",
        "Ask the sender, or the issuer, whose it is; then name the member.",
    )


def _term(identity: Identity, *, lower: bool = False) -> str:
    """What the credential calls an identity, in words. Sources: OB 3.0 IdentifierTypeEnum; OB 2.0 `recipient.type`."""
    kind = identity.kind.strip()
    known: Mapping[str, str] = {
        "name": "A name",
        "username": "A user name",
        "accountid": "An account",
        "telephone": "A telephone number",
        "url": "A web address",
        "id": "An address of a wallet or profile",
    }
    words = known.get(kind.lower(), f'An identifier of the kind "{kind[:40]}"')
    if kind == "id" and identity.value.strip().lower().startswith("did:"):
        words = "A DID (the key of a wallet)"
    if not lower:
        return f"{words} that it states"
    return words[0].lower() + words[1:]


def _which(rank: int) -> str:
    ordinals: Mapping[int, str] = {1: "second", 2: "third", 3: "fourth", 4: "fifth"}
    return "the member's main address" if rank == 0 else f"the member's {ordinals.get(rank, f'{rank + 1}th')} address"


def _why_shared(holder: Holder, sent: bool) -> str:
    return f"The address is {_which(holder.rank)}{', and it was sent from an address of theirs' if sent else ''}."
