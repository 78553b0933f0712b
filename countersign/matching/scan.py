"""Which address of the roster is behind an identity: plain ones by look-up, hashed ones by trying every address.

A hash with a salt cannot be looked up, so the addresses are tried one after another, all identities of a call in one
pass, likely ones first, until each is found. What counts as the same address is for `countersign.identity` to say: the
fast loop only finds candidates, and `reads` has the last word.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from itertools import repeat
from operator import add
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from countersign.identity import hash_of, matchable, plain, reads
from countersign.matching import spelling
from models.credentials import Identity
from models.tables import Address

BATCH = 5_000
_Key = tuple[str, str]
_HASHES = {"sha256": hashlib.sha256, "md5": partial(hashlib.md5, usedforsecurity=False)}


def addresses_of(session: Session, identities: Iterable[Identity], likely: Collection[int]) -> dict[Identity, str]:
    """For each identity in which an address of the roster stands, plain or hashed: that address, case-folded.

    `likely` are educators whose addresses are tried first. Then every address is tried in its common spellings, and only
    when that finds nothing in the rare ones. The roster is read once, and kept as text meanwhile: 10 MB for 300,000
    addresses. Each further salt costs its hashing and nothing else. bench/matching.py has the figures.
    """
    found: dict[Identity, str] = {}
    hashed: list[Identity] = []
    for identity in dict.fromkeys(identities):
        if not matchable(identity):
            continue
        if identity.hashed:
            hashed.append(identity)
            continue
        folded = plain(identity)
        known = session.exec(select(Address.address).where(col(Address.folded) == folded).limit(1)).first()
        if known is not None and reads(identity, known):
            found[identity] = folded
    sought = _Sought(hashed)
    if sought and likely:
        query = select(Address.address).where(col(Address.educator_id).in_(sorted(likely)))
        close = "\n".join(session.exec(query))
        sought.try_all(spelling.common(close))
        sought.try_all(spelling.rare(close))
    roster: list[str] = []
    for batch in _all_addresses(session) if sought else ():
        roster.append(batch)
        sought.try_all(spelling.common(batch))
        if not sought:
            break
    for batch in roster if sought else ():
        sought.try_all(spelling.rare(batch))
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

    def try_all(self, spellings: list[bytes]) -> None:
        """Try each of the spellings against every identity still open."""
        for key in list(self._open):
            algorithm, salt = key
            make, tail, wanted = _HASHES[algorithm], salt.encode("utf-8", "surrogatepass"), self._open[key]
            digests = map(type(make()).digest, map(make, map(add, spellings, repeat(tail))))
            # The line that decides the night's time on a large roster: nothing in it but the hash.
            if wanted.keys().isdisjoint(digests):
                continue
            for spelled in spellings:
                digest = make(spelled + tail).digest()
                if digest in wanted:
                    self._keep(key, spelled.decode("utf-8", "surrogatepass"), digest)

    def _keep(self, key: _Key, address: str, digest: bytes) -> None:
        for identity in self._open[key].pop(digest, []):
            if reads(identity, address):
                self.found[identity] = address.strip().casefold()
        if not self._open[key]:
            del self._open[key]


def joined(session: Session, key: Any, line: Any) -> Iterator[str]:
    """The text `line` of every row of a table, one on a line, in batches; `key` is the table's id.

    A batch travels as one string that the database joins: fetching 300,000 rows costs more than hashing them. What an import
    lets in has no line break in it.
    """
    first, last = session.exec(select(func.min(key), func.max(key))).one()
    for start in range(first or 0, (last or 0) + 1, BATCH):
        batch = select(func.aggregate_strings(line, "\n")).where(key.between(start, start + BATCH - 1))
        if text := session.exec(batch).one():
            yield str(text)


def _all_addresses(session: Session) -> Iterator[str]:
    return joined(session, col(Address.id), col(Address.address))
