"""The issuer's newer version of a proven credential, asked for once.

Sources: Open Badges 3.0 §9.1 step 3 (refresh once, then repeat steps 1 and 2; when it does not succeed, go on with the original), §10
(the same issuer and id are the same credential, the newer `validFrom` the more up-to-date one); 1EdTech Credential Refresh Service 1.0.
It is asked for only after the proof, and only at a registered site of the issuer.
"""

from dataclasses import dataclass
from datetime import datetime

from countersign.verification import reading
from countersign.verification.findings import clause
from countersign.verification.judging import trusted
from countersign.verification.network import addresses, documents
from countersign.verification.network.documents import Missing
from countersign.verification.network.web import Fetcher
from countersign.verification.open_badges_3 import ob3, schema
from countersign.verification.reading import Json, Malformed
from countersign.verification.trust.registry import Issuer
from countersign.verification.vc import served
from models.credentials import Credential

KIND = "1EdTechCredentialRefresh"
_WHAT = "The newer version"


@dataclass(frozen=True, slots=True)
class Refresh:
    """What asking came to: the newer version, proven, or None; and the sentences for the remarks."""

    body: Json
    credential: Credential | None
    remarks: tuple[str, ...]


def ask(body: Json, credential: Credential, issuer: Issuer, fetcher: Fetcher, now: datetime) -> Refresh | None:
    """The newer version of a proven credential; None when its issuer offers none in a known way. Raises nothing: a refresh that
    does not succeed leaves the original as it is, and its remark says why."""
    try:
        services = [s for s in reading.parts(body, "refreshService") if KIND in reading.types(s, "refreshService.")]
        if not services:
            return None
        newer, found, remarks = _asked(reading.uri(services[0], of="refreshService."), credential, issuer, fetcher, now)
    except Missing as missing:
        return _kept(missing.finding.detail)
    except (Malformed, ob3.UnknownVocabulary) as error:
        return _kept(f"{_WHAT} cannot be used: {clause(str(error))}")
    if newer == body:
        return Refresh(body, credential, ("The issuer was asked for a newer version: this is the newest.",))
    said = "The issuer has a newer version of this one, which was examined in its place."
    return Refresh(newer, found, (said, *remarks))


def _kept(why: str) -> Refresh:
    return Refresh(
        {}, None, (f"The issuer offers a newer version, which could not be used; the original counts. {why}",)
    )


def _asked(
    address: str, original: Credential, issuer: Issuer, fetcher: Fetcher, now: datetime
) -> tuple[Json, Credential, list[str]]:
    """The newer version at `address`, held against the original, and remarks. Raises Missing, Malformed or UnknownVocabulary."""
    if addresses.origin(address) not in issuer.origins:
        raise Malformed(f"{addresses.origin(address) or 'its address'} is no registered site of {issuer.name}.")
    answer = documents.fetch(fetcher, address, _WHAT)
    if addresses.origin(answer.final_url) not in issuer.origins:
        raise Malformed(f"it was moved to a site that is none of {issuer.name}.")
    newer = served.read(answer.content, now)
    # Steps 1 and 2 again
    found = ob3.conforming(newer.body)
    # The same credential, from the same issuer, to the same person, and not an older one (§10)
    if not documents.same(found.issuer_id, original.issuer_id):
        raise Malformed("it names another issuer.")
    if not documents.same(found.id, original.id):
        raise Malformed("it is another credential.")
    if found.issued_on < original.issued_on:
        raise Malformed("it is older than the original.")
    if not set(found.identities) & set(original.identities):
        raise Malformed("it names another recipient.")
    for finding in (newer.proof(issuer, found.issued_on, now, fetcher), trusted(issuer, found.issued_on)):
        if not finding.passed:
            raise Malformed(finding.detail)
    further, remarks = schema.named(newer.body, issuer, fetcher)
    if further is not None:
        raise Malformed(further.detail)
    return newer.body, found, remarks
