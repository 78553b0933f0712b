"""Endorsements of Open Badges 2.0: what others say of the award, the micro-credential or the issuer. Reported, never needed.

An endorsement counts for a registered endorser only, and only as that endorser's own site serves it; one that lies anywhere else is
named and not looked up. Source: Open Badges 2.0, Endorsement and the property `endorsement`.
"""

from collections.abc import Iterator

from countersign.verification import reading
from countersign.verification.exam import Exam
from countersign.verification.findings import Finding, bad, ok, unsure
from countersign.verification.judging import trusted
from countersign.verification.network import addresses, documents
from countersign.verification.network.documents import Missing
from countersign.verification.open_badges_2 import ob2
from countersign.verification.open_badges_2.ob2_chain import Chain, shown
from countersign.verification.reading import Json, Malformed
from models.credentials import Endorsement

MOST = 10
"""Endorsements of one credential that are reported."""

AWARD, EARNED, ISSUER = "the award", "the micro-credential", "the issuer"


def report(exam: Exam, found: ob2.Assertion, chain: Chain) -> None:
    """Note the endorsements of a proven credential. Nothing here changes the verdict."""
    mentioned = list(_mentioned(found, chain))
    subjects = {found.id: AWARD, chain.badge.achievement.id: EARNED, chain.profile.id: ISSUER}
    if chain.badge.id:
        subjects[chain.badge.id] = EARNED
    for where, entry in mentioned[:MOST]:
        exam.endorsements.append(_looked_at(exam, where, entry, subjects))
    if len(mentioned) > MOST:
        exam.remarks.append(f"It has {len(mentioned)} endorsements, of which {MOST} were looked at.")


def _mentioned(found: ob2.Assertion, chain: Chain) -> Iterator[tuple[str, str | Json]]:
    for of, entries in (
        (AWARD, found.endorsements),
        (EARNED, chain.badge.endorsements),
        (ISSUER, chain.profile.endorsements),
    ):
        for entry in entries:
            yield of, entry


def _looked_at(exam: Exam, of: str, entry: str | Json, subjects: dict[str, str]) -> Endorsement:
    address = entry.get("id") if isinstance(entry, dict) else entry
    if not isinstance(address, str) or not addresses.origin(address):
        return _made(of, unsure("It has no web address at which its endorser could answer for it.", ""))
    if not exam.registry.at_origin(address):
        return _made(
            of, unsure(f"Not looked up: no registered issuer hosts anything at {addresses.origin(address)}.", "")
        )
    try:
        page = documents.read(exam.fetcher, address, "The endorsement")
        return _judged(exam, of, page, address, subjects)
    except Missing as missing:
        return _made(of, missing.finding)
    except Malformed as error:
        return _made(of, bad(f"What {shown(address)} serves is no endorsement: {error}"))


def _judged(exam: Exam, of: str, page: documents.Document, address: str, subjects: dict[str, str]) -> Endorsement:
    """The endorsement as its address serves it. Raises Malformed."""
    body = page.body
    reading.require_type(body, frozenset({"Endorsement"}), "endorsement.")
    issued = ob2.moment(body, "issuedOn")
    named = ob2.reference(body, "issuer")
    by = reading.uri(named, of="endorsement.issuer.") if isinstance(named, dict) else named
    claim = reading.part(body, "claim", "endorsement.")
    about = next((what for own, what in subjects.items() if documents.same(claim.get("id"), own)), "")
    endorser = exam.registry.issuer_for(by)
    name = endorser.name if endorser else ""
    if not ob2.is_at(reading.uri(body, of="endorsement."), address):
        return _made(of, bad("Its address serves another endorsement."), by, name)
    if not about:
        return _made(of, bad("It is about something else."), by, name)
    if ob2.withdrawn(body) is not None:
        return _made(about, bad("The endorser has withdrawn it."), by, name)
    if endorser is None:
        return _made(about, unsure(f"Its endorser ({shown(by)}) is not registered.", ""), by)
    if not {page.origin, addresses.origin(address)} <= endorser.origins:
        return _made(about, bad(f"It is not served from a registered site of {name}."), by, name)
    if issued is not None and not (accepted := trusted(endorser, issued)).passed:
        return _made(about, accepted, by, name)
    return _made(about, ok(f"{name} endorses {about}, as its own site says ({shown(address)})."), by, name)


def _made(of: str, finding: Finding, by: str = "", name: str = "") -> Endorsement:
    return Endorsement(by_id=by, by_name=name, of=of, outcome=finding.outcome, detail=finding.detail)
