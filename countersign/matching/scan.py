"""Which address of the roster is behind an identity: plain ones by look-up, hashed ones by trying every address.

A hash with a salt cannot be looked up, so the addresses are tried one after another, all identities of a call in one
pass, likely ones first, until each is found. What counts as the same address is for `countersign.identity` to say: the
fast loop only finds candidates, and `matches` has the last word.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator

from sqlalchemy import func
from sqlmodel import Session, col, select

from countersign.identity import hash_of, matchable, matches, rare_variants, variants
from models.credentials import Identity
from models.tables import Address

PLAIN_KINDS = frozenset({"email", "emailAddress", "id"})
"""Kinds whose plain value may be an e-mail address: OB 2.0, OB 3.0, and the `mailto:` of a subject's id."""

BATCH = 10_000
_Key = tuple[str, str]


def addresses_of(session: Session, identities: Iterable[Identity], likely: Collection[int]) -> dict[Identity, str]:
    """For each identity that is an address of the roster: that address, case-folded.

    `likely` are educators whose addresses are tried first. Then every address is tried in its common spellings, and only
    when that finds nothing in the rare ones. For 300,000 addresses (bench/matching.py): about 0.4 seconds to find the
    last of them, 1.4 to find that it is none, and 0.4 more for each further salt that is nobody's.
    """
    found: dict[Identity, str] = {}
    hashed: list[Identity] = []
    for identity in dict.fromkeys(identities):
        if not matchable(identity):
            continue
        if identity.hashed:
            hashed.append(identity)
        elif identity.kind in PLAIN_KINDS:
            folded = identity.value.strip()
            folded = (folded[7:] if folded[:7].lower() == "mailto:" else folded).casefold()
            known = session.exec(select(Address.address).where(col(Address.folded) == folded).limit(1)).first()
            if known is not None and matches(identity, known):
                found[identity] = folded
    sought = _Sought(hashed)
    if sought and likely:
        query = select(Address.address).where(col(Address.educator_id).in_(sorted(likely)))
        close = session.exec(query).all()
        for spell in (variants, rare_variants):
            sought.try_all(close, spell)
    for spell in (variants, rare_variants):
        for batch in _all_addresses(session) if sought else ():
            sought.try_all(batch, spell)
            if not sought:
                break
    return found | sought.found


class _Sought:
    """Hashed identities still to be found, by algorithm and salt, and those found."""

    def __init__(self, identities: Iterable[Identity]) -> None:
        self.found: dict[Identity, str] = {}
        self._open: dict[_Key, dict[bytes, list[Identity]]] = defaultdict(dict)
        for identity in identities:
            parsed = hash_of(identity)
            if parsed is not None:
                algorithm, digest = parsed
                by_digest = self._open[algorithm, identity.salt]
                by_digest.setdefault(bytes.fromhex(digest), []).append(identity)

    def __bool__(self) -> bool:
        return bool(self._open)

    def try_all(self, addresses: Iterable[str], spell: Callable[[str], Iterable[str]]) -> None:
        """Try each address in the spellings that `spell` gives against every identity still open."""
        spellings = [s.encode("utf-8", "surrogatepass") for a in addresses for s in spell(a)]
        for key in list(self._open):
            algorithm, salt = key
            digest_of = hashlib.sha256 if algorithm == "sha256" else hashlib.md5
            wanted, tail = self._open[key], salt.encode("utf-8", "surrogatepass")
            # The loop that decides the night's time on a large roster: nothing in it but the hash.
            hits = [s for s in spellings if digest_of(s + tail).digest() in wanted]
            for spelling in hits:
                self._keep(key, spelling.decode("utf-8", "surrogatepass"), digest_of(spelling + tail).digest())

    def _keep(self, key: _Key, address: str, digest: bytes) -> None:
        for identity in self._open[key].pop(digest, []):
            if matches(identity, address):
                self.found[identity] = address.strip().casefold()
        if not self._open[key]:
            del self._open[key]


def _all_addresses(session: Session) -> Iterator[list[str]]:
    """Every address on the roster, in batches, so that memory does not grow with it.

    A batch travels as one string that the database joins: fetching 300,000 rows costs ten times as much as hashing
    them. An address has no line break in it.
    """
    first, last = session.exec(select(func.min(Address.id), func.max(Address.id))).one()
    for start in range(first or 0, (last or 0) + 1, BATCH):
        ids = col(Address.id).between(start, start + BATCH - 1)
        joined = session.exec(select(func.aggregate_strings(col(Address.address), "\n")).where(ids)).one()
        if joined:
            yield str(joined).split("\n")
