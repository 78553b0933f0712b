"""Whether the issuer has withdrawn an Open Badges 3.0 credential, by every way that it names; the worst answer counts.

Sources: Open Badges 3.0 §9.1 step 4; VC Data Model 2.0 §4.10 (one status or several). Each kind of status has a module of its own. A kind
that is not known here holds the credential: it may well be withdrawn.
"""

from datetime import datetime

from countersign.verification import bit_status, reading, revocation_list
from countersign.verification.checks import FOR_STAFF, Finding, ok, unsure
from countersign.verification.documents import Missing
from countersign.verification.reading import Json, Malformed
from countersign.verification.registry import Issuer
from countersign.verification.web import Fetcher
from models.credentials import Credential

MAX_ENTRIES = 8


def check(body: Json, credential: Credential, issuer: Issuer, fetcher: Fetcher, now: datetime) -> Finding:
    """The finding on every status entry of a proven credential; the worst one counts."""
    try:
        entries = reading.parts(body, "credentialStatus")
    except Malformed as error:
        return unsure(str(error), FOR_STAFF)
    if not entries:
        return ok(f"{issuer.name} gave no way to withdraw it.")
    if len(entries) > MAX_ENTRIES:
        return unsure(f"It names {len(entries)} status lists, more than are examined.", FOR_STAFF)
    findings = [_entry(e, credential, issuer, fetcher, now) for e in entries]
    return min(findings, key=lambda f: ("failed", "indeterminate", "passed").index(f.outcome.value))


def _entry(entry: Json, credential: Credential, issuer: Issuer, fetcher: Fetcher, now: datetime) -> Finding:
    try:
        kinds = reading.types(entry, "credentialStatus.")
        if kinds == frozenset({revocation_list.KIND}):
            return revocation_list.check(entry, credential, issuer, fetcher, now)
        for name, kind in bit_status.KINDS.items():
            if kinds == frozenset({name}):
                return bit_status.check(entry, kind, issuer, fetcher, now)
    except Missing as missing:
        return missing.finding
    except Malformed as error:
        return unsure(f"The list of withdrawn credentials cannot be understood: {error}", FOR_STAFF)
    return unsure(
        f"Its status is kept as {', '.join(sorted(kinds))[:80]}, which cannot be checked here yet.", FOR_STAFF
    )
