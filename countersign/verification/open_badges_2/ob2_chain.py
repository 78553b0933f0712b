"""What an Open Badges 1.x or 2.0 assertion leads to: its BadgeClass, the registered issuer, and that issuer's own profile.

Nothing is read from the site of a stranger: each step asks the registry before it asks the web.
"""

from dataclasses import dataclass

from countersign.verification import reading
from countersign.verification.exam import Exam
from countersign.verification.findings import (
    ASK_WHETHER,
    ASK_WHY,
    TELL_OF_LIST,
    WHOSE_SITE,
    Finding,
    bad,
    clause,
    ok,
    unsure,
)
from countersign.verification.network import addresses, documents
from countersign.verification.network.documents import Missing
from countersign.verification.open_badges_2 import ob1, ob2
from countersign.verification.reading import Json, Malformed
from countersign.verification.trust.registry import Issuer
from models.credentials import CheckName

PROOF, TRUST, FORM = CheckName.proof, CheckName.issuer_trusted, CheckName.well_formed
_ITS_ADDRESS = "Ask the issuer for the address of its profile, and add it to the issuer's ids in issuers.toml."


@dataclass(frozen=True, slots=True)
class Chain:
    """What an assertion leads to. `origins` are the sites from which these documents were served; `own_word` is whether the profile
    is the issuer's own, read from its registered address, and not a part of what was sent in."""

    badge: ob2.BadgeClass
    profile: ob2.Profile
    issuer: Issuer
    origins: frozenset[str]
    own_word: bool


def reader(found: ob2.Assertion):
    """The module that reads the documents behind an assertion of this version."""
    return ob2 if found.version == "2.0" else ob1


def chain_of(exam: Exam, found: ob2.Assertion, check: CheckName = PROOF) -> Chain:
    """BadgeClass, issuer and profile. Raises Ended; `check` is what stays open when a document is missing."""
    try:
        badge, sites = _badge(exam, found)
        issuer = _issuer(exam, found, badge)
        profile, more = _profile(exam, found, badge, issuer, check)
    except Missing as missing:
        exam.findings.end(check, missing.finding)
    return Chain(badge, profile, issuer, sites | more, own_word=bool(more))


def _badge(exam: Exam, found: ob2.Assertion) -> tuple[ob2.BadgeClass, frozenset[str]]:
    """The BadgeClass and where it was served from (nowhere of its own when it is embedded). Raises Missing or Ended."""
    read = reader(found).badge_class
    try:
        if not isinstance(found.badge, str):
            inline = found.version != "2.0"
            return read(found.badge, found.id if inline else reading.uri(found.badge, of="badge.")), frozenset()
        if not exam.registry.at_origin(found.badge):
            exam.findings.add(
                PROOF, unsure("What it was awarded for is described where no registered issuer hosts anything.", "")
            )
            exam.unknown_issuer(found.badge, "", "What was earned is described at {host}, and that site")
        page = documents.read(exam.fetcher, found.badge, "The description of what was earned")
        badge = read(page.body, found.badge)
    except Malformed as error:
        exam.findings.end(
            FORM, bad(f"What was earned is not described as Open Badges {found.version} asks for: {clause(str(error))}")
        )
    if badge.id and not documents.same(badge.id, found.badge):
        exam.remarks.append(
            f"The description of what was earned, read from {shown(found.badge)}, calls itself {shown(badge.id)}."
        )
    return badge, frozenset({page.origin})


def _issuer(exam: Exam, found: ob2.Assertion, badge: ob2.BadgeClass) -> Issuer:
    """The registered issuer that the BadgeClass names. Raises Ended.

    A whole site is an issuer only where the registry lists it among an issuer's ids: on a site that many issuers share, "this is
    where it was hosted" says nothing about who awarded it.
    """
    issuer = exam.registry.issuer_for(badge.issuer)
    if issuer is None and is_site(badge):
        issuer = exam.registry.issuer_for(badge.issuer + "/")
    if issuer is None and is_site(badge) and exam.registry.at_origin(badge.issuer):
        exam.findings.end(
            PROOF,
            unsure(
                f"It is of Open Badges 1.0 and names no issuer but the site {badge.issuer}, and the registry does not say "
                "whose the whole site is.",
                f"If the site belongs to one issuer alone, add {badge.issuer} to its ids in issuers.toml.",
            ),
        )
    if issuer is None:
        exam.findings.add(PROOF, unsure("The issuer is not registered, so nothing could prove it.", ""))
        exam.unknown_issuer(badge.issuer, embedded_name(found))
    return issuer


