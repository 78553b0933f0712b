"""A published list of status bits: fetched, proven to be the issuer's own, and unpacked once for all credentials on it.

Sources: Bitstring Status List 1.0 §2.2 (the list's credential) and §3.4 (expansion); Status List 2021 §4.2. Where a list lies does not
matter: its address is part of what the issuer signed, and it counts only with the proof of a key registered for that issuer, so
that a status service or a content network may serve it. A list that the issuer did not sign says nothing, wherever it lies.

`ttl`, after which whoever keeps a copy has to ask again (§2.2), is not read: every run asks again, and keeps none for the next one.
"""

import hashlib
import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from countersign.verification import keys, reading
from countersign.verification.findings import TELL_OF_LIST, Finding, clause, later, unsure
from countersign.verification.network import addresses, documents
from countersign.verification.network.documents import Missing
from countersign.verification.network.web import Fetcher, Refused, Unreachable
from countersign.verification.reading import Json, Malformed
from countersign.verification.trust.registry import Issuer
from countersign.verification.vc import served, vcdm
from models.credentials import Fetched

MAX_LIST_BYTES = 16_000_000
"""Bytes of the largest unpacked list that is taken (128 million entries)."""

REMEMBERED_BYTES = 64_000_000
_WHAT = "The status list"


@dataclass(frozen=True, slots=True)
class Kind:
    """The words of one specification: types of the entry, of the list's credential and of its subject; whether the encoded list
    comes without a multibase prefix."""

    entry: str
    credential: str
    subject: str
    bare: bool = False


BITSTRING = Kind("BitstringStatusListEntry", "BitstringStatusListCredential", "BitstringStatusList")
LIST_2021 = Kind("StatusList2021Entry", "StatusList2021Credential", "StatusList2021", bare=True)


@dataclass(frozen=True, slots=True)
class BitList:
    """A proven list. `id` is what it calls itself, if anything; `bits` are its bytes, the first entry in the highest bit of the first
    one."""

    id: str
    purposes: tuple[str, ...]
    bits: bytes


def at(address: str, kind: Kind, issuer: Issuer, fetcher: Fetcher, now: datetime) -> BitList:
    """The issuer's list at `address`. Raises Missing with the finding when it is not to be had or not to be relied on, Malformed
    when it cannot be understood."""
    answer = documents.fetch(fetcher, address, _WHAT)
    return _REMEMBERED.get(answer, kind, issuer, fetcher, now)


def _proven(content: bytes, kind: Kind, issuer: Issuer, fetcher: Fetcher, now: datetime) -> BitList:
    """Read, checked and unpacked. Raises Missing or Malformed."""
    listed = served.read(content, now)
    body = listed.body
    reading.require_type(body, frozenset({kind.credential}), "list.")
    if addresses.normal(listed.owner) not in issuer.ids | issuer.dids:
        raise Missing(
            unsure(f"{_WHAT} is not one of {issuer.name}, but of {listed.owner[:200] or 'nobody'}.", TELL_OF_LIST)
        )
    begins, ends = vcdm.begins(body), vcdm.ends(body)
    if begins is not None and begins > now:
        raise Missing(later(f"{_WHAT} is not in force yet."))
    if ends is not None and ends <= now:
        raise Missing(later(f"{_WHAT} is out of date."))
    proof = listed.proof(issuer, begins or now, now, fetcher)
    if not proof.passed:
        detail = f"{_WHAT} itself is not proven: {clause(proof.detail, 'the list')}"
        raise Missing(later(detail) if proof.retry else unsure(detail, TELL_OF_LIST))
    subject = reading.part(body, "credentialSubject", "list.")
    reading.require_type(subject, frozenset({kind.subject}), "list.credentialSubject.")
    name = body.get("id")
    return BitList(
        id=name if isinstance(name, str) else "",
        purposes=tuple(reading.texts(subject, "statusPurpose")),
        bits=_unpacked(subject, kind),
    )


def _unpacked(subject: Json, kind: Kind) -> bytes:
    """The list's bytes: one gzip stream and nothing behind it, bounded while it opens."""
    encoded = subject.get("encodedList")
    if not isinstance(encoded, str) or not (kind.bare or encoded.startswith("u")):
        raise Malformed('"encodedList" is not multibase base64url.')
    plain = encoded.replace("+", "-").replace("/", "_") if kind.bare else encoded[1:]
    try:
        inflater = zlib.decompressobj(wbits=31)
        bits = inflater.decompress(keys.base64url(plain.rstrip("=")), MAX_LIST_BYTES + 1)
    except (keys.KeyProblem, zlib.error) as error:
        raise Malformed('"encodedList" cannot be unpacked.') from error
    if len(bits) > MAX_LIST_BYTES:
        raise Malformed(f'"encodedList" unpacks to more than {MAX_LIST_BYTES:,} bytes.')
    if not inflater.eof:
        raise Malformed('"encodedList" is cut off.')
    if inflater.unused_data:
        raise Malformed('"encodedList" holds something behind its list.')
    return bits


class _Watching:
    """Notes what is read while a list is proven: the documents on which the result rests."""

    def __init__(self, beneath: Fetcher) -> None:
        self._beneath = beneath
        self.read: dict[str, bytes] = {}
        self.whole = True

    def get(self, url: str) -> Fetched:
        try:
            answer = self._beneath.get(url)
        except (Unreachable, Refused):
            self.whole = False
            raise
        self.read[url] = _mark(answer.content)
        return answer


def _mark(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


@dataclass(frozen=True, slots=True)
class _Known:
    issuer: Issuer
    read: dict[str, bytes]
    result: BitList | Finding | str

    def holds(self, issuer: Issuer, fetcher: Fetcher) -> bool:
        """Whether the same issuer and the same documents are at hand. Asks for them again, so that they are among the evidence
        of this verdict too."""
        try:
            return self.issuer is issuer and all(_mark(fetcher.get(u).content) == m for u, m in self.read.items())
        except (Unreachable, Refused):
            return False


class _Memory:
    """Results by everything they depend on: the content, the kind, the moment, the issuer as registered and the documents read.
    So a thousand credentials on one list prove and unpack it once, and nothing is ever answered that would not come out again."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[bytes, str, datetime], _Known] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, answer: Fetched, kind: Kind, issuer: Issuer, fetcher: Fetcher, now: datetime) -> BitList:
        key = (_mark(answer.content), kind.entry, now)
        with self._lock:
            known = self._known.get(key)
        if known is None or not known.holds(issuer, fetcher):
            watching = _Watching(fetcher)
            result: BitList | Finding | str
            try:
                result = _proven(answer.content, kind, issuer, watching, now)
            except Missing as missing:
                result = missing.finding
            except Malformed as error:
                result = str(error)
            known = _Known(issuer, watching.read, result)
            if watching.whole:
                self._keep(key, known)
        if isinstance(known.result, BitList):
            return known.result
        if isinstance(known.result, Finding):
            raise Missing(known.result)
        raise Malformed(known.result)

    def _keep(self, key: tuple[bytes, str, datetime], known: _Known) -> None:
        with self._lock:
            old = self._known.pop(key, None)
            self._known[key] = known
            self._bytes += _size(known) - (_size(old) if old else 0)
            while self._bytes > REMEMBERED_BYTES:
                self._bytes -= _size(self._known.popitem(last=False)[1])


def _size(known: _Known) -> int:
    return 1_000 + (len(known.result.bits) if isinstance(known.result, BitList) else 0)


_REMEMBERED = _Memory()
