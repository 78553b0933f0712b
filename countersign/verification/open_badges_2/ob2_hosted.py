"""Hosted Open Badges 1.x and 2.0: what the registered site of the issuer serves counts, never what was sent in.

Source: Open Badges 2.0, "HostedBadge Verification" and VerificationObject; 1.x, "Hosted Assertion". The steps are those of
`examination`: 3 proof, 4 issuer, 5 status.
"""

from dataclasses import replace
from typing import NoReturn

from countersign.verification.exam import Exam
from countersign.verification.findings import (
    ASK_WHETHER,
    ASK_WHY,
    SEND_AGAIN,
    WHOSE_SITE,
    Finding,
    bad,
    clause,
    ok,
    unsure,
)
from countersign.verification.network import addresses, documents
from countersign.verification.network.documents import Document, Missing
from countersign.verification.open_badges_2 import ob1, ob2, ob2_endorsements
from countersign.verification.open_badges_2.ob2_chain import (
    Chain,
    chain_of,
    embedded_name,
    is_site,
    listed,
    revoked,
    shown,
    strange,
)
from countersign.verification.reading import Json, Malformed
from models.credentials import CheckName, Fetched

PROOF, STATUS = CheckName.proof, CheckName.status


def hosted(exam: Exam, claimed: ob2.Assertion) -> None:
    """Steps 3 to 5 for a hosted assertion. Raises Ended."""
    # 3. proof: the registered site answers for it
    address = _address(exam, claimed)
    served = _served(exam, claimed, address)
    found = _understood(exam, claimed, served, address)
    exam.body, exam.document = served.body, served.answer.content
    chain = chain_of(exam, found)
    exam.findings.require(PROOF, _proof(exam, found, chain, served.answer, address))
    # 4. issuer_trusted
    credential = ob2.credential(found, chain.badge, chain.profile.name)
    if not _own_address(served.body):
        credential = replace(credential, id=ob1.award(found, chain.badge))
    exam.trust(chain.issuer, credential)
    # 5. status
    status = listed(exam, chain, found)
    said = "The issuer still serves it and has not withdrawn it."
    if status.passed and chain.profile.revocation_list:
        said = f"The issuer still serves it, and it is not on the list of credentials that {chain.issuer.name} has withdrawn."
    exam.findings.add(STATUS, ok(said) if status.passed else status)
    ob2_endorsements.report(exam, found, chain)


def gone(exam: Exam, address: str, body: Json | None = None) -> NoReturn:
    """End with: the issuer has withdrawn what was at `address`, by 410 Gone or by its `body`. Raises Ended."""
    answer = exam.fetcher.answers.get(addresses.to_fetch(address))
    if isinstance(answer, Fetched) and not exam.registry.at_origin(answer.final_url):
        exam.findings.end(
            PROOF if exam.findings.passed(CheckName.well_formed) else CheckName.extracted,
            unsure(
                f"{shown(address)} leads to {addresses.origin(answer.final_url)}, which no registered issuer uses, and "
                "there it is called withdrawn.",
                WHOSE_SITE,
            ),
        )
    if not exam.findings.passed(CheckName.extracted):
        exam.findings.add(CheckName.extracted, ok("The link leads to the site of a registered issuer, which answered."))
    exam.findings.add(PROOF, unsure("The issuer no longer serves it, so nothing else could be checked.", ""))
    if body is not None:
        exam.findings.end(STATUS, revoked(ob2.withdrawn(body) or ""))
    exam.findings.end(STATUS, bad("The issuer has withdrawn this micro-credential (410 Gone).", ASK_WHY))


def _address(exam: Exam, claimed: ob2.Assertion) -> str:
    """Where the assertion is to be read: its own address, without the parameters that say how to show it: with them a site may answer
    as whoever wrote the link likes it, down to the recipient. Raises Ended."""
    if not claimed.id:
        exam.findings.end(
            PROOF,
            bad(
                "It is of Open Badges 1.0, which nothing but its web address proves, and it came without one.",
                "Send its link, or the badge's picture file as the issuer gave it to you: the link is in it.",
            ),
        )
    if not exam.registry.at_origin(claimed.id):
        # Nothing is fetched from addresses of strangers: only a registered origin could prove anything.
        exam.findings.add(PROOF, unsure("It was not looked up, since no registered issuer hosts anything there.", ""))
        exam.unknown_issuer(claimed.id, embedded_name(claimed))
    address = ob2.plain(claimed.id)
    if not any(issuer.hosts(address) for issuer in exam.registry.issuers):
        exam.findings.end(PROOF, _outside(address))
    return address


