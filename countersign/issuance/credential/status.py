"""The affiliate's own lists of what it took back: one bit for each credential. Pure.

Source: Bitstring Status List 1.0 §2.1 (entry), §2.2 (list), §3.1 (generation). A list has 131,072 places, so that nobody is found out by
asking for it; a credential's place follows from its certificate, so it needs no lottery and no second table.
"""

import base64
import gzip
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from countersign.issuance.credential.content import CONTEXT, moment

ENTRIES = 131_072
KEPT = timedelta(days=7)
"""How long a list may be relied on. A copy that somebody keeps longer cannot clear what was revoked since."""

Json = dict[str, Any]


def address(check_url: str, number: int) -> str:
    """Where the list with this number (from 1) is: `/status/1` beside the `/c/` of the check address."""
    return f"{check_url.rstrip('/').rpartition('/')[0]}/status/{number}"


def list_of(index: int) -> int:
    """The number of the list a status index stands on."""
    return index // ENTRIES + 1


def entry(check_url: str, index: int) -> Json:
    """The `credentialStatus` of the credential with this status index, which is counted through all lists."""
    if index < 0:
        raise ValueError(f"{index} is no place on a status list")
    listed, place = address(check_url, list_of(index)), str(index % ENTRIES)
    return {
        "id": f"{listed}#{place}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": place,
        "statusListCredential": listed,
    }


def encoded(places: Iterable[int]) -> str:
    """The bits of one list, those at `places` set, as multibase base64url of gzip. Raises IndexError beyond the list's end."""
    bits = bytearray(ENTRIES // 8)
    for place in places:
        if not 0 <= place < ENTRIES:
            raise IndexError(f"{place} lies beyond the status list")
        bits[place // 8] |= 0x80 >> place % 8
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def list_credential(issuer: str, check_url: str, number: int, revoked: Iterable[int], now: datetime) -> Json:
    """The list with this number as a credential, not signed yet. `revoked` are status indexes; those of other lists are left out."""
    own = address(check_url, number)
    return {
        "@context": [CONTEXT[0]],
        "id": own,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": moment(now),
        "validUntil": moment(now + KEPT),
        "credentialSubject": {
            "id": f"{own}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded(index % ENTRIES for index in revoked if list_of(index) == number),
        },
    }
