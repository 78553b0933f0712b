"""Verification: from a carrier to a credential and a verdict, a list of seven named checks. Nothing unproven leaves this room.

The public functions of the pure core are here; importing them loads no database, no PDF, JSON-LD or HTTP library. The
shell that reads and writes the store is `countersign.verification.shell`.
"""

from countersign.verification.examination import examine
from countersign.verification.fetching import (
    Fetcher,
    MirrorFetcher,
    OfflineFetcher,
    Refused,
    Unreachable,
    fetcher_for,
)
from countersign.verification.registry import Issuer, Registry, read_registry

__all__ = [
    "Fetcher",
    "Issuer",
    "MirrorFetcher",
    "OfflineFetcher",
    "Refused",
    "Registry",
    "Unreachable",
    "examine",
    "fetcher_for",
    "read_registry",
]