def _outside(address: str) -> Finding:
    return bad(
        f"{shown(address)} is on a registered site, but not among the addresses at which a registered issuer keeps its "
        "credentials.",
        ASK_WHETHER,
    )


def _served(exam: Exam, claimed: ob2.Assertion, address: str) -> Document:
    """What the address serves, if it is this assertion and not a withdrawn one. Raises Ended."""
    try:
        served = documents.read(exam.fetcher, address, "The hosted credential")
    except Missing as missing:
        if missing.status == 410:
            gone(exam, address)
        exam.findings.end(PROOF, missing.finding)
    own = _own_address(served.body)
    withdrawn = ob2.withdrawn(served.body) is not None
    if not own and (withdrawn or claimed.version == "1.0"):
        own = address  # a stripped one need not name itself (2.0, `revoked`), one of 1.0 has no member for it
    # An assertion that moved with its site is at home where the redirect led; whose that site is comes after.
    if not ob2.is_at(own, address) and not ob2.is_at(own, served.answer.final_url):
        exam.findings.end(PROOF, bad("Its address serves a different credential than the one sent in.", SEND_AGAIN))
    if withdrawn:
        gone(exam, address, served.body)
    return served


def _own_address(body: Json) -> str:
    if ob1.is_one(body):
        return ob1.named(body)
    own = body.get("id")
    return own if isinstance(own, str) else ""


def _understood(exam: Exam, claimed: ob2.Assertion, served: Document, address: str) -> ob2.Assertion:
    """The assertion that was served, of any version: issuers have raised theirs in place. Raises Ended."""
    try:
        found = ob1.assertion(served.body, address) if ob1.is_one(served.body) else ob2.assertion(served.body)
    except Malformed as error:
        exam.findings.end(
            PROOF, bad(f"What its address serves is not a credential as Open Badges asks for: {clause(str(error))}")
        )
    if not found.hosted:
        exam.findings.end(PROOF, bad("Its address serves a credential that says it is signed, not hosted."))
    if claimed.uid and found.uid and claimed.uid != found.uid:
        exam.findings.end(PROOF, bad("Its address serves a different credential than the one sent in.", SEND_AGAIN))
    return found


def _proof(exam: Exam, found: ob2.Assertion, chain: Chain, answer: Fetched, address: str) -> Finding:
    """Whether all of it comes from registered places of one issuer, whose profile stands for that address."""
    issuer, site = chain.issuer, addresses.origin(answer.final_url)
    if site not in issuer.origins and site != addresses.origin(address):
        return bad(
            f"{shown(address)} redirects to {site or 'an unknown place'}, which is not registered for {issuer.name}.",
            ASK_WHETHER,
        )
    if addresses.origin(address) not in issuer.origins:
        return bad(
            f"It is served from {addresses.origin(address)}, which is not registered for {issuer.name}.", ASK_WHETHER
        )
    if (finding := strange(chain)) is not None:
        return finding
    for place in (address, answer.final_url, found.id):
        if not issuer.hosts(ob2.plain(place)):
            return _outside(place)
    if is_site(chain.badge) and addresses.origin(found.id) != chain.badge.issuer:
        return bad(
            f"It names the site {chain.badge.issuer} as its issuer, but is kept at {addresses.origin(found.id)}."
        )
    if not ob2.stands_for(chain.profile, chain.badge.issuer, found.id):
        return bad(f"The profile of {issuer.name} does not stand for credentials at that address.")
    if addresses.normal(addresses.to_fetch(address)) != addresses.normal(answer.final_url):
        exam.remarks.append(
            f"{shown(address)} leads on to {shown(answer.final_url)}, another registered place of {issuer.name}."
        )
    rest = (
        "it names that site as its issuer"
        if is_site(chain.badge)
        else "the description of what was earned and the issuer's profile lead to the same issuer"
    )
    return ok(f"Read from {shown(answer.final_url)} on a registered site of {issuer.name}; {rest}.")
