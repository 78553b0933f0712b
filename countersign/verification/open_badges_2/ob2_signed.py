"""Signed Open Badges 1.x and 2.0: the key must be registered for the issuer, or linked by the issuer's own profile.

Source: Open Badges 2.0, "SignedBadge Verification"; 1.x, "Signed Assertion". The steps are those of `examination`: 3 proof,
4 issuer, 5 status. No key that the assertion or its header brings along is ever used.
"""

from countersign.verification import keys
from countersign.verification.exam import Exam
from countersign.verification.findings import (
    ASK_ISSUER,
    ASK_WHETHER,
    SEND_AGAIN,
    WHICH_KEY,
    Finding,
    bad,
    ok,
    unsupported,
    unsure,
)
from countersign.verification.judging import key_on_date
from countersign.verification.network import addresses, documents
from countersign.verification.network.documents import Missing
from countersign.verification.open_badges_2 import linked_keys, ob2, ob2_endorsements
from countersign.verification.open_badges_2.ob2_chain import Chain, chain_of, listed, revoked, shown, strange
from countersign.verification.proofs import jose
from countersign.verification.trust.registry import Issuer, RegisteredKey
from models.credentials import CheckName

PROOF, TRUST, STATUS = CheckName.proof, CheckName.issuer_trusted, CheckName.status


def signed(exam: Exam, token: jose.Token, found: ob2.Assertion) -> None:
    """Steps 3 to 5 for a signed assertion. Raises Ended."""
    exam.body = token.payload
    if token.unsupported:
        exam.findings.end(PROOF, unsupported(token.unsupported))
    # 3. a registered key first: it needs nothing from the web
    owners = [
        (issuer, key)
        for issuer in exam.registry.issuers
        for key in issuer.keys_named(found.creator)
        if token.signed_by(key.public)
    ]
    if owners:
        exam.findings.add(PROOF, ok(f"Signed with a registered key of {owners[0][0].name}."))
        chain = chain_of(exam, found, TRUST)
        _by_registered_key(exam, found, chain, owners)
    else:
        _refuse_foreign(exam, found)
        chain = chain_of(exam, found)
        if (finding := strange(chain)) is not None:
            exam.findings.end(PROOF, finding)
        exam.findings.require(PROOF, _by_linked_key(exam, token, found, chain))
    # 4. issuer_trusted
    if (finding := strange(chain)) is not None:
        exam.findings.end(TRUST, finding)
    exam.trust(chain.issuer, ob2.credential(found, chain.badge, chain.profile.name))
    # 5. status
    reason = ob2.withdrawn(token.payload)
    exam.findings.add(STATUS, listed(exam, chain, found) if reason is None else revoked(reason))
    ob2_endorsements.report(exam, found, chain)


def _by_registered_key(
    exam: Exam, found: ob2.Assertion, chain: Chain, owners: list[tuple[Issuer, RegisteredKey]]
) -> None:
    """The registered key must be that of the issuer who is named, and in use on that date. Raises Ended."""
    mine = [key for issuer, key in owners if issuer is chain.issuer]
    if not mine:
        exam.findings.end(
            TRUST,
            bad(
                f"It is signed with a key of {owners[0][0].name}, but names {chain.issuer.name} as issuer.", ASK_WHETHER
            ),
        )
    exam.findings.require(PROOF, _in_use(mine[0], chain.issuer, found))


def _in_use(key: RegisteredKey, issuer: Issuer, found: ob2.Assertion) -> Finding:
    in_use = key_on_date(key, issuer, found.issued_on)
    return ok(f"Signed with a registered key of {issuer.name}.") if in_use.passed else in_use


def _refuse_foreign(exam: Exam, found: ob2.Assertion) -> None:
    """A signature that is not that of the registered key it names is a forgery, whatever the web says of that name. Raises Ended."""
    named = [i for i in exam.registry.issuers if any(documents.same(k.id, found.creator) for k in i.keys)]
    if named:
        exam.findings.end(
            PROOF,
            bad(
                f"Its signature does not match the key of {named[0].name} that it names: it was altered or forged.",
                SEND_AGAIN,
            ),
        )


def _by_linked_key(exam: Exam, token: jose.Token, found: ob2.Assertion, chain: Chain) -> Finding:
    if found.version == "2.0" or chain.profile.public_keys:
        return linked_keys.proof(token, found, chain, exam.fetcher)
    return _by_early_key(exam, token, found, chain)


def _by_early_key(exam: Exam, token: jose.Token, found: ob2.Assertion, chain: Chain) -> Finding:
    """Open Badges 1.x: `verify.url` is the key's address, as PEM, and nothing links issuer and key.

    2.0 gave that up as a security hole: on a shared site it would make every tenant every other one. So the key counts only when the
    whole site is registered as this issuer, by its origin among the issuer's ids.
    """
    issuer, address = chain.issuer, found.creator
    site = addresses.origin(address)
    if issuer is not exam.registry.issuer_for(site) and issuer is not exam.registry.issuer_for(site + "/"):
        return unsure(
            f"It is signed as in Open Badges {found.version}, with the key {shown(address)}, which is not registered for "
            f"{issuer.name}; nothing else links the two.",
            WHICH_KEY,
        )
    try:
        answer = documents.fetch(exam.fetcher, address, f"The key of {issuer.name}")
    except Missing as missing:
        return missing.finding
    if addresses.origin(answer.final_url) not in issuer.origins:
        return bad(
            f"The key {shown(address)} is served from a site that is not registered for {issuer.name}.", ASK_WHETHER
        )
    try:
        public = keys.from_pem(answer.content[:20_000].decode("utf-8", "replace"))
    except keys.KeyProblem as error:
        return bad(f"The key {shown(address)} of {issuer.name} {error}.", ASK_ISSUER)
    if not token.signed_by(public):
        return bad(
            f"Its signature does not match the key {shown(address)} of {issuer.name}: it was altered or forged.",
            SEND_AGAIN,
        )
    in_use = key_on_date(RegisteredKey(id=address, public=public), issuer, found.issued_on)
    if not in_use.passed:
        return in_use
    return ok(f"Signed with the key {shown(address)} on the site of {issuer.name}.")
