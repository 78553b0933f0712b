"""Whether the issuer has withdrawn an Open Badges 3.0 credential, by every way that it names; the worst answer counts.

Sources: Open Badges 3.0 §9.1 step 4; VC Data Model 2.0 §4.10 (one status or several). Each kind of status has a module of its own. A kind
that is not known here holds the credential: it may well be withdrawn. So does a credential shown in part that shows no status.
"""

from datetime import datetime

from countersign.verification import reading
from countersign.verification.checks import FOR_STAFF, Finding, ok, unsure
from countersign.verification.network.documents import Missing
from countersign.verification.network.web import Fetcher
from countersign.verification.reading import Json, Malformed
from countersign.verification.trust.registry import Issuer
from countersign.verification.withdrawal import bit_status, revocation_list
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


def withheld(body: Json, credential: Credential, issuer: Issuer) -> Finding | None:
    """What is open about a proven credential whose holder shows a part of it (ecdsa-sd-2023): the status and the end that the issuer
    did not make mandatory can be left out, and nothing tells. None when it shows both, or the operator vouches for the issuer."""
    if issuer.selective or (credential.valid_until is not None and _can_be_withdrawn(body)):
        return None
    return unsure(
        "Its holder shows a part of it, without "
        f"{'a way to withdraw it' if credential.valid_until else 'an end of validity or a way to withdraw it'}: "
        "the issuer may have given one that was left out.",
        f"Ask the educator for the whole credential, or {issuer.name} whether what is shown of its credentials always includes status "
        "and end of validity; if so, write selective = true for it in issuers.toml.",
    )


def _can_be_withdrawn(body: Json) -> bool:
    """Whether a status is shown by which the whole credential can be withdrawn; one that only tells of newer versions is none."""
    try:
        entries = reading.parts(body, "credentialStatus")
        kinds = [reading.types(e, "credentialStatus.") for e in entries]
    except Malformed:
        return False
    return any(
        revocation_list.KIND in kind or (kind & set(bit_status.KINDS) and entry.get("statusPurpose") == "revocation")
        for entry, kind in zip(entries, kinds, strict=True)
    )


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
