"""Verification: from a carrier to a credential and a verdict, a list of seven named checks. Nothing unproven leaves this room.

Importing the room loads no database, PDF, JSON-LD or HTTP library: the shell, which reads and writes the store, comes with
its first use.
"""

from typing import TYPE_CHECKING, Any

from countersign.verification.codes import DOUBTS, ENDED_BEFORE, HOLDS
from countersign.verification.examination import examine
from countersign.verification.network.fetching import MirrorFetcher, OfflineFetcher, fetcher_for
from countersign.verification.network.web import Fetcher, Refused, Unreachable
from countersign.verification.session import VerificationSession, open_session
from countersign.verification.trust.registry import Issuer, Registry, read_registry

if TYPE_CHECKING:
    from countersign.verification.keeping.doubts import goes_to_hr, keep_case, withdraw_case
    from countersign.verification.keeping.holding import admit_case, dismiss_case, end_again
    from countersign.verification.keeping.rechecking import recheck_cases, unanswered_cases
    from countersign.verification.keeping.replaying import Replay, replay, replay_today, verdicts_of
    from countersign.verification.keeping.shell import verify_carriers, waiting_carriers

__all__ = [
    "DOUBTS",
    "ENDED_BEFORE",
    "HOLDS",
    "Fetcher",
    "Issuer",
    "MirrorFetcher",
    "OfflineFetcher",
    "Refused",
    "Registry",
    "Replay",
    "Unreachable",
    "VerificationSession",
    "admit_case",
    "dismiss_case",
    "end_again",
    "examine",
    "fetcher_for",
    "goes_to_hr",
    "keep_case",
    "open_session",
    "read_registry",
    "recheck_cases",
    "replay",
    "replay_today",
    "unanswered_cases",
    "verdicts_of",
    "verify_carriers",
    "waiting_carriers",
    "withdraw_case",
]


def __getattr__(name: str) -> Any:
    """What needs the store, loaded when asked for (PEP 562)."""
    if name in ("admit_case", "dismiss_case", "end_again"):
        from countersign.verification.keeping import holding

        return getattr(holding, name)
    if name in ("Replay", "replay", "replay_today", "verdicts_of"):
        from countersign.verification.keeping import replaying

        return getattr(replaying, name)
    if name in ("goes_to_hr", "keep_case", "withdraw_case"):
        from countersign.verification.keeping import doubts

        return getattr(doubts, name)
    if name in ("recheck_cases", "unanswered_cases"):
        from countersign.verification.keeping import rechecking

        return getattr(rechecking, name)
    if name in ("verify_carriers", "waiting_carriers"):
        from countersign.verification.keeping import shell

        return getattr(shell, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