def is_site(badge: ob2.BadgeClass) -> bool:
    """Whether the issuer is only a site and a name: 1.0, everything inline."""
    return badge.embedded is not None and "origin" in badge.embedded and "id" not in badge.embedded


def _profile(
    exam: Exam, found: ob2.Assertion, badge: ob2.BadgeClass, issuer: Issuer, check: CheckName
) -> tuple[ob2.Profile, frozenset[str]]:
    """The issuer's profile, from its own address even when it is embedded too: only there it is the issuer's present word on keys,
    addresses and withdrawn credentials. Raises Missing or Ended."""
    if is_site(badge) and badge.embedded is not None:
        return ob2.Profile(badge.issuer, _name(badge.embedded), "", (), ()), frozenset()
    try:
        if addresses.split(badge.issuer) is None:
            if badge.embedded is None:
                exam.findings.end(
                    check, unsure("The issuer has no web address at which its profile could be read.", _ITS_ADDRESS)
                )
            return ob2.profile(badge.embedded), frozenset()
        if addresses.origin(badge.issuer) not in issuer.origins:
            exam.findings.end(
                check,
                unsure(
                    f"The profile of {issuer.name} is kept at {addresses.origin(badge.issuer)}, which is not registered as "
                    "one of its sites.",
                    WHOSE_SITE,
                ),
            )
        page = documents.read(exam.fetcher, badge.issuer, f"The profile of {issuer.name}")
        profile = ob2.profile(page.body) if found.version == "2.0" else ob1.profile(page.body, badge.issuer)
    except Malformed as error:
        exam.findings.end(
            check,
            bad(f"The profile of {issuer.name} is not as Open Badges {found.version} asks for: {clause(str(error))}"),
        )
    if exam.registry.issuer_for(profile.id) is not issuer:
        exam.findings.end(
            TRUST,
            bad(
                f"The profile at the address of {issuer.name} is that of somebody else ({shown(profile.id)}).",
                ASK_WHETHER,
            ),
        )
    return profile, frozenset({page.origin})


def strange(chain: Chain) -> Finding | None:
    """What to say when a part of the chain came from a site that is not the issuer's; None when all is well."""
    sites = sorted(chain.origins - chain.issuer.origins)
    if not sites:
        return None
    return bad(
        f"A part of it is served from {sites[0] or 'an unknown place'}, which is not registered for {chain.issuer.name}.",
        ASK_WHETHER,
    )


def listed(exam: Exam, chain: Chain, found: ob2.Assertion) -> Finding:
    """Whether the issuer's list of withdrawn assertions names this one, by `id` or `uid` (OB 2.0 RevocationList)."""
    name, address = chain.issuer.name, chain.profile.revocation_list
    if not address:
        return ok(f"{name} keeps no list of withdrawn credentials.")
    if addresses.origin(address) not in chain.issuer.origins:
        return unsure(
            f"The list of withdrawn credentials of {name} is kept at {addresses.origin(address) or 'an unknown place'}, "
            "which is not registered as one of its sites.",
            WHOSE_SITE,
        )
    try:
        page = documents.read(exam.fetcher, address, "The list of withdrawn credentials")
        owner = page.body.get("issuer")
        if isinstance(owner, str) and not documents.same(owner, chain.profile.id):
            return unsure(
                f"The list of withdrawn credentials is that of another issuer ({shown(owner)}).", TELL_OF_LIST
            )
        reason = reader(found).revoked(page.body, found)
    except Missing as missing:
        return missing.finding
    except Malformed as error:
        return unsure(f"The list of withdrawn credentials cannot be understood: {clause(str(error))}", TELL_OF_LIST)
    if page.origin not in chain.issuer.origins:
        return unsure(
            f"The list of withdrawn credentials is served from {page.origin}, which is not registered.", WHOSE_SITE
        )
    if reason is not None:
        return revoked(reason)
    return ok(f"It is not on the list of credentials that {name} has withdrawn.")


def revoked(reason: str) -> Finding:
    return bad(
        f"The issuer has withdrawn this micro-credential{f' (its reason: {reason[:200]})' if reason else ''}.", ASK_WHY
    )


def embedded_name(found: ob2.Assertion) -> str:
    """The name an embedded issuer claims, for the sentence about look-alikes."""
    issuer = found.badge.get("issuer") if isinstance(found.badge, dict) else None
    return _name(issuer) if isinstance(issuer, dict) else ""  # pyright: ignore[reportUnknownArgumentType]


def _name(issuer: Json) -> str:
    name = issuer.get("name")
    return name if isinstance(name, str) else ""


def shown(address: str) -> str:
    """An address for a sentence: without the query, which may hold the recipient's e-mail address."""
    return address.partition("?")[0].partition("#")[0][:200]
