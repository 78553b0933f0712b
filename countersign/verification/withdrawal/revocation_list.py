"""1EdTechRevocationList: the ids of withdrawn credentials in a served document.

Source: 1EdTech Revocation List Status Method 1.0. The document need not be signed. Unsigned it is the issuer's word only when it comes
from a registered site of the issuer; signed by the issuer it may lie anywhere, at the address that the proven credential names.
"""

from datetime import datetime
from typing import Any, cast

from countersign.verification import reading
from countersign.verification.findings import ASK_WHY, TELL_OF_LIST, WHOSE_SITE, Finding, bad, clause, later, ok, unsure
from countersign.verification.network import addresses, documents
from countersign.verification.network.web import Fetcher
from countersign.verification.reading import Json, Malformed
from countersign.verification.trust.registry import Issuer
from countersign.verification.vc import served, vcdm
from models.credentials import Credential, Fetched

KIND = "1EdTechRevocationList"
_WHAT = "The list of withdrawn credentials"


def check(entry: Json, credential: Credential, issuer: Issuer, fetcher: Fetcher, now: datetime) -> Finding:
    """The finding on one entry of a proven credential. Raises Missing or Malformed, which hold the credential."""
    # 1. The document at the address that the entry names
    address = reading.uri(entry, of="credentialStatus.")
    answer = documents.fetch(fetcher, address, _WHAT)
    try:
        found = served.read(answer.content, now, credential=False)
    except Malformed as error:
        return unsure(f"{_WHAT} cannot be read: {clause(str(error))}", TELL_OF_LIST)
    # 2. It is that list, and the issuer's
    if found.body.get("id") is not None and not documents.same(found.body.get("id"), address):
        return unsure(f"{_WHAT} that was served is another one than the credential names.", TELL_OF_LIST)
    owner = found.owner
    if (
        owner
        and not documents.same(owner, credential.issuer_id)
        and addresses.normal(owner) not in issuer.ids | issuer.dids
    ):
        return unsure(f"{_WHAT} belongs to another issuer.", TELL_OF_LIST)
    proven = _issuers_word(found, answer, issuer, fetcher, now)
    if not proven.passed:
        return proven
    # 3. The credential's id among them, with `revoked` true or left out
    listed: Any = found.body.get("revokedCredentials", found.body.get("revokedCredential"))
    if listed is None:
        raise Malformed('"revokedCredentials" is missing.')
    for one in cast(list[Any], listed if isinstance(listed, list) else [listed]):
        members = cast(Json, one) if isinstance(one, dict) else {"id": one}
        if documents.same(members.get("id"), credential.id) and members.get("revoked") is not False:
            reason = members.get("revocationReason", members.get("reason"))
            said = f" (its reason: {reason[:200]})" if isinstance(reason, str) and reason else ""
            return bad(f"The issuer has withdrawn this micro-credential{said}.", ASK_WHY)
    return ok(f"It is not on the list of credentials that {issuer.name} has withdrawn.")


def _issuers_word(found: served.Served, answer: Fetched, issuer: Issuer, fetcher: Fetcher, now: datetime) -> Finding:
    """Whether the document is the issuer's own and in force: by its proof, else by the site that served it in the end."""
    begins, ends = vcdm.begins(found.body), vcdm.ends(found.body)
    if begins is not None and begins > now:
        return later(f"{_WHAT} is not in force yet.")
    if ends is not None and ends <= now:
        return later(f"{_WHAT} is out of date.")
    if found.signed:
        proof = found.proof(issuer, begins or now, now, fetcher)
        detail = f"{_WHAT} itself is not proven: {clause(proof.detail, 'the list')}"
        return proof if proof.passed else later(detail) if proof.retry else unsure(detail, TELL_OF_LIST)
    site = addresses.origin(answer.final_url)
    if site not in issuer.origins:
        return unsure(
            f"{_WHAT} is not signed and lies at {site or 'an address'}, which is no registered site of {issuer.name}.",
            WHOSE_SITE,
        )
    return ok("The list is the issuer's own.")
