"""Open Badges 2.0 proven: a hosted assertion by where it is served from, a signed one by a registered key.

Source: Open Badges 2.0, "Verification". The steps are those of `examination`: 3 proof, 4 issuer, 5 status.
"""

from dataclasses import dataclass
from typing import NoReturn

from countersign.verification import addresses, documents, jose, ob2, reading
from countersign.verification.checks import (
    ASK_ISSUER,
    FOR_STAFF,
    SEND_AGAIN,
    Finding,
    bad,
    key_on_date,
    ok,
    unsupported,
    unsure,
)
from countersign.verification.documents import Missing
from countersign.verification.exam import Exam
from countersign.verification.reading import Malformed
from countersign.verification.registry import Issuer
from models.credentials import CheckName

PROOF, TRUST, STATUS, FORM = CheckName.proof, CheckName.issuer_trusted, CheckName.status, CheckName.well_formed


@dataclass(frozen=True, slots=True)
class _Chain:
    """What the assertion leads to. `origins` are those from which its documents were served."""

    badge: ob2.BadgeClass
    profile: ob2.Profile
    issuer: Issuer
    origins: frozenset[str]


def hosted(exam: Exam, claimed: ob2.Assertion) -> None:
    """Steps 3 to 5 for a hosted assertion: what its address serves counts, not what was sent in. Raises Ended."""
    if not exam.registry.at_origin(claimed.id):
        # Nothing is fetched from addresses of strangers: only a registered origin could prove anything.
        exam.findings.add(PROOF, unsure("It was not looked up, since no registered issuer hosts anything there.", ""))
        exam.unknown_issuer(claimed.id, _embedded_name(claimed))
    try:
        served = documents.read(exam.fetcher, claimed.id, "The hosted credential")
    except Missing as missing:
        if missing.status == 410:
            exam.findings.add(PROOF, unsure("The issuer no longer serves it, so nothing else could be checked.", ""))
            exam.findings.end(STATUS, bad("The issuer has withdrawn this credential (410 Gone).", ASK_ISSUER))
        exam.findings.end(PROOF, missing.finding)
    if not documents.same(served.body.get("id"), claimed.id):
        exam.findings.end(PROOF, bad("Its address serves a different credential than the one sent in.", SEND_AGAIN))
    if served.body.get("revoked", False) is not False:
        reason = served.body.get("revocationReason")
        exam.findings.add(PROOF, ok("The issuer's own site answered for it."))
        exam.findings.end(STATUS, bad(_withdrawn(reason if isinstance(reason, str) else ""), ASK_ISSUER))
    try:
        found = ob2.assertion(served.body)
    except Malformed as error:
        exam.findings.end(
            PROOF, bad(f"What its address serves is not a credential as Open Badges 2.0 asks for: {error}")
        )
    if not found.hosted:
        exam.findings.end(PROOF, bad("Its address serves a credential that says it is signed, not hosted."))
    exam.body, exam.document = served.body, served.answer.content
    chain = _chain(exam, found)
    exam.findings.require(PROOF, _served_by(chain, claimed.id, served.origin))
    exam.trust(chain.issuer, ob2.credential(found, chain.badge, chain.profile.name))
    exam.findings.add(STATUS, ok("The issuer still serves it and has not withdrawn it."))


def _served_by(chain: _Chain, address: str, origin: str) -> Finding:
    issuer = chain.issuer
    strange = sorted((chain.origins | {origin, addresses.origin(address)}) - issuer.origins)
    if strange:
        return bad(
            f"A part of it is served from {strange[0] or 'an unknown place'}, which is not registered for {issuer.name}.",
            FOR_STAFF,
        )
    if not ob2.stands_for(chain.profile, chain.badge.issuer, address):
        return bad(f"The profile of {issuer.name} does not stand for credentials at that address.")
    return ok(f"Read from {origin}, a registered address of {issuer.name}.")


def signed(exam: Exam, token: jose.Token, found: ob2.Assertion) -> None:
    """Steps 3 to 5 for a signed assertion: the key must be the registered one that it names. Raises Ended."""
    exam.body = token.payload
    if token.unsupported:
        exam.findings.end(PROOF, unsupported(token.unsupported))
    owners = [
        (issuer, key)
        for issuer in exam.registry.issuers
        for key in issuer.keys_named(found.creator)
        if token.signed_by(key.public)
    ]
    if not owners:
        # No registered key made this signature. Whose it claims to be decides which sentence helps.
        _unproven(exam, found)
    chain = _chain(exam, found, owners[0][0])
    mine = [key for issuer, key in owners if issuer is chain.issuer]
    if not mine:
        exam.findings.end(
            TRUST,
            bad(f"It is signed with a key of {owners[0][0].name}, but names {chain.issuer.name} as issuer.", FOR_STAFF),
        )
    issuer = chain.issuer
    in_use = key_on_date(mine[0], issuer, found.issued_on)
    exam.findings.require(PROOF, ok(f"Signed with a registered key of {issuer.name}.") if in_use.passed else in_use)
    if strange := sorted(chain.origins - issuer.origins):
        exam.findings.end(
            TRUST,
            bad(f"A part of it is served from {strange[0]}, which is not registered for {issuer.name}.", FOR_STAFF),
        )
    exam.trust(issuer, ob2.credential(found, chain.badge, chain.profile.name))
    exam.findings.add(STATUS, _listed(exam, chain, found))


