"""Whether the issuer has withdrawn an Open Badges 3.0 credential, by every way that it names; the worst answer counts.

Sources: Open Badges 3.0 §9.1 step 4; VC Data Model 2.0 §4.10 (one status or several). Each kind of status has a module of its own. A kind
that is not known here holds the credential: it may well be withdrawn. So does a credential shown in part that shows no status.
"""

from datetime import datetime

from countersign.verification import reading
from countersign.verification.findings import ANOTHER_FORM, TELL_ISSUER, TELL_OF_LIST, Finding, clause, ok, unsure
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
        return unsure(str(error), TELL_ISSUER)
    if not entries:
        return ok(f"{issuer.name} gave no way to withdraw it.")
    if len(entries) > MAX_ENTRIES:
        return unsure(f"It names {len(entries)} status lists, more than are examined.", ANOTHER_FORM)
    findings = [_entry(e, credential, issuer, fetcher, now) for e in entries]
    return min(findings, key=lambda f: ("failed", "indeterminate", "passed").index(f.outcome.value))


def withheld(proof: Finding, issuer: Issuer) -> Finding | None:
    """What is open about a proven credential whose holder shows a part of it (ecdsa-sd-2023): a status entry, a member of one or the
    end can be left out unless the issuer made it mandatory, and no proof tells which those were. So it takes the operator's word for
    the issuer's practice, and the proof must not contradict that word. None when nothing is open."""
    if not issuer.selective:
        return unsure(
            "Its holder shows a part of it. Whether a way to withdraw it, or its end of validity, was left out cannot be told.",
            f"Ask the educator for the whole credential, or {issuer.name} whether all that its credentials say of status and end of "
            "validity must always be shown (is mandatory); if so, write selective = true for it in issuers.toml.",
        )
    if proof.at_will:
        return unsure(
            f"Its holder shows a part of it, and was free to leave out what it says of status or end of validity: {issuer.name} did not "
            "make all of that mandatory, though selective = true says so in issuers.toml.",
            f"Ask the educator for the whole credential, and {issuer.name} what its holders must always show.",
        )
    return None


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
        return unsure(f"The list of withdrawn credentials cannot be understood: {clause(str(error))}", TELL_OF_LIST)
    return unsure(
        f"Its status is kept as {', '.join(sorted(kinds))[:80]}, which cannot be checked here yet.", ANOTHER_FORM
    )
