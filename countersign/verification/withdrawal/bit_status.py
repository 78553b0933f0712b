"""One bit, or a few, in the issuer's status list: BitstringStatusListEntry and its forerunner StatusList2021Entry.

Sources: Bitstring Status List 1.0 §2.1 (the entry) and §3.2 (validate algorithm, whose steps are numbered below); Status List 2021
§4.3. A list that cannot be had, proven or read never means "not withdrawn": it holds the credential. The algorithm does not compare
the list's `id` with its address (§2.2: it MAY match). We do, one way: a list under another name never clears a credential, since
whoever serves the address could pass off another of the issuer's lists. It can condemn one: it is the issuer's own, of the right
purpose, at the address that the issuer signed into the credential, and the algorithm has it so.
"""

from datetime import datetime
from typing import Any, cast

from countersign.verification import reading
from countersign.verification.findings import ASK_WHY, TELL_OF_LIST, Finding, bad, ok, unsure
from countersign.verification.network import documents
from countersign.verification.network.web import Fetcher
from countersign.verification.reading import Json, Malformed
from countersign.verification.trust.registry import Issuer
from countersign.verification.withdrawal import bit_lists
from countersign.verification.withdrawal.bit_lists import Kind

KINDS = {kind.entry: kind for kind in (bit_lists.BITSTRING, bit_lists.LIST_2021)}
MIN_ENTRIES = 131_072
MAX_SIZE = 8
_WHERE = "credentialStatus."
_ASK_MEANING = "Ask the issuer what that means for this micro-credential, and whether it still stands."
_WORDS = {"revocation": "withdrawn", "suspension": "suspended"}


def check(entry: Json, kind: Kind, issuer: Issuer, fetcher: Fetcher, now: datetime) -> Finding:
    """The finding on one entry of a proven credential. Raises Missing or Malformed, which hold the credential."""
    # 3. The purpose of the entry. "refresh" only says that there is a newer one; it never makes this one invalid (§2.1).
    purpose = reading.text(entry, "statusPurpose", _WHERE)
    if purpose == "refresh":
        return ok("Its status list only tells of newer versions.")
    if purpose not in (*_WORDS, "message"):
        return unsure(f"Its status serves the purpose {purpose[:40]!r}, which is not known here.", _ASK_MEANING)
    size, messages = _size(entry), _messages(entry)
    index = _index(entry.get("statusListIndex"))
    # 4. The list, with its own proof
    address = reading.uri(entry, "statusListCredential", _WHERE)
    found = bit_lists.at(address, kind, issuer, fetcher, now)
    another = bool(found.id) and not documents.same(found.id, address)
    # 5. The list serves that purpose
    if purpose not in found.purposes:
        raise Malformed(f'"statusPurpose" of the list is not that of the credential, {purpose}.')
    # 6. to 9. (unpacked already) The list is long enough for nobody to be found out by asking for it
    if len(found.bits) * 8 // size < MIN_ENTRIES:
        raise Malformed(f'"encodedList" has fewer than {MIN_ENTRIES:,} entries.')
    # 10. The value at the index
    if (index + 1) * size > len(found.bits) * 8:
        raise Malformed('"statusListIndex" lies beyond the list.')
    value = 0
    for bit in range(index * size, (index + 1) * size):
        value = value << 1 | (found.bits[bit // 8] >> (7 - bit % 8) & 1)
    # 11. to 15. Zero is valid, everything else is not, whatever its message
    if value == 0 and another:
        return unsure(
            f"The address of the status list serves another list ({found.id[:200]}), which cannot tell that it is not withdrawn.",
            TELL_OF_LIST,
        )
    if value == 0:
        return ok(f"It is not marked as withdrawn on the status list of {issuer.name}.")
    said = f" (its message: {messages[value]})" if messages.get(value) else ""
    if purpose in _WORDS:
        called = f" The list calls itself {found.id[:200]}." if another else ""
        return bad(f"The issuer has {_WORDS[purpose]} this micro-credential{said}.{called}", ASK_WHY)
    return unsure(f"The issuer has put a note on this micro-credential{said or f' (number {value})'}.", _ASK_MEANING)


def _size(entry: Json) -> int:
    """How many bits an entry takes (§2.1, `statusSize`)."""
    value = entry.get("statusSize", 1)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Malformed('"statusSize" is not a positive number.')
    if value > MAX_SIZE:
        raise Malformed(f'"statusSize" is more than {MAX_SIZE} bits.')
    return value


def _messages(entry: Json) -> dict[int, str]:
    """What each value means; needed as soon as there are more than two (§2.1, `statusMessage`)."""
    size = _size(entry)
    listed = reading.parts(entry, "statusMessage", _WHERE)
    if not listed and (size > 1 or entry.get("statusPurpose") == "message"):
        raise Malformed('"statusMessage" is missing, so that its status has no meaning.')
    made: dict[int, str] = {}
    for one in listed:
        value: Any = one.get("status")
        try:
            made[int(cast(str, value), 16)] = reading.text(one, "message", f"{_WHERE}statusMessage.")[:200]
        except (TypeError, ValueError) as error:
            raise Malformed('"statusMessage" is not a list of values and their meaning.') from error
    if listed and sorted(made) != list(range(2**size)):
        raise Malformed('"statusMessage" does not give each value its meaning.')
    return made


def _index(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12:
        return value
    raise Malformed('"statusListIndex" is not a number.')