def _unproven(exam: Exam, found: ob2.Assertion) -> NoReturn:
    named = [i for i in exam.registry.issuers if found.creator and any(k.id == found.creator for k in i.keys)]
    if named:
        exam.findings.end(
            PROOF,
            bad(
                f"Its signature does not match the key of {named[0].name} that it names: it was altered or forged.",
                SEND_AGAIN,
            ),
        )
    try:
        badge, _ = _badge(exam, found)
    except Missing as missing:
        exam.findings.end(PROOF, missing.finding)
    issuer = exam.registry.issuer_for(badge.issuer)
    if issuer is None:
        exam.findings.add(PROOF, unsure("No registered key could be used to check the signature.", ""))
        exam.unknown_issuer(badge.issuer, _embedded_name(found))
    if not issuer.keys:
        exam.findings.end(
            PROOF, unsure(f"No key is registered for {issuer.name}, so the signature cannot be checked.", FOR_STAFF)
        )
    exam.findings.end(
        PROOF, bad(f"It is not signed with a registered key of {issuer.name}: it was altered or forged.", SEND_AGAIN)
    )


def _chain(exam: Exam, found: ob2.Assertion, signer: Issuer | None = None) -> _Chain:
    """BadgeClass and issuer's profile behind an assertion. Raises Ended.

    For a hosted assertion whatever is missing leaves the proof open; for a signed one (`signer` is whose registered key fits) only
    whose word it is.
    """
    check = PROOF
    if signer is not None:
        check = TRUST
        exam.findings.add(PROOF, ok(f"Signed with a registered key of {signer.name}."))
    try:
        badge, badge_origin = _badge(exam, found)
        issuer = exam.registry.issuer_for(badge.issuer)
        if issuer is None:
            if signer is None:
                exam.findings.add(PROOF, unsure("The issuer is not registered, so nothing could prove it.", ""))
            exam.unknown_issuer(badge.issuer, _embedded_name(found))
        if addresses.split(badge.issuer) is None:
            exam.findings.end(
                check, unsure("The issuer has no web address at which its profile could be read.", FOR_STAFF)
            )
        page = documents.read(exam.fetcher, badge.issuer, f"The profile of {issuer.name}")
        profile = ob2.profile(page.body)
    except Missing as missing:
        exam.findings.end(check, missing.finding)
    except Malformed as error:
        exam.findings.end(check, bad(f"What describes it is not as Open Badges 2.0 asks for: {error}"))
    if exam.registry.issuer_for(profile.id) is not issuer:
        exam.findings.end(
            TRUST,
            bad(
                f"The profile at the address of {issuer.name} is that of somebody else ({profile.id[:80]}).", FOR_STAFF
            ),
        )
    return _Chain(badge, profile, issuer, frozenset({page.origin, *badge_origin}))


def _badge(exam: Exam, found: ob2.Assertion) -> tuple[ob2.BadgeClass, frozenset[str]]:
    """The BadgeClass and where it was served from (nowhere else when it is embedded). Raises Missing or Ended."""
    try:
        if not isinstance(found.badge, str):
            identifier = reading.uri(found.badge, of="badge.")
            return ob2.badge_class(found.badge, identifier), frozenset()
        if not exam.registry.at_origin(found.badge):
            exam.findings.add(
                PROOF, unsure("What it was awarded for is described where no registered issuer hosts anything.", "")
            )
            exam.unknown_issuer(found.badge, "")
        page = documents.read(exam.fetcher, found.badge, "The description of what was earned")
        return ob2.badge_class(page.body, found.badge), frozenset({page.origin})
    except Malformed as error:
        exam.findings.end(FORM, bad(f"What was earned is not described as Open Badges 2.0 asks for: {error}"))


def _listed(exam: Exam, chain: _Chain, found: ob2.Assertion) -> Finding:
    """Whether the issuer's revocation list names the assertion (OB 2.0 RevocationList)."""
    if not chain.profile.revocation_list:
        return ok(f"{chain.issuer.name} keeps no list of withdrawn credentials.")
    try:
        page = documents.read(exam.fetcher, chain.profile.revocation_list, "The list of withdrawn credentials")
        reason = ob2.revoked(page.body, found)
    except Missing as missing:
        return missing.finding
    except Malformed as error:
        return unsure(f"The list of withdrawn credentials cannot be understood: {error}", FOR_STAFF)
    if page.origin not in chain.issuer.origins:
        return unsure(
            f"The list of withdrawn credentials is served from {page.origin}, which is not registered.", FOR_STAFF
        )
    if reason is not None:
        return bad(_withdrawn(reason), ASK_ISSUER)
    return ok(f"It is not on the list of credentials that {chain.issuer.name} has withdrawn.")


def _withdrawn(reason: str) -> str:
    return f"The issuer has withdrawn this credential{f' (its reason: {reason[:200]})' if reason else ''}."


def _embedded_name(found: ob2.Assertion) -> str:
    """The name an embedded issuer claims, for the sentence about look-alikes."""
    issuer = found.badge.get("issuer") if isinstance(found.badge, dict) else None
    name = issuer.get("name") if isinstance(issuer, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return name if isinstance(name, str) else ""
